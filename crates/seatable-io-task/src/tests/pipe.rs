//! Sinks that can receive a file only once.

use seatable_io_proto::TaskKind;

use super::export::route;
use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, Policy, Route};

/// An export into a pipe, in one request.
fn piping() -> Scene {
    let export = export_of("t1").route(Route::Synchronous);
    Operation::export(server(), export, Policy::default(), SEED).one_pass().into()
}

#[test]
fn a_pipe_does_not_receive_a_second_file() {
    let mut scene = piping();
    scene.requests(Call::SynchronousExport).fails(Failure::Interrupted);
    scene.requests(Call::SynchronousExport).file(&ZIP[..9], None);
    scene.ends_with(ErrorKind::Unavailable);
}

#[test]
fn a_timeout_of_the_gateway_after_another_problem_ends_the_operation() {
    let mut scene = piping();
    scene.requests(Call::SynchronousExport).fails(Failure::TimedOut);
    scene.requests(Call::SynchronousExport).respond(504, HTML).ends_with(ErrorKind::Unavailable);
}

#[test]
fn an_empty_piece_does_not_count_as_output() {
    let mut scene = piping();
    scene.requests(Call::SynchronousExport);
    let _ = scene.exchange().head(&file_head(None));
    let _ = scene.exchange().chunk(b"");
    scene.fails(Failure::Interrupted).requests(Call::SynchronousExport);
}

#[test]
fn a_page_does_not_reach_a_pipe_so_it_can_receive_another_file() {
    let mut scene = piping();
    scene.requests(Call::SynchronousExport).file(HTML.as_bytes(), None);
    assert_eq!(route(scene.requests(Call::SynchronousExport).file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_resumed_download_into_a_pipe_is_not_repeated() {
    let mut resume = resume_of(TaskKind::Export);
    resume.place = Some(crate::Place::new(1, seatable_io_proto::BaseName::new("t1").unwrap()));
    let mut scene = Scene::from(Operation::resume(server(), resume, Policy::default(), SEED).one_pass());
    scene
        .requests(Call::QueryStatus)
        .respond(200, FINISHED)
        .requests(Call::ExportContent)
        .file(&ZIP[..9], None);
    scene.ends_with(ErrorKind::Unavailable);
}

#[test]
fn a_pipe_that_received_a_byte_gets_no_other_file_even_if_the_next_byte_shows_a_page() {
    let mut scene = piping();
    scene.requests(Call::SynchronousExport);
    let _ = scene.exchange().head(&file_head(None));
    assert!(scene.exchange().chunk(b"PK") && !scene.exchange().chunk(b"!"));
    scene.finishes().ends_with(ErrorKind::BadAnswer);
}
