//! The contract between machine and driver: whatever a driver reports, an import is sent once.

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Intake, Policy, Reason};

fn uploading() -> Scene {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).exchange().sent(FILE_LEN);
    scene
}

fn unknown(scene: &mut Scene) -> Option<Reason> {
    scene.ends_with(ErrorKind::UnknownOutcome).reason().cloned()
}

#[test]
fn switching_protocols_is_a_response_that_is_not_understood() {
    for call in [Call::StartImport, Call::QueryStatus, Call::ExportContent] {
        let mut scene = Scene::import();
        if call != Call::StartImport {
            scene = Scene::export();
            scene.requests(Call::StartExport).respond(200, STARTED);
        }
        if call == Call::ExportContent {
            scene.requests(Call::QueryStatus).respond(200, FINISHED);
        }
        scene.requests(call).respond(101, "");
        assert_eq!(scene.is_over(), call == Call::StartImport);
    }
    let mut scene = uploading();
    assert_eq!(scene.exchange().head(&head(101, &[])), Intake::Read);
    assert!(matches!(unknown(scene.finishes()), Some(Reason::Reply(response)) if response.status() == 101));
}

#[test]
fn other_informational_heads_are_ignored() {
    let mut scene = uploading();
    for status in [100, 102, 103, 199] {
        assert_eq!(scene.exchange().head(&head(status, &[])), Intake::Read);
    }
    scene.respond(200, STARTED).requests(Call::QueryStatus);
}

#[test]
fn an_exchange_that_ends_without_a_response_is_broken() {
    assert_eq!(unknown(uploading().finishes()), Some(Reason::NoResponse));
    assert_eq!(unknown(Scene::import().requests(Call::StartImport).finishes()), Some(Reason::NoResponse));
    let mut scene = uploading();
    let _ = scene.exchange().head(&head(100, &[]));
    assert_eq!(unknown(scene.finishes()), Some(Reason::NoResponse));
}

#[test]
fn a_body_without_a_head_is_no_response() {
    let mut scene = uploading();
    assert!(!scene.exchange().chunk(STARTED.as_bytes()));
    assert_eq!(unknown(scene.finishes()), Some(Reason::NoResponse));
}

#[test]
fn only_the_first_final_head_counts() {
    let mut scene = uploading();
    let _ = scene.exchange().head(&head(502, &[]));
    let _ = scene.exchange().head(&head(429, &[]));
    let _ = scene.exchange().chunk(STARTED.as_bytes());
    assert!(matches!(unknown(scene.finishes()), Some(Reason::Reply(response)) if response.status() == 502));
}

#[test]
fn a_success_before_the_whole_file_was_sent_is_not_understood() {
    for (status, sent) in [(200, 0), (200, FILE_LEN - 1), (201, FILE_LEN - 1)] {
        for why in [None, Some(Failure::Interrupted), Some(Failure::LocalFile)] {
            let mut scene = Scene::import();
            scene.requests(Call::StartImport).exchange().sent(sent);
            assert_eq!(scene.exchange().head(&head(status, &[])), Intake::Read);
            scene.exchange().sent(FILE_LEN - sent);
            assert!(!scene.exchange().chunk(STARTED.as_bytes()));
            let scene = if let Some(why) = why { scene.fails(why) } else { scene.finishes() };
            assert_eq!(unknown(scene), Some(Reason::TooEarly));
        }
    }
}

#[test]
fn an_early_refusal_counts() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport);
    let _ = scene.exchange().head(&head(413, &[]));
    scene.fails(Failure::Interrupted).ends_with(ErrorKind::Rejected);

    let mut scene = Scene::import();
    scene.requests(Call::StartImport);
    let _ = scene.exchange().head(&head(413, &[]));
    scene.fails(Failure::LocalFile).ends_with(ErrorKind::Rejected);
}

#[test]
fn the_message_of_an_early_refusal_is_shown_if_it_is_whole() {
    for (received, is_shown) in [(NO_BASE, true), (&NO_BASE[..NO_BASE.len() - 1], false)] {
        let mut scene = Scene::import();
        scene.requests(Call::StartImport);
        let _ = scene.exchange().head(&head(400, &[]));
        let _ = scene.exchange().chunk(received.as_bytes());
        let error = scene.fails(Failure::Interrupted).ends_with(ErrorKind::Rejected);
        assert_eq!(error.to_string().contains("DTable t1 not found"), is_shown, "{error}");
    }
}

#[test]
fn a_report_of_not_sent_after_sent_bytes_or_a_response_is_an_interruption() {
    for why in [Failure::NotSent, Failure::Untrusted] {
        assert_eq!(unknown(uploading().fails(why)), Some(Reason::Interrupted));
        let mut scene = Scene::import();
        scene.requests(Call::StartImport);
        let _ = scene.exchange().head(&head(200, &[]));
        assert_eq!(unknown(scene.fails(why)), Some(Reason::TooEarly));
    }
}

#[test]
fn a_report_of_not_sent_after_anything_was_received_is_an_interruption() {
    let mut scene = Scene::import();
    let _ = scene.requests(Call::StartImport).exchange().head(&head(103, &[]));
    assert_eq!(unknown(scene.fails(Failure::NotSent)), Some(Reason::Interrupted));
    let mut scene = Scene::import();
    let _ = scene.requests(Call::StartImport).exchange().chunk(b"{");
    assert_eq!(unknown(scene.fails(Failure::NotSent)), Some(Reason::Interrupted));
}

#[test]
fn a_file_that_changes_while_it_is_sent_leaves_the_outcome_unknown() {
    assert_eq!(unknown(uploading().fails(Failure::LocalFile)), Some(Reason::LocalFile));
}

#[test]
fn a_request_that_was_not_sent_in_time_is_not_blamed_on_the_server() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).now += Policy::default().timeout;
    let error = scene.fails(Failure::NotSentInTime).ends_with(ErrorKind::Timeout);
    assert_eq!(error.reason(), Some(&Reason::NotSentInTime));
    assert!(error.message().to_string().ends_with("nothing was imported"), "{error}");
    let mut sent = Scene::import();
    sent.requests(Call::StartImport).exchange().sent(1);
    assert_eq!(unknown(sent.fails(Failure::NotSentInTime)), Some(Reason::TimedOut));
}

#[test]
fn progress_can_be_read_in_flight() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).exchange().sent(60);
    scene.exchange().sent(7);
    let progress = scene.exchange().progress();
    assert_eq!((progress.call, progress.sent, progress.waits_until), (Some(Call::StartImport), 67, None));
}

#[test]
fn an_operation_that_is_over_has_no_call() {
    let mut scene = uploading();
    scene.finishes();
    assert_eq!(scene.operation().progress().call, None);
    assert_eq!(scene.operation().to_resume(), None);
}
