//! Operations that are cancelled because their time is over.

use std::time::Duration;

use seatable_io_proto::Format;

use super::cancel::running;
use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, Policy};

fn cancelled_on_timeout(scene: fn(Policy) -> Operation) -> Scene {
    scene(Policy::default().timeout(Duration::from_secs(2)).cancel_on_timeout()).into()
}

fn import(policy: Policy) -> Operation {
    Operation::import(server(), import_of(Format::Dtable), policy, SEED)
}

#[test]
fn an_operation_whose_time_is_over_is_cancelled_if_the_policy_says_so() {
    let mut scene = running(cancelled_on_timeout(import), Call::StartImport);
    scene.now += Duration::from_secs(2);
    scene.requests_to_cancel();
    assert_eq!(scene.exchange().deadline(), scene.now + Duration::from_secs(30));
    let error = scene.is_cancelled().ends_with(ErrorKind::Timeout);
    assert!(!error.is_cancelled() && !error.may_still_run());
    let words = "gave up importing \"t1\" into workspace 1 after 2s; it was cancelled on the server";
    assert_eq!(error.message().to_string(), words);
}

#[test]
fn an_import_that_cannot_be_cancelled_when_its_time_is_over_is_unknown() {
    let mut scene = running(cancelled_on_timeout(import), Call::StartImport);
    scene.now += Duration::from_secs(2);
    scene.requests_to_cancel().respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownOutcome);
    let mut scene = running(cancelled_on_timeout(import), Call::StartImport);
    scene.now += Duration::from_secs(2);
    scene.requests_to_cancel().now += Duration::from_secs(30);
    assert!(scene.fails(Failure::TimedOut).ends_with(ErrorKind::UnknownOutcome).may_still_run());
    let mut scene = running(cancelled_on_timeout(import), Call::StartImport);
    scene.now += Duration::from_secs(2);
    scene.requests_to_cancel().respond(403, "{}");
    let error = scene.ends_with(ErrorKind::UnknownOutcome);
    assert!(error.may_still_run() && error.to_string().contains("may still be imported"), "{error}");
}

#[test]
fn a_failure_that_was_reported_before_the_time_was_over_is_a_failure() {
    let mut scene = running(cancelled_on_timeout(import), Call::StartImport);
    scene.requests(Call::QueryStatus).respond(500, INTERNAL_ERROR);
    scene.now += Duration::from_secs(2);
    scene.requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::TaskFailed);
}

#[test]
fn fact_10_an_import_that_timed_out_on_a_current_server_is_unknown() {
    let mut scene = running(cancelled_on_timeout(import), Call::StartImport);
    scene.now += Duration::from_secs(2);
    scene.requests_to_cancel().respond(200, SUCCESS).requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND);
    assert!(!scene.ends_with(ErrorKind::UnknownOutcome).is_cancelled());
}

#[test]
fn the_error_of_an_import_that_was_cancelled_because_the_server_was_busy_says_so() {
    let mut scene = running(cancelled_on_timeout(import), Call::StartImport);
    scene
        .requests(Call::QueryStatus)
        .respond_with(429, &[("retry-after", "1")], "")
        .requests(Call::QueryStatus);
    scene.respond(429, "");
    let error = scene.requests_to_cancel().is_cancelled().ends_with(ErrorKind::Unavailable);
    assert_eq!(error.status().unwrap().as_u16(), 429);
}

#[test]
fn a_cancelled_operation_whose_time_is_over_still_counts_as_cancelled() {
    let mut scene = running(cancelled_on_timeout(import), Call::StartImport);
    scene.cancel().requests_to_cancel().now += Duration::from_secs(30);
    assert!(scene.fails(Failure::TimedOut).ends_with(ErrorKind::UnknownOutcome).is_cancelled());
}

#[test]
fn a_timeout_without_a_task_on_the_server_needs_no_cancelling() {
    let mut scene = cancelled_on_timeout(import);
    scene.requests(Call::StartImport).now += Duration::from_secs(2);
    assert!(!scene.fails(Failure::NotSent).ends_with(ErrorKind::Timeout).may_still_run());
}
