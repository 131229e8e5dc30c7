//! The ages of last copies.

use std::time::Duration;

use crate::catalogue::CopyRef;
use crate::{BaseEvent, Catalogue, CopyPath, EventKind, SavedBase, SavedCopy, Timestamp};

/// The bases of a catalogue that lack a young copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ages {
    /// The bases that lack one although they should have one, sorted by folder.
    pub stale: Vec<Stale>,
    /// The number of bases with copies that are gone from the server.
    pub gone: usize,
    /// The number of bases that are excluded.
    pub excluded: usize,
}

/// A base that lacks a young copy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stale {
    /// The base, as it was last recorded.
    pub base: SavedBase,
    /// The workspace of the base.
    pub workspace_id: u64,
    /// The folder of its copies. Only a label, never a path.
    pub folder: String,
    /// Its last copy.
    pub last: LastCopy,
    /// The time since which its exports have failed, if the last one did.
    pub failing_since: Option<Timestamp>,
}

/// The last copy of a base that lacks a young one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LastCopy {
    /// It was started at this time, which is too long ago.
    Old(Timestamp),
    /// It was started at this time, which is in the future, because a clock was wrong.
    Future(Timestamp),
    /// Copies are recorded, but no file exists with its size.
    Missing,
    /// No copy is recorded.
    Never,
}

impl Catalogue {
    /// Returns the bases without a copy that is younger than `max_age`. Bases that are gone or excluded need none and are
    /// counted. A base that has neither a copy nor an event is not known.
    ///
    /// `size_of` returns the size of a file in the backup folder, or `None` if there is no such file. Only copies whose file
    /// exists with its size count. A copy from the future means that a clock was wrong, not that the copy is young.
    pub fn ages(
        &self,
        max_age: Duration,
        now: Timestamp,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Ages {
        let is_there = |copy: &CopyRef<'_>| copy.is_there(&size_of);
        let is_young = |copy: &CopyRef<'_>| now.since(copy.entry.started).is_some_and(|age| age < max_age);
        let mut ages = Ages::default();
        for mut copies in self.records().bases() {
            let all = copies.clone();
            let Some(newest) = copies.next().and_then(CopyRef::to_copy) else { continue };
            let event = self.event_of(&newest.base.uuid);
            match event.map(|event| &event.kind) {
                Some(EventKind::Gone) => ages.gone = ages.gone.saturating_add(1),
                Some(EventKind::Excluded) => ages.excluded = ages.excluded.saturating_add(1),
                _ if all.clone().any(|copy| is_young(&copy) && is_there(&copy)) => {}
                _ => {
                    let last = all.clone().find(is_there).map_or(LastCopy::Missing, |copy| {
                        let started = copy.entry.started;
                        if started > now { LastCopy::Future(started) } else { LastCopy::Old(started) }
                    });
                    ages.stale.push(Stale::of(newest, last, event));
                }
            }
        }
        for event in self.events_without_copies() {
            match event.kind {
                EventKind::Excluded => ages.excluded = ages.excluded.saturating_add(1),
                EventKind::Failed(_) => ages.stale.push(Stale::never_copied(event)),
                _ => {}
            }
        }
        ages.stale.sort_by(|one, other| one.folder.cmp(&other.folder));
        ages
    }
}

impl Stale {
    fn of(newest: SavedCopy, last: LastCopy, event: Option<&BaseEvent>) -> Stale {
        let folder = newest.label().to_owned();
        let SavedCopy { base, workspace_id, .. } = newest;
        // The other events are counted instead.
        Stale { base, workspace_id, folder, last, failing_since: event.map(|event| event.since) }
    }

    fn never_copied(event: &BaseEvent) -> Stale {
        let BaseEvent { base, workspace_id, folder, since, .. } = event.clone();
        Stale { base, workspace_id, folder, last: LastCopy::Never, failing_since: Some(since) }
    }
}

#[cfg(test)]
mod tests;
