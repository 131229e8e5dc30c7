//! What happened to a task that failed, in words.

use std::fmt::{self, Formatter};
use std::time::Duration;

use seatable_io_proto::{Refusal, RefusalReason, ReplyError};

use crate::error::About;
use crate::reason::at_least;
use crate::{Call, ErrorKind, OperationError, Reason};

/// What happened and why: first what failed, then the cause, then what is left on the server.
pub(crate) struct Message<'a> {
    pub(crate) error: &'a OperationError,
    /// The transport's own words.
    pub(crate) detail: Option<&'a str>,
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use ErrorKind::{Cancelled, LocalFile, Timeout, TooLarge, Unavailable, UnknownOutcome, Untrusted};
        self.opening(f)?;
        match self.error.kind() {
            UnknownOutcome | Unavailable | Untrusted | Timeout | Cancelled | LocalFile | TooLarge => {
                self.because(f)?;
            }
            _ => self.answered(f)?,
        }
        match self.error.report().retries {
            _ if matches!(self.error.kind(), Cancelled | ErrorKind::Mismatch) => {}
            0 => {}
            1 => f.write_str(", after one retry")?,
            times => write!(f, ", after {times} retries")?,
        }
        self.left(f)
    }
}

impl Message<'_> {
    /// What failed, to which base, on which server.
    fn opening(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (report, reason) = (self.error.report(), self.error.refusal_reason());
        let (server, what) = (&report.server, self.what());
        let (to_do, doing) = self.verbs();
        match report.kind {
            _ if report.not_started => write!(f, "{doing} {what} was not started"),
            _ if self.error.exported_too_long() => write!(f, "{server} took too long to export {what}"),
            ErrorKind::Unauthorized => write!(f, "{server} rejected the token"),
            ErrorKind::Forbidden => write!(f, "no permission to {to_do} {what} on {server}"),
            ErrorKind::NotFound if reason == Some(RefusalReason::NoBase) => {
                write!(f, "no base {what} on {server}")
            }
            ErrorKind::NotFound
                if let (Some(RefusalReason::NoWorkspace), Some(id)) = (reason, report.workspace) =>
            {
                write!(f, "no workspace {id} on {server}")
            }
            ErrorKind::NotFound if self.error.refusal().is_some_and(Refusal::is_wrong_address) => {
                write!(f, "cannot {to_do} {what}: {server} does not answer like a SeaTable server")
            }
            ErrorKind::UnknownTask => write!(f, "{server} does not know {}", self.task()),
            ErrorKind::Rejected if reason == Some(RefusalReason::NameTaken) => {
                write!(f, "{} already exists{}", self.object(), self.place("in"))
            }
            ErrorKind::Rejected if reason == Some(RefusalReason::AssetsTooLarge) => {
                write!(f, "{what} is too large to export with its assets")
            }
            ErrorKind::BadResponse => write!(f, "unexpected response from {server} while {doing} {what}"),
            ErrorKind::NotABase => write!(f, "{server} exported {what} as a file that is not a base"),
            ErrorKind::TaskFailed => write!(f, "{server} failed to {to_do} {what}"),
            ErrorKind::Unsupported => self.unsupported(f),
            ErrorKind::Mismatch => write!(f, "cannot resume {}", self.task()),
            ErrorKind::UnknownOutcome => self.unknown(f),
            ErrorKind::Timeout => write!(f, "gave up {doing} {what} after {}", in_words(report.timeout)),
            ErrorKind::Cancelled => write!(f, "cancelled {doing} {what}"),
            ErrorKind::Rejected if !matches!(self.error.reason(), Some(Reason::Reply(_))) => {
                write!(f, "cannot {to_do} {what}")
            }
            ErrorKind::NotFound | ErrorKind::Rejected => write!(f, "cannot {to_do} {what} on {server}"),
            ErrorKind::Unavailable | ErrorKind::Untrusted | ErrorKind::LocalFile | ErrorKind::TooLarge => {
                write!(f, "cannot {to_do} {what}")
            }
        }
    }

    fn unsupported(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let report = self.error.report();
        let how = match report.call {
            _ if report.no_wait => "without waiting",
            Call::SynchronousExport if report.has_password => return self.too_old("with passwords", f),
            Call::SynchronousExport if report.without_assets => return self.too_old("without assets", f),
            Call::SynchronousExport => return self.too_old("whose names are `.` or `..`", f),
            _ => "by a task",
        };
        let (to_do, _) = self.verbs();
        write!(f, "cannot {to_do} {} {how}: {} does it in one request", self.object(), report.server)
    }

    fn too_old(&self, how: &str, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot export {}: {} does not export bases {how}",
            self.object(),
            self.error.report().server
        )
    }

    fn unknown(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (report, is_base) = (self.error.report(), matches!(self.error.report().about, About::Base(_)));
        let may_continue = report.reason == Some(Reason::MayContinue);
        let how = match () {
            () if (may_continue || report.call == Call::CancelTask && report.may_still_run) && is_base => {
                "may still be imported"
            }
            () if may_continue || report.call == Call::CancelTask && report.may_still_run => {
                "may still import its base"
            }
            () if is_base => "may or may not have been imported",
            () => "may or may not have imported its base",
        };
        write!(f, "{} {how}", self.object())?;
        let could_not = report.call == Call::CancelTask && report.may_still_run && !may_continue;
        if could_not { f.write_str(", because it could not be cancelled") } else { Ok(()) }
    }

    /// The response, in parentheses.
    fn answered(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let says_it = [RefusalReason::NoBase, RefusalReason::NoWorkspace, RefusalReason::NameTaken];
        let is_told = self.error.kind() == ErrorKind::Unsupported
            || self.error.refusal_reason().is_some_and(|reason| says_it.contains(&reason));
        match self.error.reason() {
            None | Some(Reason::NotABase | Reason::NoTaskToResume) => Ok(()),
            Some(Reason::Reply(response)) if is_told => write!(f, " ({})", response.status().as_u16()),
            Some(Reason::Reply(response)) => write!(f, " ({})", in_brief(response)),
            Some(Reason::NoXlsx) => write!(f, ": {} does not import .xlsx files", self.error.report().server),
            Some(Reason::Archive(fault)) => write!(f, " ({fault})"),
            Some(reason) => write!(f, ": {reason}"),
        }
    }

    /// The cause, as a clause about the server.
    fn because(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let server = &self.error.report().server;
        let Some(reason) = self.error.reason() else { return Ok(()) };
        if self.error.exported_too_long() {
            return self.answered(f);
        }
        f.write_str(if self.error.ran_out_of_time_cancelling() {
            "; it could not be cancelled: "
        } else {
            ": "
        })?;
        match reason {
            Reason::Reply(response) => return self.because_of(response, f),
            Reason::NotSent => write!(f, "no connection to {server}")?,
            Reason::Interrupted => write!(f, "the connection to {server} broke")?,
            Reason::TimedOut => return write!(f, "{server} did not answer in time"),
            Reason::Untrusted => write!(f, "the certificate of {server} is not trusted")?,
            Reason::Archive(fault) => return write!(f, "the file from {server} is damaged ({fault})"),
            Reason::Damaged => return write!(f, "the file from {server} is damaged"),
            Reason::TooLarge { size, is_announced, limit } => {
                let least = at_least(*is_announced);
                return write!(f, "the file from {server} has {least}{size} bytes, and the limit is {limit}");
            }
            Reason::UnpacksTooLarge => write!(f, "the file from {server} unpacks to too much")?,
            Reason::TooEarly => return write!(f, "{server} reported success before it had the whole file"),
            Reason::MayContinue => {
                return write!(
                    f,
                    "{server} accepted the request to cancel, but finishes an import that is running"
                );
            }
            reason => return write!(f, "{reason}"),
        }
        self.detail.map_or(Ok(()), |detail| write!(f, " ({detail})"))
    }

    fn because_of(&self, response: &ReplyError, f: &mut Formatter<'_>) -> fmt::Result {
        let (server, refusal) = (&self.error.report().server, response.refusal());
        match response.status().as_u16() {
            _ if refusal.is_some_and(Refusal::is_foreign) => {
                write!(f, "a proxy or CDN in front of {server} refused the request")?;
            }
            _ if refusal.is_some_and(Refusal::is_unknown_task) => {
                write!(f, "{server} no longer knows the task")?;
            }
            429 => write!(f, "{server} refuses more requests for now")?,
            500 => write!(f, "{server} failed")?,
            408 | 504 => write!(f, "{server} did not answer in time")?,
            501..=599 => write!(f, "{server} is unavailable")?,
            400..=499 => write!(f, "{server} refused")?,
            _ => write!(f, "unexpected response from {server}")?,
        }
        write!(f, " ({})", in_brief(response))
    }

    /// What is, or may be, left on the server, and what was not done.
    fn left(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let report = self.error.report();
        let imports = report.import_started || report.call.imports();
        f.write_str(match report.kind {
            ErrorKind::UnknownOutcome if report.call.sends_file() => "; not retried, to avoid a duplicate",
            ErrorKind::UnknownOutcome => "",
            _ if report.may_still_run && report.resume.is_none() => "; the server may still be exporting it",
            _ if report.may_still_run && matches!(report.about, About::Task(_)) => {
                "; the task may still be running"
            }
            _ if report.may_still_run && imports => "; the import may still be running",
            _ if report.may_still_run => "; the export may still be running",
            ErrorKind::Timeout if report.cancelled_there => "; it was cancelled on the server",
            ErrorKind::Unavailable | ErrorKind::Timeout if report.call.imports() => "; nothing was imported",
            ErrorKind::Rejected if self.error.refusal_reason() == Some(RefusalReason::NameTaken) => {
                "; nothing was replaced"
            }
            _ if self.error.may_have_left_empty_base() => "; an empty base may remain",
            _ => "",
        })
    }

    fn verbs(&self) -> (&'static str, &'static str) {
        let report = self.error.report();
        match (report.call, &report.about) {
            (Call::ListAdministered | Call::ListWorkspaces, _) => ("list", "listing"),
            (Call::CancelTask, _) if self.is_about_cancelling() => ("cancel", "cancelling"),
            (Call::QueryStatus, About::Task(_)) => ("check", "checking"),
            (Call::ExportContent, _) => ("download", "downloading"),
            (call, _) if report.import_started || call.imports() => ("import", "importing"),
            _ => ("export", "exporting"),
        }
    }

    /// Whether the request to cancel is what failed, and not the task before it.
    fn is_about_cancelling(&self) -> bool {
        let report = self.error.report();
        let ended =
            report.cancelled_there || matches!(report.kind, ErrorKind::Timeout | ErrorKind::Cancelled);
        matches!(report.about, About::Task(_)) || !ended
    }

    /// The base or the task, and its workspace.
    fn what(&self) -> String {
        let report = self.error.report();
        let imports = report.call.imports() || report.import_started;
        let what = self.object() + &self.place(if imports { "into" } else { "in" });
        match (report.call, &report.about) {
            (Call::CancelTask, About::Base(_)) if self.is_about_cancelling() => {
                format!("the {} of {what}", if imports { "import" } else { "export" })
            }
            (Call::ExportContent, About::Task(_)) => format!("the file of {what}"),
            _ => what,
        }
    }

    fn object(&self) -> String {
        match &self.error.report().about {
            About::Base(name) => format!("\"{name}\""),
            about => about.as_str().to_owned(),
        }
    }

    fn task(&self) -> String {
        match &self.error.report().about {
            About::Base(name) => format!("the task of \"{name}\""),
            about => about.as_str().to_owned(),
        }
    }

    fn place(&self, preposition: &str) -> String {
        self.error.report().workspace.map_or_else(String::new, |id| format!(" {preposition} workspace {id}"))
    }
}

/// The status, and the server's own words or what is wrong with the response.
fn in_brief(response: &ReplyError) -> String {
    let status = response.status().as_u16();
    match (response, response.message()) {
        (ReplyError::NotUnderstood(response), _) => format!("{status}, but {}", response.what()),
        (_, Some(words)) => format!("{status}: {}", words.trim_end_matches('.')),
        _ => status.to_string(),
    }
}

/// Hours, minutes and seconds, such as `1h30m`.
fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let words: Vec<_> = parts.map(|(count, unit)| format!("{count}{unit}")).collect();
    if words.is_empty() { format!("{} ms", time.as_millis()) } else { words.concat() }
}
