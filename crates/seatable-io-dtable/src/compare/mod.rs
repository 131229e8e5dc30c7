//! Compares two bases.

mod assets;
mod difference;
mod index;
mod pairs;
mod rows;
mod tables;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Read, Seek};

pub use difference::{Change, Difference, Part};
pub(crate) use value::number as canonical;

use crate::{ArchiveError, Dtable};

/// The beginning of the URL of an asset.
const ASSET: &str = "file://dtable-bundle";

/// The most differences that are listed. All are counted.
const LISTED: usize = 1000;

/// What counts as a difference.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Rules {
    /// Whether assets are the same if their names and contents are, wherever in the zip they are.
    pub(crate) ignores_folders: bool,
}

impl Rules {
    /// The rules for a base that was imported and exported again: a server may put assets in other folders.
    pub fn imported() -> Self {
        Self { ignores_folders: true }
    }

    /// Returns a text without the folders of the assets that it names.
    fn asset<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.ignores_folders || !text.contains(ASSET) {
            return text.into();
        }
        let mut pieces = text.split(ASSET);
        let mut short = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = piece.find(|c: char| c.is_whitespace() || "\"<>`\\".contains(c)).unwrap_or(piece.len());
            let name = piece.get(..end).and_then(|path| path.rfind('/')).unwrap_or_default();
            short.push_str(ASSET);
            short.push_str(piece.get(name..).unwrap_or_default());
        }
        short.into()
    }
}

/// The differences between two bases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    differences: Vec<Difference>,
    counts: BTreeMap<(Part, Change), u64>,
    /// Whether a difference was counted and not listed.
    is_cut: bool,
}

impl Comparison {
    /// Returns whether there is no difference.
    pub fn is_same(&self) -> bool {
        self.counts.is_empty()
    }

    /// Returns the first 1,000 differences: of tables first, then of rows, links and assets. A row that changed is listed by its
    /// cells.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Returns whether some differences are only counted.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Returns how many parts differ in which way. Cells are not counted, but the rows that changed.
    pub fn counts(&self) -> impl Iterator<Item = (Part, Change, u64)> {
        self.counts.iter().map(|((part, change), count)| (*part, *change, *count))
    }

    fn is_full(&self) -> bool {
        self.differences.len() >= LISTED
    }

    fn list(&mut self, difference: Difference) {
        if self.is_full() {
            self.is_cut = true;
        } else {
            self.differences.push(difference);
        }
    }

    fn count(&mut self, part: Part, change: Change) {
        let count = self.counts.entry((part, change)).or_default();
        *count = count.saturating_add(1);
    }

    fn add(&mut self, difference: Difference) {
        self.count(difference.part, difference.change);
        self.list(difference);
    }
}

/// Which of two files could not be read, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// The first file.
    #[error("cannot read the first file")]
    Before(#[source] ArchiveError),
    /// The second file.
    #[error("cannot read the second file")]
    After(#[source] ArchiveError),
}

/// Compares two bases: their tables, columns, options, rows, links and assets.
///
/// Tables, columns, options, rows and links are the same if their IDs are. The order of rows, computed columns, the cells of
/// deleted columns, who changed a row and when, and settings that only concern how a base looks are not compared. Numbers are
/// compared by their value; an empty text, an empty list, `null` and no cell are the same.
///
/// If all is the same, each file is read twice, and the memory does not depend on its size. Differing rows and links are found in
/// an index of a million of them at a time, which needs 32 MiB.
///
/// # Errors
///
/// If a file cannot be read: which one, and why.
pub fn compare<A: Read + Seek, B: Read + Seek>(
    before: &mut Dtable<A>,
    after: &mut Dtable<B>,
    rules: &Rules,
) -> Result<Comparison, CompareError> {
    let mut comparison = Comparison::default();
    let matched = tables::compare(before.base(), after.base(), &mut comparison);
    rows::compare(before, after, &matched, rules, &mut comparison)?;
    pairs::compare(before, after, &mut comparison)?;
    assets::compare(before, after, rules, &mut comparison);
    Ok(comparison)
}
