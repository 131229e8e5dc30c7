//! Why one input, or the whole run, did not end well: its kind, its exit code, its words.

use std::fmt::Display;
use std::io;

use seatable_io_proto::{InputError, ReplyError};
use seatable_io_task::{Call, ErrorKind, OperationError, Resume};
use seatable_io_ureq::Error;
use seatable_io_ureq::http::StatusCode;
use serde::Serialize;

use crate::advice;

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
    BadResponse,
    BadFile,
    Io,
}

impl Kind {
    /// The exit code of the command.
    pub(crate) fn exit(self) -> u8 {
        match self {
            Kind::BadResponse | Kind::Io => 1,
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

/// A failure, ready to be reported.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// What happened and why, in one sentence without a full stop.
    pub(crate) message: String,
    /// What to do about it, as far as the program knows.
    pub(crate) hint: Option<String>,
    /// The server's own words, where they say it all.
    pub(crate) words: Option<String>,
    pub(crate) http_status: Option<u16>,
    /// It may have been done after all.
    pub(crate) unknown: bool,
    /// There may be a base all the same.
    pub(crate) may_have_created: bool,
    /// The server may still be at it.
    pub(crate) may_still_run: bool,
    /// The error of the task, if there was one.
    pub(crate) task: Option<OperationError>,
    /// What may still run on the server.
    pub(crate) running: Option<Resume>,
    /// Nothing can be written here any more, so other inputs would fail in the same way.
    pub(crate) is_full: bool,
    /// Another failure has said it already: only the line of this input and the summary do.
    pub(crate) is_told: bool,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Failure {
        let unknown = kind == Kind::UnknownOutcome;
        Failure {
            kind,
            message: message.into(),
            hint: None,
            words: None,
            http_status: None,
            unknown,
            may_have_created: unknown,
            may_still_run: false,
            task: None,
            running: None,
            is_full: false,
            is_told: false,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, message)
    }

    pub(crate) fn io(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Io, message)
    }

    /// Something could not be read or written here.
    pub(crate) fn of_io(message: impl Display, error: &io::Error) -> Failure {
        Failure { is_full: is_full(error), ..Failure::io(format!("{message}: {error}")) }
    }

    /// What cannot happen.
    pub(crate) fn internal() -> Failure {
        Failure::new(Kind::BadResponse, "internal error: unexpected outcome").hint("report it")
    }

    /// The same, with what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Failure {
        Failure { hint: Some(hint.into()), ..self }
    }

    /// The same, with what it is about in front.
    pub(crate) fn about(self, what: &str) -> Failure {
        Failure { message: format!("{what}: {}", self.message), ..self }
    }

    /// Whether the server took longer than it allows for an export.
    pub(crate) fn exported_too_long(&self) -> bool {
        self.task.as_ref().is_some_and(OperationError::exported_too_long)
    }

    /// What became of the input: the `status` of its line.
    pub(crate) fn status(&self) -> &'static str {
        match self.kind {
            _ if self.unknown => "unknown",
            Kind::Cancelled => "cancelled",
            _ => "failed",
        }
    }

    /// The `message` of its line: the server's words where there are any, else the whole sentence.
    pub(crate) fn line_message(&self) -> &str {
        self.words.as_deref().unwrap_or(&self.message)
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Failure {
        let hint = advice::of_input(&error).map(str::to_owned);
        Failure { hint, ..Failure::usage(error.to_string()) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::from(&error)
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Failure {
        let is_full = matches!(error, Error::Sink(error, _) if is_full(error));
        let Some(task) = error.task() else {
            let kind = if matches!(error, Error::Input(_)) { Kind::Usage } else { Kind::Io };
            return Failure { is_full, ..Failure::new(kind, error.to_string()) };
        };
        let failure = Failure::from(task);
        match error {
            Error::Operation(_, Some(source)) => {
                Failure { message: task.message_with(&source.to_string()).to_string(), ..failure }
            }
            Error::Operation(_, None) => failure,
            error => Failure { is_full, ..of_file(error, failure) },
        }
    }
}

/// Whether nothing more can be written: a full disk, a quota, or a file system that became read-only.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
}

/// A failure of the local file. What to do about its task only matters if a base may have been imported.
fn of_file(error: &Error, failure: Failure) -> Failure {
    let left = if failure.unknown { "; the base may or may not have been imported" } else { "" };
    Failure {
        unknown: failure.unknown,
        may_have_created: failure.may_have_created,
        may_still_run: failure.may_still_run,
        task: failure.task.filter(|_| failure.unknown),
        ..Failure::new(Kind::Io, format!("{error}{left}"))
    }
}

impl From<&OperationError> for Failure {
    fn from(error: &OperationError) -> Failure {
        let kind = kind(error);
        let told = matches!(kind, Kind::Auth | Kind::NotFound | Kind::Rejected | Kind::TaskFailed);
        let words = error.reply_error().and_then(ReplyError::message).filter(|_| told || is_closed(error));
        Failure {
            words: words.map(str::to_owned),
            http_status: error.status().map(|status| status.as_u16()),
            unknown: error.kind() == ErrorKind::UnknownOutcome,
            may_have_created: error.may_have_created_base(),
            may_still_run: error.may_still_run(),
            running: error.resume().filter(|_| error.may_still_run()).cloned(),
            task: Some(error.clone()),
            ..Failure::new(kind, error.message().to_string())
        }
    }
}

/// Whether the server refuses the account for now.
fn is_closed(error: &OperationError) -> bool {
    error.kind() == ErrorKind::Unavailable
        && matches!(error.status(), Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE))
}

fn kind(error: &OperationError) -> Kind {
    match error.kind() {
        ErrorKind::UnknownOutcome if error.is_cancelled() => Kind::Cancelled,
        ErrorKind::UnknownOutcome => Kind::UnknownOutcome,
        ErrorKind::TaskFailed => Kind::TaskFailed,
        // A signal came, and the task could not be cancelled.
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
        _ => Kind::BadResponse,
    }
}

#[cfg(test)]
mod tests;
