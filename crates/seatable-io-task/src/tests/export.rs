use seatable_io_proto::{Password, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Outcome, Policy, Resume, Route};

const EMPTY_LEN: Option<u64> = Some(ZIP.len() as u64);

fn finished() -> Scene {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED);
    scene.asks(Call::Status).answer(200, FINISHED);
    scene.asks(Call::Content);
    scene
}

fn route(scene: &mut Scene) -> Route {
    let Outcome::Exported(exported) = scene.ends_well() else { panic!() };
    assert_eq!(exported.bytes, ZIP.len() as u64);
    exported.route
}

#[test]
fn a_server_of_2020_hands_the_file_out_under_api() {
    let mut scene = finished();
    assert!(
        scene.asked().contains("/api/v2.1/dtable-export-content/?task_id=1582970303923&dtable_uuid=d09b6bcc")
    );
    assert_eq!(route(scene.file(ZIP, EMPTY_LEN)), Route::Api);
}

#[test]
fn a_server_of_2021_hands_it_out_beside() {
    let mut scene = finished();
    scene.answer_with(404, &[], HTML);
    assert!(scene.asked().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
    assert_eq!(route(scene.file(ZIP, None)), Route::Site);
}

#[test]
fn a_current_server_exports_in_one_request() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(405, r#"{"detail":"Method \"GET\" not allowed."}"#);
    scene.asks(Call::SynchronousExport);
    assert_eq!(route(scene.file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_content_address_for_browsers_leads_to_the_synchronous_export() {
    let mut scene = finished();
    scene.answer(404, HTML).asks(Call::Content);
    scene.answer_with(302, &[("location", "/accounts/login/?next=x")], "").asks(Call::SynchronousExport);
    assert_eq!(route(scene.file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_content_address_that_leads_elsewhere_ends_it() {
    let mut scene = finished();
    scene
        .answer_with(302, &[("location", "https://elsewhere.example/file")], "")
        .ends_with(ErrorKind::BadAnswer);
}

#[test]
fn a_learned_route_comes_first_and_is_left_where_it_is_gone() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous), Policy::default());
    scene.asks(Call::SynchronousExport).answer(404, HTML);
    scene.asks(Call::StartExport).answer(200, STARTED);

    let mut scene = Scene::exporting(export_of("t1").route(Route::Site), Policy::default());
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
    assert!(scene.asked().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
}

#[test]
fn a_login_page_with_status_200_is_never_a_file() {
    let page: &[(&str, &str)] = &[("content-type", "text/html")];
    let mut scene = finished();
    scene.answer_with(200, page, HTML).asks(Call::Content).answer_with(200, page, HTML);
    scene.asks(Call::SynchronousExport).answer(404, HTML);
    for _ in 0..4 {
        scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
        scene
            .asks(Call::Content)
            .answer_with(200, page, HTML)
            .asks(Call::Content)
            .answer_with(200, page, HTML);
    }
    scene.ends_with(ErrorKind::BadAnswer);
}

#[test]
fn a_page_that_claims_to_be_a_zip_does_not_reach_the_sink() {
    let mut scene = finished();
    let _ = scene.task.head(&file_head(None));
    assert!(!scene.task.chunk(HTML.as_bytes()));
    scene.task.saved(scene.now);
    scene.asks(Call::Content);
}

#[test]
fn a_broken_download_is_healed_by_a_new_export() {
    type Break = fn(&mut Scene);
    let breaks: [Break; 4] = [
        |scene| {
            scene.file(&ZIP[..9], EMPTY_LEN);
        },
        |scene| {
            scene.file(&ZIP[..9], None);
        },
        |scene| {
            scene.fails(Failure::Interrupted);
        },
        |scene| {
            scene.answer(502, HTML);
        },
    ];
    for break_it in breaks {
        let mut scene = finished();
        break_it(&mut scene);
        scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
        assert_eq!(route(scene.asks(Call::Content).file(ZIP, EMPTY_LEN)), Route::Api);
    }
}

#[test]
fn three_new_exports_are_the_most() {
    let mut scene = finished();
    for _ in 0..3 {
        scene.fails(Failure::Interrupted).asks(Call::StartExport).answer(200, STARTED);
        scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content);
    }
    scene.fails(Failure::Interrupted).ends_with(ErrorKind::Unavailable);
}

#[test]
fn a_sink_that_cannot_go_back_is_not_given_a_second_file() {
    let mut scene = Scene::exporting(export_of("t1").one_pass().route(Route::Synchronous), Policy::default());
    scene.asks(Call::SynchronousExport).fails(Failure::Interrupted);
    scene.asks(Call::SynchronousExport).file(&ZIP[..9], None);
    scene.ends_with(ErrorKind::Unavailable);
}

#[test]
fn a_synchronous_export_that_times_out_at_the_gateway_is_asked_once_more() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous), Policy::default());
    scene.asks(Call::SynchronousExport).answer(504, r#"{"error_msg":"Timeout Error."}"#);
    scene.asks(Call::SynchronousExport).answer(504, r#"{"error_msg":"Timeout Error."}"#);
    assert!(scene.ends_with(ErrorKind::Unavailable).to_string().contains("Timeout Error"));
}

#[test]
fn a_server_that_starts_exports_and_hands_out_no_file_makes_no_sense() {
    let mut scene = finished();
    let login: &[(&str, &str)] = &[("location", "https://elsewhere.example/accounts/login/")];
    scene.answer_with(302, login, "").asks(Call::Content).answer_with(302, login, "");
    scene.asks(Call::SynchronousExport).answer(404, HTML).ends_with(ErrorKind::BadAnswer);
}

#[test]
fn fact_8_a_full_queue_is_waited_out_in_one_request_too() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous), Policy::default());
    for _ in 0..3 {
        scene.asks(Call::SynchronousExport).answer(500, r#"{"error_msg":"Internal Server Error."}"#);
    }
    assert_eq!(route(scene.asks(Call::SynchronousExport).file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_password_is_refused_by_servers_that_do_not_know_it() {
    let export = export_of("t1").password(Password::new("geheim").unwrap());
    let mut scene = Scene::exporting(export, Policy::default());
    scene.asks(Call::SynchronousExport).answer(404, HTML);
    let error = scene.ends_with(ErrorKind::Unsupported);
    assert!(!format!("{error:?} {error}").contains("geheim"));
}

#[test]
fn dots_go_by_the_synchronous_export_only() {
    for name in [".", ".."] {
        Scene::exporting(export_of(name), Policy::default()).asks(Call::SynchronousExport);
    }
}

#[test]
fn a_missing_base_ends_it_in_the_servers_words() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(404, NO_BASE);
    let error = scene.ends_with(ErrorKind::Refused);
    assert!(error.to_string().contains("DTable t1 not found"), "{error}");
}

#[test]
fn a_resumed_export_goes_where_files_are_known_to_be() {
    let mut scene = Scene::resuming(Resume { route: Some(Route::Site), ..resume_of(TaskKind::Export) });
    scene.asks(Call::Status).answer(200, FINISHED);
    assert!(scene.asked().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
}

#[test]
fn a_whole_zip_of_another_length_than_announced_is_broken() {
    let mut scene = finished();
    scene.file(ZIP, Some(23)).asks(Call::StartExport);
}

#[test]
fn a_resumed_export_without_its_place_cannot_begin_anew() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK);
    scene.asks(Call::Content).answer(404, r#"{"error_msg":"file not found."}"#);
    assert_eq!(scene.ends_with(ErrorKind::Refused).status().unwrap().as_u16(), 404);
}

#[test]
fn a_file_that_is_not_there_ends_it_unless_the_end_was_in_doubt() {
    let gone = r#"{"error_msg":"file not found."}"#;
    assert_eq!(finished().answer(404, gone).ends_with(ErrorKind::Refused).status().unwrap().as_u16(), 404);

    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).fails(Failure::Interrupted);
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK).asks(Call::Content);
    scene.answer(403, r#"{"error_msg":"Permission denied."}"#).ends_with(ErrorKind::Refused);
}

#[test]
fn a_server_with_no_way_to_export_is_asked_each_way_once() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous), Policy::default());
    scene.asks(Call::SynchronousExport).answer(404, HTML).asks(Call::StartExport).answer(404, HTML);
    scene.ends_with(ErrorKind::Refused);
}

#[test]
fn nothing_is_handed_out_with_an_empty_piece() {
    let export = export_of("t1").one_pass().route(Route::Synchronous);
    let mut scene = Scene::exporting(export, Policy::default());
    scene.asks(Call::SynchronousExport);
    let _ = scene.task.head(&file_head(None));
    let _ = scene.task.chunk(b"");
    scene.fails(Failure::Interrupted).asks(Call::SynchronousExport);
}

#[test]
fn progress_counts_what_came() {
    let mut scene = finished();
    let _ = scene.task.head(&file_head(Some(22)));
    let _ = scene.task.chunk(&ZIP[..9]);
    let progress = scene.task.progress();
    assert_eq!((progress.received, progress.announced, progress.polls), (9, Some(22), 1));
}
