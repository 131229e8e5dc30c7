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
use std::ops::Range;

pub use difference::{Change, Difference, Part};
pub(crate) use value::{number as canonical, settings};

use crate::{Archive, ArchiveError, Base, Dtable};

/// The beginning of the URL of an asset, before `/asset/` or `-external-apps/asset/` (fact 18).
const ASSET: &str = "file://dtable-bundle";
const FOLDER: &str = "/asset/";

/// The beginning of the URL of a custom asset, before a UUID and an extension.
const CUSTOM: &str = "custom-asset://";

/// The most differences that are listed. All are counted.
const LISTED: usize = 1000;

/// Chooses the parts that count as a difference. By default, all parts do that [`compare`] knows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Rules {
    /// Whether the changes that servers make are none.
    pub(crate) is_imported: bool,
}

impl Rules {
    /// Returns the rules for a base that was imported and exported again: a server may put assets in other folders, gives custom
    /// assets new UUIDs, rewrites the pages of apps and page designs (`.json`), of which only the names are compared, removes empty
    /// items of lists, and may complete the settings of columns.
    pub fn imported() -> Self {
        Self { is_imported: true }
    }

    /// Returns a text with the URLs of assets as far as a server keeps them.
    fn asset<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.is_imported {
            return text.into();
        }
        let text = shortened(text.into(), ASSET, |rest| match rest.split_once(FOLDER) {
            Some((kind @ ("" | "-external-apps"), path)) => {
                let start = kind.len();
                start..start.saturating_add(FOLDER.len()).saturating_add(folders(path))
            }
            _ => 0..0,
        });
        shortened(text, CUSTOM, |rest| {
            0..rest.bytes().take_while(|byte| byte.is_ascii_hexdigit() || *byte == b'-').count()
        })
    }
}

/// Removes a part of the text after each occurrence of `beginning`: the range that `removed` returns for it.
fn shortened<'a>(
    text: Cow<'a, str>,
    beginning: &str,
    removed: impl Fn(&str) -> Range<usize>,
) -> Cow<'a, str> {
    if !text.contains(beginning) {
        return text;
    }
    let mut pieces = text.split(beginning);
    let mut short = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Range { start, end } = removed(piece);
        short.push_str(beginning);
        short.push_str(piece.get(..start).unwrap_or_default());
        short.push_str(piece.get(end..).unwrap_or_default());
    }
    short.into()
}

/// Returns the length of the folders at the beginning of a path. Text may follow it, so that not everything before a `/` is one.
fn folders(path: &str) -> usize {
    let is_folder = |name: &&str| {
        let name = name.strip_suffix('/');
        name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)))
    };
    path.split_inclusive('/').take_while(is_folder).map(str::len).sum()
}

/// The differences between two bases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    differences: Vec<Difference>,
    counts: BTreeMap<(Part, Change), u64>,
    /// Whether a difference was counted and not listed.
    pub(crate) is_cut: bool,
}

impl Comparison {
    /// Returns whether there is no difference.
    pub fn is_same(&self) -> bool {
        self.counts.is_empty()
    }

    /// Returns the first 1,000 differences at most: of tables first, then of rows, links and assets. A row that changed is listed by
    /// its cells, unless the cells of such rows have more than 8 MiB.
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

    pub(crate) fn list(&mut self, difference: impl FnOnce() -> Difference) {
        if self.is_full() {
            self.is_cut = true;
        } else {
            self.differences.push(difference());
        }
    }

    pub(crate) fn count(&mut self, part: Part, change: Change) {
        let count = self.counts.entry((part, change)).or_default();
        *count = count.saturating_add(1);
    }

    pub(crate) fn add(&mut self, difference: Difference) {
        self.count(difference.part, difference.change);
        self.list(|| difference);
    }
}

/// One of the two files.
struct Side<'d, F> {
    archive: &'d mut Archive<F>,
    base: &'d Base,
    error: fn(ArchiveError) -> CompareError,
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
/// Parts belong together if their IDs are the same. Numbers are compared by their value and texts character by character (halves of
/// surrogate pairs are all the same); an empty text, an empty list or object, `null` and no cell are the same. Assets are compared
/// by the size and the checksum that the zip has for them, which [`Archive::check_entries`] proves.
///
/// A change of these is not found:
///
/// - the order of tables, columns, options, rows and linked rows, and the colors of options;
/// - computed columns, cells of deleted columns, and who created, changed or locked a row and when;
/// - views, collaborators, scripts, plugins, statistics, and the settings and the description of the base;
/// - forms, automation rules, workflows and apps, which are in entries of their own, as are rows of the big-data backend
///   (`archive`);
/// - with [`Rules::imported`], also settings of columns that are not options, formulas or links, empty items of lists, the
///   folders of assets, the UUIDs of custom assets, and the pages of apps and page designs.
///
/// The lists of a link that do not count ([`Link::pairs`](crate::Link::pairs)) are compared if those that count are the same and
/// both files have them. Of several rows with the same ID, a changed one is listed as a row, not by its cells.
///
/// If all is the same, each file is read twice, and the memory does not depend on its size. Differing rows and links are found in
/// an index of a million of them at a time, which needs 32 MiB.
///
/// # Errors
///
/// If a file cannot be read: which one, and why. Two million rows, or pairs, of the first file with the same ID are an error, too.
#[doc(alias = "diff")]
pub fn compare<A: Read + Seek, B: Read + Seek>(
    before: &mut Dtable<A>,
    after: &mut Dtable<B>,
    rules: &Rules,
) -> Result<Comparison, CompareError> {
    let mut comparison = Comparison::default();
    let (archive, base) = before.parts();
    let mut before = Side { archive, base, error: CompareError::Before };
    let (archive, base) = after.parts();
    let mut after = Side { archive, base, error: CompareError::After };
    let matched = tables::compare(before.base, after.base, rules, &mut comparison);
    rows::compare(&mut before, &mut after, &matched, rules, &mut comparison)?;
    pairs::compare(&mut before, &mut after, &mut comparison)?;
    assets::compare(before.archive, after.archive, rules, &mut comparison);
    Ok(comparison)
}

#[cfg(test)]
mod tests;
