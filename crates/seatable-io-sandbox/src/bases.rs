use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;
use std::time::Duration;

use crate::Content;
use crate::name::compared;

/// The record of a base. An import creates it before the file is examined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Base {
    /// The number of the base.
    pub id: u64,
    /// The workspace that contains the base.
    pub workspace: u64,
    /// The name. An import fails if the database considers it equal to the name of another base in the workspace.
    pub name: String,
    /// The UUID as the server reports it; [`Generation::Y2021`](crate::Generation::Y2021) puts an `n` into it, like the
    /// first sample of the 2021 page.
    pub uuid: String,
    /// The state of the import that created the record.
    pub import: ImportState,
    /// The `.dtable` file, once the import has finished.
    pub content: Option<Content>,
    /// The file that was uploaded to create the base, even if the import failed.
    pub upload: Option<Content>,
    /// The password that a current server requires for an export.
    pub password: Option<String>,
    /// The way in which another user shares it with the account.
    pub share: Option<Share>,
    /// Whether the account has starred it.
    pub starred: bool,
    /// The folder of the personal workspace that contains it.
    pub folder: Option<u64>,
    /// The virtual time of `updated_at`.
    pub updated: Duration,
}

impl Base {
    /// Gives the base its content; without one, its import has failed.
    pub(crate) fn end_import(&mut self, content: Option<Content>) {
        self.import = if content.is_some() { ImportState::Finished } else { ImportState::Failed };
        self.content = content;
    }
}

/// The state of the import that created a base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ImportState {
    /// The task is queued or running.
    #[default]
    Pending,
    /// The base is complete.
    Finished,
    /// The base is empty, though the server may have reported the task as finished.
    Failed,
    /// The task was cancelled before it ran, and left an empty base, as on current servers.
    Cancelled,
}

/// The way in which another user shares a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Share {
    /// The base is shared with the account.
    Base,
    /// The base is shared with this group of the account.
    Group(u64),
    /// A view of the base is shared with the account, which cannot export the base.
    View,
    /// A view of the base is shared with this group of the account; it is listed like a base.
    GroupView(u64),
}

/// The records of bases by number, in the order of their creation.
#[derive(Clone, Debug, Default)]
pub struct Bases {
    all: BTreeMap<u64, Base>,
    /// The bases of each workspace by name as the database compares it, which several can share.
    by_name: HashMap<(u64, String), BTreeSet<u64>>,
    by_uuid: HashMap<String, u64>,
}

impl Bases {
    /// Returns the record with this UUID.
    pub fn with_uuid(&self, uuid: &str) -> Option<&Base> {
        self.get(self.by_uuid.get(uuid)?)
    }

    pub(crate) fn named(&self, workspace: u64, name: &str) -> Option<&Base> {
        let mut found = self.by_name.get(&(workspace, compared(name)))?.iter().map(|id| &self.all[id]);
        let first = found.clone().next();
        found.find(|base| base.name == name).or(first)
    }

    pub(crate) fn of_workspace(&self, workspace: u64) -> impl Iterator<Item = &Base> {
        self.values().filter(move |base| base.workspace == workspace)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Base> {
        self.all.get_mut(&id)
    }

    pub(crate) fn with_uuid_mut(&mut self, uuid: &str) -> Option<&mut Base> {
        self.get_mut(*self.by_uuid.get(uuid)?)
    }

    pub(crate) fn add(&mut self, base: Base) {
        self.by_name.entry((base.workspace, compared(&base.name))).or_default().insert(base.id);
        self.by_uuid.insert(base.uuid.clone(), base.id);
        self.all.insert(base.id, base);
    }

    pub(crate) fn remove(&mut self, uuid: &str) {
        let id = self.by_uuid.remove(uuid);
        let Some(base) = id.and_then(|id| self.all.remove(&id)) else { return };
        if let Some(bases) = self.by_name.get_mut(&(base.workspace, compared(&base.name))) {
            bases.remove(&base.id);
        }
    }
}

impl Deref for Bases {
    type Target = BTreeMap<u64, Base>;

    fn deref(&self) -> &BTreeMap<u64, Base> {
        &self.all
    }
}
