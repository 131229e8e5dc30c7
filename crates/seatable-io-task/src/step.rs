//! The contract between the machine and its driver.

use std::fmt;
use std::time::Instant;

use seatable_io_proto::{Body, describe};

use crate::{Call, Cause, Outcome, TaskError};

/// What to do next. There is nothing else: match it whole.
#[derive(Clone)]
pub enum Step {
    /// Send this request, then feed [`Task::head`](crate::Task::head) and what follows from it, or [`Task::failed`](crate::Task::failed).
    Send(http::Request<Body>),
    /// Do nothing until then, and step again. Earlier is harmless.
    Wait(Instant),
    /// The task is over.
    Done(Result<Outcome, TaskError>),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(request) => f.debug_tuple("Send").field(&describe(request)).finish(),
            Self::Wait(until) => f.debug_tuple("Wait").field(until).finish(),
            Self::Done(end) => f.debug_tuple("Done").field(end).finish(),
        }
    }
}

/// What to do with the body of the answer whose head was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// Read it, but no more than `limit` bytes, and feed [`Task::collected`](crate::Task::collected).
    Collect {
        /// Drop what comes behind so many bytes.
        limit: usize,
    },
    /// It is the file: empty the sink, feed each piece to [`Task::chunk`](crate::Task::chunk) and then to the sink, and at the
    /// end feed [`Task::saved`](crate::Task::saved).
    Save {
        /// The announced length in bytes.
        len: Option<u64>,
    },
}

/// All that a task needs to know of a transport's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Not one byte of the request can have reached the server: no address, no connection, no TLS.
    NotSent,
    /// The server's certificate is not trusted, or is another host's.
    Untrusted,
    /// The connection broke, or the driver gave up after [`Task::cancel`](crate::Task::cancel).
    Interrupted,
    /// It took too long.
    TimedOut,
}

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is, or will next be, asked; `None` when the task is over.
    pub call: Option<Call>,
    /// When it will be asked, if it waits.
    pub waits_until: Option<Instant>,
    /// Bytes of the file that came by in this download.
    pub received: u64,
    /// Bytes of the file that were announced for this download.
    pub announced: Option<u64>,
    /// Answered polls.
    pub polls: u32,
    /// The trouble because of which the call is repeated.
    pub trouble: Option<Cause>,
}
