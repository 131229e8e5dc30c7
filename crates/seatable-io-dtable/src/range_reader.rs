use std::cmp::Ordering;
use std::fmt;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;

/// How many bytes are read at a time.
const PIECE: u64 = 1024 * 1024;

/// Reads a file of which only ranges can be read, such as an object in S3, in pieces of 1 MiB.
///
/// The end of the file is one piece, because the directory of a zip is there. One piece is kept in memory, so seeking within
/// it costs nothing. [`check_archive`](crate::check_archive) needs a range for the end of the file, and then at most one for each MiB
/// of the file, in their order, and a few more for `content.json`.
///
/// It blocks. In async code, check on a thread for blocking work (`tokio::task::spawn_blocking`), where `Handle::block_on` waits for
/// each range. Most stores cannot read an upload that is not complete: complete it under another name, check that object, and
/// then copy it to the right name.
///
/// ```
/// use std::io;
///
/// use seatable_io_dtable::{RangeReader, check_archive};
///
/// # let object = include_bytes!("../tests/bugs.dtable");
/// let mut ranges = 0;
/// let len = object.len() as u64;
/// let file = RangeReader::new(len, |range| {
///     ranges += 1;
///     let [start, end] = [range.start, range.end].map(|place| usize::try_from(place).map_err(io::Error::other));
///     Ok(&object[start?..end?])
/// });
/// check_archive(file)?;
/// assert_eq!(ranges, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RangeReader<F> {
    len: u64,
    read: F,
    position: u64,
    /// Where the piece in memory begins.
    start: u64,
    piece: Vec<u8>,
}

impl<F, B> RangeReader<F>
where
    F: FnMut(Range<u64>) -> io::Result<B>,
    B: AsRef<[u8]>,
{
    /// Creates a reader of a file of `len` bytes. `read` is called with ranges within the file, of 1 to 1,048,576 bytes, and
    /// returns their bytes.
    ///
    /// Reading fails with the error of `read`; with [`UnexpectedEof`](ErrorKind::UnexpectedEof) if it returns fewer bytes than the
    /// range has, and with [`InvalidData`](ErrorKind::InvalidData) if it returns more. The range can then be read again.
    pub fn new(len: u64, read: F) -> Self {
        Self { len, read, position: 0, start: 0, piece: Vec::new() }
    }

    /// Returns the bytes in memory from the position on, if there are any.
    fn rest(&self) -> Option<&[u8]> {
        let offset = usize::try_from(self.position.checked_sub(self.start)?).ok()?;
        self.piece.get(offset..).filter(|rest| !rest.is_empty())
    }

    /// Reads the piece with the position, which is within the file.
    fn fetch(&mut self) -> io::Result<()> {
        let last = self.len.saturating_sub(PIECE);
        let start = if self.position < last { self.position & !(PIECE - 1) } else { last };
        let end = self.len.min(start.saturating_add(PIECE));
        let bytes = (self.read)(start..end)?;
        let bytes = bytes.as_ref();
        match (bytes.len() as u64).cmp(&end.saturating_sub(start)) {
            Ordering::Less => return Err(ErrorKind::UnexpectedEof.into()),
            Ordering::Greater => return Err(ErrorKind::InvalidData.into()),
            Ordering::Equal => {}
        }
        self.start = start;
        self.piece.clear();
        self.piece.extend_from_slice(bytes);
        Ok(())
    }
}

impl<F, B> Read for RangeReader<F>
where
    F: FnMut(Range<u64>) -> io::Result<B>,
    B: AsRef<[u8]>,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.len {
            return Ok(0);
        }
        if self.rest().is_none() {
            self.fetch()?;
        }
        let count = self.rest().unwrap_or_default().read(buffer)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

/// A position beyond the end is allowed, where nothing is read; one before the start, or beyond [`u64::MAX`], is
/// [`InvalidInput`](ErrorKind::InvalidInput), and the position stays. Seeking reads no range.
impl<F> Seek for RangeReader<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl<F> fmt::Debug for RangeReader<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeReader")
            .field("len", &self.len)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one range is meant, not its numbers")]
mod tests;
