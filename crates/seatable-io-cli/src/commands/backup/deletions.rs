//! Deletes copies for `--keep`. The run, with the state that all bases share, is in the parent.

use std::num::NonZeroUsize;

use seatable_io_backup::{BasePlan, CopyPath, SavedCopy};

use super::Backup;
use crate::failure::Failure;
use crate::report::{BackupFields, CommandName, Details, Fields, Good, Report};
use crate::store::Store;
use crate::ui::Size;

impl Backup<'_> {
    /// Deletes the copies that a new one supersedes.
    pub(super) fn delete_superseded(&self, job: &BasePlan, details: &mut Details) -> Result<(), Failure> {
        for (file, deletion) in self.superseded(job) {
            self.store().delete(&file)?;
            details.deletions.push(deletion);
        }
        Ok(())
    }

    /// Returns the superseded copies, each with its report.
    pub(super) fn superseded(&self, job: &BasePlan) -> Vec<(CopyPath, Report)> {
        let keep = self.args.keep.and_then(|keep| NonZeroUsize::new(usize::try_from(keep).ok()?));
        let Some(keep) = keep else { return Vec::new() };
        let (store, base) = (self.store(), &job.listed.base.uuid);
        let size_of = |file: &CopyPath| store.size_of(file);
        let deletion = |copy: SavedCopy| (copy.file.clone(), self.deletion(&store, job, &copy));
        store.catalogue.superseded(base, keep, self.args.dry_run, size_of).map(deletion).collect()
    }

    fn deletion(&self, store: &Store, job: &BasePlan, copy: &SavedCopy) -> Report {
        let (label, started) = (copy.label(), copy.started);
        let good = if self.args.dry_run {
            let words = "to be deleted, if the new copy is as complete as the last one";
            Good::new("planned", format!("{label}: the copy of {started} is {words}"))
        } else {
            Good::new("deleted", format!("{label}: deleted the copy of {started} ({})", Size(copy.bytes)))
        };
        let mut details = Details::new(Some(CommandName::Backup), Some(copy.base.name.clone()));
        details.workspace_id = Some(copy.workspace_id);
        details.base = Some(job.listed.base.clone());
        details.bytes = Some(copy.bytes);
        details.fields = fields(store, copy, &copy.workspace, Some("superseded"));
        details.ended(Ok(good))
    }
}

/// Returns the fields of a copy.
pub(super) fn fields(
    store: &Store,
    copy: &SavedCopy,
    workspace: &str,
    reason: Option<&'static str>,
) -> Fields {
    Fields::Backup(BackupFields {
        assets_missing: Some(copy.assets_missing),
        output: Some(store.path(&copy.file).to_string_lossy().into_owned()),
        reason,
        sha256: Some(copy.sha256.to_string()),
        workspace: Some(workspace.to_owned()),
    })
}
