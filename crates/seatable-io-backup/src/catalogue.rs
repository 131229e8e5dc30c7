use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

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
    torn_at: Option<u64>,
    next: usize,
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
    /// Reads the bytes of the file, whatever they are. Lines are ended by a line feed: what follows the last one was being
    /// written in a crash, and records nothing.
    pub fn read(bytes: &[u8]) -> Catalogue {
        let mut catalogue = Catalogue::default();
        let (whole, torn) = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => bytes.split_at_checked(last.saturating_add(1)).unwrap_or((bytes, &[])),
            None => (&[][..], bytes),
        };
        catalogue.torn_at = (!torn.is_empty()).then_some(whole.len() as u64);
        for (number, line) in (1..).zip(whole.split(|byte| *byte == b'\n')) {
            if !line.trim_ascii().is_empty()
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

    /// The lines that record nothing.
    pub fn broken(&self) -> &[BrokenLine] {
        &self.broken
    }

    /// The length in bytes to which the file must be cut before anything is appended, if its last line is torn.
    pub fn torn_at(&self) -> Option<u64> {
        self.torn_at
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

    /// The copies of a base that may be deleted if `keep` of them are to stay: those recorded before the newest `keep` whose
    /// files are there. `size_of` is the size of a file, if it is there.
    ///
    /// This never includes the last copy that is there. Ask after a new copy has been recorded.
    pub fn superseded(
        &self,
        base: &BaseUuid,
        keep: NonZeroUsize,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Vec<CopyPath> {
        let mut kept = 0_usize;
        let newest_first = self.copies_of(base).rev();
        let mut older: Vec<_> = newest_first
            .skip_while(|copy| {
                kept = kept.saturating_add(usize::from(size_of(&copy.file) == Some(copy.bytes)));
                kept < keep.get()
            })
            .skip(1)
            .map(|copy| copy.file.clone())
            .collect();
        older.reverse();
        older
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
mod tests {
    use super::*;
    use crate::removal_line;
    use crate::testing::{at, catalogue, copy, there};

    fn files(catalogue: &Catalogue) -> Vec<&CopyPath> {
        catalogue.copies().map(|copy| &copy.file).collect()
    }

    fn keep(copies: usize) -> NonZeroUsize {
        NonZeroUsize::new(copies).unwrap()
    }

    #[test]
    fn what_was_recorded_is_read_in_its_order() {
        let copies = [copy("u", "b", 2), copy("u", "b", 1), copy("v", "a", 3)];
        let read = catalogue(&copies);
        assert!(read.copies().eq(&copies) && read.broken().is_empty() && read.torn_at().is_none());
    }

    #[test]
    fn a_removed_copy_is_none_until_it_is_recorded_again() {
        let copy = copy("u", "a", 1);
        let removed = copy.line() + &removal_line(&copy.file, at(2));
        let read = Catalogue::read(removed.as_bytes());
        assert_eq!((read.copies().count(), read.removed().collect::<Vec<_>>()), (0, vec![&copy.file]));
        let again = Catalogue::read((removed + &copy.line()).as_bytes());
        assert_eq!((again.copies().count(), again.removed().count()), (1, 0));
    }

    #[test]
    fn a_later_line_about_the_same_file_counts() {
        let (first, mut second) = (copy("u", "a", 1), copy("u", "a", 1));
        second.bytes = 7;
        let read = catalogue(&[first, second.clone()]);
        assert_eq!((read.copies().collect::<Vec<_>>(), read.removed().count()), (vec![&second], 0));
    }

    #[test]
    fn a_torn_end_records_nothing_wherever_it_was_torn() {
        let (first, second) = (copy("u", "a", 1).line(), copy("u", "a", 2).line());
        let whole = format!("{first}{second}");
        for len in 0..=whole.len() {
            let read = Catalogue::read(&whole.as_bytes()[..len]);
            let lines = usize::from(len >= first.len()) + usize::from(len == whole.len());
            let end = [0, first.len(), whole.len()][lines];
            assert_eq!(read.copies().count(), lines, "{len}");
            assert_eq!(read.torn_at(), (end < len).then_some(end as u64), "{len}");
            assert!(read.broken().is_empty());
        }
    }

    #[test]
    fn a_broken_line_is_named_and_the_others_count() {
        let good = copy("u", "a", 1).line();
        let lines = [
            "\0\0\0",
            "[1]",
            "{}",
            r#"{"file": "../a.dtable"}"#,
            r#"{"file": "a.dtable", "removed": "then"}"#,
            r#"{"file": "a.dtable"}"#,
            r#"{"file": "a.dtable", "removed": null}"#,
            "",
        ];
        let read = Catalogue::read(format!("{good}{}\n{good}", lines.join("\n")).as_bytes());
        let broken: Vec<_> = read.broken().iter().map(|line| (line.number, line.what)).collect();
        let (no_object, names_none) = ("it is not a JSON object", "it names no file");
        assert_eq!(
            broken,
            [
                (2, no_object),
                (3, no_object),
                (4, names_none),
                (5, "its file is not within the folder"),
                (6, "its time of removal is not a time"),
                (7, "it does not describe a copy"),
                (8, "its time of removal is not a time"),
            ]
        );
        assert_eq!(read.copies().count(), 1);
        assert_eq!(
            read.broken()[0].to_string(),
            "line 2 of the catalogue is broken: it is not a JSON object"
        );
    }

    #[test]
    fn unknown_keys_are_no_error() {
        let line = copy("u", "a", 1).line().replacen('{', r#"{"by":"a later version","#, 1);
        assert_eq!(Catalogue::read(line.as_bytes()).copies().count(), 1);
    }

    #[test]
    fn older_copies_of_the_same_base_are_superseded() {
        let copies = [copy("u", "a", 1), copy("v", "b", 2), copy("u", "renamed", 3), copy("u", "a", 4)];
        let read = catalogue(&copies);
        let superseded = |copies| read.superseded(&"u".parse().unwrap(), keep(copies), there);
        assert_eq!(superseded(1), [copies[0].file.clone(), copies[2].file.clone()]);
        assert_eq!(superseded(2), [copies[0].file.clone()]);
        assert_eq!((superseded(3), superseded(4)), (vec![], vec![]));
    }

    #[test]
    fn a_copy_whose_file_is_not_there_with_its_size_is_not_one_to_keep() {
        let copies = [copy("u", "a", 1), copy("u", "a", 2), copy("u", "a", 3), copy("u", "a", 4)];
        let read = catalogue(&copies);
        let sizes = [(&copies[0], 100), (&copies[1], 100), (&copies[3], 99)];
        let size = |file: &CopyPath| sizes.iter().find(|(copy, _)| copy.file == *file).map(|(_, size)| *size);
        assert_eq!(read.superseded(&"u".parse().unwrap(), keep(1), size), [copies[0].file.clone()]);
        assert!(read.superseded(&"u".parse().unwrap(), keep(1), |_| None).is_empty());
    }

    #[test]
    fn the_newest_copy_is_the_one_recorded_last_whatever_the_clock_said() {
        let copies = [copy("u", "a", 2_000_000_000), copy("u", "a", 7)];
        let read = catalogue(&copies);
        assert_eq!(read.superseded(&"u".parse().unwrap(), keep(1), there), [copies[0].file.clone()]);
        assert_eq!(files(&read).len(), 2);
    }

    #[test]
    fn copies_without_a_line_are_found_however_accents_are_written() {
        let read = catalogue(&[copy("u", "Größe", 1)]);
        let found = [
            "204 personal/Gro\u{308}ße/1970-01-01T000001Z.dtable",
            "b.dtable",
            "backup.jsonl",
            "204 personal/a/.tmp",
            "a.dtable",
        ];
        assert_eq!(read.unrecorded(found), ["a.dtable", "b.dtable"]);
    }
}
