//! An account whose requests are all refused: fact 17.

use std::time::Duration;

use seatable_io_proto::{Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, OperationError, Pace, Policy};

fn with_timeout(seconds: u64) -> Policy {
    Policy::default().timeout(Duration::from_secs(seconds)).cancel_on_timeout()
}

fn import(pace: &Pace) -> Scene {
    Operation::import(server(), import_of(Format::Dtable), with_timeout(5), SEED).paced(pace).into()
}

fn poll_once(pace: &Pace) -> Scene {
    Operation::poll_once(server(), resume_of(TaskKind::Import).task, with_timeout(5), SEED).paced(pace).into()
}

/// A pace of an account whose server only answers 429.
fn closed() -> Pace {
    let pace = Pace::default();
    run_out_of_time(&mut import(&pace));
    pace
}

fn run_out_of_time(scene: &mut Scene) -> OperationError {
    while !scene.is_over() {
        scene.respond(429, "");
    }
    scene.ends_with(ErrorKind::Unavailable)
}

/// Moves the clock of a scene forward.
fn later(mut scene: Scene, seconds: u64) -> Scene {
    scene.now += Duration::from_secs(seconds);
    scene
}

#[test]
fn fact_17_after_one_operation_has_run_out_of_time_no_other_is_started() {
    let pace = closed();
    for _ in 0..200 {
        let mut scene = later(import(&pace), 5);
        let error = scene.ends_with(ErrorKind::Unavailable);
        assert!(error.is_not_started() && !error.may_still_run() && scene.waited.is_zero());
        assert_eq!(error.status().unwrap().as_u16(), 429);
        assert_eq!(
            error.message().to_string(),
            "importing \"t1\" into workspace 1 was not started: https://cloud.seatable.io/ refuses more requests for now \
             (429); nothing was imported"
        );
    }
}

#[test]
fn an_operation_that_has_begun_goes_on_in_its_own_time() {
    let pace = Pace::default();
    let operation = Operation::import(server(), import_of(Format::Dtable), with_timeout(60), SEED);
    let mut other = Scene::from(operation.paced(&pace));
    other.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    run_out_of_time(&mut import(&pace));
    other.respond(200, RUNNING).requests(Call::QueryStatus);
}

#[test]
fn any_response_that_is_neither_busy_nor_an_error_of_the_server_opens_the_account() {
    for (status, opens) in [(200, true), (404, true), (500, false), (502, false), (429, false)] {
        let pace = Pace::default();
        let mut other = poll_once(&pace);
        other.requests(Call::QueryStatus);
        run_out_of_time(&mut import(&pace));
        other.respond(status, RUNNING);
        assert_eq!(later(import(&pace), 6).is_over(), !opens, "{status}");
    }
}

#[test]
fn a_success_between_two_refusals_keeps_the_account_open() {
    let pace = Pace::default();
    let mut refused = import(&pace);
    refused.requests(Call::StartImport).respond(429, "");
    poll_once(&pace).requests(Call::QueryStatus).respond(200, RUNNING).ends_well();
    assert!(!later(import(&pace), 10).is_over());
}

#[test]
fn one_operation_a_minute_tries_and_does_not_wait() {
    let pace = closed();
    assert!(later(import(&pace), 64).is_over());
    let mut tries = later(import(&pace), 66);
    assert!(!tries.is_over(), "the last operation tried a minute ago");
    assert!(later(import(&pace), 66).is_over(), "another one is trying");
    let error = tries.requests(Call::StartImport).respond(429, "").ends_with(ErrorKind::Unavailable);
    assert!(!error.is_not_started() && tries.waited.is_zero());
    let mut again = later(import(&pace), 130);
    again.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    assert!(!later(import(&pace), 131).is_over());
}

#[test]
fn an_operation_whose_last_problem_was_not_a_busy_server_has_timed_out() {
    let pace = Pace::default();
    let mut scene = import(&pace);
    scene.requests(Call::StartImport).respond(429, "").requests(Call::StartImport);
    scene.now += Duration::from_secs(3);
    scene.fails(Failure::NotSent).requests(Call::StartImport);
    scene.now += Duration::from_secs(3);
    scene.fails(Failure::NotSent).ends_with(ErrorKind::Timeout);
    assert!(!later(import(&pace), 10).is_over());
}

#[test]
fn the_operation_that_tries_waits_for_the_end_of_a_pause() {
    let pace = Pace::default();
    let operation = Operation::import(server(), import_of(Format::Dtable), with_timeout(600), SEED);
    let mut other = Scene::from(operation.paced(&pace));
    other.requests(Call::StartImport);
    run_out_of_time(&mut import(&pace));
    other.now += Duration::from_secs(62);
    other.respond_with(429, &[("retry-after", "8")], "");
    let operation = Operation::poll_once(server(), resume_of(TaskKind::Import).task, with_timeout(60), SEED);
    let mut tries = later(Scene::from(operation.paced(&pace)), 66);
    let begin = tries.now;
    tries.requests(Call::QueryStatus);
    assert_eq!(tries.now - begin, Duration::from_secs(4));
}

#[test]
fn a_server_that_is_too_busy_to_cancel_a_task_does_not_close_the_account() {
    let pace = Pace::default();
    let mut cancelled = import(&pace);
    cancelled.requests(Call::StartImport).respond(200, STARTED).cancel().requests_to_cancel();
    cancelled.respond_with(429, &[("retry-after", "40")], "").ends_with(ErrorKind::UnknownOutcome);
    let operation = Operation::poll_once(server(), resume_of(TaskKind::Import).task, with_timeout(60), SEED);
    let mut other = Scene::from(operation.paced(&pace));
    other.requests(Call::QueryStatus);
    assert_eq!(other.waited, Duration::from_secs(40));
}

#[test]
fn another_account_stays_open() {
    closed();
    assert!(!later(import(&Pace::default()), 5).is_over());
}

#[test]
fn an_operation_that_is_cancelled_while_the_server_is_busy_does_not_close_the_account() {
    let pace = Pace::default();
    let mut cancelled = import(&pace);
    cancelled.requests(Call::StartImport).respond(429, "").cancel().ends_with(ErrorKind::Cancelled);
    assert!(!later(import(&pace), 3).is_over());
}

#[test]
fn progress_shows_that_the_server_pauses_an_operation_that_waits_for_others() {
    let pace = Pace::default();
    let mut waits = poll_once(&pace);
    assert!(!waits.operation().progress().is_paused);
    import(&pace).requests(Call::StartImport).respond_with(503, &[("retry-after", "3")], "");
    waits.waits_until();
    let progress = waits.operation().progress();
    assert!(progress.is_paused && progress.waits_until.unwrap() >= waits.now + Duration::from_secs(3));
    assert!(progress.reason.unwrap().to_string().contains("503"));
    waits.requests(Call::QueryStatus).respond(502, HTML);
    let progress = waits.operation().progress();
    assert!(!progress.is_paused && progress.reason.unwrap().to_string().contains("502"));
}
