//! What an error says: what happened and why, and what to do. `U` is the URL of the server.

use std::time::Duration;

use seatable_io_proto::{Format, Password, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Hint, Policy, Route, Shared, Task};

const INVALID_TOKEN: &str = r#"{"detail":"Invalid token"}"#;

fn says(scene: &mut Scene, reason: &str, hint: Option<Hint>) {
    let error = scene.end().unwrap_err();
    assert_eq!(error.reason().to_string(), reason.replace('U', server().url()));
    assert_eq!(error.hint(), hint, "{error}");
    let words = hint.map_or_else(|| "try again".to_owned(), |hint| hint.to_string());
    assert!(!words.is_empty() && !words.ends_with('.') && !words.contains("please"), "{words}");
    assert!(!reason.contains(&words) && !reason.ends_with('.'), "{error}");
}

fn exporting(policy: Policy) -> Scene {
    Task::export(server(), export_of("t1"), policy, SEED).into()
}

fn rejected(body: &str) -> Scene {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(400, body);
    scene
}

/// The six failures that are most common, except for a file that is not a zip: that is the driver's.
#[test]
fn of_the_most_common_failures() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(401, INVALID_TOKEN);
    says(&mut scene, "U rejected the token (401: Invalid token)", Some(Hint::AccountToken));

    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(404, NO_BASE);
    says(&mut scene, "no base \"t1\" in workspace 1 on U (404)", Some(Hint::List));

    let mut scene = rejected(r#"{"error_msg":"Table t1 already exists."}"#);
    says(
        &mut scene,
        "\"t1\" already exists in workspace 1 (400); nothing was replaced",
        Some(Hint::OtherName),
    );

    let mut scene = running_export();
    scene.now += Duration::from_secs(3600);
    says(
        &mut scene,
        "gave up exporting \"t1\" in workspace 1 after 1h; the export may still be running",
        Some(Hint::MoreTime),
    );

    let mut scene = Scene::import();
    scene.asks(Call::StartImport).fails(Failure::Interrupted);
    says(
        &mut scene,
        "\"t1\" may or may not have been imported: the connection to U broke; not retried, to avoid a duplicate",
        Some(Hint::CheckBase),
    );
}

fn running_export() -> Scene {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, RUNNING);
    scene
}

#[test]
fn for_users_of_the_library_ends_with_the_hint() {
    let mut scene = rejected(r#"{"error_msg":"Table t1 already exists."}"#);
    assert_eq!(
        scene.end().unwrap_err().to_string(),
        "\"t1\" already exists in workspace 1 (400); nothing was replaced; choose another name or workspace"
    );
    let mut scene = rejected("{\"error_msg\":\"dtable invalid.\"}");
    let words = scene.end().unwrap_err().to_string();
    assert_eq!(
        words,
        "cannot import \"t1\" into workspace 1 on https://cloud.seatable.io/ (400: dtable invalid)"
    );
}

#[test]
fn of_the_transport_stands_with_the_cause() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).fails(Failure::Interrupted);
    let error = scene.end().unwrap_err();
    let words = error.reason_with("connection reset by peer").to_string();
    assert!(words.contains(" broke (connection reset by peer); not retried"), "{words}");
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(401, INVALID_TOKEN);
    let error = scene.end().unwrap_err();
    assert_eq!(error.reason_with("connection reset by peer").to_string(), error.reason().to_string());
}

#[test]
fn of_a_refusal_while_the_task_runs() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status);
    scene.answer(401, INVALID_TOKEN);
    says(
        &mut scene,
        "U rejected the token (401: Invalid token); the import may still be running",
        Some(Hint::AccountToken),
    );
    let mut scene = running_export();
    scene.asks(Call::Status).answer(403, "{}");
    says(
        &mut scene,
        "no permission to export \"t1\" in workspace 1 on U (403); the export may still be running",
        Some(Hint::Permission),
    );
}

#[test]
fn of_a_token_a_permission_and_a_task() {
    let no_credentials = r#"{"detail":"Authentication credentials were not provided."}"#;
    for (status, body, reason, hint) in [
        (401, INVALID_TOKEN, "U rejected the token (401: Invalid token)", Hint::AccountToken),
        (
            403,
            no_credentials,
            "U rejected the token (403: Authentication credentials were not provided)",
            Hint::ActiveUser,
        ),
        (403, "{}", "no permission to check task 1582970303923 on U (403)", Hint::Permission),
        (400, UNKNOWN_TASK, "U does not know task 1582970303923 (400: task_id invalid)", Hint::CheckResult),
    ] {
        let task = Task::look(server(), resume_of(TaskKind::Import).task, Policy::default(), SEED);
        let mut scene = Scene::from(task);
        scene.asks(Call::Status).answer(status, body);
        says(&mut scene, reason, Some(hint));
    }
}

#[test]
fn of_a_listing_names_no_base() {
    let listing = || Scene::from(Task::list(server(), Shared::Excluded, Policy::default(), SEED));
    let mut scene = listing();
    scene.asks(Call::ListAdministered).answer(401, INVALID_TOKEN);
    says(&mut scene, "U rejected the token (401: Invalid token)", Some(Hint::AccountToken));
    says(listing().cancel(), "cancelled listing the bases", None);
    let mut scene = listing();
    scene.asks(Call::ListAdministered).answer(404, HTML).asks(Call::ListWorkspaces).answer(404, HTML);
    says(
        &mut scene,
        "cannot list the bases: U does not answer like a SeaTable server (404)",
        Some(Hint::Address),
    );
}

#[test]
fn of_a_permission_to_export_in_one_request_a_password_may_be_the_matter() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.asks(Call::SynchronousExport).answer(403, r#"{"error_msg":"Permission denied."}"#);
    says(
        &mut scene,
        "no permission to export \"t1\" in workspace 1 on U (403: Permission denied)",
        Some(Hint::PermissionOrPassword),
    );
}

#[test]
fn of_what_is_not_found() {
    for (status, body, reason, hint) in [
        (404, r#"{"error_msg":"Workspace 1 not found."}"#, "no workspace 1 on U (404)", Hint::List),
        (
            404,
            r#"{"error_msg":"Folder 3 not found."}"#,
            "cannot import \"t1\" into workspace 1 on U (404: Folder 3 not found)",
            Hint::List,
        ),
        (
            404,
            HTML,
            "cannot import \"t1\" into workspace 1: U does not answer like a SeaTable server (404)",
            Hint::Address,
        ),
        (405, "{}", "cannot import \"t1\" into workspace 1 on U (405)", Hint::Address),
    ] {
        let mut scene = Scene::import();
        scene.asks(Call::StartImport).answer(status, body);
        says(&mut scene, reason, Some(hint));
    }
}

#[test]
fn of_a_server_that_cannot_be_reached() {
    let policy = Policy::default().retries(1);
    let mut scene = Scene::importing(import_of(Format::Dtable), policy.clone());
    scene.asks(Call::StartImport).fails(Failure::NotSent).asks(Call::StartImport).fails(Failure::NotSent);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1: no connection to U after one retry; nothing was imported",
        Some(Hint::Connection),
    );
    let mut scene = exporting(policy.retries(2));
    for _ in 0..3 {
        scene.asks(Call::StartExport).fails(Failure::NotSent);
    }
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: no connection to U after 2 retries",
        Some(Hint::Connection),
    );
}

#[test]
fn of_a_server_that_is_unavailable() {
    for (status, body, words, hint) in [
        (429, "", "U refuses more requests for now (429)", Hint::Later),
        (500, INTERNAL_ERROR, "U failed (500: Internal Server Error)", Hint::Later),
        (502, HTML, "U is unavailable (502)", Hint::Later),
        (403, HTML, "a proxy or CDN in front of U refused the request (403)", Hint::LetThrough),
    ] {
        let policy = Policy::default().retries(0).patience(Duration::from_millis(1));
        let mut scene = exporting(policy);
        scene.asks(Call::StartExport).answer(status, body);
        let left =
            if [502, 403, 500].contains(&status) { "; the server may still be exporting it" } else { "" };
        says(&mut scene, &format!("cannot export \"t1\" in workspace 1: {words}{left}"), Some(hint));
    }
}

#[test]
fn of_a_certificate() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).fails(Failure::Untrusted);
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: the certificate of U is not trusted",
        Some(Hint::Certificate),
    );
}

#[test]
fn of_unexpected_answers() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, HTML);
    says(
        &mut scene,
        "unexpected answer from U while exporting \"t1\" in workspace 1 (200: the body is not a JSON object); the \
         server may still be exporting it",
        Some(Hint::Address),
    );

    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    let login: &[(&str, &str)] = &[("location", "/accounts/login/")];
    scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content).answer(404, HTML);
    scene.asks(Call::Content).answer_with(302, login, "");
    says(
        &mut scene,
        "unexpected answer from U while downloading the file of task 1582970303923 (302)",
        Some(Hint::ExportByName),
    );

    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer_with(302, &[("location", "/elsewhere/")], "");
    says(
        &mut scene,
        "unexpected answer from U while importing \"t1\" into workspace 1 (302)",
        Some(Hint::Address),
    );
}

#[test]
fn of_a_failed_task() {
    let mut scene = running_export();
    scene.asks(Call::Status).answer(413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#);
    says(
        &mut scene,
        "U failed to export \"t1\" in workspace 1 (413: The base size exceeds the limit of 200MB)",
        None,
    );
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status);
    scene.answer(400, r#"{"error_msg":"Not a base."}"#);
    says(
        &mut scene,
        "U failed to import \"t1\" into workspace 1 (400: Not a base); an empty base may remain",
        Some(Hint::DeleteEmptyBase),
    );
}

#[test]
fn of_a_rejected_import() {
    let mut scene = rejected(r#"{"error_msg":"File name contains illegal characters"}"#);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1 on U (400: File name contains illegal characters)",
        Some(Hint::OtherName),
    );
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(413, HTML);
    says(&mut scene, "cannot import \"t1\" into workspace 1 on U (413)", Some(Hint::UploadLimit));
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(413, r#"{"error_msg":"Too large."}"#);
    says(&mut scene, "cannot import \"t1\" into workspace 1 on U (413: Too large)", None);
}

#[test]
fn fact_12_of_assets_that_are_too_large() {
    let mut scene = Scene::export();
    let body = r#"{"error_msg":"Export failed. Base size is larger than 100 mb."}"#;
    scene.asks(Call::StartExport).answer(400, body);
    says(
        &mut scene,
        "\"t1\" in workspace 1 is too large to export with its assets (400: Export failed. Base size is larger than \
         100 mb)",
        Some(Hint::WithoutAssets),
    );
}

#[test]
fn fact_26_of_an_export_that_takes_too_long() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.asks(Call::SynchronousExport).answer(504, r#"{"error_msg":"Timeout Error."}"#);
    says(
        &mut scene,
        "U took too long to export \"t1\" in workspace 1 (504: Timeout Error); the server may still be exporting it",
        Some(Hint::ExportAlone),
    );
}

#[test]
fn of_exporting_again() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..14 {
        scene.asks(Call::SynchronousExport).fails(Failure::TimedOut);
    }
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: U did not answer in time after 13 retries; the server may still be \
         exporting it",
        Some(Hint::Later),
    );
    let mut scene = Scene::export();
    for _ in 0..4 {
        scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
        scene.asks(Call::Content).answer(404, r#"{"error_msg":"file not found."}"#);
    }
    says(
        &mut scene,
        "cannot download \"t1\" in workspace 1 on U (404: file not found) after 3 retries",
        Some(Hint::Later),
    );
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
    scene.asks(Call::Content).fails(Failure::TimedOut).asks(Call::StartExport).answer(409, "");
    says(&mut scene, "cannot export \"t1\" in workspace 1 on U (409) after one retry", None);
}

#[test]
fn of_a_rejected_table() {
    let mut scene = Scene::importing(import_of(Format::Csv), Policy::default());
    scene.asks(Call::FindTableImport).answer(405, NOT_ALLOWED).asks(Call::ImportTable);
    scene.answer(400, r#"{"error_msg":"Excel format error"}"#);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1 on U (400: Excel format error); an empty base may remain",
        Some(Hint::DeleteEmptyBase),
    );
    let mut scene = Scene::importing(import_of(Format::Xlsx), Policy::default());
    scene.asks(Call::FindTableImport).answer(404, HTML);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1: U does not import .xlsx files",
        Some(Hint::SaveAsCsv),
    );
}

#[test]
fn of_time() {
    let policy = |seconds| Policy::default().patience(Duration::from_secs(seconds));
    for (seconds, words) in [(5400, "1h30m"), (45, "45s"), (7205, "2h5s"), (0, "0 ms")] {
        let mut scene = Scene::importing(import_of(Format::Dtable), policy(seconds));
        scene.asks_anything().now += Duration::from_secs(seconds);
        if seconds > 0 {
            scene.fails(Failure::NotSentInTime);
        }
        let words = format!("gave up importing \"t1\" into workspace 1 after {words}");
        let error = scene.ends_with(ErrorKind::TimedOut).reason().to_string();
        assert!(error.starts_with(&words) && error.ends_with("; nothing was imported"), "{error}");
    }
    says(
        &mut exporting(policy(0)),
        "gave up exporting \"t1\" in workspace 1 after 0 ms",
        Some(Hint::MoreTime),
    );
}

#[test]
fn of_retries_that_were_made() {
    for (made, words) in [(0, ""), (1, " after one retry")] {
        let mut scene = exporting(Policy::default().patience(Duration::from_secs(20)));
        for _ in 0..made {
            scene.asks(Call::StartExport).fails(Failure::NotSent);
        }
        scene.asks(Call::StartExport).now += Duration::from_secs(20);
        scene.fails(Failure::NotSent);
        let gave_up = "gave up exporting \"t1\" in workspace 1 after 20s: no connection to U";
        says(&mut scene, &format!("{gave_up}{words}"), Some(Hint::Connection));
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
    assert!(words.contains("(401) after 2 retries;"), "{words}");
}

#[test]
fn of_cancelling() {
    says(Scene::import().cancel(), "cancelled importing \"t1\" into workspace 1", None);
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().is_cancelled();
    says(&mut scene, "cancelled importing \"t1\" into workspace 1", None);
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().answer(200, SUCCESS);
    scene.asks(Call::Status).answer(404, TASK_NOT_FOUND);
    says(
        &mut scene,
        "\"t1\" may still be imported: U accepted the request to cancel, but finishes an import that is running",
        Some(Hint::CheckBaseLater),
    );
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).cancel().fails(Failure::Interrupted);
    says(&mut scene, "cancelled exporting \"t1\" in workspace 1; the server may still be exporting it", None);
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().answer(403, "{}");
    says(
        &mut scene,
        "\"t1\" may still be imported, because it could not be cancelled: U refused (403)",
        Some(Hint::CheckBaseLater),
    );
}

#[test]
fn of_a_task_that_was_started_elsewhere() {
    let cancel = |kind| Scene::from(Task::cancel_only(server(), resume_of(kind), Policy::default(), SEED));
    let mut scene = cancel(TaskKind::Export);
    scene.asks(Call::Cancel).answer(403, "{}");
    says(
        &mut scene,
        "no permission to cancel task 1582970303923 on U (403); the task may still be running",
        Some(Hint::Permission),
    );
    let mut scene = cancel(TaskKind::Import);
    scene.asks_to_cancel().answer(200, SUCCESS).asks(Call::Status).answer(404, TASK_NOT_FOUND);
    says(
        &mut scene,
        "task 1582970303923 may still import its base: U accepted the request to cancel, but finishes an import that \
         is running",
        Some(Hint::CheckBaseLater),
    );
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK);
    says(
        &mut scene,
        "task 1582970303923 may or may not have imported its base: U no longer knows the task (400: task_id invalid)",
        Some(Hint::CheckBaseIsComplete),
    );
}

#[test]
fn of_what_a_server_cannot_do() {
    let old = |export| {
        let mut scene = Scene::exporting(export);
        scene.asks(Call::SynchronousExport).answer(404, HTML);
        scene
    };
    let cannot = |name, how| format!("cannot export \"{name}\": U does not export bases {how} (404)");
    says(&mut old(export_of("..")), &cannot("..", "whose names are `.` or `..`"), Some(Hint::RenameBase));
    let without_assets = export_of("t1").without_assets();
    says(&mut old(without_assets), &cannot("t1", "without assets"), Some(Hint::KeepAssets));
    let password = export_of("t1").password(Password::new("x").unwrap());
    says(&mut old(password), &cannot("t1", "with passwords"), Some(Hint::OmitPassword));
}

#[test]
fn of_a_broken_file_sent_in_one_request() {
    let export = export_of("t1").route(Route::Synchronous);
    let mut scene = Scene::from(Task::export(server(), export, Policy::default(), SEED).one_pass());
    scene.asks(Call::SynchronousExport).file(ZIP, Some(1000));
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: the file from U is damaged (1000 bytes were announced, but 100 were \
         received)",
        Some(Hint::Later),
    );
}

#[test]
fn of_what_was_broken_off() {
    for (why, words) in [
        (Failure::Interrupted, "the request was stopped before the answer was complete"),
        (Failure::TimedOut, "U did not answer in time"),
    ] {
        let mut scene = Scene::import();
        scene.asks(Call::StartImport).cancel().fails(why);
        let reason = "\"t1\" may or may not have been imported";
        let reason = format!("{reason}: {words}; not retried, to avoid a duplicate");
        says(&mut scene, &reason, Some(Hint::CheckBase));
    }
}

#[test]
fn of_a_table_that_was_never_sent() {
    let policy = Policy::default().retries(0);
    let mut scene = Scene::importing(import_of(Format::Csv), policy);
    scene.asks(Call::FindTableImport).fails(Failure::Interrupted);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1: the connection to U broke; nothing was imported",
        Some(Hint::Later),
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
fn of_a_task_that_is_not_to_be_waited_for() {
    let mut scene = Scene::exporting(export_of("t1").no_wait());
    scene.asks(Call::StartExport).answer(405, "");
    says(
        &mut scene,
        "cannot export \"t1\" without waiting: U does it in one request (405)",
        Some(Hint::Wait),
    );
    says(
        &mut Scene::exporting(export_of(".").no_wait()),
        "cannot export \".\" without waiting: U does it in one request",
        Some(Hint::Wait),
    );
    let mut scene = Scene::importing(import_of(Format::Csv).no_wait(), Policy::default());
    scene.asks(Call::FindTableImport).answer(405, NOT_ALLOWED);
    says(&mut scene, "cannot import \"t1\" without waiting: U does it in one request", Some(Hint::Wait));
}
