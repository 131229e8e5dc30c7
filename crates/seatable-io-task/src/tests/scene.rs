//! An operation, a virtual clock, and a server whose responses the test gives.

use std::time::Duration;

use http::response::Parts;
use http::{HeaderName, Response};
use seatable_io_proto::{BaseName, BaseUuid, FileName, Format, Server, TaskId, TaskKind, Token};

use crate::{
    Call, ErrorKind, Exchange, Export, Failure, Import, Intake, Operation, OperationError, Outcome, Policy,
    Resume, Step,
};

pub(super) const STARTED: &str = r#"{"task_id":"1582970303923","table":{"id":87,"workspace_id":1,
    "uuid":"d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482","name":"t1","creator":"a","modifier":"a",
    "created_at":"2020-02-29T09:58:23+00:00","updated_at":"2020-02-29T09:58:23+00:00"}}"#;
pub(super) const DONE_AT_ONCE: &str = r#"{"table":{"id":87,"workspace_id":1,"uuid":"d09b6bcc","name":"t1"}}"#;
pub(super) const PREVIEW: &str = r#"{"task_id":"4f0e","dtable_name":"t1"}"#;
pub(super) const NOT_ALLOWED: &str = r#"{"detail":"Method \"GET\" not allowed."}"#;
pub(super) const RUNNING: &str = r#"{"is_finished":false}"#;
pub(super) const FINISHED: &str = r#"{"is_finished": true}"#;
pub(super) const SUCCESS: &str = r#"{"success": true}"#;
pub(super) const UNKNOWN_TASK: &str = r#"{"error_msg":"task_id invalid."}"#;
/// The message of a current server, with 404.
pub(super) const TASK_NOT_FOUND: &str = r#"{"error_msg":"task_id not found."}"#;
pub(super) const NO_BASE: &str = r#"{"error_msg":"DTable t1 not found."}"#;
pub(super) const INTERNAL_ERROR: &str = r#"{"error_msg":"Internal Server Error"}"#;
pub(super) const HTML: &str = "<html><body>Sign in</body></html>";
/// A zip with one empty entry.
pub(super) const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0a\
    PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a\
    PK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x1f\0\0\0\0\0";
/// A zip without entries: its end record alone.
pub(super) const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

pub(super) const SEED: u128 = 0x5ea7_ab1e;
pub(super) const FILE_LEN: u64 = 100;

pub(super) struct Scene {
    life: Option<Life>,
    pub(super) now: Duration,
    pub(super) waited: Duration,
}

#[derive(Debug)]
enum Life {
    Operation(Operation),
    InFlight(Exchange),
    Over(Result<Outcome, OperationError>),
}

pub(super) fn server() -> Server {
    Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86039fdffcf1be6383797b437f").unwrap())
        .unwrap()
}

pub(super) fn import_of(format: Format) -> Import {
    Import::new(1, FileName::new("t1", format).unwrap(), FILE_LEN).unwrap()
}

pub(super) fn export_of(name: &str) -> Export {
    Export::new(1, BaseName::new(name).unwrap())
}

pub(super) fn export_by_uuid(uuid: &str) -> Export {
    Export::by_uuid(BaseUuid::new(uuid).unwrap()).unwrap()
}

pub(super) fn resume_of(kind: TaskKind) -> Resume {
    Resume::new(kind, TaskId::new("1582970303923").unwrap(), BaseUuid::new("d09b6bcc").unwrap())
}

impl From<Operation> for Scene {
    fn from(operation: Operation) -> Self {
        Self {
            life: Some(Life::Operation(operation)),
            now: Duration::from_secs(1000),
            waited: Duration::ZERO,
        }
    }
}

impl Scene {
    pub(super) fn import() -> Self {
        Self::importing(import_of(Format::Dtable), Policy::default())
    }

    pub(super) fn importing(import: Import, policy: Policy) -> Self {
        Operation::import(server(), import, policy, SEED).into()
    }

    pub(super) fn export() -> Self {
        Self::exporting(export_of("t1"))
    }

    pub(super) fn exporting(export: Export) -> Self {
        Operation::export(server(), export, Policy::default(), SEED).into()
    }

    pub(super) fn resuming(resume: Resume) -> Self {
        Operation::resume(server(), resume, Policy::default(), SEED).into()
    }

    /// Starts a task with this call, and reports that it is running.
    pub(super) fn task_runs(&mut self, start: Call) -> &mut Self {
        self.requests(start).respond(200, STARTED).requests(Call::QueryStatus).respond(200, RUNNING)
    }

    /// Starts a task with this call, and reports that it has finished.
    pub(super) fn task_finishes(&mut self, start: Call) -> &mut Self {
        self.requests(start).respond(200, STARTED).requests(Call::QueryStatus).respond(200, FINISHED)
    }

    /// Returns the operation, between two requests.
    pub(super) fn operation(&mut self) -> &mut Operation {
        match &mut self.life {
            Some(Life::Operation(operation)) => operation,
            other => panic!("there is no operation: {other:?}"),
        }
    }

    /// Returns the request in flight.
    pub(super) fn exchange(&mut self) -> &mut Exchange {
        match &mut self.life {
            Some(Life::InFlight(exchange)) => exchange,
            other => panic!("nothing is in flight: {other:?}"),
        }
    }

    /// Skips waits until the operation makes a request or is over.
    fn go_on(&mut self) {
        self.waited = Duration::ZERO;
        while let Some(Life::Operation(operation)) =
            self.life.take_if(|life| matches!(life, Life::Operation(_)))
        {
            self.life = Some(match operation.step(self.now) {
                Step::Send(exchange) => Life::InFlight(exchange),
                Step::Done(end) => Life::Over(end),
                Step::Wait(operation, until) => {
                    assert!(until > self.now, "a wait ends in the future");
                    self.waited += until - self.now;
                    self.now = until;
                    Life::Operation(operation)
                }
            });
        }
    }

    /// Returns the end of the current wait. Panics if the operation does not wait.
    pub(super) fn waits_until(&mut self) -> Duration {
        let Some(Life::Operation(operation)) = self.life.take() else { panic!("there is no operation") };
        match operation.step(self.now) {
            Step::Wait(operation, until) => {
                self.life = Some(Life::Operation(operation));
                until
            }
            step => panic!("it does not wait: {step:?}"),
        }
    }

    /// Skips waits until the operation makes a request, which must be `call`.
    pub(super) fn requests(&mut self, call: Call) -> &mut Self {
        self.go_on();
        let Some(Life::InFlight(exchange)) = &self.life else {
            panic!("it makes no request: {:?}", self.life)
        };
        assert_eq!(exchange.progress().call, Some(call));
        self
    }

    /// Skips waits until the operation requests to cancel; the poll before that, of an import, shows that the task is running.
    pub(super) fn requests_to_cancel(&mut self) -> &mut Self {
        self.go_on();
        if self.exchange().progress().call == Some(Call::QueryStatus) {
            self.respond(200, RUNNING);
        }
        self.requests(Call::CancelTask)
    }

    /// Lets the server confirm the cancellation, and delete the base of an import, as older servers do.
    pub(super) fn is_cancelled(&mut self) -> &mut Self {
        self.respond(200, SUCCESS);
        if !self.is_over() {
            self.requests(Call::QueryStatus).respond(400, UNKNOWN_TASK);
        }
        self
    }

    /// Skips waits until the operation makes a request.
    pub(super) fn requests_anything(&mut self) -> &mut Self {
        self.go_on();
        self
    }

    pub(super) fn requested(&mut self) -> String {
        self.go_on();
        let request = self.exchange().request();
        format!("{} {}", request.method(), request.uri())
    }

    pub(super) fn is_over(&mut self) -> bool {
        self.go_on();
        matches!(self.life, Some(Life::Over(_)))
    }

    pub(super) fn respond(&mut self, status: u16, body: &str) -> &mut Self {
        self.respond_with(status, &[], body)
    }

    /// Lets the server respond after the whole request was sent.
    pub(super) fn respond_with(&mut self, status: u16, headers: &[(&str, &str)], body: &str) -> &mut Self {
        let file = self.exchange().request().body().file_len();
        self.exchange().sent(file);
        assert_eq!(self.exchange().head(&head(status, headers)), Intake::Read);
        let _ = self.exchange().chunk(body.as_bytes());
        self.finishes()
    }

    /// Lets the server respond with a file, in one piece.
    pub(super) fn file(&mut self, bytes: &[u8], announced: Option<u64>) -> &mut Self {
        assert_eq!(self.exchange().head(&file_head(announced)), Intake::Save { len: announced });
        let _ = self.exchange().chunk(bytes);
        self.finishes()
    }

    pub(super) fn finishes(&mut self) -> &mut Self {
        self.ends_exchange(Exchange::finished)
    }

    pub(super) fn fails(&mut self, why: Failure) -> &mut Self {
        self.ends_exchange(|exchange, now| exchange.failed(why, now))
    }

    fn ends_exchange(&mut self, end: impl FnOnce(Exchange, Duration) -> Operation) -> &mut Self {
        let Some(Life::InFlight(exchange)) = self.life.take() else { panic!("nothing is in flight") };
        self.life = Some(Life::Operation(end(exchange, self.now)));
        self
    }

    pub(super) fn cancel(&mut self) -> &mut Self {
        match &mut self.life {
            Some(Life::Operation(operation)) => operation.cancel(self.now),
            Some(Life::InFlight(exchange)) => exchange.cancel(self.now),
            _ => {}
        }
        self
    }

    pub(super) fn end(&mut self) -> Result<Outcome, OperationError> {
        self.go_on();
        match &self.life {
            Some(Life::Over(end)) => end.clone(),
            other => panic!("it goes on: {other:?}"),
        }
    }

    pub(super) fn ends_well(&mut self) -> Outcome {
        self.end().unwrap()
    }

    pub(super) fn ends_with(&mut self, kind: ErrorKind) -> OperationError {
        let error = self.end().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        error
    }
}

pub(super) fn head(status: u16, headers: &[(&str, &str)]) -> Parts {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name.parse::<HeaderName>().unwrap(), *value);
    }
    response.body(()).unwrap().into_parts().0
}

pub(super) fn file_head(announced: Option<u64>) -> Parts {
    let mut head = head(200, &[("content-type", "application/x-zip-compressed")]);
    head.headers.extend(announced.map(|len| (http::header::CONTENT_LENGTH, len.into())));
    head
}
