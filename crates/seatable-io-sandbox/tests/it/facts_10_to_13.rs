//! The facts about servers, one by one, as the pure function shows them.

use seatable_io_sandbox::{Generation, ImportState, Sandbox, TaskState, sample_dtable};

use crate::common::{Client, EXPORT, SYNCHRONOUS, error, secs, server};

#[test]
fn fact_10_a_queued_task_is_dropped() {
    let mut client = Client::of(server(Generation::Y2021).with_workers(1).with_task_time(secs(5)));
    client.export();
    let queued = client.export();
    assert_eq!(client.cancel(&queued.task(), &queued.uuid(), "export").json()["success"], true);
    let book = client.sandbox.book(secs(99));
    assert_eq!(book.task(&queued.task()).unwrap().state, TaskState::Cancelled);
}

#[test]
fn fact_10_a_running_task_runs_on_and_its_result_is_thrown_away() {
    let mut client = Client::of(server(Generation::Y2020).with_workers(1).with_task_time(secs(5)));
    let running = client.export();
    client.cancel(&running.task(), &running.uuid(), "export");
    client.now = secs(1);
    let next = client.export().task();
    assert_eq!(client.sandbox.book(secs(4)).task(&next).unwrap().state, TaskState::Queued);
    assert!(client.sandbox.book(secs(5)).files.is_empty());
    assert_eq!(client.sandbox.book(secs(5)).task(&next).unwrap().state, TaskState::Running);
}

#[test]
fn fact_10_older_servers_delete_the_record_of_a_cancelled_import() {
    for generation in Generation::ALL {
        let mut client = Client::of(server(generation).with_task_time(secs(5)));
        let import = client.import("n.dtable", &sample_dtable(0));
        assert_eq!(client.cancel(&import.task(), &import.uuid(), "import").status(), 200);
        client.now = secs(9);
        let left = client.base("n").map(|base| (base.import, base.content.is_some()));
        let expected = (generation == Generation::Current).then_some((ImportState::Cancelled, false));
        assert_eq!(left, expected);
    }
}

#[test]
fn fact_10_cancelling_an_unknown_task_is_a_400_everywhere() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        let export = client.export();
        client.status(&export.task());
        let again = client.cancel(&export.task(), &export.uuid(), "export").error();
        assert_eq!(again, error(400, "task_id invalid."));
    }
}

#[test]
fn fact_10_cancel_needs_all_three_parameters_as_they_were_told() {
    let mut client = Client::of(server(Generation::Y2021).with_task_time(secs(5)));
    let export = client.export();
    let (task, uuid) = (export.task(), export.uuid());
    assert_eq!(client.cancel("", &uuid, "export").error(), error(400, "task_id invalid."));
    assert_eq!(client.cancel(&task, "", "export").error(), error(400, "dtable_uuid invalid."));
    assert_eq!(client.cancel(&task, &uuid.to_uppercase(), "export").status(), 400);
    assert_eq!(client.cancel(&task, &uuid, "").error(), error(400, "task_type invalid."));
    assert_eq!(client.cancel(&task, &uuid, "import").status(), 400);
    let at_content =
        format!("/api/v2.1/dtable-export-content/?task_id={task}&dtable_uuid={uuid}&task_type=export");
    assert!(client.delete(&at_content).status() >= 400);
    assert_eq!(client.cancel(&task, &uuid, "export").status(), 200);
}

#[test]
fn fact_11_a_name_is_one_path_segment() {
    let name = "a/b ?#%25\"ü.x";
    let mut client = Client::of(Sandbox::new(Generation::Y2020).with_base(1, name, sample_dtable(0)));
    let segment = "a%2Fb%20%3F%23%2525%22%C3%BC.x";
    let reply = client.get(&format!("/api/v2.1/workspace/1/dtable/{segment}/export-dtable/"));
    assert_eq!(reply.json()["table"]["name"], name);
}

#[test]
fn fact_11_dots_are_no_path_segment() {
    for (name, segment) in [(".", "%2E"), ("..", "%2e%2E"), ("..", "..")] {
        let mut client = Client::of(Sandbox::new(Generation::Current).with_base(1, name, sample_dtable(0)));
        let reply = client.post(&format!("/api/v2.1/workspace/1/dtable/{segment}/export-dtable/"));
        assert!(reply.status() == 404 && reply.is_page());
        assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name={name}")).status(), 200);
    }
}

#[test]
fn fact_11_a_uuid_may_hold_an_n() {
    let mut client = Client::new(Generation::Y2021);
    assert_eq!(client.export().uuid().as_bytes()[2], b'n');
}

#[test]
fn fact_12_a_zip_without_content_json_fails_as_a_task() {
    let mut client = Client::new(Generation::Y2021);
    let mut zip = sample_dtable(1000).to_vec();
    for start in 0..zip.len() - 12 {
        if zip[start..].starts_with(b"content.json") {
            zip[start] = b'k';
        }
    }
    let import = client.import("n.dtable", &zip);
    assert_eq!(client.status(&import.task()).error(), error(400, "task_id invalid."));
    assert_eq!(client.base("n").map(|base| base.import), Some(ImportState::Failed));
}

#[test]
fn fact_13_a_server_may_live_under_a_path() {
    let mut client = Client::of(server(Generation::Current).with_prefix("/seatable/"));
    assert_eq!(client.post(&format!("/seatable{EXPORT}")).status(), 200);
    assert!(client.post(EXPORT).is_page());
    assert_eq!(
        client.get("/seatable/dtable-export-content/").header("location").split('?').next(),
        Some("/seatable/accounts/login/")
    );
}
