//! Exports in one request, and fact 26: how long a request waits for its task.

use seatable_io_sandbox::{Generation, ImportState, TaskFailure, TaskState, sample_dtable};

use crate::common::{Client, OLDER, SYNCHRONOUS, TABLE, error, secs, server};

#[test]
fn an_export_in_one_request_is_for_current_servers_only() {
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
fn an_export_in_one_request_may_leave_the_assets_out() {
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
fn an_export_in_one_request_is_given_up_after_a_minute() {
    let target = format!("{SYNCHRONOUS}?dtable_name=t");
    let mut in_time = Client::of(server(Generation::Current).with_task_time(secs(60)));
    assert_eq!(in_time.get(&target).status(), 200);
    let mut late = Client::of(server(Generation::Current).with_task_time(secs(61)));
    late.now = secs(1);
    assert_eq!(late.get(&target).error(), error(504, "Timeout Error."));
    let mut failing = Client::of(server(Generation::Current).with_task_failure(TaskFailure::Internal));
    assert_eq!(failing.get(&target).status(), 500);
}

#[test]
fn fact_26_the_minute_counts_from_queueing_and_the_task_goes_on() {
    for (others, status) in [(2, 200), (3, 504)] {
        let mut client = Client::of(server(Generation::Current).with_task_time(secs(31)));
        client.now = secs(1);
        for _ in 0..others {
            client.export();
        }
        assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name=t")).status(), status);
        assert_eq!(client.sandbox.book(secs(62)).unfinished().count(), usize::from(status == 504));
    }
}

#[test]
fn fact_26_tasks_that_wait_are_done_first() {
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
fn fact_26_a_task_that_no_one_waits_for_holds_its_worker_and_its_file_is_out_of_reach() {
    let sandbox = server(Generation::Current).with_workers(1).with_fault("any:slow@90000".parse().unwrap());
    let mut client = Client::of(sandbox);
    assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name=t")).error(), error(504, "Timeout Error."));
    let next = client.export().task();
    client.now = secs(90);
    let book = client.sandbox.book(secs(89));
    assert_eq!((book.tasks.len(), book.task(&next).unwrap().state), (2, TaskState::Queued));
    let late = (book.tasks[0].id.clone(), book.tasks[0].base.clone().unwrap());
    assert_eq!(client.status(&next).json()["is_finished"], true);
    assert_eq!(client.content(&late.0, &late.1).status(), 302);
}

#[test]
fn fact_26_an_import_in_one_request_waits_behind_other_tasks_too() {
    let sandbox = server(Generation::Current).with_workers(1).with_task_time(secs(31));
    let mut client = Client::of(sandbox);
    assert_eq!(client.import_at(TABLE, "a.csv", b"a").status(), 200);
    client.export();
    assert_eq!(client.import_at(TABLE, "b.csv", b"a").status(), 504);
    client.now = secs(62);
    assert_eq!(client.base("b").unwrap().import, ImportState::Finished);
}

#[test]
fn fact_8_an_export_in_one_request_needs_room_in_the_queue() {
    let sandbox = server(Generation::Current).with_fault("synchronous-export:queue-full".parse().unwrap());
    let reply = Client::of(sandbox).get(&format!("{SYNCHRONOUS}?dtable_name=t"));
    assert_eq!(reply.error(), error(500, "Internal Server Error."));
}
