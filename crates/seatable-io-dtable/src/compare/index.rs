//! Looks for the rows or pairs of one base in the other.

use crate::hash::Hash;

/// The most entries that an index has at once. Each needs 32 bytes.
pub(super) const INDEXED: u64 = 1 << 20;

/// Rows or pairs of the first base.
#[derive(Default)]
pub(super) struct Index(Vec<Entry>);

struct Entry {
    id: Hash,
    content: u64,
    /// Whether the second base has it.
    found: bool,
}

/// What the first base has for a row of the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Same,
    /// The same ID, with another content.
    Changed,
    Nothing,
}

impl Index {
    pub(super) fn new(entries: impl IntoIterator<Item = (Hash, u64)>) -> Self {
        let entry = |(id, content)| Entry { id, content, found: false };
        let mut entries: Vec<_> = entries.into_iter().map(entry).collect();
        entries.sort_unstable_by_key(|entry| (entry.id, entry.content));
        Self(entries)
    }

    /// Looks for a row of the second base. What it finds is not found again.
    pub(super) fn find(&mut self, id: Hash, content: u64) -> Found {
        if self.take(id, |entry| entry.content == content) {
            Found::Same
        } else if self.take(id, |_| true) {
            Found::Changed
        } else {
            Found::Nothing
        }
    }

    /// Returns whether a row of the first base was not found. That is told once.
    pub(super) fn is_missing(&mut self, id: Hash, content: u64) -> bool {
        self.take(id, |entry| entry.content == content)
    }

    pub(super) fn is_complete(&self) -> bool {
        self.0.iter().all(|entry| entry.found)
    }

    fn take(&mut self, id: Hash, fits: impl Fn(&Entry) -> bool) -> bool {
        let start = self.0.partition_point(|entry| entry.id < id);
        let mut same = self.0.iter_mut().skip(start).take_while(|entry| entry.id == id);
        same.find(|entry| !entry.found && fits(entry)).map(|entry| entry.found = true).is_some()
    }
}
