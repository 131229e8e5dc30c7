//! The message of an error: the failure, its reason, and the next step. `U` is the URL of the server.

use std::time::Duration;

use seatable_io_proto::{Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Hint, Operation, Policy, Route};

mod cancelled;
mod exports;
mod responses;
mod unavailable;

const INVALID_TOKEN: &str = r#"{"detail":"Invalid token"}"#;

fn assert_message(scene: &mut Scene, reason: &str, hint: Option<Hint>) {
    let error = scene.end().unwrap_err();
    assert_eq!(error.message().to_string(), reason.replace('U', server().url()));
    assert_eq!(error.hint(), hint, "{error}");
    let words = hint.map_or_else(|| "try again".to_owned(), |hint| hint.to_string());
    assert!(!words.is_empty() && !words.ends_with('.') && !words.contains("please"), "{words}");
    assert!(!reason.contains(&words) && !reason.ends_with('.'), "{error}");
}

fn exporting(policy: Policy) -> Scene {
    Operation::export(server(), export_of("t1"), policy, SEED).into()
}

fn rejected(body: &str) -> Scene {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(400, body);
    scene
}

/// The six most common failures, except for a file that is not a zip, which the driver reports.
#[test]
fn the_most_common_failures_have_exact_messages() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(401, INVALID_TOKEN);
    assert_message(&mut scene, "U rejected the token (401: Invalid token)", Some(Hint::AccountToken));

    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(404, NO_BASE);
    assert_message(&mut scene, "no base \"t1\" in workspace 1 on U (404)", Some(Hint::List));

    let mut scene = rejected(r#"{"error_msg":"Table t1 already exists."}"#);
    assert_message(
        &mut scene,
        "\"t1\" already exists in workspace 1 (400); nothing was replaced",
        Some(Hint::OtherName),
    );

    let mut scene = running_export();
    scene.now += Duration::from_secs(3600);
    assert_message(
        &mut scene,
        "gave up exporting \"t1\" in workspace 1 after 1h; the export may still be running",
        Some(Hint::MoreTime),
    );

    let mut scene = Scene::import();
    scene.requests(Call::StartImport).fails(Failure::Interrupted);
    assert_message(
        &mut scene,
        "\"t1\" may or may not have been imported: the connection to U broke; not retried, to avoid a duplicate",
        Some(Hint::CheckBase),
    );
}

fn running_export() -> Scene {
    let mut scene = Scene::export();
    scene.task_runs(Call::StartExport);
    scene
}

#[test]
fn the_display_of_an_error_ends_with_the_hint() {
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
fn the_error_of_the_transport_follows_the_reason() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).fails(Failure::Interrupted);
    let error = scene.end().unwrap_err();
    let words = error.message_with("connection reset by peer").to_string();
    assert!(words.contains(" broke (connection reset by peer); not retried"), "{words}");
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(401, INVALID_TOKEN);
    let error = scene.end().unwrap_err();
    assert_eq!(error.message_with("connection reset by peer").to_string(), error.message().to_string());
}
