use std::io;

use seatable_io_proto::{InputError, ReplyError};
use seatable_io_task::{Failure, OperationError};

/// Why a run or a single call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The task failed. With the error of the transport, if that was the reason.
    #[error("{0}")]
    Operation(OperationError, #[source] Option<TransportError>),
    /// The response to a single call is not the expected reply.
    #[error(transparent)]
    Reply(ReplyError),
    /// A single call got no response, or not all of it.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The file to send could not be read, or has changed. With the error of the task if part of it may have been sent.
    #[error("cannot send the file: {0}")]
    Source(io::Error, Option<OperationError>),
    /// The file received could not be written. With the error of the task, if it failed because of this.
    #[error("cannot save the file: {0}")]
    Sink(io::Error, Option<OperationError>),
    /// The input cannot be sent.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(String),
}

impl Error {
    /// The error of a single call that would have to send a file.
    pub(crate) fn sends_a_file() -> Self {
        Self::Source(io::Error::new(io::ErrorKind::InvalidInput, "a single call cannot send a file"), None)
    }

    /// The error of the task, if it failed.
    pub fn task(&self) -> Option<&OperationError> {
        match self {
            Self::Operation(error, _) | Self::Source(_, Some(error)) | Self::Sink(_, Some(error)) => {
                Some(error)
            }
            _ => None,
        }
    }
}

/// A failure of the connection to the server. Its message contains no URLs and no headers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct TransportError {
    failure: Failure,
    words: String,
}

impl TransportError {
    /// Creates an error with a message, which must not contain a URL or a header.
    pub fn new(failure: Failure, words: impl Into<String>) -> Self {
        Self { failure, words: words.into() }
    }

    /// The failure that is reported to the task.
    pub fn failure(&self) -> Failure {
        self.failure
    }
}
