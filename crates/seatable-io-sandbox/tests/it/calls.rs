//! The response of each generation to each call.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use bytes::Bytes;
use seatable_io_sandbox::{Call, Generation, ImportState, Sandbox, TaskKind, sample_dtable};

use crate::common::{
    Client, EXPORT, IMPORT, NOW, OLDER, Reply, SYNCHRONOUS, error, form, request, secs, server, upload,
    with_token,
};

#[test]
fn an_export_is_a_get_then_a_post() {
    for generation in OLDER {
        assert_eq!(Client::new(generation).post(EXPORT).status(), 405);
    }
    let reply = Client::new(Generation::Current).get(EXPORT);
    assert_eq!(reply.error(), error(405, "Method \"GET\" not allowed."));
}

#[test]
fn the_content_has_another_address_in_each_generation() {
    let [site, api] = ["/dtable-export-content/", "/api/v2.1/dtable-export-content/"];
    assert!(Client::new(Generation::Y2020).get(site).is_page());
    assert_eq!(Client::new(Generation::Y2020).get(api).error(), error(400, "task_id invalid."));
    assert_eq!(Client::new(Generation::Y2021).get(site).status(), 200);
    let mut current = Client::new(Generation::Current);
    for wrong in [Client::new(Generation::Y2021).get(api), current.get(api)] {
        assert!(wrong.status() == 404 && wrong.is_page());
    }
    let sent_away = current.get(site);
    assert_eq!(sent_away.status(), 302);
    let login = current.get(sent_away.header("location"));
    assert!(login.status() == 200 && login.is_page());
}

#[test]
fn a_path_without_its_slash_is_redirected_or_not_found() {
    for generation in OLDER {
        let reply = Client::new(generation).post(&format!("{}?a=b", IMPORT.trim_end_matches('/')));
        assert_eq!(
            (reply.status(), reply.header("location")),
            (301, "/api/v2.1/workspace/1/import-dtable/?a=b")
        );
    }
    assert!(Client::new(Generation::Current).get("/dtable-export-content").status() == 404);
}

#[test]
fn a_csv_is_imported_at_once_or_by_a_task_or_previewed() {
    let mut y2020 = Client::new(Generation::Y2020);
    assert!(y2020.import("c.csv", b"a,b").json().get("task_id").is_none());
    assert_eq!(y2020.base("c").unwrap().import, ImportState::Finished);
    let y2021 = Client::new(Generation::Y2021).import("c.csv", b"a,b").json();
    assert!(y2021["task_id"].is_string() && y2021["table"]["name"] == "c");
    for (name, file) in [("c.csv", "a,b".into()), ("c.XLSX", sample_dtable(0))] {
        let mut current = Client::new(Generation::Current);
        let reply = current.import(name, &file).json();
        assert!(reply.get("table").is_none() && reply["dtable_name"] == "c");
        assert!(current.base("c").is_none());
        assert_eq!(current.status(reply["task_id"].as_str().unwrap()).json()["is_finished"], true);
    }
}

#[test]
fn older_servers_refuse_an_xlsx() {
    for generation in OLDER {
        let mut client = Client::new(generation);
        assert_eq!(client.import("c.xlsx", b"a,b").error(), error(400, "dtable invalid."));
        assert!(client.base("c").is_none());
    }
}

#[test]
fn task_ids_are_milliseconds_or_uuids() {
    for generation in OLDER {
        let id = Client::new(generation).export().task();
        assert!((13..=14).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    }
    assert_eq!(Client::new(Generation::Current).export().task().len(), 36);
}

#[test]
fn task_ids_may_be_numbers() {
    let mut client = Client::of(server(Generation::Y2021).with_numeric_task_ids());
    let id = client.export().json()["task_id"].as_u64().unwrap();
    assert_eq!(client.status(&id.to_string()).json()["is_finished"], true);
}

#[test]
fn the_table_has_more_keys_in_each_generation() {
    let keys = |generation| {
        let reply = Client::new(generation).export().json();
        reply["table"].as_object().unwrap().len()
    };
    assert_eq!(Generation::ALL.map(keys), [8, 11, 14]);
}

#[test]
fn the_generation_determines_the_word_for_a_base() {
    let messages = |generation| {
        let mut client = Client::new(generation);
        let missing = EXPORT.replace("/t/", "/x/");
        let missing =
            if generation == Generation::Current { client.post(&missing) } else { client.get(&missing) };
        (missing.error().1, client.import("t.dtable", b"").error().1)
    };
    let [early, middle, current] = Generation::ALL.map(messages);
    assert_eq!(early, ("DTable x not found.".to_owned(), "Table t already exists.".to_owned()));
    assert_eq!(middle, early);
    assert_eq!(current, ("Base x not found.".to_owned(), "Base t already exists.".to_owned()));
}

#[test]
fn a_status_needs_a_task_id() {
    for generation in Generation::ALL {
        let reply = Client::new(generation).get("/api/v2.1/dtable-io-status/");
        assert_eq!(reply.error(), error(400, "task_id invalid."));
    }
}

#[test]
fn a_protected_base_requires_its_password() {
    let sandbox = Sandbox::new(Generation::Current).with_protected_base(1, "t", sample_dtable(0), "a b");
    let mut client = Client::of(sandbox);
    let target = format!("{SYNCHRONOUS}?dtable_name=t");
    assert_eq!(client.get(&target).error(), error(403, "Permission denied."));
    assert_eq!(client.get(&format!("{target}&password=x")).status(), 403);
    assert_eq!(client.get(&format!("{target}&password=a+b")).status(), 200);
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "password=a+b".into()),
        ("multipart/form-data; boundary=BOUNDARY", form("form-data; name=password", b"a b")),
    ] {
        let (mut head, ()) = request("POST", EXPORT, client.sandbox.token()).map(drop).into_parts();
        head.headers.insert("Content-Type", kind.parse().unwrap());
        assert_eq!(Reply::of(&client.send(http::Request::from_parts(head, body))).status(), 200, "{kind}");
    }
}

#[test]
fn an_empty_body_is_an_empty_form() {
    let mut client = Client::new(Generation::Current);
    let mut request = request("POST", EXPORT, client.sandbox.token());
    request.headers_mut().insert("Content-Type", "multipart/form-data; boundary=BOUNDARY".parse().unwrap());
    assert_eq!(Reply::of(&client.send(request)).status(), 200);
    let import = with_token(upload("", b"").map(|_| Bytes::new()), client.sandbox.token());
    assert_eq!(Reply::of(&client.send(import)).error(), error(400, "dtable invalid."));
}

#[test]
fn current_servers_require_an_existing_folder() {
    let import = |folder: &str| {
        let mut client = Client::of(Sandbox::new(Generation::Current).with_folder(7));
        client.import_into(folder, IMPORT, "n.csv", b"a").status()
    };
    assert_eq!(["7", "8", "x"].map(import), [200, 404, 400]);
}

#[test]
fn a_form_without_a_boundary_is_refused() {
    let mut client = Client::new(Generation::Y2021);
    for kind in ["multipart/form-data", "multipart/form-data; boundary=OTHER", "text/plain"] {
        let mut request = with_token(upload("", b""), client.sandbox.token());
        request.headers_mut().insert("Content-Type", kind.parse().unwrap());
        assert_eq!(Reply::of(&client.send(request)).status(), 400, "{kind}");
    }
}

#[test]
fn the_state_counts_and_logs_requests() {
    let mut client = Client::new(Generation::Current);
    client.get(EXPORT);
    client.export();
    let state = client.sandbox.state(NOW);
    assert_eq!(state.count(Call::StartExport), 2);
    let responses: Vec<_> =
        state.log.iter().map(|entry| (entry.method.as_str(), &*entry.target, entry.status)).collect();
    assert_eq!(responses, [("GET", EXPORT, Some(405)), ("POST", EXPORT, Some(200))]);
    assert_eq!(state.tasks[0].kind, TaskKind::Export);
}

#[test]
fn sandboxes_are_equal_if_they_respond_equally_from_now_on() {
    let (mut one, two) = (Client::new(Generation::Y2021), Client::new(Generation::Y2021));
    one.status("1");
    assert_eq!(one.sandbox, two.sandbox, "an unknown task changes nothing");
    let export = one.export();
    let (task, uuid) = (export.task(), export.uuid());
    differs(&mut one, |one| drop(one.status(&task)));
    differs(&mut one, |one| one.sandbox.star(1));
    differs(&mut one, |one| drop(one.content(&task, &uuid)));
}

fn differs(client: &mut Client, change: impl FnOnce(&mut Client)) {
    let before = client.sandbox.clone();
    change(client);
    assert_ne!(client.sandbox, before);
    let hash = BuildHasherDefault::<DefaultHasher>::default();
    assert_ne!(hash.hash_one(&client.sandbox), hash.hash_one(&before));
}

#[test]
fn the_older_of_two_bases_with_one_name_is_found_until_it_is_deleted() {
    let mut client = Client::of(Sandbox::new(Generation::Y2020).with_task_time(secs(1)));
    let started = client.import("t.dtable", &sample_dtable(0));
    let newer = client.sandbox.add_base(1, "t", sample_dtable(0));
    assert_eq!(client.base("t").unwrap().uuid, started.uuid());
    client.cancel(&started.task(), &started.uuid(), "import");
    assert_eq!(client.base("t").map(|base| base.id), Some(newer));
}

#[test]
fn bases_and_tasks_are_in_the_order_of_their_creation() {
    let mut client = Client::of(Sandbox::new(Generation::Y2020));
    assert!(client.sandbox.state(NOW).bases.is_empty());
    for name in ["b", "c", "a"] {
        client.import(&format!("{name}.dtable"), &sample_dtable(0));
    }
    let state = client.sandbox.state(NOW);
    assert!(state.bases.len() == 3 && !state.bases.is_empty());
    assert!(state.bases.values().map(|base| &base.name).eq(["b", "c", "a"]));
    let bases = state.bases.values().map(|base| Some(base.uuid.clone()));
    assert!(bases.eq(state.tasks.iter().map(|task| task.base.clone())) && state.tasks.len() == 3);
}
