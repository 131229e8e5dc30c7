//! How a server exports is found out once for all operations of an account.

use std::time::Duration;

use seatable_io_proto::{Password, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, Pace, Policy, Route};

fn exporting(pace: &Pace, base: &str) -> Scene {
    Operation::export(server(), export_of(base), Policy::default(), SEED).paced(pace).into()
}

/// The first call of the next export.
fn next(pace: &Pace) -> Call {
    let mut scene = exporting(pace, "next");
    scene.requests_anything();
    scene.exchange().progress().call.unwrap()
}

#[test]
fn a_server_that_starts_no_task_for_an_export_is_asked_only_once() {
    let pace = Pace::default();
    exporting(&pace, "a").requests(Call::StartExport).respond(405, NOT_ALLOWED);
    assert_eq!(next(&pace), Call::SynchronousExport);
    assert_eq!(next(&Pace::default()), Call::StartExport, "another server may differ");
}

#[test]
fn a_file_shows_how_the_server_exports() {
    let pace = Pace::default();
    let mut dots =
        Scene::from(Operation::export(server(), export_of("."), Policy::default(), SEED).paced(&pace));
    dots.requests(Call::SynchronousExport).file(ZIP, None).ends_well();
    assert_eq!(next(&pace), Call::SynchronousExport);
}

#[test]
fn any_response_of_the_application_shows_how_it_exports() {
    for (status, body) in [
        (400, r#"{"error_msg":"password invalid."}"#),
        (403, r#"{"error_msg":"Permission denied."}"#),
        (404, NO_BASE),
        (500, INTERNAL_ERROR),
        (504, r#"{"error_msg":"Timeout Error."}"#),
    ] {
        let pace = Pace::default();
        let locked = export_of("locked").password(Password::new("geheim").unwrap());
        let mut locked =
            Scene::from(Operation::export(server(), locked, Policy::default(), SEED).paced(&pace));
        locked.requests(Call::SynchronousExport).respond(status, body);
        assert_eq!(next(&pace), Call::SynchronousExport, "{status}");
    }
}

#[test]
fn a_response_from_elsewhere_shows_nothing() {
    for (status, body) in [(401, r#"{"detail":"Invalid token"}"#), (403, HTML), (502, HTML), (504, HTML)] {
        let pace = Pace::default();
        let mut dots =
            Scene::from(Operation::export(server(), export_of("."), Policy::default(), SEED).paced(&pace));
        dots.requests(Call::SynchronousExport).respond(status, body);
        assert_eq!(next(&pace), Call::StartExport, "{status}");
    }
}

#[test]
fn a_server_without_exports_in_one_request_is_not_asked_for_one_again() {
    let pace = Pace::default().route(Route::Synchronous);
    exporting(&pace, "a").requests(Call::SynchronousExport).respond(404, HTML).requests(Call::StartExport);
    assert_eq!(next(&pace), Call::StartExport);
}

#[test]
fn the_address_of_files_of_tasks_is_learned() {
    let pace = Pace::default();
    let mut first = exporting(&pace, "a");
    first.task_finishes(Call::StartExport);
    first.requests(Call::ExportContent).respond(404, HTML).requests(Call::ExportContent).file(ZIP, None);
    let mut second = exporting(&pace, "b");
    second.task_finishes(Call::StartExport);
    assert!(second.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
    assert!(exporting(&pace, "c").requests(Call::StartExport).respond(404, NO_BASE).is_over());
    let mut third = exporting(&pace, "d");
    third.task_finishes(Call::StartExport);
    assert!(third.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
}

#[test]
fn a_resumed_task_does_not_unlearn_that_a_current_server_exports_in_one_request() {
    let pace = Pace::default();
    exporting(&pace, "a").requests(Call::StartExport).respond(405, NOT_ALLOWED);
    let resumed = Operation::resume(server(), resume_of(TaskKind::Export), Policy::default(), SEED);
    let mut resumed = Scene::from(resumed.paced(&pace));
    resumed
        .requests(Call::QueryStatus)
        .respond(200, FINISHED)
        .requests(Call::ExportContent)
        .respond(404, HTML);
    assert_eq!(next(&pace), Call::SynchronousExport);
}

#[test]
fn other_operations_wait_while_one_finds_out_how_the_server_exports() {
    let pace = Pace::default();
    let [mut first, mut second, mut third] = ["a", "b", "c"].map(|base| exporting(&pace, base));
    first.requests(Call::StartExport);
    for scene in [&mut second, &mut third] {
        assert_eq!(scene.waits_until(), scene.now + Duration::from_millis(50));
    }
    first.respond(405, NOT_ALLOWED);
    second.requests(Call::SynchronousExport);
    third.requests(Call::SynchronousExport);
}

#[test]
fn an_operation_that_finds_out_nothing_leaves_it_to_the_next() {
    let pace = Pace::default();
    let [mut first, mut second, mut third] = ["a", "b", "c"].map(|base| exporting(&pace, base));
    first.requests(Call::StartExport);
    second.waits_until();
    first.fails(Failure::NotSent);
    second.requests(Call::StartExport);
    third.waits_until();
    drop(second);
    third.requests(Call::StartExport);
}

#[test]
fn an_operation_that_needs_another_route_keeps_it() {
    let pace = Pace::default().route(Route::Synchronous);
    let export = export_of("t1").no_wait();
    let mut scene = Scene::from(Operation::export(server(), export, Policy::default(), SEED).paced(&pace));
    scene.requests(Call::StartExport).respond(405, NOT_ALLOWED).ends_with(ErrorKind::Unsupported);
}
