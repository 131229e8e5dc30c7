use std::iter::successors;

use seatable_io_proto::BaseUuid;

use super::encoding::{Whose, read_site, read_text, site, text, usual_name};
use super::texts::{Hash, Index, Texts};
use crate::{Checksum, CopyPath, SavedBase, SavedCopy, Timestamp};

/// Copies in little memory: a million nightly ones of a thousand bases need 120 MiB. The number of an entry is its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    entries: Vec<Entry>,
    /// The [`text`] of each entry.
    texts: Texts,
    origins: Vec<Origin>,
    /// The [`Whose::text`] of each origin.
    origin_texts: Texts,
    /// Servers and workspaces, as [`site`] returns them.
    sites: Texts,
    files: Index,
    /// The last origin of each base, by its uuid.
    bases: Index,
    by_site: Index,
}

#[derive(Clone, Debug)]
struct Entry {
    origin: u32,
    /// The entry of the same base that was recorded before this one.
    before: Option<u32>,
    state: State,
    started: Timestamp,
    bytes: u64,
    assets_missing: u64,
    sha256: Checksum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Saved,
    Removed,
    /// There is a later entry for the file.
    Replaced,
}

/// The part that copies of a base have in common, until it changes.
#[derive(Clone, Debug)]
struct Origin {
    site: u32,
    /// The last entry of the base, or `None` if there is a later origin.
    last: Option<u32>,
}

impl Records {
    /// Adds a copy. Earlier records of its file no longer count.
    pub(super) fn insert(&mut self, copy: &SavedCopy) {
        let Some(place) = number(self.entries.len()) else { return };
        let (file, hash) = (copy.file.as_str(), Hash::of(copy.file.as_str()));
        if let Some(known) = self.set(file, hash, State::Replaced) {
            self.files.remove(hash, known);
        }
        self.files.insert(hash, place);
        let (origin, before) = self.origin_of(copy, place);
        self.texts.push(&text(copy));
        let &SavedCopy { started, bytes, assets_missing, sha256, .. } = copy;
        let state = State::Saved;
        self.entries.push(Entry { origin, before, state, started, bytes, assets_missing, sha256 });
    }

    /// Marks the copy in a file as removed, if there is one.
    pub(super) fn remove(&mut self, file: &CopyPath) {
        self.set(file.as_str(), Hash::of(file.as_str()), State::Removed);
    }

    /// Changes the state of the last record of a file, and returns its place.
    fn set(&mut self, file: &str, hash: Hash, state: State) -> Option<u32> {
        let place = self.find(file, hash)?.place;
        self.entries.get_mut(place as usize)?.state = state;
        Some(place)
    }

    /// Returns the origin of a new copy, whose last entry is `place` from now on, and the last entry until now.
    fn origin_of(&mut self, copy: &SavedCopy, place: u32) -> (u32, Option<u32>) {
        let (whose, site) = (Whose::of(copy), site(copy));
        let hash = Hash::of(whose.uuid);
        let known = self.last_origin(whose.uuid, hash);
        let before = known.and_then(|known| self.origins.get_mut(known as usize)?.last.replace(place));
        if let Some(known) = known {
            if self.site(known) == site && self.whose(known) == whose {
                return (known, before);
            }
            if let Some(origin) = self.origins.get_mut(known as usize) {
                origin.last = None;
            }
            self.bases.remove(hash, known);
        }
        // There are no more origins or sites than entries.
        let origin = number(self.origins.len()).unwrap_or_default();
        self.bases.insert(hash, origin);
        self.origin_texts.push(&whose.text());
        let site = self.number_of(&site);
        self.origins.push(Origin { site, last: Some(place) });
        (origin, before)
    }

    fn number_of(&mut self, site: &str) -> u32 {
        let hash = Hash::of(site);
        let known = self.by_site.candidates(hash).find(|known| self.sites.get(*known) == site);
        known.unwrap_or_else(|| {
            let new = number(self.sites.len()).unwrap_or_default();
            self.by_site.insert(hash, new);
            self.sites.push(site);
            new
        })
    }

    fn last_origin(&self, uuid: &str, hash: Hash) -> Option<u32> {
        self.bases.candidates(hash).find(|origin| self.whose(*origin).uuid == uuid)
    }

    pub(crate) fn whose(&self, origin: u32) -> Whose<'_> {
        Whose::read(self.origin_texts.get(origin))
    }

    fn site(&self, origin: u32) -> &str {
        self.origins.get(origin as usize).map_or("", |origin| self.sites.get(origin.site))
    }

    /// Finds the last record of a file, given the hash of its path.
    fn find(&self, file: &str, hash: Hash) -> Option<CopyRef<'_>> {
        let mut entries = self.files.candidates(hash).filter_map(|place| self.at(place));
        entries.find(|copy| copy.file().as_str() == file)
    }

    fn find_in(&self, state: State, file: &str) -> Option<CopyRef<'_>> {
        self.find(file, Hash::of(file)).filter(|copy| copy.entry.state == state)
    }

    fn at(&self, place: u32) -> Option<CopyRef<'_>> {
        let entry = self.entries.get(place as usize)?;
        Some(CopyRef { records: self, place, entry })
    }

    fn all_in(&self, state: State) -> impl DoubleEndedIterator<Item = CopyRef<'_>> + Clone {
        let entries = self.entries.iter().enumerate().filter(move |(_, entry)| entry.state == state);
        entries.filter_map(|(place, entry)| Some(CopyRef { records: self, place: number(place)?, entry }))
    }

    /// Returns the copies that were not removed, in the order in which they were recorded.
    pub(crate) fn saved(&self) -> impl DoubleEndedIterator<Item = CopyRef<'_>> + Clone {
        self.all_in(State::Saved)
    }

    pub(super) fn removed(&self) -> impl Iterator<Item = CopyPath> {
        self.all_in(State::Removed).map(CopyRef::file)
    }

    pub(super) fn is_removed(&self, file: &str) -> bool {
        self.find_in(State::Removed, file).is_some()
    }

    /// Returns the copy in this file, unless it was removed.
    pub(crate) fn saved_in(&self, file: &str) -> Option<CopyRef<'_>> {
        self.find_in(State::Saved, file)
    }

    /// Returns the copies of a base that were not removed, the last one first.
    pub(crate) fn saved_of(&self, uuid: &str) -> impl Iterator<Item = CopyRef<'_>> + Clone + use<'_> {
        let origin = self.last_origin(uuid, Hash::of(uuid));
        let origin = origin.and_then(|origin| self.origins.get(origin as usize));
        self.saved_until(origin.and_then(|origin| origin.last))
    }

    /// Returns for each base the copies that were not removed, the last one first.
    pub(crate) fn bases(&self) -> impl Iterator<Item = impl Iterator<Item = CopyRef<'_>> + Clone> {
        let last = self.origins.iter().filter_map(|origin| origin.last);
        last.map(|last| self.saved_until(Some(last)))
    }

    /// Returns the copies of the same base that were recorded before, the last one first.
    pub(crate) fn saved_before(&self, copy: CopyRef<'_>) -> impl Iterator<Item = CopyRef<'_>> + use<'_> {
        self.saved_until(copy.entry.before)
    }

    fn saved_until(&self, last: Option<u32>) -> impl Iterator<Item = CopyRef<'_>> + Clone + use<'_> {
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

    /// Returns the origins of the copies that were not removed.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (u32, Whose<'_>)> {
        let mut used = vec![false; self.origins.len()];
        for copy in self.saved() {
            if let Some(used) = used.get_mut(copy.entry.origin as usize) {
                *used = true;
            }
        }
        let used = (0..).zip(used).filter(|(_, used)| *used);
        used.map(|(origin, _)| (origin, self.whose(origin)))
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
    place: u32,
    entry: &'a Entry,
}

impl<'a> CopyRef<'a> {
    /// Returns a number that is higher for copies that were recorded later.
    pub(crate) fn place(self) -> u32 {
        self.place
    }

    pub(crate) fn started(self) -> Timestamp {
        self.entry.started
    }

    pub(crate) fn assets_missing(self) -> u64 {
        self.entry.assets_missing
    }

    pub(crate) fn workspace_id(self) -> u64 {
        read_site(self.records.site(self.entry.origin)).map_or(0, |(_, workspace_id, _)| workspace_id)
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
        let &Entry { origin, started, bytes, assets_missing, sha256, .. } = self.entry;
        let (server, workspace_id, workspace) = read_site(self.records.site(origin))?;
        let Whose { uuid, name, .. } = self.whose();
        let base = SavedBase {
            uuid: BaseUuid::new(uuid).ok()?,
            name: name.to_owned(),
            updated_at: self.updated_at().map(str::to_owned),
        };
        Some(SavedCopy {
            file: self.file(),
            server: server.to_owned(),
            workspace_id,
            workspace: workspace.to_owned(),
            base,
            started,
            bytes,
            sha256,
            assets_missing,
        })
    }
}
