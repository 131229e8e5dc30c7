use std::time::Duration;

use seatable_io_proto::TaskKind;

use super::scene::*;
use crate::{Call, Cause, ErrorKind, Exported, Failure, Outcome, Policy, Route, Task};

pub(super) const EMPTY_LEN: Option<u64> = Some(ZIP.len() as u64);

pub(super) fn finished() -> Scene {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED);
    scene.asks(Call::Status).answer(200, FINISHED);
    scene.asks(Call::Content);
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
fn a_broken_download_is_healed_by_a_new_export() {
    type Break = fn(&mut Scene);
    let breaks: [Break; 4] = [
        |scene| {
            scene.file(&ZIP[..9], EMPTY_LEN);
        },
        |scene| {
            scene.file(&ZIP[..9], None);
        },
        |scene| {
            scene.fails(Failure::Interrupted);
        },
        |scene| {
            scene.answer(502, HTML);
        },
    ];
    for break_it in breaks {
        let mut scene = finished();
        break_it(&mut scene);
        scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
        assert_eq!(route(scene.asks(Call::Content).file(ZIP, EMPTY_LEN)), Route::Api);
    }
}

#[test]
fn three_new_exports_are_the_most() {
    let mut scene = finished();
    for _ in 0..3 {
        scene.fails(Failure::Interrupted).asks(Call::StartExport).answer(200, STARTED);
        scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content);
    }
    scene.fails(Failure::Interrupted).ends_with(ErrorKind::Unavailable);
}

#[test]
fn a_synchronous_export_that_times_out_at_the_gateway_is_asked_once_more() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.asks(Call::SynchronousExport).answer(504, r#"{"error_msg":"Timeout Error."}"#);
    scene.asks(Call::SynchronousExport).answer(504, r#"{"error_msg":"Timeout Error."}"#);
    assert!(scene.ends_with(ErrorKind::Unavailable).to_string().contains("Timeout Error"));
}

#[test]
fn without_new_exports_a_timeout_of_the_gateway_ends_the_task() {
    let policy = Policy::default().new_exports(0);
    let mut scene = Scene::from(Task::export(server(), export_of("."), policy, SEED));
    scene.asks(Call::SynchronousExport).answer(504, HTML).ends_with(ErrorKind::Unavailable);
}

#[test]
fn fact_8_a_full_queue_is_waited_out_in_one_request_too() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..3 {
        scene.asks(Call::SynchronousExport).answer(500, r#"{"error_msg":"Internal Server Error."}"#);
    }
    assert_eq!(route(scene.asks(Call::SynchronousExport).file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_missing_base_ends_it_in_the_servers_words() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(404, NO_BASE);
    let error = scene.ends_with(ErrorKind::NotFound);
    assert!(error.to_string().contains("DTable t1 not found"), "{error}");
}

#[test]
fn a_whole_zip_of_another_length_than_announced_is_broken() {
    let mut scene = finished();
    scene.file(ZIP, Some(23)).asks(Call::StartExport);
}

#[test]
fn a_resumed_export_without_its_place_cannot_begin_anew() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK);
    scene.asks(Call::Content).answer(404, r#"{"error_msg":"file not found."}"#);
    assert_eq!(scene.ends_with(ErrorKind::NotFound).status().unwrap().as_u16(), 404);
}

#[test]
fn a_file_that_is_not_there_ends_it_unless_the_end_was_in_doubt() {
    let gone = r#"{"error_msg":"file not found."}"#;
    assert_eq!(finished().answer(404, gone).ends_with(ErrorKind::NotFound).status().unwrap().as_u16(), 404);
    finished().answer(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownTask);

    let mut again = finished();
    again.fails(Failure::Interrupted).asks(Call::StartExport).answer(200, STARTED);
    again.asks(Call::Status).answer(200, FINISHED).asks(Call::Content);
    again.answer(404, gone).ends_with(ErrorKind::NotFound);

    let mut reported = Scene::export();
    reported.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).fails(Failure::Interrupted);
    reported.asks(Call::Status).answer(200, FINISHED).asks(Call::Content);
    reported.answer(404, gone).ends_with(ErrorKind::NotFound);
}

#[test]
fn a_refusal_ends_a_download_even_if_the_end_was_in_doubt() {
    for (status, body, kind) in [
        (403, r#"{"error_msg":"Permission denied."}"#, ErrorKind::Forbidden),
        (413, HTML, ErrorKind::Rejected),
    ] {
        let mut scene = Scene::export();
        scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).fails(Failure::Interrupted);
        scene.asks(Call::Status).answer(400, UNKNOWN_TASK).asks(Call::Content);
        scene.answer(status, body).ends_with(kind);
    }
}

#[test]
fn progress_counts_what_came() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(Some(22)));
    let _ = scene.exchange().chunk(&ZIP[..9]);
    let progress = scene.exchange().progress();
    assert_eq!((progress.received, progress.announced, progress.polls), (9, Some(22), 1));
}

#[test]
fn a_new_export_is_polled_as_the_first_was() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED);
    for _ in 0..10 {
        scene.asks(Call::Status).answer(200, RUNNING);
    }
    scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content).fails(Failure::Interrupted);
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status);
    assert_eq!(scene.exchange().progress().polls, 0);
    scene.answer(200, RUNNING).asks(Call::Status);
    assert_eq!(scene.waited.as_millis(), 250);
}

#[test]
fn a_new_export_starts_without_the_doubts_of_the_last() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).fails(Failure::Interrupted);
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK).asks(Call::Content).fails(Failure::Interrupted);
    scene.asks(Call::StartExport);
    scene.answer(200, &STARTED.replace("1582970303923", "new")).asks(Call::Status);
    assert!(scene.asked().ends_with("?task_id=new"));
    scene.answer(400, UNKNOWN_TASK).ends_with(ErrorKind::TaskFailed);
}

#[test]
fn until_a_new_export_is_started_there_is_nothing_to_resume() {
    let mut scene = finished();
    scene.fails(Failure::Interrupted);
    assert_eq!(scene.task().to_resume(), None);
    let error = scene.cancel().ends_with(ErrorKind::Cancelled);
    assert_eq!((error.resume(), error.may_still_run()), (None, false));
}

#[test]
fn a_download_that_fails_after_a_lost_end_can_be_resumed_in_doubt() {
    let mut scene = finished();
    scene.answer(403, "{}");
    assert!(scene.ends_with(ErrorKind::Forbidden).resume().unwrap().doubt);
}

#[test]
fn a_file_that_the_drivers_own_check_finds_damaged_is_exported_again() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    let _ = scene.exchange().chunk(ZIP);
    scene.fails(Failure::Damaged);
    assert_eq!(scene.task().progress().cause, Some(Cause::Damaged));
    scene.asks(Call::StartExport);
}

#[test]
fn a_whole_file_whose_exchange_failed_is_not_taken() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    assert!(scene.exchange().chunk(ZIP) && scene.exchange().is_whole());
    scene.fails(Failure::Interrupted).asks(Call::StartExport);
}

#[test]
fn a_file_that_cannot_be_written_ends_the_task() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    let _ = scene.exchange().chunk(ZIP);
    let error = scene.fails(Failure::LocalFile).ends_with(ErrorKind::LocalFile);
    assert!(!error.may_still_run() && error.resume().is_some());
}

#[test]
fn without_waiting_an_export_ends_when_it_is_accepted() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous).no_wait());
    scene.asks(Call::StartExport).answer(200, STARTED);
    let Outcome::Accepted(accepted) = scene.ends_well() else { panic!() };
    assert_eq!(accepted.resume.kind, TaskKind::Export);
}

#[test]
fn an_export_that_is_not_to_be_waited_for_needs_a_task() {
    let mut scene = Scene::exporting(export_of("t1").no_wait());
    scene.asks(Call::StartExport).answer(405, NOT_ALLOWED).ends_with(ErrorKind::Unsupported);
    Scene::exporting(export_of(".").no_wait()).ends_with(ErrorKind::Unsupported);
}

#[test]
fn a_new_export_waits_first_and_says_why() {
    let mut scene = finished();
    scene.fails(Failure::TimedOut);
    assert_eq!(scene.task().progress().cause, Some(Cause::TimedOut));
    scene.asks(Call::StartExport);
    assert!(scene.waited >= Duration::from_millis(375), "{:?}", scene.waited);
}
