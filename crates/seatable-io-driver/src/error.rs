use std::io;

use seatable_io_proto::{InputError, ReplyError};
use seatable_io_task::{Failure, TaskError};

/// Why a run or a call did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The task ended without success; with it, the transport's own words where the last request met a
    /// transport error.
    #[error("{0}")]
    Task(TaskError, #[source] Option<TransportError>),
    /// A single call: what the server answered.
    #[error(transparent)]
    Reply(ReplyError),
    /// A single call: no answer, or no whole one.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The file to send cannot be read, or is not as long as announced. It was not sent to its end, so nothing
    /// came of it.
    #[error("the file to send: {0}")]
    Source(io::Error),
    /// The file received cannot be written.
    #[error("the file received: {0}")]
    Sink(io::Error),
    /// What was asked for cannot be sent.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The transport's configuration cannot be used.
    #[error("{0}")]
    Config(String),
}

impl Error {
    /// How the task ended, where it is the task that did not end well.
    pub fn task(&self) -> Option<&TaskError> {
        match self {
            Self::Task(error, _) => Some(error),
            _ => None,
        }
    }
}

/// What went wrong between here and the server, in words that hold neither URL nor header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct TransportError {
    failure: Failure,
    words: String,
}

impl TransportError {
    /// `words` must not hold a URL or a header.
    pub fn new(failure: Failure, words: impl Into<String>) -> Self {
        Self { failure, words: words.into() }
    }

    /// What the task was told.
    pub fn failure(&self) -> Failure {
        self.failure
    }
}
