//! The error of a task: what happened, and what to do next.

use std::fmt;

use http::StatusCode;
use seatable_io_proto::{Refusal, ReplyError};
use serde::{Deserialize, Serialize};

use crate::{Call, Cause, Resume};

/// How a task failed.
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
    /// The server does not support what was requested: servers of its generation lack the option.
    Unsupported,
    /// The answer is not one that a SeaTable server gives.
    BadAnswer,
    /// The server exported a file that is not a base.
    NotABase,
    /// The task to resume is on another server, or the name of its base now belongs to another base.
    Mismatch,
    /// The server reported that the task failed.
    TaskFailed,
    /// The import may or may not have happened, and the API cannot tell.
    Unknown,
    /// All retries failed.
    Unavailable,
    /// The server's certificate is not trusted.
    Untrusted,
    /// The task took longer than [`Policy::patience`](crate::Policy::patience).
    TimedOut,
    /// The task was cancelled with [`Task::cancel`](crate::Task::cancel): no base was imported, or no file exported. An import
    /// that current servers may finish all the same is [`Unknown`](Self::Unknown).
    Cancelled,
    /// The local file could not be read or written.
    LocalFile,
}

/// Why a task failed, and what to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskError(Box<Report>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) kind: ErrorKind,
    pub(crate) call: Call,
    pub(crate) server: String,
    pub(crate) about: String,
    pub(crate) cause: Option<Cause>,
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

impl From<Report> for TaskError {
    fn from(report: Report) -> Self {
        Self(Box::new(report))
    }
}

impl TaskError {
    /// How the task failed.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The last call.
    pub fn call(&self) -> Call {
        self.0.call
    }

    /// The last problem. `None` if the task timed out or was cancelled without one.
    pub fn cause(&self) -> Option<&Cause> {
        self.0.cause.as_ref()
    }

    /// The server's answer, if it is the [`cause`](Self::cause).
    pub fn answer(&self) -> Option<&ReplyError> {
        self.cause()?.answer()
    }

    /// The status of the [`answer`](Self::answer).
    pub fn status(&self) -> Option<StatusCode> {
        self.answer().map(ReplyError::status)
    }

    /// Whether [`Task::cancel`](crate::Task::cancel) was called before the end.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled
    }

    /// What the task can be resumed with, if it may still run or its end is not known.
    pub fn resume(&self) -> Option<&Resume> {
        self.0.resume.as_ref()
    }

    /// Whether something that the task started may still be running on the server.
    pub fn may_still_run(&self) -> bool {
        self.0.may_still_run
    }

    /// Whether no request was made, because the server refuses the account ([`Pace`](crate::Pace)).
    pub fn is_not_started(&self) -> bool {
        self.0.not_started
    }

    pub(crate) fn not_started(mut self) -> Self {
        self.0.not_started = true;
        self
    }

    /// Whether the server took longer than it allows for an export in one request (504). Its task continues there and keeps a
    /// worker busy, so a second request at once makes it worse ([fact 26](seatable_io_proto::facts)); repeat it alone, later.
    pub fn exported_too_long(&self) -> bool {
        self.call() == Call::SynchronousExport && self.status() == Some(StatusCode::GATEWAY_TIMEOUT)
    }

    /// Whether the server may have created a base although the import failed: the outcome is unknown, or a 2020 server rejected
    /// the permission of a new base ([fact 4](seatable_io_proto::facts)).
    pub fn may_have_created_base(&self) -> bool {
        match self.kind() {
            ErrorKind::Unknown => true,
            ErrorKind::Forbidden => self.call() == Call::StartImport,
            _ => self.call() == Call::ImportTable && self.created_a_base(),
        }
    }

    /// What happened and why, without [what to do](Self::hint).
    pub fn reason(&self) -> impl fmt::Display + '_ {
        Reason(self)
    }

    fn headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { kind, call, server, about, may_still_run, not_started, .. } = &*self.0;
        let (doing, to_do) = doing(*call);
        match kind {
            _ if *not_started => write!(f, "{doing} {about} on {server} was not started"),
            ErrorKind::BadAnswer => write!(f, "unexpected answer while {doing} {about} on {server}"),
            ErrorKind::TaskFailed => write!(f, "the task of {about} failed on {server}"),
            ErrorKind::NotABase => write!(f, "{server} exported {about} as a file that is not a base"),
            ErrorKind::Unknown if *call == Call::Cancel && *may_still_run => {
                write!(f, "cannot cancel importing {about} on {server}")
            }
            ErrorKind::Unknown => write!(f, "the outcome of importing {about} on {server} is unknown"),
            ErrorKind::Unavailable => write!(f, "gave up {doing} {about} on {server}"),
            ErrorKind::TimedOut if self.0.cancelled_there => {
                write!(f, "timed out, and cancelled {about} on {server}")
            }
            ErrorKind::TimedOut => write!(f, "timed out while {doing} {about} on {server}"),
            ErrorKind::Cancelled => write!(f, "cancelled {about} on {server}"),
            ErrorKind::Unsupported => write!(f, "{server} cannot {to_do} {about} as requested"),
            _ => write!(f, "cannot {to_do} {about} on {server}"),
        }
    }

    /// Whether the server rejected a table after it had created the base.
    fn created_a_base(&self) -> bool {
        let words = self.answer().and_then(ReplyError::message).unwrap_or_default();
        ["Excel format error", "Import excel or csv error"].iter().any(|late| words.starts_with(late))
    }

    fn is_foreign(&self) -> bool {
        self.answer().and_then(ReplyError::refusal).is_some_and(Refusal::is_foreign)
    }

    fn unknown_advice(&self) -> &'static str {
        match self.0.call {
            call if call.sends_file() => {
                "it was not sent again, because that could create a second base; check whether the base exists, and \
                 import again only if it does not"
            }
            _ if self.0.may_still_run => {
                "it may still be imported; check whether the base exists before importing again"
            }
            _ => {
                "it has finished or failed, or the server forgot it; check whether the base exists and is complete before \
                 importing again"
            }
        }
    }

    /// What to do now, if that is known.
    pub fn hint(&self) -> Option<&'static str> {
        let (call, resume, runs) = (self.0.call, self.0.resume.is_some(), self.0.may_still_run);
        Some(match self.0.kind {
            ErrorKind::Unknown => self.unknown_advice(),
            _ if self.exported_too_long() => {
                "the server gives up after 60 seconds but continues to export; try again later and alone, or without assets"
            }
            _ if runs && !resume => "an export may still be running on the server, but changes nothing there",
            _ if runs => "it may still be running on the server",
            ErrorKind::Unavailable | ErrorKind::TimedOut if call.imports() => "nothing was imported",
            ErrorKind::Rejected if call == Call::ImportTable && self.created_a_base() => EMPTY_BASE,
            ErrorKind::TaskFailed if self.0.import_started => EMPTY_BASE,
            ErrorKind::Unauthorized => "check the token, and whether its user is active",
            ErrorKind::Forbidden => {
                "check the permissions of the token's owner, and whether the base has a password"
            }
            ErrorKind::NotFound => "check the name, the workspace and the address of the server",
            ErrorKind::UnknownTask => "it has finished, failed or been cancelled, or the server forgot it",
            ErrorKind::NotABase => {
                "the export failed on the server, or nobody has opened the base yet; open it in a browser, and export it again"
            }
            ErrorKind::Mismatch if matches!(self.cause(), Some(Cause::OtherServer)) => {
                "resume it on the server that started it"
            }
            ErrorKind::Mismatch => "export that base by its name, if it is the one you need",
            ErrorKind::BadAnswer if call == Call::Content => {
                "check the address of the server and the token; current servers serve the file of a task to browsers \
                 only, so export the base by its name"
            }
            ErrorKind::BadAnswer => "check the address of the server and the token",
            ErrorKind::Untrusted => "trust its certificate authority, or correct the address",
            ErrorKind::Unsupported if call == Call::StartExport => {
                "it exports in one request, so there is no task to resume"
            }
            ErrorKind::Unsupported if call == Call::SynchronousExport && self.answer().is_some() => {
                "it does not support synchronous exports, which are needed for passwords, for leaving out assets, and for \
                 bases named `.` or `..`"
            }
            _ => return None,
        })
    }
}

/// Servers create the base of an import before they check its file.
const EMPTY_BASE: &str = "an empty base may remain on the server; if so, delete it there";

/// The verb of a call as a participle and as an infinitive.
fn doing(call: Call) -> (&'static str, &'static str) {
    match call {
        Call::FindTableImport | Call::StartImport | Call::ImportTable => ("importing", "import"),
        Call::StartExport | Call::SynchronousExport => ("exporting", "export"),
        Call::Status => ("waiting for", "wait for"),
        Call::Content => ("downloading", "download"),
        Call::Cancel => ("cancelling", "cancel"),
        Call::ListAdministered | Call::ListWorkspaces => ("listing", "list"),
    }
}

struct Reason<'a>(&'a TaskError);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason(error) = self;
        error.headline(f)?;
        if let Some(cause) = error.cause().filter(|cause| **cause != Cause::NotABase) {
            write!(f, ": {}", cause.to_string().trim_end_matches('.'))?;
        }
        if error.is_foreign() {
            f.write_str(" with a page that is not SeaTable's, but that of a proxy or CDN in front of it")?;
        }
        match error.0.retries {
            _ if error.kind() == ErrorKind::Cancelled => Ok(()),
            0 => Ok(()),
            1 => f.write_str(" (after one retry)"),
            times => write!(f, " (after {times} retries)"),
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)?;
        self.hint().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for TaskError {}
