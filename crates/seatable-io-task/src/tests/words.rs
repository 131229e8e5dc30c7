//! What an error says: what happened, to which base, what the server said, what to do.

use std::time::Duration;

use seatable_io_proto::{Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Policy, Route};

fn says(scene: &mut Scene, words: &str) {
    assert_eq!(scene.end().unwrap_err().to_string(), words);
}

#[test]
fn of_a_refusal() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(404, NO_BASE);
    says(
        &mut scene,
        "refused while starting the export of t1: the server answered 404 Not Found: DTable t1 not found",
    );
    assert!(!scene.end().unwrap_err().is_cancelled());
}

#[test]
fn of_a_refusal_while_the_task_runs() {
    let mut scene = Scene::import();
    scene
        .asks(Call::StartImport)
        .answer(200, STARTED)
        .asks(Call::Status)
        .answer(401, r#"{"detail":"Invalid token"}"#);
    says(
        &mut scene,
        "refused while asking for the state of t1.dtable: the server answered 401 Unauthorized: Invalid token; \
         it may still run on the server",
    );
}

#[test]
fn of_an_unknown_outcome() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).fails(Failure::Interrupted);
    says(
        &mut scene,
        "the outcome of t1.dtable is not known: the connection broke before the answer was complete; it was not \
         sent again, for that could make a second base: look whether the base is there, and import again only if \
         it is not",
    );
}

#[test]
fn of_a_server_that_cannot_be_reached() {
    let policy = Policy { repeats: 1, ..Policy::default() };
    let mut scene = Scene::importing(import_of(Format::Dtable), policy.clone());
    scene.asks(Call::StartImport).fails(Failure::NotSent).asks(Call::StartImport).fails(Failure::NotSent);
    says(
        &mut scene,
        "gave up sending t1.dtable: no connection to the server (asked again once); nothing was imported",
    );
    let mut scene = Scene::exporting(export_of("t1"), policy);
    scene.asks(Call::StartExport).fails(Failure::NotSent).asks(Call::StartExport).fails(Failure::NotSent);
    says(&mut scene, "gave up starting the export of t1: no connection to the server (asked again once)");
}

#[test]
fn of_a_certificate() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).fails(Failure::Untrusted);
    says(
        &mut scene,
        "stopped starting the export of t1: the server's certificate is not trusted; trust its authority, or \
         correct the address",
    );
}

#[test]
fn of_answers_that_make_no_sense() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, HTML);
    scene.ends_with(ErrorKind::BadAnswer);
    let words = scene.end().unwrap_err().to_string();
    assert!(words.starts_with("starting the export of t1 met an answer that makes no sense: "), "{words}");

    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    let login: &[(&str, &str)] = &[("location", "/accounts/login/")];
    scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content).answer(404, HTML);
    scene.asks(Call::Content).answer_with(302, login, "");
    says(
        &mut scene,
        "downloading task 1582970303923 met an answer that makes no sense: the server answered 302 Found; check \
         the server's address and the token; current servers give a task's file to browsers only: export the base \
         by its name",
    );

    let mut scene = Scene::importing(import_of(Format::Dtable), Policy { repeats: 0, ..Policy::default() });
    scene.asks(Call::StartImport).answer_with(302, &[("location", "/elsewhere/")], "");
    says(
        &mut scene,
        "sending t1.dtable met an answer that makes no sense: the server answered 302 Found; check the server's \
         address and the token",
    );
}

#[test]
fn of_a_failed_task() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status);
    scene.answer(413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#);
    says(
        &mut scene,
        "the task of t1 failed on the server, or was cancelled elsewhere: the server answered 413 Payload Too \
         Large: The base size exceeds the limit of 200MB",
    );
}

#[test]
fn of_patience() {
    let policy = Policy { patience: Duration::ZERO, ..Policy::default() };
    says(
        &mut Scene::importing(import_of(Format::Dtable), policy.clone()),
        "out of time while sending t1.dtable; nothing was imported",
    );
    says(&mut Scene::exporting(export_of("t1"), policy), "out of time while starting the export of t1");
}

#[test]
fn of_cancelling() {
    says(Scene::import().cancel(), "cancelled t1.dtable");
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks(Call::Cancel).answer(200, SUCCESS);
    says(
        &mut scene,
        "cancelled t1.dtable; a new base without content may be left on the server: look, and delete it there",
    );
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).cancel().fails(Failure::Interrupted);
    says(&mut scene, "cancelled t1; an export may still run on the server; it changes nothing there");
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks(Call::Cancel).answer(403, "{}");
    says(
        &mut scene,
        "refused while cancelling t1.dtable: the server answered 403 Forbidden; it may still run on the server",
    );
}

#[test]
fn of_what_a_server_cannot_do() {
    let mut scene = Scene::exporting(export_of(".."), Policy::default());
    scene.asks(Call::SynchronousExport).answer(404, HTML);
    let words = scene.end().unwrap_err().to_string();
    assert!(
        words.starts_with("this server cannot export .. as asked: it has no synchronous export"),
        "{words}"
    );
}

#[test]
fn of_a_broken_file_sent_in_one_request() {
    let export = export_of("t1").one_pass().route(Route::Synchronous);
    let mut scene = Scene::exporting(export, Policy::default());
    scene.asks(Call::SynchronousExport).file(ZIP, Some(1000));
    says(
        &mut scene,
        "gave up exporting t1: 1000 bytes were announced, and 22 came; an export may still run on the server; it changes nothing there",
    );
}
