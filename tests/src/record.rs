//! What an observer knows who reads the wire and watches the driver and the caller.

use std::time::Duration;

use seatable_io_proto::TaskKind;
use seatable_io_task::Failure;
use serde_json::Value;

use crate::wire::{Asked, Fate, Heard};
use crate::{Job, Past, Violation};

/// The task on the server that matters now.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) uuid: String,
    pub(crate) kind: TaskKind,
    /// The name that the server gave the base, if it described it here.
    pub(crate) described: Option<String>,
    /// The end may have been in an answer that was not read.
    pub(crate) lost: bool,
    /// An answer may have reported that it failed.
    pub(crate) may_have_failed: bool,
    /// It was reported as finished.
    pub(crate) finished: bool,
    pub(crate) polls: u32,
    /// A request to cancel it may have done so.
    pub(crate) may_be_cancelled: bool,
}

/// One exchange that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) asked: Asked,
    pub(crate) fate: Fate,
    /// The failure that the driver reported.
    pub(crate) why: Option<Failure>,
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) job: Job,
    pub(crate) known: Option<Known>,
    pub(crate) last: Option<Seen>,
    pub(crate) cancelled: Option<Duration>,
    /// It is cancelled because its time is over.
    pub(crate) timed_out: bool,
    /// Its time was over before the last exchange ended.
    pub(crate) ended_timed_out: bool,
    /// It was cancelled before the last exchange ended.
    pub(crate) ended_cancelled: bool,
    /// When the task's time was over, as the last exchange ended.
    pub(crate) deadline: Duration,
    /// How long the driver made the task wait after its time was over.
    pub(crate) imposed: Duration,
    /// Somebody said what is not true of the server, so only what was said can be judged.
    pub(crate) lied: bool,
    /// Nothing has gone wrong.
    pub(crate) plain: bool,
    /// An upload was sent that may have had an effect.
    pub(crate) upload_at_large: bool,
    /// An export may have been started that nobody can name.
    pub(crate) export_at_large: bool,
    /// How many answers wrote to the sink.
    pub(crate) files: u32,
    /// How many requests to start an export were sent.
    pub(crate) exports: u32,
}

impl Record {
    /// The beginning; `known` is the task that the job is about.
    pub(crate) fn of(job: Job, known: Option<Known>) -> Self {
        let past = match job {
            Job::Resume { past, doubt, .. } if !doubt => past,
            _ => Past::Open,
        };
        let mut known = known;
        if let (Some(known), Job::Resume { doubt, .. }) = (&mut known, job) {
            known.lost = doubt;
        }
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
            // A caller who resumes without a doubt says that nobody was told the end.
            lied: past != Past::Open,
            plain: true,
            upload_at_large: false,
            export_at_large: false,
            files: 0,
            exports: 0,
        }
    }

    /// Judges a request that is sent.
    pub(crate) fn asks(&mut self, asked: &Asked) -> Result<(), Violation> {
        let cancels = matches!(asked, Asked::Cancel { .. });
        let broken = if asked.is_upload() && self.upload_at_large {
            "an import was sent again that may have acted"
        } else if self.is_cancelled() && !cancels {
            "a task that was cancelled goes on"
        } else if cancels && !self.is_cancelled() && !matches!(self.job, Job::CancelOnly { .. }) {
            "a task was cancelled that nobody cancelled"
        } else if !self.fits(asked) {
            "a request that fits nothing: it names another task, or comes too early"
        } else {
            if asked.starts_export() {
                self.exports += 1;
                self.known = None;
            }
            return Ok(());
        };
        Err(Violation(format!("{broken}: {asked:?}")))
    }

    /// Whether it is to be cancelled, for whatever reason.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.is_some() || self.timed_out
    }

    fn fits(&self, asked: &Asked) -> bool {
        let uploads = matches!(self.job, Job::Import { .. }) && self.known.is_none();
        match (asked, &self.known) {
            (Asked::Upload | Asked::TableUpload | Asked::TableProbe, _) => uploads,
            (Asked::StartExport { .. } | Asked::SynchronousExport { .. }, None) => !self.job.imports(),
            (Asked::StartExport { .. } | Asked::SynchronousExport { .. }, Some(known)) => {
                let downloaded = matches!(&self.last, Some(Seen { asked: Asked::Download { .. }, .. }));
                known.kind == TaskKind::Export && downloaded
            }
            (Asked::Poll { task }, Some(known)) => *task == known.id && !known.finished,
            (Asked::Download { task, uuid, .. }, Some(known)) => {
                let may_be_there = known.finished || known.lost && known.kind == TaskKind::Export;
                *task == known.id && *uuid == known.uuid && may_be_there
            }
            (Asked::Cancel { task, uuid, kind }, Some(known)) => {
                *task == known.id && *uuid == known.uuid && *kind == known.kind.to_string()
            }
            (_, None) => false,
        }
    }

    /// Learns how an exchange ended, in a task whose time is over at `deadline`.
    pub(crate) fn hears(&mut self, asked: Asked, fate: Fate, why: Option<Failure>, deadline: Duration) {
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
        self.last = Some(Seen { asked, fate, why });
    }

    /// `heard` is the answer to a request that the server may have acted on.
    fn learns(&mut self, asked: &Asked, heard: Option<&Heard>) {
        let refused = heard.is_some_and(|heard| heard.whole && heard.is_refusal());
        match asked {
            Asked::Upload => self.known = heard.and_then(|heard| started(heard, TaskKind::Import)),
            Asked::StartExport { .. } => {
                self.known = heard.and_then(|heard| started(heard, TaskKind::Export));
                self.export_at_large |= self.known.is_none() && !refused;
            }
            Asked::SynchronousExport { .. } => {
                self.export_at_large |= !refused;
            }
            Asked::Poll { .. } => {
                if let Some(known) = &mut self.known {
                    known.polled(heard);
                }
            }
            Asked::Cancel { .. } => {
                if let Some(known) = self.known.as_mut().filter(|_| !refused) {
                    known.may_be_cancelled = true;
                }
            }
            Asked::TableProbe | Asked::TableUpload | Asked::Download { .. } => {}
        }
    }

    /// The last request and how it ended, if it was answered.
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
                (self.finished, self.lost, self.may_have_failed) = (finished, false, false);
            }
            Some((heard, None)) if heard.status == 500 && heard.error_msg().is_some() => {
                self.may_have_failed = true;
            }
            Some((heard, None)) if heard.whole && heard.is_refusal() => {}
            _ => self.lost = true,
        }
    }
}

/// The task that a server says it has started, if it can be read.
fn started(heard: &Heard, kind: TaskKind) -> Option<Known> {
    let id = match heard.told("task_id")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let table = heard.told("table")?;
    let uuid = table.get("uuid")?.as_str()?.to_owned();
    let described = Some(table.get("name")?.as_str()?.to_owned());
    let readable = !heard.early || kind == TaskKind::Export;
    readable.then(|| Known { described, ..Known::of(id, uuid, kind) })
}

impl Known {
    /// A task of which nothing else is known.
    pub(crate) fn of(id: String, uuid: String, kind: TaskKind) -> Self {
        Self {
            id,
            uuid,
            kind,
            described: None,
            lost: false,
            may_have_failed: false,
            finished: false,
            polls: 0,
            may_be_cancelled: false,
        }
    }
}
