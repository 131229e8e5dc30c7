//! Backs up one base. The run, with the state that all bases share, is in the parent.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use seatable_io_backup::{Action, BasePlan, CopyPath, GaveUp, SavedCopy, SkipReason};
use seatable_io_ureq::proto::BaseName;
use seatable_io_ureq::task::{Exported, OperationError};
use seatable_io_ureq::{Client, Run, kind};

use super::Backup;
use crate::failure::{Failure, Kind};
use crate::report::{Attention, CommandName, Details, Good, Report};
use crate::stop;
use crate::store::{Copied, Part, Store, lacking, now};
use crate::ui::Size;

impl Backup<'_> {
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn one(&self, plan: &BasePlan) -> Report {
        let listed = &plan.listed;
        let input = Some(listed.base.name.clone());
        let mut details = Details::new(Some(CommandName::Backup), input);
        details.workspace_id = Some(listed.workspace);
        details.fields.workspace = Some(listed.workspace_name.to_string());
        details.fields.owner.clone_from(&listed.owner);
        details.of(|details| {
            let end = match &plan.action {
                Action::Skip(reason) => Ok(self.skip(plan, reason, details)),
                _ if self.args.dry_run => {
                    let superseded = self.superseded(plan)?.into_iter();
                    details.deletions = superseded.map(|(_, deletion)| deletion).collect();
                    Ok(Good::new("planned", format!("{}: to be exported", plan.folder())))
                }
                _ => self.copy(plan, details).map_err(|failure| {
                    let failure = self.explain(failure, plan, details);
                    self.recognize(failure, plan, details)
                }),
            };
            details.base = Some(listed.base.clone());
            end
        })
    }

    fn skip(&self, plan: &BasePlan, reason: &SkipReason, details: &mut Details) -> Good {
        let (copy, reason, why) = match reason {
            SkipReason::Recent(copy) => (copy, "recent", "is recent enough"),
            SkipReason::Unchanged(copy) => (copy, "unchanged", "has the server's time of the last change"),
            _ => {
                details.fields.reason = Some("excluded");
                return Good::new("skipped", format!("{}: skipped, it is excluded", plan.folder()));
            }
        };
        if !self.args.dry_run {
            // If that fails, the next copy does it.
            let _ = self.store().sweep(&copy.file);
        }
        note(&self.store(), copy, details);
        details.fields.reason = Some(reason);
        Good::new("skipped", format!("{}: skipped, its copy of {} {why}", plan.folder(), copy.started))
    }

    fn copy(&self, plan: &BasePlan, details: &mut Details) -> Result<Good, Failure> {
        self.go_on()?;
        let started = now()?;
        let file = plan.file(started, |file| self.store().is_taken(file));
        let part = self.store().prepare(&file)?;
        let exported = self.export(plan, &file, part, details);
        let copied = exported.inspect_err(|_| self.store().unmark(&file))?;
        let mut copy = plan.saved(self.session.server.url(), file, started, copied.bytes, copied.sha256);
        copy.assets_missing = copied.assets_missing;
        note(&self.store(), &copy, details);
        let attention = self.compare(&copy);
        if let Some(missing) = copied.missing().filter(|_| attention.is_none() && !self.args.no_assets) {
            self.session.screen.say(&format!("{}: warning: {missing}", plan.folder()));
        }
        self.store().record(&copy)?;
        for (file, deletion) in self.superseded(plan)? {
            self.store().delete(&file).map_err(|failure| {
                let message = format!("the new copy is good, but {}", failure.message);
                Failure { message, ..failure }
            })?;
            details.deletions.push(deletion);
        }
        let text = format!("{}: exported at {started} ({})", plan.folder(), Size(copied.bytes));
        Ok(Good { attention, ..Good::new("finished", text) })
    }

    /// # Errors
    ///
    /// After a signal, or if nothing more can be written.
    fn go_on(&self) -> Result<(), Failure> {
        stop::go_on(&self.session.stop)?;
        if self.is_full.load(Ordering::Relaxed) {
            let failure = Failure::io("not started, since nothing more can be written to the folder");
            return Err(Failure { is_reported: true, ..failure });
        }
        Ok(())
    }

    /// Compares a new copy with the one before, and returns a warning if it lacks more.
    fn compare(&self, copy: &SavedCopy) -> Option<Attention> {
        let store = self.store();
        let before = store.catalogue.poorer_than_before(&copy.base.uuid, copy.assets_missing)?;
        let (label, started) = (copy.label(), before.started);
        let [own, others] = [copy, &before].map(|copy| lacking(copy.assets_missing));
        let message =
            format!("{label}: the new copy lacks {own}; the one before, of {started}, lacks {others}");
        let why = if self.args.no_assets {
            "omit --no-assets"
        } else {
            "have the server's file storage and the log of its exports checked"
        };
        let hint = format!("{why}; the more complete copy is never deleted in favour of this one");
        Some(Attention { message, hint: Some(hint) })
    }

    /// Explains a failure.
    fn explain(&self, failure: Failure, plan: &BasePlan, details: &mut Details) -> Failure {
        let folder = plan.folder();
        if failure.is_full && self.is_full.swap(true, Ordering::Relaxed) {
            return Failure { is_reported: true, ..failure.about(folder) };
        }
        if failure.is_full {
            let hint = "free some space there, and run the command again with --max-age; bases that follow were not exported";
            return failure.about(folder).hint(hint);
        }
        let failure = self.session.advise(failure, &plan.listed);
        if !failure.to_advise().is_some_and(OperationError::exported_too_long) {
            return failure.about(folder);
        }
        let gave_up = self.retries.lock().unwrap_or_else(PoisonError::into_inner).gave_up(plan);
        let message = format!("{folder}: {gave_up}");
        details.again = (gave_up == GaveUp::Retry).then(|| message.clone());
        Failure { message, ..failure }
    }

    /// Exports a base to a file that is examined before it gets its name.
    fn export(
        &self,
        plan: &BasePlan,
        file: &CopyPath,
        mut part: Part,
        details: &mut Details,
    ) -> Result<Copied, Failure> {
        let exported = match plan.uuid_to_export() {
            Some(uuid) => {
                let run = self.session.export_by_uuid(uuid, self.args.no_assets);
                self.session.run(plan.folder(), run.sink(&mut part), details)
            }
            None => self.session.run(plan.folder(), self.run(plan)?.sink(&mut part), details),
        }?;
        match (exported, part.copied()) {
            (Exported { base, name, .. }, _) if !plan.is_of(base.as_ref(), name.as_deref()) => {
                let _ = self.store().remove(file);
                Err(Failure::new(Kind::NotFound, "another base has this name now; run the command again"))
            }
            (_, Some(copied)) => Ok(copied),
            _ => Err(Failure::internal()),
        }
    }

    fn run(&self, plan: &BasePlan) -> Result<Run<'_, Client, kind::Export>, Failure> {
        let base = BaseName::new(plan.listed.base.name.as_str()).map_err(|error| {
            let failure = Failure::from(error).about(&format!("base {}", plan.listed.base.uuid));
            failure.hint("give the base a name in a browser, then run the command again")
        })?;
        let password = self.password.as_ref().filter(|_| plan.listed.is_encrypted != Some(false));
        Ok(self.session.export(plan.listed.workspace, &base, password, self.args.no_assets))
    }

    /// Returns the copies that a new one supersedes, each with the report of its deletion.
    fn superseded(&self, plan: &BasePlan) -> Result<Vec<(CopyPath, Report)>, Failure> {
        let (store, base, now) = (self.store(), &plan.listed.base.uuid, now()?);
        let size_of = |file: &CopyPath| store.size_of(file);
        let offset = |time| self.zone.offset(time);
        let deletion = |copy: SavedCopy| (copy.file.clone(), self.deletion(&store, plan, &copy));
        let is_planned = self.args.dry_run;
        let superseded = store.catalogue.superseded(base, &self.policy, now, offset, is_planned, size_of);
        Ok(superseded.map(deletion).collect())
    }

    fn deletion(&self, store: &Store, plan: &BasePlan, copy: &SavedCopy) -> Report {
        let (label, started) = (copy.label(), copy.started);
        let good = if self.args.dry_run {
            let words = "to be deleted, if the new copy is as complete as the last one";
            Good::new("planned", format!("{label}: the copy of {started} is {words}"))
        } else {
            Good::new("deleted", format!("{label}: deleted the copy of {started} ({})", Size(copy.bytes)))
        };
        let mut details = Details::new(Some(CommandName::Backup), Some(copy.base.name.clone()));
        details.workspace_id = Some(copy.workspace_id);
        details.base = Some(plan.listed.base.clone());
        details.fields.workspace = Some(copy.workspace.clone());
        details.fields.reason = Some("superseded");
        note(store, copy, &mut details);
        details.ended(Ok(good))
    }
}

/// Records the file of a copy.
fn note(store: &Store, copy: &SavedCopy, details: &mut Details) {
    details.bytes = Some(copy.bytes);
    details.fields.assets_missing = Some(copy.assets_missing);
    details.fields.output = Some(store.path(&copy.file).to_string_lossy().into_owned());
    details.fields.sha256 = Some(copy.sha256.to_string());
}
