//! Counts the bytes of a file that is read.

use std::io::{self, Read, Seek, SeekFrom};

use crate::ui::bars::Bars;

/// How often an examination reads a file: for its SHA-256, and as a zip.
const TIMES: u64 = 2;

/// A file whose bytes are counted while it is read. When this is dropped, the bytes that were not read are counted, too.
pub(crate) struct Reading<'a> {
    bars: &'a Bars,
    len: u64,
    read: u64,
    counted: u64,
}

/// A reader of this file.
pub(crate) struct Counted<'a, 'b, R> {
    inner: R,
    reading: &'a mut Reading<'b>,
}

impl<'b> Reading<'b> {
    pub(crate) fn new(bars: &'b Bars, len: u64) -> Reading<'b> {
        Reading { bars, len, read: 0, counted: 0 }
    }

    pub(crate) fn of<R>(&mut self, inner: R) -> Counted<'_, 'b, R> {
        Counted { inner, reading: self }
    }

    fn count_to(&mut self, position: u64) {
        let position = position.min(self.len);
        self.bars.read(position.saturating_sub(self.counted));
        self.counted = position;
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.count_to(self.len);
    }
}

impl<R: Read> Read for Counted<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.reading.read = self.reading.read.saturating_add(count as u64);
        self.reading.count_to(self.reading.read / TIMES);
        Ok(count)
    }
}

impl<R: Seek> Seek for Counted<'_, '_, R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::ui::frame::tests::Fake;
    use crate::ui::total::Expected;

    /// Reads a file this often, of two that have 4 KiB together, and returns the line.
    fn after(times: usize, is_over: bool) -> String {
        let terminal = Fake::new(80, 24);
        let bars = Bars::new(Some(Box::new(terminal.clone())));
        bars.expect(|| Expected::Bytes(4096));
        bars.count(2, 1);
        let mut reading = Reading::new(&bars, 1024);
        for _ in 0..times {
            reading.of(Cursor::new([0; 1024])).read_to_end(&mut Vec::new()).unwrap();
        }
        let reading = (!is_over).then_some(reading);
        bars.ended(0, 0);
        drop(reading);
        terminal.lines().remove(0)
    }

    #[test]
    fn a_file_that_is_read_twice_counts_once() {
        for (times, percent) in [(0, " 0% "), (1, " 12% "), (2, " 25% "), (3, " 25% ")] {
            assert!(after(times, false).contains(percent), "{times}: {}", after(times, false));
        }
    }

    #[test]
    fn a_file_that_could_not_be_read_to_its_end_counts_as_a_whole() {
        assert!((0..3).all(|times| after(times, true).contains(" 25% ")));
    }
}
