//! What an error says: what happened, to which base, on which server, what the server said, what to do next.

use std::time::Duration;

use seatable_io_proto::{Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Policy, Route, Task};

const AT: &str = "on https://cloud.seatable.io/";

fn says(scene: &mut Scene, words: &str) {
    assert_eq!(scene.end().unwrap_err().to_string(), words.replace("AT", AT));
}

fn exporting(policy: Policy) -> Scene {
    Task::export(server(), export_of("t1"), policy, SEED).into()
}

#[test]
fn of_a_missing_base() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(404, NO_BASE);
    says(
        &mut scene,
        "cannot export t1 AT: the server answered 404 Not Found: DTable t1 not found; check the name, the \
         workspace and the address of the server",
    );
    assert!(!scene.end().unwrap_err().is_cancelled());
}

#[test]
fn of_a_refusal_while_the_task_runs() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status);
    scene.answer(401, r#"{"detail":"Invalid token"}"#);
    says(
        &mut scene,
        "cannot wait for t1 AT: the server answered 401 Unauthorized: Invalid token; it may still be running on \
         the server",
    );
}

#[test]
fn of_a_token_a_permission_and_a_task() {
    for (status, body, words) in [
        (
            401,
            r#"{"detail":"Invalid token"}"#,
            "401 Unauthorized: Invalid token; check the token, and whether its user is active",
        ),
        (
            403,
            r#"{"detail":"Authentication credentials were not provided."}"#,
            "403 Forbidden: Authentication credentials were not provided; check the token, and whether its user is \
             active",
        ),
        (
            403,
            "{}",
            "403 Forbidden; check the permissions of the token's owner, and whether the base has a password",
        ),
        (
            400,
            UNKNOWN_TASK,
            "400 Bad Request: task_id invalid; it has finished, failed or been cancelled, or the server forgot it",
        ),
    ] {
        let task = Task::look(server(), resume_of(TaskKind::Import).task, Policy::default(), SEED);
        let mut scene = Scene::from(task);
        scene.asks(Call::Status).answer(status, body);
        says(&mut scene, &format!("cannot wait for task 1582970303923 AT: the server answered {words}"));
    }
}

#[test]
fn of_an_unknown_outcome() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).fails(Failure::Interrupted);
    says(
        &mut scene,
        "the outcome of importing t1 AT is unknown: the connection broke before the answer was complete; it was \
         not sent again, because that could create a second base; check whether the base exists, and import again \
         only if it does not",
    );
}

#[test]
fn of_a_server_that_cannot_be_reached() {
    let policy = Policy::default().retries(1);
    let mut scene = Scene::importing(import_of(Format::Dtable), policy.clone());
    scene.asks(Call::StartImport).fails(Failure::NotSent).asks(Call::StartImport).fails(Failure::NotSent);
    says(
        &mut scene,
        "gave up importing t1 AT: the server could not be reached (after one retry); nothing was imported",
    );
    let mut scene = exporting(policy.retries(2));
    for _ in 0..3 {
        scene.asks(Call::StartExport).fails(Failure::NotSent);
    }
    says(&mut scene, "gave up exporting t1 AT: the server could not be reached (after 2 retries)");
}

#[test]
fn of_a_certificate() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).fails(Failure::Untrusted);
    says(
        &mut scene,
        "cannot export t1 AT: the server's certificate is not trusted; trust its certificate authority, or correct \
         the address",
    );
}

#[test]
fn of_unexpected_answers() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, HTML);
    scene.ends_with(ErrorKind::BadAnswer);
    let words = scene.end().unwrap_err().to_string();
    assert!(
        words.starts_with("unexpected answer while exporting t1 on https://cloud.seatable.io/: "),
        "{words}"
    );

    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    let login: &[(&str, &str)] = &[("location", "/accounts/login/")];
    scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content).answer(404, HTML);
    scene.asks(Call::Content).answer_with(302, login, "");
    says(
        &mut scene,
        "unexpected answer while downloading task 1582970303923 AT: the server answered 302 Found; check the \
         address of the server and the token; current servers serve the file of a task to browsers only, so export \
         the base by its name",
    );

    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer_with(302, &[("location", "/elsewhere/")], "");
    says(
        &mut scene,
        "unexpected answer while importing t1 AT: the server answered 302 Found; check the address of the server \
         and the token",
    );
}

#[test]
fn of_a_failed_task() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status);
    scene.answer(413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#);
    says(
        &mut scene,
        "the task of t1 failed AT: the server answered 413 Payload Too Large: The base \
         size exceeds the limit of 200MB",
    );
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status);
    scene.answer(400, r#"{"error_msg":"Not a base."}"#);
    says(
        &mut scene,
        "the task of t1 failed AT: the server answered 400 Bad Request: Not a base; an empty base may remain on the \
         server; if so, delete it there",
    );
}

#[test]
fn of_a_rejected_import() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(400, r#"{"error_msg":"Table t1 already exists."}"#);
    says(&mut scene, "cannot import t1 AT: the server answered 400 Bad Request: Table t1 already exists");
}

#[test]
fn of_exporting_again() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..14 {
        scene.asks(Call::SynchronousExport).fails(Failure::TimedOut);
    }
    says(
        &mut scene,
        "gave up exporting t1 AT: the server did not answer in time (after 13 retries); an export may still be \
         running on the server, but changes nothing there",
    );
    let mut scene = Scene::export();
    for _ in 0..4 {
        scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
        scene.asks(Call::Content).fails(Failure::TimedOut);
    }
    says(&mut scene, "gave up downloading t1 AT: the server did not answer in time (after 3 retries)");
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
    scene.asks(Call::Content).fails(Failure::TimedOut).asks(Call::StartExport).answer(409, "");
    says(&mut scene, "cannot export t1 AT: the server answered 409 Conflict (after one retry)");
}

#[test]
fn of_a_rejected_table() {
    let mut scene = Scene::importing(import_of(Format::Csv), Policy::default());
    scene.asks(Call::FindTableImport).answer(405, NOT_ALLOWED).asks(Call::ImportTable);
    scene.answer(400, r#"{"error_msg":"Excel format error"}"#);
    says(
        &mut scene,
        "cannot import t1 AT: the server answered 400 Bad Request: Excel format error; an empty base may remain on \
         the server; if so, delete it there",
    );
    let mut scene = Scene::importing(import_of(Format::Csv), Policy::default());
    scene.asks(Call::FindTableImport).answer(405, NOT_ALLOWED).asks(Call::ImportTable);
    scene.answer(400, r#"{"error_msg":"Base t1 already exists."}"#);
    says(&mut scene, "cannot import t1 AT: the server answered 400 Bad Request: Base t1 already exists");
}

#[test]
fn of_time() {
    let policy = Policy::default().patience(Duration::ZERO);
    says(
        &mut Scene::importing(import_of(Format::Dtable), policy.clone()),
        "timed out while importing t1 AT; nothing was imported",
    );
    says(&mut exporting(policy), "timed out while exporting t1 AT");
}

#[test]
fn of_retries_that_were_made() {
    for (made, words) in [(0, ""), (1, " (after one retry)")] {
        let mut scene = exporting(Policy::default().patience(Duration::from_secs(20)));
        for _ in 0..made {
            scene.asks(Call::StartExport).fails(Failure::NotSent);
        }
        scene.asks(Call::StartExport).now += Duration::from_secs(20);
        scene.fails(Failure::NotSent);
        says(&mut scene, &format!("timed out while exporting t1 AT: the server could not be reached{words}"));
    }
}

#[test]
fn of_no_retry_where_only_the_route_changed() {
    for cancel in [false, true] {
        let mut policy = Policy::default().patience(Duration::from_secs(20));
        policy.cancel_on_timeout = cancel;
        let mut scene = exporting(policy);
        scene.asks(Call::StartExport).answer(405, NOT_ALLOWED).asks(Call::SynchronousExport);
        scene.now += Duration::from_secs(20);
        let words = scene.fails(Failure::TimedOut).ends_with(ErrorKind::TimedOut).to_string();
        assert!(!words.contains("retr"), "{words}");
    }
}

#[test]
fn of_all_retries_since_the_last_good_poll() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED);
    scene.asks(Call::Status).answer(502, HTML).asks(Call::Status).answer(200, RUNNING);
    scene.asks(Call::Status).answer(429, "").asks(Call::Status).answer(502, HTML);
    let words = scene.asks(Call::Status).answer(401, "{}").ends_with(ErrorKind::Unauthorized).to_string();
    assert!(words.contains("(after 2 retries)"), "{words}");
}

#[test]
fn of_cancelling() {
    says(Scene::import().cancel(), "cancelled t1 AT");
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().is_cancelled();
    says(&mut scene, "cancelled t1 AT");
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().answer(200, SUCCESS);
    scene.asks(Call::Status).answer(404, TASK_NOT_FOUND);
    says(
        &mut scene,
        "the outcome of importing t1 AT is unknown: the server accepted the request to cancel, but servers like this \
         one finish an import that is running; it may still be imported; check whether the base exists before \
         importing again",
    );
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).cancel().fails(Failure::Interrupted);
    says(
        &mut scene,
        "cancelled t1 AT; an export may still be running on the server, but changes nothing there",
    );
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().answer(403, "{}");
    says(
        &mut scene,
        "cannot cancel importing t1 AT: the server answered 403 Forbidden; it may still be imported; check whether \
         the base exists before importing again",
    );
}

#[test]
fn of_what_a_server_cannot_do() {
    let mut scene = Scene::exporting(export_of(".."));
    scene.asks(Call::SynchronousExport).answer(404, HTML);
    says(
        &mut scene,
        "https://cloud.seatable.io/ cannot export .. as requested: the server answered 404 Not Found; it does not \
         support synchronous exports, which are needed for passwords, for leaving out assets, and for bases named \
         `.` or `..`",
    );
}

#[test]
fn of_a_broken_file_sent_in_one_request() {
    let export = export_of("t1").route(Route::Synchronous);
    let mut scene = Scene::from(Task::export(server(), export, Policy::default(), SEED).one_pass());
    scene.asks(Call::SynchronousExport).file(ZIP, Some(1000));
    says(&mut scene, "gave up exporting t1 AT: 1000 bytes were announced, but 100 were received");
}

#[test]
fn of_what_was_broken_off() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().fails(Failure::Interrupted);
    let words = scene.ends_with(ErrorKind::Unknown).to_string();
    assert!(
        words.contains("is unknown: the request was stopped before the answer was complete; "),
        "{words}"
    );

    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().fails(Failure::TimedOut);
    let words = scene.ends_with(ErrorKind::Unknown).to_string();
    assert!(words.contains("is unknown: the server did not answer in time; "), "{words}");
}

#[test]
fn of_a_table_that_was_never_sent() {
    let policy = Policy::default().retries(0);
    let mut scene = Scene::importing(import_of(Format::Csv), policy);
    scene.asks(Call::FindTableImport).fails(Failure::Interrupted);
    says(
        &mut scene,
        "gave up importing t1 AT: the connection broke before the answer was complete; nothing was imported",
    );
}

#[test]
fn of_a_token_that_the_server_repeats_nothing() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport);
    scene.answer(401, r#"{"detail":"Invalid token 0303f89b3607fb86039fdffcf1be6383797b437f"}"#);
    let error = scene.ends_with(ErrorKind::Unauthorized);
    assert!(!format!("{error} {error:?}").contains("0303f89b"), "{error:?}");
}

#[test]
fn of_an_export_that_is_not_to_be_waited_for() {
    let mut scene = Scene::exporting(export_of("t1").no_wait());
    scene.asks(Call::StartExport).answer(405, "");
    says(
        &mut scene,
        "https://cloud.seatable.io/ cannot export t1 as requested: the server answered 405 Method Not Allowed; it \
         exports in one request, so there is no task to resume",
    );
    says(
        &mut Scene::exporting(export_of(".").no_wait()),
        "https://cloud.seatable.io/ cannot export . as requested: the server does this in one request, so there is \
         no task to resume",
    );
}
