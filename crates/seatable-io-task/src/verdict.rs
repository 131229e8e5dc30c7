//! What to do about trouble: one function, one table.

use http::StatusCode;
use seatable_io_proto::ReplyError;

/// One kind of request that a [`Task`](crate::Task) makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// The upload that starts an import.
    StartImport,
    /// The request that starts an export (2020 and 2021 servers).
    StartExport,
    /// A poll.
    Status,
    /// The download of a finished export.
    Content,
    /// The export in one request (current servers).
    SynchronousExport,
    /// The request to cancel.
    Cancel,
}

impl Call {
    /// Every call, in the order of the table's rows.
    pub const ALL: [Self; 6] = [
        Self::StartImport,
        Self::StartExport,
        Self::Status,
        Self::Content,
        Self::SynchronousExport,
        Self::Cancel,
    ];
}

/// What went wrong with a call: the columns of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// Not one byte of the request can have reached the server.
    NotSent,
    /// The connection broke, or time ran out, before the whole answer was there; a file that ends early, too.
    Broken,
    /// 429, or 503 with `Retry-After`: the server says that it did not act.
    Busy,
    /// 500 with an `error_msg`.
    Error500,
    /// 504.
    Error504,
    /// Any other 5xx, also a 500 that is not in the application's words.
    Error5xx,
    /// 400 or 404 with an `error_msg` that begins with `task_id`.
    UnknownTask,
    /// Any other 400 or 413 with an `error_msg`.
    Rejected,
    /// 405, or a 404 that is not JSON: the server has no such address.
    NoSuchAddress,
    /// Any other 4xx.
    Refused,
    /// 3xx to the login page.
    LoginPage,
    /// Any other 3xx.
    Redirect,
    /// 2xx with an answer that is not understood, or a file that does not begin as a zip.
    NotUnderstood,
}

impl Trouble {
    /// Every trouble, in the order of the table's columns.
    pub const ALL: [Self; 13] = [
        Self::NotSent,
        Self::Broken,
        Self::Busy,
        Self::Error500,
        Self::Error504,
        Self::Error5xx,
        Self::UnknownTask,
        Self::Rejected,
        Self::NoSuchAddress,
        Self::Refused,
        Self::LoginPage,
        Self::Redirect,
        Self::NotUnderstood,
    ];

    /// The column that an answer belongs to.
    pub fn of(error: &ReplyError) -> Self {
        let Some(refusal) = error.refusal() else { return Self::NotUnderstood };
        match refusal.status() {
            StatusCode::TOO_MANY_REQUESTS => Self::Busy,
            StatusCode::SERVICE_UNAVAILABLE if refusal.retry_after().is_some() => Self::Busy,
            StatusCode::INTERNAL_SERVER_ERROR if refusal.has_error_msg() => Self::Error500,
            StatusCode::GATEWAY_TIMEOUT => Self::Error504,
            status if status.is_server_error() => Self::Error5xx,
            _ if refusal.is_unknown_task() => Self::UnknownTask,
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE if refusal.has_error_msg() => {
                Self::Rejected
            }
            StatusCode::METHOD_NOT_ALLOWED => Self::NoSuchAddress,
            _ if refusal.is_wrong_address() => Self::NoSuchAddress,
            status if status.is_client_error() => Self::Refused,
            _ if refusal.is_login_page() => Self::LoginPage,
            status if status.is_redirection() => Self::Redirect,
            _ => Self::NotUnderstood,
        }
    }
}

/// What to do about trouble: the cells of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Ask again after a wait; at most [`Policy::repeats`](crate::Policy::repeats) times in a row.
    Repeat,
    /// Ask again when the server said, or after a wait; only the task's patience bounds it.
    RepeatInTime,
    /// Ask again, knowing that the end may have been told in the answer that was lost.
    RepeatLost,
    /// Ask again, knowing that this answer may have told the task's failure.
    RepeatFailed,
    /// Export anew; at most [`Policy::new_exports`](crate::Policy::new_exports) times.
    NewExport,
    /// As `NewExport`, but once only.
    NewExportOnce,
    /// Go on with the next route to the exported file, or stop where none is left.
    NextRoute,
    /// Go on with the next route, or export anew where none is left.
    NextRouteOrNewExport,
    /// The task failed on the server, in the words of this answer.
    Failed,
    /// The server does not know the task: what was marked before decides.
    Vanished,
    /// The task no longer runs.
    Gone,
    /// It may have happened, and asking again could make it happen twice.
    Unknown,
    /// The task ends with this answer.
    Stop,
}

/// What to do when `call` met `trouble`. A test keeps this table and the function the same:
///
#[doc = include_str!("table.md")]
///
/// ```
/// use seatable_io_task::{Call, Trouble, Verdict, verdict};
///
/// assert_eq!(verdict(Call::StartImport, Trouble::NotSent), Verdict::Repeat);
/// assert_eq!(verdict(Call::StartImport, Trouble::Error500), Verdict::Unknown);
/// assert_eq!(verdict(Call::StartExport, Trouble::Error500), Verdict::Repeat); // a full queue
/// ```
#[expect(clippy::match_same_arms, reason = "one block of arms a call, as the table has them")]
pub const fn verdict(call: Call, trouble: Trouble) -> Verdict {
    use Call::{Cancel, Content, StartExport, StartImport, Status, SynchronousExport};
    use Trouble::{
        Broken, Busy, Error5xx, Error500, Error504, LoginPage, NoSuchAddress, NotSent, NotUnderstood,
        Redirect, Refused, Rejected, UnknownTask,
    };
    match (call, trouble) {
        (_, NotSent) => Verdict::Repeat,
        (_, Busy) => Verdict::RepeatInTime,

        (StartImport, Broken | Error500 | Error504 | Error5xx | NotUnderstood) => Verdict::Unknown,

        (StartExport, Broken | Error500 | Error504 | Error5xx) => Verdict::Repeat,
        (StartExport, NoSuchAddress) => Verdict::NextRoute,

        (Status, Error500) => Verdict::RepeatFailed,
        (Status, Broken | Error504 | Error5xx | NotUnderstood) => Verdict::RepeatLost,
        (Status, UnknownTask) => Verdict::Vanished,
        (Status, Rejected) => Verdict::Failed,

        (Content, Broken | Error500 | Error504 | Error5xx) => Verdict::NewExport,
        (Content, NoSuchAddress | LoginPage) => Verdict::NextRoute,
        (Content, NotUnderstood) => Verdict::NextRouteOrNewExport,

        (SynchronousExport, Broken | Error500 | Error5xx | NotUnderstood) => Verdict::NewExport,
        (SynchronousExport, Error504) => Verdict::NewExportOnce,
        (SynchronousExport, NoSuchAddress) => Verdict::NextRoute,

        (Cancel, Broken | Error500 | Error504 | Error5xx) => Verdict::Repeat,
        (Cancel, UnknownTask) => Verdict::Gone,

        (_, UnknownTask | Rejected | NoSuchAddress | Refused | LoginPage | Redirect | NotUnderstood) => {
            Verdict::Stop
        }
    }
}
