//! Which copies of a base stay. Copies are compared by the assets that they lack: a poorer copy never pushes out a richer one.

use std::collections::BinaryHeap;
use std::num::NonZeroUsize;

use seatable_io_proto::BaseUuid;

use crate::catalogue::CopyRef;
use crate::{Catalogue, CopyPath, SavedCopy};

impl Catalogue {
    /// Returns the copies of a base that may be deleted if `keep` of them are to stay, oldest first: each has `keep` newer
    /// ones that stay and lack no more assets than it does.
    ///
    /// If another copy `is_planned`, it counts, too, and is expected to be as complete as the last one whose file exists.
    ///
    /// `size_of` returns the size of a file in the backup folder, or `None` if there is no such file. Only copies whose file
    /// exists with its size are kept. So unless a copy is planned, neither the newest of these nor the newest of the most
    /// complete ones is ever returned.
    pub fn superseded(
        &self,
        base: &BaseUuid,
        keep: NonZeroUsize,
        is_planned: bool,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> impl DoubleEndedIterator<Item = SavedCopy> {
        let copies = || self.records().saved_of(base.as_str());
        let next = is_planned.then(|| {
            let last = copies().find(|copy| copy.is_there(&size_of));
            last.map_or(0, |copy| copy.entry.assets_missing)
        });
        let mut superseded = Vec::new();
        // The numbers of assets that the `keep` most complete of the newer copies lack.
        let mut best: BinaryHeap<u64> = next.into_iter().collect();
        for copy in copies() {
            let has_room = best.len() < keep.get();
            if !has_room && best.peek().is_some_and(|poorest| *poorest <= copy.entry.assets_missing) {
                superseded.push(copy);
            } else if copy.is_there(&size_of) {
                best.push(copy.entry.assets_missing);
                if !has_room {
                    best.pop();
                }
            }
        }
        superseded.into_iter().rev().filter_map(CopyRef::to_copy)
    }

    /// Returns the newest of the most complete earlier copies of the same base, if it lacks fewer assets than `copy`. Only copies
    /// whose file exists with its size count.
    pub(crate) fn richer_than(
        &self,
        copy: &SavedCopy,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Option<SavedCopy> {
        let known = self.records().saved_in(copy.file.as_str());
        let known = known.filter(|known| known.whose().uuid == copy.base.uuid.as_str())?;
        let before = self.records().saved_until(known.entry.before);
        let richer = before.filter(|other| other.entry.assets_missing < copy.assets_missing);
        // `min_by_key` returns the first of several that are equal.
        let richest =
            richer.filter(|other| other.is_there(&size_of)).min_by_key(|other| other.entry.assets_missing);
        richest.and_then(CopyRef::to_copy)
    }

    /// Returns the last copy of this base, if it lacks fewer assets than a new copy, which lacks `missing`.
    pub fn poorer_than_before(&self, base: &BaseUuid, missing: u64) -> Option<SavedCopy> {
        self.copies_of(base).next().filter(|before| before.assets_missing < missing)
    }
}

#[cfg(test)]
mod tests;
