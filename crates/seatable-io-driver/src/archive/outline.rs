use std::io::{self, ErrorKind, Read};

use super::ArchiveError;

/// The key without which `content.json` is not that of a base.
const TABLES: &[u8] = b"tables";

/// How deeply arrays and objects may be nested.
const DEPTH: u32 = 1000;

/// Passes the JSON that is read on to a function, and fails if it is nested too deeply.
pub(super) struct Tap<R, T> {
    json: R,
    read: T,
    pub(super) outline: Outline,
}

impl<R, T> Tap<R, T> {
    pub(super) fn new(json: R, read: T) -> Self {
        Self { json, read, outline: Outline::default() }
    }
}

impl<R: Read, T: FnMut(&[u8])> Read for Tap<R, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.json.read(buffer)?;
        let bytes = buffer.get(..len).unwrap_or_default();
        (self.read)(bytes);
        for &byte in bytes {
            self.outline.add(byte);
            if self.outline.is_too_deep() {
                return Err(ErrorKind::InvalidData.into());
            }
        }
        Ok(len)
    }
}

/// The kind of a JSON text, without its contents.
#[derive(Default)]
pub(super) struct Outline {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The beginning of the last string, if that is at most one level deep.
    string: Vec<u8>,
    is_text: bool,
    has_tables: bool,
}

impl Outline {
    fn add(&mut self, byte: u8) {
        if self.in_string {
            self.add_to_string(byte);
            return;
        }
        match byte {
            b'"' => {
                (self.in_string, self.is_text) = (true, self.depth == 0);
                self.string.clear();
            }
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            b':' => self.has_tables |= self.string == TABLES,
            _ => {}
        }
    }

    fn add_to_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                return;
            }
            _ => {}
        }
        if self.depth <= 1 && self.string.len() <= TABLES.len() {
            self.string.push(byte);
        }
    }

    pub(super) fn is_too_deep(&self) -> bool {
        self.depth > DEPTH
    }

    /// Judges a text that is valid JSON.
    pub(super) fn judge(&self) -> Result<(), ArchiveError> {
        if self.has_tables {
            return Ok(());
        }
        let is_empty_text = self.is_text && self.string.is_empty();
        Err(if is_empty_text { ArchiveError::NeverOpened } else { ArchiveError::NoTables })
    }
}
