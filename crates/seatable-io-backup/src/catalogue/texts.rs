use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

/// Texts with numbers, one after the other in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(&self.ends);
        spans.map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    pub(super) fn get(&self, number: u32) -> &str {
        let end = |number: usize| self.ends.get(number).copied();
        let start = (number as usize).checked_sub(1).and_then(end).unwrap_or_default();
        let text = end(number as usize).and_then(|end| self.text.get(start..end));
        text.unwrap_or_default()
    }
}

/// The numbers of things by a text that each of them has: some 18 bytes for each, and the time of a tree, whatever the texts
/// are. Several may have one text, or one hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index(BTreeSet<(Hash, u32)>);

impl Index {
    pub(crate) fn insert(&mut self, hash: Hash, number: u32) {
        self.0.insert((hash, number));
    }

    pub(crate) fn remove(&mut self, hash: Hash, number: u32) {
        self.0.remove(&(hash, number));
    }

    /// The numbers of what may have this text.
    pub(crate) fn candidates(&self, hash: Hash) -> impl Iterator<Item = u32> {
        self.0.range((hash, 0)..=(hash, u32::MAX)).map(|(_, number)| *number)
    }
}

impl FromIterator<(Hash, u32)> for Index {
    fn from_iter<I: IntoIterator<Item = (Hash, u32)>>(texts: I) -> Self {
        Index(texts.into_iter().collect())
    }
}

/// Part of the SHA-256 of a text. Nobody makes many texts that have one in common: a hundred thousand of them need 2^48 attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hash(u32);

impl Hash {
    pub(crate) fn of(text: &str) -> Hash {
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(text));
        Hash(u32::from_be_bytes([a, b, c, d]))
    }
}
