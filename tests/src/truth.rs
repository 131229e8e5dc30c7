//! What must be true of an end: judged from the wire and the server's book, never from the task's own words.

use seatable_io_proto::{Base, TaskId};
use seatable_io_sandbox::{Generation, ImportState, TaskState};
use seatable_io_task::{Accepted, Exported, Imported, Outcome, Route, TaskError};

use crate::record::Known;
use crate::wire::{Asked, Heard};
use crate::{Job, Target, World};

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

impl World {
    /// Judges an end.
    pub fn judge(&mut self, end: &Result<Outcome, TaskError>) -> Result<(), Violation> {
        let deadline = self.deadline.unwrap_or_default();
        let latest = deadline.saturating_add(self.record.imposed);
        if self.now > latest {
            return Err(Violation(format!("ended at {:?}, after {latest:?}", self.now)));
        }
        match end {
            Ok(outcome) => self.judge_success(outcome)?,
            Err(error) => self.judge_failure(error)?,
        }
        self.judge_plain(end)
    }

    fn judge_success(&mut self, outcome: &Outcome) -> Result<(), Violation> {
        let good = match outcome {
            Outcome::Imported(imported) => self.is_imported(imported) && self.base_is_true(),
            Outcome::Accepted(accepted) => {
                self.judge_resume(Some(&accepted.resume), true)?;
                self.is_accepted(accepted)
            }
            Outcome::Exported(exported) => self.is_exported(exported),
            Outcome::Cancelled => {
                let told = matches!(self.record.last_heard(), Some((Asked::Cancel { .. }, heard)) if heard.is_cancelled());
                matches!(self.scene.job, Job::CancelOnly { .. }) && (told || self.was_cancelled_before())
            }
            Outcome::Running | Outcome::Finished => {
                let told = self.record.last_heard().and_then(|(_, heard)| heard.is_finished());
                matches!(self.scene.job, Job::Look { .. })
                    && told == Some(matches!(outcome, Outcome::Finished))
            }
            _ => false,
        };
        if good {
            return Ok(());
        }
        Err(Violation(format!("a success that is none: {outcome:?} after {:?}", self.record.last_heard())))
    }

    /// An earlier request may have cancelled the task that the server now does not know.
    pub(crate) fn was_cancelled_before(&self) -> bool {
        let gone = matches!(self.record.last_heard(), Some((Asked::Cancel { .. }, heard)) if heard.is_unknown_task());
        gone && self.record.known.as_ref().is_some_and(|known| known.may_be_cancelled)
    }

    /// Whether the wire said that the import has finished, and what it said of the base is what the outcome says.
    fn is_imported(&self, imported: &Imported) -> bool {
        let Some((asked, heard)) = self.record.last_heard() else { return false };
        let known = self.record.known.as_ref();
        let id = imported.task.as_ref().map(|task| task.as_str().to_owned());
        match asked {
            Asked::Poll { .. } => {
                heard.is_finished() == Some(true)
                    && known.is_some_and(|known| {
                        let Imported { base, task, renamed_from, .. } = imported;
                        describes(base.as_ref(), task.as_ref(), renamed_from.is_some(), known)
                    })
            }
            Asked::Upload => {
                let done = heard.told("table").is_some() && heard.told("task_id").is_none() && !heard.early;
                let table = matches!(self.scene.job, Job::Import { file, .. } if file.is_table());
                done && table && id.is_none() && imported.base.is_some()
            }
            Asked::TableUpload => {
                let done = heard.is_cancelled() && !heard.early;
                done && id.is_none() && imported.base.is_none()
            }
            _ => false,
        }
    }

    fn is_accepted(&self, accepted: &Accepted) -> bool {
        let no_wait = match self.record.last_heard() {
            Some((Asked::Upload, _)) => matches!(self.scene.job, Job::Import { wait: false, .. }),
            Some((Asked::StartExport { .. }, _)) => matches!(self.scene.job, Job::Export { wait: false, .. }),
            _ => false,
        };
        let Accepted { resume, base, renamed_from, .. } = accepted;
        let describes =
            |known: &Known| describes(base.as_ref(), Some(&resume.task), renamed_from.is_some(), known);
        let cancelled = self.record.ended_cancelled || self.record.ended_timed_out;
        no_wait && !cancelled && self.record.known.as_ref().is_some_and(describes)
    }

    /// Whether the server has the base, once, with the bytes that were meant.
    fn base_is_true(&mut self) -> bool {
        let (lied, file, now) = (self.record.lied, self.file.clone(), self.now);
        let resumed = matches!(self.scene.job, Job::Resume { .. });
        let mut bases = self.sandbox.book(now).bases.iter().filter(|base| base.name == "t1");
        let good = bases.next().is_some_and(|base| {
            let bytes = base.upload.as_ref().and_then(|upload| upload.bytes().cloned());
            base.import == ImportState::Finished && (resumed || bytes == Some(file))
        });
        lied || good && bases.next().is_none()
    }

    /// Whether the sink has exactly the file that was sent, and that file is the base's.
    fn is_exported(&self, exported: &Exported) -> bool {
        let Some((asked, heard)) = self.record.last_heard() else { return false };
        let Exported { bytes, base, task, route, .. } = exported;
        let from_task = |known: &Known| {
            let names = base.as_ref().map(|base| &base.name) == known.described.as_ref();
            names && task.as_ref().is_some_and(|task| task.as_str() == known.id)
        };
        let known = self.record.known.as_ref();
        let source = match (asked, route) {
            (Asked::Download { site: false, .. }, Route::Api)
            | (Asked::Download { site: true, .. }, Route::Site) => known.is_some_and(from_task),
            (Asked::SynchronousExport { .. }, Route::Synchronous) => base.is_none() && task.is_none(),
            _ => false,
        };
        let same = matches!(self.scene.job, Job::Export { target: Target::WithoutAssets, .. })
            || self.sink == self.file
            || self.record.lied;
        source
            && same
            && heard.is_whole_file()
            && self.sink == heard.body
            && *bytes == heard.body.len() as u64
    }

    /// Whether the server has, or will have, a base of what was sent.
    pub(crate) fn is_on_server(&mut self) -> bool {
        let (now, resumed) = (self.now, matches!(self.scene.job, Job::Resume { .. }));
        let book = self.sandbox.book(now);
        let made = book.bases.iter().any(|base| {
            let ours = base.name == "t1" && (base.upload.is_some() || resumed);
            ours && base.import == ImportState::Finished
        });
        let runs = book.tasks.iter().any(|task| {
            task.base.is_some()
                && matches!(task.state, TaskState::Queued | TaskState::Running | TaskState::Finished)
        });
        made || runs
    }

    /// Whether every server of this generation can do the job, and nothing makes it fail.
    pub(crate) fn is_easy(&self) -> bool {
        let again = self.policy.new_exports > 0;
        let quick = self.scene.patience.as_secs() >= 60 && self.scene.task_time.as_secs() < 30;
        self.record.plain && !self.record.lied && again && quick && self.scene.failure.is_none()
    }

    pub(crate) fn is_current(&self) -> bool {
        self.scene.generation == Generation::Current
    }

    /// The last answer.
    pub(crate) fn heard(&self) -> Option<&Heard> {
        self.record.last_heard().map(|(_, heard)| heard)
    }
}

/// Whether an outcome describes this task and its base, as far as the server did.
fn describes(base: Option<&Base>, task: Option<&TaskId>, renamed: bool, known: &Known) -> bool {
    let name = base.map(|base| base.name.clone());
    let uuid = base.is_none_or(|base| base.uuid.as_str() == known.uuid);
    let is_renamed = known.described.as_ref().is_some_and(|name| name != "t1");
    let task = task.is_some_and(|task| task.as_str() == known.id);
    task && uuid && name == known.described && renamed == is_renamed
}
