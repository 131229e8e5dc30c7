use std::iter::successors;

use super::texts::{Hash, Index, Texts};
use super::view::CopyRef;
use crate::{Checksum, CopyPath, SavedCopy, Timestamp};

/// Copies in little memory: a million nightly ones of a thousand bases take 120 MiB. Numbers of entries are called places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    entries: Vec<Entry>,
    /// Of each entry: the name of its file, if that is not made of its time; then a line feed and `updated_at`, if there is one.
    texts: Texts,
    origins: Vec<Origin>,
    /// Of each origin: the uuid, a line feed, and the folder; then a line feed and the name of the base, if the last folder
    /// has another one.
    origin_texts: Texts,
    /// Servers and workspaces, as [`site`] writes them.
    sites: Texts,
    files: Index,
    /// The last origin of each base, by its uuid.
    bases: Index,
    by_site: Index,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) origin: u32,
    /// The entry of the same base that was made before this one.
    before: Option<u32>,
    state: State,
    pub(super) started: Timestamp,
    pub(super) bytes: u64,
    pub(super) assets_missing: u64,
    pub(super) sha256: Checksum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Saved,
    Removed,
    /// There is a later entry for the file.
    Replaced,
}

/// What the copies of a base have in common, until one of it changes.
#[derive(Clone, Debug)]
struct Origin {
    site: u32,
    /// The last entry of the base. `None` if there is a later origin.
    last: Option<u32>,
}

/// The texts of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whose<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) folder: &'a str,
    pub(crate) name: &'a str,
}

impl Records {
    /// Takes in a copy. What was recorded about its file before no longer counts.
    pub(super) fn insert(&mut self, copy: &SavedCopy) {
        let Some(place) = number(self.entries.len()) else { return };
        let (file, hash) = (copy.file.as_str(), Hash::of(copy.file.as_str()));
        if let Some(known) = self.find(file, hash).map(CopyRef::place) {
            self.set(known, State::Replaced);
            self.files.remove(hash, known);
        }
        self.files.insert(hash, place);
        let (origin, before) = self.origin_of(copy, place);
        let mut text = String::new();
        if copy.file.name() != usual_name(copy.started) {
            text.push_str(copy.file.name());
        }
        if let Some(updated_at) = &copy.base.updated_at {
            text.push('\n');
            text.push_str(updated_at);
        }
        self.texts.push(&text);
        let &SavedCopy { started, bytes, assets_missing, sha256, .. } = copy;
        let state = State::Saved;
        self.entries.push(Entry { origin, before, state, started, bytes, assets_missing, sha256 });
    }

    /// Takes in the removal of a file, if a copy is recorded there.
    pub(super) fn remove(&mut self, file: &CopyPath) {
        if let Some(place) = self.find(file.as_str(), Hash::of(file.as_str())).map(CopyRef::place) {
            self.set(place, State::Removed);
        }
    }

    fn set(&mut self, place: u32, state: State) {
        if let Some(entry) = self.entries.get_mut(place as usize) {
            entry.state = state;
        }
    }

    /// The origin of a copy, which becomes the last one of its base with this place; and the place of the copy before.
    fn origin_of(&mut self, copy: &SavedCopy, place: u32) -> (u32, Option<u32>) {
        let base = &copy.base;
        let whose = Whose { uuid: base.uuid.as_str(), folder: copy.file.folder(), name: &base.name };
        let site = site(copy);
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

    /// The last origin of a base.
    fn base(&self, uuid: &str) -> Option<u32> {
        self.last_origin(uuid, Hash::of(uuid))
    }

    fn last_origin(&self, uuid: &str, hash: Hash) -> Option<u32> {
        self.bases.candidates(hash).find(|origin| self.whose(*origin).uuid == uuid)
    }

    pub(crate) fn whose(&self, origin: u32) -> Whose<'_> {
        Whose::read(self.origin_texts.get(origin))
    }

    pub(super) fn site(&self, origin: u32) -> &str {
        self.origins.get(origin as usize).map_or("", |origin| self.sites.get(origin.site))
    }

    pub(super) fn text(&self, place: u32) -> &str {
        self.texts.get(place)
    }

    /// What was last recorded about a file, with the hash of its path.
    fn find(&self, file: &str, hash: Hash) -> Option<CopyRef<'_>> {
        let mut entries = self.files.candidates(hash).filter_map(|place| self.at(place));
        entries.find(|copy| copy.file().as_str() == file)
    }

    fn at(&self, place: u32) -> Option<CopyRef<'_>> {
        let entry = self.entries.get(place as usize)?;
        Some(CopyRef { records: self, place, entry })
    }

    fn in_state(&self, state: State) -> impl DoubleEndedIterator<Item = CopyRef<'_>> + Clone {
        let entries = self.entries.iter().enumerate().filter(move |(_, entry)| entry.state == state);
        entries.filter_map(|(place, entry)| Some(CopyRef { records: self, place: number(place)?, entry }))
    }

    /// The copies that count, in the order in which they were recorded.
    pub(crate) fn saved(&self) -> impl DoubleEndedIterator<Item = CopyRef<'_>> + Clone {
        self.in_state(State::Saved)
    }

    pub(super) fn removed(&self) -> impl Iterator<Item = CopyPath> {
        self.in_state(State::Removed).map(CopyRef::file)
    }

    pub(super) fn is_removed(&self, file: &str) -> bool {
        self.find(file, Hash::of(file)).is_some_and(|copy| copy.entry.state == State::Removed)
    }

    /// The copy in this file, if it counts.
    pub(crate) fn saved_in(&self, file: &str) -> Option<CopyRef<'_>> {
        self.find(file, Hash::of(file)).filter(|copy| copy.entry.state == State::Saved)
    }

    /// The copies of a base that count, the last one first.
    pub(crate) fn saved_of(&self, uuid: &str) -> impl Iterator<Item = CopyRef<'_>> + Clone + use<'_> {
        let origin = self.base(uuid).and_then(|origin| self.origins.get(origin as usize));
        self.saved_until(origin.and_then(|origin| origin.last))
    }

    /// The same for each base.
    pub(crate) fn bases(&self) -> impl Iterator<Item = impl Iterator<Item = CopyRef<'_>> + Clone> {
        let last = self.origins.iter().filter_map(|origin| origin.last);
        last.map(|last| self.saved_until(Some(last)))
    }

    /// The copies of the same base that were recorded before.
    pub(crate) fn saved_before(&self, copy: CopyRef<'_>) -> impl Iterator<Item = CopyRef<'_>> + use<'_> {
        self.saved_until(copy.entry.before)
    }

    fn saved_until(&self, last: Option<u32>) -> impl Iterator<Item = CopyRef<'_>> + Clone + use<'_> {
        let last = last.and_then(|last| self.at(last));
        let copies = successors(last, |copy| self.at(copy.entry.before?));
        copies.filter(|copy| copy.entry.state == State::Saved)
    }

    /// The copies that count and are of such origins.
    pub(crate) fn saved_where<'a>(
        &'a self,
        is_it: &dyn Fn(Whose<'_>) -> bool,
    ) -> impl Iterator<Item = CopyRef<'a>> + Clone + use<'a> {
        let origins: Vec<bool> = self.origin_texts.iter().map(|text| is_it(Whose::read(text))).collect();
        self.saved().filter(move |copy| origins.get(copy.entry.origin as usize) == Some(&true))
    }

    /// The origins of the copies that count.
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

impl<'a> Whose<'a> {
    fn read(text: &'a str) -> Self {
        // Neither a uuid nor a folder contains a line feed; a name may.
        let (uuid, rest) = text.split_once('\n').unwrap_or_default();
        let (folder, name) =
            rest.split_once('\n').map_or((rest, None), |(folder, name)| (folder, Some(name)));
        Whose { uuid, folder, name: name.unwrap_or(last_of(folder)) }
    }

    fn text(&self) -> String {
        let Whose { uuid, folder, name } = self;
        if *name == last_of(folder) {
            format!("{uuid}\n{folder}")
        } else {
            format!("{uuid}\n{folder}\n{name}")
        }
    }
}

fn last_of(folder: &str) -> &str {
    folder.rsplit_once('/').map_or(folder, |(_, last)| last)
}

/// The name of most files.
pub(super) fn usual_name(started: Timestamp) -> String {
    format!("{}.dtable", started.in_file_name())
}

/// The name of the file, and `updated_at`. The name contains no line feed.
pub(super) fn read_text(text: &str) -> (&str, Option<&str>) {
    text.split_once('\n').map_or((text, None), |(name, updated_at)| (name, Some(updated_at)))
}

fn site(copy: &SavedCopy) -> String {
    let SavedCopy { server, workspace_id, workspace, .. } = copy;
    format!("{workspace_id} {} {server}{workspace}", server.len())
}

/// The server, and the workspace with its name.
pub(super) fn read_site(text: &str) -> Option<(&str, u64, &str)> {
    let (workspace_id, rest) = text.split_once(' ')?;
    let (len, rest) = rest.split_once(' ')?;
    let (server, workspace) = rest.split_at_checked(len.parse().ok()?)?;
    Some((server, workspace_id.parse().ok()?, workspace))
}

/// `None` after four billion.
fn number(index: usize) -> Option<u32> {
    u32::try_from(index).ok()
}
