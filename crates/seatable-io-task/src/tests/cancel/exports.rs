//! Exports and downloads that are cancelled.

use super::*;

#[test]
fn a_cancelled_download_makes_no_request_to_cancel_because_its_task_is_over() {
    let mut scene = Scene::export();
    scene.task_finishes(Call::StartExport);
    assert_eq!(scene.cancel().ends_with(ErrorKind::Cancelled).resume(), None);

    let mut scene = Scene::export();
    scene.task_finishes(Call::StartExport);
    scene.requests(Call::ExportContent).cancel().fails(Failure::Interrupted);
    let error = scene.ends_with(ErrorKind::Cancelled);
    assert!(!error.may_still_run() && error.resume().is_none() && error.reason().is_none());
}

#[test]
fn the_error_of_a_download_is_kept_although_the_operation_was_cancelled() {
    let mut scene = Scene::exporting(export_of("."));
    scene.requests(Call::SynchronousExport).cancel().respond(403, "{}").ends_with(ErrorKind::Forbidden);
}

#[test]
fn a_download_without_any_route_can_be_cancelled() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent).respond(404, HTML);
    scene.requests(Call::ExportContent).cancel().respond(404, HTML).ends_with(ErrorKind::Cancelled);
}

#[test]
fn a_resumed_download_can_be_cancelled() {
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
fn an_interrupted_download_into_a_pipe_is_cancelled() {
    let export = export_of(".");
    let mut scene = Scene::from(Operation::export(server(), export, Policy::default(), SEED).one_pass());
    scene.requests(Call::SynchronousExport).exchange().head(&file_head(None));
    assert!(scene.exchange().chunk(b"PK"));
    scene.cancel().fails(Failure::Interrupted).ends_with(ErrorKind::Cancelled);
}

#[test]
fn an_export_whose_start_was_lost_may_still_run() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).cancel().fails(Failure::Interrupted);
    assert!(scene.ends_with(ErrorKind::Cancelled).may_still_run());
}

#[test]
fn a_cancelled_export_whose_task_failed_counts_as_cancelled() {
    let mut scene = running(Scene::export(), Call::StartExport);
    scene.requests(Call::QueryStatus).cancel().respond(500, r#"{"error_msg":"Internal Server Error"}"#);
    scene.requests(Call::CancelTask).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::Cancelled);
}
