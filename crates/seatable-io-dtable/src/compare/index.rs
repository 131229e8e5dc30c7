//! Looks for the rows or pairs of one base in the other.

use crate::ArchiveError;
use crate::hash::Hash;

/// The entries that an index has at once, on average. Each needs 32 bytes.
pub(super) const INDEXED: u64 = if cfg!(test) { 4 } else { 1 << 20 };

/// The most entries that it has. More are in one round only if they share an ID.
const MOST: usize = if cfg!(test) { 64 } else { 1 << 21 };

/// Rows or pairs of the first base, by their ID and content.
#[derive(Default)]
pub(super) struct Index(Vec<Entry>);

struct Entry {
    id: Hash,
    content: u64,
    /// How many of the first base were not found in the second.
    left: u32,
    /// For the first entry with an ID: how many after it, and itself, are known to have nothing left.
    done: u32,
}

/// The counterpart in the first base of a row of the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Same,
    /// The only row with this ID, with another content.
    Changed,
    /// One of several rows with this ID, with another content.
    Shared,
    Nothing,
}

impl Index {
    pub(super) fn add(&mut self, id: Hash, content: u64) {
        if self.0.len() <= MOST {
            self.0.push(Entry { id, content, left: 1, done: 0 });
        }
    }

    /// Returns the index after all entries were added.
    pub(super) fn sorted(mut self) -> Result<Self, ArchiveError> {
        if self.0.len() > MOST {
            return Err(ArchiveError::Malformed(
                "more than two million rows or links have the same ID".to_owned(),
            ));
        }
        self.0.sort_unstable_by_key(|entry| (entry.id, entry.content));
        self.0.dedup_by(|entry, before| {
            let is_same = (entry.id, entry.content) == (before.id, before.content);
            before.left = before.left.saturating_add(if is_same { entry.left } else { 0 });
            is_same
        });
        Ok(self)
    }

    /// Looks for a row of the second base. A row of the first is found once.
    pub(super) fn find(&mut self, id: Hash, content: u64) -> Found {
        if self.take(id, content) {
            return Found::Same;
        }
        let first = self.0.partition_point(|entry| entry.id < id);
        let has_id = |entry: &Entry| entry.id == id;
        let Some(done) = self.0.get(first).filter(|it| has_id(it)).map(|it| it.done as usize) else {
            return Found::Nothing;
        };
        let group = self.0.iter().skip(first).take_while(|entry| has_id(entry)).take(2).count();
        let rest = self.0.iter().enumerate().skip(first.saturating_add(done));
        let mut rest = rest.take_while(|(_, entry)| has_id(entry));
        let place = rest.find(|(_, entry)| entry.left > 0).map(|(place, _)| place);
        let end = place.unwrap_or(self.0.len());
        if let Some(entry) = self.0.get_mut(first) {
            entry.done = u32::try_from(end.saturating_sub(first)).unwrap_or(u32::MAX);
        }
        let Some(entry) = place.and_then(|place| self.0.get_mut(place)) else { return Found::Nothing };
        let found = if group == 1 && entry.left == 1 { Found::Changed } else { Found::Shared };
        entry.left = entry.left.saturating_sub(1);
        found
    }

    /// Takes a row that was not found yet. Returns whether there is one.
    pub(super) fn take(&mut self, id: Hash, content: u64) -> bool {
        let place = self.0.partition_point(|entry| (entry.id, entry.content) < (id, content));
        let entry = self.0.get_mut(place).filter(|entry| (entry.id, entry.content) == (id, content));
        let Some(entry) = entry.filter(|entry| entry.left > 0) else { return false };
        entry.left = entry.left.saturating_sub(1);
        true
    }

    pub(super) fn is_complete(&self) -> bool {
        self.0.iter().all(|entry| entry.left == 0)
    }
}
