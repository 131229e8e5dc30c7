//! The routes to an exported file.

use seatable_io_proto::{Password, TaskKind};

use super::export::{EMPTY_LEN, exported, finished, route};
use super::scene::*;
use crate::{Call, ErrorKind, Route};

#[test]
fn a_2020_server_serves_the_file_below_api() {
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
fn a_2021_server_serves_the_file_outside_api() {
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
fn a_content_address_that_leads_elsewhere_ends_the_operation() {
    let mut scene = finished();
    scene
        .respond_with(302, &[("location", "https://elsewhere.example/file")], "")
        .ends_with(ErrorKind::BadAnswer);
}

#[test]
fn a_learned_route_is_tried_first_and_abandoned_if_it_is_gone() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.requests(Call::SynchronousExport).respond(404, HTML);
    scene.requests(Call::StartExport).respond(200, STARTED);

    let mut scene = Scene::exporting(export_of("t1").route(Route::Site));
    scene.task_finishes(Call::StartExport);
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
        scene.task_finishes(Call::StartExport);
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
fn a_server_that_starts_exports_but_serves_no_file_is_not_understood() {
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
fn a_base_whose_name_is_dots_is_exported_only_in_one_request() {
    for name in [".", ".."] {
        Scene::exporting(export_of(name)).requests(Call::SynchronousExport);
    }
}

#[test]
fn a_resumed_export_begins_with_the_known_route() {
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
fn each_route_of_a_server_that_cannot_export_is_tried_once() {
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
fn an_empty_response_is_not_a_file_and_another_route_is_tried() {
    finished().file(b"", None).requests(Call::ExportContent);
}

#[test]
fn an_export_without_assets_is_made_in_one_request() {
    let mut scene = Scene::exporting(export_of("t1").without_assets());
    assert!(
        scene.requested().ends_with("/synchronous-export/export-dtable/?dtable_name=t1&ignore_asset=true")
    );
}

#[test]
fn a_route_that_is_gone_is_not_tried_again() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(404, HTML).requests(Call::SynchronousExport).respond(404, HTML);
    scene.ends_with(ErrorKind::NotFound);

    let page: &[(&str, &str)] = &[("content-type", "text/html")];
    let mut scene = finished();
    scene.respond_with(200, page, HTML).requests(Call::ExportContent).respond(404, HTML);
    scene.requests(Call::ExportContent).respond_with(200, page, HTML).requests(Call::SynchronousExport);
}
