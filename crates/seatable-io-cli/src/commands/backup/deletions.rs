//! The copies that `--keep` deletes.

use std::num::NonZeroUsize;

use seatable_io_backup::{BasePlan, CopyPath, SavedCopy};

use super::Backup;
use crate::failure::Failure;
use crate::report::{CommandName, Good, Report};
use crate::store::Store;
use crate::ui::size::Size;

impl Backup<'_> {
    /// Deletes the copies that a new one makes superfluous.
    pub(super) fn delete_superseded(&self, job: &BasePlan, report: &mut Report) -> Result<(), Failure> {
        for (file, deletion) in self.superseded(job) {
            self.store().delete(&file)?;
            report.deletions.push(deletion);
        }
        Ok(())
    }

    /// The copies that are not to be kept, each with its report.
    pub(super) fn superseded(&self, job: &BasePlan) -> Vec<(CopyPath, Report)> {
        let keep = self.args.keep.and_then(|keep| NonZeroUsize::new(usize::try_from(keep).ok()?));
        let Some(keep) = keep else { return Vec::new() };
        let (store, base) = (self.store(), &job.listed.base.uuid);
        let size_of = |file: &CopyPath| store.size_of(file);
        let deletion = |copy: SavedCopy| (copy.file.clone(), self.deletion(&store, job, &copy));
        if self.args.dry_run {
            store.catalogue.superseded_next(base, keep, size_of).map(deletion).collect()
        } else {
            store.catalogue.superseded(base, keep, size_of).map(deletion).collect()
        }
    }

    fn deletion(&self, store: &Store, job: &BasePlan, copy: &SavedCopy) -> Report {
        let (label, started) = (copy.label(), copy.started);
        let good = if self.args.dry_run {
            let words = "to be deleted, if the new copy is as complete as the last one";
            Good::new("planned", format!("{label}: the copy of {started} is {words}"))
        } else {
            Good::new("deleted", format!("{label}: deleted the copy of {started} ({})", Size(copy.bytes)))
        };
        let mut report = Report::new(Some(CommandName::Backup), Some(copy.base.name.clone()), Ok(good));
        report.workspace_id = Some(copy.workspace_id);
        report.note("workspace", copy.workspace.as_str());
        report.base = Some(job.listed.base.clone());
        report.note("reason", "superseded");
        note(store, copy, &mut report);
        report
    }
}

/// Notes the file of a copy.
pub(super) fn note(store: &Store, copy: &SavedCopy, report: &mut Report) {
    report.note("output", store.path(&copy.file).to_string_lossy());
    report.note("sha256", copy.sha256.to_string());
    report.note("assets_missing", copy.assets_missing);
    report.bytes = Some(copy.bytes);
}
