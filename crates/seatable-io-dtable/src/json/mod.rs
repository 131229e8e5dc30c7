//! Reads JSON as a stream: lists and objects item by item, and what is shorter as a text that serde parses.

mod scan;

use std::io::{self, Read};

use scan::Scan;

use crate::ArchiveError;
use crate::text;

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// The most bytes of a row, a key, or another value that is read as a whole.
pub(crate) const LONGEST: usize = 16 * 1024 * 1024;

/// Why reading stops.
pub(crate) enum Halt<B> {
    /// The receiver has seen enough.
    Break(B),
    Error(ArchiveError),
}

impl<B> From<ArchiveError> for Halt<B> {
    fn from(error: ArchiveError) -> Self {
        Self::Error(error)
    }
}

/// A JSON text of which only a part is in memory.
pub(crate) struct Json<R> {
    input: R,
    failed: fn(io::Error) -> ArchiveError,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not consumed.
    from: usize,
    to: usize,
    /// The end of the part that is valid UTF-8: before `to` if the last character is not complete.
    valid: usize,
    /// The number of bytes that were consumed.
    place: u64,
    /// How many lists and objects are open.
    depth: usize,
}

impl<R: Read> Json<R> {
    /// `failed` turns an error of the input into one of the file.
    pub(crate) fn new(input: R, failed: fn(io::Error) -> ArchiveError) -> Self {
        Self { input, failed, buffer: Vec::new(), from: 0, to: 0, valid: 0, place: 0, depth: 0 }
    }

    /// Returns the first byte of what follows, except for white space; `None` at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, ArchiveError> {
        loop {
            let blank = self.rest().iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
            self.consume(blank);
            if let Some(byte) = self.rest().first() {
                return Ok(Some(*byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Returns whether the next bytes are these.
    pub(crate) fn starts_with(&mut self, bytes: &[u8]) -> Result<bool, ArchiveError> {
        while self.rest().len() < bytes.len() && self.fill()? {}
        Ok(self.rest().starts_with(bytes))
    }

    /// Checks that nothing follows.
    pub(crate) fn end(&mut self) -> Result<(), ArchiveError> {
        if self.peek()?.is_some() { Err(ArchiveError::NotJson) } else { Ok(()) }
    }

    /// Calls `entry` with each key of an object, to read its value. `null` counts as an empty object.
    pub(crate) fn object<B>(
        &mut self,
        expected: &str,
        mut entry: impl FnMut(&mut Self, &str) -> Result<(), Halt<B>>,
    ) -> Result<(), Halt<B>> {
        let mut key = String::new();
        self.items([b'{', b'}'], expected, |json| {
            json.expect(b'"')?;
            key.clear();
            key.push_str(&text::unquoted(json.value(LONGEST)?));
            json.expect(b':')?;
            json.consume(1);
            entry(json, &key)
        })
    }

    /// Calls `item` to read each item of a list. `null` counts as an empty list.
    pub(crate) fn list<B>(
        &mut self,
        expected: &str,
        item: impl FnMut(&mut Self) -> Result<(), Halt<B>>,
    ) -> Result<(), Halt<B>> {
        self.items([b'[', b']'], expected, item)
    }

    fn items<B>(
        &mut self,
        [open, close]: [u8; 2],
        expected: &str,
        mut item: impl FnMut(&mut Self) -> Result<(), Halt<B>>,
    ) -> Result<(), Halt<B>> {
        match self.peek()? {
            Some(byte) if byte == open => self.consume(1),
            Some(b'n') => return Ok(self.skip()?),
            _ => return Err(self.unexpected(expected).into()),
        }
        self.depth = self.depth.saturating_add(1);
        let mut is_first = true;
        while self.peek()? != Some(close) {
            if !is_first {
                self.expect(b',')?;
                self.consume(1);
            }
            is_first = false;
            item(self)?;
        }
        self.consume(1);
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// Consumes the next value, and returns its text.
    ///
    /// # Errors
    ///
    /// [`TooMuchAtOnce`](ArchiveError::TooMuchAtOnce) if it has more than `longest` bytes.
    pub(crate) fn value(&mut self, longest: usize) -> Result<&str, ArchiveError> {
        self.peek()?;
        let (mut scan, mut len) = (Scan::new(self.depth), 0_usize);
        loop {
            let new = self.rest().get(len..).unwrap_or_default();
            let end = scan.end_in(new)?;
            len = len.saturating_add(end.unwrap_or(new.len()));
            if len > longest {
                return Err(ArchiveError::TooMuchAtOnce);
            }
            if end.is_some() {
                break;
            }
            if !self.fill()? {
                scan.end()?;
                break;
            }
        }
        let from = self.from;
        self.consume(len);
        let bytes = self.buffer.get(from..self.from).unwrap_or_default();
        str::from_utf8(bytes).map_err(|_| ArchiveError::NotJson)
    }

    /// Checks the next value, and consumes it, whatever its length.
    pub(crate) fn skip(&mut self) -> Result<(), ArchiveError> {
        let mut scan = Scan::new(self.depth);
        loop {
            let rest = self.rest();
            let (end, len) = (scan.end_in(rest)?, rest.len());
            self.consume(end.unwrap_or(len));
            if end.is_some() {
                return Ok(());
            }
            if !self.fill()? {
                return scan.end();
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), ArchiveError> {
        if self.peek()? == Some(byte) { Ok(()) } else { Err(ArchiveError::NotJson) }
    }

    /// Returns the error for the next value, which is not what was expected, or not JSON.
    pub(crate) fn unexpected(&mut self, expected: &str) -> ArchiveError {
        let place = self.place;
        match self.skip() {
            Err(error) => error,
            Ok(()) => malformed(expected, place),
        }
    }

    /// Returns the number of bytes that were consumed.
    pub(crate) fn place(&self) -> u64 {
        self.place
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.from..self.valid).unwrap_or_default()
    }

    fn consume(&mut self, count: usize) {
        self.from = self.from.saturating_add(count).min(self.valid);
        self.place = self.place.saturating_add(count as u64);
    }

    /// Reads more. Returns `false` at the end of the input.
    fn fill(&mut self) -> Result<bool, ArchiveError> {
        if self.from > 0 {
            self.buffer.copy_within(self.from..self.to, 0);
            self.valid = self.valid.saturating_sub(self.from);
            self.to = self.to.saturating_sub(self.from);
            self.from = 0;
        }
        loop {
            if self.buffer.len() < self.to.saturating_add(PIECE) {
                self.buffer.resize(self.to.saturating_add(PIECE), 0);
            }
            let room = self.buffer.get_mut(self.to..).unwrap_or_default();
            let count = match self.input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err((self.failed)(error)),
                Ok(count) => count,
            };
            self.to = self.to.saturating_add(count);
            let new = self.check_utf8()?;
            if count == 0 && self.valid < self.to {
                return Err(ArchiveError::NotJson);
            }
            if new || count == 0 {
                return Ok(new);
            }
        }
    }

    /// Checks what was read. The beginning of a character may be at its end. Returns whether there is more to read than before.
    fn check_utf8(&mut self) -> Result<bool, ArchiveError> {
        let new = self.buffer.get(self.valid..self.to).unwrap_or_default();
        let len = match str::from_utf8(new) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(ArchiveError::NotJson),
        };
        self.valid = self.valid.saturating_add(len);
        Ok(len > 0)
    }
}

/// Returns the length of the value at the beginning of a text that is valid, and goes on; `None` if there is none.
pub(crate) fn end_of_value(json: &str) -> Option<usize> {
    Scan::new(0).end_in(json.as_bytes()).ok().flatten()
}

/// Returns the error for a value that is JSON, but not what was expected.
pub(crate) fn malformed(expected: &str, place: u64) -> ArchiveError {
    ArchiveError::Malformed(format!("{expected} was expected at byte {place}"))
}

#[cfg(test)]
mod tests;
