//! Compares the pairs of linked rows.

use std::convert::Infallible;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

use super::index::{Found, INDEXED, Index};
use super::{Change, CompareError, Comparison, Difference, Part};
use crate::hash::{Hash, Sum};
use crate::{ArchiveError, Base, Dtable, Link};

/// The pairs of one of the two bases.
struct Side<'d, F> {
    dtable: &'d mut Dtable<F>,
    links: Vec<Link>,
    error: fn(ArchiveError) -> CompareError,
}

impl<F: Read + Seek> Side<'_, F> {
    /// Calls `each` with a link, the IDs of two rows, and the hash of all three.
    fn pairs(&mut self, mut each: impl FnMut(&Link, [&str; 2], Hash)) -> Result<(), CompareError> {
        if self.links.iter().all(|link| link.pairs() == 0) {
            return Ok(());
        }
        let links = &self.links;
        let flow = self.dtable.pairs(|link, first, second| {
            if let Some(link) = links.get(link) {
                let mut hash = Hash::new();
                for text in [&link.id, first, second] {
                    hash.add_text(text);
                }
                each(link, [first, second], hash);
            }
            ControlFlow::<Infallible>::Continue(())
        });
        flow.map(drop).map_err(self.error)
    }

    fn sum(&mut self) -> Result<Sum, CompareError> {
        let mut sum = Sum::default();
        self.pairs(|_, _, hash| sum.add(hash))?;
        Ok(sum)
    }
}

pub(super) fn compare<A: Read + Seek, B: Read + Seek>(
    before: &mut Dtable<A>,
    after: &mut Dtable<B>,
    comparison: &mut Comparison,
) -> Result<(), CompareError> {
    let bases = (before.base().clone(), after.base().clone());
    let links = |base: &Base| base.links.clone();
    let mut before = Side { links: links(&bases.0), dtable: before, error: CompareError::Before };
    let mut after = Side { links: links(&bases.1), dtable: after, error: CompareError::After };
    let (sum, other) = (before.sum()?, after.sum()?);
    if sum == other {
        return Ok(());
    }
    let rounds = sum.count().div_ceil(INDEXED).max(1);
    for round in 0..rounds {
        let mut entries = Vec::new();
        before.pairs(|_, _, hash| {
            entries.extend(Some((hash, 0)).filter(|_| hash.is_in_round(round, rounds)));
        })?;
        let mut index = Index::new(entries);
        after.pairs(|link, rows, hash| {
            if hash.is_in_round(round, rounds) && index.find(hash, 0) == Found::Nothing {
                comparison.add(difference(&bases.1, Change::Added, link, rows));
            }
        })?;
        before.pairs(|link, rows, hash| {
            if hash.is_in_round(round, rounds) && index.is_missing(hash, 0) {
                comparison.add(difference(&bases.0, Change::Removed, link, rows));
            }
        })?;
    }
    Ok(())
}

fn difference(base: &Base, change: Change, link: &Link, [first, second]: [&str; 2]) -> Difference {
    let [table, _] = base.linked(link);
    let table = table.and_then(|place| base.tables.get(place));
    let column =
        table.and_then(|table| table.columns.iter().find(|column| column.link.as_ref() == Some(&link.id)));
    let other = Some(second.to_owned());
    let (before, after) = if change == Change::Removed { (other, None) } else { (None, other) };
    let difference =
        Difference { row: Some(first.to_owned()), before, after, ..Difference::new(change, Part::Link) };
    let difference = difference.name(column.map_or(link.id.as_str(), |column| column.name.as_str()));
    table.map_or(difference.clone(), |table| difference.table(&table.name))
}
