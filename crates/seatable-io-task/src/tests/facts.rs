//! Facts about servers that concern a whole lifecycle, by their numbers.

use seatable_io_proto::TaskKind;

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, Outcome, Policy};

fn polling(scene: &mut Scene) {
    scene.asks_anything();
    let start = scene.exchange().progress().call.unwrap();
    scene.asks(start).respond(200, STARTED).asks(Call::QueryStatus);
}

#[test]
fn fact_1_an_unknown_task_proves_nothing_about_an_import_whether_or_not_an_answer_was_lost() {
    for lose in [|_: &mut Scene| (), lose_answer, gateway, crash, nonsense] {
        for (status, body) in [(400, UNKNOWN_TASK), (404, TASK_NOT_FOUND)] {
            let mut scene = Scene::import();
            polling(&mut scene);
            lose(&mut scene);
            let error =
                scene.asks(Call::QueryStatus).respond(status, body).ends_with(ErrorKind::UnknownOutcome);
            assert!(!error.may_still_run() && error.may_have_created_base() && error.resume().is_some());
        }
    }
}

fn lose_answer(scene: &mut Scene) {
    scene.fails(Failure::Interrupted);
}
fn gateway(scene: &mut Scene) {
    scene.respond(502, HTML);
}
fn crash(scene: &mut Scene) {
    scene.respond(500, HTML);
}
fn nonsense(scene: &mut Scene) {
    scene.respond(200, r#"{"is_finished":"true"}"#);
}

#[test]
fn fact_1_for_an_export_the_file_settles_it() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene
        .fails(Failure::TimedOut)
        .asks(Call::QueryStatus)
        .respond(404, r#"{"error_msg":"task_id not found."}"#);
    scene.asks(Call::ExportContent).file(ZIP, None);
    assert!(matches!(scene.ends_well(), Outcome::Exported(_)));
}

#[test]
fn fact_1_where_the_file_is_not_there_a_new_export_is() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.fails(Failure::TimedOut).asks(Call::QueryStatus).respond(400, UNKNOWN_TASK);
    scene
        .asks(Call::ExportContent)
        .respond(404, r#"{"error_msg":"file not found."}"#)
        .asks(Call::StartExport);
}

#[test]
fn fact_1_an_unknown_export_is_settled_by_its_file_whether_or_not_an_answer_was_lost() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.respond(400, UNKNOWN_TASK).asks(Call::ExportContent).file(ZIP, None);
    assert!(matches!(scene.ends_well(), Outcome::Exported(_)));
}

#[test]
fn fact_1_the_file_of_an_unknown_export_is_looked_for_at_both_addresses() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.respond(400, UNKNOWN_TASK);
    assert!(scene.asked().contains("/api/v2.1/dtable-export-content/"));
    scene.respond(404, HTML);
    assert!(scene.asked().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
    scene.respond(500, INTERNAL_ERROR).asks(Call::StartExport);
}

#[test]
fn an_export_whose_task_and_file_are_gone_ends_after_three_new_ones() {
    let mut scene = Scene::export();
    for _ in 0..4 {
        polling(&mut scene);
        scene
            .respond(400, UNKNOWN_TASK)
            .asks(Call::ExportContent)
            .respond(404, r#"{"error_msg":"file not found."}"#);
    }
    let error = scene.ends_with(ErrorKind::NotFound);
    assert!(error.to_string().contains("after 3 retries"), "{error}");
}

#[test]
fn fact_1_a_readable_answer_clears_what_an_earlier_one_may_have_said() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(500, INTERNAL_ERROR).asks(Call::QueryStatus).respond(200, RUNNING);
    scene.asks(Call::QueryStatus).respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::UnknownOutcome);

    let mut scene = Scene::import();
    polling(&mut scene);
    scene.fails(Failure::Interrupted).asks(Call::QueryStatus).respond(200, RUNNING);
    scene.asks(Call::QueryStatus).respond(500, INTERNAL_ERROR);
    scene.asks(Call::QueryStatus).respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::TaskFailed);
}

#[test]
fn fact_1_a_resumed_import_that_is_not_known_is_unknown() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    scene.asks(Call::QueryStatus).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn a_failing_task_of_a_current_server_is_told_in_its_words() {
    for mut scene in [Scene::import(), Scene::export()] {
        polling(&mut scene);
        scene.respond(500, r#"{"error_msg":"Internal Server Error: queue"}"#);
        scene.asks(Call::QueryStatus).respond(500, INTERNAL_ERROR);
        scene.asks(Call::QueryStatus).respond(404, TASK_NOT_FOUND);
        let error = scene.ends_with(ErrorKind::TaskFailed);
        assert!(error.to_string().contains("(500: Internal Server Error), after"), "{error}");
        assert_eq!(error.resume(), None);
    }

    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#);
    assert!(scene.ends_with(ErrorKind::TaskFailed).to_string().contains("exceeds the limit"));
}

#[test]
fn fact_21_a_500_of_an_older_server_is_no_report_of_a_failure() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(500, INTERNAL_ERROR).asks(Call::QueryStatus).respond(400, UNKNOWN_TASK);
    scene.ends_with(ErrorKind::UnknownOutcome);

    let mut scene = Scene::export();
    polling(&mut scene);
    scene
        .respond(500, INTERNAL_ERROR)
        .asks(Call::QueryStatus)
        .respond(400, UNKNOWN_TASK)
        .asks(Call::ExportContent);
}

#[test]
fn fact_6_a_page_of_a_proxy_is_no_word_of_the_task() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(413, HTML);
    assert!(scene.ends_with(ErrorKind::Rejected).may_still_run());
}

#[test]
fn fact_8_a_full_queue_is_tried_again_for_an_export_only() {
    let mut scene = Scene::export();
    scene
        .asks(Call::StartExport)
        .respond(500, r#"{"error_msg":"Internal Server Error."}"#)
        .asks(Call::StartExport);
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).respond(500, r#"{"error_msg":"Internal Server Error."}"#);
    scene.ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn looking_tells_an_end_once() {
    let look = |body| {
        let task = resume_of(TaskKind::Import).task;
        let mut scene = Scene::from(Operation::poll_once(server(), task, Policy::default(), SEED));
        scene.asks(Call::QueryStatus).respond(if body == UNKNOWN_TASK { 400 } else { 200 }, body);
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
    scene.respond(404, HTML).ends_with(ErrorKind::NotFound);
    let mut scene = Scene::import();
    polling(&mut scene);
    scene
        .respond_with(302, &[("location", "https://elsewhere.example/")], "")
        .ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn an_import_whose_polls_are_never_understood_is_unknown() {
    for (mut scene, start, kind) in [
        (Scene::import(), Call::StartImport, ErrorKind::UnknownOutcome),
        (Scene::export(), Call::StartExport, ErrorKind::BadResponse),
    ] {
        scene.asks(start).respond(200, STARTED);
        while !scene.is_over() {
            scene.asks(Call::QueryStatus).respond(101, "");
        }
        let error = scene.ends_with(kind);
        assert!(error.may_still_run() && error.resume().is_some());
    }
}

#[test]
fn a_look_at_an_unknown_task_has_failed_only_if_a_current_server_said_so() {
    let look = |answers: &[(u16, &str)], kind| {
        let task = Operation::poll_once(server(), resume_of(TaskKind::Import).task, Policy::default(), SEED);
        let mut scene = Scene::from(task);
        for (status, body) in answers {
            scene.asks(Call::QueryStatus).respond(*status, body);
        }
        scene.ends_with(kind);
    };
    let (failed, gone, lost) = ((500, INTERNAL_ERROR), (404, TASK_NOT_FOUND), (502, HTML));
    look(&[failed, gone], ErrorKind::TaskFailed);
    look(&[failed, (400, UNKNOWN_TASK)], ErrorKind::UnknownTask);
    look(&[lost, gone], ErrorKind::UnknownTask);
    look(&[lost, failed, gone], ErrorKind::UnknownTask);
    look(&[failed, lost, gone], ErrorKind::UnknownTask);
}

#[test]
fn transient_statuses_do_not_end_a_poll_or_a_download() {
    for status in [408, 425, 500, 502, 503, 504, 520, 527, 599] {
        let mut scene = Scene::export();
        polling(&mut scene);
        scene.respond(status, HTML).asks(Call::QueryStatus).respond(200, FINISHED).asks(Call::ExportContent);
        scene.respond(status, HTML).asks(Call::StartExport);
    }
}

#[test]
fn fact_23_a_403_with_a_page_is_not_seatables() {
    let words = "a proxy or CDN in front of https://cloud.seatable.io/ refused the request (403)";
    let mut scene = Scene::import();
    let error = scene.asks(Call::StartImport).respond(403, HTML).ends_with(ErrorKind::UnknownOutcome);
    assert!(error.to_string().contains(words), "{error}");
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.respond(403, HTML).asks(Call::QueryStatus).respond(200, FINISHED).asks(Call::ExportContent);
    let mut scene = Scene::export();
    for _ in 0..14 {
        scene.asks(Call::StartExport).respond(403, HTML);
    }
    let error = scene.ends_with(ErrorKind::Unavailable);
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn fact_7_a_403_without_credentials_is_about_the_token() {
    let body = r#"{"detail":"Authentication credentials were not provided."}"#;
    Scene::export().asks(Call::StartExport).respond(403, body).ends_with(ErrorKind::Unauthorized);
    Scene::import().asks(Call::StartImport).respond(403, body).ends_with(ErrorKind::Unauthorized);
}

#[test]
fn fact_4_a_forbidden_import_may_have_left_a_base() {
    let forbidden = r#"{"error_msg":"Permission denied."}"#;
    let mut scene = Scene::import();
    let error = scene.asks(Call::StartImport).respond(403, forbidden).ends_with(ErrorKind::Forbidden);
    assert!(error.may_have_created_base());
    let error =
        Scene::export().asks(Call::StartExport).respond(403, forbidden).ends_with(ErrorKind::Forbidden);
    assert!(!error.may_have_created_base());
}

#[test]
fn a_reported_failure_stays_in_mind_unless_another_answer_is_lost() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(500, INTERNAL_ERROR).asks(Call::QueryStatus).fails(Failure::TimedOut);
    scene.asks(Call::QueryStatus).respond(500, INTERNAL_ERROR);
    scene.asks(Call::QueryStatus).respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn an_answered_poll_starts_the_count_of_retries_anew() {
    let mut scene = Scene::import();
    polling(&mut scene);
    for _ in 0..3 {
        for _ in 0..Policy::default().retries {
            scene.fails(Failure::Interrupted).asks(Call::QueryStatus);
        }
        scene.respond(200, RUNNING).asks(Call::QueryStatus);
    }
}
