mod places;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{Read, Seek};
use std::mem::take;

use memchr::memmem;
use percent_encoding::percent_decode;
use serde::Serialize;

use places::Places;

use crate::Archive;
use crate::hash::Hash;
use crate::json_text::Strings;

/// The beginning of the URLs of assets in `content.json`, and that of their names in the zip (fact 18).
const KINDS: [(&[u8], &[u8]); 2] = [
    (b"file://dtable-bundle/asset/", b"asset/"),
    (b"file://dtable-bundle-external-apps/asset/", APPS.as_bytes()),
];

/// The beginning of the URLs of assets that the zip has below another name, so that only the folder can be looked for.
const CUSTOM_URL: &[u8] = b"custom-asset://";
const CUSTOM: &str = "asset/custom/";

/// The beginning of the names of assets that belong to apps.
pub(crate) const APPS: &str = "asset/external-apps/";

/// The longest name in a zip.
const LONGEST: usize = 65_535;

/// The size of the names of missing assets that are kept.
const NAMES: usize = 4 * 1024 * 1024;

/// Finds the assets that `content.json` names and the zip lacks. The memory that it needs depends only on their number.
///
/// ```
/// use seatable_io_dtable::AssetScan;
///
/// let mut scan = AssetScan::new(["content.json", "asset/images/a b.png"]);
/// scan.chunk(br#"{"rows": [["file://dtable-bundle/asset/images/a%20b.png"], "see file://dtable-bun"#);
/// scan.chunk(br#"dle/asset/files/c.pdf, please"]}"#);
/// assert_eq!((scan.missing(), scan.names()), (1, &["asset/files/c.pdf".to_owned()][..]));
/// ```
///
/// Assets of apps are found as well. Custom assets (`custom-asset://…`) have other names in the zip: they count as one that is
/// missing if the zip has no folder `asset/custom/`.
#[derive(Clone, Default)]
pub struct AssetScan {
    strings: Strings,
    /// The end of the text of the current string that may be a link: nothing, part of the prefix, or all of it and a name.
    text: Vec<u8>,
    /// Whether `text` is not at the beginning of the string.
    is_within: bool,
    entries: BTreeSet<Hash>,
    missing: BTreeSet<Hash>,
    names: Vec<String>,
    /// The length of all names together.
    names_len: usize,
    /// Whether the zip has custom assets.
    has_custom: bool,
    /// The end of the last chunk, as far as it may begin the URL of a custom asset.
    tail: Vec<u8>,
}

impl AssetScan {
    /// The most assets that are counted, so that a text full of names does not fill the memory.
    pub const MOST: u64 = 100_000;

    /// Starts a scan, given the names of all entries of the zip.
    pub fn new(entries: impl IntoIterator<Item = impl AsRef<str>>) -> AssetScan {
        let mut scan = AssetScan::default();
        for entry in entries {
            scan.has_custom |= entry.as_ref().starts_with(CUSTOM);
            let name = entry.as_ref().as_bytes();
            scan.entries.extend([Hash::of(name), Hash::of(&decoded(name))]);
        }
        scan
    }

    /// Reads the next bytes of `content.json`.
    pub fn chunk(&mut self, bytes: &[u8]) {
        self.look_for_custom(bytes);
        let (mut at, mut places) = (0_usize, Places::new(bytes));
        while at < bytes.len() {
            if self.text.is_empty() {
                let skipped = bytes.get(at..places.link_after(at)).unwrap_or_default();
                at = at.saturating_add(self.strings.skip(skipped, &mut self.is_within));
            }
            let Some(byte) = bytes.get(at) else { break };
            if self.strings.read(*byte, &mut self.text) {
                self.end_string();
            } else if !self.text.is_empty() {
                self.check();
            }
            at = at.saturating_add(1);
        }
    }

    /// Returns how many assets are missing. An asset that is named several times counts once. [`MOST`](Self::MOST) means this
    /// many or more.
    pub fn missing(&self) -> u64 {
        self.missing.len() as u64
    }

    /// Returns the names of missing assets in the zip, in the order of their first mention; as many as fit into 4 MiB.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns whether [`names`](Self::names) lacks some of the missing assets.
    pub fn is_cut(&self) -> bool {
        self.missing() >= Self::MOST || (self.names.len() as u64) < self.missing()
    }

    /// Returns the names of missing assets.
    pub fn into_names(self) -> Vec<String> {
        self.names
    }

    fn look_for_custom(&mut self, bytes: &[u8]) {
        if self.has_custom {
            return;
        }
        let mut end = take(&mut self.tail);
        end.extend_from_slice(bytes.get(..CUSTOM_URL.len()).unwrap_or(bytes));
        if [&end, bytes].into_iter().any(|bytes| contains(bytes, CUSTOM_URL)) {
            self.has_custom = true;
            self.lacks(CUSTOM.as_bytes(), b"");
        }
        let last = if bytes.len() < CUSTOM_URL.len() { &end } else { bytes };
        let begin = last.len().saturating_sub(CUSTOM_URL.len());
        self.tail = last.get(begin..).unwrap_or_default().to_vec();
    }

    /// Drops text that is no link. Within a string, a link ends at certain characters. A string that begins with a name is
    /// nothing but a name, unless it is too long.
    fn check(&mut self) {
        let Some((folder, name)) = asset(&self.text) else {
            if !KINDS.iter().any(|(url, _)| url.starts_with(&self.text)) {
                // Only the first byte of each is an `f`.
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
                self.link(folder, asset(&text).unwrap_or_default().1);
            } else {
                self.read_as_text(&text);
            }
        }
    }

    fn end_string(&mut self) {
        let (text, is_within) = (take(&mut self.text), take(&mut self.is_within));
        let Some((folder, name)) = asset(&text) else { return };
        if is_within {
            self.link(folder, name);
        } else if self.has_link(folder, name, &[]) {
            // The whole string is the name of an asset.
        } else if KINDS.iter().any(|(url, _)| contains(name, url)) {
            self.read_as_text(&text);
            self.end_string();
        } else {
            let link = name.split(|byte| ends_link(*byte)).next().unwrap_or_default();
            if !self.has_link(folder, link, ENDS) {
                self.lacks(folder, name);
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

    fn link(&mut self, folder: &[u8], link: &[u8]) {
        if !self.has_link(folder, link, ENDS) {
            let name = link.split(|byte| *byte == b')').next().unwrap_or_default();
            let last = name.iter().rposition(|byte| !ENDS.contains(byte));
            self.lacks(folder, last.and_then(|last| name.get(..=last)).unwrap_or_default());
        }
    }

    fn lacks(&mut self, folder: &[u8], name: &[u8]) {
        let name = [folder, name].concat();
        if self.missing() < AssetScan::MOST && self.missing.insert(Hash::of(&name)) {
            let name = String::from_utf8_lossy(&decoded(&name)).into_owned();
            self.names_len = self.names_len.saturating_add(name.len());
            self.names.extend(Some(name).filter(|_| self.names_len <= NAMES));
        }
    }

    /// Returns whether the link is an asset, or begins with one that ends before one of `ends`, because text may follow a link
    /// immediately. Each byte is hashed once, however many ends there are.
    fn has_link(&self, folder: &[u8], link: &[u8], ends: &[u8]) -> bool {
        let (mut raw, mut begin) = (Hash::of(folder), 0);
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

/// The files below `asset/` in a zip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HeldAssets {
    /// The number of files.
    pub count: u64,
    /// Their unpacked size.
    pub bytes: u64,
    /// How many of them belong to apps.
    pub of_apps: u64,
    /// How many of them are custom assets.
    pub custom: u64,
    /// How many of them are `.dtable` files, which nothing here opens.
    pub dtables: u64,
}

impl<F: Read + Seek> Archive<F> {
    /// Returns the number and the size of the assets that the directory of the zip lists.
    pub fn held_assets(&self) -> HeldAssets {
        let mut held = HeldAssets::default();
        self.each_asset(|name, bytes, _| {
            held.count = held.count.saturating_add(1);
            held.bytes = held.bytes.saturating_add(bytes);
            held.of_apps = held.of_apps.saturating_add(name.starts_with(APPS).into());
            held.custom = held.custom.saturating_add(name.starts_with(CUSTOM).into());
            held.dtables = held.dtables.saturating_add(is_dtable(name).into());
        });
        held
    }
}

impl fmt::Debug for AssetScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssetScan").field("missing", &self.missing()).finish_non_exhaustive()
    }
}

fn is_dtable(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("dtable"))
}

/// Bytes that may follow a link immediately, or be part of it.
const ENDS: &[u8] = b")]'*_|,;:.?!#";

fn ends_link(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"<>`\\".contains(&byte)
}

/// Returns the folder of the zip that an asset is in, and its name there, if the text begins like the URL of one.
pub(crate) fn asset(text: &[u8]) -> Option<(&'static [u8], &[u8])> {
    KINDS.iter().find_map(|(url, folder)| Some((*folder, text.strip_prefix(*url)?)))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memmem::find(text, part).is_some()
}

fn decoded(name: &[u8]) -> Vec<u8> {
    percent_decode(name).collect()
}

#[cfg(test)]
mod tests;
