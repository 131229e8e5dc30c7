//! The facts about servers, one by one, in virtual time.

use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, ImportState, TaskState, sample_dtable};

use crate::common::{Client, NOW, OLDER, Reply, error, request, secs, server, upload, with_token};

#[test]
fn fact_1_the_end_of_a_task_is_reported_once() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        let task = client.export().task();
        assert_eq!(client.status(&task).json()["is_finished"], true);
        let unknown = client.status(&task).error();
        assert!(unknown.1.starts_with("task_id"), "{unknown:?}");
        assert_eq!(client.sandbox.state(NOW).tasks[0].state, TaskState::Reported);
    }
}

#[test]
fn fact_1_a_task_that_runs_is_not_finished() {
    let mut client = Client::of(server(Generation::Y2021).with_task_time(secs(5)));
    let task = client.export().task();
    client.now = secs(4);
    assert_eq!(client.status(&task).json()["is_finished"], false);
    assert_eq!(client.sandbox.state(secs(4)).unfinished().count(), 1);
    assert_eq!(client.sandbox.state(secs(5)).unfinished().count(), 0);
    client.now = secs(5);
    assert_eq!(client.status(&task).json()["is_finished"], true);
}

#[test]
fn fact_1_in_2020_any_start_forgets_the_tasks_that_have_ended() {
    for generation in Generation::ALL {
        let mut client = Client::of(server(generation).with_task_time(secs(5)));
        let ended = client.import("n.dtable", &sample_dtable(0)).task();
        client.now = secs(1);
        let running = client.export().task();
        client.now = secs(5);
        client.import("other.dtable", &sample_dtable(0));
        assert_eq!(client.status(&ended).status() == 200, generation != Generation::Y2020);
        assert_eq!(client.base("n").map(|base| base.import), Some(ImportState::Finished));
        assert_eq!(client.status(&running).json()["is_finished"], false);
    }
}

#[test]
fn fact_1_the_file_of_a_forgotten_export_can_still_be_downloaded() {
    let mut client = Client::new(Generation::Y2020);
    let export = client.export();
    client.import("n.dtable", &sample_dtable(0));
    assert_eq!(client.status(&export.task()).error(), error(400, "task_id invalid."));
    assert_eq!(client.sandbox.state(NOW).tasks[0].state, TaskState::Forgotten);
    let file = client.content(&export.task(), &export.uuid());
    assert_eq!(file.response.body(), &sample_dtable(2000));
}

#[test]
fn fact_1_in_2020_a_start_forgets_even_if_there_is_no_room() {
    for fault in ["any:queue-full", "any:401"] {
        let mut client = Client::new(Generation::Y2020);
        let ended = client.export().task();
        client.sandbox.add_fault(fault.parse().unwrap());
        assert!(client.import("n.dtable", &sample_dtable(0)).status() > 400);
        assert_eq!(client.status(&ended).status() == 400, fault == "any:queue-full");
    }
}

#[test]
fn fact_1_after_a_restart_no_task_is_known_and_none_ends() {
    for generation in Generation::ALL {
        let mut client = Client::of(server(generation).with_workers(1).with_queue(9).with_task_time(secs(5)));
        let tasks = ["a", "b", "c"].map(|name| client.import(&format!("{name}.dtable"), &sample_dtable(0)));
        client.sandbox.restart_tasks(secs(6));
        client.now = secs(99);
        for task in tasks {
            assert!(client.status(&task.task()).error().1.starts_with("task_id"));
        }
        let states = ["a", "b", "c"].map(|name| client.base(name).map(|base| base.import));
        assert_eq!(states, [ImportState::Finished, ImportState::Failed, ImportState::Failed].map(Some));
        let next = client.export().task();
        client.now = secs(104);
        assert_eq!(client.status(&next).json()["is_finished"], true);
    }
}

#[test]
fn fact_23_a_request_during_a_restart_gets_a_page() {
    let mut client = Client::of(server(Generation::Y2021).with_fault("status:restart".parse().unwrap()));
    let (one, other) = (client.export().task(), client.import("n.dtable", &sample_dtable(0)).task());
    let page = client.status(&one);
    assert!(page.status() == 500 && page.is_page());
    assert_eq!([&one, &other].map(|task| client.status(task).status()), [400, 400]);
    assert_eq!(client.base("n").map(|base| base.import), Some(ImportState::Finished));
}

#[test]
fn fact_1_the_end_of_a_task_can_be_forgotten_on_every_server() {
    for generation in Generation::ALL {
        let sandbox = server(generation).with_task_time(secs(5)).with_fault("import:forget".parse().unwrap());
        let mut client = Client::of(sandbox);
        let (forgotten, other) =
            (client.import("n.dtable", &sample_dtable(0)).task(), client.export().task());
        assert_eq!(client.status(&forgotten).json()["is_finished"], false);
        client.now = secs(5);
        assert!(client.status(&forgotten).error().1.starts_with("task_id"));
        assert_eq!(client.base("n").map(|base| base.import), Some(ImportState::Finished));
        assert_eq!(client.status(&other).json()["is_finished"], true);
    }
}

#[test]
fn fact_2_a_file_can_be_downloaded_once() {
    for generation in OLDER {
        let mut client = Client::new(generation);
        let started = client.export();
        let file = client.content(&started.task(), &started.uuid());
        assert_eq!(file.response.body(), &sample_dtable(2000));
        let again = client.content(&started.task(), &started.uuid());
        assert!(!again.response.body().starts_with(b"PK"));
    }
}

#[test]
fn fact_3_the_export_file_is_stored_under_the_base() {
    let mut client = Client::of(server(Generation::Y2020).with_task_time(secs(5)));
    let first = client.export();
    client.now = secs(5);
    let second = client.export();
    assert_eq!(
        client.content(&first.task(), &first.uuid()).error(),
        error(500, "Internal Server Error."),
        "the second export deleted it"
    );
    client.now = secs(10);
    assert_eq!(
        client.content(&first.task(), &first.uuid()).status(),
        200,
        "the first downloads the second's file"
    );
    assert_eq!(client.content(&second.task(), &second.uuid()).status(), 500);
}

#[test]
fn fact_4_the_record_is_created_before_the_file_is_checked() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        assert_eq!(client.import("new.dtable", b"no zip").error(), error(400, "dtable invalid."));
        assert_eq!(client.base("new").map(|base| base.import), Some(ImportState::Failed));
        let (status, message) = client.import("new.dtable", &sample_dtable(0)).error();
        assert_eq!(status, 400);
        assert!(message.ends_with(" new already exists."), "{message}");
    }
}

#[test]
fn fact_4_in_2020_a_403_leaves_an_empty_base() {
    for generation in Generation::ALL {
        let sandbox =
            server(generation).with_forbidden_workspace(2).with_fault("import:403+1".parse().unwrap());
        let mut client = Client::of(sandbox);
        let elsewhere = "/api/v2.1/workspace/2/import-dtable/";
        let forbidden = client.import_at(elsewhere, "n.dtable", &sample_dtable(0));
        let refused = client.import("n.dtable", &sample_dtable(0));
        assert_eq!([forbidden.error(), refused.error()], [(); 2].map(|()| error(403, "Permission denied.")));
        let state = client.sandbox.state(NOW);
        let left = [1, 2].map(|workspace| state.base(workspace, "n").map(|base| base.import));
        assert_eq!(left, [(generation == Generation::Y2020).then_some(ImportState::Failed); 2]);
        assert!(state.tasks.is_empty());
    }
}

#[test]
fn fact_4_in_2020_a_refusal_before_the_permission_check_leaves_nothing() {
    let mut client = Client::of(server(Generation::Y2020).with_fault("import:403*2".parse().unwrap()));
    assert_eq!(client.import("t.dtable", &sample_dtable(0)).error(), error(400, "Table t already exists."));
    assert_eq!(client.import("n.txt", &sample_dtable(0)).error(), error(400, "dtable invalid."));
    let elsewhere = "/api/v2.1/workspace/7/import-dtable/";
    let missing = client.import_at(elsewhere, "n.dtable", &sample_dtable(0)).error();
    assert_eq!((missing, client.sandbox.state(NOW).bases.len()), (error(404, "Workspace 7 not found."), 1));
}

#[test]
fn fact_4_a_damaged_zip_gets_500_and_occupies_the_name() {
    let mut client = Client::new(Generation::Y2021);
    let half = sample_dtable(1000).slice(..500);
    assert_eq!(client.import("new.dtable", &half).status(), 500);
    assert!(client.base("new").is_some());
}

#[test]
fn fact_4_a_lost_response_leaves_the_base() {
    let fault = Fault::new(Call::StartImport, FaultKind::Lost);
    let mut client = Client::of(server(Generation::Current).with_fault(fault));
    let lost = with_token(
        upload("form-data; name=dtable; filename=n.dtable", &sample_dtable(0)),
        client.sandbox.token(),
    );
    assert!(client.send(lost).delivered().unwrap().is_none());
    let base = client.base("n").unwrap();
    assert_eq!(base.content.as_ref().and_then(|content| content.bytes()), Some(&sample_dtable(0)));
}

#[test]
fn fact_6_a_wrong_address_is_a_page() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        for target in [
            "/",
            "/api/v2.1/",
            "/api/v2.1/workspace/x/import-dtable/",
            "/api/v2.1/workspace/1/dtable/a/b/export-dtable/",
        ] {
            let reply = client.get(target);
            assert!(reply.status() == 404 && reply.is_page(), "{target}");
        }
    }
}

#[test]
fn fact_6_messages_come_in_the_language_of_the_caller() {
    let mut client = Client::new(Generation::Current);
    let mut german = request("POST", "/api/v2.1/workspace/1/dtable/x/export-dtable/", client.sandbox.token());
    german.headers_mut().remove("Accept-Language");
    assert_eq!(Reply::of(&client.send(german)).error(), error(404, "Base x nicht gefunden."));
    assert_eq!(
        client.post("/api/v2.1/workspace/1/dtable/x/export-dtable/").error(),
        error(404, "Base x not found.")
    );
}
