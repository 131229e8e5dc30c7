use std::time::Duration;

use seatable_io_proto::{Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, Outcome, Policy, Reason};

pub(super) fn running(mut scene: Scene, start: Call) -> Scene {
    scene.requests(start).respond(200, STARTED).requests(Call::QueryStatus).respond(200, RUNNING);
    scene
}

#[test]
fn before_anything_is_sent_nothing_is_asked() {
    let error = Scene::import().cancel().ends_with(ErrorKind::Cancelled);
    assert!(error.is_cancelled() && !error.may_still_run() && error.resume().is_none());
}

#[test]
fn a_waiting_operation_is_cancelled_on_the_server() {
    for (scene, start, kind) in
        [(Scene::import(), Call::StartImport, "import"), (Scene::export(), Call::StartExport, "export")]
    {
        let mut scene = running(scene, start);
        let asked = scene.cancel().requests_to_cancel().requested();
        assert!(asked.starts_with("DELETE https://cloud.seatable.io/api/v2.1/dtable-io-status/?"), "{asked}");
        assert!(asked.contains("dtable_uuid=d09b6bcc") && asked.contains(kind), "{asked}");
        scene.is_cancelled().ends_with(ErrorKind::Cancelled);
    }
}

/// An import whose cancellation the server has accepted.
fn cancelled() -> Scene {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests_to_cancel().respond(200, SUCCESS).requests(Call::QueryStatus);
    scene
}

#[test]
fn fact_10_an_import_that_a_current_server_has_cancelled_may_be_finished_all_the_same() {
    let mut scene = cancelled();
    let error = scene.respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::UnknownOutcome);
    assert_eq!(error.reason(), Some(&Reason::MayContinue));
    assert!(error.is_cancelled() && error.may_still_run() && error.may_have_created_base());
    let error = cancelled().respond(200, RUNNING).ends_with(ErrorKind::UnknownOutcome);
    assert!(error.may_still_run());
}

#[test]
fn fact_10_an_older_server_has_deleted_the_base_of_an_import_that_it_cancelled() {
    let error = cancelled().respond(400, UNKNOWN_TASK).ends_with(ErrorKind::Cancelled);
    assert!(!error.may_still_run() && error.resume().is_none() && error.reason().is_none());
}

#[test]
fn fact_10_an_import_that_finished_after_it_was_cancelled_has_its_base_on_current_servers_only() {
    assert!(cancelled().respond(200, FINISHED).ends_with(ErrorKind::UnknownOutcome).may_have_created_base());
}

#[test]
fn a_lost_confirmation_is_requested_again() {
    let mut scene = cancelled();
    scene.fails(Failure::Interrupted).requests(Call::QueryStatus).respond(502, HTML);
    scene.requests(Call::QueryStatus).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::Cancelled);
}

#[test]
fn a_cancelled_import_that_is_never_confirmed_is_unknown() {
    for (status, body) in [(401, "{}"), (302, ""), (404, HTML)] {
        assert!(cancelled().respond(status, body).ends_with(ErrorKind::UnknownOutcome).may_still_run());
    }
    let mut scene = cancelled();
    while !scene.is_over() {
        scene.requests(Call::QueryStatus).respond(502, HTML);
    }
    scene.ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn an_import_that_has_finished_unnoticed_is_not_cancelled() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests(Call::QueryStatus);
    assert_eq!(scene.waited, Duration::ZERO);
    assert!(matches!(scene.respond(200, FINISHED).ends_well(), Outcome::Imported(_)));
}

#[test]
fn an_import_is_cancelled_even_if_its_last_poll_fails() {
    type Fail = fn(&mut Scene) -> &mut Scene;
    let fails: [Fail; 5] = [
        |scene| scene.fails(Failure::Interrupted),
        |scene| scene.fails(Failure::NotSent),
        |scene| scene.respond(403, "{}"),
        |scene| scene.respond(500, INTERNAL_ERROR),
        |scene| scene.respond(101, ""),
    ];
    for fail in fails {
        let mut scene = running(Scene::import(), Call::StartImport);
        fail(scene.cancel().requests(Call::QueryStatus)).requests(Call::CancelTask);
        assert_eq!(scene.waited, Duration::ZERO);
    }
}

#[test]
fn an_import_that_failed_before_it_was_cancelled_has_failed() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests(Call::QueryStatus).respond(413, r#"{"error_msg":"The base size exceeds"}"#);
    scene.ends_with(ErrorKind::TaskFailed);

    let mut scene = running(Scene::import(), Call::StartImport);
    scene.requests(Call::QueryStatus).cancel().respond(500, INTERNAL_ERROR);
    scene.requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::TaskFailed);
}

#[test]
fn in_flight_it_waits_for_the_response_or_for_the_driver_to_drop_it() {
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
fn an_import_whose_cancellation_may_have_been_lost_is_unknown() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests_to_cancel().fails(Failure::Interrupted);
    scene.requests(Call::CancelTask).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn a_failed_export_that_is_cancelled_is_cancelled() {
    let mut scene = running(Scene::export(), Call::StartExport);
    scene.requests(Call::QueryStatus).cancel().respond(500, r#"{"error_msg":"Internal Server Error"}"#);
    scene.requests(Call::CancelTask).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::Cancelled);
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
fn an_import_that_is_unknown_when_it_is_cancelled_is_unknown() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene
        .cancel()
        .requests(Call::QueryStatus)
        .respond(400, UNKNOWN_TASK)
        .ends_with(ErrorKind::UnknownOutcome);
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests(Call::QueryStatus).fails(Failure::Interrupted);
    scene.requests(Call::CancelTask).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn a_download_is_dropped_without_a_delete_for_its_task_is_over() {
    let mut scene = Scene::export();
    scene
        .requests(Call::StartExport)
        .respond(200, STARTED)
        .requests(Call::QueryStatus)
        .respond(200, FINISHED);
    assert_eq!(scene.cancel().ends_with(ErrorKind::Cancelled).resume(), None);

    let mut scene = Scene::export();
    scene
        .requests(Call::StartExport)
        .respond(200, STARTED)
        .requests(Call::QueryStatus)
        .respond(200, FINISHED);
    scene.requests(Call::ExportContent).cancel().fails(Failure::Interrupted);
    let error = scene.ends_with(ErrorKind::Cancelled);
    assert!(!error.may_still_run() && error.resume().is_none() && error.reason().is_none());
}

#[test]
fn the_error_of_a_download_before_it_was_cancelled_is_kept() {
    let mut scene = Scene::exporting(export_of("."));
    scene.requests(Call::SynchronousExport).cancel().respond(403, "{}").ends_with(ErrorKind::Forbidden);
}

#[test]
fn a_download_that_is_nowhere_is_cancelled_too() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent).respond(404, HTML);
    scene.requests(Call::ExportContent).cancel().respond(404, HTML).ends_with(ErrorKind::Cancelled);
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
fn an_operation_without_waiting_is_cancelled_too() {
    let import = Scene::importing(import_of(Format::Dtable).no_wait(), Policy::default());
    let export = Scene::exporting(export_of("t1").no_wait());
    for (mut scene, call) in [(import, Call::StartImport), (export, Call::StartExport)] {
        scene.requests(call).cancel().respond(200, STARTED).requests_to_cancel();
    }
}

#[test]
fn a_resumed_download_is_dropped_too() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene
        .requests(Call::QueryStatus)
        .respond(200, FINISHED)
        .requests(Call::ExportContent)
        .cancel()
        .fails(Failure::Interrupted);
    scene.ends_with(ErrorKind::Cancelled);
}

#[test]
fn an_export_whose_start_was_lost_may_still_run() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).cancel().fails(Failure::Interrupted);
    assert!(scene.ends_with(ErrorKind::Cancelled).may_still_run());
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
fn cancelling_has_thirty_seconds() {
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
fn a_resumed_task_can_be_cancelled_at_once() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.cancel().requests_to_cancel().respond(200, "{'success': true}").ends_with(ErrorKind::Cancelled);
}

#[test]
fn cancelling_an_operation_that_is_over_changes_nothing() {
    let mut scene = Scene::import();
    scene
        .requests(Call::StartImport)
        .respond(200, STARTED)
        .requests(Call::QueryStatus)
        .respond(200, FINISHED);
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

fn cancelling(kind: TaskKind) -> Scene {
    Operation::cancel_existing(server(), resume_of(kind), Policy::default(), SEED).into()
}

#[test]
fn a_task_of_someone_else_is_cancelled_or_not_known() {
    for kind in [TaskKind::Import, TaskKind::Export] {
        let mut scene = cancelling(kind);
        let asked = scene.requests_to_cancel().requested();
        assert!(asked.ends_with(&format!("&dtable_uuid=d09b6bcc&task_type={kind}")), "{asked}");
        assert_eq!(scene.is_cancelled().ends_well(), Outcome::Cancelled);
        let mut scene = cancelling(kind);
        let error = scene.requests_to_cancel().respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownTask);
        assert!(!error.may_still_run());
    }
    cancelling(TaskKind::Import)
        .requests(Call::QueryStatus)
        .respond(404, TASK_NOT_FOUND)
        .ends_with(ErrorKind::UnknownTask);
}

#[test]
fn an_import_of_someone_else_may_have_finished_or_finish_all_the_same() {
    let mut scene = cancelling(TaskKind::Import);
    assert_eq!(scene.requests(Call::QueryStatus).respond(200, FINISHED).ends_well(), Outcome::Finished);
    let mut scene = cancelling(TaskKind::Import);
    scene.requests_to_cancel().respond(200, SUCCESS).requests(Call::QueryStatus);
    scene.respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn a_task_that_a_lost_request_may_have_cancelled_is_not_known() {
    for kind in [TaskKind::Import, TaskKind::Export] {
        let mut scene = cancelling(kind);
        scene.requests_to_cancel().fails(Failure::TimedOut);
        scene.requests(Call::CancelTask).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownTask);
    }
}

#[test]
fn a_download_into_a_pipe_that_is_broken_off_is_cancelled() {
    let export = export_of(".");
    let mut scene = Scene::from(Operation::export(server(), export, Policy::default(), SEED).one_pass());
    scene.requests(Call::SynchronousExport).exchange().head(&file_head(None));
    assert!(scene.exchange().chunk(b"PK"));
    scene.cancel().fails(Failure::Interrupted).ends_with(ErrorKind::Cancelled);
}
