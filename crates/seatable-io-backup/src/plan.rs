use std::time::Duration;

use seatable_io_proto::{Base, BaseName, ListedBase, Listing};

use crate::catalogue::CopyRef;
use crate::chosen::Chosen;
use crate::folders::Folders;
use crate::{Catalogue, Checksum, CopyPath, NotListed, SavedBase, SavedCopy, Timestamp};

/// How old a stamp must have been when a copy was made, for an equal one to mean that nothing has changed since. Servers
/// write it up to ten minutes late.
const SETTLED: Duration = Duration::from_secs(30 * 60);

/// Which bases to back up, and which of them to skip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only these workspaces; all if there are none.
    pub workspaces: Vec<u64>,
    /// Only bases with these names; all if there are none.
    pub bases: Vec<String>,
    /// Also bases that others shared with the account or one of its groups.
    pub shared: bool,
    /// Skips bases that have a copy younger than this.
    pub max_age: Option<Duration>,
    /// Skips bases whose `updated_at` is that of the last copy, and was at least 30 minutes old when that was made.
    pub changed: bool,
}

/// What to do about one base.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// The base.
    pub listed: ListedBase,
    /// What to do.
    pub action: Action,
    folder: String,
}

/// What to do about a base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make a copy.
    Copy,
    /// Make none, because this one is there.
    Skip(SavedCopy, SkipReason),
}

/// Why no copy is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// The copy is young enough.
    Recent,
    /// The base does not seem to have changed since.
    Unchanged,
}

/// The chosen bases, in the order of the listing.
pub fn select<'a>(listing: &'a Listing, options: &Options) -> Result<Vec<&'a ListedBase>, NotListed> {
    let mut chosen = scope(listing, options);
    let by = Chosen::new(listing, &chosen, options)?;
    chosen.retain(|listed| by.contains(listed));
    Ok(chosen)
}

fn scope<'a>(listing: &'a Listing, options: &Options) -> Vec<&'a ListedBase> {
    let is_in_scope = |listed: &&ListedBase| {
        listed.access.is_administered() || (options.shared && listed.access.is_shared())
    };
    listing.bases.iter().filter(is_in_scope).collect()
}

/// What to do about each chosen base, in the order of the listing. `size_of` is the size of a file, if it is there.
///
/// The folder of a base depends on the listing and the catalogue, not on what is chosen.
pub fn plan(
    listing: &Listing,
    catalogue: &Catalogue,
    size_of: impl Fn(&CopyPath) -> Option<u64>,
    options: &Options,
    now: Timestamp,
) -> Result<Vec<Job>, NotListed> {
    let scope = scope(listing, options);
    let chosen = Chosen::new(listing, &scope, options)?;
    let mut folders = Folders::of(catalogue);
    let mut jobs = Vec::new();
    for listed in scope {
        let folder = folders.assign(listed);
        if chosen.contains(listed) {
            let copies = catalogue.records().saved_of(listed.base.uuid.as_str());
            let action = action(listed, copies, |copy| copy.is_there(&size_of), options, now);
            jobs.push(Job { listed: listed.clone(), action, folder });
        }
    }
    Ok(jobs)
}

/// `copies` are those of the base, the last one first.
fn action<'a>(
    listed: &ListedBase,
    mut copies: impl Iterator<Item = CopyRef<'a>> + Clone,
    is_there: impl Fn(&CopyRef<'_>) -> bool,
    options: &Options,
    now: Timestamp,
) -> Action {
    // A copy from the future tells that a clock was wrong, not that it is young.
    let is_recent = |copy: &CopyRef<'_>| {
        now.since(copy.started()).is_some_and(|age| options.max_age.is_some_and(|max| age < max))
    };
    let recent = copies.clone().find(|copy| is_recent(copy) && is_there(copy));
    if let Some(copy) = recent.and_then(CopyRef::to_copy) {
        return Action::Skip(copy, SkipReason::Recent);
    }
    let last = if options.changed { copies.find(is_there) } else { None };
    let unchanged = last.filter(|copy| is_unchanged(*copy, listed.base.updated_at.as_deref()));
    unchanged
        .and_then(CopyRef::to_copy)
        .map_or(Action::Copy, |copy| Action::Skip(copy, SkipReason::Unchanged))
}

fn is_unchanged(copy: CopyRef<'_>, updated_at: Option<&str>) -> bool {
    let stamp = updated_at.filter(|stamp| copy.updated_at() == Some(*stamp));
    let stamp: Option<Timestamp> = stamp.and_then(|stamp| stamp.parse().ok());
    stamp.and_then(|stamp| copy.started().since(stamp)).is_some_and(|age| age >= SETTLED)
}

impl Job {
    /// The folder for the copies of this base, with `/` between the names.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Whether this base was exported, if the server said which one, or at least its `name`: another base may have taken the
    /// name after the listing, or have one that the server takes for the same.
    pub fn is_of(&self, exported: Option<&Base>, name: Option<&str>) -> bool {
        let own = &self.listed.base;
        match (exported, name) {
            (Some(exported), _) => exported.uuid == own.uuid,
            (None, Some(name)) => BaseName::new(name).is_ok_and(|name| name.is_name_of(own)),
            (None, None) => true,
        }
    }

    /// The file for a copy that begins now: a name that is not taken yet.
    pub fn file(&self, started: Timestamp, is_taken: impl Fn(&CopyPath) -> bool) -> CopyPath {
        let name =
            |more: &str| CopyPath::within(&self.folder, &format!("{}{more}.dtable", started.in_file_name()));
        let others = (2_u64..).map(|number| name(&format!("-{number}")));
        std::iter::once(name("")).chain(others).find(|file| !is_taken(file)).unwrap_or_else(|| name("-0"))
    }

    /// The record of a copy, made of what the listing said before the export. No assets are missing from it.
    pub fn saved(
        &self,
        server: &str,
        file: CopyPath,
        started: Timestamp,
        bytes: u64,
        sha256: Checksum,
    ) -> SavedCopy {
        SavedCopy {
            file,
            server: server.to_owned(),
            workspace_id: self.listed.workspace,
            workspace: self.listed.workspace_name.to_string(),
            base: SavedBase::from(&self.listed.base),
            started,
            bytes,
            sha256,
            assets_missing: 0,
        }
    }
}

#[cfg(test)]
mod tests;
