use std::time::Duration;

use seatable_io_proto::{BaseUuid, FileName, Format, Server, TaskId, TaskKind, Token};
use seatable_io_task::{Import, Operation, Policy, Step};
use seatable_io_ureq::http::Response;

use super::*;

#[test]
fn exit_codes_are_those_of_the_contract() {
    let kinds = [
        (Kind::Io, 1),
        (Kind::BadResponse, 1),
        (Kind::Usage, 2),
        (Kind::Auth, 3),
        (Kind::NotFound, 4),
        (Kind::Rejected, 5),
        (Kind::BadFile, 5),
        (Kind::TaskFailed, 6),
        (Kind::Timeout, 7),
        (Kind::UnknownOutcome, 8),
        (Kind::Unavailable, 9),
        (Kind::Cancelled, 130),
    ];
    assert!(kinds.iter().all(|(kind, code)| kind.exit() == *code));
}

#[test]
fn a_task_of_another_server_is_not_found() {
    let server = Server::new("https://a.example/", Token::new("0303f89b3607fb86").unwrap()).unwrap();
    let (task, base) = (TaskId::new("15").unwrap(), BaseUuid::new("d0").unwrap());
    let mut resume = Resume::new(TaskKind::Export, task, base);
    resume.server = Some("https://b.example/".to_owned());
    let task = Operation::resume(server, resume, Policy::default(), 7);
    let Step::Done(Err(error)) = task.step(Duration::ZERO) else { panic!("it goes on") };
    let failure = Failure::from(&error);
    assert_eq!((failure.kind, failure.status()), (Kind::NotFound, "failed"));
}

/// The error of an import that a gateway answered.
fn import_error(status: u16) -> OperationError {
    let server = Server::new("https://a.example/", Token::new("0303f89b3607fb86").unwrap()).unwrap();
    let import = Import::new(1, FileName::new("a", Format::Dtable).unwrap(), 9).unwrap();
    let task = Operation::import(server, import, Policy::default(), 7);
    let Step::Send(mut exchange) = task.step(Duration::ZERO) else { panic!("it waits") };
    let head = Response::builder().status(status).header("content-type", "text/plain").body(()).unwrap();
    exchange.head(&head.into_parts().0);
    let _ = exchange.chunk(b"later");
    let Step::Done(Err(error)) = exchange.finished(Duration::ZERO).step(Duration::ZERO) else {
        panic!("it goes on")
    };
    error
}

#[test]
fn a_file_that_failed_is_the_matter_and_what_to_do_about_its_task_only_if_a_base_may_exist() {
    for (status, left) in [(503, "; the base may or may not have been imported"), (401, "")] {
        let failure = Failure::from(Error::Source(io::Error::other("bad"), Some(import_error(status))));
        assert_eq!((failure.kind, failure.message), (Kind::Io, format!("cannot send the file: bad{left}")));
        assert_eq!((failure.unknown, failure.task.is_some()), (status == 503, status == 503));
    }
}

#[test]
fn an_import_that_may_have_happened_is_not_told_in_the_words_of_a_busy_server() {
    let failure = Failure::from(&import_error(503));
    assert!(
        failure.unknown && failure.line_message().contains("\"a\" may or may not have been imported"),
        "{failure:?}"
    );
}

#[test]
fn an_unknown_outcome_is_neither_failed_nor_cancelled() {
    let failure = Failure { unknown: true, ..Failure::new(Kind::Cancelled, "stopped") };
    assert_eq!(failure.status(), "unknown");
    assert_eq!(Failure::new(Kind::UnknownOutcome, "").status(), "unknown");
    assert_eq!(Failure::new(Kind::Timeout, "").status(), "failed");
}
