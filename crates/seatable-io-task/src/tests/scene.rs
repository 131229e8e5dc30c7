//! A task, a virtual clock and a server that says what the test says.

use std::time::{Duration, Instant};

use http::response::Parts;
use http::{HeaderName, Response};
use seatable_io_proto::{BaseName, BaseUuid, FileName, Format, Server, TaskId, TaskKind, Token};

use crate::{
    Call, ErrorKind, Export, Failure, Import, Intake, Outcome, Policy, Resume, Step, Task, TaskError,
};

pub(super) const STARTED: &str = r#"{"task_id":"1582970303923","table":{"id":87,"workspace_id":1,
    "uuid":"d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482","name":"t1","creator":"a","modifier":"a",
    "created_at":"2020-02-29T09:58:23+00:00","updated_at":"2020-02-29T09:58:23+00:00"}}"#;
pub(super) const DONE_AT_ONCE: &str = r#"{"table":{"id":87,"workspace_id":1,"uuid":"d09b6bcc","name":"t1"}}"#;
pub(super) const PREVIEW: &str = r#"{"task_id":"4f0e","dtable_name":"t1"}"#;
pub(super) const RUNNING: &str = r#"{"is_finished":false}"#;
pub(super) const FINISHED: &str = r#"{"is_finished": true}"#;
pub(super) const SUCCESS: &str = r#"{"success": true}"#;
pub(super) const UNKNOWN_TASK: &str = r#"{"error_msg":"task_id invalid."}"#;
pub(super) const NO_BASE: &str = r#"{"error_msg":"DTable t1 not found."}"#;
pub(super) const HTML: &str = "<html><body>Sign in</body></html>";
/// An empty zip: its end record alone.
pub(super) const ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

pub(super) struct Scene {
    pub(super) task: Task,
    pub(super) now: Instant,
    pub(super) waited: Duration,
    call: Option<Call>,
}

pub(super) fn server() -> Server {
    Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86039fdffcf1be6383797b437f").unwrap())
        .unwrap()
}

pub(super) fn import_of(format: Format) -> Import {
    Import::new(1, FileName::new("t1", format).unwrap(), 100).unwrap()
}

pub(super) fn export_of(name: &str) -> Export {
    Export::new(1, BaseName::new(name).unwrap())
}

pub(super) fn resume_of(kind: TaskKind) -> Resume {
    Resume::new(kind, TaskId::new("1582970303923").unwrap(), BaseUuid::new("d09b6bcc").unwrap())
}

impl Scene {
    pub(super) fn new(make: impl FnOnce(Instant) -> Task) -> Self {
        let now = Instant::now();
        Self { task: make(now), now, waited: Duration::ZERO, call: None }
    }

    pub(super) fn import() -> Self {
        Self::importing(import_of(Format::Dtable), Policy::default())
    }

    pub(super) fn importing(import: Import, policy: Policy) -> Self {
        Self::new(|now| Task::import(server(), import, policy, now))
    }

    pub(super) fn export() -> Self {
        Self::exporting(export_of("t1"), Policy::default())
    }

    pub(super) fn exporting(export: Export, policy: Policy) -> Self {
        Self::new(|now| Task::export(server(), export, policy, now))
    }

    pub(super) fn resuming(resume: Resume) -> Self {
        Self::new(|now| Task::resume(server(), resume, Policy::default(), now))
    }

    /// Jumps over waits until the task asks, which must be `call`.
    pub(super) fn asks(&mut self, call: Call) -> &mut Self {
        let asked = self.next();
        assert_eq!(asked.map(|_| self.call), Ok(Some(call)));
        self
    }

    /// Jumps over waits until the task asks or ends.
    pub(super) fn asks_or_ends(&mut self) {
        let _ = self.next();
    }

    pub(super) fn answer_if_asked(&mut self, status: u16, body: &str) {
        if self.task.progress().call.is_some() {
            self.answer(status, body);
        }
    }

    pub(super) fn asked(&mut self) -> String {
        self.next().map(|request| format!("{} {}", request.method(), request.uri())).unwrap()
    }

    fn next(&mut self) -> Result<http::Request<seatable_io_proto::Body>, Result<Outcome, TaskError>> {
        self.waited = Duration::ZERO;
        loop {
            match self.task.step(self.now) {
                Step::Send(request) => {
                    self.call = self.task.progress().call;
                    return Ok(request);
                }
                Step::Wait(until) => {
                    assert!(until > self.now, "a wait is in the future");
                    self.waited += until - self.now;
                    self.now = until;
                }
                Step::Done(end) => return Err(end),
            }
        }
    }

    pub(super) fn answer(&mut self, status: u16, body: &str) -> &mut Self {
        self.answer_with(status, &[], body)
    }

    pub(super) fn answer_with(&mut self, status: u16, headers: &[(&str, &str)], body: &str) -> &mut Self {
        let intake = self.task.head(&head(status, headers));
        assert!(matches!(intake, Intake::Collect { limit } if limit >= body.len()), "{intake:?}");
        self.task.collected(body.as_bytes(), self.now);
        self
    }

    /// A file that comes in one piece.
    pub(super) fn file(&mut self, bytes: &[u8], announced: Option<u64>) -> &mut Self {
        assert_eq!(self.task.head(&file_head(announced)), Intake::Save { len: announced });
        let _ = self.task.chunk(bytes);
        self.task.saved(self.now);
        self
    }

    pub(super) fn fails(&mut self, why: Failure) -> &mut Self {
        self.task.failed(why, self.now);
        self
    }

    pub(super) fn cancel(&mut self) -> &mut Self {
        self.task.cancel();
        self
    }

    pub(super) fn end(&mut self) -> Result<Outcome, TaskError> {
        self.next().map(|request| request.uri().to_string()).expect_err("it goes on")
    }

    pub(super) fn ends_well(&mut self) -> Outcome {
        self.end().unwrap()
    }

    pub(super) fn ends_with(&mut self, kind: ErrorKind) -> TaskError {
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
