use std::time::Duration;

use seatable_io_proto::{Format, Password, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Intake, Operation, Policy};

fn with_timeout(seconds: u64) -> Policy {
    Policy::default().timeout(Duration::from_secs(seconds))
}

#[test]
fn a_timeout_carries_the_data_to_resume_the_task() {
    let mut scene = Scene::importing(import_of(Format::Dtable), with_timeout(2));
    scene.requests(Call::StartImport).respond(200, STARTED);
    let begin = scene.now;
    while !scene.is_over() {
        scene.respond(200, RUNNING);
    }
    assert_eq!(scene.now - begin, Duration::from_secs(2));
    let error = scene.ends_with(ErrorKind::Timeout);
    assert!(error.resume().is_some() && error.may_still_run());
}

#[test]
fn a_timeout_of_zero_sends_nothing() {
    let mut scene = Scene::importing(import_of(Format::Dtable), with_timeout(0));
    assert!(!scene.ends_with(ErrorKind::Timeout).may_still_run());
}

#[test]
fn a_wait_that_the_server_asks_for_beyond_the_deadline_ends_the_operation_at_once() {
    let mut scene = Scene::importing(import_of(Format::Dtable), with_timeout(60));
    scene.requests(Call::StartImport).respond_with(429, &[("retry-after", "61")], "");
    scene.ends_with(ErrorKind::Unavailable);
    assert_eq!(scene.waited, Duration::ZERO);

    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond_with(429, &[("retry-after", "99999999999999999999999")], "");
    scene.ends_with(ErrorKind::Unavailable);
    assert_eq!(scene.waited, Duration::ZERO);
}

#[test]
fn a_request_in_flight_may_be_answered_after_the_deadline() {
    let mut scene = Scene::importing(import_of(Format::Dtable), with_timeout(60));
    scene.requests(Call::StartImport);
    scene.now += Duration::from_secs(61);
    scene.respond(200, STARTED).ends_with(ErrorKind::Timeout);
}

#[test]
fn at_most_64_kib_of_a_response_are_read() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).exchange().sent(FILE_LEN);
    assert_eq!(scene.exchange().head(&head(200, &[])), Intake::Read);
    assert!(scene.exchange().chunk(&vec![b' '; 65_535]));
    assert!(!scene.exchange().chunk(b" "));
    assert!(!scene.exchange().chunk(STARTED.as_bytes()) && !scene.exchange().chunk(b"}"));
    scene.finishes().ends_with(ErrorKind::UnknownOutcome);

    let mut scene = Scene::import();
    let long = " ".repeat(65_536) + STARTED;
    scene.requests(Call::StartImport).respond(200, &long).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn debug_output_names_the_request() {
    let mut scene = Scene::import();
    let shown = format!("{:?}", scene.requests(Call::StartImport).exchange());
    assert!(shown.contains("POST /api/v2.1/workspace/1/import-dtable/"), "{shown}");
    let mut secret = Scene::exporting(export_of("t1").password(Password::new("geheim").unwrap()));
    let shown = format!("{:?}", secret.requests(Call::SynchronousExport).exchange());
    assert!(shown.contains("GET ") && !shown.contains("geheim"), "{shown}");
    let shown = format!("{:?}", scene.respond(200, STARTED).operation());
    assert!(shown.contains(r#"about: "t1""#) && shown.contains("1582970303923"), "{shown}");
}

#[test]
fn a_wait_that_ends_at_the_deadline_is_not_skipped() {
    let mut scene = Scene::importing(import_of(Format::Dtable), with_timeout(60));
    scene.requests(Call::StartImport).respond_with(429, &[("retry-after", "60")], "");
    let error = scene.ends_with(ErrorKind::Unavailable);
    assert_eq!(scene.waited, Duration::from_secs(60));
    assert_eq!(error.status().unwrap().as_u16(), 429);
}

#[test]
fn a_busy_server_counts_against_time_only() {
    let mut scene = Scene::importing(import_of(Format::Dtable), with_timeout(3600));
    for _ in 0..50 {
        scene.requests(Call::StartImport).respond_with(429, &[("retry-after", "1")], "");
    }
    scene.requests(Call::StartImport).respond(429, "");
    scene.requests(Call::StartImport);
}

#[test]
fn a_short_retry_after_that_is_repeated_backs_off() {
    for after in ["0", "1"] {
        let mut scene = Scene::import();
        let mut waits = Vec::new();
        for _ in 0..9 {
            scene.requests(Call::StartImport).respond_with(429, &[("retry-after", after)], "");
            scene.requests(Call::StartImport);
            waits.push(scene.waited);
        }
        assert!(waits.is_sorted(), "{waits:?}");
        assert!(waits[0] >= Duration::from_millis(375) && waits[8] > Duration::from_secs(22), "{waits:?}");
    }
}

#[test]
fn a_retry_after_is_never_shortened() {
    let mut scene = Scene::import();
    for seconds in [1, 2, 40] {
        let wait = seconds.to_string();
        scene
            .requests(Call::StartImport)
            .respond_with(429, &[("retry-after", &wait)], "")
            .requests(Call::StartImport);
        assert!(scene.waited >= Duration::from_secs(seconds), "{:?}", scene.waited);
    }
}

#[test]
fn an_operation_may_have_no_deadline() {
    let policy = Policy::default().timeout(Duration::MAX);
    let mut scene = Scene::importing(import_of(Format::Dtable), policy);
    assert_eq!(scene.requests(Call::StartImport).exchange().deadline(), Duration::MAX);
    scene.respond_with(429, &[("retry-after", "99999999999999999999999")], "");
    scene.ends_with(ErrorKind::Unavailable);
}

#[test]
fn waits_are_the_same_for_the_same_seed_and_differ_for_another() {
    let waits = |seed| {
        let mut scene =
            Scene::from(Operation::import(server(), import_of(Format::Dtable), Policy::default(), seed));
        let mut waits = Vec::new();
        for _ in 0..8 {
            scene.requests(Call::StartImport).fails(Failure::NotSent);
            waits.push(scene.waited);
        }
        waits
    };
    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
    assert_ne!(waits(1), waits(1 << 64 | 3));
}

#[test]
fn a_server_may_be_silent_longer_while_it_processes_a_file() {
    let idle_timeout = |scene: &mut Scene, call| scene.requests(call).exchange().idle_timeout().as_secs();
    let mut scene = Scene::import();
    assert_eq!(idle_timeout(&mut scene, Call::StartImport), 180);
    assert_eq!(idle_timeout(scene.respond(200, STARTED), Call::QueryStatus), 60);
    let mut scene = Scene::importing(import_of(Format::Csv), Policy::default());
    assert_eq!(idle_timeout(&mut scene, Call::FindTableImport), 60);
    assert_eq!(idle_timeout(scene.respond(405, NOT_ALLOWED), Call::ImportTable), 180);
    let mut scene = Scene::exporting(export_of("."));
    assert_eq!(idle_timeout(&mut scene, Call::SynchronousExport), 180);
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    assert_eq!(
        idle_timeout(scene.requests(Call::QueryStatus).respond(200, FINISHED), Call::ExportContent),
        60
    );
}

#[test]
fn a_policy_may_tolerate_a_longer_silence() {
    let policy = Policy::default().idle_timeout(Duration::from_secs(300));
    let mut scene = Scene::importing(import_of(Format::Dtable), policy);
    assert_eq!(scene.requests(Call::StartImport).exchange().idle_timeout().as_secs(), 300);
}

#[test]
fn an_operation_that_runs_out_of_time_while_the_server_is_busy_says_so() {
    for cancel in [false, true] {
        let mut policy = with_timeout(1);
        policy.cancel_on_timeout = cancel;
        let mut scene = Scene::importing(import_of(Format::Dtable), policy);
        while !scene.is_over() {
            scene.respond(429, "");
        }
        let error = scene.ends_with(ErrorKind::Unavailable);
        assert_eq!(error.status().unwrap().as_u16(), 429);
        assert!(error.message().to_string().ends_with("nothing was imported"), "{error}");
    }
}
