use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::{BrokenLine, Catalogue, Ending};
use crate::copy::Removal;
use crate::{BaseEvent, CopyPath, SavedCopy};

/// The longest line in bytes without its line feed. Those that are written are at most about 8 KiB long, because servers, names
/// and folders have limits.
const LONGEST_LINE: usize = 64 * 1024;

/// How many broken lines are kept.
const BROKEN: usize = 100;

/// Some editors write it before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How much of a line is kept: enough to be too long even without a byte order mark.
const KEPT: usize = LONGEST_LINE + BYTE_ORDER_MARK.len() + 1;

/// Reads `backup.jsonl` in chunks of any bytes, of which it keeps one line at most. [The format](crate#the-catalogue) is simple.
///
/// A line of more than 64 KiB is broken. A whole last line counts without its line feed, too. A byte order mark at the beginning
/// is skipped.
///
/// ```
/// use seatable_io_backup::{CatalogueReader, Ending};
///
/// let mut reader = CatalogueReader::default();
/// reader.chunk(b"{\"file\":\"204 personal/Sales/2026-11");
/// reader.chunk(b"-23T020000Z.dtable\",\"removed\":\"2026-12-01T02:00:00Z\"}\n{\"fi");
/// let catalogue = reader.finish();
/// assert_eq!(catalogue.ending(), Ending::Torn(89));
/// ```
#[derive(Clone, Debug, Default)]
pub struct CatalogueReader {
    catalogue: Catalogue,
    /// The beginning of the line that is being read.
    line: Vec<u8>,
    /// The place of that line in the file, in bytes.
    start: u64,
    /// The number of bytes that were read.
    read: u64,
    /// The number of lines before.
    number: usize,
}

impl CatalogueReader {
    /// Reads the next bytes of the file.
    pub fn chunk(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = part.strip_suffix(b"\n");
            let text = line.unwrap_or(part);
            let room = KEPT.saturating_sub(self.line.len());
            self.line.extend_from_slice(text.get(..room).unwrap_or(text));
            self.read = self.read.saturating_add(part.len() as u64);
            if line.is_some() {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        self.number = self.number.saturating_add(1);
        let (catalogue, number) = (&mut self.catalogue, self.number);
        match read_line(catalogue, text(&self.line, number == 1)) {
            Ok(()) => {}
            Err(reason) if catalogue.broken.len() < BROKEN => {
                catalogue.broken.push(BrokenLine { number, reason });
            }
            Err(_) => catalogue.more_broken = catalogue.more_broken.saturating_add(1),
        }
        self.start = self.read;
        self.line.clear();
    }

    /// Returns the catalogue, after all bytes of the file were read.
    pub fn finish(mut self) -> Catalogue {
        let text = text(&self.line, self.number == 0);
        if text.is_empty() {
            return self.catalogue;
        }
        // A torn line is not JSON. One that is too long was not written by this crate, so nothing of it may be cut off.
        if text.len() > LONGEST_LINE || serde_json::from_slice::<IgnoredAny>(text).is_ok() {
            self.catalogue.ending = Ending::NoLineFeed;
            self.end_line();
        } else {
            let mark = self.line.len().saturating_sub(text.len()) as u64;
            self.catalogue.ending = Ending::Torn(self.start.saturating_add(mark));
        }
        self.catalogue
    }
}

/// Returns a line without a byte order mark.
fn text(line: &[u8], is_first: bool) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first).unwrap_or(line)
}

impl Catalogue {
    /// Reads the bytes of a whole file, as [`CatalogueReader`] does.
    pub fn read(bytes: &[u8]) -> Catalogue {
        let mut reader = CatalogueReader::default();
        reader.chunk(bytes);
        reader.finish()
    }
}

/// The part of a line that distinguishes copies, removals and events.
#[derive(Deserialize)]
struct Record {
    file: Option<String>,
    #[serde(default, deserialize_with = "is_there")]
    removed: bool,
    #[serde(default, deserialize_with = "is_there")]
    event: bool,
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

fn read_line(catalogue: &mut Catalogue, line: &[u8]) -> Result<(), &'static str> {
    if line.len() > LONGEST_LINE {
        return Err("it is longer than 64 KiB");
    }
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(());
    }
    if !line.starts_with(b"{") {
        return Err("it is not a JSON object");
    }
    let record: Record = serde_json::from_slice(line)
        .map_err(|error| if error.is_data() { "it names no file" } else { "it is not a JSON object" })?;
    let file = match record.file {
        Some(file) => file,
        None if record.event => {
            let event = serde_json::from_slice::<BaseEvent>(line);
            return event.map(|event| catalogue.note(&event)).map_err(|_| "it does not describe an event");
        }
        None => return Err("it names no file"),
    };
    let recorded = if record.removed {
        let removal = serde_json::from_slice::<Removal>(line);
        removal
            .map(|removal| catalogue.remove(&removal.file))
            .map_err(|_| "its time of removal is not a time")
    } else {
        let copy = serde_json::from_slice::<SavedCopy>(line);
        copy.map(|copy| catalogue.insert(&copy)).map_err(|_| "it does not describe a copy")
    };
    recorded.map_err(|reason| CopyPath::new(file).map_or("its file is not within the folder", |_| reason))
}

#[cfg(test)]
mod tests;
