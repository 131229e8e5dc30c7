//! What to do about a problem: one function, one table.

use std::fmt;

use http::response::Parts;
use seatable_io_proto::{Endpoint as _, ListAdministered, ListWorkspaces, QueryStatus, ReplyError};

use serde::{Deserialize, Serialize};

use crate::ErrorKind;

/// A kind of request that a [`Task`](crate::Task) makes. In a file it is named in snake case, such as `start_import`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Call {
    /// The upload that starts an import.
    StartImport,
    /// The request that finds out whether the server imports tables in one request.
    FindTableImport,
    /// The upload of a table in one request (current servers).
    ImportTable,
    /// The request that starts an export (servers of 2020 and 2021).
    StartExport,
    /// A poll.
    Status,
    /// The download of a finished export.
    Content,
    /// The export in one request (current servers).
    SynchronousExport,
    /// The request to cancel.
    Cancel,
    /// The list of the bases that the account administers.
    ListAdministered,
    /// The list of workspaces, with the bases that others shared if requested.
    ListWorkspaces,
}

impl Call {
    /// Whether the request carries the file.
    pub(crate) const fn sends_file(self) -> bool {
        matches!(self, Self::StartImport | Self::ImportTable)
    }

    /// Whether the request is made before the server has started an import.
    pub(crate) const fn imports(self) -> bool {
        matches!(self, Self::StartImport | Self::FindTableImport | Self::ImportTable)
    }

    /// Whether the request names a task that the server may not know.
    const fn names_task(self) -> bool {
        matches!(self, Self::Status | Self::Content | Self::Cancel)
    }

    /// How many bytes of an answer that is not a file are read.
    pub(crate) const fn answer_limit(self) -> usize {
        match self {
            Self::ListAdministered => ListAdministered::ANSWER_LIMIT,
            Self::ListWorkspaces => ListWorkspaces::ANSWER_LIMIT,
            _ => QueryStatus::ANSWER_LIMIT,
        }
    }

    /// Whether this head alone decides what the answer means, even if the rest is lost: that of a refused upload does.
    pub(crate) fn is_judged_by(self, head: &Parts) -> bool {
        self.sends_file() && !head.status.is_success()
    }
}

/// In words, such as *start import*.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StartImport => "start import",
            Self::FindTableImport => "find table import",
            Self::ImportTable => "import table",
            Self::StartExport => "start export",
            Self::Status => "status",
            Self::Content => "content",
            Self::SynchronousExport => "synchronous export",
            Self::Cancel => "cancel",
            Self::ListAdministered => "list administered",
            Self::ListWorkspaces => "list workspaces",
        })
    }
}

/// What went wrong with a call: the rows of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Not one byte of the request can have reached the server.
    NotSent,
    /// The server's certificate is not trusted; nothing was sent.
    Untrusted,
    /// The connection broke, or time ran out, before the whole answer was received.
    Broken,
    /// A file was received in part, or is damaged.
    Damaged,
    /// A whole file was received that is not a base.
    NotABase,
    /// A file is larger than allowed, or unpacks to too much.
    TooLarge,
    /// The local file could not be read or written.
    LocalFile,
    /// 429, or 503 with `Retry-After`: the server did not act.
    Busy,
    /// 500 with an `error_msg`.
    Error500,
    /// 504.
    Error504,
    /// 408, 425, a 403 with a page, and any other 5xx, including a 500 without an `error_msg`.
    Transient,
    /// 400 or 404 with an `error_msg` that begins with `task_id`, to a request that names a task.
    UnknownTask,
    /// 401, or a 403 that says that there was no token.
    Unauthorized,
    /// Any other 403.
    Forbidden,
    /// Any other 404 with JSON.
    NotFound,
    /// Any other 400 or 413 with an `error_msg`.
    Rejected,
    /// 405, or a 404 without JSON: the server has no such address.
    NoSuchAddress,
    /// Any other 4xx.
    Refused,
    /// 301, 302, 307 or 308 to the login page.
    LoginPage,
    /// 301, 302, 307 or 308 to anywhere else.
    Redirect,
    /// Any other answer: 101, another 3xx, a 2xx that is not the reply, a file that does not begin as a zip, a
    /// success before the whole file was sent.
    NotUnderstood,
}

impl Trouble {
    /// The row that an answer to `call` belongs to.
    pub(crate) fn of(call: Call, error: &ReplyError) -> Self {
        let Some(refusal) = error.refusal() else { return Self::NotUnderstood };
        match refusal.status().as_u16() {
            429 => Self::Busy,
            503 if refusal.retry_after().is_some() => Self::Busy,
            500 if refusal.has_error_msg() => Self::Error500,
            504 => Self::Error504,
            408 | 425 | 500..=599 => Self::Transient,
            403 if refusal.is_foreign() => Self::Transient,
            _ if refusal.is_unknown_task() && call.names_task() => Self::UnknownTask,
            400 | 413 if refusal.has_error_msg() => Self::Rejected,
            401 => Self::Unauthorized,
            403 if refusal.is_about_token() => Self::Unauthorized,
            403 => Self::Forbidden,
            404 if !refusal.is_wrong_address() => Self::NotFound,
            404 | 405 => Self::NoSuchAddress,
            400..=499 => Self::Refused,
            301 | 302 | 307 | 308 if refusal.is_login_page() => Self::LoginPage,
            301 | 302 | 307 | 308 => Self::Redirect,
            _ => Self::NotUnderstood,
        }
    }

    /// The kind of error with which a task ends that gives up because of this.
    pub(crate) const fn kind(self) -> ErrorKind {
        match self {
            Self::Untrusted => ErrorKind::Untrusted,
            Self::LocalFile => ErrorKind::LocalFile,
            Self::NotSent
            | Self::Broken
            | Self::Damaged
            | Self::Busy
            | Self::Error500
            | Self::Error504
            | Self::Transient => ErrorKind::Unavailable,
            Self::NotABase => ErrorKind::NotABase,
            Self::TooLarge => ErrorKind::TooLarge,
            Self::UnknownTask => ErrorKind::UnknownTask,
            Self::Unauthorized => ErrorKind::Unauthorized,
            Self::Forbidden => ErrorKind::Forbidden,
            Self::NotFound | Self::NoSuchAddress => ErrorKind::NotFound,
            Self::Rejected | Self::Refused => ErrorKind::Rejected,
            Self::LoginPage | Self::Redirect | Self::NotUnderstood => ErrorKind::BadAnswer,
        }
    }
}

/// What to do about a problem: the cells of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) remember: Remember,
    pub(crate) then: Then,
}

/// What is remembered of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remember {
    Nothing,
    /// The server may have done what was requested: reported the end, or started an export.
    MayHaveActed,
    /// The answer may have reported that the task failed.
    MayHaveFailed,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Repeats the request after a wait, at most [`Policy::retries`](crate::Policy::retries) times in a row.
    Retry,
    /// Repeats the request when the server said, or after a wait, until the task's time is over.
    RetryInTime,
    /// Repeats the request as `Retry` does, and then lists in another way.
    RetryOrListOtherwise,
    /// Lists in another way.
    ListOtherwise,
    /// Requests the base again by its name in NFC, and stops if that is the name.
    NormalizeName,
    /// Exports again, at most [`Policy::new_exports`](crate::Policy::new_exports) times.
    NewExport,
    /// Exports again, once.
    NewExportOnce,
    /// Takes the next route to the exported file, and stops if there is none.
    NextRoute,
    /// Takes the next route, and exports again, once, if there is none.
    NextRouteOrNewExportOnce,
    /// The task failed on the server, for the reason given in this answer.
    Failed,
    /// The server does not know the task that was polled.
    Vanished,
    /// The server does not know the task that was to be cancelled.
    Gone,
    /// The import may have happened, and a second request could import the file twice.
    Unknown,
    /// Ends with this problem.
    Stop,
}

/// What to do if `call` ends in `trouble`. A test keeps the table in the documentation and this function the same.
pub(crate) const fn verdict(call: Call, trouble: Trouble) -> Verdict {
    use Call::{
        Cancel, Content, FindTableImport, ImportTable, ListAdministered, ListWorkspaces, StartExport,
        StartImport, Status, SynchronousExport,
    };
    use Trouble::{
        Broken, Busy, Damaged, Error500, Error504, Forbidden, LocalFile, LoginPage, NoSuchAddress, NotABase,
        NotFound, NotSent, NotUnderstood, Redirect, Refused, Rejected, Transient, UnknownTask,
    };
    let then = match (call, trouble) {
        (_, NotSent)
        | (
            FindTableImport | StartExport | Status | Cancel | ListWorkspaces,
            Broken | Error500 | Error504 | Transient,
        )
        | (SynchronousExport, Broken | Error500 | Transient)
        | (Status, NotUnderstood) => Then::Retry,
        (_, Busy) => Then::RetryInTime,

        (StartImport | ImportTable, Broken | LocalFile | Error500 | Error504 | Transient | NotUnderstood) => {
            Then::Unknown
        }

        (Status, UnknownTask) => Then::Vanished,
        (Status, Rejected) => Then::Failed,
        (Cancel, UnknownTask) => Then::Gone,

        (StartExport | SynchronousExport, NotFound) => Then::NormalizeName,
        (Content, Broken | Error500 | Error504 | Transient | UnknownTask | NotFound | Rejected)
        | (Content | SynchronousExport, Damaged) => Then::NewExport,
        (Content | SynchronousExport, NotABase) | (SynchronousExport, NotUnderstood) => Then::NewExportOnce,
        (Content, NotUnderstood) => Then::NextRouteOrNewExportOnce,
        (StartExport | Content | SynchronousExport, NoSuchAddress) | (Content, LoginPage) => Then::NextRoute,

        (ListAdministered, Broken | Error500 | Error504 | Transient) => Then::RetryOrListOtherwise,
        (
            ListAdministered,
            Forbidden | NotFound | Rejected | NoSuchAddress | Refused | LoginPage | Redirect | NotUnderstood,
        ) => Then::ListOtherwise,

        _ => Then::Stop,
    };
    let remember = match (call, trouble) {
        (Status, Error500) => Remember::MayHaveFailed,
        (
            StartExport | Status | SynchronousExport,
            Broken | LocalFile | Error500 | Error504 | Transient | NotUnderstood,
        ) => Remember::MayHaveActed,
        _ => Remember::Nothing,
    };
    Verdict { remember, then }
}
