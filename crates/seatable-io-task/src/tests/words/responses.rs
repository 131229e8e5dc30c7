//! After a response that ends an operation.

use seatable_io_proto::{BaseName, Format, Password, TaskKind};

use super::*;
use crate::{Call, ErrorKind, Hint, Operation, Policy, Route, Shared};

#[test]
fn of_a_refusal_while_the_task_runs() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    scene.respond(401, INVALID_TOKEN);
    says(
        &mut scene,
        "U rejected the token (401: Invalid token); the import may still be running",
        Some(Hint::AccountToken),
    );
    let mut scene = running_export();
    scene.requests(Call::QueryStatus).respond(403, "{}");
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
        let operation =
            Operation::poll_once(server(), resume_of(TaskKind::Import).task, Policy::default(), SEED);
        let mut scene = Scene::from(operation);
        scene.requests(Call::QueryStatus).respond(status, body);
        says(&mut scene, reason, Some(hint));
    }
}

#[test]
fn of_a_listing_names_no_base() {
    let listing = || Scene::from(Operation::list(server(), Shared::Excluded, Policy::default(), SEED));
    let mut scene = listing();
    scene.requests(Call::ListAdministered).respond(401, INVALID_TOKEN);
    says(&mut scene, "U rejected the token (401: Invalid token)", Some(Hint::AccountToken));
    says(listing().cancel(), "cancelled listing the bases", None);
    let mut scene = listing();
    scene
        .requests(Call::ListAdministered)
        .respond(404, HTML)
        .requests(Call::ListWorkspaces)
        .respond(404, HTML);
    says(
        &mut scene,
        "cannot list the bases: U does not answer like a SeaTable server (404)",
        Some(Hint::Address),
    );
}

#[test]
fn of_a_permission_to_export_in_one_request_a_password_may_be_the_matter() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.requests(Call::SynchronousExport).respond(403, r#"{"error_msg":"Permission denied."}"#);
    says(
        &mut scene,
        "no permission to export \"t1\" in workspace 1 on U (403: Permission denied)",
        Some(Hint::PermissionOrPassword),
    );
}

#[test]
fn of_a_base_or_an_address_that_is_not_found() {
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
        says(&mut scene, reason, Some(hint));
    }
}

#[test]
fn of_unexpected_responses() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(200, HTML);
    says(
        &mut scene,
        "unexpected response from U while exporting \"t1\" in workspace 1 (200: the reply is not a JSON object); the \
         server may still be exporting it",
        Some(Hint::Address),
    );

    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    let login: &[(&str, &str)] = &[("location", "/accounts/login/")];
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent).respond(404, HTML);
    scene.requests(Call::ExportContent).respond_with(302, login, "");
    says(
        &mut scene,
        "unexpected response from U while downloading the file of task 1582970303923 (302)",
        Some(Hint::ExportByName),
    );

    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond_with(302, &[("location", "/elsewhere/")], "");
    says(
        &mut scene,
        "unexpected response from U while importing \"t1\" into workspace 1 (302)",
        Some(Hint::Address),
    );
}

#[test]
fn of_a_failed_task() {
    let mut scene = running_export();
    scene
        .requests(Call::QueryStatus)
        .respond(413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#);
    says(
        &mut scene,
        "U failed to export \"t1\" in workspace 1 (413: The base size exceeds the limit of 200MB)",
        None,
    );
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    scene.respond(400, r#"{"error_msg":"Not a base."}"#);
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
    scene.requests(Call::StartImport).respond(413, HTML);
    says(&mut scene, "cannot import \"t1\" into workspace 1 on U (413)", Some(Hint::UploadLimit));
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(413, r#"{"error_msg":"Too large."}"#);
    says(&mut scene, "cannot import \"t1\" into workspace 1 on U (413: Too large)", None);
}

#[test]
fn of_an_export_no_upload_is_the_matter() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(413, HTML);
    says(&mut scene, "cannot export \"t1\" in workspace 1 on U (413)", None);
}

#[test]
fn of_a_file_that_is_not_a_base() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..2 {
        let _ = scene.requests(Call::SynchronousExport).exchange().head(&file_head(None));
        let _ = scene.exchange().chunk(ZIP);
        scene.fails(Failure::NotABase);
    }
    says(
        &mut scene,
        "U exported \"t1\" in workspace 1 as a file that is not a base, after one retry",
        Some(Hint::OpenBase),
    );
}

#[test]
fn of_a_file_that_is_too_large() {
    let limited = || exporting(Policy::default().max_size(99));
    for (announced, words) in [(Some(100), "has 100 bytes"), (None, "has at least 100 bytes")] {
        let mut scene = limited();
        scene.requests(Call::StartExport).respond(405, "").requests(Call::SynchronousExport);
        let _ = scene.exchange().head(&file_head(announced));
        let _ = scene.exchange().chunk(ZIP);
        let words =
            format!("cannot export \"t1\" in workspace 1: the file from U {words}, and the limit is 99");
        says(scene.finishes(), &words, Some(Hint::LargerFiles));
    }
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(405, "").requests(Call::SynchronousExport);
    let _ = scene.exchange().head(&file_head(None));
    let _ = scene.exchange().chunk(ZIP);
    let words = "cannot export \"t1\" in workspace 1: the file from U unpacks to too much";
    says(scene.fails(Failure::TooLarge), words, None);
}

#[test]
fn of_a_task_whose_file_is_gone() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene
        .requests(Call::QueryStatus)
        .respond(400, UNKNOWN_TASK)
        .requests(Call::ExportContent)
        .respond(400, UNKNOWN_TASK);
    says(&mut scene, "U does not know task 1582970303923 (400: task_id invalid)", Some(Hint::ExportByName));
}

#[test]
fn of_a_task_that_is_another() {
    let mut resume = resume_of(TaskKind::Export);
    resume.server = Some("https://other.example/".to_owned());
    says(
        &mut Scene::resuming(resume),
        "cannot resume task 1582970303923: the task is on another server",
        Some(Hint::OtherServer),
    );
    let mut resume = resume_of(TaskKind::Export);
    resume.place = Some(crate::Place::new(1, BaseName::new("t1").unwrap()));
    let mut scene = Scene::resuming(resume);
    scene
        .requests(Call::QueryStatus)
        .respond(200, FINISHED)
        .requests(Call::ExportContent)
        .fails(Failure::Interrupted);
    scene.requests(Call::StartExport).respond(200, STARTED);
    says(
        &mut scene,
        "cannot resume the task of \"t1\": another base has this name now; the server may still be exporting it",
        Some(Hint::ExportByName),
    );
}

#[test]
fn fact_12_of_assets_that_are_too_large() {
    let mut scene = Scene::export();
    let body = r#"{"error_msg":"Export failed. Base size is larger than 100 mb."}"#;
    scene.requests(Call::StartExport).respond(400, body);
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
    scene.requests(Call::SynchronousExport).respond(504, r#"{"error_msg":"Timeout Error."}"#);
    says(
        &mut scene,
        "U took too long to export \"t1\" in workspace 1 (504: Timeout Error); the server may still be exporting it",
        Some(Hint::ExportAlone),
    );
}

#[test]
fn of_a_rejected_table() {
    let mut scene = Scene::importing(import_of(Format::Csv), Policy::default());
    scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED).requests(Call::ImportTable);
    scene.respond(400, r#"{"error_msg":"Excel format error"}"#);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1 on U (400: Excel format error); an empty base may remain",
        Some(Hint::DeleteEmptyBase),
    );
    assert!(scene.end().unwrap_err().may_have_created_base());
    let mut scene = Scene::importing(import_of(Format::Xlsx), Policy::default());
    scene.requests(Call::FindTableImport).respond(404, HTML);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1: U does not import .xlsx files",
        Some(Hint::SaveAsCsv),
    );
}

#[test]
fn of_an_option_that_a_server_lacks() {
    let old = |export| {
        let mut scene = Scene::exporting(export);
        scene.requests(Call::SynchronousExport).respond(404, HTML);
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
fn of_a_token_that_the_server_repeats_nothing() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport);
    scene.respond(401, r#"{"detail":"Invalid token 0303f89b3607fb86039fdffcf1be6383797b437f"}"#);
    let error = scene.ends_with(ErrorKind::Unauthorized);
    assert!(!format!("{error} {error:?}").contains("0303f89b"), "{error:?}");
}

#[test]
fn of_an_operation_without_waiting() {
    let mut scene = Scene::exporting(export_of("t1").no_wait());
    scene.requests(Call::StartExport).respond(405, NOT_ALLOWED);
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
    scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED);
    says(&mut scene, "cannot import \"t1\" without waiting: U does it in one request", Some(Hint::Wait));
}
