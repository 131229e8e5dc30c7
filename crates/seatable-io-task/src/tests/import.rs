use seatable_io_proto::{Format, TaskKind};

use super::scene::*;
use crate::{Call, Cause, ErrorKind, Failure, Outcome, Policy};

#[test]
fn an_import_is_sent_polled_and_done() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED);
    scene.asks(Call::Status).answer(200, RUNNING);
    scene.asks(Call::Status).answer(200, FINISHED);
    let Outcome::Imported(imported) = scene.ends_well() else { panic!() };
    assert_eq!(imported.base.unwrap().name, "t1");
    assert_eq!(imported.renamed_from, None);
}

#[test]
fn the_first_poll_comes_at_once_and_the_next_after_a_quarter_second() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED);
    scene.asks(Call::Status);
    assert_eq!(scene.waited.as_millis(), 0);
    scene.answer(200, RUNNING).asks(Call::Status);
    assert_eq!(scene.waited.as_millis(), 250);
}

#[test]
fn stepping_twice_says_the_same() {
    let mut scene = Scene::import();
    let (first, second) = (scene.asked(), scene.asked());
    assert_eq!(first, second);
    scene.asks(Call::StartImport).answer(200, STARTED);
    scene.asks(Call::Status).asks(Call::Status);
}

#[test]
fn a_csv_of_2020_is_done_at_once_but_a_dtable_without_a_task_is_unknown() {
    let mut scene = Scene::importing(import_of(Format::Csv), Policy::default());
    scene.asks(Call::StartImport).answer(200, DONE_AT_ONCE);
    assert!(matches!(scene.ends_well(), Outcome::Imported(imported) if imported.task.is_none()));

    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, DONE_AT_ONCE);
    assert_eq!(scene.ends_with(ErrorKind::Unknown).cause(), Some(&Cause::NoTask));
}

#[test]
fn a_preview_is_refused_and_never_finished() {
    let mut scene = Scene::importing(import_of(Format::Csv), Policy::default());
    scene.asks(Call::StartImport).answer(200, PREVIEW);
    assert_eq!(scene.ends_with(ErrorKind::Refused).cause(), Some(&Cause::Preview));
}

#[test]
fn an_answer_without_task_and_name_is_unknown() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, r#"{"success": true}"#);
    scene.ends_with(ErrorKind::Unknown);
}

#[test]
fn without_waiting_an_import_ends_when_it_is_accepted() {
    let mut scene = Scene::importing(import_of(Format::Dtable).wait(false), Policy::default());
    scene.asks(Call::StartImport).answer(200, STARTED);
    let Outcome::Accepted(imported, resume) = scene.ends_well() else { panic!() };
    assert_eq!(imported.task.unwrap(), resume.task);
    assert_eq!(resume.kind, TaskKind::Import);
}

#[test]
fn a_name_that_the_server_changed_is_told() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, &STARTED.replace(r#""name":"t1""#, r#""name":"t1 (2)""#));
    scene.asks(Call::Status).answer(200, FINISHED);
    assert!(matches!(scene.ends_well(), Outcome::Imported(it) if it.renamed_from.as_deref() == Some("t1")));
}

#[test]
fn a_status_that_there_is_not_is_unknown() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(700, "");
    scene.ends_with(ErrorKind::Unknown);
}

#[test]
fn a_lost_answer_to_an_upload_is_unknown_and_not_sent_again() {
    for why in [Failure::Interrupted, Failure::TimedOut] {
        let mut scene = Scene::import();
        scene.asks(Call::StartImport).fails(why);
        let error = scene.ends_with(ErrorKind::Unknown);
        assert!(error.to_string().contains("not sent again"), "{error}");
        assert!(error.may_still_run());
    }
}

#[test]
fn a_status_decides_even_if_its_body_breaks_off() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport);
    let _ = scene.task.head(&head(413, &[("content-type", "text/html")]));
    scene.fails(Failure::Interrupted);
    assert_eq!(scene.ends_with(ErrorKind::Refused).status().unwrap().as_u16(), 413);
}

#[test]
fn a_success_whose_body_breaks_off_is_unknown_for_that_reason() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport);
    let _ = scene.task.head(&head(200, &[]));
    scene.fails(Failure::Interrupted);
    assert_eq!(scene.ends_with(ErrorKind::Unknown).cause(), Some(&Cause::Interrupted));
}

#[test]
fn progress_says_what_it_waits_for_and_why() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).fails(Failure::NotSent);
    let progress = scene.task.progress();
    assert_eq!((progress.call, progress.trouble), (Some(Call::StartImport), Some(Cause::NotSent)));
    assert!(progress.waits_until > Some(scene.now));
    assert_eq!(scene.asks(Call::StartImport).task.progress().waits_until, None);
}

#[test]
fn what_resumes_a_task_elsewhere_is_in_doubt() {
    let mut scene = Scene::import();
    assert_eq!(scene.task.to_resume(), None);
    scene.asks(Call::StartImport).answer(200, STARTED);
    assert!(scene.task.to_resume().unwrap().doubt);
}

#[test]
fn a_refused_connection_is_tried_again_and_then_nothing_was_imported() {
    let mut scene = Scene::import();
    for _ in 0..=8 {
        scene.asks(Call::StartImport).fails(Failure::NotSent);
    }
    let error = scene.ends_with(ErrorKind::Unavailable);
    assert!(error.to_string().contains("asked again 8 times); nothing was imported"), "{error}");
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer_with(429, &[("retry-after", "7")], "");
    scene.asks(Call::StartImport);
    assert_eq!(scene.waited.as_secs(), 7);
    scene.answer_with(503, &[("retry-after", "3")], "").asks(Call::StartImport);
    assert_eq!(scene.waited.as_secs(), 3);
}

#[test]
fn an_untrusted_certificate_ends_the_task_at_once() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).fails(Failure::Untrusted);
    let error = scene.ends_with(ErrorKind::Untrusted);
    assert!(error.to_string().contains("certificate"), "{error}");
}
