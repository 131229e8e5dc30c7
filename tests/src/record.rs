//! The knowledge of an observer who reads the wire and watches the driver and the caller.

use std::time::Duration;

use seatable_io_proto::TaskKind;
use seatable_io_task::{Failure, Scope};
use serde_json::Value;

use crate::wire::{Asked, Fate, Heard};
use crate::{Job, Violation};

/// The task on the server that matters now.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) uuid: String,
    pub(crate) kind: TaskKind,
    /// The name that the server gave the base, if it described it here.
    pub(crate) described: Option<String>,
    /// A response was lost since the last readable one.
    pub(crate) lost: bool,
    /// The server did not know it when it was polled.
    pub(crate) gone: bool,
    /// A response may have reported that it failed.
    pub(crate) may_have_failed: bool,
    /// It was reported as finished.
    pub(crate) finished: bool,
    pub(crate) polls: u32,
    /// The server confirmed that it was cancelled.
    pub(crate) cancelled: bool,
    /// It was polled after the operation was cancelled, and before the request to cancel it.
    pub(crate) last_poll: bool,
}

/// One exchange that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) asked: Asked,
    pub(crate) fate: Fate,
    /// The failure that the driver reported.
    pub(crate) failure: Option<Failure>,
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) job: Job,
    pub(crate) known: Option<Known>,
    pub(crate) last: Option<Seen>,
    pub(crate) cancelled: Option<Duration>,
    /// The operation was cancelled because its time was over.
    pub(crate) timed_out: bool,
    /// Its time was over before the last exchange ended.
    pub(crate) ended_timed_out: bool,
    /// The operation was cancelled before the last exchange ended.
    pub(crate) ended_cancelled: bool,
    /// The deadline when the last exchange ended.
    pub(crate) deadline: Duration,
    /// The time that the driver made the operation wait after its deadline.
    pub(crate) imposed: Duration,
    /// A response contradicted the state of the server, so the operation can be judged only by the responses.
    pub(crate) lied: bool,
    /// Nothing has gone wrong.
    pub(crate) plain: bool,
    /// An upload was sent that may have had an effect.
    pub(crate) upload_at_large: bool,
    /// An export may have been started whose task is not known.
    pub(crate) export_at_large: bool,
    /// The number of responses that were written to the sink.
    pub(crate) files: u32,
    /// The number of requests to start an export.
    pub(crate) exports: u32,
    /// The number of those that followed a missing or bad file.
    pub(crate) new_exports: u32,
    /// The server did not list the bases that the account administers.
    pub(crate) unconfirmed: bool,
    /// The time was over while the server was busy.
    pub(crate) busy_at_the_end: bool,
}

impl Record {
    /// Creates the record of a job; `known` is the task that the job is about.
    pub(crate) fn of(job: Job, known: Option<Known>) -> Self {
        Self {
            job,
            known,
            last: None,
            cancelled: None,
            timed_out: false,
            ended_timed_out: false,
            ended_cancelled: false,
            deadline: Duration::ZERO,
            imposed: Duration::ZERO,
            lied: false,
            plain: true,
            upload_at_large: false,
            export_at_large: false,
            files: 0,
            exports: 0,
            new_exports: 0,
            unconfirmed: false,
            busy_at_the_end: false,
        }
    }

    /// Judges a request that is sent.
    pub(crate) fn asks(&mut self, asked: &Asked) -> Result<(), Violation> {
        let cancels = matches!(asked, Asked::Cancel { .. });
        let broken = if asked.is_upload() && self.upload_at_large {
            "an import was sent again that may have had an effect"
        } else if self.is_cancelled() && !cancels && !self.may_poll(asked) {
            "a cancelled operation goes on"
        } else if cancels && self.is_import() && !self.known.as_ref().is_some_and(|known| known.last_poll) {
            "an import is cancelled that may have finished"
        } else if cancels && !self.is_cancelled() && !matches!(self.job, Job::CancelExisting { .. }) {
            "a task was cancelled although the operation was not"
        } else if !self.fits(asked) {
            "a request that fits nothing: it names another task, or comes too early"
        } else {
            if asked.starts_export() {
                self.exports += 1;
                self.new_exports += u32::from(self.is_new_export(asked));
                self.known = None;
            }
            let cancelled = self.is_cancelled() || matches!(self.job, Job::CancelExisting { .. });
            if let (Asked::Poll { .. }, Some(known)) = (asked, &mut self.known) {
                known.last_poll |= cancelled;
            }
            return Ok(());
        };
        Err(Violation(format!("{broken}: {asked:?}")))
    }

    /// Returns whether this start follows a bad download, and not only an address without the file.
    fn is_new_export(&self, asked: &Asked) -> bool {
        let Some(Seen { asked: last, fate, .. }) = &self.last else { return false };
        let heard = if let Fate::Heard(heard) = fate { Some(heard) } else { None };
        let begun = heard.is_some_and(|heard| heard.status < 400);
        match last {
            Asked::Download { .. } => matches!(asked, Asked::StartExport { .. }),
            Asked::SynchronousExport { .. } | Asked::ExportByUuid { .. } => begun,
            _ => false,
        }
    }

    fn is_import(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.kind == TaskKind::Import)
    }

    /// Returns whether an import may be polled that is being cancelled: once before the request to cancel, and again after it.
    fn may_poll(&self, asked: &Asked) -> bool {
        let may = self.known.as_ref().is_some_and(|known| known.cancelled || !known.last_poll);
        matches!(asked, Asked::Poll { .. }) && self.is_import() && may
    }

    /// Returns whether the operation was cancelled, for any reason.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.is_some() || self.timed_out
    }

    fn fits(&self, asked: &Asked) -> bool {
        let uploads = matches!(self.job, Job::Import { .. }) && self.known.is_none();
        match (asked, &self.known) {
            (Asked::Upload | Asked::TableUpload | Asked::TableProbe, _) => uploads,
            (
                Asked::StartExport { .. } | Asked::SynchronousExport { .. } | Asked::ExportByUuid { .. },
                None,
            ) => {
                matches!(self.job, Job::Export { .. } | Job::Resume { kind: TaskKind::Export, .. })
            }
            (Asked::ListServerBases { .. }, _) => {
                matches!(self.job, Job::List { scope: Scope::ServerWide })
            }
            (Asked::ListAdministered | Asked::ListWorkspaces { .. }, _) => {
                matches!(self.job, Job::List { scope: Scope::Administered | Scope::WithShared })
            }
            (Asked::ExportByUuid { .. }, Some(_)) => false,
            (Asked::StartExport { .. } | Asked::SynchronousExport { .. }, Some(known)) => {
                let downloaded = matches!(&self.last, Some(Seen { asked: Asked::Download { .. }, .. }));
                known.kind == TaskKind::Export && downloaded
            }
            (Asked::Poll { task }, Some(known)) => *task == known.id && !known.finished,
            (Asked::Download { task, uuid, .. }, Some(known)) => {
                let may_be_there = known.finished || known.gone && known.kind == TaskKind::Export;
                *task == known.id && *uuid == known.uuid && may_be_there
            }
            (Asked::Cancel { task, uuid, kind }, Some(known)) => {
                *task == known.id && *uuid == known.uuid && *kind == known.kind.to_string()
            }
            (_, None) => false,
        }
    }

    /// Records the end of an exchange of an operation with this deadline.
    pub(crate) fn hears(&mut self, asked: Asked, fate: Fate, failure: Option<Failure>, deadline: Duration) {
        self.deadline = deadline;
        let free = match &fate {
            Fate::NotSent | Fate::Untrusted => true,
            Fate::Unheard => false,
            Fate::Heard(heard) => heard.busy,
        };
        self.ended_timed_out = self.timed_out;
        self.ended_cancelled = self.cancelled.is_some();
        if asked.is_upload() {
            self.upload_at_large |= !free;
        }
        if !free {
            let heard = if let Fate::Heard(heard) = &fate { Some(heard) } else { None };
            self.learns(&asked, heard);
        }
        self.last = Some(Seen { asked, fate, failure });
    }

    /// Records the response, if any, to a request that may have had an effect.
    fn learns(&mut self, asked: &Asked, heard: Option<&Heard>) {
        let refused = heard.is_some_and(|heard| heard.whole && heard.is_refusal());
        match asked {
            Asked::Upload => self.known = heard.and_then(|heard| started(heard, TaskKind::Import)),
            Asked::StartExport { .. } => {
                self.known = heard.and_then(|heard| started(heard, TaskKind::Export));
                self.export_at_large |= self.known.is_none() && !refused;
            }
            Asked::SynchronousExport { .. } | Asked::ExportByUuid { .. } => {
                self.export_at_large |= !refused;
            }
            Asked::Poll { .. } => {
                if let Some(known) = &mut self.known {
                    known.polled(heard);
                }
            }
            Asked::Cancel { .. } => {
                if let Some(known) = self.known.as_mut() {
                    known.cancelled |= heard.is_some_and(Heard::is_cancelled);
                }
            }
            Asked::ListAdministered => {
                let is_listed = heard.is_some_and(|heard| {
                    let lacks = heard.whole && heard.status == 404 && heard.is_no_such_address();
                    lacks || heard.field("personal").is_some()
                });
                self.unconfirmed = !is_listed;
            }
            Asked::ListWorkspaces { .. }
            | Asked::ListServerBases { .. }
            | Asked::TableProbe
            | Asked::TableUpload
            | Asked::Download { .. } => {}
        }
    }

    /// Returns the last request and its response, if there was one.
    pub(crate) fn last_heard(&self) -> Option<(&Asked, &Heard)> {
        match &self.last {
            Some(Seen { asked, fate: Fate::Heard(heard), .. }) => Some((asked, heard)),
            _ => None,
        }
    }
}

impl Known {
    fn polled(&mut self, heard: Option<&Heard>) {
        match heard.map(|heard| (heard, heard.is_finished())) {
            Some((_, Some(finished))) => {
                self.polls += 1;
                (self.finished, self.lost, self.gone, self.may_have_failed) = (finished, false, false, false);
            }
            Some((heard, None)) if heard.status == 500 && heard.error_msg().is_some() => {
                self.may_have_failed = true;
            }
            Some((heard, None)) if heard.whole && heard.is_refusal() => self.gone |= heard.is_unknown_task(),
            _ => self.lost = true,
        }
    }
}

/// Returns the task that a response reports as started, if it can be read.
fn started(heard: &Heard, kind: TaskKind) -> Option<Known> {
    let id = match heard.field("task_id")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let table = heard.field("table")?;
    let uuid = table.get("uuid")?.as_str()?.to_owned();
    let described = Some(table.get("name")?.as_str()?.to_owned());
    let readable = !heard.early || kind == TaskKind::Export;
    readable.then(|| Known { described, ..Known::of(id, uuid, kind) })
}

impl Known {
    /// Creates a task of which nothing else is known.
    pub(crate) fn of(id: String, uuid: String, kind: TaskKind) -> Self {
        Self {
            id,
            uuid,
            kind,
            described: None,
            lost: false,
            gone: false,
            may_have_failed: false,
            finished: false,
            polls: 0,
            cancelled: false,
            last_poll: false,
        }
    }
}
