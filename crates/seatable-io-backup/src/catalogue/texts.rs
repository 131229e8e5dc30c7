use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

/// Numbered texts, one after the other in memory.
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

    pub(super) fn get(&self, number: u32) -> &str {
        let end = |number: u32| self.ends.get(number as usize).copied();
        let start = number.checked_sub(1).and_then(end).unwrap_or_default();
        end(number).and_then(|end| self.text.get(start..end)).unwrap_or_default()
    }
}

/// Finds numbers by the hashes of texts. Several numbers may have the same text, or the same hash. Each needs some 18 bytes and
/// the time of a tree, for any texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index(BTreeSet<(Hash, u32)>);

impl Index {
    pub(crate) fn insert(&mut self, hash: Hash, number: u32) {
        self.0.insert((hash, number));
    }

    pub(crate) fn remove(&mut self, hash: Hash, number: u32) {
        self.0.remove(&(hash, number));
    }

    /// Returns the numbers whose texts have this hash.
    pub(crate) fn candidates(&self, hash: Hash) -> impl Iterator<Item = u32> {
        self.0.range((hash, 0)..=(hash, u32::MAX)).map(|(_, number)| *number)
    }
}

/// Part of the SHA-256 of a text. A hundred thousand texts with the same one are only found in 2^48 attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hash(u32);

impl Hash {
    pub(crate) fn of(text: &str) -> Hash {
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(text));
        Hash(u32::from_be_bytes([a, b, c, d]))
    }
}
