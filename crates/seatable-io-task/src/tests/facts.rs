//! Facts about servers that concern a whole lifecycle, by their numbers.

use seatable_io_proto::TaskKind;

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, Outcome, Policy};

fn polling(scene: &mut Scene) {
    scene.requests_anything();
    let start = scene.exchange().progress().call.unwrap();
    scene.requests(start).respond(200, STARTED).requests(Call::QueryStatus);
}

#[test]
fn fact_1_an_unknown_task_proves_nothing_about_an_import_whether_or_not_a_response_was_lost() {
    for lose in [|_: &mut Scene| (), lose_response, gateway, crash, nonsense] {
        for (status, body) in [(400, UNKNOWN_TASK), (404, TASK_NOT_FOUND)] {
            let mut scene = Scene::import();
            polling(&mut scene);
            lose(&mut scene);
            let error =
                scene.requests(Call::QueryStatus).respond(status, body).ends_with(ErrorKind::UnknownOutcome);
            assert!(!error.may_still_run() && error.may_have_created_base() && error.resume().is_some());
        }
    }
}

fn lose_response(scene: &mut Scene) {
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
fn fact_1_the_file_shows_whether_an_unknown_export_succeeded_after_a_lost_response() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene
        .fails(Failure::TimedOut)
        .requests(Call::QueryStatus)
        .respond(404, r#"{"error_msg":"task_id not found."}"#);
    scene.requests(Call::ExportContent).file(ZIP, None);
    assert!(matches!(scene.ends_well(), Outcome::Exported(_)));
}

#[test]
fn fact_1_an_unknown_export_whose_file_is_missing_is_repeated() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.fails(Failure::TimedOut).requests(Call::QueryStatus).respond(400, UNKNOWN_TASK);
    scene
        .requests(Call::ExportContent)
        .respond(404, r#"{"error_msg":"file not found."}"#)
        .requests(Call::StartExport);
}

#[test]
fn fact_1_the_file_shows_whether_an_unknown_export_succeeded() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.respond(400, UNKNOWN_TASK).requests(Call::ExportContent).file(ZIP, None);
    assert!(matches!(scene.ends_well(), Outcome::Exported(_)));
}

#[test]
fn fact_1_the_file_of_an_unknown_export_is_requested_at_both_addresses() {
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.respond(400, UNKNOWN_TASK);
    assert!(scene.requested().contains("/api/v2.1/dtable-export-content/"));
    scene.respond(404, HTML);
    assert!(scene.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
    scene.respond(500, INTERNAL_ERROR).requests(Call::StartExport);
}

#[test]
fn an_export_whose_task_and_file_are_gone_ends_after_three_new_ones() {
    let mut scene = Scene::export();
    for _ in 0..4 {
        polling(&mut scene);
        scene
            .respond(400, UNKNOWN_TASK)
            .requests(Call::ExportContent)
            .respond(404, r#"{"error_msg":"file not found."}"#);
    }
    let error = scene.ends_with(ErrorKind::NotFound);
    assert!(error.to_string().contains("after 3 retries"), "{error}");
}

#[test]
fn fact_1_a_readable_response_clears_the_doubt_of_an_earlier_one() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(500, INTERNAL_ERROR).requests(Call::QueryStatus).respond(200, RUNNING);
    scene.requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::UnknownOutcome);

    let mut scene = Scene::import();
    polling(&mut scene);
    scene.fails(Failure::Interrupted).requests(Call::QueryStatus).respond(200, RUNNING);
    scene.requests(Call::QueryStatus).respond(500, INTERNAL_ERROR);
    scene.requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::TaskFailed);
}

#[test]
fn fact_1_a_resumed_import_that_is_not_known_is_unknown() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    scene.requests(Call::QueryStatus).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn a_failed_task_of_a_current_server_is_reported_in_its_words() {
    for (mut scene, may_have_created_base) in [(Scene::import(), true), (Scene::export(), false)] {
        polling(&mut scene);
        scene.respond(500, r#"{"error_msg":"Internal Server Error: queue"}"#);
        scene.requests(Call::QueryStatus).respond(500, INTERNAL_ERROR);
        scene.requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND);
        let error = scene.ends_with(ErrorKind::TaskFailed);
        assert!(error.to_string().contains("(500: Internal Server Error), after"), "{error}");
        assert_eq!(error.resume(), None);
        assert_eq!(error.may_have_created_base(), may_have_created_base);
    }

    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#);
    assert!(scene.ends_with(ErrorKind::TaskFailed).to_string().contains("exceeds the limit"));
}

#[test]
fn fact_21_a_500_of_an_older_server_does_not_report_a_failure() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(500, INTERNAL_ERROR).requests(Call::QueryStatus).respond(400, UNKNOWN_TASK);
    scene.ends_with(ErrorKind::UnknownOutcome);

    let mut scene = Scene::export();
    polling(&mut scene);
    scene
        .respond(500, INTERNAL_ERROR)
        .requests(Call::QueryStatus)
        .respond(400, UNKNOWN_TASK)
        .requests(Call::ExportContent);
}

#[test]
fn fact_6_a_page_of_a_proxy_says_nothing_about_the_task() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(413, HTML);
    assert!(scene.ends_with(ErrorKind::Rejected).may_still_run());
}

#[test]
fn fact_8_a_full_queue_is_tried_again_for_an_export_only() {
    let mut scene = Scene::export();
    scene
        .requests(Call::StartExport)
        .respond(500, r#"{"error_msg":"Internal Server Error."}"#)
        .requests(Call::StartExport);
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(500, r#"{"error_msg":"Internal Server Error."}"#);
    scene.ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn polling_once_reports_an_end_once() {
    let poll = |body| {
        let task = resume_of(TaskKind::Import).task;
        let mut scene = Scene::from(Operation::poll_once(server(), task, Policy::default(), SEED));
        scene.requests(Call::QueryStatus).respond(if body == UNKNOWN_TASK { 400 } else { 200 }, body);
        scene
    };
    assert_eq!(poll(RUNNING).ends_well(), Outcome::Running);
    assert_eq!(poll(FINISHED).ends_well(), Outcome::Finished);
    poll(UNKNOWN_TASK).ends_with(ErrorKind::UnknownTask);
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
        (Scene::export(), Call::StartExport, ErrorKind::BadAnswer),
    ] {
        scene.requests(start).respond(200, STARTED);
        while !scene.is_over() {
            scene.requests(Call::QueryStatus).respond(101, "");
        }
        let error = scene.ends_with(kind);
        assert!(error.may_still_run() && error.resume().is_some());
    }
}

#[test]
fn an_unknown_task_that_is_polled_once_has_failed_only_if_a_current_server_reported_it() {
    let poll = |responses: &[(u16, &str)], kind| {
        let operation =
            Operation::poll_once(server(), resume_of(TaskKind::Import).task, Policy::default(), SEED);
        let mut scene = Scene::from(operation);
        for (status, body) in responses {
            scene.requests(Call::QueryStatus).respond(*status, body);
        }
        scene.ends_with(kind);
    };
    let (failed, gone, lost) = ((500, INTERNAL_ERROR), (404, TASK_NOT_FOUND), (502, HTML));
    poll(&[failed, gone], ErrorKind::TaskFailed);
    poll(&[failed, (400, UNKNOWN_TASK)], ErrorKind::UnknownTask);
    poll(&[lost, gone], ErrorKind::UnknownTask);
    poll(&[lost, failed, gone], ErrorKind::UnknownTask);
    poll(&[failed, lost, gone], ErrorKind::UnknownTask);
}

#[test]
fn transient_statuses_do_not_end_a_poll_or_a_download() {
    for status in [408, 425, 500, 502, 503, 504, 520, 527, 599] {
        let mut scene = Scene::export();
        polling(&mut scene);
        scene
            .respond(status, HTML)
            .requests(Call::QueryStatus)
            .respond(200, FINISHED)
            .requests(Call::ExportContent);
        scene.respond(status, HTML).requests(Call::StartExport);
    }
}

#[test]
fn fact_23_a_403_with_a_page_is_not_from_seatable() {
    let words = "a proxy or CDN in front of https://cloud.seatable.io/ refused the request (403)";
    let mut scene = Scene::import();
    let error = scene.requests(Call::StartImport).respond(403, HTML).ends_with(ErrorKind::UnknownOutcome);
    assert!(error.to_string().contains(words), "{error}");
    let mut scene = Scene::export();
    polling(&mut scene);
    scene.respond(403, HTML).requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent);
    let mut scene = Scene::export();
    for _ in 0..14 {
        scene.requests(Call::StartExport).respond(403, HTML);
    }
    let error = scene.ends_with(ErrorKind::Unavailable);
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn fact_7_a_403_without_credentials_is_about_the_token() {
    let body = r#"{"detail":"Authentication credentials were not provided."}"#;
    Scene::export().requests(Call::StartExport).respond(403, body).ends_with(ErrorKind::Unauthorized);
    Scene::import().requests(Call::StartImport).respond(403, body).ends_with(ErrorKind::Unauthorized);
}

#[test]
fn fact_4_a_forbidden_import_may_have_left_a_base() {
    let forbidden = r#"{"error_msg":"Permission denied."}"#;
    let mut scene = Scene::import();
    let error = scene.requests(Call::StartImport).respond(403, forbidden).ends_with(ErrorKind::Forbidden);
    assert!(error.may_have_created_base());
    let error =
        Scene::export().requests(Call::StartExport).respond(403, forbidden).ends_with(ErrorKind::Forbidden);
    assert!(!error.may_have_created_base());
}

#[test]
fn a_reported_failure_is_remembered_unless_another_response_is_lost() {
    let mut scene = Scene::import();
    polling(&mut scene);
    scene.respond(500, INTERNAL_ERROR).requests(Call::QueryStatus).fails(Failure::TimedOut);
    scene.requests(Call::QueryStatus).respond(500, INTERNAL_ERROR);
    scene.requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn an_answered_poll_resets_the_number_of_retries() {
    let mut scene = Scene::import();
    polling(&mut scene);
    for _ in 0..3 {
        for _ in 0..Policy::default().retries {
            scene.fails(Failure::Interrupted).requests(Call::QueryStatus);
        }
        scene.respond(200, RUNNING).requests(Call::QueryStatus);
    }
}
