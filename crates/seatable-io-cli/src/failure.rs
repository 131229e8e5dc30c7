//! Why an input or the whole command failed.

use std::fmt::Display;
use std::io;

use seatable_io_ureq::Error;
use seatable_io_ureq::http::StatusCode;
use seatable_io_ureq::proto::{InputError, ReplyError};
use seatable_io_ureq::task::{Call, ErrorKind, OperationError, Resume};
use serde::Serialize;

/// The `kind` of an error in a line of `--json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Usage,
    Auth,
    Cancelled,
    NotFound,
    Rejected,
    TaskFailed,
    Timeout,
    Unavailable,
    UnknownOutcome,
    BadAnswer,
    BadFile,
    Io,
}

impl Kind {
    /// Returns the exit code.
    pub(crate) fn exit(self) -> u8 {
        match self {
            Kind::BadAnswer | Kind::Io => 1,
            Kind::Usage => 2,
            Kind::Auth => 3,
            Kind::NotFound => 4,
            Kind::Rejected | Kind::BadFile => 5,
            Kind::TaskFailed => 6,
            Kind::Timeout => 7,
            Kind::UnknownOutcome => 8,
            Kind::Unavailable => 9,
            Kind::Cancelled => 130,
        }
    }
}

/// Why something failed, ready to be reported.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// One sentence without a full stop.
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// The commands that continue the task if it may still be running.
    pub(crate) commands: Vec<String>,
    /// The error of the operation, also if a local file is the reason.
    pub(crate) error: Option<OperationError>,
    /// Nothing more can be written here, so other inputs would fail in the same way.
    pub(crate) is_full: bool,
    /// Another failure explains this one: only the line of this input and the summary report it.
    pub(crate) is_reported: bool,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Failure {
        let message = message.into();
        Failure {
            kind,
            message,
            hint: None,
            commands: Vec::new(),
            error: None,
            is_full: false,
            is_reported: false,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, message)
    }

    pub(crate) fn io(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Io, message)
    }

    /// Reports an error of this machine.
    pub(crate) fn of_io(message: impl Display, error: &io::Error) -> Failure {
        Failure { is_full: is_full(error), ..Failure::io(format!("{message}: {error}")) }
    }

    /// Returns a closure that reports an error of this machine while doing something.
    pub(crate) fn cannot(act: &str, object: impl Display) -> impl FnOnce(io::Error) -> Failure {
        let message = format!("cannot {act} {object}");
        move |error| Failure::of_io(message, &error)
    }

    /// Reports a bug.
    pub(crate) fn internal() -> Failure {
        Failure::new(Kind::BadAnswer, "internal error: unexpected outcome").hint("report it")
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Failure {
        Failure { hint: Some(hint.into()), ..self }
    }

    /// Puts the subject before the message.
    pub(crate) fn about(self, subject: &str) -> Failure {
        Failure { message: format!("{subject}: {}", self.message), ..self }
    }

    /// Returns the error of the operation, unless a local file is the reason.
    fn remote(&self) -> Option<&OperationError> {
        self.error.as_ref().filter(|_| self.kind != Kind::Io)
    }

    /// Returns the error that determines the hint. If a local file is the reason, it does only if a base may have been imported.
    pub(crate) fn to_advise(&self) -> Option<&OperationError> {
        self.remote().or(self.error.as_ref().filter(|_| self.is_unknown()))
    }

    /// Returns whether the operation may have succeeded.
    pub(crate) fn is_unknown(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::UnknownOutcome)
    }

    /// Returns the task that may still be running on the server.
    pub(crate) fn running(&self) -> Option<&Resume> {
        self.remote().filter(|error| error.may_still_run())?.resume()
    }

    /// Returns the exit code if this is the only input.
    pub(crate) fn exit(&self) -> u8 {
        if self.is_unknown() { Kind::UnknownOutcome.exit() } else { self.kind.exit() }
    }

    /// Returns the `status` for the line of the input.
    pub(crate) fn status(&self) -> &'static str {
        match self.kind {
            _ if self.is_unknown() => "unknown",
            Kind::Cancelled => "cancelled",
            _ => "failed",
        }
    }

    pub(crate) fn http_status(&self) -> Option<u16> {
        Some(self.remote()?.status()?.as_u16())
    }

    /// Returns the `message` for the line of the input: the server's words if they explain the failure, otherwise the sentence.
    pub(crate) fn line_message(&self) -> &str {
        let explains = |error: &&OperationError| match self.kind {
            Kind::Auth | Kind::NotFound | Kind::Rejected | Kind::TaskFailed => true,
            _ => is_closed(error),
        };
        let reply = self.remote().filter(explains).and_then(OperationError::reply_error);
        reply.and_then(ReplyError::message).unwrap_or(&self.message)
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Failure {
        let hint = match error {
            InputError::UrlInsecure => "use https, or add --allow-http",
            InputError::UrlNotUnderstood => "write it like https://cloud.seatable.io",
            InputError::UrlTooLong | InputError::UrlQuery => "use the address of its home page",
            InputError::UrlUserInfo => "give the token with --token-file or SEATABLE_TOKEN",
            InputError::Token => "check how it was copied",
            InputError::TaskId | InputError::BaseUuid => {
                "copy it from the output of the command that started the task"
            }
            InputError::Password => "omit --password-file if the base has none",
            _ => return Failure::usage(error.to_string()),
        };
        Failure::usage(error.to_string()).hint(hint)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let is_full = matches!(&error, Error::Sink { error, .. } if is_full(error));
        let Some(task) = error.operation() else {
            let kind = if matches!(error, Error::Input(_)) { Kind::Usage } else { Kind::Io };
            return Failure { is_full, ..Failure::new(kind, error.to_string()) };
        };
        let failure = Failure::from(task);
        match &error {
            Error::Operation { transport: Some(source), .. } => {
                Failure { message: task.message_with(&source.to_string()).to_string(), ..failure }
            }
            Error::Operation { .. } => failure,
            error => {
                let unknown = "; the base may or may not have been imported";
                let left = if failure.is_unknown() { unknown } else { "" };
                Failure { kind: Kind::Io, message: format!("{error}{left}"), is_full, ..failure }
            }
        }
    }
}

impl From<&OperationError> for Failure {
    fn from(error: &OperationError) -> Failure {
        Failure { error: Some(error.clone()), ..Failure::new(kind(error), error.message().to_string()) }
    }
}

/// Returns whether nothing more can be written: a full disk, a quota, or a file system that became read-only.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
}

/// Returns whether the server rejects the account for a while.
fn is_closed(error: &OperationError) -> bool {
    error.kind() == ErrorKind::Unavailable
        && matches!(error.status(), Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE))
}

fn kind(error: &OperationError) -> Kind {
    match error.kind() {
        ErrorKind::UnknownOutcome if error.is_cancelled() => Kind::Cancelled,
        ErrorKind::UnknownOutcome => Kind::UnknownOutcome,
        ErrorKind::TaskFailed => Kind::TaskFailed,
        // After a signal, the task could not be cancelled.
        _ if error.is_cancelled() && error.call() == Call::CancelTask => Kind::Cancelled,
        ErrorKind::Unauthorized | ErrorKind::Forbidden => Kind::Auth,
        ErrorKind::NotFound | ErrorKind::UnknownTask | ErrorKind::Mismatch => Kind::NotFound,
        ErrorKind::NotABase | ErrorKind::TooLarge => Kind::BadFile,
        ErrorKind::Rejected => Kind::Rejected,
        ErrorKind::Unsupported => Kind::Usage,
        ErrorKind::Unavailable | ErrorKind::Untrusted => Kind::Unavailable,
        ErrorKind::Timeout => Kind::Timeout,
        ErrorKind::Cancelled => Kind::Cancelled,
        ErrorKind::LocalFile => Kind::Io,
        _ => Kind::BadAnswer,
    }
}

#[cfg(test)]
mod tests;
