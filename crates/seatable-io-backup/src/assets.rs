use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest as _, Sha256};

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

/// Part of a hash, instead of the name.
type Key = [u8; 16];

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

    /// How many assets are missing; one that is named several times counts once.
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
                    self.missing.insert(key(&name));
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
            self.missing.insert(key(link.get(..end).unwrap_or_default()));
        }
    }

    /// Whether the link is an asset, or begins with one: the text may go on right behind it.
    fn has_link(&self, link: &[u8]) -> bool {
        let ends =
            link.iter().enumerate().filter(|(_, byte)| b")]'*_|,;:.?!#".contains(byte)).map(|(end, _)| end);
        let mut ends = ends.take(100).chain([link.len()]).filter_map(|end| link.get(..end));
        ends.any(|name| !name.is_empty() && self.is_there(name))
    }

    fn is_there(&self, name: &[u8]) -> bool {
        let path = [b"asset/", name].concat();
        self.entries.contains(&key(&path)) || self.entries.contains(&key(&percent_decoded(&path)))
    }
}

fn ends_link(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"<>`\\".contains(&byte)
}

fn key(name: &[u8]) -> Key {
    Sha256::digest(name).first_chunk().copied().unwrap_or_default()
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
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const ENTRIES: [&str; 4] =
        ["content.json", "asset/images/a b.png", "asset/files/2026/c(1).pdf", "asset/files/%E9%A1%B9.txt"];

    fn url(name: &str) -> String {
        format!("file://dtable-bundle/asset/{name}")
    }

    fn missing_in(json: &str) -> u64 {
        let mut scan = AssetScan::new(ENTRIES);
        scan.chunk(json.as_bytes());
        scan.missing()
    }

    fn missing(json: &Value) -> u64 {
        missing_in(&json.to_string())
    }

    #[test]
    fn fact_18_an_asset_is_there_percent_encoded_or_not() {
        for name in [
            "images/a b.png",
            "images/a%20b.png",
            "files/2026/c(1).pdf",
            "files/2026/c%281%29.pdf",
            "files/项.txt",
            "files/%E9%A1%B9.txt",
        ] {
            assert_eq!(
                missing(
                    &json!([url(name), {"url": url(name)}, format!("a {}", url(&name.replace(' ', "%20")))])
                ),
                0,
                "{name}"
            );
        }
    }

    #[test]
    fn fact_18_an_asset_that_is_named_but_not_in_the_zip_is_missing() {
        let cells = json!([url("images/x 1.png"), url("images/x 2.png"), {"url": url("files/y%20z.pdf")}]);
        assert_eq!(missing(&cells), 3);
        assert_eq!(missing(&json!([cells.clone(), cells])), 3, "named twice");
        assert_eq!(missing(&json!("file://dtable-bundle/assets and other things")), 0);
    }

    #[test]
    fn links_are_found_within_texts() {
        let there = [url("images/a%20b.png"), url("files/2026/c(1).pdf")];
        for text in [
            format!("![a]({})", there[0]),
            format!("see {}. And ({}), too", there[0], there[1]),
            format!("{} and <img src=\"{}\">", there[0], there[1]),
            format!("{},{}", there[0], there[1]),
            format!("{}\n", there[1]),
        ] {
            assert_eq!(missing(&json!([text])), 0, "{text}");
        }
        let gone = [url("images/x.png"), url("images/y.png")];
        assert_eq!(missing(&json!(format!("![x]({}) ![y]({})", gone[0], gone[1]))), 2);
        assert_eq!(
            missing(&json!([format!("{} {}", gone[0], there[0]), format!("{} {}", there[0], gone[0])])),
            1
        );
        let texts = ["see ", "for a ", "f"].map(|start| format!("{start}{} {start}", gone[0]));
        assert_eq!(missing(&json!(texts)), 1, "the text around it is no part of a name");
    }

    #[test]
    fn escapes_of_json_do_not_hide_a_name() {
        assert_eq!(missing_in(r#""file:\/\/dtable-bundle\/asset\/images\/\u0061\u0020b.png""#), 0);
        assert_eq!(missing_in(r#""\u0066ile:\/\/dtable-bundle\/asset\/images\/\ud83e\udd80.png""#), 1);
        assert_eq!(missing_in(r#""{\"src\": \"file://dtable-bundle/asset/images/a b.png\"}""#), 1, "a text");
        assert_eq!(missing_in(r#""ffile://dtable-bundle/asset/files/2026/c(1).pdf\\""#), 0);
        assert_eq!(missing_in("file://dtable-bundle/asset/images/x.png"), 0, "not a string");
    }

    #[test]
    fn a_name_that_never_ends_takes_no_memory() {
        let mut scan = AssetScan::new(ENTRIES);
        scan.chunk(format!("\"{}", url("")).as_bytes());
        (0..100).for_each(|_| scan.chunk(&vec![b'a'; 60_000]));
        assert!(matches!(&scan.state, State::Searching { .. } | State::InText(_)));
        assert_eq!(format!("{scan:?}"), "AssetScan { missing: 1, .. }");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_come(
            texts in prop::collection::vec("(a|[(]|f|file://dtable-bundle/asset/(images/a b[.]png|x)?|\"|\\\\| |é){0,8}", 0..4),
            size in 1..40_usize,
        ) {
            let json = json!(texts).to_string();
            let mut scan = AssetScan::new(ENTRIES);
            json.as_bytes().chunks(size).for_each(|chunk| scan.chunk(chunk));
            prop_assert_eq!(scan.missing(), missing_in(&json));
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut scan = AssetScan::new(ENTRIES);
            scan.chunk(&[b"\"file://dtable-bundle/asset/", &bytes[..], b"\""].concat());
            prop_assert!(scan.missing() <= 20);
        }
    }
}
