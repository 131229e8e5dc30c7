use std::fmt;

/// The length of an end record with the longest comment, a zip64 locator and a zip64 end record, in bytes.
const TAIL: usize = 22 + 65_535 + 20 + 56;

const LOCAL_HEADER: &[u8; 4] = b"PK\x03\x04";
const END: &[u8; 4] = b"PK\x05\x06";
const ZIP64_END: &[u8; 4] = b"PK\x06\x06";
const ZIP64_LOCATOR: &[u8; 4] = b"PK\x06\x07";

/// Checks a file while it is received: that it is one whole zip of the announced length.
///
/// It keeps at most the last 128 KiB of the file, and does not check the compressed data.
#[derive(Clone)]
pub struct ArchiveWatch {
    announced: Option<u64>,
    seen: u64,
    start: [u8; 4],
    tail: Vec<u8>,
}

/// Why a file is not one whole zip of the announced length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is a zip without entries, which servers make of an export that failed.
    #[error("the zip archive is empty")]
    NoEntries,
    /// The first bytes are not those of a zip.
    #[error("the file is not a zip archive")]
    NotZip,
    /// The length is not the announced one.
    #[error("{announced} bytes were announced, but {received} were received")]
    Length {
        /// The announced length in bytes.
        announced: u64,
        /// The number of bytes received.
        received: u64,
    },
    /// The file does not end with an end record.
    #[error("the zip archive has no end: it is cut off, or something follows it")]
    NoEnd,
    /// The directory does not end where the end record says, so bytes are missing or duplicated.
    #[error("the zip archive is damaged: bytes are missing or duplicated")]
    Broken,
}

impl ArchiveWatch {
    /// Expects a file of `announced` bytes; `None` accepts any length.
    pub fn new(announced: Option<u64>) -> Self {
        ArchiveWatch { announced, seen: 0, start: [0; 4], tail: Vec::new() }
    }

    /// Adds the next bytes. Returns `false` as soon as the file cannot be a zip.
    pub fn chunk(&mut self, bytes: &[u8]) -> bool {
        let known = usize::try_from(self.seen).unwrap_or(usize::MAX);
        for (slot, byte) in self.start.iter_mut().skip(known).zip(bytes) {
            *slot = *byte;
        }
        self.seen = self.seen.saturating_add(bytes.len() as u64);
        if self.is_foreign() {
            self.tail = Vec::new();
            return false;
        }
        self.keep(bytes);
        true
    }

    fn is_foreign(&self) -> bool {
        let start = self.start.get(..usize::try_from(self.seen).unwrap_or(4)).unwrap_or(&self.start);
        !LOCAL_HEADER.starts_with(start) && !END.starts_with(start)
    }

    /// Keeps the bytes that `finish` may need: the end, as far as its position is known.
    fn keep(&mut self, bytes: &[u8]) {
        let end = self.announced.unwrap_or(0).saturating_sub(TAIL as u64);
        let before = end.saturating_sub(self.seen.saturating_sub(bytes.len() as u64));
        let bytes = usize::try_from(before).ok().and_then(|before| bytes.get(before..)).unwrap_or_default();
        let bytes = last(bytes, TAIL);
        let len = self.tail.len().saturating_add(bytes.len());
        if len > TAIL.saturating_mul(2) {
            self.tail.drain(..len.saturating_sub(TAIL).min(self.tail.len()));
        }
        self.tail.extend_from_slice(bytes);
    }

    /// Returns the number of bytes added.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Returns the announced length in bytes.
    pub fn announced(&self) -> Option<u64> {
        self.announced
    }

    /// Checks the file at its end.
    ///
    /// # Errors
    ///
    /// The first fault that it has: it must have the announced length and begin as a zip; its end record must be at the very
    /// end, directly after a directory of the size and at the position that the record gives (also in the zip64 format).
    pub fn finish(&self) -> Result<(), ArchiveFault> {
        if self.seen == 0 {
            return Err(ArchiveFault::Empty);
        }
        if self.is_foreign() {
            return Err(ArchiveFault::NotZip);
        }
        if let Some(announced) = self.announced.filter(|announced| *announced != self.seen) {
            return Err(ArchiveFault::Length { announced, received: self.seen });
        }
        let tail = last(&self.tail, TAIL);
        let mut fault = ArchiveFault::NoEnd;
        for (before, record) in (0..tail.len()).rev().filter_map(|at| tail.split_at_checked(at)) {
            if !is_end(record) {
                continue;
            }
            let position = self.seen.saturating_sub(record.len() as u64);
            if position == 0 {
                return Err(ArchiveFault::NoEntries);
            }
            if self.start == *LOCAL_HEADER
                && (directory_end(record) == Some(position) || zip64_ends_at(before, position) == Some(true))
            {
                return Ok(());
            }
            fault = ArchiveFault::Broken;
        }
        Err(fault)
    }
}

impl fmt::Debug for ArchiveWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveWatch").field("seen", &self.seen).finish_non_exhaustive()
    }
}

/// Returns whether these bytes are an end record and its comment, and nothing else (PKWARE APPNOTE 4.3.16).
fn is_end(record: &[u8]) -> bool {
    let len = number(record, 20, 2).and_then(|comment| comment.checked_add(22));
    record.starts_with(END) && len == Some(record.len() as u64)
}

fn directory_end(record: &[u8]) -> Option<u64> {
    number(record, 12, 4)?.checked_add(number(record, 16, 4)?)
}

/// Returns whether a directory, its zip64 end record (APPNOTE 4.3.14) and its locator (4.3.15) end at `position`.
fn zip64_ends_at(before: &[u8], position: u64) -> Option<bool> {
    let (before, locator) = before.split_at_checked(before.len().checked_sub(20)?)?;
    let start = number(locator, 8, 8)?;
    // The record fills the bytes up to its locator.
    let len = position.checked_sub(20)?.checked_sub(start)?;
    let record = before.get(before.len().checked_sub(usize::try_from(len).ok()?)?..)?;
    let is_whole = number(record, 4, 8)?.checked_add(12)? == len;
    let is_behind_directory = number(record, 40, 8)?.checked_add(number(record, 48, 8)?)? == start;
    let has_marks = locator.starts_with(ZIP64_LOCATOR) && record.starts_with(ZIP64_END);
    Some(has_marks && is_whole && is_behind_directory)
}

/// Returns the little-endian number of `len` bytes, 8 at most.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let digits = bytes.get(at..)?.get(..len)?;
    Some(digits.iter().rev().fold(0, |number, digit| number << 8 | u64::from(*digit)))
}

fn last(bytes: &[u8], len: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(len)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(bytes: &[u8]) -> Result<(), ArchiveFault> {
        let mut watch = ArchiveWatch::new(None);
        watch.chunk(bytes);
        watch.finish()
    }

    #[test]
    fn it_keeps_two_tails_at_most_and_debug_shows_neither() {
        let mut watch = ArchiveWatch::new(None);
        watch.chunk(b"PK\x03\x04");
        for _ in 0..100 {
            watch.chunk(&vec![7; 30_000]);
            assert!(watch.tail.len() <= 2 * TAIL);
        }
        assert_eq!(TAIL, 65_633);
        assert_eq!(format!("{watch:?}"), "ArchiveWatch { seen: 3000004, .. }");
    }

    #[test]
    fn it_keeps_nothing_before_the_end_of_a_file_of_announced_length() {
        let mut watch = ArchiveWatch::new(Some(3 * TAIL as u64));
        watch.chunk(LOCAL_HEADER);
        watch.chunk(&vec![7; 2 * TAIL - 5]);
        assert_eq!(watch.tail.capacity(), 0);
        watch.chunk(&[7; 11]);
        assert_eq!(watch.tail.len(), 10);
    }

    const EMPTY: [u8; 22] = *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    #[test]
    fn fact_21_an_empty_zip_is_not_a_base() {
        assert_eq!(watched(&EMPTY), Err(ArchiveFault::NoEntries));
        assert_eq!(watched(&[EMPTY, EMPTY].concat()), Err(ArchiveFault::Broken));
    }

    #[test]
    fn a_file_of_another_length_than_announced_is_not_whole() {
        for (announced, fault) in [
            (22, ArchiveFault::NoEntries),
            (23, ArchiveFault::Length { announced: 23, received: 22 }),
            (21, ArchiveFault::Length { announced: 21, received: 22 }),
        ] {
            let mut watch = ArchiveWatch::new(Some(announced));
            watch.chunk(&EMPTY);
            assert_eq!((watch.finish(), watch.announced()), (Err(fault), Some(announced)));
        }
    }

    #[test]
    fn an_empty_file_and_a_beginning_have_different_faults() {
        assert_eq!(watched(b""), Err(ArchiveFault::Empty));
        assert_eq!(watched(b"PK"), Err(ArchiveFault::NoEnd));
        assert_eq!(watched(b"PK\x03\x04 and more"), Err(ArchiveFault::NoEnd));
    }

    #[test]
    fn a_login_page_with_status_200_is_not_a_zip_from_its_first_byte_on() {
        let mut watch = ArchiveWatch::new(None);
        assert!(watch.chunk(b""));
        assert!(!watch.chunk(b"<"));
        assert!(!watch.chunk(b"PK\x03\x04"));
        assert_eq!((watch.finish(), watch.seen()), (Err(ArchiveFault::NotZip), 5));
    }

    #[test]
    fn the_first_bytes_are_judged_together_when_they_come_one_by_one() {
        let mut watch = ArchiveWatch::new(None);
        assert!(watch.chunk(b"P") && watch.chunk(b"K") && watch.chunk(b"\x03"));
        assert!(!watch.chunk(b"\x05"));
    }

    #[test]
    fn memory_stays_bounded_however_much_goes_by() {
        let mut watch = ArchiveWatch::new(None);
        watch.chunk(LOCAL_HEADER);
        for len in [1, 1000, TAIL - 1, TAIL, TAIL + 1, 3 * TAIL] {
            (0..4 * TAIL / len).for_each(|_| assert!(watch.chunk(&vec![7; len])));
            assert!(watch.tail.capacity() <= 4 * TAIL);
        }
    }
}
