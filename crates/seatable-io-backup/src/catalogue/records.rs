use std::collections::BTreeSet;
use std::iter::successors;
use std::sync::Arc;

use seatable_io_proto::BaseUuid;

use super::encoding::{Site, Whose, read_text, text, usual_name};
use super::texts::{Index, Texts};
use crate::{Checksum, CopyPath, SavedBase, SavedCopy, Timestamp};

/// The identity of an owner, and its workspace.
pub(crate) type OwnerKey<'a> = (&'a str, u64);

/// Copies in little memory: a million nightly ones of a thousand bases need 120 MiB. The number of an entry is its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    entries: Vec<Entry>,
    /// The [`text`] of each entry.
    texts: Texts,
    origins: Vec<Origin>,
    /// The [`Whose::text`] of each origin.
    origin_texts: Texts,
    sites: BTreeSet<Arc<Site>>,
    files: Index,
    /// The last origin of each base, by its uuid.
    bases: Index,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    origin: u32,
    /// The entry of the same base that was recorded before this one.
    pub(crate) before: Option<u32>,
    state: State,
    pub(crate) started: Timestamp,
    bytes: u64,
    pub(crate) assets_missing: u64,
    sha256: Checksum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Saved,
    Removed,
    /// There is a later entry for the file.
    Replaced,
}

/// The part that copies of a base have in common, until it changes.
#[derive(Clone, Debug)]
struct Origin {
    site: Arc<Site>,
    /// The last entry of the base, or `None` if there is a later origin.
    last: Option<u32>,
}

impl Records {
    /// Adds a copy. Earlier records of its file no longer count.
    pub(super) fn insert(&mut self, copy: &SavedCopy) {
        let Some(place) = number(self.entries.len()) else { return };
        self.set(&copy.file, State::Replaced);
        self.files.insert(copy.file.as_str(), place);
        let (origin, before) = self.origin_of(copy, place);
        self.texts.push(&text(copy));
        let &SavedCopy { started, bytes, assets_missing, sha256, .. } = copy;
        let state = State::Saved;
        self.entries.push(Entry { origin, before, state, started, bytes, assets_missing, sha256 });
    }

    /// Changes the state of the last record of a file, if there is one.
    pub(super) fn set(&mut self, file: &CopyPath, state: State) {
        let place = self.find(file.as_str()).map(|copy| copy.place);
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place as usize)) {
            entry.state = state;
        }
    }

    /// Returns the origin of a new copy, whose last entry is `place` from now on, and the last entry until now.
    fn origin_of(&mut self, copy: &SavedCopy, place: u32) -> (u32, Option<u32>) {
        let (whose, site) = (Whose::of(copy), self.site(copy));
        let mut before = None;
        if let Some(known) = self.last_origin(whose.uuid) {
            let is_same = self.whose(known) == whose;
            if let Some(origin) = self.origins.get_mut(known as usize) {
                before = origin.last.take();
                if is_same && origin.site == site {
                    origin.last = Some(place);
                    return (known, before);
                }
            }
        }
        // There are no more origins than entries.
        let origin = number(self.origins.len()).unwrap_or_default();
        self.bases.insert(whose.uuid, origin);
        self.origin_texts.push(&whose.text());
        self.origins.push(Origin { site, last: Some(place) });
        (origin, before)
    }

    fn site(&mut self, copy: &SavedCopy) -> Arc<Site> {
        let new = Arc::new(Site::of(copy));
        let known = self.sites.get(&new).map(Arc::clone);
        known.unwrap_or_else(|| {
            self.sites.insert(Arc::clone(&new));
            new
        })
    }

    fn last_origin(&self, uuid: &str) -> Option<u32> {
        self.bases.candidates(uuid).find(|origin| self.whose(*origin).uuid == uuid)
    }

    pub(crate) fn whose(&self, origin: u32) -> Whose<'_> {
        Whose::read(self.origin_texts.get(origin))
    }

    /// Finds the last record of a file.
    fn find(&self, file: &str) -> Option<CopyRef<'_>> {
        let mut entries = self.files.candidates(file).filter_map(|place| self.at(place));
        entries.find(|copy| copy.file().as_str() == file)
    }

    pub(super) fn find_in(&self, state: State, file: &str) -> Option<CopyRef<'_>> {
        self.find(file).filter(|copy| copy.entry.state == state)
    }

    fn at(&self, place: u32) -> Option<CopyRef<'_>> {
        let entry = self.entries.get(place as usize)?;
        Some(CopyRef { records: self, place, entry })
    }

    pub(super) fn all_in(&self, state: State) -> impl DoubleEndedIterator<Item = CopyRef<'_>> + Clone {
        let entries = self.entries.iter().enumerate().filter(move |(_, entry)| entry.state == state);
        entries.filter_map(|(place, entry)| Some(CopyRef { records: self, place: number(place)?, entry }))
    }

    /// Returns the copies that were not removed, in the order in which they were recorded.
    pub(crate) fn saved(&self) -> impl DoubleEndedIterator<Item = CopyRef<'_>> + Clone {
        self.all_in(State::Saved)
    }

    /// Returns the copy in this file, unless it was removed.
    pub(crate) fn saved_in(&self, file: &str) -> Option<CopyRef<'_>> {
        self.find_in(State::Saved, file)
    }

    /// Returns the copies of a base that were not removed, the last one first.
    pub(crate) fn saved_of(&self, uuid: &str) -> impl Iterator<Item = CopyRef<'_>> + Clone + use<'_> {
        let origin = self.last_origin(uuid).and_then(|origin| self.origins.get(origin as usize));
        self.saved_until(origin.and_then(|origin| origin.last))
    }

    /// Returns for each base the copies that were not removed, the last one first.
    pub(crate) fn bases(&self) -> impl Iterator<Item = impl Iterator<Item = CopyRef<'_>> + Clone> {
        let last = self.origins.iter().filter_map(|origin| origin.last);
        last.map(|last| self.saved_until(Some(last)))
    }

    /// Returns the copies of a base up to the one at this place that were not removed, the last one first.
    pub(crate) fn saved_until(
        &self,
        last: Option<u32>,
    ) -> impl Iterator<Item = CopyRef<'_>> + Clone + use<'_> {
        let last = last.and_then(|last| self.at(last));
        let copies = successors(last, |copy| self.at(copy.entry.before?));
        copies.filter(|copy| copy.entry.state == State::Saved)
    }

    /// Returns the copies that were not removed and whose origin passes the test.
    pub(crate) fn saved_where<'a>(
        &'a self,
        test: &dyn Fn(Whose<'_>) -> bool,
    ) -> impl Iterator<Item = CopyRef<'a>> + Clone + use<'a> {
        let origins: Vec<_> = (0..).zip(&self.origins).map(|(origin, _)| test(self.whose(origin))).collect();
        self.saved().filter(move |copy| origins.get(copy.entry.origin as usize) == Some(&true))
    }

    /// Returns the origins of the copies that were not removed, in the order in which they were recorded: each with the owner and
    /// the workspace, if the copies were made from the list of a whole server.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (Whose<'_>, Option<OwnerKey<'_>>)> {
        let used: BTreeSet<u32> = self.saved().map(|copy| copy.entry.origin).collect();
        used.into_iter().map(|origin| {
            let site = self.origins.get(origin as usize).map(|origin| &origin.site);
            let owner = site.and_then(|site| Some((site.owner.as_deref()?, site.workspace_id)));
            (self.whose(origin), owner)
        })
    }
}

/// Returns `None` after four billion.
fn number(index: usize) -> Option<u32> {
    u32::try_from(index).ok()
}

/// A recorded copy, from which a [`SavedCopy`] can be made.
#[derive(Clone, Copy)]
pub(crate) struct CopyRef<'a> {
    records: &'a Records,
    /// It is higher for copies that were recorded later.
    pub(crate) place: u32,
    pub(crate) entry: &'a Entry,
}

impl<'a> CopyRef<'a> {
    pub(crate) fn workspace_id(self) -> u64 {
        self.site().map_or(0, |site| site.workspace_id)
    }

    fn site(self) -> Option<&'a Site> {
        self.records.origins.get(self.entry.origin as usize).map(|origin| &*origin.site)
    }

    pub(crate) fn whose(self) -> Whose<'a> {
        self.records.whose(self.entry.origin)
    }

    pub(crate) fn updated_at(self) -> Option<&'a str> {
        read_text(self.records.texts.get(self.place)).1
    }

    pub(crate) fn file(self) -> CopyPath {
        match read_text(self.records.texts.get(self.place)) {
            ("", _) => CopyPath::within(self.whose().folder, &usual_name(self.entry.started)),
            (name, _) => CopyPath::within(self.whose().folder, name),
        }
    }

    /// Returns whether the file exists with its size.
    pub(crate) fn is_there(self, size_of: impl Fn(&CopyPath) -> Option<u64>) -> bool {
        size_of(&self.file()) == Some(self.entry.bytes)
    }

    /// Returns the copy. Never `None`, because its uuid was one when it was recorded.
    pub(crate) fn to_copy(self) -> Option<SavedCopy> {
        let &Entry { started, bytes, assets_missing, sha256, .. } = self.entry;
        let Site { server, workspace_id, workspace, owner } = self.site()?;
        let Whose { uuid, name, .. } = self.whose();
        let base = SavedBase {
            uuid: BaseUuid::new(uuid).ok()?,
            name: name.to_owned(),
            updated_at: self.updated_at().map(str::to_owned),
        };
        Some(SavedCopy {
            file: self.file(),
            server: server.clone(),
            workspace_id: *workspace_id,
            workspace: workspace.clone(),
            owner: owner.clone(),
            base,
            started,
            bytes,
            sha256,
            assets_missing,
        })
    }
}
