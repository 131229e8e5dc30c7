use std::collections::BTreeSet;
use std::fmt;

use crate::json_text::{Piece, Strings};

/// How `content.json` begins the name of an asset, which `asset/…` in the zip is (fact 18).
const PREFIX: &[u8] = b"file://dtable-bundle/asset/";

/// The longest name in a zip.
const LONGEST: usize = 65_535;

/// Counts the assets that `content.json` names and the zip lacks, in memory that depends on their number only.
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
    found: Found,
    state: State,
}

/// The hash of a name, instead of the name.
type Key = u128;

#[derive(Clone, Default)]
struct Found {
    entries: BTreeSet<Key>,
    missing: BTreeSet<Key>,
}

/// Where in a string of the JSON the scan is.
#[derive(Clone)]
enum State {
    /// So many bytes of the prefix are read; it may be the beginning of the string.
    Searching { matched: usize, is_start: bool },
    /// The name goes on to the end of the string, if it is nothing but a name.
    Whole(Vec<u8>),
    /// The name goes on to a character that ends a link in a text.
    InText(Vec<u8>),
}

impl Default for State {
    fn default() -> Self {
        State::Searching { matched: 0, is_start: true }
    }
}

impl AssetScan {
    /// Takes the names of all entries of the zip.
    pub fn new(entries: impl IntoIterator<Item = impl AsRef<str>>) -> AssetScan {
        let mut scan = AssetScan::default();
        for entry in entries {
            let name = entry.as_ref().as_bytes();
            scan.found.entries.extend([key(name), key(&percent_decoded(name))]);
        }
        scan
    }

    /// Reads the next bytes of `content.json`.
    pub fn chunk(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((byte, others)) = self.skipped(rest).split_first() {
            let (found, state) = (&mut self.found, &mut self.state);
            self.strings.read(*byte, |piece| match piece {
                Piece::Byte(byte) => found.byte(state, byte),
                Piece::End => found.end(std::mem::take(state)),
            });
            rest = others;
        }
    }

    /// What remains without the bytes that begin no name.
    fn skipped<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let State::Searching { matched: 0, is_start } = &mut self.state else { return bytes };
        let skipped = self.strings.skip(bytes, b'f');
        *is_start &= skipped == 0 || self.strings.is_outside();
        bytes.get(skipped..).unwrap_or_default()
    }

    /// The most assets that are counted, so that a text full of names does not fill the memory.
    pub const MOST: u64 = 100_000;

    /// How many assets are missing; one that is named several times counts once. [`MOST`](Self::MOST) means this many or more.
    pub fn missing(&self) -> u64 {
        self.found.missing.len() as u64
    }
}

impl fmt::Debug for AssetScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssetScan").field("missing", &self.missing()).finish_non_exhaustive()
    }
}

impl Found {
    fn byte(&mut self, state: &mut State, byte: u8) {
        match state {
            State::Searching { matched, is_start } => {
                // Only the first byte of the prefix is an `f`.
                let is_next = PREFIX.get(*matched) == Some(&byte);
                *is_start &= is_next;
                *matched = if is_next { matched.saturating_add(1) } else { usize::from(byte == b'f') };
                if *matched == PREFIX.len() {
                    *state = if *is_start { State::Whole(Vec::new()) } else { State::InText(Vec::new()) };
                }
            }
            State::Whole(name) if name.len() < LONGEST => name.push(byte),
            State::InText(name) if name.len() < LONGEST && !ends_link(byte) => name.push(byte),
            State::Whole(name) => {
                let name = std::mem::take(name);
                *state = self.text(&name);
                self.byte(state, byte);
            }
            State::InText(name) => {
                self.link(name);
                *state = State::Searching { matched: 0, is_start: false };
            }
        }
    }

    /// The end of a string.
    fn end(&mut self, state: State) {
        match state {
            State::Searching { .. } => {}
            State::InText(name) => self.link(&name),
            State::Whole(name) if self.is_there(&name) => {}
            State::Whole(name) if name.windows(PREFIX.len()).any(|window| window == PREFIX) => {
                let rest = self.text(&name);
                self.end(rest);
            }
            State::Whole(name) => {
                let link = name.split(|byte| ends_link(*byte)).next().unwrap_or_default();
                if !self.has_link(link) {
                    self.lacks(&name);
                }
            }
        }
    }

    /// Reads a string that begins with a name as a text with links.
    fn text(&mut self, name: &[u8]) -> State {
        let mut state = State::InText(Vec::new());
        for byte in name {
            self.byte(&mut state, *byte);
        }
        state
    }

    fn link(&mut self, link: &[u8]) {
        if !self.has_link(link) {
            let end = link.iter().position(|byte| *byte == b')').unwrap_or(link.len());
            self.lacks(link.get(..end).unwrap_or_default());
        }
    }

    fn lacks(&mut self, name: &[u8]) {
        if (self.missing.len() as u64) < AssetScan::MOST {
            self.missing.insert(key(name));
        }
    }

    /// Whether the link is an asset, or begins with one: the text may go on right behind it. Each byte is hashed once, however
    /// many ends there may be.
    fn has_link(&self, link: &[u8]) -> bool {
        let (mut path, mut begin) = (Path::new(), 0);
        let ends =
            link.iter().enumerate().filter(|(_, byte)| b")]'*_|,;:.?!#".contains(byte)).map(|(end, _)| end);
        for end in ends.chain([link.len()]) {
            path.push(link.get(begin..end).unwrap_or_default());
            begin = end;
            if end > 0 && self.has(&path) {
                return true;
            }
        }
        false
    }

    fn is_there(&self, name: &[u8]) -> bool {
        let mut path = Path::new();
        path.push(name);
        self.has(&path)
    }

    fn has(&self, path: &Path) -> bool {
        self.entries.contains(&path.raw.key()) || self.entries.contains(&path.decoded.key())
    }
}

/// The beginning of the path of an asset, as it is and percent-decoded.
struct Path {
    raw: Hash,
    decoded: Hash,
}

impl Path {
    fn new() -> Self {
        let asset = Hash::new(b"asset/");
        Self { raw: asset.clone(), decoded: asset }
    }

    /// Adds a piece that does not begin or end within an escape such as `%20`.
    fn push(&mut self, piece: &[u8]) {
        self.raw.add(piece);
        self.decoded.add(&percent_decoded(piece));
    }
}

/// FNV-1a with 128 bits, which is as fast for each of many ends as for one. Collisions by chance are out of the question, and
/// whoever can make one on purpose can as well add the asset or remove its name.
#[derive(Clone)]
struct Hash(u128);

impl Hash {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    fn new(bytes: &[u8]) -> Self {
        let mut hash = Self(Self::BASIS);
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

    fn key(&self) -> Key {
        self.0
    }
}

fn ends_link(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"<>`\\".contains(&byte)
}

fn key(name: &[u8]) -> Key {
    Hash::new(name).key()
}

/// What is not percent-encoded stays as it is.
fn percent_decoded(name: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, others)) = rest.split_first() {
        let digits = others.split_first_chunk::<2>().filter(|_| *first == b'%');
        let byte = digits.and_then(|(digits, after)| {
            let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        let (byte, after) = byte.unwrap_or((*first, others));
        decoded.push(byte);
        rest = after;
    }
    decoded
}

#[cfg(test)]
mod tests;
