//! Operations that are cancelled.

use std::time::Duration;

use seatable_io_proto::{Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, Outcome, Policy, Reason};

mod existing;
mod exports;
mod imports;

pub(super) fn running(mut scene: Scene, start: Call) -> Scene {
    scene.task_runs(start);
    scene
}

#[test]
fn an_operation_that_is_cancelled_before_its_first_request_makes_none() {
    let error = Scene::import().cancel().ends_with(ErrorKind::Cancelled);
    assert!(error.is_cancelled() && !error.may_still_run() && error.resume().is_none());
}

#[test]
fn a_waiting_operation_is_cancelled_on_the_server() {
    for (scene, start, kind) in
        [(Scene::import(), Call::StartImport, "import"), (Scene::export(), Call::StartExport, "export")]
    {
        let mut scene = running(scene, start);
        let requested = scene.cancel().requests_to_cancel().requested();
        assert!(
            requested.starts_with("DELETE https://cloud.seatable.io/api/v2.1/dtable-io-status/?"),
            "{requested}"
        );
        assert!(requested.contains("dtable_uuid=d09b6bcc") && requested.contains(kind), "{requested}");
        scene.is_cancelled().ends_with(ErrorKind::Cancelled);
    }
}

#[test]
fn a_cancelled_operation_waits_for_its_exchange_to_finish_or_to_be_dropped() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).cancel().respond(200, STARTED);
    scene.requests_to_cancel().is_cancelled().ends_with(ErrorKind::Cancelled);

    let mut scene = Scene::import();
    scene.requests(Call::StartImport).cancel().fails(Failure::Interrupted);
    assert!(scene.ends_with(ErrorKind::UnknownOutcome).is_cancelled());
}

#[test]
fn a_reported_end_is_the_outcome_of_a_cancelled_operation() {
    let mut scene = Scene::import();
    scene
        .requests(Call::StartImport)
        .respond(200, STARTED)
        .requests(Call::QueryStatus)
        .cancel()
        .respond(200, FINISHED);
    assert!(matches!(scene.ends_well(), Outcome::Imported(_)));
}

#[test]
fn an_unknown_task_is_unknown_for_an_import_and_cancelled_for_an_export() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests_to_cancel().respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownOutcome);
    let mut scene = running(Scene::export(), Call::StartExport);
    scene.cancel().requests_to_cancel().respond(400, UNKNOWN_TASK).ends_with(ErrorKind::Cancelled);
}

#[test]
fn cancelling_twice_does_not_take_longer() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests_to_cancel();
    let deadline = scene.exchange().deadline();
    scene.now += Duration::from_secs(5);
    assert_eq!(scene.cancel().exchange().deadline(), deadline);
    scene.fails(Failure::NotSent).requests(Call::CancelTask);
    assert_eq!(scene.exchange().deadline(), deadline);
}

#[test]
fn a_request_that_waits_to_be_repeated_is_not_repeated() {
    let mut scene = Scene::exporting(export_of("."));
    scene.requests(Call::SynchronousExport).fails(Failure::Interrupted);
    assert!(scene.cancel().ends_with(ErrorKind::Cancelled).may_still_run());

    let task = resume_of(TaskKind::Import).task;
    let mut scene = Scene::from(Operation::poll_once(server(), task, Policy::default(), SEED));
    scene.requests(Call::QueryStatus).fails(Failure::Interrupted).cancel().ends_with(ErrorKind::Cancelled);
}

#[test]
fn a_server_that_is_too_busy_to_cancel_is_asked_again() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests_to_cancel().respond_with(429, &[("retry-after", "2")], "");
    scene.requests(Call::CancelTask).is_cancelled().ends_with(ErrorKind::Cancelled);
}

#[test]
fn an_operation_that_does_not_wait_can_be_cancelled() {
    let import = Scene::importing(import_of(Format::Dtable).no_wait(), Policy::default());
    let export = Scene::exporting(export_of("t1").no_wait());
    for (mut scene, call) in [(import, Call::StartImport), (export, Call::StartExport)] {
        scene.requests(call).cancel().respond(200, STARTED).requests_to_cancel();
    }
}

#[test]
fn a_server_that_does_not_cancel_an_import_leaves_it_unknown() {
    for (mut scene, start, kind) in [
        (Scene::import(), Call::StartImport, ErrorKind::UnknownOutcome),
        (Scene::export(), Call::StartExport, ErrorKind::Forbidden),
    ] {
        scene = running(scene, start);
        scene.cancel().requests_to_cancel().respond(403, r#"{"error_msg":"Permission denied."}"#);
        let error = scene.ends_with(kind);
        assert!(error.may_still_run() && error.is_cancelled() && error.resume().is_some());
        assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    }
}

#[test]
fn cancelling_times_out_after_thirty_seconds() {
    let mut scene = running(Scene::import(), Call::StartImport);
    let begin = scene.now;
    scene.cancel();
    while !scene.is_over() {
        scene.respond(502, HTML);
    }
    assert_eq!((scene.now - begin).as_secs(), 30);
    assert!(scene.ends_with(ErrorKind::UnknownOutcome).may_still_run());
}

#[test]
fn cancelling_an_operation_that_is_over_changes_nothing() {
    let mut scene = Scene::import();
    scene.task_finishes(Call::StartImport);
    assert!(matches!(scene.cancel().ends_well(), Outcome::Imported(_)));
}

#[test]
fn a_cancelled_operation_has_thirty_seconds_more_even_at_the_end_of_its_time() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.now += Policy::default().timeout - Duration::from_secs(1);
    scene.cancel().requests_to_cancel();
    assert_eq!(scene.exchange().deadline(), scene.now + Duration::from_secs(30));
}

#[test]
fn cancelling_in_flight_moves_the_deadline_of_the_exchange() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport);
    let now = scene.now;
    assert_eq!(scene.exchange().deadline(), now + Policy::default().timeout);
    scene.cancel();
    assert_eq!(scene.exchange().deadline(), now + Policy::default().cancel_timeout);
}
