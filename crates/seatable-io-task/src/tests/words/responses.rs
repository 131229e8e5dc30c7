//! Messages after a response that ends an operation.

use super::*;
use crate::Scope;

#[test]
fn a_refusal_while_the_task_runs_mentions_the_task() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    scene.respond(401, INVALID_TOKEN);
    assert_message(
        &mut scene,
        "U rejected the token (401: Invalid token); the import may still be running",
        Some(Hint::AccountToken),
    );
    let mut scene = running_export();
    scene.requests(Call::QueryStatus).respond(403, "{}");
    assert_message(
        &mut scene,
        "no permission to export \"t1\" in workspace 1 on U (403); the export may still be running",
        Some(Hint::Permission),
    );
}

#[test]
fn a_refused_poll_names_the_token_the_permission_or_the_task() {
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
        let operation =
            Operation::poll_once(server(), resume_of(TaskKind::Import).task, Policy::default(), SEED);
        let mut scene = Scene::from(operation);
        scene.requests(Call::QueryStatus).respond(status, body);
        assert_message(&mut scene, reason, Some(hint));
    }
}

#[test]
fn an_error_of_a_listing_names_no_base() {
    let listing = || Scene::from(Operation::list(server(), Scope::Administered, Policy::default(), SEED));
    let mut scene = listing();
    scene.requests(Call::ListAdministered).respond(401, INVALID_TOKEN);
    assert_message(&mut scene, "U rejected the token (401: Invalid token)", Some(Hint::AccountToken));
    assert_message(listing().cancel(), "cancelled listing the bases", None);
    let mut scene = listing();
    scene
        .requests(Call::ListAdministered)
        .respond(404, HTML)
        .requests(Call::ListWorkspaces)
        .respond(404, HTML);
    assert_message(
        &mut scene,
        "cannot list the bases: U does not answer like a SeaTable server (404)",
        Some(Hint::Address),
    );
}

#[test]
fn a_missing_workspace_folder_or_address_is_named() {
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
        scene.requests(Call::StartImport).respond(status, body);
        assert_message(&mut scene, reason, Some(hint));
    }
}

#[test]
fn an_unexpected_response_is_reported_with_the_operation() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(200, HTML);
    assert_message(
        &mut scene,
        "unexpected response from U while exporting \"t1\" in workspace 1 (200: the reply is not a JSON object); the \
         server may still be exporting it",
        Some(Hint::Address),
    );

    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    let login: &[(&str, &str)] = &[("location", "/accounts/login/")];
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent).respond(404, HTML);
    scene.requests(Call::ExportContent).respond_with(302, login, "");
    assert_message(
        &mut scene,
        "unexpected response from U while downloading the file of task 1582970303923 (302)",
        Some(Hint::ExportByName),
    );

    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond_with(302, &[("location", "/elsewhere/")], "");
    assert_message(
        &mut scene,
        "unexpected response from U while importing \"t1\" into workspace 1 (302)",
        Some(Hint::Address),
    );
}

#[test]
fn a_failed_task_is_reported_with_the_message_of_the_server() {
    let mut scene = running_export();
    scene
        .requests(Call::QueryStatus)
        .respond(413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#);
    assert_message(
        &mut scene,
        "U failed to export \"t1\" in workspace 1 (413: The base size exceeds the limit of 200MB)",
        None,
    );
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    scene.respond(400, r#"{"error_msg":"Not a base."}"#);
    assert_message(
        &mut scene,
        "U failed to import \"t1\" into workspace 1 (400: Not a base); an empty base may remain",
        Some(Hint::DeleteEmptyBase),
    );
}

#[test]
fn a_rejected_import_is_reported_with_the_message_of_the_server() {
    let mut scene = rejected(r#"{"error_msg":"File name contains illegal characters"}"#);
    assert_message(
        &mut scene,
        "cannot import \"t1\" into workspace 1 on U (400: File name contains illegal characters)",
        Some(Hint::OtherName),
    );
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(413, HTML);
    assert_message(&mut scene, "cannot import \"t1\" into workspace 1 on U (413)", Some(Hint::UploadLimit));
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(413, r#"{"error_msg":"Too large."}"#);
    assert_message(&mut scene, "cannot import \"t1\" into workspace 1 on U (413: Too large)", None);
}

#[test]
fn a_rejected_table_may_leave_an_empty_base() {
    let mut scene = Scene::importing(import_of(Format::Csv), Policy::default());
    scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED).requests(Call::ImportTable);
    scene.respond(400, r#"{"error_msg":"Excel format error"}"#);
    assert_message(
        &mut scene,
        "cannot import \"t1\" into workspace 1 on U (400: Excel format error); an empty base may remain",
        Some(Hint::DeleteEmptyBase),
    );
    assert!(scene.end().unwrap_err().may_have_created_base());
    let mut scene = Scene::importing(import_of(Format::Xlsx), Policy::default());
    scene.requests(Call::FindTableImport).respond(404, HTML);
    assert_message(
        &mut scene,
        "cannot import \"t1\" into workspace 1: U does not import .xlsx files",
        Some(Hint::SaveAsCsv),
    );
}

#[test]
fn a_token_that_the_server_repeats_is_not_shown() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport);
    scene.respond(401, r#"{"detail":"Invalid token 0303f89b3607fb86039fdffcf1be6383797b437f"}"#);
    let error = scene.ends_with(ErrorKind::Unauthorized);
    assert!(!format!("{error} {error:?}").contains("0303f89b"), "{error:?}");
}

#[test]
fn an_operation_that_must_wait_has_a_hint_to_wait() {
    let mut scene = Scene::exporting(export_of("t1").no_wait());
    scene.requests(Call::StartExport).respond(405, NOT_ALLOWED);
    assert_message(
        &mut scene,
        "cannot export \"t1\" without waiting: U does it in one request (405)",
        Some(Hint::Wait),
    );
    assert_message(
        &mut Scene::exporting(export_of(".").no_wait()),
        "cannot export \".\" without waiting: U does it in one request",
        Some(Hint::Wait),
    );
    let mut scene = Scene::importing(import_of(Format::Csv).no_wait(), Policy::default());
    scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED);
    assert_message(
        &mut scene,
        "cannot import \"t1\" without waiting: U does it in one request",
        Some(Hint::Wait),
    );
}
