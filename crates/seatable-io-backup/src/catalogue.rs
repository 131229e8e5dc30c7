use std::collections::{BTreeMap, BTreeSet};

use seatable_io_proto::BaseUuid;
use unicode_normalization::UnicodeNormalization as _;

use crate::{BaseEvent, CopyPath, EventKind, SavedCopy};

mod encoding;
mod reader;
mod records;
mod texts;

pub use reader::CatalogueReader;
use records::State;
pub(crate) use records::{CopyRef, OwnerKey, Records};

/// The contents of `backup.jsonl`: the copies that were made, those of them that were removed, and the last event of each base.
///
/// A million nightly copies of a thousand bases need 120 MiB.
#[doc(alias = "backup.jsonl")]
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    records: Records,
    /// The last event of each base that was not copied since, by its uuid.
    events: BTreeMap<String, BaseEvent>,
    broken: Vec<BrokenLine>,
    more_broken: usize,
    ending: Ending,
}

/// The end of the file, which may have to be mended before a line is appended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// The file ends with a line feed, or is empty.
    #[default]
    LineFeed,
    /// The last line is whole, but lacks its line feed, which some editors remove. Append it first.
    NoLineFeed,
    /// The last line was torn by a crash, and records nothing. Cut the file to this length in bytes first.
    Torn(u64),
}

/// A line of the catalogue that records nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number} of the catalogue is broken: {reason}")]
#[non_exhaustive]
pub struct BrokenLine {
    /// The number of the line; the first is 1.
    pub number: usize,
    /// Why it records nothing.
    pub reason: &'static str,
}

impl Catalogue {
    /// Returns whether all copies were removed, or none was made.
    pub fn is_empty(&self) -> bool {
        self.records.saved().next().is_none()
    }

    /// Returns the copies that were not removed, in the order in which they were recorded.
    pub fn copies(&self) -> impl DoubleEndedIterator<Item = SavedCopy> + Clone {
        self.records.saved().filter_map(CopyRef::to_copy)
    }

    /// Returns the copies of this base that were not removed, the last one first.
    pub fn copies_of(&self, base: &BaseUuid) -> impl Iterator<Item = SavedCopy> + Clone {
        self.records.saved_of(base.as_str()).filter_map(CopyRef::to_copy)
    }

    /// Returns the bases that have copies, sorted by the [label](SavedCopy::label) of the last one.
    pub fn bases(&self) -> impl Iterator<Item = BaseUuid> {
        let mut last: Vec<_> = self.records.bases().filter_map(|mut copies| copies.next()).collect();
        last.sort_by_cached_key(|copy| (copy.whose().folder, copy.whose().uuid));
        last.into_iter().filter_map(|copy| BaseUuid::new(copy.whose().uuid).ok())
    }

    /// Returns the copy with this path, unless it was removed or never recorded.
    pub fn copy(&self, file: &CopyPath) -> Option<SavedCopy> {
        self.records.saved_in(file.as_str()).and_then(CopyRef::to_copy)
    }

    /// Returns whether a copy with this path was recorded and not removed.
    pub fn contains(&self, file: &CopyPath) -> bool {
        self.records.saved_in(file.as_str()).is_some()
    }

    pub(crate) fn records(&self) -> &Records {
        &self.records
    }

    /// Returns the first 100 lines that record nothing.
    pub fn broken(&self) -> &[BrokenLine] {
        &self.broken
    }

    /// Returns how many more lines record nothing.
    pub fn more_broken(&self) -> usize {
        self.more_broken
    }

    /// Returns the end of the file.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Returns the files that were recorded as removed. One that still exists was left behind by a crash.
    pub fn removed(&self) -> impl Iterator<Item = CopyPath> {
        self.records.all_in(State::Removed).map(CopyRef::file)
    }

    /// Returns whether this file is one of [`removed`](Self::removed).
    pub fn is_removed(&self, file: &CopyPath) -> bool {
        self.records.find_in(State::Removed, file.as_str()).is_some()
    }

    /// Returns the last event of this base, unless it was copied or listed again since.
    pub fn event_of(&self, base: &BaseUuid) -> Option<&BaseEvent> {
        self.events.get(base.as_str())
    }

    /// Returns the last event of each base that was not copied or listed again since, sorted by uuid.
    pub fn events(&self) -> impl Iterator<Item = &BaseEvent> {
        self.events.values()
    }

    /// Returns those of the [events](Self::events) whose base has no copy, because none was made or all were removed.
    pub(crate) fn events_without_copies(&self) -> impl Iterator<Item = &BaseEvent> {
        self.events().filter(|event| self.records.saved_of(event.base.uuid.as_str()).next().is_none())
    }

    /// Adds a copy, which ends the last event of its base. Write [its line](SavedCopy::line) to the file first.
    pub fn insert(&mut self, copy: &SavedCopy) {
        self.events.remove(copy.base.uuid.as_str());
        self.records.insert(copy);
    }

    /// Adds an event. Write [its line](BaseEvent::line) to the file first.
    pub fn note(&mut self, event: &BaseEvent) {
        let base = event.base.uuid.as_str();
        if event.kind == EventKind::Listed {
            self.events.remove(base);
        } else {
            self.events.insert(base.to_owned(), event.clone());
        }
    }

    /// Marks a copy as removed. Write [the line of its removal](crate::removal_line) to the file first.
    pub fn remove(&mut self, file: &CopyPath) {
        self.records.set(file, State::Removed);
    }

    /// Returns those of the found files that are named like copies, but are not recorded. Files are given as paths in the folder,
    /// with `/` between the names.
    pub fn unrecorded<'a>(&self, found: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let is_new = |path: &&str| path.ends_with(".dtable") && self.records.saved_in(path).is_none();
        let mut files: Vec<_> = found.into_iter().filter(is_new).collect();
        // A file system may write accents in another way.
        let nfc = |path: &str| path.nfc().collect::<String>();
        let mut elsewhere: BTreeSet<String> = files.iter().map(|path| nfc(path)).collect();
        if !elsewhere.is_empty() {
            for file in self.records.saved().map(CopyRef::file) {
                elsewhere.remove(&nfc(file.as_str()));
            }
        }
        files.retain(|path| elsewhere.contains(&nfc(path)));
        files.sort_unstable();
        files
    }
}

#[cfg(test)]
mod tests;
