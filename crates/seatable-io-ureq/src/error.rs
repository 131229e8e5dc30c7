use std::fmt;
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
    /// [`Client::call`](crate::Client::call): what the server answered.
    #[error(transparent)]
    Reply(ReplyError),
    /// [`Client::call`](crate::Client::call): no answer, or no whole one.
    #[error(transparent)]
    Transport(TransportError),
    /// The file to send cannot be read, or is not as long as announced. It was not sent to its end, so nothing
    /// came of it.
    #[error("the file to send: {0}")]
    Source(io::Error),
    /// The file received cannot be written.
    #[error("the file received: {0}")]
    Sink(io::Error),
    /// What was asked for cannot be sent.
    #[error(transparent)]
    Input(InputError),
    /// The [`Config`](crate::Config) cannot be used.
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

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

/// What went wrong between here and the server, in words that hold neither URL nor header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    failure: Failure,
    words: String,
}

impl TransportError {
    /// `sent`: bytes of the request may have left.
    pub(crate) fn new(error: &ureq::Error, sent: bool) -> Self {
        let failure = match error {
            _ if !sent && is_certificate(error) => Failure::Untrusted,
            _ if !sent => Failure::NotSent,
            ureq::Error::Timeout(_) => Failure::TimedOut,
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Failure::TimedOut,
            _ => Failure::Interrupted,
        };
        let words = match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the address cannot be used".to_owned(),
            ureq::Error::Io(error) => error.to_string(),
            other => other.to_string(),
        };
        Self { failure, words }
    }

    /// What the task was told.
    pub fn failure(&self) -> Failure {
        self.failure
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for TransportError {}

fn is_certificate(error: &ureq::Error) -> bool {
    let tls = match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}
