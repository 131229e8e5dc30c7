//! Operations over a transport without sockets, in virtual time.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use seatable_io_driver::asynchronous::StreamSource;
use seatable_io_driver::{Cancellation, Error, Event};
use seatable_io_proto::{BaseName, FileName, Format, ImportFile, QueryStatus, StartImport, TaskId};
use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
use seatable_io_task::{ErrorKind, Export, Import, Operation, Outcome, Pace, Policy};

use crate::common::*;

#[tokio::test(start_paused = true)]
async fn an_imported_file_is_exported_unchanged() {
    let (client, file, mut memory) = (client(&[]), sample_dtable(700_000), Memory::default());
    let imported = client.run(import(700_000)).source(file.clone()).run().await.unwrap();
    assert!(matches!(imported, Outcome::Imported(_)));
    let new = Export::new(1, BaseName::new("new").unwrap());
    let operation = Operation::export(server(), new, Policy::default(), SEED);
    client.run(operation).sink(&mut memory).run().await.unwrap();
    assert!(memory.0 == file && memory.1);
}

#[tokio::test(start_paused = true)]
async fn events_are_reported_in_order() {
    let (client, mut reported) = (client(&["status:lost"]), Vec::new());
    let watch =
        |event: Event| reported.push(format!("{event:?}").split(['(', ' ']).next().unwrap().to_owned());
    client.run(import(1000)).source(sample_dtable(1000)).watch(watch).run().await.unwrap_err();
    reported.dedup();
    let begin =
        ["Requesting", "Sent", "Responded", "Accepted", "Requesting", "Failed", "Waiting", "Requesting"];
    assert_eq!(reported[..8], begin);
}

#[tokio::test(start_paused = true)]
async fn a_response_and_the_wait_after_it_are_reported_once() {
    let (client, mut reported) = (client(&["synchronous-export:429@30"]), Vec::new());
    let watch = |event: Event| match event {
        Event::Requesting { call, .. } => reported.push(call.to_string()),
        Event::Responded { status, .. } => reported.push(status.as_str().to_owned()),
        Event::Waiting { progress, wait, .. } => {
            reported.push(format!("{} {}", progress.is_paused, wait.as_secs()));
        }
        _ => {}
    };
    let operation = export().paced(&Pace::default());
    client.run(operation).sink(Memory::default()).watch(watch).run().await.unwrap();
    let first = ["start export", "405", "synchronous export", "429"];
    assert_eq!(reported, [&first[..], &["true 30", "synchronous export", "200"]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_reported_again_only_for_another_reason() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(5000));
    let client = client_of(sandbox, &["export:slow@60000", "status:429@30"]);
    let (pace, mut reported) = (Pace::default(), Vec::new());
    let watch = |event: Event| match event {
        Event::Waiting { progress, .. } => {
            reported.push(if progress.is_paused { "paused" } else { "waiting" });
        }
        Event::Requesting { .. } => reported.push("requesting"),
        _ => {}
    };
    let first = client.run(export().paced(&pace)).sink(Memory::default()).run();
    let second = client.run(export().paced(&pace)).sink(Memory::default()).watch(watch).run();
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(reported[..4], ["paused", "waiting", "requesting", "waiting"]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_cancelled_too_late_is_distinguished_from_a_cancelled_one() {
    let client = client_of(Sandbox::new(Generation::Y2021), &["import:slow@60000", "import:slow@60000"]);
    for (after, ended) in [(10, Cancellation::Cancelled), (100, Cancellation::Finished)] {
        let import = Import::new(1, FileName::new("new", Format::Dtable).unwrap(), 1000).unwrap();
        let operation = Operation::import(server(), import.no_wait(), Policy::default(), SEED);
        let started = client.run(operation).source(sample_dtable(1000)).run().await;
        let Ok(Outcome::Accepted(started)) = started else { panic!("{started:?}") };
        tokio::time::sleep(Duration::from_secs(after)).await;
        assert_eq!(client.cancel(&server(), started.resume).run().await.unwrap(), ended);
    }
}

#[tokio::test(start_paused = true)]
async fn sent_bytes_are_reported_in_all() {
    let (client, mut reported) = (client(&[]), Vec::new());
    let watch = |event: Event| {
        if let Event::Sent { bytes, of, .. } = event {
            reported.push((bytes, of));
        }
    };
    let pieces = || {
        stream::iter([400, 300]).then(|len| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(sample_dtable(700).split_off(700 - len))
        })
    };
    client.run(import(700)).source(StreamSource(pieces)).watch(watch).run().await.unwrap();
    assert_eq!(reported, [(400, 700), (700, 700)]);
}

#[tokio::test(start_paused = true)]
async fn received_bytes_are_reported_for_each_attempt() {
    let (client, mut reported) = (client(&["synchronous-export:cut@2000"]), Vec::new());
    let watch = |event: Event| {
        if let Event::Received { bytes, .. } = event {
            reported.push(bytes);
        }
    };
    client.run(export()).sink(Memory::default()).watch(watch).run().await.unwrap();
    assert_eq!(reported, [2000, 5000]);
}

#[tokio::test(start_paused = true)]
async fn every_task_that_a_run_starts_is_reported() {
    let sandbox = Sandbox::new(Generation::Y2020).with_base(1, "stock", sample_dtable(5000));
    let client = client_of(sandbox, &["content:cut@2000"]);
    let mut reported = HashSet::new();
    let watch = |event: Event| {
        if let Event::Accepted { resume, .. } = event {
            assert!(reported.insert(resume.task));
        }
    };
    client.run(export()).sink(Memory::default()).watch(watch).run().await.unwrap();
    assert_eq!(reported.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_resumed_task_is_not_reported_as_a_new_one() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(5000));
    let client = client_of(sandbox, &[]);
    let export = Export::new(1, BaseName::new("stock").unwrap()).no_wait();
    let started = client.run(Operation::export(server(), export, Policy::default(), SEED)).run().await;
    let Ok(Outcome::Accepted(accepted)) = started else { panic!("{started:?}") };
    let operation = Operation::resume(server(), accepted.resume, Policy::default(), SEED);
    let watch = |event: Event| assert!(!matches!(event, Event::Accepted { .. }));
    client.run(operation).sink(Memory::default()).watch(watch).run().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_failure_of_an_earlier_request_is_not_that_of_the_last() {
    let client = client(&["status:lost", "status:403"]);
    let end = send(&client, 1000, sample_dtable(1000)).await;
    assert!(
        matches!(&end, Err(Error::Operation { error, transport: None, .. }) if error.kind() == ErrorKind::Forbidden),
        "{end:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn fact_17_a_request_that_waits_for_its_turn_is_held_back_while_the_account_is_paused() {
    let client = client(&["import:429@30"]).with_connections(1);
    let start = tokio::time::Instant::now();
    let (pace, mut asked) = (Pace::default(), Vec::new());
    let watch = |event: Event| {
        if let Event::Requesting { .. } = event {
            asked.push(start.elapsed().as_secs());
        }
    };
    let slow = || {
        stream::once(async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ok(sample_dtable(1000))
        })
    };
    let first = client.run(import(1000).paced(&pace)).source(StreamSource(slow)).run();
    let second = client.run(export().paced(&pace)).sink(Memory::default()).watch(watch).run();
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(asked[0], 35);
}

#[tokio::test(start_paused = true)]
async fn a_stop_breaks_off_a_request_or_a_wait() {
    for (fault, ended) in [
        ("import:silent", ErrorKind::UnknownOutcome),
        ("status:silent", ErrorKind::UnknownOutcome),
        ("import:slow@600000", ErrorKind::UnknownOutcome),
        ("import:429@60", ErrorKind::Cancelled),
    ] {
        let client = client(&[fault]);
        let start = tokio::time::Instant::now();
        let end = tokio::time::sleep(Duration::from_secs(5));
        let end = client.run(import(1000)).source(sample_dtable(1000)).until(end).run().await;
        assert_eq!((kind(end), start.elapsed().as_secs()), (ended, 5), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_of_another_length_is_its_own_error() {
    for (len, error) in [(999, io::ErrorKind::InvalidData), (1001, io::ErrorKind::UnexpectedEof)] {
        let client = client(&[]);
        let end = send(&client, len, sample_dtable(1000)).await;
        assert!(matches!(end, Err(Error::Source { error: found, .. }) if found.kind() == error));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_without_a_source_or_sink_that_it_needs_is_an_error() {
    let client = client(&[]);
    assert!(matches!(client.run(import(10)).run().await, Err(Error::Source { .. })));
    assert!(matches!(client.run(export()).run().await, Err(Error::Sink { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_single_call_is_made_once() {
    let client = client(&["status:502"]);
    let status = QueryStatus::new(TaskId::new("1").unwrap());
    let first = client.call(&status, &server()).await;
    assert!(matches!(first, Err(Error::Reply(error)) if error.status() == 502));
    let second = client.call(&status, &server()).await;
    assert!(matches!(second, Err(Error::Reply(error)) if error.refusal().unwrap().is_unknown_task()));
    let name = FileName::new("new", Format::Dtable).unwrap();
    let file = ImportFile::new(1, name, 3, uuid::Uuid::nil()).unwrap();
    assert!(matches!(client.call(&StartImport::new(file), &server()).await, Err(Error::Source { .. })));
}

#[tokio::test(start_paused = true)]
async fn requests_wait_for_a_connection() {
    let client = client(&["status:silent*2"]).with_connections(1);
    let start = tokio::time::Instant::now();
    let status = QueryStatus::new(TaskId::new("1").unwrap());
    let server = server();
    let mut asked = false;
    let watch = |event: Event| asked |= matches!(event, Event::Requesting { .. });
    let end = tokio::time::sleep(Duration::from_secs(1));
    let late = client.run(export()).watch(watch).until(end).run();
    let (first, second, late) =
        tokio::join!(client.call(&status, &server), client.call(&status, &server), late);
    assert_eq!((kind(late), asked), (ErrorKind::Cancelled, false));
    assert!(matches!((first, second), (Err(Error::Transport(_)), Err(Error::Transport(_)))));
    assert_eq!(start.elapsed().as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_its_turn_is_not_sent_even_if_one_before_it_was() {
    let client = client(&["import:429@2", "status:silent"]).with_connections(1);
    let (status, server) = (QueryStatus::new(TaskId::new("1").unwrap()), server());
    let end = tokio::time::sleep(Duration::from_secs(5));
    let import = client.run(import(1000)).source(sample_dtable(1000)).until(end).run();
    let (import, _) = tokio::join!(import, client.call(&status, &server));
    assert_eq!(kind(import), ErrorKind::Cancelled);
}
