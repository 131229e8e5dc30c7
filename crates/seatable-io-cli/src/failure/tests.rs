use std::time::Duration;

use seatable_io_ureq::http::Response;
use seatable_io_ureq::proto::{BaseUuid, FileName, Format, Server, TaskId, TaskKind, Token};
use seatable_io_ureq::task::{Import, Operation, Policy, Step};

use super::*;

#[test]
fn exit_codes_are_those_of_the_contract() {
    let kinds = [
        (Kind::Io, 1),
        (Kind::BadAnswer, 1),
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

/// The error of an import that gets this response.
fn import_error(status: u16, body: &str) -> OperationError {
    let server = Server::new("https://a.example/", Token::new("0303f89b3607fb86").unwrap()).unwrap();
    let import = Import::new(1, FileName::new("a", Format::Dtable).unwrap(), 9).unwrap();
    let task = Operation::import(server, import, Policy::default(), 7);
    let Step::Send(mut exchange) = task.step(Duration::ZERO) else { panic!("it waits") };
    let head = Response::builder().status(status).header("content-type", "text/plain").body(()).unwrap();
    exchange.head(&head.into_parts().0);
    let _ = exchange.chunk(body.as_bytes());
    let Step::Done(Err(error)) = exchange.finished(Duration::ZERO).step(Duration::ZERO) else {
        panic!("it goes on")
    };
    error
}

#[test]
fn a_local_file_that_fails_is_the_reason_and_its_operation_gives_a_hint_only_if_a_base_may_exist() {
    for (status, left) in [(503, "; the base may or may not have been imported"), (401, "")] {
        let failure = Failure::from(
            Error::from_source(io::Error::other("bad")).with_operation(import_error(status, "later")),
        );
        assert_eq!((failure.kind, &failure.message), (Kind::Io, &format!("cannot send the file: bad{left}")));
        assert_eq!((failure.is_unknown(), failure.to_advise().is_some()), (status == 503, status == 503));
    }
}

#[test]
fn an_import_that_may_have_happened_is_not_reported_in_the_words_of_a_busy_server() {
    let failure = Failure::from(&import_error(503, "later"));
    assert!(
        failure.is_unknown() && failure.line_message().contains("\"a\" may or may not have been imported"),
        "{failure:?}"
    );
}

#[test]
fn the_servers_words_are_the_message_of_its_line() {
    let failure = Failure::from(&import_error(400, r#"{"error_msg":"Table a already exists."}"#));
    assert_eq!((failure.kind, failure.line_message()), (Kind::Rejected, "Table a already exists."));
    assert_ne!(failure.message, failure.line_message());
}

#[test]
fn an_unknown_outcome_is_neither_failed_nor_cancelled() {
    let error = Some(import_error(503, "later"));
    let failure = Failure { error, ..Failure::new(Kind::Cancelled, "stopped") };
    assert_eq!((failure.status(), failure.exit()), ("unknown", 8));
    assert_eq!(Failure::new(Kind::Timeout, "").status(), "failed");
}
