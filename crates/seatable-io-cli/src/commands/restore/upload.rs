//! Sends a copy.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek as _};

use seatable_io_backup::{Checksum, SavedCopy};
use seatable_io_ureq::Source;
use sha2::{Digest as _, Sha256};

/// Sends the recorded file. If it has changed since it was verified, its last bytes are not sent.
pub(super) struct Upload<'a> {
    pub(super) file: &'a File,
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

#[cfg(test)]
mod tests {
    use std::fs;

    use seatable_io_backup::Catalogue;

    use super::*;

    /// Returns the bytes that are sent of a file that is `now` and was `verified`, at the second attempt.
    fn sent(verified: &str, now: &str) -> (String, Option<ErrorKind>) {
        let line = format!(
            "{{\"file\":\"1/a/b.dtable\",\"server\":\"https://a.example/\",\"workspace_id\":1,\"workspace\":\"p\",\
             \"base\":{{\"uuid\":\"u\",\"name\":\"a\",\"updated_at\":null}},\"started\":\"2026-11-23T02:00:00Z\",\
             \"bytes\":{},\"sha256\":\"{}\",\"assets_missing\":0}}\n",
            verified.len(),
            Checksum::new(Sha256::digest(verified).into())
        );
        let catalogue = Catalogue::read(line.as_bytes());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), now).unwrap();
        let (file, copy) = (File::open(folder.path().join("b")).unwrap(), catalogue.copies().next().unwrap());
        let mut upload = Upload { file: &file, copy: &copy };
        let _ = io::copy(&mut upload.open().unwrap(), &mut io::sink());
        let (mut reader, mut sent, mut piece) = (upload.open().unwrap(), String::new(), [0; 3]);
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return (sent, None),
                Ok(count) => sent.push_str(str::from_utf8(&piece[..count]).unwrap()),
                Err(error) => return (sent, Some(error.kind())),
            }
        }
    }

    #[test]
    fn a_copy_is_sent_as_often_as_needed() {
        assert_eq!(sent("seven b", "seven b"), ("seven b".to_owned(), None));
        assert_eq!(sent("seven b", "seven b and more"), ("seven b".to_owned(), None));
    }

    #[test]
    fn the_end_of_a_copy_that_has_changed_is_not_sent() {
        let changed = Some(ErrorKind::InvalidData);
        assert_eq!(sent("seven b", "Seven b"), ("Seven ".to_owned(), changed));
        assert_eq!(sent("seven b", "seven"), ("seven".to_owned(), changed));
        assert_eq!(sent("seven b", ""), (String::new(), changed));
    }
}
