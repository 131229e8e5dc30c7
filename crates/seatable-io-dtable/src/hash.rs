//! A hash that is the same on every machine.

/// FNV-1a with 128 bits, which is as fast for many short pieces as for a long one. Collisions by chance are out of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hash(u128);

impl Hash {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    pub(crate) fn new() -> Self {
        Self(Self::BASIS)
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut hash = Self::new();
        hash.add(bytes);
        hash
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        #[cfg(test)]
        HASHED.set(HASHED.get() + bytes.len());
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(Self::PRIME);
        }
    }

    /// Adds a text with its length, so that two texts are not one.
    pub(crate) fn add_text(&mut self, text: &str) {
        self.add(&(text.len() as u64).to_le_bytes());
        self.add(text.as_bytes());
    }

    /// Returns whether it is in one of several rounds, to which hashes are distributed evenly.
    pub(crate) fn is_in_round(self, round: u64, rounds: u64) -> bool {
        // The last bytes of a text change only some bits: IDs that count upwards would all be in one round.
        let mixed = (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) >> 96) as u64;
        mixed.checked_rem(rounds).is_none_or(|remainder| remainder == round)
    }

    /// Returns the half of it that depends on all bytes.
    pub(crate) fn short(self) -> u64 {
        (self.0 >> 64) as u64
    }

    pub(crate) fn value(self) -> u128 {
        self.0
    }
}

/// The sum of several hashes, in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    count: u64,
    sum: u128,
}

impl Sum {
    pub(crate) fn add(&mut self, hash: Hash) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.wrapping_add(mixed(hash.0));
    }

    pub(crate) fn count(self) -> u64 {
        self.count
    }
}

/// Returns a number whose bits all depend on all bits of this one.
///
/// Hashes by FNV-1a of texts that end alike differ alike, so if two rows swap their cells, the sum of their hashes may stay the same.
fn mixed(hash: u128) -> u128 {
    // The finalizer of MurmurHash3, for numbers twice as long. The factors are odd and otherwise arbitrary.
    let mut bits = hash;
    for factor in [0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835, 0xff51_afd7_ed55_8ccd_c4ce_b9fe_1a85_ec53] {
        bits = (bits ^ (bits >> 64)).wrapping_mul(factor);
    }
    bits ^ (bits >> 64)
}

#[cfg(test)]
thread_local! {
    /// The number of bytes that this thread has hashed.
    pub(crate) static HASHED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_hashed_by_fnv_1a() {
        assert_eq!(Hash::of(b""), Hash(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d));
        assert_eq!(Hash::of(b"a"), Hash(0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964));
    }

    #[test]
    fn two_texts_that_swap_their_ends_change_the_sum() {
        let sum = |texts: [String; 2]| {
            let mut sum = Sum::default();
            for text in texts {
                sum.add(Hash::of(text.as_bytes()));
            }
            sum
        };
        for (one, other) in (0..100).flat_map(|one| (0..one).map(move |other| (one, other))) {
            let [as_it_was, swapped] = ["ab", "ba"].map(|ends| {
                let (end, other_end) = ends.split_at(1);
                sum([format!("{one}{end}"), format!("{other}{other_end}")])
            });
            assert_ne!(as_it_was, swapped, "{one} {other}");
        }
    }
}
