use std::collections::BTreeSet;

use seatable_io_proto::BaseUuid;
use unicode_normalization::UnicodeNormalization as _;

use crate::{CopyPath, SavedCopy};

mod reader;
mod records;
mod texts;
mod view;

pub use reader::CatalogueReader;
pub(crate) use records::Records;
pub(crate) use texts::{Hash, Index};
pub(crate) use view::CopyRef;

/// What `backup.jsonl` records: which copies were made, and which of them were deleted.
///
/// Copies are kept in little memory, and made when they are asked for.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    records: Records,
    broken: Vec<BrokenLine>,
    more_broken: usize,
    ending: Ending,
}

/// How the file ends, and so what must be done before anything is appended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// With a line feed, or it is empty.
    #[default]
    LineFeed,
    /// With a whole line that lacks its line feed, which some editors remove. Append one first.
    NoLineFeed,
    /// With part of a line, which was being written in a crash and records nothing. Cut the file to this length in bytes first.
    Torn(u64),
}

/// A line of the catalogue that records nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number} of the catalogue is broken: {what}")]
#[non_exhaustive]
pub struct BrokenLine {
    /// The number of the line; the first is 1.
    pub number: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl Catalogue {
    /// Reads the bytes of the file, whatever they are, as [`CatalogueReader`] does.
    pub fn read(bytes: &[u8]) -> Catalogue {
        let mut reader = CatalogueReader::default();
        reader.chunk(bytes);
        reader.finish()
    }

    /// Whether there is no copy that was not removed.
    pub fn is_empty(&self) -> bool {
        self.records.saved().next().is_none()
    }

    /// The copies that were not removed, in the order in which they were recorded.
    pub fn copies(&self) -> impl DoubleEndedIterator<Item = SavedCopy> + Clone {
        self.records.saved().filter_map(CopyRef::to_copy)
    }

    /// Those of this base, the one that was recorded last first.
    pub fn copies_of(&self, base: &BaseUuid) -> impl Iterator<Item = SavedCopy> + Clone {
        self.records.saved_of(base.as_str()).filter_map(CopyRef::to_copy)
    }

    /// Whether a copy of this path was recorded and not removed.
    pub fn contains(&self, file: &CopyPath) -> bool {
        self.records.saved_in(file.as_str()).is_some()
    }

    pub(crate) fn records(&self) -> &Records {
        &self.records
    }

    /// The first 100 lines that record nothing.
    pub fn broken(&self) -> &[BrokenLine] {
        &self.broken
    }

    /// How many more lines record nothing.
    pub fn more_broken(&self) -> usize {
        self.more_broken
    }

    /// How the file ends.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Files that were recorded as removed. One that is still there was about to be deleted in a crash.
    pub fn removed(&self) -> impl Iterator<Item = CopyPath> {
        self.records.removed()
    }

    /// Whether this file is one of [`removed`](Self::removed).
    pub fn is_removed(&self, file: &CopyPath) -> bool {
        self.records.is_removed(file.as_str())
    }

    /// Takes in a copy, after [its line](SavedCopy::line) has been written.
    pub fn insert(&mut self, copy: &SavedCopy) {
        self.records.insert(copy);
    }

    /// Takes in the removal of a copy, after [its line](crate::removal_line) has been written.
    pub fn remove(&mut self, file: &CopyPath) {
        self.records.remove(file);
    }

    /// Those of the found files that are copies without a line: paths in the folder, with `/` between names.
    pub fn unrecorded<'a>(&self, found: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let mut files: Vec<_> = found.into_iter().filter(|path| path.ends_with(".dtable")).collect();
        files.retain(|path| self.records.saved_in(path).is_none());
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
