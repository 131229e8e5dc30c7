use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use seatable_io_proto::{InputError, ReplyError};
use seatable_io_task::{Failure, OperationError, Resume};

/// Why a run or a single call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operation failed.
    #[error("{error}")]
    #[non_exhaustive]
    Operation {
        /// How and why.
        error: OperationError,
        /// The error of the transport, if that was the reason.
        #[source]
        transport: Option<TransportError>,
    },
    /// The response to a single call is not the expected reply.
    #[error(transparent)]
    Reply(ReplyError),
    /// A single call got no response, or not all of it.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The file to send could not be read, or has changed.
    #[error("cannot send the file: {error}")]
    #[non_exhaustive]
    Source {
        /// The error of the source.
        #[source]
        error: io::Error,
        /// The error of the operation, if part of the file may have been sent.
        operation: Option<OperationError>,
    },
    /// The file received could not be written.
    #[error("cannot save the file: {error}")]
    #[non_exhaustive]
    Sink {
        /// The error of the sink.
        #[source]
        error: io::Error,
        /// The error of the operation, if it failed because of this.
        operation: Option<OperationError>,
    },
    /// The function that was to keep a task for later ([`Run::on_accepted`](crate::Run::on_accepted)) failed, and the run stopped.
    /// The task may still be running on the server.
    #[error("the task was started, but could not be recorded: {error}")]
    #[non_exhaustive]
    NotRecorded {
        /// The error of the function.
        #[source]
        error: io::Error,
        /// The task.
        resume: Box<Resume>,
    },
    /// The input cannot be sent.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(String),
    /// Something else that a run needs does not work: the operating system's random numbers, a runtime, or a function of the
    /// caller's.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// Creates an [`Error::Source`] without an error of the operation.
    pub fn from_source(error: io::Error) -> Self {
        Self::Source { error, operation: None }
    }

    /// Creates an [`Error::Sink`] without an error of the operation.
    pub fn from_sink(error: io::Error) -> Self {
        Self::Sink { error, operation: None }
    }

    /// Adds the error of the operation to an [`Error::Source`] or [`Error::Sink`]; changes no other error.
    pub fn with_operation(mut self, failed: OperationError) -> Self {
        if let Self::Source { operation, .. } | Self::Sink { operation, .. } = &mut self {
            *operation = Some(failed);
        }
        self
    }

    /// Returns the error of the operation, if it failed.
    pub fn operation(&self) -> Option<&OperationError> {
        match self {
            Self::Operation { error, .. } => Some(error),
            Self::Source { operation, .. } | Self::Sink { operation, .. } => operation.as_ref(),
            _ => None,
        }
    }
}

/// A failure of the connection to the server. Its message contains no URLs and no headers.
#[derive(Clone, Debug)]
pub struct TransportError {
    failure: Failure,
    words: String,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// Creates an error with a message, which must not contain a URL or a header.
    pub fn new(failure: Failure, words: impl Into<String>) -> Self {
        Self { failure, words: words.into(), source: None }
    }

    /// Sets the [`source`](StdError::source). No message in its chain may contain a URL or a header.
    pub fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// Returns the failure that is reported to the operation.
    pub fn failure(&self) -> Failure {
        self.failure
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

// Not derived: that would return the `Arc` as the source, in which nobody finds the error.
impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
