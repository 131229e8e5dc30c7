use std::io;
use std::time::Duration;

use http::StatusCode;
use http::response::Parts;
use seatable_io_proto::{TaskId, describe};
use seatable_io_task::{Call, Exchange, Failure, Intake, Progress, Resume, Task, TaskError};

use crate::trace::Trace;
use crate::{Error, TransportError};

/// What happens in a run. No event holds a token, a password or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request goes out.
    Asking {
        /// What it is for.
        call: Call,
        /// Its method, path and query, with the value of `password` hidden.
        request: String,
        /// How many bytes of a file it sends.
        file_len: u64,
    },
    /// Another part of the file was sent.
    Sent {
        /// How many bytes were sent in this attempt.
        bytes: u64,
        /// How many bytes the file has.
        of: u64,
    },
    /// The head of an answer was received.
    Answered(StatusCode),
    /// Another part of the file was received.
    Received {
        /// How many bytes were received in this attempt.
        bytes: u64,
        /// How many bytes were announced.
        of: Option<u64>,
    },
    /// The server has started the task. Once for each task: a damaged download is exported again.
    Accepted(Resume),
    /// Nothing happens for so long.
    Waiting(Progress, Duration),
    /// A request failed.
    Failed(TransportError),
}

/// Why an exchange did not end well.
pub(crate) enum Fault {
    Transport(TransportError),
    /// The file to send could not be opened: nothing was sent.
    Unopened(io::Error),
    Source(io::Error),
    Sink(io::Error),
}

impl Fault {
    /// What a failed check of the received file is: a damaged file is the server's, any other error ours.
    pub(crate) fn of_check(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => {
                Self::Transport(TransportError::new(Failure::Damaged, error.to_string()))
            }
            _ => Self::Sink(error),
        }
    }
}

impl From<TransportError> for Fault {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// Reports what happens in a run, and keeps the fault of the last exchange.
pub(crate) struct Events<W> {
    watch: W,
    trace: Trace,
    accepted: Option<TaskId>,
    fault: Option<Fault>,
}

impl<W: FnMut(Event)> Events<W> {
    pub(crate) fn new(watch: W, task: &Task) -> Self {
        let accepted = task.to_resume().map(|resume| resume.task);
        Self { watch, trace: Trace::new(task), accepted, fault: None }
    }

    pub(crate) fn asking(&mut self, exchange: &Exchange) {
        self.fault = None;
        let request = exchange.request();
        let Some(call) = exchange.progress().call else { return };
        let file_len = request.body().file_len();
        self.trace.asking(call);
        (self.watch)(Event::Asking { call, request: describe(request), file_len });
    }

    /// So many bytes of the file were sent in all.
    pub(crate) fn sent(&mut self, exchange: &mut Exchange, bytes: u64) {
        let more = bytes.saturating_sub(exchange.progress().sent);
        if more > 0 {
            exchange.sent(more);
            (self.watch)(Event::Sent { bytes, of: exchange.request().body().file_len() });
        }
    }

    pub(crate) fn head(&mut self, exchange: &mut Exchange, head: &Parts) -> Intake {
        self.trace.answered(head.status);
        (self.watch)(Event::Answered(head.status));
        exchange.head(head)
    }

    pub(crate) fn received(&mut self, exchange: &Exchange) {
        let Progress { received, announced, .. } = exchange.progress();
        (self.watch)(Event::Received { bytes: received, of: announced });
    }

    pub(crate) fn waiting(&mut self, task: &Task, wait: Duration) {
        (self.watch)(Event::Waiting(task.progress(), wait));
    }

    /// Ends an exchange. A file that could not be opened ends the run instead.
    pub(crate) fn ended(
        &mut self,
        exchange: Exchange,
        ended: Result<(), Fault>,
        now: Duration,
    ) -> Result<Task, Error> {
        self.trace.ended(match &ended {
            Err(Fault::Transport(error)) => Some(error),
            _ => None,
        });
        let task = match ended {
            Ok(()) => exchange.finished(now),
            Err(Fault::Unopened(error)) => return Err(Error::Source(error, None)),
            Err(fault) => exchange.failed(self.failed(fault), now),
        };
        if let Some(resume) = task.to_resume()
            && self.accepted.as_ref() != Some(&resume.task)
        {
            self.trace.accepted(&resume.task);
            self.accepted = Some(resume.task.clone());
            (self.watch)(Event::Accepted(resume));
        }
        Ok(task)
    }

    /// What a fault means to the task.
    fn failed(&mut self, fault: Fault) -> Failure {
        let failure = match &fault {
            Fault::Transport(error) => {
                (self.watch)(Event::Failed(error.clone()));
                error.failure()
            }
            _ => Failure::LocalFile,
        };
        self.fault = Some(fault);
        failure
    }

    /// The error of a run whose task did not succeed.
    pub(crate) fn error(&mut self, error: TaskError) -> Error {
        match self.fault.take() {
            Some(Fault::Source(fault) | Fault::Unopened(fault)) => Error::Source(fault, Some(error)),
            Some(Fault::Sink(fault)) => Error::Sink(fault, Some(error)),
            Some(Fault::Transport(fault)) => Error::Task(error, Some(fault)),
            None => Error::Task(error, None),
        }
    }
}
