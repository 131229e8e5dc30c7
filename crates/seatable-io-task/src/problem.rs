//! The problems of a call and the verdict on each: one table.

use seatable_io_proto::ReplyError;

use self::Problem::{
    Broken, Busy, Damaged, Error500, Error504, Forbidden, LocalFile, LoginPage, NoSuchAddress, NotABase,
    NotFound, NotSent, NotUnderstood, Redirect, Refused, Rejected, Transient, UnknownTask,
};
use crate::Call::{
    CancelTask, ExportByUuid, ExportContent, FindTableImport, ImportTable, ListAdministered, ListServerBases,
    ListWorkspaces, QueryStatus, StartExport, StartImport, SynchronousExport,
};
use crate::{Call, ErrorKind};

/// A problem of a call: a row of the table. `table.md` explains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Not one byte of the request can have reached the server.
    NotSent,
    /// The server's certificate is not trusted; nothing was sent.
    Untrusted,
    /// The connection broke, or time ran out, before the whole response was received.
    Broken,
    /// A file was received in part, or is damaged.
    Damaged,
    /// The file is whole, but not a base.
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
    /// Any other response: 101, another 3xx, a 2xx that is not the reply, a file that does not begin as a zip, a
    /// success before the whole file was sent.
    NotUnderstood,
}

impl Problem {
    /// Returns the row that a response to `call` belongs to.
    pub(crate) fn of(call: Call, error: &ReplyError) -> Self {
        let Some(refusal) = error.refusal() else { return Self::NotUnderstood };
        match refusal.status().as_u16() {
            _ if refusal.is_busy() => Self::Busy,
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

    /// Returns the kind of error with which an operation ends that gives up because of this.
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

/// The verdict on a problem: a cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) remember: Remember,
    pub(crate) then: Then,
}

/// The trace that a problem leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remember {
    Nothing,
    /// The server may have acted on the request: reported the end, or started an export.
    MayHaveActed,
    /// The response may have reported that the task failed.
    MayHaveFailed,
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Repeats the request after a wait, at most [`Policy::retries`](crate::Policy::retries) times in a row.
    Retry,
    /// Repeats the request when the server asked for it, or after a wait, until the operation's time is over.
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
    /// Tries the next route to the exported file, and stops if none is left.
    NextRoute,
    /// Tries the next route, and exports again, once, if none is left.
    NextRouteOrNewExportOnce,
    /// The task failed on the server, for the reason given in this response.
    Failed,
    /// The server does not know the task that was polled.
    Vanished,
    /// The server does not know the task that was to be cancelled.
    Gone,
    /// Ends with [`Unsupported`](ErrorKind::Unsupported): only current servers have the address.
    Unsupported,
    /// The import may have happened, and a second request could import the file twice.
    Unknown,
    /// Ends with this problem.
    Stop,
}

/// Returns the verdict on `problem` of `call`. A test keeps the table in the documentation and this function the same.
pub(crate) const fn verdict(call: Call, problem: Problem) -> Verdict {
    Verdict { remember: trace(call, problem), then: next(call, problem) }
}

const fn next(call: Call, problem: Problem) -> Then {
    match (call, problem) {
        (_, NotSent)
        | (
            FindTableImport | StartExport | QueryStatus | CancelTask | ListWorkspaces | ListServerBases,
            Broken | Error500 | Error504 | Transient,
        )
        | (SynchronousExport | ExportByUuid, Broken | Error500 | Transient)
        | (QueryStatus, NotUnderstood) => Then::Retry,
        (_, Busy) => Then::RetryInTime,

        (StartImport | ImportTable, Broken | LocalFile | Error500 | Error504 | Transient | NotUnderstood) => {
            Then::Unknown
        }

        (QueryStatus, UnknownTask) => Then::Vanished,
        (QueryStatus, Rejected) => Then::Failed,
        (CancelTask, UnknownTask) => Then::Gone,

        (StartExport | SynchronousExport, NotFound) => Then::NormalizeName,
        (ExportContent, Broken | Error500 | Error504 | Transient | UnknownTask | NotFound | Rejected)
        | (ExportContent | SynchronousExport | ExportByUuid, Damaged) => Then::NewExport,
        (ExportContent | SynchronousExport | ExportByUuid, NotABase)
        | (SynchronousExport | ExportByUuid, NotUnderstood) => Then::NewExportOnce,
        (ExportContent, NotUnderstood) => Then::NextRouteOrNewExportOnce,
        (StartExport | ExportContent | SynchronousExport, NoSuchAddress) | (ExportContent, LoginPage) => {
            Then::NextRoute
        }
        (ExportByUuid | ListServerBases, NoSuchAddress) => Then::Unsupported,

        (ListAdministered, Broken | Error500 | Error504 | Transient) => Then::RetryOrListOtherwise,
        (
            ListAdministered,
            Forbidden | NotFound | Rejected | NoSuchAddress | Refused | LoginPage | Redirect | NotUnderstood,
        ) => Then::ListOtherwise,

        _ => Then::Stop,
    }
}

const fn trace(call: Call, problem: Problem) -> Remember {
    match (call, problem) {
        (QueryStatus, Error500) => Remember::MayHaveFailed,
        (
            StartExport | QueryStatus | SynchronousExport | ExportByUuid,
            Broken | LocalFile | Error500 | Error504 | Transient | NotUnderstood,
        ) => Remember::MayHaveActed,
        _ => Remember::Nothing,
    }
}
