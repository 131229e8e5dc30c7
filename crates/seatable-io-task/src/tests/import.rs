use seatable_io_proto::{FileName, Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Import, Operation, Outcome, Policy, Reason};

#[test]
fn an_import_is_sent_polled_and_finished() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED);
    scene.requests(Call::QueryStatus).respond(200, RUNNING);
    scene.requests(Call::QueryStatus).respond(200, FINISHED);
    let Outcome::Imported(imported) = scene.ends_well() else { panic!() };
    assert_eq!(imported.base.unwrap().name, "t1");
    assert_eq!(imported.renamed_from, None);
}

#[test]
fn the_first_poll_comes_at_once_and_the_next_after_a_quarter_second() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED);
    scene.requests(Call::QueryStatus);
    assert_eq!(scene.waited.as_millis(), 0);
    scene.respond(200, RUNNING).requests(Call::QueryStatus);
    assert_eq!(scene.waited.as_millis(), 250);
}

#[test]
fn an_import_of_a_dtable_without_a_task_is_unknown() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, DONE_AT_ONCE);
    assert_eq!(scene.ends_with(ErrorKind::UnknownOutcome).reason(), Some(&Reason::NoTask));
}

#[test]
fn an_import_without_a_task_and_a_name_is_unknown() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, r#"{"success": true}"#);
    scene.ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn an_import_that_does_not_wait_ends_when_it_is_accepted() {
    let mut scene = Scene::importing(import_of(Format::Dtable).no_wait(), Policy::default());
    scene.requests(Call::StartImport).respond(200, STARTED);
    let Outcome::Accepted(accepted) = scene.ends_well() else { panic!() };
    assert_eq!((accepted.base.unwrap().name.as_str(), accepted.renamed_from), ("t1", None));
    assert_eq!(accepted.resume.kind, TaskKind::Import);
    assert_eq!(accepted.resume.server.as_deref(), Some("https://cloud.seatable.io/"));

    let mut scene = Scene::importing(import_of(Format::Dtable).no_wait(), Policy::default());
    scene.requests(Call::StartImport).respond(200, &STARTED.replace(r#""name":"t1""#, r#""name":"t1 (2)""#));
    assert!(
        matches!(scene.ends_well(), Outcome::Accepted(accepted) if accepted.renamed_from.as_deref() == Some("t1"))
    );
}

#[test]
fn a_name_that_the_server_changed_is_reported() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, &STARTED.replace(r#""name":"t1""#, r#""name":"t1 (2)""#));
    scene.requests(Call::QueryStatus).respond(200, FINISHED);
    assert!(
        matches!(scene.ends_well(), Outcome::Imported(imported) if imported.renamed_from.as_deref() == Some("t1"))
    );
}

#[test]
fn an_import_with_a_status_that_does_not_exist_is_unknown() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(700, "");
    scene.ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn an_upload_whose_response_is_lost_is_unknown_and_not_sent_again() {
    for why in [Failure::Interrupted, Failure::TimedOut] {
        let mut scene = Scene::import();
        scene.requests(Call::StartImport).fails(why);
        let error = scene.ends_with(ErrorKind::UnknownOutcome);
        assert!(error.to_string().contains("not retried"), "{error}");
        assert!(error.may_still_run());
    }
}

#[test]
fn a_status_decides_even_if_its_body_breaks_off() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport);
    let _ = scene.exchange().head(&head(413, &[("content-type", "text/html")]));
    scene.fails(Failure::Interrupted);
    assert_eq!(scene.ends_with(ErrorKind::Rejected).status().unwrap().as_u16(), 413);
}

#[test]
fn a_success_whose_body_breaks_off_is_unknown_for_that_reason() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).exchange().sent(FILE_LEN);
    let _ = scene.exchange().head(&head(200, &[]));
    scene.fails(Failure::Interrupted);
    assert_eq!(scene.ends_with(ErrorKind::UnknownOutcome).reason(), Some(&Reason::Interrupted));
}

#[test]
fn progress_shows_the_next_call_and_the_reason_for_a_wait() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).fails(Failure::NotSent);
    let progress = scene.operation().progress();
    assert_eq!((progress.call, progress.reason), (Some(Call::StartImport), Some(Reason::NotSent)));
    assert!(progress.waits_until > Some(scene.now));
    assert_eq!(scene.requests(Call::StartImport).exchange().progress().waits_until, None);
}

#[test]
fn there_is_nothing_to_resume_before_the_server_has_started_the_task() {
    let mut scene = Scene::import();
    assert_eq!(scene.operation().to_resume(), None);
    scene.requests(Call::StartImport).respond(200, STARTED);
    assert_eq!(scene.operation().to_resume().unwrap().task.as_str(), "1582970303923");
}

#[test]
fn a_refused_connection_is_tried_again_and_then_nothing_was_imported() {
    let mut scene = Scene::import();
    for _ in 0..=13 {
        scene.requests(Call::StartImport).fails(Failure::NotSent);
    }
    let error = scene.ends_with(ErrorKind::Unavailable);
    assert!(error.to_string().contains("after 13 retries in 4m; nothing was imported"), "{error}");
}

#[test]
fn a_busy_server_is_asked_again_after_the_time_that_it_names() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond_with(429, &[("retry-after", "7")], "");
    scene.requests(Call::StartImport);
    assert_eq!(scene.waited.as_secs(), 7);
    scene.respond_with(503, &[("retry-after", "3")], "").requests(Call::StartImport);
    assert_eq!(scene.waited.as_secs(), 3);
}

#[test]
fn an_untrusted_certificate_ends_the_operation_at_once() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).fails(Failure::Untrusted);
    let error = scene.ends_with(ErrorKind::Untrusted);
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[test]
fn a_truncated_response_decides_only_if_it_refuses_an_upload() {
    let refused = r#"{"error_msg":"Permission denied."}"#;
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    let _ = scene.exchange().head(&head(403, &[]));
    let _ = scene.exchange().chunk(&refused.as_bytes()[..9]);
    scene.fails(Failure::Interrupted).requests(Call::QueryStatus).respond(200, FINISHED).ends_well();
}

#[test]
fn fact_19_a_name_that_differs_only_in_its_normal_form_is_not_changed() {
    let name = FileName::new("Gro\u{308}ße", Format::Dtable).unwrap();
    let import = Import::new(1, name, FILE_LEN).unwrap();
    let mut scene = Scene::importing(import, Policy::default());
    scene.requests(Call::StartImport).respond(200, &STARTED.replace(r#""name":"t1""#, r#""name":"Größe""#));
    scene.requests(Call::QueryStatus).respond(200, FINISHED);
    assert!(matches!(scene.ends_well(), Outcome::Imported(imported) if imported.renamed_from.is_none()));
}

#[test]
fn only_a_redirect_that_repeats_the_request_means_that_nothing_was_done() {
    for (status, kind) in [
        (301, ErrorKind::BadAnswer),
        (302, ErrorKind::BadAnswer),
        (307, ErrorKind::BadAnswer),
        (308, ErrorKind::BadAnswer),
        (300, ErrorKind::UnknownOutcome),
        (303, ErrorKind::UnknownOutcome),
        (304, ErrorKind::UnknownOutcome),
    ] {
        let mut scene = Scene::import();
        scene
            .requests(Call::StartImport)
            .respond_with(status, &[("location", "/elsewhere/")], "")
            .ends_with(kind);
    }
}

#[test]
fn progress_counts_polls() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED);
    for polls in 0..3 {
        assert_eq!(scene.requests(Call::QueryStatus).exchange().progress().polls, polls);
        scene.respond(200, RUNNING);
    }
}

#[test]
fn a_folder_is_part_of_the_upload() {
    let mut scene = Scene::importing(import_of(Format::Dtable).folder(4711), Policy::default());
    let body = scene.requests(Call::StartImport).exchange().request().body().clone();
    assert!(String::from_utf8_lossy(body.head()).contains("name=\"folder_id\"\r\n\r\n4711\r\n"));
}

#[test]
fn the_seed_determines_the_boundary() {
    let boundary = |seed: u128| {
        let mut scene =
            Scene::from(Operation::import(server(), import_of(Format::Dtable), Policy::default(), seed));
        scene.requests(Call::StartImport).exchange().request().headers()["content-type"].clone()
    };
    assert_eq!(boundary(7), "multipart/form-data; boundary=seatable-io-00000000000000000000000000000007");
    assert_eq!(
        boundary(7 << 100),
        "multipart/form-data; boundary=seatable-io-00000070000000000000000000000000"
    );
}

#[test]
fn a_server_cannot_lack_a_task_that_was_not_named() {
    Scene::import().requests(Call::StartImport).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::Rejected);
    Scene::export().requests(Call::StartExport).respond(404, UNKNOWN_TASK).ends_with(ErrorKind::NotFound);
}
