//! Which copies of a base stay. Copies are compared by the assets that they lack: a poorer copy never pushes out a richer one.

use std::collections::BinaryHeap;
use std::num::NonZeroUsize;

use seatable_io_proto::BaseUuid;

use crate::catalogue::CopyRef;
use crate::{Catalogue, CopyPath, SavedCopy};

impl Catalogue {
    /// The copies of a base that may be deleted if `keep` of them are to stay, oldest first: each has `keep` newer ones that
    /// stay and lack no more assets than it does. `size_of` is the size of a file, if it is there; only copies whose file is
    /// there with its size count.
    ///
    /// So neither the newest copy that is there nor the newest of the most complete ones is ever among them. Ask after a new copy
    /// has been recorded.
    pub fn superseded(
        &self,
        base: &BaseUuid,
        keep: NonZeroUsize,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> impl DoubleEndedIterator<Item = SavedCopy> {
        self.superseded_after(base, keep, size_of, None)
    }

    /// What [`superseded`](Self::superseded) will be when another copy has been made, if it is as complete as the last one that
    /// is there.
    pub fn superseded_next(
        &self,
        base: &BaseUuid,
        keep: NonZeroUsize,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> impl DoubleEndedIterator<Item = SavedCopy> {
        let mut copies = self.records().saved_of(base.as_str());
        let last = copies.find(|copy| copy.is_there(&size_of));
        let next = last.map_or(0, CopyRef::assets_missing);
        self.superseded_after(base, keep, size_of, Some(next))
    }

    /// `next` is the number of missing assets of a newer copy that stays.
    fn superseded_after(
        &self,
        base: &BaseUuid,
        keep: NonZeroUsize,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
        next: Option<u64>,
    ) -> impl DoubleEndedIterator<Item = SavedCopy> {
        let mut superseded = Vec::new();
        // Of the newer copies that stay, the `keep` most complete ones.
        let mut best: BinaryHeap<u64> = next.into_iter().collect();
        for copy in self.records().saved_of(base.as_str()) {
            let has_room = best.len() < keep.get();
            if !has_room && best.peek().is_some_and(|poorest| *poorest <= copy.assets_missing()) {
                superseded.push(copy);
            } else if copy.is_there(&size_of) {
                best.push(copy.assets_missing());
                if !has_room {
                    best.pop();
                }
            }
        }
        superseded.into_iter().rev().filter_map(CopyRef::to_copy)
    }

    /// The newest of the most complete copies of a base among those recorded before `copy` whose files are there, if it lacks
    /// fewer assets than `copy`.
    pub(crate) fn richer_than(
        &self,
        copy: &SavedCopy,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Option<SavedCopy> {
        let known = self.records().saved_in(copy.file.as_str());
        let known = known.filter(|known| known.whose().uuid == copy.base.uuid.as_str())?;
        let before = self.records().saved_before(known);
        let richer = before.filter(|other| other.assets_missing() < copy.assets_missing);
        // Of several that are equal, the first one is returned.
        let richest =
            richer.filter(|other| other.is_there(&size_of)).min_by_key(|other| other.assets_missing());
        richest.and_then(CopyRef::to_copy)
    }

    /// The copy that was recorded last of this base, if it lacks fewer assets than a new copy that lacks `missing`.
    pub fn poorer_than_before(&self, base: &BaseUuid, missing: u64) -> Option<SavedCopy> {
        self.copies_of(base).next().filter(|before| before.assets_missing < missing)
    }
}

#[cfg(test)]
mod tests;
