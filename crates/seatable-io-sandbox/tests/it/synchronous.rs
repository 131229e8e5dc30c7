//! Exports in one request, and fact 26: how long a request waits for its task.

use std::time::Duration;

use seatable_io_sandbox::{Generation, ImportState, TaskFailure, TaskState, sample_dtable};

use crate::common::{Client, OLDER, SYNCHRONOUS, TABLE, error, secs, server};

#[test]
fn only_current_servers_have_the_synchronous_export() {
    let target = format!("{SYNCHRONOUS}?dtable_name=t");
    for generation in OLDER {
        assert!(Client::new(generation).get(&target).is_page());
    }
    let mut client = Client::new(Generation::Current);
    assert_eq!(client.get(&target).response.body(), &sample_dtable(2000));
    assert_eq!(client.get(SYNCHRONOUS).error(), error(400, "dtable_name invalid."));
    assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name=x")).error(), error(404, "Base x not found."));
}

#[test]
fn a_synchronous_export_may_omit_the_assets() {
    let mut client = Client::new(Generation::Current);
    let mut length = |flag: &str| {
        let reply = client.get(&format!("{SYNCHRONOUS}?dtable_name=t&ignore_asset={flag}"));
        assert!(reply.response.body().starts_with(b"PK"));
        reply.response.body().len()
    };
    assert!(["true", "True", "1", "t"].iter().all(|flag| length(flag) < 300));
    assert!(["false", "0", "", "yes"].iter().all(|flag| length(flag) == 2000));
}

#[test]
fn fact_26_a_synchronous_export_gets_its_response_at_the_end_of_its_task_or_after_a_minute() {
    for (task_time, status, delay) in [(0, 200, 0), (59, 200, 59), (60, 504, 60), (90, 504, 60)] {
        let mut client = Client::of(server(Generation::Current).with_task_time(secs(task_time)));
        client.now = secs(1);
        let reply = client.export_at_once();
        assert_eq!((reply.status(), reply.delay), (status, secs(delay)));
        let file = (status == 200).then(|| sample_dtable(2000));
        assert!(file.is_none_or(|file| file == reply.response.body()));
        assert!(status == 200 || reply.error().1 == "Timeout Error.");
    }
}

#[test]
fn a_synchronous_export_fails_at_the_end_of_its_task() {
    let sandbox = server(Generation::Current).with_task_failure(TaskFailure::Internal);
    let reply = Client::of(sandbox.with_task_time(secs(5))).export_at_once();
    assert_eq!((reply.error(), reply.delay), (error(500, "Internal Server Error."), secs(5)));
}

#[test]
fn fact_26_a_synchronous_export_occupies_a_worker_while_it_waits() {
    let sandbox = server(Generation::Current).with_workers(1).with_task_time(secs(25));
    let mut client = Client::of(sandbox);
    let delays = [(); 3].map(|()| client.export_at_once().delay);
    assert_eq!(delays, [secs(25), secs(50), secs(60)]);
    assert_eq!(client.sandbox.state(secs(49)).unfinished().count(), 2);
    client.now = secs(75);
    assert_eq!(client.export_at_once().delay, secs(25));
}

#[test]
fn there_can_be_any_number_of_workers() {
    for (workers, delay) in [(0, 60), (2, 25), (usize::MAX, 25)] {
        let sandbox = server(Generation::Current).with_workers(workers).with_task_time(secs(25));
        let mut client = Client::of(sandbox);
        client.export();
        assert_eq!(client.export_at_once().delay, secs(delay));
    }
}

#[test]
fn a_task_is_reported_only_to_the_request_that_waits_for_it() {
    let mut client = Client::of(server(Generation::Current).with_task_time(secs(5)));
    client.export_at_once();
    client.import_at(TABLE, "a.csv", b"a");
    let state = client.sandbox.state(secs(5)).clone();
    assert!(state.tasks.iter().all(|task| task.state == TaskState::Reported) && state.files.is_empty());
    client.now = secs(5);
    assert_eq!(client.status(&state.tasks[0].id).error(), error(404, "task_id not found."));
}

#[test]
fn a_fault_of_a_synchronous_export_delays_no_other_call() {
    let sandbox = server(Generation::Current).with_fault("synchronous-export:slow@7500".parse().unwrap());
    let mut client = Client::of(sandbox);
    assert_eq!(client.export().delay, secs(0));
    assert_eq!(client.import_at(TABLE, "a.csv", b"a").delay, secs(0));
    assert_eq!(client.export_at_once().delay, Duration::from_millis(7500));
    assert_eq!(client.export_at_once().delay, secs(0));
}

#[test]
fn a_response_breaks_after_the_wait() {
    let sandbox = server(Generation::Current).with_task_time(secs(5));
    for fault in ["synchronous-export:lost", "synchronous-export:500-acted"] {
        let mut client = Client::of(sandbox.clone().with_fault(fault.parse().unwrap()));
        assert_eq!(client.request("GET", &format!("{SYNCHRONOUS}?dtable_name=t")).delay, secs(5));
    }
    let mut client = Client::of(sandbox.with_fault("synchronous-export:502".parse().unwrap()));
    assert_eq!(client.export_at_once().delay, secs(0));
}

#[test]
fn fact_26_the_minute_begins_when_the_task_is_queued_and_the_task_continues() {
    for (others, status) in [(2, 200), (3, 504)] {
        let mut client = Client::of(server(Generation::Current).with_task_time(secs(31)));
        client.now = secs(1);
        for _ in 0..others {
            client.export();
        }
        assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name=t")).status(), status);
        assert_eq!(client.sandbox.state(secs(62)).unfinished().count(), usize::from(status == 504));
    }
}

#[test]
fn fact_26_queued_tasks_run_first() {
    for (others, status) in [(4, 200), (5, 504)] {
        let sandbox = server(Generation::Current).with_workers(1).with_task_time(secs(11));
        let mut client = Client::of(sandbox);
        for _ in 0..others {
            client.export();
        }
        assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name=t")).status(), status);
    }
}

#[test]
fn fact_26_an_abandoned_task_occupies_its_worker_and_its_file_is_unavailable() {
    let sandbox = server(Generation::Current).with_workers(1).with_fault("any:slow@90000".parse().unwrap());
    let mut client = Client::of(sandbox);
    assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name=t")).error(), error(504, "Timeout Error."));
    let next = client.export().task();
    client.now = secs(90);
    let state = client.sandbox.state(secs(89));
    assert_eq!((state.tasks.len(), state.task(&next).unwrap().state), (2, TaskState::Queued));
    let late = (state.tasks[0].id.clone(), state.tasks[0].base.clone().unwrap());
    assert_eq!(client.status(&next).json()["is_finished"], true);
    assert_eq!(client.content(&late.0, &late.1).status(), 302);
}

#[test]
fn fact_26_a_synchronous_import_waits_behind_other_tasks_too() {
    let sandbox = server(Generation::Current).with_workers(1).with_task_time(secs(31));
    let mut client = Client::of(sandbox);
    let first = client.import_at(TABLE, "a.csv", b"a");
    assert_eq!((first.status(), first.delay), (200, secs(31)));
    assert_eq!(client.import_at(TABLE, "b.csv", b"a").status(), 504);
    let states = |client: &mut Client| ["a", "b"].map(|name| client.base(name).unwrap().import);
    client.now = secs(31);
    assert_eq!(states(&mut client), [ImportState::Finished, ImportState::Pending]);
    client.now = secs(62);
    assert_eq!(states(&mut client), [ImportState::Finished; 2]);
}

#[test]
fn fact_8_a_synchronous_export_needs_room_in_the_queue() {
    let sandbox = server(Generation::Current).with_fault("synchronous-export:queue-full".parse().unwrap());
    let reply = Client::of(sandbox).get(&format!("{SYNCHRONOUS}?dtable_name=t"));
    assert_eq!(reply.error(), error(500, "Internal Server Error."));
}
