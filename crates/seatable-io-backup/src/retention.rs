//! Which copies of a base stay. Copies are compared by the assets that they lack: a poorer copy never pushes out a richer one.

use std::num::NonZeroUsize;

use seatable_io_proto::BaseUuid;

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
    ) -> Vec<&SavedCopy> {
        self.superseded_after(base, keep, size_of, Vec::new())
    }

    /// What [`superseded`](Self::superseded) will be when another copy has been made, if it is as complete as the last one that
    /// is there.
    pub fn superseded_next(
        &self,
        base: &BaseUuid,
        keep: NonZeroUsize,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Vec<&SavedCopy> {
        let last = self.copies_of(base).rfind(|copy| copy.is_there(&size_of));
        let next = last.map_or(0, |copy| copy.assets_missing);
        self.superseded_after(base, keep, size_of, vec![next])
    }

    /// `missing` has the number of missing assets of each newer copy that stays.
    fn superseded_after(
        &self,
        base: &BaseUuid,
        keep: NonZeroUsize,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
        mut missing: Vec<u64>,
    ) -> Vec<&SavedCopy> {
        let mut superseded = Vec::new();
        for copy in self.copies_of(base).rev() {
            let no_poorer = missing.iter().filter(|missing| **missing <= copy.assets_missing).count();
            if no_poorer >= keep.get() {
                superseded.push(copy);
            } else if copy.is_there(&size_of) {
                missing.push(copy.assets_missing);
            }
        }
        superseded.reverse();
        superseded
    }

    /// The newest of the most complete copies of a base among those recorded before `copy` whose files are there, if it lacks
    /// fewer assets than `copy`.
    pub fn richer_than(
        &self,
        copy: &SavedCopy,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Option<&SavedCopy> {
        let before = self.copies_of(&copy.base.uuid).rev().skip_while(|other| other.file != copy.file);
        let richer = before.filter(|other| other.assets_missing < copy.assets_missing);
        // Of several that are equal, the first one is returned.
        richer.filter(|other| other.is_there(&size_of)).min_by_key(|other| other.assets_missing)
    }

    /// The copy that was recorded last of this base, if it lacks fewer assets than a new copy that lacks `missing`.
    pub fn poorer_than_before(&self, base: &BaseUuid, missing: u64) -> Option<&SavedCopy> {
        self.copies_of(base).next_back().filter(|before| before.assets_missing < missing)
    }
}

impl SavedCopy {
    pub(crate) fn is_there(&self, size_of: impl Fn(&CopyPath) -> Option<u64>) -> bool {
        size_of(&self.file) == Some(self.bytes)
    }
}

#[cfg(test)]
mod tests;
