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

    pub(super) fn get(&self, number: u32) -> &str {
        let end = |number: u32| self.ends.get(number as usize).copied();
        let start = number.checked_sub(1).and_then(end).unwrap_or_default();
        end(number).and_then(|end| self.text.get(start..end)).unwrap_or_default()
    }
}

/// Finds numbers by the hashes of texts. Several numbers may have the same text, or the same hash. Each needs some 18 bytes and
/// the time of a tree, for any texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(BTreeSet<(u32, u32)>);

impl Index {
    pub(super) fn insert(&mut self, text: &str, number: u32) {
        self.0.insert((hash(text), number));
    }

    /// Returns the numbers whose texts have the hash of this one, the last one first.
    pub(super) fn candidates(&self, text: &str) -> impl Iterator<Item = u32> + use<'_> {
        let hash = hash(text);
        self.0.range((hash, 0)..=(hash, u32::MAX)).rev().map(|(_, number)| *number)
    }
}

/// Returns part of the SHA-256 of a text. A hundred thousand texts with the same one are only found in 2^48 attempts.
pub(super) fn hash(text: &str) -> u32 {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(text));
    u32::from_be_bytes([a, b, c, d])
}
