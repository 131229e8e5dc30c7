use std::time::Duration;

use seatable_io_proto::Format;

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Intake, Policy, Step};

fn patient_for(seconds: u64) -> Policy {
    Policy { patience: Duration::from_secs(seconds), ..Policy::default() }
}

#[test]
fn out_of_patience_carries_what_resumes_the_task() {
    let mut scene = Scene::importing(import_of(Format::Dtable), patient_for(2));
    scene.asks(Call::StartImport).answer(200, STARTED);
    let begin = scene.now;
    while matches!(scene.task.step(scene.now), Step::Send(_) | Step::Wait(_)) {
        scene.asks_or_ends();
        scene.answer_if_asked(200, RUNNING);
    }
    assert_eq!(scene.now - begin, Duration::from_secs(2));
    let error = scene.ends_with(ErrorKind::OutOfPatience);
    assert!(!error.resume().unwrap().doubt && error.may_still_run());
}

#[test]
fn what_was_lost_stays_lost_in_what_resumes_the_task() {
    let mut scene = Scene::importing(import_of(Format::Dtable), patient_for(2));
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status);
    scene.now += Duration::from_secs(3);
    scene.fails(Failure::TimedOut);
    assert!(scene.ends_with(ErrorKind::OutOfPatience).resume().unwrap().doubt);
}

#[test]
fn no_patience_at_all_sends_nothing() {
    let mut scene = Scene::importing(import_of(Format::Dtable), patient_for(0));
    assert!(!scene.ends_with(ErrorKind::OutOfPatience).may_still_run());
}

#[test]
fn a_wait_that_the_server_asks_for_beyond_the_deadline_ends_it_at_once() {
    let mut scene = Scene::importing(import_of(Format::Dtable), patient_for(60));
    scene.asks(Call::StartImport).answer_with(429, &[("retry-after", "61")], "");
    scene.ends_with(ErrorKind::Unavailable);
    assert_eq!(scene.waited, Duration::ZERO);

    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer_with(429, &[("retry-after", "99999999999999999999999")], "");
    scene.ends_with(ErrorKind::Unavailable);
    assert_eq!(scene.waited, Duration::ZERO);
}

#[test]
fn a_request_in_flight_stays_so_until_it_is_answered() {
    let mut scene = Scene::importing(import_of(Format::Dtable), patient_for(60));
    scene.asks(Call::StartImport);
    scene.now += Duration::from_secs(61);
    assert!(matches!(scene.task.step(scene.now), Step::Send(_)));
    scene.answer(200, STARTED).ends_with(ErrorKind::OutOfPatience);
}

#[test]
fn of_an_answer_64_kib_are_wanted() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport);
    assert_eq!(scene.task.head(&head(200, &[])), Intake::Collect { limit: 65_536 });
}

#[test]
fn what_it_shows_of_itself_names_the_request() {
    let mut scene = Scene::import();
    assert!(format!("{:?}", scene.task).contains("POST /api/v2.1/workspace/1/import-dtable/"));
    assert!(
        format!("{:?}", scene.task.step(scene.now)).contains("POST /api/v2.1/workspace/1/import-dtable/")
    );
}

#[test]
fn a_wait_that_ends_with_patience_is_waited() {
    let mut scene = Scene::importing(import_of(Format::Dtable), patient_for(60));
    scene.asks(Call::StartImport).answer_with(429, &[("retry-after", "60")], "");
    scene.ends_with(ErrorKind::OutOfPatience);
    assert_eq!(scene.waited, Duration::from_secs(60));
}

#[test]
fn a_busy_server_counts_against_time_only() {
    let mut scene = Scene::importing(import_of(Format::Dtable), patient_for(3600));
    for _ in 0..50 {
        scene.asks(Call::StartImport).answer_with(429, &[("retry-after", "1")], "");
    }
    scene.asks(Call::StartImport).answer(429, "");
    scene.asks(Call::StartImport);
}

#[test]
fn a_retry_after_of_zero_does_not_hammer() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer_with(429, &[("retry-after", "0")], "").asks(Call::StartImport);
    assert_eq!(scene.waited.as_millis(), 500);
}

#[test]
fn for_ever_is_for_ever() {
    let policy = Policy { patience: Duration::MAX, ..Policy::default() };
    let mut scene = Scene::importing(import_of(Format::Dtable), policy);
    assert_eq!(scene.task.deadline(), None);
    scene.asks(Call::StartImport).answer_with(429, &[("retry-after", "99999999999999999999999")], "");
    scene.ends_with(ErrorKind::Unavailable);
}

#[test]
fn inputs_that_answer_nothing_are_ignored() {
    let mut scene = Scene::import();
    scene.task.collected(b"x", scene.now);
    scene.task.saved(scene.now);
    scene.fails(Failure::Interrupted);
    assert!(!scene.task.chunk(b"PK\x03\x04"));
    assert_eq!(scene.task.head(&head(200, &[])), Intake::Collect { limit: 0 });
    scene.asks(Call::StartImport);
    assert_eq!(scene.task.head(&head(100, &[])), Intake::Collect { limit: 0 });
    scene.task.saved(scene.now);
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status);
}

#[test]
fn the_same_seed_waits_the_same_and_another_does_not() {
    let waits = |seed| {
        let mut scene = Scene::importing(import_of(Format::Dtable), Policy { seed, ..Policy::default() });
        let mut waits = Vec::new();
        for _ in 0..8 {
            scene.asks(Call::StartImport).fails(Failure::NotSent);
            waits.push(scene.waited);
        }
        waits
    };
    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
}

#[test]
fn a_server_may_be_silent_while_it_takes_in_a_file() {
    let usual = Duration::from_secs(60);
    let mut scene = Scene::import();
    assert_eq!(scene.task.silence(usual), Duration::from_secs(180));
    scene.asks(Call::StartImport).answer(200, STARTED);
    assert_eq!(scene.task.silence(usual), usual);
}
