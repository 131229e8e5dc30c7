use std::time::Duration;

use seatable_io_proto::TaskKind;

use super::scene::*;
use crate::{Call, ErrorKind, Exported, Failure, Outcome, Reason, Route};

pub(super) const EMPTY_LEN: Option<u64> = Some(ZIP.len() as u64);

pub(super) fn finished() -> Scene {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(200, STARTED);
    scene.requests(Call::QueryStatus).respond(200, FINISHED);
    scene.requests(Call::ExportContent);
    scene
}

pub(super) fn exported(scene: &mut Scene) -> Exported {
    let Outcome::Exported(exported) = scene.ends_well() else { panic!() };
    assert_eq!(exported.bytes, ZIP.len() as u64);
    exported
}

pub(super) fn route(scene: &mut Scene) -> Route {
    exported(scene).route
}

#[test]
fn at_most_three_new_exports_are_made() {
    let mut scene = finished();
    for _ in 0..3 {
        scene.fails(Failure::Interrupted).requests(Call::StartExport).respond(200, STARTED);
        scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent);
    }
    scene.fails(Failure::Interrupted).ends_with(ErrorKind::Unavailable);
}

#[test]
fn fact_26_an_export_that_takes_too_long_is_not_repeated_at_once() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.requests(Call::SynchronousExport).respond(504, r#"{"error_msg":"Timeout Error."}"#);
    let error = scene.ends_with(ErrorKind::Unavailable);
    assert!(error.exported_too_long() && error.may_still_run());
    assert!(error.to_string().contains("Timeout Error"), "{error}");
    let mut scene = Scene::export();
    for _ in 0..14 {
        scene.requests(Call::StartExport).respond(504, HTML);
    }
    assert!(!scene.ends_with(ErrorKind::Unavailable).exported_too_long());
}

#[test]
fn fact_23_an_export_in_one_request_survives_a_restart_of_the_server() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    let begin = scene.now;
    while scene.now - begin < Duration::from_secs(180) {
        for (status, body) in [(500, HTML), (502, HTML), (503, HTML)] {
            scene.requests(Call::SynchronousExport);
            if scene.now - begin < Duration::from_secs(180) {
                scene.respond(status, body);
            }
        }
    }
    assert_eq!(route(scene.file(ZIP, None)), Route::Synchronous);
}

#[test]
fn fact_8_a_full_queue_is_waited_out_in_one_request_too() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..3 {
        scene.requests(Call::SynchronousExport).respond(500, r#"{"error_msg":"Internal Server Error."}"#);
    }
    assert_eq!(route(scene.requests(Call::SynchronousExport).file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_missing_base_ends_an_export_in_the_words_of_the_server() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(404, NO_BASE);
    let error = scene.ends_with(ErrorKind::NotFound);
    assert!(error.reply_error().unwrap().message() == Some("DTable t1 not found."), "{error}");
}

#[test]
fn a_resumed_export_without_its_place_is_not_exported_again() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.requests(Call::QueryStatus).respond(400, UNKNOWN_TASK);
    scene.requests(Call::ExportContent).respond(404, r#"{"error_msg":"file not found."}"#);
    assert_eq!(scene.ends_with(ErrorKind::NotFound).status().unwrap().as_u16(), 404);
}

#[test]
fn a_file_that_is_missing_right_after_the_end_is_exported_again() {
    for (status, body) in [
        (404, r#"{"error_msg":"file not found."}"#),
        (400, UNKNOWN_TASK),
        (400, r#"{"error_msg":"no"}"#),
        (500, INTERNAL_ERROR),
        (500, HTML),
    ] {
        finished().respond(status, body).requests(Call::StartExport);
    }
}

#[test]
fn a_refusal_ends_a_download_even_if_the_end_was_in_doubt() {
    for (status, body, kind) in [
        (403, r#"{"error_msg":"Permission denied."}"#, ErrorKind::Forbidden),
        (413, HTML, ErrorKind::Rejected),
    ] {
        let mut scene = Scene::export();
        scene
            .requests(Call::StartExport)
            .respond(200, STARTED)
            .requests(Call::QueryStatus)
            .fails(Failure::Interrupted);
        scene.requests(Call::QueryStatus).respond(400, UNKNOWN_TASK).requests(Call::ExportContent);
        scene.respond(status, body).ends_with(kind);
    }
}

#[test]
fn progress_counts_received_bytes() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(Some(100)));
    let _ = scene.exchange().chunk(&ZIP[..9]);
    let progress = scene.exchange().progress();
    assert_eq!((progress.received, progress.announced, progress.polls), (9, Some(100), 1));
}

#[test]
fn a_new_export_is_polled_like_the_first() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(200, STARTED);
    for _ in 0..10 {
        scene.requests(Call::QueryStatus).respond(200, RUNNING);
    }
    scene
        .requests(Call::QueryStatus)
        .respond(200, FINISHED)
        .requests(Call::ExportContent)
        .fails(Failure::Interrupted);
    scene.requests(Call::StartExport).respond(200, STARTED).requests(Call::QueryStatus);
    assert_eq!(scene.exchange().progress().polls, 0);
    scene.respond(200, RUNNING).requests(Call::QueryStatus);
    assert_eq!(scene.waited.as_millis(), 250);
}

#[test]
fn a_new_export_starts_without_the_doubt_of_the_last_one() {
    let mut scene = Scene::export();
    scene
        .requests(Call::StartExport)
        .respond(200, STARTED)
        .requests(Call::QueryStatus)
        .respond(500, INTERNAL_ERROR);
    scene
        .requests(Call::QueryStatus)
        .respond(400, UNKNOWN_TASK)
        .requests(Call::ExportContent)
        .fails(Failure::Interrupted);
    scene.requests(Call::StartExport);
    scene.respond(200, &STARTED.replace("1582970303923", "new")).requests(Call::QueryStatus);
    assert!(scene.requested().ends_with("?task_id=new"));
    scene.respond(404, TASK_NOT_FOUND).requests(Call::ExportContent);
}

#[test]
fn there_is_nothing_to_resume_until_a_new_export_is_started() {
    let mut scene = finished();
    scene.fails(Failure::Interrupted);
    assert_eq!(scene.operation().to_resume(), None);
    let error = scene.cancel().ends_with(ErrorKind::Cancelled);
    assert_eq!((error.resume(), error.may_still_run()), (None, false));
}

#[test]
fn a_download_that_is_refused_can_be_resumed() {
    let mut scene = finished();
    scene.respond(403, "{}");
    assert!(scene.ends_with(ErrorKind::Forbidden).resume().is_some());
}

#[test]
fn an_export_that_does_not_wait_ends_when_it_is_accepted() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous).no_wait());
    scene.requests(Call::StartExport).respond(200, STARTED);
    let Outcome::Accepted(accepted) = scene.ends_well() else { panic!() };
    assert_eq!(accepted.resume.kind, TaskKind::Export);
}

#[test]
fn an_export_that_does_not_wait_needs_a_task() {
    let mut scene = Scene::exporting(export_of("t1").no_wait());
    scene.requests(Call::StartExport).respond(405, NOT_ALLOWED).ends_with(ErrorKind::Unsupported);
    Scene::exporting(export_of(".").no_wait()).ends_with(ErrorKind::Unsupported);
}

#[test]
fn new_exports_are_counted_across_routes() {
    let mut scene = finished();
    scene.respond(404, HTML).requests(Call::ExportContent);
    for _ in 0..3 {
        scene.respond(500, HTML).requests(Call::StartExport).respond(200, STARTED);
        scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent);
    }
    scene.respond(404, HTML).requests(Call::SynchronousExport).file(&ZIP[..9], None);
    scene.ends_with(ErrorKind::Unavailable);
}

#[test]
fn a_refused_download_shows_no_secret() {
    let words = r#"{"error_msg":"no 0303f89b3607fb86039fdffcf1be6383797b437f"}"#;
    let mut scene = Scene::exporting(export_of("."));
    let error = scene.requests(Call::SynchronousExport).respond(403, words).ends_with(ErrorKind::Forbidden);
    assert!(error.to_string().contains("no ***"), "{error}");
}

#[test]
fn a_new_export_waits_first_and_shows_the_reason() {
    let mut scene = finished();
    scene.fails(Failure::TimedOut);
    assert_eq!(scene.operation().progress().reason, Some(Reason::TimedOut));
    scene.requests(Call::StartExport);
    assert!(scene.waited >= Duration::from_millis(375), "{:?}", scene.waited);
}
