use std::collections::{BTreeMap, BTreeSet};

use seatable_io_proto::BaseUuid;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization as _;

use crate::copy::Removal;
use crate::{CopyPath, SavedCopy};

/// What `backup.jsonl` records: which copies were made, and which of them were deleted.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The copies that were not removed, by when they were recorded.
    copies: BTreeMap<usize, SavedCopy>,
    places: BTreeMap<CopyPath, usize>,
    bases: BTreeMap<BaseUuid, BTreeSet<usize>>,
    removed: BTreeSet<CopyPath>,
    broken: Vec<BrokenLine>,
    ending: Ending,
    next: usize,
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

/// Some editors write it before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Whether a line is all that was to be written: no part of a JSON object is one.
fn is_whole(line: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

/// What tells a copy from a removal.
#[derive(Deserialize)]
struct Record {
    file: String,
    #[serde(default, deserialize_with = "is_there")]
    removed: bool,
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
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
    /// Reads the bytes of the file, whatever they are. Each line is a JSON object, ended by a line feed; the last one also counts
    /// without it. A byte order mark at the beginning is skipped.
    pub fn read(bytes: &[u8]) -> Catalogue {
        let mut catalogue = Catalogue::default();
        let start = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let lines = bytes.get(start..).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
        let mut end = start;
        for (number, line) in (1..).zip(lines) {
            if line.last() != Some(&b'\n') {
                catalogue.ending = if is_whole(line) { Ending::NoLineFeed } else { Ending::Torn(end as u64) };
            }
            end = end.saturating_add(line.len());
            if !line.trim_ascii().is_empty()
                && !matches!(catalogue.ending, Ending::Torn(_))
                && let Err(what) = catalogue.read_line(line)
            {
                catalogue.broken.push(BrokenLine { number, what });
            }
        }
        catalogue
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err("it is not a JSON object");
        }
        let record: Record = serde_json::from_slice(line)
            .map_err(|error| if error.is_data() { "it names no file" } else { "it is not a JSON object" })?;
        let file = CopyPath::new(record.file).map_err(|_| "its file is not within the folder")?;
        if record.removed {
            serde_json::from_slice::<Removal>(line).map_err(|_| "its time of removal is not a time")?;
            self.remove(&file);
        } else {
            self.insert(serde_json::from_slice(line).map_err(|_| "it does not describe a copy")?);
        }
        Ok(())
    }

    /// The copies that were not removed, in the order in which they were recorded.
    pub fn copies(&self) -> impl DoubleEndedIterator<Item = &SavedCopy> + Clone {
        self.copies.values()
    }

    /// Those of this base, in the same order.
    pub fn copies_of(&self, base: &BaseUuid) -> impl DoubleEndedIterator<Item = &SavedCopy> + Clone {
        let places = self.bases.get(base).into_iter().flatten();
        places.filter_map(|place| self.copies.get(place))
    }

    /// Whether a copy of this path was recorded and not removed.
    pub fn contains(&self, file: &CopyPath) -> bool {
        self.places.contains_key(file)
    }

    /// The lines that record nothing.
    pub fn broken(&self) -> &[BrokenLine] {
        &self.broken
    }

    /// How the file ends.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Files that were recorded as removed. One that is still there was about to be deleted in a crash.
    pub fn removed(&self) -> impl Iterator<Item = &CopyPath> {
        self.removed.iter()
    }

    /// Takes in a copy, after [its line](SavedCopy::line) has been written.
    pub fn insert(&mut self, copy: SavedCopy) {
        self.remove(&copy.file);
        self.removed.remove(&copy.file);
        self.places.insert(copy.file.clone(), self.next);
        self.bases.entry(copy.base.uuid.clone()).or_default().insert(self.next);
        self.copies.insert(self.next, copy);
        self.next = self.next.saturating_add(1);
    }

    /// Takes in the removal of a copy, after [its line](crate::removal_line) has been written.
    pub fn remove(&mut self, file: &CopyPath) {
        if let Some(place) = self.places.remove(file) {
            let copy = self.copies.remove(&place);
            if let Some(places) = copy.and_then(|copy| self.bases.get_mut(&copy.base.uuid)) {
                places.remove(&place);
            }
            self.removed.insert(file.clone());
        }
    }

    /// Those of the found files that are copies without a line: paths in the folder, with `/` between names.
    pub fn unrecorded<'a>(&self, found: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let recorded: BTreeSet<String> =
            self.places.keys().map(|file| file.as_str().nfc().collect()).collect();
        let is_copy = |path: &str| path.ends_with(".dtable");
        let mut files: Vec<_> = found.into_iter().filter(|path| is_copy(path)).collect();
        files.retain(|path| !recorded.contains(&path.nfc().collect::<String>()));
        files.sort_unstable();
        files
    }
}

#[cfg(test)]
mod tests;
