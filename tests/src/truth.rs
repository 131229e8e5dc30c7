//! Promises about an end, judged by the wire and the state of the server, never by the words of the operation.

use std::time::Duration;

use seatable_io_proto::{Base, Listing, TaskId, TaskKind};
use seatable_io_sandbox::{Generation, ImportState};
use seatable_io_task::{Accepted, Exported, Imported, OperationError, Outcome, Route, Scope};

use crate::record::Known;
use crate::wire::{Asked, Heard};
use crate::{Job, Past, Target, World};

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

impl World {
    /// Judges an end.
    pub fn judge(&mut self, end: &Result<Outcome, OperationError>) -> Result<(), Violation> {
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
                self.judge_resume(Some(&accepted.resume))?;
                self.is_accepted(accepted)
            }
            Outcome::Exported(exported) => self.is_exported(exported),
            Outcome::Cancelled => {
                matches!(self.scene.job, Job::CancelExisting { .. })
                    && self.cancel_is_confirmed()
                    && (self.record.lied || !self.will_be_on_server())
            }
            Outcome::Running | Outcome::Finished => {
                let reported = self.record.last_heard().and_then(|(_, heard)| heard.is_finished());
                let late = matches!(self.scene.job, Job::CancelExisting { kind: TaskKind::Import, .. })
                    && matches!(outcome, Outcome::Finished);
                (late || matches!(self.scene.job, Job::PollOnce { .. }))
                    && reported == Some(matches!(outcome, Outcome::Finished))
            }
            Outcome::Listed(listing) => self.is_listed(listing),
            _ => false,
        };
        if good {
            return Ok(());
        }
        Err(Violation(format!("a false success: {outcome:?} after {:?}", self.record.last_heard())))
    }

    /// Returns whether the server confirmed the cancellation. For an import, it must also report the task as unknown, in the way
    /// of the servers that delete its base.
    pub(crate) fn cancel_is_confirmed(&self) -> bool {
        let Some(known) = &self.record.known else { return false };
        match self.record.last_heard() {
            Some((Asked::Cancel { .. }, heard)) => heard.is_cancelled() && known.kind == TaskKind::Export,
            Some((Asked::Poll { .. }, heard)) => {
                known.cancelled && heard.is_unknown_task() && heard.status == 400
            }
            _ => false,
        }
    }

    /// Returns whether each base of the account, or of the server, is listed once, and a listing without the administered bases is unconfirmed.
    fn is_listed(&mut self, listing: &Listing) -> bool {
        let (lied, unconfirmed, now) = (self.record.lied, self.record.unconfirmed, self.now);
        let server_wide = matches!(self.scene.job, Job::List { scope: Scope::ServerWide });
        let is_answered = self.record.last_heard().is_some_and(|(asked, heard)| {
            let pages = matches!(asked, Asked::ListServerBases { .. });
            let workspaces = matches!(asked, Asked::ListWorkspaces { .. });
            heard.is_success() && if server_wide { pages } else { workspaces }
        });
        let listed: Vec<_> = listing.bases.iter().map(|listed| listed.base.uuid.as_str()).collect();
        let of_account = |base: &&seatable_io_sandbox::Base| {
            let is_own = base.share.is_none() && base.workspace != 3;
            (server_wide || is_own) && !base.name.starts_with("other")
        };
        let all = self
            .sandbox
            .state(now)
            .bases
            .values()
            .filter(of_account)
            .all(|base| listed.iter().filter(|uuid| **uuid == base.uuid).count() == 1);
        is_answered && (lied || all && listing.unconfirmed == unconfirmed && !listing.changing)
    }

    /// Returns whether a response reported that the import has finished, and the outcome describes the base as the response does.
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
                let done = heard.field("table").is_some() && heard.field("task_id").is_none() && !heard.early;
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

    /// Returns whether the server has the base once, with the bytes that were sent. Older servers report a failed import as
    /// finished, which no client can detect.
    fn base_is_true(&mut self) -> bool {
        let (lied, file, now) = (self.record.lied, self.file.clone(), self.now);
        let older = !self.is_current();
        let resumed = matches!(self.scene.job, Job::Resume { .. });
        let mut bases = self.sandbox.state(now).bases.values().filter(|base| base.name == "t1");
        let good = bases.next().is_some_and(|base| {
            let bytes = base.upload.as_ref().and_then(|upload| upload.bytes().cloned());
            let fails = older && base.import == ImportState::Failed;
            fails || base.import == ImportState::Finished && (resumed || bytes == Some(file))
        });
        // A 2021 server reports a task that someone cancelled as finished, although it has deleted the base.
        let cancelled = matches!(self.scene.job, Job::Resume { past: Past::Cancelled, .. }) && older;
        lied || cancelled || good && bases.next().is_none()
    }

    /// Returns whether the sink has exactly the received file, and that is the file of the base.
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
            (Asked::SynchronousExport { .. } | Asked::ExportByUuid { .. }, Route::Synchronous) => {
                base.is_none() && task.is_none()
            }
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

    /// Returns whether the server has, or will have, the whole base of an import. Only for the end of a story, because a week
    /// passes.
    pub(crate) fn will_be_on_server(&mut self) -> bool {
        let later = self.now + Duration::from_secs(7 * 86_400);
        let mut bases = self.sandbox.state(later).bases.values();
        bases.any(|base| base.name == "t1" && base.upload.is_some() && base.import == ImportState::Finished)
    }

    /// Returns whether every server of this generation can do the job, and nothing makes it fail.
    pub(crate) fn is_easy(&self) -> bool {
        let again = self.policy.new_exports > 0;
        let quick = self.scene.timeout.as_secs() >= 60 && self.scene.task_time.as_secs() < 30;
        self.record.plain && !self.record.lied && again && quick && self.scene.failure.is_none()
    }

    pub(crate) fn is_current(&self) -> bool {
        self.scene.generation == Generation::Current
    }

    /// Returns the last response.
    pub(crate) fn heard(&self) -> Option<&Heard> {
        self.record.last_heard().map(|(_, heard)| heard)
    }
}

/// Returns whether an outcome describes this task and its base, as far as the server did.
fn describes(base: Option<&Base>, task: Option<&TaskId>, renamed: bool, known: &Known) -> bool {
    let name = base.map(|base| base.name.clone());
    let uuid = base.is_none_or(|base| base.uuid.as_str() == known.uuid);
    let is_renamed = known.described.as_ref().is_some_and(|name| name != "t1");
    let task = task.is_some_and(|task| task.as_str() == known.id);
    task && uuid && name == known.described && renamed == is_renamed
}
