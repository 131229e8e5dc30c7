//! Facts about servers that concern a whole lifecycle, by their numbers.

use seatable_io_proto::TaskKind;

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Outcome, Policy, Task};

fn polling(scene: &mut Scene) {
    let start = scene.task().progress().call.unwrap();
    scene.asks(start).answer(200, STARTED).asks(Call::Status);
}

#[test]
fn fact_1_an_end_that_may_have_been_lost_leaves_an_import_unknown() {
    for lose in [lose_answer, gateway, crash, nonsense] {
        let mut scene = Scene::import();
        polling(&mut scene);
        lose(&mut scene);
        scene.asks(Call::Status).answer(400, UNKNOWN_TASK);
        assert!(!scene.ends_with(ErrorKind::Unknown).may_still_run());
    }
}

fn lose_answer(scene: &mut Scene) {
    scene.fails(Failure::Interrupted);
}
fn gateway(scene: &mut Scene) {
    scene.answer(502, HTML);
}
fn crash(scene: &mut Scene) {
    scene.answer(500, HTML);
}
fn nonsense(scene: &mut Scene) {
    scene.answer(200, r#"{"is_finished":"true"}"#);
}

#[test]
fn fact_1_for_an_export_the_file_settles_it() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.fails(Failure::TimedOut).asks(Call::Status).answer(404, r#"{"error_msg":"task_id not found."}"#);
    scene.asks(Call::Content).file(ZIP, None);
    assert!(matches!(scene.ends_well(), Outcome::Exported(_)));
}

#[test]
fn fact_1_where_the_file_is_not_there_a_new_export_is() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.fails(Failure::TimedOut).asks(Call::Status).answer(400, UNKNOWN_TASK);
    scene.asks(Call::Content).answer(404, r#"{"error_msg":"file not found."}"#).asks(Call::StartExport);
}

#[test]
fn fact_1_an_unknown_task_with_no_answer_lost_before_it_failed() {
    for mut scene in [Scene::import(), Scene::export()] {
        polling(&mut scene);
        scene.answer(400, UNKNOWN_TASK);
        assert_eq!(scene.ends_with(ErrorKind::TaskFailed).resume(), None);
    }
}

#[test]
fn fact_1_a_readable_answer_clears_the_doubt() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.fails(Failure::Interrupted).asks(Call::Status).answer(200, RUNNING);
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK);
    assert!(!scene.ends_with(ErrorKind::TaskFailed).may_still_run());

    let mut scene = Scene::import();
    polling(&mut scene);
    scene.answer(500, INTERNAL_ERROR).asks(Call::Status).answer(200, RUNNING);
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK);
    assert!(scene.ends_with(ErrorKind::TaskFailed).to_string().contains("task_id invalid"));
}

#[test]
fn fact_1_a_resumed_import_begins_in_doubt() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::Unknown);
}

#[test]
fn a_failing_task_of_a_current_server_is_told_in_its_words() {
    for mut scene in [Scene::import(), Scene::export()] {
        polling(&mut scene);
        scene.answer(500, r#"{"error_msg":"Internal Server Error: queue"}"#);
        scene.asks(Call::Status).answer(500, INTERNAL_ERROR);
        scene.asks(Call::Status).answer(404, r#"{"error_msg":"task_id not found."}"#);
        let words = scene.ends_with(ErrorKind::TaskFailed).to_string();
        assert!(words.contains("500 Internal Server Error: Internal Server Error ("), "{words}");
    }

    let mut scene = Scene::import();
    polling(&mut scene);
    scene.answer(413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#);
    assert!(scene.ends_with(ErrorKind::TaskFailed).to_string().contains("exceeds the limit"));
}

#[test]
fn fact_6_a_page_of_a_proxy_is_no_word_of_the_task() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.answer(413, HTML);
    assert!(scene.ends_with(ErrorKind::Rejected).may_still_run());
}

#[test]
fn fact_8_a_full_queue_is_tried_again_for_an_export_only() {
    let mut scene = Scene::export();
    scene
        .asks(Call::StartExport)
        .answer(500, r#"{"error_msg":"Internal Server Error."}"#)
        .asks(Call::StartExport);
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(500, r#"{"error_msg":"Internal Server Error."}"#);
    scene.ends_with(ErrorKind::Unknown);
}

#[test]
fn looking_tells_an_end_once() {
    let look = |body| {
        let task = resume_of(TaskKind::Import).task;
        let mut scene = Scene::from(Task::look(server(), task, Policy::default(), SEED));
        scene.asks(Call::Status).answer(if body == UNKNOWN_TASK { 400 } else { 200 }, body);
        scene
    };
    assert_eq!(look(RUNNING).ends_well(), Outcome::Running);
    assert_eq!(look(FINISHED).ends_well(), Outcome::Finished);
    look(UNKNOWN_TASK).ends_with(ErrorKind::UnknownTask);
}

#[test]
fn a_wrong_address_or_a_redirect_ends_a_poll() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.answer(404, HTML).ends_with(ErrorKind::NotFound);
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.answer_with(302, &[("location", "https://elsewhere.example/")], "").ends_with(ErrorKind::Unknown);
}

#[test]
fn an_import_whose_polls_are_never_understood_is_unknown() {
    for (mut scene, start, kind) in [
        (Scene::import(), Call::StartImport, ErrorKind::Unknown),
        (Scene::export(), Call::StartExport, ErrorKind::BadAnswer),
    ] {
        scene.asks(start).answer(200, STARTED);
        while !scene.is_over() {
            scene.asks(Call::Status).answer(101, "");
        }
        let error = scene.ends_with(kind);
        assert!(error.may_still_run() && error.resume().is_some());
    }
}

#[test]
fn a_look_whose_answer_was_lost_leaves_open_what_became_of_the_task() {
    let look =
        || Scene::from(Task::look(server(), resume_of(TaskKind::Import).task, Policy::default(), SEED));
    let mut scene = look();
    scene.asks(Call::Status).fails(Failure::Interrupted).asks(Call::Status).answer(400, UNKNOWN_TASK);
    scene.ends_with(ErrorKind::Unknown);
    let mut scene = look();
    scene.asks(Call::Status).answer(500, INTERNAL_ERROR).asks(Call::Status).answer(404, UNKNOWN_TASK);
    scene.ends_with(ErrorKind::TaskFailed);
}

#[test]
fn a_resumed_task_without_doubt_that_is_not_known_has_failed() {
    let mut resume = resume_of(TaskKind::Import);
    resume.doubt = false;
    Scene::resuming(resume).asks(Call::Status).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::TaskFailed);
}

#[test]
fn transient_statuses_do_not_end_a_poll_or_a_download() {
    for status in [408, 425, 500, 502, 503, 504, 599] {
        let mut scene = Scene::export();
        polling(&mut scene);
        scene.answer(status, HTML).asks(Call::Status).answer(200, FINISHED).asks(Call::Content);
        scene.answer(status, HTML).asks(Call::StartExport);
    }
}

#[test]
fn a_reported_failure_stays_in_mind_unless_another_answer_is_lost() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.answer(500, INTERNAL_ERROR).asks(Call::Status).fails(Failure::TimedOut);
    scene.asks(Call::Status).answer(500, INTERNAL_ERROR);
    scene.asks(Call::Status).answer(404, UNKNOWN_TASK).ends_with(ErrorKind::Unknown);
}

#[test]
fn an_answered_poll_starts_the_count_of_retries_anew() {
    let mut scene = Scene::import();
    polling(&mut scene);
    for _ in 0..3 {
        for _ in 0..Policy::default().retries {
            scene.fails(Failure::Interrupted).asks(Call::Status);
        }
        scene.answer(200, RUNNING).asks(Call::Status);
    }
}
