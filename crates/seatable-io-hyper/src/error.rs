use std::error::Error as StdError;
use std::{fmt, io, iter};

use seatable_io_proto::{InputError, ReplyError};
use seatable_io_task::{Failure, TaskError};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

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

/// What went wrong between here and the server, in words that hold neither URL nor header, unless a service of
/// your own puts them into its errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    failure: Failure,
    words: String,
}

impl TransportError {
    pub(crate) fn new(failure: Failure, words: impl Into<String>) -> Self {
        Self { failure, words: words.into() }
    }

    /// An error met while the service made itself ready: nothing was handed to it.
    pub(crate) fn before(error: &BoxError) -> Self {
        let error: &(dyn StdError + 'static) = error.as_ref();
        let failure = if is_certificate(error) { Failure::Untrusted } else { Failure::NotSent };
        Self::new(failure, words(error))
    }

    /// An error met while a request was sent and answered.
    pub(crate) fn during(error: &BoxError) -> Self {
        let error: &(dyn StdError + 'static) = error.as_ref();
        let failure = match error {
            _ if is_certificate(error) => Failure::Untrusted,
            _ if is_unsent(error) => Failure::NotSent,
            _ if is_time_out(error) => Failure::TimedOut,
            _ => Failure::Interrupted,
        };
        Self::new(failure, words(error))
    }

    /// An error met in the body of an answer.
    pub(crate) fn after(error: &BoxError) -> Self {
        Self::new(Failure::Interrupted, words(error.as_ref()))
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

impl StdError for TransportError {}

/// The error and what is behind it; [`io::Error`] hides what it wraps from [`source`](StdError::source).
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
        Some(Some(inner)) => Some(inner as &(dyn StdError + 'static)),
        _ => error.source(),
    })
}

fn words(error: &(dyn StdError + 'static)) -> String {
    let mut words = String::new();
    for text in chain(error).map(ToString::to_string) {
        if words.is_empty() {
            words = text;
        } else if !words.ends_with(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
    }
    words
}

/// Whether nothing can have been written: hyper took the request back from its queue, or there was no connection.
fn is_unsent(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|error| {
        #[cfg(feature = "tokio")]
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return error.is_connect();
        }
        error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled)
    })
}

fn is_time_out(error: &(dyn StdError + 'static)) -> bool {
    let kind = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
    chain(error).any(|error| error.downcast_ref().is_some_and(kind))
}

fn is_certificate(error: &(dyn StdError + 'static)) -> bool {
    #[cfg(feature = "tokio")]
    return chain(error)
        .any(|error| matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))));
    #[cfg(not(feature = "tokio"))]
    return {
        let _ = error;
        false
    };
}
