use seatable_io_proto::{FileName, Format, InputError};

use crate::Timestamp;
use crate::catalogue::CopyRef;

/// Which copies to restore, and under which names.
///
/// By default, the newest copy of every base is restored under the name of the base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreOptions {
    pub(super) bases: Vec<String>,
    pub(super) from: Option<u64>,
    pub(super) at: Option<Timestamp>,
    suffix: String,
}

impl RestoreOptions {
    /// Chooses only these bases, each by its uuid, by the [label](crate::SavedCopy::label) of its copies, or by a name that it
    /// had. An empty list stands for all.
    pub fn bases(self, bases: Vec<String>) -> RestoreOptions {
        RestoreOptions { bases, ..self }
    }

    /// Restores only copies from this workspace.
    pub fn from(self, workspace: impl Into<Option<u64>>) -> RestoreOptions {
        RestoreOptions { from: workspace.into(), ..self }
    }

    /// Restores each base as it was at this time: from its newest copy that was started no later.
    pub fn at(self, time: impl Into<Option<Timestamp>>) -> RestoreOptions {
        RestoreOptions { at: time.into(), ..self }
    }

    /// Appends a suffix to the names.
    pub fn suffix(self, suffix: impl Into<String>) -> RestoreOptions {
        RestoreOptions { suffix: suffix.into(), ..self }
    }

    pub(super) fn is_from(&self, copy: CopyRef<'_>) -> bool {
        self.from.is_none_or(|id| copy.workspace_id() == id)
    }

    pub(super) fn is_old_enough(&self, copy: CopyRef<'_>) -> bool {
        self.at.is_none_or(|at| copy.entry.started <= at)
    }

    pub(super) fn file_name(&self, base: &str) -> Result<FileName, InputError> {
        FileName::new(&self.new_name(base), Format::Dtable)
    }

    pub(super) fn new_name(&self, base: &str) -> String {
        format!("{base}{}", self.suffix)
    }
}
