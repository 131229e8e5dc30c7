//! The routes to an exported file.

use seatable_io_proto::{Password, TaskKind};

use super::export::{EMPTY_LEN, exported, finished, route};
use super::scene::*;
use crate::{Call, ErrorKind, Route};

#[test]
fn a_server_of_2020_hands_the_file_out_under_api() {
    let mut scene = finished();
    assert!(
        scene
            .requested()
            .contains("/api/v2.1/dtable-export-content/?task_id=1582970303923&dtable_uuid=d09b6bcc")
    );
    let exported = exported(scene.file(ZIP, EMPTY_LEN));
    assert_eq!((exported.route, exported.base.unwrap().name.as_str()), (Route::Api, "t1"));
    assert_eq!(exported.task.unwrap().as_str(), "1582970303923");
}

#[test]
fn a_server_of_2021_hands_it_out_beside() {
    let mut scene = finished();
    scene.respond_with(404, &[], HTML);
    assert!(scene.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
    assert_eq!(route(scene.file(ZIP, None)), Route::Site);
}

#[test]
fn a_current_server_exports_in_one_request() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(405, r#"{"detail":"Method \"GET\" not allowed."}"#);
    scene.requests(Call::SynchronousExport);
    assert_eq!(route(scene.file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_content_address_for_browsers_leads_to_the_synchronous_export() {
    let mut scene = finished();
    scene.respond(404, HTML).requests(Call::ExportContent);
    scene.respond_with(302, &[("location", "/accounts/login/?next=x")], "").requests(Call::SynchronousExport);
    assert_eq!(route(scene.file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_content_address_that_leads_elsewhere_ends_it() {
    let mut scene = finished();
    scene
        .respond_with(302, &[("location", "https://elsewhere.example/file")], "")
        .ends_with(ErrorKind::BadAnswer);
}

#[test]
fn a_learned_route_comes_first_and_is_left_where_it_is_gone() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.requests(Call::SynchronousExport).respond(404, HTML);
    scene.requests(Call::StartExport).respond(200, STARTED);

    let mut scene = Scene::exporting(export_of("t1").route(Route::Site));
    scene
        .requests(Call::StartExport)
        .respond(200, STARTED)
        .requests(Call::QueryStatus)
        .respond(200, FINISHED);
    assert!(scene.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
    scene.respond(404, HTML);
    assert!(scene.requested().starts_with("GET https://cloud.seatable.io/api/v2.1/dtable-export-content/"));
    assert_eq!(route(scene.file(ZIP, None)), Route::Api);
}

#[test]
fn a_login_page_with_status_200_is_never_a_file() {
    let page: &[(&str, &str)] = &[("content-type", "text/html")];
    let mut scene = finished();
    scene.respond_with(200, page, HTML).requests(Call::ExportContent).respond_with(200, page, HTML);
    scene.requests(Call::SynchronousExport).respond(404, HTML);
    for _ in 0..2 {
        scene
            .requests(Call::StartExport)
            .respond(200, STARTED)
            .requests(Call::QueryStatus)
            .respond(200, FINISHED);
        scene
            .requests(Call::ExportContent)
            .respond_with(200, page, HTML)
            .requests(Call::ExportContent)
            .respond_with(200, page, HTML);
    }
    scene.ends_with(ErrorKind::BadAnswer);
}

#[test]
fn a_page_that_claims_to_be_a_zip_does_not_reach_the_sink() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(None));
    assert!(!scene.exchange().chunk(HTML.as_bytes()));
    scene.finishes().requests(Call::ExportContent);
}

#[test]
fn a_server_that_starts_exports_and_hands_out_no_file_makes_no_sense() {
    let mut scene = finished();
    let login: &[(&str, &str)] = &[("location", "https://elsewhere.example/accounts/login/")];
    scene.respond_with(302, login, "").requests(Call::ExportContent).respond_with(302, login, "");
    scene.requests(Call::SynchronousExport).respond(404, HTML).ends_with(ErrorKind::BadAnswer);
}

#[test]
fn a_password_is_refused_by_servers_that_do_not_know_it() {
    let export = export_of("t1").password(Password::new("geheim").unwrap());
    let mut scene = Scene::exporting(export);
    scene.requests(Call::SynchronousExport).respond(404, HTML);
    let error = scene.ends_with(ErrorKind::Unsupported);
    assert!(!format!("{error:?} {error}").contains("geheim"));
}

#[test]
fn dots_go_by_the_synchronous_export_only() {
    for name in [".", ".."] {
        Scene::exporting(export_of(name)).requests(Call::SynchronousExport);
    }
}

#[test]
fn a_resumed_export_goes_where_files_are_known_to_be() {
    let mut resume = resume_of(TaskKind::Export);
    resume.route = Some(Route::Site);
    let mut scene = Scene::resuming(resume);
    scene.requests(Call::QueryStatus).respond(200, FINISHED);
    assert!(scene.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));

    let mut resume = resume_of(TaskKind::Export);
    resume.route = Some(Route::Site);
    let mut scene = Scene::resuming(resume);
    scene.requests(Call::QueryStatus).respond(400, UNKNOWN_TASK);
    assert!(scene.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
}

#[test]
fn a_server_with_no_way_to_export_is_asked_each_way_once() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.requests(Call::SynchronousExport).respond(404, HTML).requests(Call::StartExport).respond(404, HTML);
    scene.ends_with(ErrorKind::NotFound);
}

#[test]
fn an_export_in_one_request_names_neither_the_task_nor_the_base_of_an_earlier_one() {
    let mut scene = finished();
    scene.respond(404, HTML).requests(Call::ExportContent).respond(404, HTML);
    let exported = exported(scene.requests(Call::SynchronousExport).file(ZIP, None));
    assert_eq!((exported.base, exported.task), (None, None));
}

#[test]
fn an_export_that_fails_after_a_change_of_route_cannot_be_resumed() {
    let mut scene = finished();
    scene.respond(404, HTML).requests(Call::ExportContent).respond(404, HTML);
    scene.requests(Call::SynchronousExport).respond(403, "{}");
    assert_eq!(scene.ends_with(ErrorKind::Forbidden).resume(), None);
}

#[test]
fn an_respond_without_a_byte_is_no_file_and_another_route_is_taken() {
    finished().file(b"", None).requests(Call::ExportContent);
}

#[test]
fn without_assets_an_export_goes_in_one_request() {
    let mut scene = Scene::exporting(export_of("t1").without_assets());
    assert!(
        scene.requested().ends_with("/synchronous-export/export-dtable/?dtable_name=t1&ignore_asset=true")
    );
}

#[test]
fn a_route_that_is_gone_is_not_taken_again() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(404, HTML).requests(Call::SynchronousExport).respond(404, HTML);
    scene.ends_with(ErrorKind::NotFound);

    let page: &[(&str, &str)] = &[("content-type", "text/html")];
    let mut scene = finished();
    scene.respond_with(200, page, HTML).requests(Call::ExportContent).respond(404, HTML);
    scene.requests(Call::ExportContent).respond_with(200, page, HTML).requests(Call::SynchronousExport);
}
