//! Compares the pairs of linked rows.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

use super::index::{Found, INDEXED, Index};
use super::{Change, CompareError, Comparison, Part, Side};
use crate::hash::{Hash, Sum};
use crate::{Base, Link, content};

/// The table whose lists are compared, for each link of a base.
type Lists = Vec<Option<content::Side>>;

impl<F: Read + Seek> Side<'_, F> {
    /// Calls `each` with a link, the IDs of two rows, and the hash of all three.
    fn pairs(
        &mut self,
        lists: &Lists,
        mut each: impl FnMut(&Link, [&str; 2], Hash),
    ) -> Result<(), CompareError> {
        let links = &self.base.links;
        let mut counts = links.iter().zip(lists).map(|(link, side)| link.pairs_on((*side)?));
        if counts.all(|count| count.unwrap_or_default() == 0) {
            return Ok(());
        }
        let flow = self.archive.pairs(lists, |link, first, second| {
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

    fn sum(&mut self, lists: &Lists) -> Result<Sum, CompareError> {
        let mut sum = Sum::default();
        self.pairs(lists, |_, _, hash| sum.add(hash))?;
        Ok(sum)
    }
}

/// Compares the lists that count, and, if they are the same, those of the other table of each link.
pub(super) fn compare<A: Read + Seek, B: Read + Seek>(
    before: &mut Side<'_, A>,
    after: &mut Side<'_, B>,
    comparison: &mut Comparison,
) -> Result<(), CompareError> {
    let counting = |base: &Base| base.links.iter().map(|link| Some(link.side())).collect();
    let lists = [counting(before.base), counting(after.base)];
    if !compare_lists(before, after, &lists, true, comparison)? {
        return Ok(());
    }
    let lists = [others(before.base, after.base), others(after.base, before.base)];
    compare_lists(before, after, &lists, false, comparison).map(drop)
}

/// Returns the tables whose lists do not count, for each link that has the lists of both tables in both bases.
fn others(base: &Base, other: &Base) -> Lists {
    use content::Side::{First, Second};
    let has_both = |link: &&Link| link.pairs_on(First).is_some() && link.pairs_on(Second).is_some();
    let in_other: BTreeSet<_> = other.links.iter().filter(has_both).map(|link| &link.id).collect();
    let side = |link: &Link| {
        let is_compared = has_both(&link) && in_other.contains(&link.id);
        is_compared.then(|| if link.side() == First { Second } else { First })
    };
    base.links.iter().map(side).collect()
}

/// Returns whether the lists are the same.
fn compare_lists<A: Read + Seek, B: Read + Seek>(
    before: &mut Side<'_, A>,
    after: &mut Side<'_, B>,
    [lists, others]: &[Lists; 2],
    is_first: bool,
    comparison: &mut Comparison,
) -> Result<bool, CompareError> {
    let sum = before.sum(lists)?;
    if sum == after.sum(others)? {
        return Ok(true);
    }
    let bases = [before.base, after.base];
    let rounds = sum.count().div_ceil(INDEXED).max(1);
    for round in 0..rounds {
        let mut index = Index::default();
        before.pairs(lists, |_, _, hash| {
            if hash.is_in_round(round, rounds) {
                index.add(hash, 0);
            }
        })?;
        let mut index = index.sorted().map_err(before.error)?;
        after.pairs(others, |link, rows, hash| {
            if hash.is_in_round(round, rounds) && index.find(hash, 0) == Found::Nothing {
                add(comparison, Change::Added, bases[1], link, rows, is_first);
            }
        })?;
        before.pairs(lists, |link, rows, hash| {
            if hash.is_in_round(round, rounds) && index.take(hash, 0) {
                add(comparison, Change::Removed, bases[0], link, rows, is_first);
            }
        })?;
    }
    Ok(false)
}

fn add(
    comparison: &mut Comparison,
    change: Change,
    base: &Base,
    link: &Link,
    [first, second]: [&str; 2],
    is_first: bool,
) {
    comparison.count(Part::Link, change);
    comparison.list(|| {
        let (row, other) = if is_first { (first, second) } else { (second, first) };
        base.link_difference(change, link, is_first).row(row).value(other)
    });
}
