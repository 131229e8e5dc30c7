//! What must hold, whatever happens: judged from the wire and the server's book, never from the task's own words.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::response::Parts;
use seatable_io_sandbox::{Generation, ImportState, TaskState};
use seatable_io_task::{Call, ErrorKind, Failure, Outcome, TaskError};
use serde_json::Value;

use crate::{Job, World};

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

/// What an observer of the wire and of the caller knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) cancelled: Option<Duration>,
    /// What requests took that the driver could not end.
    pub(crate) imposed: Duration,
    /// An upload went out whose fate is not that the server did not act.
    upload_at_large: bool,
    /// Some answer did not come, or was not readable: from outside, it may have been the end.
    pub(crate) unclear: bool,
    starts_at_large: bool,
}

impl Record {
    pub(crate) fn sent(&mut self, call: Call) -> Result<(), Violation> {
        if call == Call::StartImport && self.upload_at_large {
            return Err(Violation("an import was sent again that may have acted".to_owned()));
        }
        Ok(())
    }

    pub(crate) fn failed(&mut self, call: Call, why: Failure) {
        if why != Failure::NotSent {
            self.at_large(call);
        }
    }

    fn at_large(&mut self, call: Call) {
        self.unclear = true;
        self.upload_at_large |= call == Call::StartImport;
        self.starts_at_large |= matches!(call, Call::StartExport | Call::SynchronousExport);
    }

    pub(crate) fn answered(&mut self, call: Call, head: &Parts, body: &Bytes, whole: bool) {
        let busy = head.status == StatusCode::TOO_MANY_REQUESTS
            || (head.status == StatusCode::SERVICE_UNAVAILABLE) && head.headers.contains_key("retry-after");
        if busy {
            return;
        }
        let clear = whole && is_readable(call, body);
        if call == Call::Status && clear && body.ends_with(b"false}") {
            self.unclear = false;
        } else if head.status.is_server_error() || !clear && head.status.is_success() || !whole {
            self.at_large(call);
        }
        self.upload_at_large |= call == Call::StartImport;
    }
}

fn is_readable(call: Call, body: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    match call {
        Call::Status => answer["is_finished"].is_boolean(),
        Call::StartImport => answer["table"].is_object() || answer["dtable_name"].is_string(),
        Call::StartExport => answer["table"].is_object(),
        Call::Cancel => answer["success"].is_boolean(),
        Call::Content | Call::SynchronousExport => true,
    }
}

impl World {
    /// Judges an end.
    pub fn judge(&mut self, end: &Result<Outcome, TaskError>) -> Result<(), Violation> {
        self.note(&format!(
            "the end: {}",
            end.as_ref().map_or_else(ToString::to_string, |good| format!("{good:?}"))
        ));
        let (patience, extra) = (self.scene.patience, Duration::from_secs(30));
        let latest =
            self.record.cancelled.map_or(patience, |at| patience.max(at) + extra) + self.record.imposed;
        if self.now > latest {
            return Err(Violation(format!("ended at {:?}, after {latest:?}", self.now)));
        }
        match end {
            Ok(outcome) => self.judge_success(outcome),
            Err(error) => self.judge_failure(error),
        }
    }

    fn judge_success(&mut self, outcome: &Outcome) -> Result<(), Violation> {
        let (sink, file) = (self.sink.clone(), self.file.clone());
        let book = self.sandbox.book(self.now);
        let named: Vec<_> = book.bases.iter().filter(|base| base.name == "t1").collect();
        let good = match outcome {
            Outcome::Imported(_) => named.len() == 1 && named[0].import == ImportState::Finished,
            Outcome::Exported(exported) => sink == file && exported.bytes == file.len() as u64,
            _ => false,
        };
        if good { Ok(()) } else { Err(Violation(format!("a success that is none: {outcome:?}"))) }
    }

    fn judge_failure(&mut self, error: &TaskError) -> Result<(), Violation> {
        let (kind, now) = (error.kind(), self.now);
        let import = matches!(self.scene.job, Job::ImportDtable | Job::ImportCsv | Job::ImportBroken);
        let book = self.sandbox.book(now);
        let imported =
            book.bases.iter().any(|base| base.name == "t1" && base.import == ImportState::Finished);
        let told = book.tasks.last().is_some_and(|task| task.state == TaskState::Told);
        let runs = book.unfinished().filter(|task| task.base.is_some()).count();
        let previewed = book.tasks.iter().all(|task| task.base.is_none());
        let says = |text: &str| Err(Violation(format!("{text}: {error} ({kind:?})")));
        match kind {
            ErrorKind::TaskFailed if import && imported => says("failed, but it worked"),
            ErrorKind::TaskFailed if !import && told => says("failed, but it was told finished"),
            ErrorKind::Unknown if !import => says("an export is never unknown"),
            ErrorKind::Unknown if !self.record.unclear && self.record.cancelled.is_none() => {
                says("unknown, but everything was clear")
            }
            ErrorKind::Refused | ErrorKind::Unsupported | ErrorKind::Unavailable
                if import && error.call() == Call::StartImport && !previewed && !book.tasks.is_empty() =>
            {
                says("not accepted, but there is a task")
            }
            ErrorKind::Cancelled if import && imported && self.scene.generation != Generation::Current => {
                says("cancelled, but it was imported")
            }
            ErrorKind::Cancelled if runs > 0 && !error.may_still_run() => says("cancelled, but it runs"),
            ErrorKind::Cancelled if self.record.cancelled.is_none() => says("cancelled by nobody"),
            _ if runs > 0 && !error.may_still_run() && kind != ErrorKind::Unknown => {
                says("something still runs")
            }
            _ => Ok(()),
        }
    }
}
