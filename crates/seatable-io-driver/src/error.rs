use std::io;

use seatable_io_proto::{InputError, ReplyError};
use seatable_io_task::{Failure, TaskError};

/// Why a run or a call did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The task did not succeed. With it, what the transport said if the last request failed there.
    #[error("{0}")]
    Task(TaskError, #[source] Option<TransportError>),
    /// A single call: the server's answer.
    #[error(transparent)]
    Reply(ReplyError),
    /// A single call: there was no answer, or no whole one.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The file to send could not be read, or changed. With the task's error if part of it may have been sent.
    #[error("cannot send the file: {0}")]
    Source(io::Error, Option<TaskError>),
    /// The file received could not be written.
    #[error("cannot save the file: {0}")]
    Sink(io::Error, Option<TaskError>),
    /// The input cannot be sent.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The configuration of the transport cannot be used.
    #[error("{0}")]
    Config(String),
}

impl Error {
    /// The error of a single call that would have to send a file.
    pub(crate) fn sends_a_file() -> Self {
        Self::Source(io::Error::new(io::ErrorKind::InvalidInput, "a single call cannot send a file"), None)
    }

    /// How the task ended, if it did.
    pub fn task(&self) -> Option<&TaskError> {
        match self {
            Self::Task(error, _) | Self::Source(_, Some(error)) | Self::Sink(_, Some(error)) => Some(error),
            _ => None,
        }
    }
}

/// What went wrong between here and the server, in words without URLs and headers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct TransportError {
    failure: Failure,
    words: String,
}

impl TransportError {
    /// `words` must not contain a URL or a header.
    pub fn new(failure: Failure, words: impl Into<String>) -> Self {
        Self { failure, words: words.into() }
    }

    /// What the task is told.
    pub fn failure(&self) -> Failure {
        self.failure
    }
}
