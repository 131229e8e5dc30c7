use std::time::Duration;

use seatable_io_proto::{Password, TaskKind};

use super::scene::*;
use crate::{Call, Cause, ErrorKind, Exported, Failure, Outcome, Policy, Route, Task};

const EMPTY_LEN: Option<u64> = Some(ZIP.len() as u64);

fn finished() -> Scene {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED);
    scene.asks(Call::Status).answer(200, FINISHED);
    scene.asks(Call::Content);
    scene
}

/// An export into a pipe, in one request.
fn piping() -> Scene {
    let export = export_of("t1").route(Route::Synchronous);
    Task::export(server(), export, Policy::default(), SEED).one_pass().into()
}

fn exported(scene: &mut Scene) -> Exported {
    let Outcome::Exported(exported) = scene.ends_well() else { panic!() };
    assert_eq!(exported.bytes, ZIP.len() as u64);
    exported
}

fn route(scene: &mut Scene) -> Route {
    exported(scene).route
}

#[test]
fn a_server_of_2020_hands_the_file_out_under_api() {
    let mut scene = finished();
    assert!(
        scene.asked().contains("/api/v2.1/dtable-export-content/?task_id=1582970303923&dtable_uuid=d09b6bcc")
    );
    let exported = exported(scene.file(ZIP, EMPTY_LEN));
    assert_eq!((exported.route, exported.base.unwrap().name.as_str()), (Route::Api, "t1"));
    assert_eq!(exported.task.unwrap().as_str(), "1582970303923");
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
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.asks(Call::SynchronousExport).answer(404, HTML);
    scene.asks(Call::StartExport).answer(200, STARTED);

    let mut scene = Scene::exporting(export_of("t1").route(Route::Site));
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
    assert!(scene.asked().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
    scene.answer(404, HTML);
    assert!(scene.asked().starts_with("GET https://cloud.seatable.io/api/v2.1/dtable-export-content/"));
    assert_eq!(route(scene.file(ZIP, None)), Route::Api);
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
    let _ = scene.exchange().head(&file_head(None));
    assert!(!scene.exchange().chunk(HTML.as_bytes()));
    scene.finishes().asks(Call::Content);
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
    let mut scene = piping();
    scene.asks(Call::SynchronousExport).fails(Failure::Interrupted);
    scene.asks(Call::SynchronousExport).file(&ZIP[..9], None);
    scene.ends_with(ErrorKind::Unavailable);
}

#[test]
fn a_synchronous_export_that_times_out_at_the_gateway_is_asked_once_more() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.asks(Call::SynchronousExport).answer(504, r#"{"error_msg":"Timeout Error."}"#);
    scene.asks(Call::SynchronousExport).answer(504, r#"{"error_msg":"Timeout Error."}"#);
    assert!(scene.ends_with(ErrorKind::Unavailable).to_string().contains("Timeout Error"));
}

#[test]
fn without_new_exports_a_timeout_of_the_gateway_ends_the_task() {
    let policy = Policy { new_exports: 0, ..Policy::default() };
    let mut scene = Scene::from(Task::export(server(), export_of("."), policy, SEED));
    scene.asks(Call::SynchronousExport).answer(504, HTML).ends_with(ErrorKind::Unavailable);
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
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..3 {
        scene.asks(Call::SynchronousExport).answer(500, r#"{"error_msg":"Internal Server Error."}"#);
    }
    assert_eq!(route(scene.asks(Call::SynchronousExport).file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_password_is_refused_by_servers_that_do_not_know_it() {
    let export = export_of("t1").password(Password::new("geheim").unwrap());
    let mut scene = Scene::exporting(export);
    scene.asks(Call::SynchronousExport).answer(404, HTML);
    let error = scene.ends_with(ErrorKind::Unsupported);
    assert!(!format!("{error:?} {error}").contains("geheim"));
}

#[test]
fn dots_go_by_the_synchronous_export_only() {
    for name in [".", ".."] {
        Scene::exporting(export_of(name)).asks(Call::SynchronousExport);
    }
}

#[test]
fn a_missing_base_ends_it_in_the_servers_words() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(404, NO_BASE);
    let error = scene.ends_with(ErrorKind::NotFound);
    assert!(error.to_string().contains("DTable t1 not found"), "{error}");
}

#[test]
fn a_resumed_export_goes_where_files_are_known_to_be() {
    let mut resume = resume_of(TaskKind::Export);
    resume.route = Some(Route::Site);
    let mut scene = Scene::resuming(resume);
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
    assert_eq!(scene.ends_with(ErrorKind::NotFound).status().unwrap().as_u16(), 404);
}

#[test]
fn a_file_that_is_not_there_ends_it_unless_the_end_was_in_doubt() {
    let gone = r#"{"error_msg":"file not found."}"#;
    assert_eq!(finished().answer(404, gone).ends_with(ErrorKind::NotFound).status().unwrap().as_u16(), 404);
    finished().answer(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownTask);

    let mut again = finished();
    again.fails(Failure::Interrupted).asks(Call::StartExport).answer(200, STARTED);
    again.asks(Call::Status).answer(200, FINISHED).asks(Call::Content);
    again.answer(404, gone).ends_with(ErrorKind::NotFound);

    let mut reported = Scene::export();
    reported.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).fails(Failure::Interrupted);
    reported.asks(Call::Status).answer(200, FINISHED).asks(Call::Content);
    reported.answer(404, gone).ends_with(ErrorKind::NotFound);
}

#[test]
fn a_refusal_ends_a_download_even_if_the_end_was_in_doubt() {
    for (status, body, kind) in [
        (403, r#"{"error_msg":"Permission denied."}"#, ErrorKind::Forbidden),
        (413, HTML, ErrorKind::Rejected),
    ] {
        let mut scene = Scene::export();
        scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).fails(Failure::Interrupted);
        scene.asks(Call::Status).answer(400, UNKNOWN_TASK).asks(Call::Content);
        scene.answer(status, body).ends_with(kind);
    }
}

#[test]
fn a_server_with_no_way_to_export_is_asked_each_way_once() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    scene.asks(Call::SynchronousExport).answer(404, HTML).asks(Call::StartExport).answer(404, HTML);
    scene.ends_with(ErrorKind::NotFound);
}

#[test]
fn nothing_is_handed_out_with_an_empty_piece() {
    let mut scene = piping();
    scene.asks(Call::SynchronousExport);
    let _ = scene.exchange().head(&file_head(None));
    let _ = scene.exchange().chunk(b"");
    scene.fails(Failure::Interrupted).asks(Call::SynchronousExport);
}

#[test]
fn a_page_is_not_handed_out_so_a_pipe_can_take_another_file() {
    let mut scene = piping();
    scene.asks(Call::SynchronousExport).file(HTML.as_bytes(), None);
    assert_eq!(route(scene.asks(Call::SynchronousExport).file(ZIP, None)), Route::Synchronous);
}

#[test]
fn progress_counts_what_came() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(Some(22)));
    let _ = scene.exchange().chunk(&ZIP[..9]);
    let progress = scene.exchange().progress();
    assert_eq!((progress.received, progress.announced, progress.polls), (9, Some(22), 1));
}

#[test]
fn an_export_in_one_request_names_neither_the_task_nor_the_base_of_an_earlier_one() {
    let mut scene = finished();
    scene.answer(404, HTML).asks(Call::Content).answer(404, HTML);
    let exported = exported(scene.asks(Call::SynchronousExport).file(ZIP, None));
    assert_eq!((exported.base, exported.task), (None, None));
}

#[test]
fn what_fails_after_a_change_of_route_cannot_be_resumed() {
    let mut scene = finished();
    scene.answer(404, HTML).asks(Call::Content).answer(404, HTML);
    scene.asks(Call::SynchronousExport).answer(403, "{}");
    assert_eq!(scene.ends_with(ErrorKind::Forbidden).resume(), None);
}

#[test]
fn a_new_export_is_polled_as_the_first_was() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED);
    for _ in 0..10 {
        scene.asks(Call::Status).answer(200, RUNNING);
    }
    scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content).fails(Failure::Interrupted);
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status);
    assert_eq!(scene.exchange().progress().polls, 0);
    scene.answer(200, RUNNING).asks(Call::Status);
    assert_eq!(scene.waited.as_millis(), 250);
}

#[test]
fn a_new_export_starts_without_the_doubts_of_the_last() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).fails(Failure::Interrupted);
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK).asks(Call::Content).fails(Failure::Interrupted);
    scene.asks(Call::StartExport);
    scene.answer(200, &STARTED.replace("1582970303923", "new")).asks(Call::Status);
    assert!(scene.asked().ends_with("?task_id=new"));
    scene.answer(400, UNKNOWN_TASK).ends_with(ErrorKind::TaskFailed);
}

#[test]
fn until_a_new_export_is_started_there_is_nothing_to_resume() {
    let mut scene = finished();
    scene.fails(Failure::Interrupted);
    assert_eq!(scene.task().to_resume(), None);
    let error = scene.cancel().ends_with(ErrorKind::Cancelled);
    assert_eq!((error.resume(), error.may_still_run()), (None, false));
}

#[test]
fn a_download_that_fails_after_a_lost_end_can_be_resumed_in_doubt() {
    let mut scene = finished();
    scene.answer(403, "{}");
    assert!(scene.ends_with(ErrorKind::Forbidden).resume().unwrap().doubt);
}

#[test]
fn a_file_that_the_drivers_own_check_finds_damaged_is_exported_again() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    let _ = scene.exchange().chunk(ZIP);
    scene.fails(Failure::Damaged);
    assert_eq!(scene.task().progress().cause, Some(Cause::Damaged));
    scene.asks(Call::StartExport);
}

#[test]
fn a_whole_file_whose_exchange_failed_is_not_taken() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    assert!(scene.exchange().chunk(ZIP) && scene.exchange().is_whole());
    scene.fails(Failure::Interrupted).asks(Call::StartExport);
}

#[test]
fn an_answer_without_a_byte_is_no_file_and_another_route_is_taken() {
    finished().file(b"", None).asks(Call::Content);
}

#[test]
fn a_file_that_cannot_be_written_ends_the_task() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    let _ = scene.exchange().chunk(ZIP);
    let error = scene.fails(Failure::LocalFile).ends_with(ErrorKind::LocalFile);
    assert!(!error.may_still_run() && error.resume().is_some());
}

#[test]
fn a_resumed_download_into_a_pipe_is_not_repeated() {
    let mut resume = resume_of(TaskKind::Export);
    resume.place = Some((1, seatable_io_proto::BaseName::new("t1").unwrap()));
    let mut scene = Scene::from(Task::resume(server(), resume, Policy::default(), SEED).one_pass());
    scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content).file(&ZIP[..9], None);
    scene.ends_with(ErrorKind::Unavailable);
}

#[test]
fn a_pipe_that_has_a_byte_gets_no_other_file_even_if_the_next_byte_shows_a_page() {
    let mut scene = piping();
    scene.asks(Call::SynchronousExport);
    let _ = scene.exchange().head(&file_head(None));
    assert!(scene.exchange().chunk(b"PK") && !scene.exchange().chunk(b"!"));
    scene.finishes().ends_with(ErrorKind::BadAnswer);
}

#[test]
fn without_waiting_an_export_ends_when_it_is_accepted() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous).no_wait());
    scene.asks(Call::StartExport).answer(200, STARTED);
    let Outcome::Accepted(accepted) = scene.ends_well() else { panic!() };
    assert_eq!(accepted.resume.kind, TaskKind::Export);
}

#[test]
fn an_export_that_is_not_to_be_waited_for_needs_a_task() {
    let mut scene = Scene::exporting(export_of("t1").no_wait());
    scene.asks(Call::StartExport).answer(405, NOT_ALLOWED).ends_with(ErrorKind::Unsupported);
    Scene::exporting(export_of(".").no_wait()).ends_with(ErrorKind::Unsupported);
}

#[test]
fn without_assets_an_export_goes_in_one_request() {
    let mut scene = Scene::exporting(export_of("t1").without_assets());
    assert!(scene.asked().ends_with("/synchronous-export/export-dtable/?dtable_name=t1&ignore_asset=true"));
}

#[test]
fn a_new_export_waits_first_and_says_why() {
    let mut scene = finished();
    scene.fails(Failure::TimedOut);
    assert_eq!(scene.task().progress().cause, Some(Cause::TimedOut));
    scene.asks(Call::StartExport);
    assert!(scene.waited >= Duration::from_millis(375), "{:?}", scene.waited);
}

#[test]
fn a_route_that_is_gone_is_not_taken_again() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(404, HTML).asks(Call::SynchronousExport).answer(404, HTML);
    scene.ends_with(ErrorKind::NotFound);

    let page: &[(&str, &str)] = &[("content-type", "text/html")];
    let mut scene = finished();
    scene.answer_with(200, page, HTML).asks(Call::Content).answer(404, HTML);
    scene.asks(Call::Content).answer_with(200, page, HTML).asks(Call::SynchronousExport);
}
