//! Messages of exports after a response that ends them.

use seatable_io_proto::{BaseName, Password};

use super::*;

#[test]
fn the_hint_for_a_forbidden_export_in_one_request_mentions_the_password() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.requests(Call::SynchronousExport).respond(403, r#"{"error_msg":"Permission denied."}"#);
    assert_message(
        &mut scene,
        "no permission to export \"t1\" in workspace 1 on U (403: Permission denied)",
        Some(Hint::PermissionOrPassword),
    );
}

#[test]
fn a_413_to_an_export_has_no_hint_about_uploads() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(413, HTML);
    assert_message(&mut scene, "cannot export \"t1\" in workspace 1 on U (413)", None);
}

#[test]
fn a_file_that_is_not_a_base_has_a_hint_to_open_the_base() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..2 {
        let _ = scene.requests(Call::SynchronousExport).exchange().head(&file_head(None));
        let _ = scene.exchange().chunk(ZIP);
        scene.fails(Failure::NotABase);
    }
    assert_message(
        &mut scene,
        "U exported \"t1\" in workspace 1 as a file that is not a base, after one retry",
        Some(Hint::OpenBase),
    );
}

#[test]
fn a_file_that_is_too_large_is_reported_with_the_limit() {
    let limited = || exporting(Policy::default().max_size(99));
    for (announced, words) in [(Some(100), "has 100 bytes"), (None, "has at least 100 bytes")] {
        let mut scene = limited();
        scene.requests(Call::StartExport).respond(405, "").requests(Call::SynchronousExport);
        let _ = scene.exchange().head(&file_head(announced));
        let _ = scene.exchange().chunk(ZIP);
        let words =
            format!("cannot export \"t1\" in workspace 1: the file from U {words}, and the limit is 99");
        assert_message(scene.finishes(), &words, Some(Hint::LargerFiles));
    }
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(405, "").requests(Call::SynchronousExport);
    let _ = scene.exchange().head(&file_head(None));
    let _ = scene.exchange().chunk(ZIP);
    let words = "cannot export \"t1\" in workspace 1: the file from U unpacks to too much";
    assert_message(scene.fails(Failure::TooLarge), words, None);
}

#[test]
fn a_task_whose_file_is_gone_is_reported_as_unknown() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene
        .requests(Call::QueryStatus)
        .respond(400, UNKNOWN_TASK)
        .requests(Call::ExportContent)
        .respond(400, UNKNOWN_TASK);
    assert_message(
        &mut scene,
        "U does not know task 1582970303923 (400: task_id invalid)",
        Some(Hint::ExportByName),
    );
}

#[test]
fn a_task_of_another_server_or_base_cannot_be_resumed() {
    let mut resume = resume_of(TaskKind::Export);
    resume.server = Some("https://other.example/".to_owned());
    assert_message(
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
    assert_message(
        &mut scene,
        "cannot resume the task of \"t1\": another base has this name now; the server may still be exporting it",
        Some(Hint::ExportByName),
    );
}

#[test]
fn fact_12_assets_that_are_too_large_have_a_hint_to_omit_them() {
    let mut scene = Scene::export();
    let body = r#"{"error_msg":"Export failed. Base size is larger than 100 mb."}"#;
    scene.requests(Call::StartExport).respond(400, body);
    assert_message(
        &mut scene,
        "\"t1\" in workspace 1 is too large to export with its assets (400: Export failed. Base size is larger than \
         100 mb)",
        Some(Hint::WithoutAssets),
    );
}

#[test]
fn fact_26_an_export_that_is_too_slow_has_a_hint_to_run_it_alone() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.requests(Call::SynchronousExport).respond(504, r#"{"error_msg":"Timeout Error."}"#);
    assert_message(
        &mut scene,
        "U took too long to export \"t1\" in workspace 1 (504: Timeout Error); the server may still be exporting it",
        Some(Hint::ExportAlone),
    );
}

#[test]
fn an_option_that_the_server_lacks_is_named() {
    let old = |export| {
        let mut scene = Scene::exporting(export);
        scene.requests(Call::SynchronousExport).respond(404, HTML);
        scene
    };
    let cannot = |name, how| format!("cannot export \"{name}\": U does not export bases {how} (404)");
    assert_message(
        &mut old(export_of("..")),
        &cannot("..", "whose names are `.` or `..`"),
        Some(Hint::RenameBase),
    );
    let without_assets = export_of("t1").without_assets();
    assert_message(&mut old(without_assets), &cannot("t1", "without assets"), Some(Hint::KeepAssets));
    let password = export_of("t1").password(Password::new("x").unwrap());
    assert_message(&mut old(password), &cannot("t1", "with passwords"), Some(Hint::OmitPassword));
}
