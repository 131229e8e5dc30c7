//! Fact 14: tables (`.csv`, `.xlsx`) on current servers.

use bytes::Bytes;
use http::Request;
use seatable_io_sandbox::{Call, Content, Generation, ImportState, Sandbox, TaskFailure, sample_dtable};
use serde_json::json;

use crate::common::{Client, NOW, OLDER, PREVIEW, Reply, TABLE, error, request, secs, server, with_token};

const CSV: &[u8] = b"name,\"number\"\na,1\nb,2\n";

fn current() -> Client {
    Client::new(Generation::Current)
}

/// The state of the import of base `n`, and its upload.
fn made(client: &mut Client) -> Option<(ImportState, Bytes)> {
    let base = client.base("n")?;
    assert_eq!(base.content.is_some(), base.import == ImportState::Finished);
    Some((base.import, base.upload.as_ref()?.to_bytes().unwrap()))
}

fn confirm(client: &mut Client, body: &str) -> Reply {
    let request = Request::post(PREVIEW).header("Accept-Language", "en").body(body.to_owned().into());
    Reply::of(&client.send(with_token(request.unwrap(), client.sandbox.token())))
}

const ALL_OF_IT: &str = r#"{"dtable_name": "n", "included_tables": {"n": ["name"]}}"#;

#[test]
fn fact_14_a_table_becomes_a_base_in_one_request() {
    for (name, file) in [("n.csv", Bytes::from(CSV)), ("n.XLSX", sample_dtable(0))] {
        let mut client = current();
        let reply = client.import_at(TABLE, name, &file);
        assert_eq!((reply.status(), reply.json()), (200, json!({ "success": true })));
        assert_eq!(made(&mut client), Some((ImportState::Finished, file)));
        assert_eq!(client.sandbox.state(NOW).count(Call::ImportTable), 1);
    }
}

#[test]
fn fact_14_a_get_shows_whether_a_server_has_the_address() {
    for generation in OLDER {
        let mut client = Client::new(generation);
        for reply in [client.get(TABLE), client.import_at(TABLE, "n.csv", CSV), client.get(PREVIEW)] {
            assert!(reply.status() == 404 && reply.is_page());
        }
    }
    let mut client = current();
    assert_eq!(client.get(TABLE).error(), error(405, "Method \"GET\" not allowed."));
    assert_eq!(client.delete(TABLE).status(), 405);
    let stranger = client.send(request("GET", TABLE, "wrong"));
    assert_eq!(Reply::of(&stranger).error(), error(401, "Invalid token"));
    assert_eq!(client.sandbox.state(NOW).count(Call::FindTableImport), 3);
}

#[test]
fn the_probe_and_the_upload_have_different_faults() {
    let sandbox = server(Generation::Current).with_fault("synchronous-import:502".parse().unwrap());
    let mut client = Client::of(sandbox.with_fault("table-probe:503".parse().unwrap()));
    assert_eq!(client.get(TABLE).status(), 503);
    assert_eq!(client.import_at(TABLE, "n.csv", CSV).status(), 502);
}

#[test]
fn fact_14_invalid_tables_are_refused_before_a_base_is_created() {
    let import = |file_name: &str, file: &[u8]| {
        let mut client = current();
        let reply = client.import_at(TABLE, file_name, file).error();
        assert_eq!(client.sandbox.state(NOW).bases.len(), 1, "{reply:?}");
        reply
    };
    assert_eq!(import("n.dtable", CSV), error(400, "dtable invalid."));
    assert_eq!(import("t.csv", CSV), error(400, "Base t already exists."));
    assert_eq!(import("n.csv", b"\xff"), error(400, "File content invalid"));
    assert_eq!(import("n.csv", "\u{feff}\n".as_bytes()), error(400, "Sheet is empty."));
    assert_eq!(import("n.csv", &vec![b'a'; 11 << 20]), error(400, "File n.csv is too large."));
    assert_eq!(import("n.csv", "a\n".repeat(50_002).as_bytes()).0, 400);
    assert_eq!(import("n.csv", ",".repeat(500).as_bytes()).0, 400);
}

#[test]
fn fact_14_the_largest_table_is_accepted() {
    let long = "a\n".repeat(50_001);
    let wide = ",".repeat(499);
    let large = vec![b'a'; (11 << 20) - 1];
    for file in [long.as_bytes(), wide.as_bytes(), &large] {
        assert_eq!(current().import_at(TABLE, "n.csv", file).status(), 200);
    }
}

#[test]
fn a_table_needs_a_workspace_and_a_folder_that_exist() {
    let mut client = Client::of(server(Generation::Current).with_forbidden_workspace(2));
    assert_eq!(client.import_at(&TABLE.replace("/1/", "/2/"), "n.csv", CSV).status(), 403);
    assert_eq!(client.import_at(&TABLE.replace("/1/", "/3/"), "n.csv", CSV).status(), 404);
    assert_eq!(client.import_into("7", TABLE, "n.csv", CSV).error(), error(404, "Folder 7 not found."));
}

#[test]
fn fact_14_a_table_that_fails_leaves_an_empty_base() {
    let not_a_workbook = current().import_at(TABLE, "n.xlsx", CSV).error();
    assert_eq!(not_a_workbook, error(400, "Excel format error"));
    for (failure, reported) in [
        (TaskFailure::Internal, error(400, "Import excel or csv error")),
        (TaskFailure::Rejected("no".to_owned()), error(400, "no")),
        (TaskFailure::TooLarge("big".to_owned()), error(413, "big")),
    ] {
        let mut client = Client::of(server(Generation::Current).with_task_failure(failure));
        assert_eq!(client.import_at(TABLE, "n.csv", CSV).error(), reported);
        assert_eq!(made(&mut client), Some((ImportState::Failed, CSV.into())));
    }
}

#[test]
fn fact_14_a_table_that_needs_over_a_minute_continues_after_the_response() {
    let mut client = Client::of(server(Generation::Current).with_task_time(secs(61)));
    assert_eq!(client.import_at(TABLE, "n.csv", CSV).error(), error(504, "Timeout Error."));
    client.now = secs(60);
    assert_eq!(made(&mut client), Some((ImportState::Pending, CSV.into())));
    client.now = secs(61);
    assert_eq!(made(&mut client), Some((ImportState::Finished, CSV.into())));
}

#[test]
fn fact_14_a_table_gets_its_response_at_the_end_of_its_task_or_after_a_minute() {
    for (seconds, status, end) in
        [(59, 200, ImportState::Finished), (60, 504, ImportState::Finished), (59, 400, ImportState::Failed)]
    {
        let sandbox = server(Generation::Current).with_task_time(secs(seconds));
        let sandbox = if status == 400 { sandbox.with_task_failure(TaskFailure::Internal) } else { sandbox };
        let mut client = Client::of(sandbox);
        let reply = client.import_at(TABLE, "n.csv", CSV);
        assert_eq!((reply.status(), reply.delay), (status, secs(seconds)));
        let states = [seconds - 1, seconds].map(|at| {
            client.now = secs(at);
            made(&mut client).unwrap().0
        });
        assert_eq!(states, [ImportState::Pending, end]);
    }
}

#[test]
fn a_table_refused_by_a_full_queue_occupies_its_name() {
    let mut client =
        Client::of(server(Generation::Current).with_fault("synchronous-import:queue-full".parse().unwrap()));
    assert_eq!(client.import_at(TABLE, "n.csv", CSV).status(), 500);
    assert_eq!(made(&mut client), Some((ImportState::Failed, CSV.into())));
}

#[test]
fn fact_14_a_table_is_parsed_then_shown_then_confirmed() {
    let mut client = current();
    let parsing = client.import("n.csv", CSV);
    assert_eq!(client.status(&parsing.task()).json()["is_finished"], true);
    assert!(made(&mut client).is_none());
    let table = &client.get(&format!("{PREVIEW}?dtable_name=n")).json()["tables"][0];
    assert_eq!((&table["name"], &table["columns"][1]["name"]), (&json!("n"), &json!("number")));
    assert_eq!(table["rows"], json!([{ "name": "a", "number": "1" }, { "name": "b", "number": "2" }]));
    let confirmed = confirm(&mut client, ALL_OF_IT);
    assert_eq!(confirmed.json()["table"]["name"], "n");
    assert_eq!(client.status(&confirmed.task()).json()["is_finished"], true);
    assert_eq!(made(&mut client), Some((ImportState::Finished, CSV.into())));
    assert_eq!(client.get(&format!("{PREVIEW}?dtable_name=n")).error(), error(404, "file not found."));
}

#[test]
fn fact_14_a_preview_has_at_most_200_rows() {
    let mut client = current();
    client.import("n.csv", "a\n".repeat(300).as_bytes());
    let tables = client.get(&format!("{PREVIEW}?dtable_name=n")).json();
    assert_eq!(tables["tables"][0]["rows"].as_array().unwrap().len(), 200);
}

#[test]
fn fact_14_a_confirmed_table_that_fails_finishes_and_stays_empty() {
    let mut client =
        Client::of(server(Generation::Current).with_fault("table-confirm:fail".parse().unwrap()));
    client.import("n.csv", CSV);
    let confirmed = confirm(&mut client, ALL_OF_IT);
    assert_eq!(client.status(&confirmed.task()).json()["is_finished"], true);
    assert_eq!(made(&mut client), Some((ImportState::Failed, CSV.into())));
}

#[test]
fn a_table_that_cannot_be_parsed_is_not_shown() {
    let mut client = current();
    for (name, file, why) in
        [("n.csv", &b"\xff"[..], "File content invalid"), ("n.xlsx", CSV, "Excel format error")]
    {
        let parsing = client.import(name, file);
        assert_eq!(client.status(&parsing.task()).error(), error(400, why));
        assert_eq!(client.get(&format!("{PREVIEW}?dtable_name=n")).status(), 404);
    }
}

#[test]
fn a_confirmation_names_a_parsed_table_and_a_new_base() {
    let mut client = current();
    client.import("t.csv", CSV);
    assert_eq!(client.get(PREVIEW).error(), error(400, "dtable_name invalid."));
    assert_eq!(confirm(&mut client, "").error(), error(400, "dtable_name invalid."));
    assert_eq!(
        confirm(&mut client, r#"{"dtable_name": "t"}"#).error(),
        error(400, "included_tables invalid.")
    );
    assert_eq!(
        confirm(&mut client, &ALL_OF_IT.replace("\"n\"", "\"t\"")).error(),
        error(400, "Base t already exists.")
    );
    assert_eq!(confirm(&mut client, ALL_OF_IT).status(), 404);
}

#[test]
fn the_state_keeps_the_upload_of_every_import() {
    let broken = sample_dtable(1000).slice(..500);
    for generation in Generation::ALL {
        let mut client = Client::of(Sandbox::new(generation).with_task_time(secs(5)));
        client.import("broken.dtable", &broken);
        let import = client.import("n.dtable", &sample_dtable(0));
        client.cancel(&import.task(), &import.uuid(), "import");
        client.import("c.csv", CSV);
        let state = client.sandbox.state(secs(9));
        let uploads = |content: &Option<Content>| content.as_ref().unwrap().to_bytes().unwrap();
        assert_eq!(uploads(&state.base(1, "broken").unwrap().upload), broken);
        assert_eq!(uploads(&state.task(&import.task()).unwrap().upload), sample_dtable(0));
        let csv = state.base(1, "c").map(|base| &base.upload).or(state.tasks.last().map(|task| &task.upload));
        assert_eq!(uploads(csv.unwrap()), CSV);
    }
}
