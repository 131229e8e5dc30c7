//! The error of an operation.

use std::time::Duration;

use http::StatusCode;
use seatable_io_proto::{Refusal, RefusalReason, ReplyError, TaskId};
use serde::{Deserialize, Serialize};

use crate::{Call, Reason, Resume};

/// How an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The token was rejected (401).
    Unauthorized,
    /// The token does not have the permission (403).
    Forbidden,
    /// The base, the workspace, the folder or the address does not exist (404, 405).
    NotFound,
    /// The server does not know the task: it has finished, failed or been cancelled, or the server forgot it.
    UnknownTask,
    /// The server rejected the request or the file (400, 413 and others).
    Rejected,
    /// The server does not support the request: servers of its generation lack the option.
    Unsupported,
    /// The response is not one that a SeaTable server gives.
    BadAnswer,
    /// The server exported a file that is not a base.
    NotABase,
    /// The exported file is larger than [`Policy::max_size`](crate::Policy::max_size), or unpacks to more than the driver
    /// allows.
    TooLarge,
    /// The task to resume is on another server, or the name of its base now belongs to another base.
    Mismatch,
    /// The server reported that the task failed.
    TaskFailed,
    /// The import may or may not have happened, and the API cannot show which.
    UnknownOutcome,
    /// All retries failed.
    Unavailable,
    /// The server's certificate is not trusted.
    Untrusted,
    /// The operation took longer than [`Policy::timeout`](crate::Policy::timeout).
    Timeout,
    /// The operation was cancelled with [`Operation::cancel`](crate::Operation::cancel): no base was imported, or no file
    /// exported. An import that current servers may still finish is [`UnknownOutcome`](Self::UnknownOutcome).
    Cancelled,
    /// The local file could not be read or written.
    LocalFile,
}

/// Why an operation failed, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationError(pub(crate) Box<Report>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) kind: ErrorKind,
    pub(crate) call: Call,
    pub(crate) server: String,
    pub(crate) about: About,
    pub(crate) workspace: Option<u64>,
    /// The time that the operation had.
    pub(crate) timeout: Duration,
    /// The time that it took.
    pub(crate) elapsed: Duration,
    /// Whether the export was requested with a password.
    pub(crate) has_password: bool,
    /// Whether the export was requested without assets.
    pub(crate) without_assets: bool,
    /// Whether the operation was to end as soon as the server has started its task.
    pub(crate) no_wait: bool,
    pub(crate) reason: Option<Reason>,
    pub(crate) retries: u32,
    pub(crate) cancelled: bool,
    pub(crate) resume: Option<Resume>,
    pub(crate) may_still_run: bool,
    pub(crate) not_started: bool,
    /// Whether the task was cancelled on the server.
    pub(crate) cancelled_there: bool,
    /// Whether the server has started an import.
    pub(crate) import_started: bool,
}

/// The name of an operation in error messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The name of the base, or of the file.
    Base(String),
    /// The UUID of the base.
    Uuid(String),
    /// The name of a task whose base is not known.
    Task(String),
    Listing,
}

impl About {
    pub(crate) fn task(id: &TaskId) -> Self {
        Self::Task(format!("task {id}"))
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Base(text) | Self::Uuid(text) | Self::Task(text) => text,
            Self::Listing => "the bases",
        }
    }
}

impl Report {
    /// Returns whether the operation imports.
    pub(crate) fn imports(&self) -> bool {
        self.import_started || self.call.imports()
    }
}

impl OperationError {
    /// Returns how the operation failed.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the last call.
    pub fn call(&self) -> Call {
        self.0.call
    }

    /// Returns the last problem. `None` if the operation timed out or was cancelled without one.
    pub fn reason(&self) -> Option<&Reason> {
        self.0.reason.as_ref()
    }

    /// Returns the server's response, if it is the [`reason`](Self::reason).
    pub fn reply_error(&self) -> Option<&ReplyError> {
        self.reason()?.reply_error()
    }

    /// Returns the status of the [`reply_error`](Self::reply_error).
    pub fn status(&self) -> Option<StatusCode> {
        self.reply_error().map(ReplyError::status)
    }

    /// Returns whether [`Operation::cancel`](crate::Operation::cancel) was called before the end.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled
    }

    /// Returns the data to resume the task with, if it may still run or its end is not known.
    pub fn resume(&self) -> Option<&Resume> {
        self.0.resume.as_ref()
    }

    /// Returns whether a task that the operation started may still be running on the server.
    pub fn may_still_run(&self) -> bool {
        self.0.may_still_run
    }

    /// Returns whether no request was made, because the server refuses the account ([`Pace`](crate::Pace)).
    pub fn is_not_started(&self) -> bool {
        self.0.not_started
    }

    pub(crate) fn not_started(mut self) -> Self {
        self.0.not_started = true;
        self
    }

    /// Returns whether the server took longer than it allows for an export in one request (504). Its task continues there and
    /// keeps a worker busy, so a second request at once makes it worse ([fact 26](seatable_io_proto::facts)); repeat it alone,
    /// later.
    pub fn exported_too_long(&self) -> bool {
        matches!(self.call(), Call::SynchronousExport | Call::ExportByUuid)
            && self.status() == Some(StatusCode::GATEWAY_TIMEOUT)
    }

    /// Returns whether the server may have created a base although the import did not succeed: the outcome is unknown, its
    /// task failed, or a 2020 server rejected the permission of a new base. A server creates the base before it reads the file
    /// ([facts 4 and 25](seatable_io_proto::facts)).
    pub fn may_have_created_base(&self) -> bool {
        match self.kind() {
            ErrorKind::UnknownOutcome => true,
            ErrorKind::Forbidden => self.call() == Call::StartImport,
            _ => self.may_have_left_empty_base(),
        }
    }

    /// Returns whether the last problem is that of cancelling an operation whose time was over.
    pub(crate) fn ran_out_of_time_cancelling(&self) -> bool {
        self.kind() == ErrorKind::Timeout
            && self.call() == Call::CancelTask
            && matches!(self.0.about, About::Base(_))
    }

    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        self.reply_error().and_then(ReplyError::refusal)
    }

    pub(crate) fn refusal_reason(&self) -> Option<RefusalReason> {
        self.refusal().and_then(Refusal::reason)
    }

    /// Returns whether the server may have left an empty base: it creates the base of an import before it checks the file.
    pub(crate) fn may_have_left_empty_base(&self) -> bool {
        self.kind() == ErrorKind::TaskFailed && self.0.import_started
            || self.refusal_reason() == Some(RefusalReason::TableAfterBase)
    }
}

impl std::error::Error for OperationError {}
