//! How a task that failed is told.

use seatable_io_sandbox::{Generation, TaskFailure, sample_dtable};

use crate::common::{Client, EXPORT, OLDER, error, server};

#[test]
fn a_task_that_failed_vanishes_on_older_servers_and_is_told_once_on_current_ones() {
    let reason = "The base size exceeds the limit of 200MB, …";
    for (failure, told) in [
        (TaskFailure::Internal, error(500, "Internal Server Error")),
        (TaskFailure::Rejected(reason.to_owned()), error(400, reason)),
        (TaskFailure::TooLarge(reason.to_owned()), error(413, reason)),
    ] {
        for generation in OLDER {
            let mut client = Client::of(server(generation).with_task_failure(failure.clone()));
            let task = client.export().task();
            assert_eq!(client.status(&task).error(), error(400, "task_id invalid."));
        }
        let mut client = Client::of(server(Generation::Current).with_task_failure(failure));
        let task = client.import("n.dtable", &sample_dtable(0)).task();
        assert_eq!(client.status(&task).error(), told);
        assert_eq!(client.status(&task).error(), error(404, "task_id not found."));
    }
}

#[test]
fn the_export_of_a_base_that_holds_nothing_fails() {
    let mut client = Client::new(Generation::Current);
    client.import("n.dtable", b"no zip");
    let task = client.post(&EXPORT.replace("/t/", "/n/")).task();
    assert_eq!(client.status(&task).error(), error(500, "Internal Server Error"));
    assert_eq!(client.status(&task).error(), error(404, "task_id not found."));
}
