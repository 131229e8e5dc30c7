use std::time::Duration;

use seatable_io_proto::{Access, Base, BaseName, BaseUuid, ListedBase, Listing};

use crate::catalogue::CopyRef;
use crate::folders::Folders;
use crate::select::scope;
use crate::{Catalogue, Checksum, CopyPath, NotListed, Options, SavedBase, SavedCopy, Timestamp};

/// How old `updated_at` must have been when a copy was made, for an equal one to mean that nothing has changed since.
/// Servers write it up to ten minutes late.
const SETTLED: Duration = Duration::from_secs(30 * 60);

/// The plan for one base.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BasePlan {
    /// The base.
    pub listed: ListedBase,
    /// Whether it is copied or skipped.
    pub action: Action,
    folder: String,
}

/// Whether a base is copied or skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// A copy is made.
    Copy,
    /// No copy is made.
    Skip(SkipReason),
}

/// Why no copy is made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// The base is excluded, whether it has copies or not.
    Excluded,
    /// This copy is young enough.
    Recent(SavedCopy),
    /// The base does not seem to have changed since this copy, the last one.
    Unchanged(SavedCopy),
}

/// Plans a backup: returns the plan for each chosen base, in the order of the listing.
///
/// `size_of` returns the size of a file in the backup folder, or `None` if there is no such file. Only copies whose file exists
/// with its size count.
///
/// The folder of a base depends on the listing and the catalogue, and not on which bases are chosen.
///
/// # Errors
///
/// If a chosen workspace or base is not in the listing.
pub fn plan(
    listing: &Listing,
    catalogue: &Catalogue,
    size_of: impl Fn(&CopyPath) -> Option<u64>,
    options: &Options,
    now: Timestamp,
) -> Result<Vec<BasePlan>, NotListed> {
    let (mut folders, is_excluded) = (Folders::of(catalogue), options.excludes());
    let mut plans = Vec::new();
    for (listed, is_chosen) in scope(listing, options)? {
        // A base that is not chosen or excluded keeps its folder, too.
        let folder = folders.assign(listed);
        if is_chosen {
            let action = if is_excluded(&listed.base) {
                Action::Skip(SkipReason::Excluded)
            } else {
                action(listed, catalogue, &size_of, options, now)
            };
            plans.push(BasePlan { listed: listed.clone(), action, folder });
        }
    }
    Ok(plans)
}

fn action(
    listed: &ListedBase,
    catalogue: &Catalogue,
    size_of: &impl Fn(&CopyPath) -> Option<u64>,
    options: &Options,
    now: Timestamp,
) -> Action {
    let copies = || catalogue.records().saved_of(listed.base.uuid.as_str());
    let is_there = |copy: &CopyRef<'_>| copy.is_there(size_of);
    // A copy from the future means that a clock was wrong, not that the copy is young.
    let is_recent = |copy: &CopyRef<'_>| {
        now.since(copy.entry.started).is_some_and(|age| options.max_age.is_some_and(|max| age < max))
    };
    let recent = copies().find(|copy| is_recent(copy) && is_there(copy));
    let unchanged = || {
        let last = if options.changed { copies().find(is_there) } else { None }?;
        is_unchanged(last, listed.base.updated_at.as_deref()).then_some(last)
    };
    let recent = recent.and_then(CopyRef::to_copy).map(SkipReason::Recent);
    let skip = recent.or_else(|| unchanged().and_then(CopyRef::to_copy).map(SkipReason::Unchanged));
    skip.map_or(Action::Copy, Action::Skip)
}

fn is_unchanged(copy: CopyRef<'_>, updated_at: Option<&str>) -> bool {
    let updated_at = updated_at.filter(|updated_at| copy.updated_at() == Some(*updated_at));
    let updated_at: Option<Timestamp> = updated_at.and_then(|updated_at| updated_at.parse().ok());
    updated_at.and_then(|updated_at| copy.entry.started.since(updated_at)).is_some_and(|age| age >= SETTLED)
}

impl BasePlan {
    /// Returns the folder for the copies of this base, with `/` between the names.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Returns the UUID by which the base must be exported, or `None` if it is exported by its workspace and name.
    ///
    /// A base from the list of a whole server may be in a workspace that the account cannot see, may have a password that nobody
    /// knows, or no name.
    pub fn uuid_to_export(&self) -> Option<&BaseUuid> {
        Some(&self.listed.base.uuid).filter(|_| self.listed.access == Access::ServerWide)
    }

    /// Returns whether this base was exported, judged by the base or at least the name that the server reported, and `true` if
    /// it reported neither.
    ///
    /// Another base may have been given the name after the listing, or have a name that the server considers the same. The name does
    /// not matter if the base was exported [by its UUID](Self::uuid_to_export).
    pub fn is_of(&self, exported: Option<&Base>, name: Option<&str>) -> bool {
        let own = &self.listed.base;
        match (exported, name) {
            (Some(exported), _) => exported.uuid == own.uuid,
            (None, Some(_)) if self.uuid_to_export().is_some() => true,
            (None, Some(name)) => BaseName::new(name).is_ok_and(|name| name.is_same(&own.name)),
            (None, None) => true,
        }
    }

    /// Returns the file for a copy that is started at this time. `is_taken` returns whether a file name is in use, and must
    /// return `false` for one of them.
    pub fn file(&self, started: Timestamp, is_taken: impl Fn(&CopyPath) -> bool) -> CopyPath {
        let name =
            |more: &str| CopyPath::within(&self.folder, &format!("{}{more}.dtable", started.in_file_name()));
        let others = (2_u64..).map(|number| name(&format!("-{number}")));
        std::iter::once(name("")).chain(others).find(|file| !is_taken(file)).unwrap_or_else(|| name("-0"))
    }

    /// Returns the record of a copy, which describes the base as it was listed before the export. No assets are missing from
    /// the copy.
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
            owner: self.owner(),
            base: self.base(),
            started,
            bytes,
            sha256,
            assets_missing: 0,
        }
    }

    /// Returns the identity of the owner, if the base is from the list of a whole server.
    pub(crate) fn owner(&self) -> Option<String> {
        self.listed.owner.as_ref().map(|owner| owner.id.to_string())
    }

    /// Returns the base as it was listed.
    pub(crate) fn base(&self) -> SavedBase {
        let Base { uuid, name, updated_at, .. } = self.listed.base.clone();
        SavedBase { uuid, name, updated_at }
    }
}

#[cfg(test)]
mod tests;
