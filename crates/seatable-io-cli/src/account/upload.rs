//! A copy that is being sent.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek as _};

use seatable_io_backup::{Checksum, SavedCopy};
use seatable_io_ureq::Source;
use sha2::{Digest as _, Sha256};

/// Sends what the catalogue records, or not all of it: the last bytes are not sent if the file has changed since it was
/// verified.
pub(super) struct Upload<'a> {
    pub(super) file: File,
    pub(super) copy: &'a SavedCopy,
}

impl Source for Upload<'_> {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        self.file.rewind()?;
        let Upload { file, copy } = self;
        Ok(Box::new(Hashed { file, hash: Sha256::new(), left: copy.bytes, expected: copy.sha256 }))
    }
}

struct Hashed<'a> {
    file: &'a File,
    hash: Sha256,
    left: u64,
    expected: Checksum,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.take(self.left).read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.left -= count as u64;
        let is_end = self.left == 0 || (count == 0 && !buffer.is_empty());
        if is_end && Checksum::new(self.hash.clone().finalize().into()) != self.expected {
            return Err(io::Error::new(ErrorKind::InvalidData, "it has changed since it was verified"));
        }
        Ok(count)
    }
}
