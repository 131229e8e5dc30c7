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
pub(crate) use rows::short;
pub(crate) use value::number as canonical;

use crate::{ArchiveError, Dtable};

/// The beginning of the URL of an asset.
const ASSET: &str = "file://dtable-bundle";

/// The beginning of the URL of a custom asset, before a UUID and an extension.
const CUSTOM: &str = "custom-asset://";

/// The most differences that are listed. All are counted.
const LISTED: usize = 1000;

/// What counts as a difference.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Rules {
    /// Whether assets are the same if their names and contents are, in whichever folders of the zip they are.
    pub(crate) ignores_folders: bool,
}

impl Rules {
    /// The rules for a base that was imported and exported again: a server may put assets in other folders, gives custom assets new
    /// UUIDs, and rewrites the pages of apps and page designs (`.json`), of which only the names are compared.
    pub fn imported() -> Self {
        Self { ignores_folders: true }
    }

    /// Returns a text with the URLs of assets as far as a server keeps them.
    fn asset<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.ignores_folders {
            return text.into();
        }
        let text = shortened(text.into(), ASSET, |url| url.rfind('/').unwrap_or_default());
        // Imported custom assets get new UUIDs, so only their extensions stay.
        shortened(text, CUSTOM, |url| url.find('.').unwrap_or(url.len()))
    }
}

/// Removes a part from each URL with this beginning: from there to a place in the rest of the URL.
fn shortened<'a>(text: Cow<'a, str>, beginning: &str, place: impl Fn(&str) -> usize) -> Cow<'a, str> {
    if !text.contains(beginning) {
        return text;
    }
    let mut pieces = text.split(beginning);
    let mut short = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| c.is_whitespace() || "\"<>`\\".contains(c)).unwrap_or(piece.len());
        short.push_str(beginning);
        short.push_str(piece.get(place(piece.get(..end).unwrap_or_default())..).unwrap_or_default());
    }
    short.into()
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

    pub(crate) fn list(&mut self, difference: Difference) {
        if self.is_full() {
            self.is_cut = true;
        } else {
            self.differences.push(difference);
        }
    }

    pub(crate) fn count(&mut self, part: Part, change: Change) {
        let count = self.counts.entry((part, change)).or_default();
        *count = count.saturating_add(1);
    }

    pub(crate) fn add(&mut self, difference: Difference) {
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
/// compared by their value; an empty text, an empty list, `null` and no cell are the same, and empty items of lists do not count.
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
