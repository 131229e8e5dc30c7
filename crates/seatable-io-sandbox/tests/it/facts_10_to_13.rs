//! The facts about servers, one by one, in virtual time.

use seatable_io_sandbox::{Generation, ImportState, Sandbox, TaskState, sample_dtable};

use crate::common::{Client, EXPORT, Reply, SYNCHRONOUS, error, secs, server};

/// One worker with an import of `running`, and a queued one of `queued`.
fn one_runs_and_one_waits(generation: Generation) -> (Client, [Reply; 2]) {
    let sandbox = server(generation).with_workers(1).with_queue(9).with_task_time(secs(5));
    let mut client = Client::of(sandbox);
    let started =
        ["running", "queued"].map(|name| client.import(&format!("{name}.dtable"), &sample_dtable(0)));
    client.now = secs(1);
    (client, started)
}

fn cancel(client: &mut Client, import: &Reply) {
    assert_eq!(client.cancel(&import.task(), &import.uuid(), "import").json()["success"], true);
}

#[test]
fn fact_10_a_queued_task_is_dropped() {
    for generation in Generation::ALL {
        let (mut client, [running, queued]) = one_runs_and_one_waits(generation);
        cancel(&mut client, &queued);
        client.now = secs(99);
        assert!(client.status(&queued.task()).error().1.starts_with("task_id"));
        let left = client.base("queued").map(|base| (base.import, base.content.is_some()));
        assert_eq!(left, (generation == Generation::Current).then_some((ImportState::Cancelled, false)));
        assert_eq!(client.sandbox.state(secs(99)).tasks[1].state, TaskState::Cancelled);
        assert_eq!(client.status(&running.task()).json()["is_finished"], true);
    }
}

#[test]
fn fact_10_in_2020_a_running_task_is_killed() {
    let (mut client, [running, queued]) = one_runs_and_one_waits(Generation::Y2020);
    cancel(&mut client, &running);
    assert!(client.base("running").is_none());
    assert_eq!(client.sandbox.state(secs(1)).task(&queued.task()).unwrap().state, TaskState::Running);
    client.now = secs(5);
    assert_eq!(client.status(&running.task()).error(), error(400, "task_id invalid."));
    client.now = secs(6);
    assert_eq!(client.status(&running.task()).error(), error(400, "task_id invalid."));
    assert_eq!(client.status(&queued.task()).json()["is_finished"], true);
}

#[test]
fn fact_10_later_a_cancelled_task_continues_and_is_known_again_at_its_end() {
    for (generation, unknown) in [(Generation::Y2021, 400), (Generation::Current, 404)] {
        let (mut client, [running, queued]) = one_runs_and_one_waits(generation);
        cancel(&mut client, &running);
        client.now = secs(4);
        assert_eq!(client.status(&running.task()).status(), unknown);
        assert_eq!(client.sandbox.state(secs(4)).task(&queued.task()).unwrap().state, TaskState::Queued);
        client.now = secs(5);
        assert_eq!(client.status(&running.task()).json()["is_finished"], true);
        assert_eq!(client.status(&running.task()).status(), unknown);
        assert_eq!(client.sandbox.state(secs(5)).task(&queued.task()).unwrap().state, TaskState::Running);
    }
}

#[test]
fn fact_10_on_current_servers_the_base_of_a_cancelled_import_is_complete_in_the_end() {
    for generation in Generation::ALL {
        let (mut client, [running, _]) = one_runs_and_one_waits(generation);
        cancel(&mut client, &running);
        let states = [secs(4), secs(5)].map(|now| {
            client.now = now;
            client.base("running").map(|base| (base.import, base.content.is_some()))
        });
        let current = [Some((ImportState::Pending, false)), Some((ImportState::Finished, true))];
        assert_eq!(states, if generation == Generation::Current { current } else { [None, None] });
    }
}

#[test]
fn fact_10_a_restart_ends_a_cancelled_task_that_still_runs() {
    let (mut client, [running, _]) = one_runs_and_one_waits(Generation::Current);
    cancel(&mut client, &running);
    client.sandbox.restart_tasks(secs(2));
    client.now = secs(99);
    assert_eq!(client.status(&running.task()).error(), error(404, "task_id not found."));
    assert_eq!(client.base("running").unwrap().import, ImportState::Failed);
    assert_eq!(client.sandbox.state(secs(99)).tasks[0].state, TaskState::Cancelled);
}

#[test]
fn fact_10_the_file_of_a_cancelled_export_is_gone_on_older_servers() {
    for generation in Generation::ALL {
        let mut client = Client::of(server(generation).with_task_time(secs(5)));
        let first = client.export();
        client.now = secs(5);
        assert_eq!(client.sandbox.state(secs(5)).files.len(), 1);
        client.cancel(&first.task(), &first.uuid(), "export");
        let left = client.sandbox.state(secs(5)).files.len();
        let running = client.export();
        client.cancel(&running.task(), &running.uuid(), "export");
        let current = usize::from(generation == Generation::Current);
        assert_eq!([left, client.sandbox.state(secs(10)).files.len()], [current, current]);
    }
}

#[test]
fn fact_10_a_cancel_after_the_end_still_deletes_an_imported_base_on_older_servers() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        let import = client.import("n.dtable", &sample_dtable(0));
        cancel(&mut client, &import);
        let is_current = generation == Generation::Current;
        assert_eq!(client.status(&import.task()).status(), if is_current { 200 } else { 400 });
        assert_eq!(client.base("n").is_some(), is_current);
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
fn fact_10_cancel_requires_all_three_reported_parameters() {
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
fn fact_11_dots_are_not_a_path_segment() {
    for (name, segment) in [(".", "%2E"), ("..", "%2e%2E"), ("..", "..")] {
        let mut client = Client::of(Sandbox::new(Generation::Current).with_base(1, name, sample_dtable(0)));
        let reply = client.post(&format!("/api/v2.1/workspace/1/dtable/{segment}/export-dtable/"));
        assert!(reply.status() == 404 && reply.is_page());
        assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name={name}")).status(), 200);
    }
}

#[test]
fn fact_11_a_uuid_may_contain_an_n() {
    let mut client = Client::new(Generation::Y2021);
    assert_eq!(client.export().uuid().as_bytes()[2], b'n');
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
