//! Imports that are cancelled.

use super::*;

/// An import whose cancellation the server has accepted.
fn cancelled() -> Scene {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests_to_cancel().respond(200, SUCCESS).requests(Call::QueryStatus);
    scene
}

#[test]
fn fact_10_a_current_server_may_still_finish_an_import_that_it_cancelled() {
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
fn an_import_whose_cancellation_may_have_been_lost_is_unknown() {
    let mut scene = running(Scene::import(), Call::StartImport);
    scene.cancel().requests_to_cancel().fails(Failure::Interrupted);
    scene.requests(Call::CancelTask).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownOutcome);
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
