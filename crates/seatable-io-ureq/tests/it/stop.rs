use std::time::{Duration, Instant};

use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, Sandbox, TaskState, sample_dtable};
use seatable_io_ureq::task::ErrorKind;
use seatable_io_ureq::{Event, Stop};

use crate::support::*;

const SOON: Duration = Duration::from_secs(2);

#[test]
fn a_stop_during_an_upload_leaves_the_outcome_unknown() {
    let sandbox = sandbox(Generation::Current);
    let file = vec![0; 8 << 20];
    let (operation, begun) = (import_of(&sandbox.url(), file.len(), quick()), Instant::now());
    let result = run_with_stop(operation, &mut &*file, Vec::new(), |event, stop| {
        if matches!(event, Event::Sent { .. }) {
            stop.stop();
        }
    });
    let error = result.unwrap_err();
    assert_eq!(error.operation().unwrap().kind(), ErrorKind::UnknownOutcome);
    assert!(error.operation().unwrap().is_cancelled() && begun.elapsed() < SOON);
    assert!(sandbox.state().base(1, "copy").is_none());
}

#[test]
fn a_stop_while_the_server_is_silent_cancels_the_task_over_a_new_connection() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(1000));
    let sandbox = start(sandbox.with_task_time(Duration::from_secs(60)));
    sandbox.with(|sandbox, _| sandbox.add_fault(Fault::new(Call::QueryStatus, FaultKind::Silent)));
    let (operation, begun) = (export_of(&sandbox.url(), quick()), Instant::now());
    let result = run_with_stop(operation, &b""[..], Vec::new(), |event, stop| {
        if matches!(event, Event::Accepted { .. }) {
            stop_soon(stop);
        }
    });
    assert_eq!(result.unwrap_err().operation().unwrap().kind(), ErrorKind::Cancelled);
    assert_eq!(sandbox.state().tasks[0].state, TaskState::Cancelled);
    assert!(begun.elapsed() < SOON);
}

#[test]
fn a_stop_between_two_polls_cancels_the_task() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(1000));
    let sandbox = start(sandbox.with_task_time(Duration::from_secs(60)));
    let minute = Duration::from_secs(60);
    let operation = export_of(&sandbox.url(), quick().poll(minute..=minute).timeout(2 * minute));
    let begun = Instant::now();
    let result = run_with_stop(operation, &b""[..], Vec::new(), |event, stop| {
        if matches!(event, Event::Waiting { .. }) {
            stop_soon(stop);
        }
    });
    assert_eq!(result.unwrap_err().operation().unwrap().kind(), ErrorKind::Cancelled);
    assert_eq!(sandbox.state().count(Call::CancelTask), 1);
    assert!(begun.elapsed() < SOON);
}

#[test]
fn a_stopped_run_waits_between_its_attempts_to_cancel() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(1000));
    let sandbox = start(sandbox.with_task_time(Duration::from_secs(60)));
    sandbox.with(|sandbox, _| {
        sandbox.add_fault(Fault::new(Call::CancelTask, FaultKind::Unavailable { acted: false }));
    });
    let (wait, mut waits) = (Duration::from_millis(50), 0);
    let operation = export_of(&sandbox.url(), quick().backoff(wait..=wait));
    let result = run_with_stop(operation, &b""[..], Vec::new(), |event, stop| match event {
        Event::Accepted { .. } => stop.stop(),
        Event::Waiting { .. } => waits += 1,
        _ => {}
    });
    assert!(result.is_err() && sandbox.state().count(Call::CancelTask) == 2);
    assert!(waits < 10, "{waits}");
}

#[test]
fn a_stop_during_a_download_leaves_nothing() {
    let sandbox = sandbox(Generation::Y2021);
    sandbox.with(|sandbox, _| sandbox.add_base(1, "big", sample_dtable(8 << 20)));
    let mut sink = Memory::default();
    let export =
        seatable_io_ureq::task::Export::new(1, seatable_io_ureq::proto::BaseName::new("big").unwrap());
    let operation = seatable_io_ureq::task::Operation::export(server(&sandbox.url()), export, quick(), SEED);
    let result = run_with_stop(operation, &b""[..], &mut sink, |event, stop| {
        if matches!(event, Event::Received { .. }) {
            stop.stop();
        }
    });
    assert_eq!(result.unwrap_err().operation().unwrap().kind(), ErrorKind::Cancelled);
    assert!(!sink.finished && sink.bytes.len() < 8 << 20);
    assert_eq!(sandbox.state().count(Call::StartExport), 1);
}

#[test]
fn a_run_that_is_stopped_before_it_begins_makes_no_request() {
    let sandbox = sandbox(Generation::Y2021);
    let stop = Stop::new();
    stop.stop();
    stop.stop();
    let error = client().run(export_of(&sandbox.url(), quick())).until(stop).run().unwrap_err();
    assert_eq!(error.operation().unwrap().kind(), ErrorKind::Cancelled);
    assert!(sandbox.state().log.is_empty());
}

#[test]
fn one_stop_ends_many_runs() {
    let peer = Peer::start(|mut line| line.drain());
    let (stop, begun) = (Stop::new(), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope
                .spawn(|| client().run(export_of(&peer.url, quick())).until(stop.clone()).run().unwrap_err());
        }
        stop_soon(&stop);
    });
    assert!(begun.elapsed() < SOON);
}
