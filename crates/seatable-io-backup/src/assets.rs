use std::collections::BTreeSet;
use std::fmt;
use std::mem::take;

use percent_encoding::percent_decode;

use crate::json_text::Strings;

/// The beginning of the name of an asset in `content.json`, for `asset/…` in the zip (fact 18).
const PREFIX: &[u8] = b"file://dtable-bundle/asset/";

/// The longest name in a zip.
const LONGEST: usize = 65_535;

/// Counts the assets that `content.json` names and the zip lacks. The memory that it needs depends only on their number.
///
/// ```
/// use seatable_io_backup::AssetScan;
///
/// let mut scan = AssetScan::new(["content.json", "asset/images/a b.png"]);
/// scan.chunk(br#"{"rows": [["file://dtable-bundle/asset/images/a%20b.png"], "see file://dtable-bun"#);
/// scan.chunk(br#"dle/asset/files/c.pdf, please"]}"#);
/// assert_eq!(scan.missing(), 1);
/// ```
#[derive(Clone, Default)]
pub struct AssetScan {
    strings: Strings,
    /// The end of the text of the current string that may be a link: nothing, part of the prefix, or all of it and a name.
    text: Vec<u8>,
    /// Whether `text` is not at the beginning of the string.
    is_within: bool,
    entries: BTreeSet<Hash>,
    missing: BTreeSet<Hash>,
}

impl AssetScan {
    /// The most assets that are counted, so that a text full of names does not fill the memory.
    pub const MOST: u64 = 100_000;

    /// Starts a scan, given the names of all entries of the zip.
    pub fn new(entries: impl IntoIterator<Item = impl AsRef<str>>) -> AssetScan {
        let mut scan = AssetScan::default();
        for entry in entries {
            let name = entry.as_ref().as_bytes();
            scan.entries.extend([Hash::of(name), Hash::of(&decoded(name))]);
        }
        scan
    }

    /// Reads the next bytes of `content.json`.
    pub fn chunk(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((byte, others)) = self.skipped(rest).split_first() {
            if self.strings.read(*byte, &mut self.text) {
                self.end_string();
            } else if !self.text.is_empty() {
                self.check();
            }
            rest = others;
        }
    }

    /// Returns how many assets are missing. An asset that is named several times counts once. [`MOST`](Self::MOST) means this
    /// many or more.
    pub fn missing(&self) -> u64 {
        self.missing.len() as u64
    }

    /// Skips bytes that begin no link.
    fn skipped<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if !self.text.is_empty() {
            return bytes;
        }
        let skipped = self.strings.skip(bytes, b'f');
        self.is_within |= skipped > 0 && !self.strings.is_outside();
        bytes.get(skipped..).unwrap_or_default()
    }

    /// Drops text that is no link. Within a string, a link ends at certain characters. A string that begins with a name is
    /// nothing but a name, unless it is too long.
    fn check(&mut self) {
        let Some(name) = self.text.strip_prefix(PREFIX) else {
            if !PREFIX.starts_with(&self.text) {
                // Only the first byte of the prefix is an `f`.
                let kept = self.text.pop().filter(|byte| *byte == b'f');
                self.text.clear();
                self.text.extend(kept);
                self.is_within = true;
            }
            return;
        };
        let is_end = self.is_within && name.last().is_some_and(|byte| ends_link(*byte));
        if is_end || name.len() > LONGEST {
            let mut text = take(&mut self.text);
            if self.is_within {
                text.pop();
                self.link(text.get(PREFIX.len()..).unwrap_or_default());
            } else {
                self.read_as_text(&text);
            }
        }
    }

    fn end_string(&mut self) {
        let (text, is_within) = (take(&mut self.text), take(&mut self.is_within));
        let Some(name) = text.strip_prefix(PREFIX) else { return };
        if is_within {
            self.link(name);
        } else if self.has_link(name, &[]) {
            // The whole string is the name of an asset.
        } else if name.windows(PREFIX.len()).any(|window| window == PREFIX) {
            self.read_as_text(&text);
            self.end_string();
        } else {
            let link = name.split(|byte| ends_link(*byte)).next().unwrap_or_default();
            if !self.has_link(link, ENDS) {
                self.lacks(name);
            }
        }
    }

    /// Reads a string that begins with a name as a text with links.
    fn read_as_text(&mut self, text: &[u8]) {
        self.is_within = true;
        for byte in text {
            self.text.push(*byte);
            self.check();
        }
    }

    fn link(&mut self, link: &[u8]) {
        if !self.has_link(link, ENDS) {
            self.lacks(link.split(|byte| *byte == b')').next().unwrap_or_default());
        }
    }

    fn lacks(&mut self, name: &[u8]) {
        if self.missing() < AssetScan::MOST {
            self.missing.insert(Hash::of(name));
        }
    }

    /// Returns whether the link is an asset, or begins with one that ends before one of `ends`, because text may follow a link
    /// immediately. Each byte is hashed once, however many ends there are.
    fn has_link(&self, link: &[u8], ends: &[u8]) -> bool {
        let (mut raw, mut begin) = (Hash::of(b"asset/"), 0);
        let mut unescaped = raw;
        let places = link.iter().enumerate().filter(|(_, byte)| ends.contains(byte)).map(|(place, _)| place);
        for end in places.chain([link.len()]) {
            // No end is within an escape such as `%20`.
            let piece = link.get(begin..end).unwrap_or_default();
            raw.add(piece);
            unescaped.add(&decoded(piece));
            begin = end;
            if end > 0 && (self.entries.contains(&raw) || self.entries.contains(&unescaped)) {
                return true;
            }
        }
        false
    }
}

impl fmt::Debug for AssetScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssetScan").field("missing", &self.missing()).finish_non_exhaustive()
    }
}

/// Bytes that may follow a link immediately, or be part of it.
const ENDS: &[u8] = b")]'*_|,;:.?!#";

fn ends_link(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"<>`\\".contains(&byte)
}

fn decoded(name: &[u8]) -> Vec<u8> {
    percent_decode(name).collect()
}

/// FNV-1a with 128 bits, which is as fast for each of many ends as for one. Collisions by chance are out of the question, and
/// anyone who can cause one can as well add the asset or remove its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hash(u128);

impl Hash {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    fn of(bytes: &[u8]) -> Hash {
        let mut hash = Hash(Self::BASIS);
        hash.add(bytes);
        hash
    }

    fn add(&mut self, bytes: &[u8]) {
        #[cfg(test)]
        tests::HASHED.set(tests::HASHED.get() + bytes.len());
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(Self::PRIME);
        }
    }
}

#[cfg(test)]
mod tests;
