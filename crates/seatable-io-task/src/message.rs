//! The message of an error: the operation that failed, the reason, and the state of the server after it.

use std::fmt;

use seatable_io_proto::{Refusal, RefusalReason};

use crate::error::{About, Report};
use crate::seconds::in_words;
use crate::{Call, ErrorKind, OperationError, Reason};

mod because;
mod names;

impl OperationError {
    /// Returns the failure and its reason, without the [next step](Self::hint).
    pub fn message(&self) -> impl fmt::Display + '_ {
        Message { error: self, report: &self.0, detail: None }.text()
    }

    /// Returns the [`message`](Self::message), with the driver's own words if the connection or the file was the problem.
    pub fn message_with<'a>(&'a self, detail: &'a str) -> impl fmt::Display + 'a {
        Message { error: self, report: &self.0, detail: Some(detail) }.text()
    }
}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)?;
        self.hint().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

struct Message<'a> {
    error: &'a OperationError,
    report: &'a Report,
    /// The transport's own words.
    detail: Option<&'a str>,
}

impl Message<'_> {
    fn text(&self) -> String {
        use ErrorKind::{Cancelled, LocalFile, Timeout, TooLarge, Unavailable, UnknownOutcome, Untrusted};
        let because = match self.report.kind {
            UnknownOutcome | Unavailable | Untrusted | Timeout | Cancelled | LocalFile | TooLarge => {
                self.because()
            }
            _ => self.in_parentheses(),
        };
        format!("{}{because}{}{}", self.opening(), self.retries(), self.left())
    }

    /// Returns the operation that failed, its base and its server.
    fn opening(&self) -> String {
        let (report, reason) = (self.report, self.error.refusal_reason());
        let (server, what) = (&report.server, self.what());
        let (to_do, doing) = self.verbs();
        match report.kind {
            _ if report.not_started => format!("{doing} {what} was not started"),
            _ if self.error.exported_too_long() => format!("{server} took too long to export {what}"),
            ErrorKind::Unauthorized => format!("{server} rejected the token"),
            ErrorKind::Forbidden if report.call.is_server_wide() => {
                format!("cannot {to_do} {what}: the token is not that of a system administrator of {server}")
            }
            ErrorKind::Forbidden => format!("no permission to {to_do} {what} on {server}"),
            ErrorKind::NotFound => self.not_found(),
            ErrorKind::UnknownTask => format!("{server} does not know {}", self.task()),
            ErrorKind::Rejected if reason == Some(RefusalReason::NameTaken) => {
                format!("{} already exists{}", self.object(), self.place("in"))
            }
            ErrorKind::Rejected if reason == Some(RefusalReason::AssetsTooLarge) => {
                format!("{what} is too large to export with its assets")
            }
            ErrorKind::BadAnswer => format!("unexpected response from {server} while {doing} {what}"),
            ErrorKind::NotABase => format!("{server} exported {what} as a file that is not a base"),
            ErrorKind::TaskFailed => format!("{server} failed to {to_do} {what}"),
            ErrorKind::Unsupported => self.unsupported(),
            ErrorKind::Mismatch => format!("cannot resume {}", self.task()),
            ErrorKind::UnknownOutcome => self.unknown(),
            ErrorKind::Timeout => format!("gave up {doing} {what} after {}", in_words(report.timeout)),
            ErrorKind::Cancelled => format!("cancelled {doing} {what}"),
            ErrorKind::Rejected if self.error.reply_error().is_some() => {
                format!("cannot {to_do} {what} on {server}")
            }
            _ => format!("cannot {to_do} {what}"),
        }
    }

    fn not_found(&self) -> String {
        let (report, server, what, (to_do, _)) =
            (self.report, &self.report.server, self.what(), self.verbs());
        match (self.error.refusal_reason(), &report.about, report.workspace) {
            (Some(RefusalReason::NoBase), About::Uuid(uuid), _) => {
                format!("no base with the UUID {uuid} on {server}")
            }
            (Some(RefusalReason::NoBase), ..) => format!("no base {what} on {server}"),
            (Some(RefusalReason::NoWorkspace), _, Some(id)) => format!("no workspace {id} on {server}"),
            _ if self.error.refusal().is_some_and(Refusal::is_wrong_address) => {
                format!("cannot {to_do} {what}: {server} does not answer like a SeaTable server")
            }
            _ => format!("cannot {to_do} {what} on {server}"),
        }
    }

    fn unsupported(&self) -> String {
        let (report, object) = (self.report, self.object());
        let server = &report.server;
        let too_old = |how| format!("cannot export {object}: {server} does not export bases {how}");
        let how = match report.call {
            Call::ListServerBases => {
                return format!("cannot list {object}: {server} does not list all its bases");
            }
            _ if report.no_wait => "without waiting",
            Call::ExportByUuid if report.has_password => {
                return format!("cannot export {object} with a password: none is needed to export by UUID");
            }
            Call::ExportByUuid => return too_old("by their UUIDs"),
            Call::SynchronousExport if report.has_password => return too_old("with passwords"),
            Call::SynchronousExport if report.without_assets => return too_old("without assets"),
            Call::SynchronousExport => return too_old("whose names are `.` or `..`"),
            _ => "by a task",
        };
        format!("cannot {} {object} {how}: {server} does it in one request", self.verbs().0)
    }

    fn unknown(&self) -> String {
        let may_continue = self.report.reason == Some(Reason::MayContinue);
        let could_not_cancel =
            self.report.call == Call::CancelTask && self.report.may_still_run && !may_continue;
        let how = match (may_continue || could_not_cancel, matches!(self.report.about, About::Base(_))) {
            (true, true) => "may still be imported",
            (true, false) => "may still import its base",
            (false, true) => "may or may not have been imported",
            (false, false) => "may or may not have imported its base",
        };
        let why = if could_not_cancel { ", because it could not be cancelled" } else { "" };
        format!("{} {how}{why}", self.object())
    }

    /// Returns the number of retries. If they were the end, also the time of the operation; if time was, its limit.
    fn retries(&self) -> String {
        let report = self.report;
        let count = match report.retries {
            _ if matches!(report.kind, ErrorKind::Cancelled | ErrorKind::Mismatch) => return String::new(),
            0 => return String::new(),
            1 => "one retry".to_owned(),
            times => format!("{times} retries"),
        };
        let (elapsed, timeout) = (in_words(report.elapsed), in_words(report.timeout));
        match report.kind {
            ErrorKind::Unavailable if self.error.refusal().is_some_and(Refusal::is_busy) => {
                format!(", after {count} in {elapsed} of {timeout}")
            }
            ErrorKind::Unavailable => format!(", after {count} in {elapsed}"),
            _ => format!(", after {count}"),
        }
    }

    /// Returns the traces that are, or may be, left on the server, and the effects that are missing.
    fn left(&self) -> &'static str {
        let report = self.report;
        match report.kind {
            ErrorKind::UnknownOutcome if report.call.sends_file() => "; not retried, to avoid a duplicate",
            ErrorKind::UnknownOutcome => "",
            _ if report.may_still_run && report.resume.is_none() => "; the server may still be exporting it",
            _ if report.may_still_run && matches!(report.about, About::Task(_)) => {
                "; the task may still be running"
            }
            _ if report.may_still_run && report.imports() => "; the import may still be running",
            _ if report.may_still_run => "; the export may still be running",
            ErrorKind::Timeout if report.cancelled_there => "; it was cancelled on the server",
            ErrorKind::Unavailable | ErrorKind::Timeout if report.call.imports() => "; nothing was imported",
            ErrorKind::Rejected if self.error.refusal_reason() == Some(RefusalReason::NameTaken) => {
                "; nothing was replaced"
            }
            _ if self.error.may_have_left_empty_base() => "; an empty base may remain",
            _ => "",
        }
    }
}
