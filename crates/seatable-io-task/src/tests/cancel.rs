use seatable_io_proto::TaskKind;

use super::scene::*;
use crate::{Call, Cause, ErrorKind, Failure, Outcome};

fn running(mut scene: Scene, start: Call) -> Scene {
    scene.asks(start).answer(200, STARTED).asks(Call::Status).answer(200, RUNNING);
    scene
}

#[test]
fn before_anything_is_sent_nothing_is_asked() {
    let error = Scene::import().cancel().ends_with(ErrorKind::Cancelled);
    assert!(error.is_cancelled() && !error.may_still_run() && error.resume().is_none());
}

#[test]
fn a_waiting_task_is_cancelled_on_the_server() {
    for (scene, start, kind) in
        [(Scene::import(), Call::StartImport, "import"), (Scene::export(), Call::StartExport, "export")]
    {
        let mut scene = running(scene, start);
        let asked = scene.cancel().asked();
        assert!(asked.starts_with("DELETE https://cloud.seatable.io/api/v2.1/dtable-io-status/?"), "{asked}");
        assert!(asked.contains("dtable_uuid=d09b6bcc") && asked.contains(kind), "{asked}");
        scene.asks(Call::Cancel).answer(200, SUCCESS).ends_with(ErrorKind::Cancelled);
    }
}

#[test]
fn in_flight_it_waits_for_the_answer_or_for_the_driver_to_drop_it() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED);
    scene.asks(Call::Cancel).answer(200, SUCCESS).ends_with(ErrorKind::Cancelled);

    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().fails(Failure::Interrupted);
    assert!(scene.ends_with(ErrorKind::Unknown).is_cancelled());
}

#[test]
fn a_finish_that_was_seen_is_told() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status).cancel().answer(200, FINISHED);
    assert!(matches!(scene.ends_well(), Outcome::Imported(_)));
}

#[test]
fn an_unknown_task_is_unknown_for_an_import_and_cancelled_for_an_export() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().asks(Call::Cancel).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::Unknown);
    let mut scene = running(Scene::export(), Call::StartExport);
    scene.cancel().asks(Call::Cancel).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::Cancelled);
}

#[test]
fn a_repeated_delete_whose_first_answer_was_lost_has_cancelled() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().asks(Call::Cancel).fails(Failure::Interrupted);
    scene.asks(Call::Cancel).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::Cancelled);
}

#[test]
fn what_a_lost_delete_has_cancelled_is_not_told_as_unknown_to_the_server() {
    let mut scene = running(Scene::export(), Call::StartExport);
    scene.cancel().asks(Call::Cancel).fails(Failure::Interrupted);
    scene.asks(Call::Cancel).answer(400, UNKNOWN_TASK);
    assert_eq!(scene.ends_with(ErrorKind::Cancelled).cause(), Some(&Cause::Interrupted));
}

#[test]
fn an_unknown_task_after_a_failure_that_was_told_has_failed() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.asks(Call::Status).cancel().answer(500, r#"{"error_msg":"Internal Server Error"}"#);
    scene.asks(Call::Cancel).answer(400, UNKNOWN_TASK);
    let error = scene.ends_with(ErrorKind::TaskFailed);
    assert!(error.to_string().contains("Internal Server Error") && !error.may_still_run());

    let mut scene = running(Scene::import(), Call::StartImport);
    scene.asks(Call::Status).fails(Failure::Interrupted).asks(Call::Status).cancel();
    scene.answer(500, r#"{"error_msg":"Internal Server Error"}"#);
    scene.asks(Call::Cancel).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::Unknown);
}

#[test]
fn a_failed_export_that_is_cancelled_is_cancelled() {
    let mut scene = running(Scene::export(), Call::StartExport);
    scene.asks(Call::Status).cancel().answer(500, r#"{"error_msg":"Internal Server Error"}"#);
    scene.asks(Call::Cancel).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::Cancelled);
}

#[test]
fn what_was_left_of_an_import_can_be_resumed_and_of_an_export_there_is_nothing() {
    let mut scene = running(Scene::import(), Call::StartImport);
    let error = scene.cancel().asks(Call::Cancel).answer(200, SUCCESS).ends_with(ErrorKind::Cancelled);
    assert!(error.resume().is_some() && !error.may_still_run());
    let mut scene = running(Scene::export(), Call::StartExport);
    let error = scene.cancel().asks(Call::Cancel).answer(200, SUCCESS).ends_with(ErrorKind::Cancelled);
    assert!(error.resume().is_none() && !error.may_still_run());
}

#[test]
fn cancelling_twice_does_not_take_longer() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().asks(Call::Cancel);
    let deadline = scene.task.deadline();
    scene.now += std::time::Duration::from_secs(5);
    scene.cancel().fails(Failure::NotSent).asks(Call::Cancel);
    assert_eq!(scene.task.deadline(), deadline);
}

#[test]
fn but_not_where_a_lost_poll_may_have_told_the_end() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.asks(Call::Status).cancel().fails(Failure::Interrupted);
    scene.asks(Call::Cancel).fails(Failure::Interrupted);
    scene.asks(Call::Cancel).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::Unknown);
}

#[test]
fn a_download_is_dropped_without_a_delete_for_its_task_is_over() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
    scene.asks(Call::Content).cancel().fails(Failure::Interrupted);
    assert!(!scene.ends_with(ErrorKind::Cancelled).may_still_run());
}

#[test]
fn a_resumed_download_is_dropped_too() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content).cancel().fails(Failure::Interrupted);
    scene.ends_with(ErrorKind::Cancelled);
}

#[test]
fn an_export_whose_start_was_lost_may_still_run() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).cancel().fails(Failure::Interrupted);
    assert!(scene.ends_with(ErrorKind::Cancelled).may_still_run());
}

#[test]
fn a_server_that_does_not_let_cancel_is_told_so() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().asks(Call::Cancel).answer(403, r#"{"error_msg":"Permission denied."}"#);
    let error = scene.ends_with(ErrorKind::Refused);
    assert!(error.may_still_run() && error.is_cancelled() && error.resume().is_some());
}

#[test]
fn cancelling_has_thirty_seconds() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().asks(Call::Cancel);
    let begin = scene.now;
    while scene.task.deadline().is_some_and(|deadline| deadline > scene.now) {
        scene.answer(502, HTML);
        if matches!(scene.task.step(scene.now), crate::Step::Done(_)) {
            break;
        }
        scene.asks_or_ends();
    }
    assert_eq!((scene.now - begin).as_secs(), 30);
    assert!(scene.ends_with(ErrorKind::OutOfPatience).may_still_run());
}

#[test]
fn a_resumed_task_can_be_cancelled_at_once() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.cancel().asks(Call::Cancel).answer(200, "{'success': true}").ends_with(ErrorKind::Cancelled);
}

#[test]
fn cancelling_what_is_over_changes_nothing() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
    assert!(matches!(scene.cancel().ends_well(), Outcome::Imported(_)));
}
