//! Which copies of a base stay. Copies are compared by the assets that they lack: a poorer copy never pushes out a richer one.

use seatable_io_proto::BaseUuid;

use crate::catalogue::CopyRef;
use crate::{Catalogue, CopyPath, SavedCopy, Timestamp};

mod decision;
mod policy;
mod reason;
mod tier;

use decision::{Decision, decide};
pub use policy::RetentionPolicy;
pub use reason::KeepReason;

/// Whether a copy stays.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// The copy.
    pub copy: SavedCopy,
    /// Why it stays, or empty if it may be deleted.
    pub reasons: Vec<KeepReason>,
}

impl Catalogue {
    /// Returns for each copy of a base whether and why it stays, oldest first.
    ///
    /// Each rule of the policy looks at the copies from the newest, which was recorded last, to the oldest. A copy stays if, among the
    /// newer copies that stay and lack no more assets than it does, none belongs to its period, and fewer periods than the rule may
    /// keep are represented. The oldest copy also stays while there are fewer periods than that.
    ///
    /// Neither the newest copy nor the newest of the most complete ones ever goes. Copies that were started later than `now` stay, and
    /// do not count. Therefore a policy that is applied every night keeps at least the copies that it keeps if it is only applied
    /// to all copies in the end, as long as no clock was ahead of that `now`.
    ///
    /// `offset` returns how many seconds local time is ahead of UTC at a moment. `size_of` returns the size of a file in the backup
    /// folder, or `None` if there is no such file. Only copies whose file exists with its size count; others stay until such ones
    /// replace them.
    pub fn retention<F, G>(
        &self,
        base: &BaseUuid,
        policy: &RetentionPolicy,
        now: Timestamp,
        offset: F,
        size_of: G,
    ) -> impl DoubleEndedIterator<Item = Retention> + use<'_, F, G>
    where
        F: Fn(Timestamp) -> i32,
        G: Fn(&CopyPath) -> Option<u64>,
    {
        let decisions = decide(self.existing(base, size_of), policy, now, offset, false);
        decisions
            .into_iter()
            .rev()
            .filter_map(|Decision { copy, reasons }| Some(Retention { copy: copy.to_copy()?, reasons }))
    }

    /// Returns the copies of a base that may be deleted, oldest first: those without a reason to [stay](Self::retention).
    ///
    /// If another copy `is_planned`, it counts, too, and is expected to be as complete as the last one whose file exists. So unless
    /// a copy is planned, neither the newest copy whose file exists nor the newest of the most complete ones is ever returned.
    pub fn superseded<F, G>(
        &self,
        base: &BaseUuid,
        policy: &RetentionPolicy,
        now: Timestamp,
        offset: F,
        is_planned: bool,
        size_of: G,
    ) -> impl DoubleEndedIterator<Item = SavedCopy> + use<'_, F, G>
    where
        F: Fn(Timestamp) -> i32,
        G: Fn(&CopyPath) -> Option<u64>,
    {
        let copies = if policy.is_empty() { Vec::new() } else { self.existing(base, size_of) };
        let decisions = decide(copies, policy, now, offset, is_planned);
        let superseded = decisions.into_iter().rev().filter(|decision| decision.reasons.is_empty());
        superseded.filter_map(|decision| decision.copy.to_copy())
    }

    /// Returns the copies of a base, the last one first, and whether their files exist with their sizes.
    fn existing(
        &self,
        base: &BaseUuid,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Vec<(CopyRef<'_>, bool)> {
        let copies = self.records().saved_of(base.as_str());
        copies.map(|copy| (copy, copy.is_there(&size_of))).collect()
    }

    /// Returns the newest of the most complete copies of a base. Only copies whose file exists with its size count.
    pub fn most_complete(
        &self,
        base: &BaseUuid,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Option<SavedCopy> {
        let existing = self.records().saved_of(base.as_str()).filter(|copy| copy.is_there(&size_of));
        // `min_by_key` returns the first of several that are equal.
        existing.min_by_key(|copy| copy.entry.assets_missing).and_then(CopyRef::to_copy)
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
