use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use tempfile::{SpooledData, SpooledTempFile};

/// The bytes of a base or of a response, in memory or in a file. A clone shares them.
///
/// Two contents are equal if their bytes in memory are equal, or if they are the same file.
#[derive(Clone, Debug)]
pub struct Content {
    source: Source,
    len: u64,
}

#[derive(Clone, Debug)]
enum Source {
    Memory(Bytes),
    /// An unnamed temporary file.
    File(Arc<Mutex<File>>),
    /// A file that is opened again for each piece, so that the limit of open files does not limit their number.
    Path(Arc<Path>),
}

impl Content {
    /// Creates a content from a file, which is not loaded into memory. It must not change while it is being exported; each
    /// export reads it again.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn of_file(path: &Path) -> io::Result<Content> {
        let len = File::open(path)?.metadata()?.len();
        Ok(Content { source: Source::Path(path.into()), len })
    }

    pub(crate) fn of_spool(spool: SpooledTempFile) -> io::Result<Content> {
        match spool.into_inner() {
            SpooledData::InMemory(bytes) => Ok(Bytes::from(bytes.into_inner()).into()),
            SpooledData::OnDisk(file) => {
                let len = file.metadata()?.len();
                Ok(Content { source: Source::File(Arc::new(Mutex::new(file))), len })
            }
        }
    }

    /// Returns the content with the current length of its file; `None` if that no longer exists.
    pub(crate) fn up_to_date(&self) -> Option<Content> {
        match &self.source {
            Source::Path(path) => Content::of_file(path).ok(),
            Source::Memory(_) | Source::File(_) => Some(self.clone()),
        }
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns `true` if the length is 0.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the bytes if they are in memory, as all are without a server or [`Content::of_file`].
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.source {
            Source::Memory(bytes) => Some(bytes),
            Source::File(_) | Source::Path(_) => None,
        }
    }

    /// Returns up to `at_most` bytes from `offset` on, which is empty beyond the end. Bytes in memory are not copied.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has become shorter.
    pub fn read_at(&self, offset: u64, at_most: usize) -> io::Result<Bytes> {
        let left = self.len.saturating_sub(offset);
        let count = usize::try_from(left).map_or(at_most, |left| left.min(at_most));
        match &self.source {
            Source::Memory(bytes) => {
                let start = usize::try_from(offset).map_or(bytes.len(), |start| start.min(bytes.len()));
                Ok(bytes.slice(start..start + count))
            }
            Source::File(file) => {
                read_from(&mut file.lock().unwrap_or_else(PoisonError::into_inner), offset, count)
            }
            Source::Path(path) => read_from(&mut File::open(path)?, offset, count),
        }
    }

    /// Returns all bytes.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has become shorter.
    pub fn to_bytes(&self) -> io::Result<Bytes> {
        self.read_at(0, usize::MAX)
    }

    pub(crate) fn reader(&self) -> ContentReader {
        ContentReader { content: self.clone(), offset: 0 }
    }

    /// Returns the first `len` bytes, or all if there are fewer.
    pub(crate) fn truncated(&self, len: u64) -> Content {
        let len = len.min(self.len);
        let source = match &self.source {
            Source::Memory(bytes) => {
                Source::Memory(bytes.slice(..usize::try_from(len).unwrap_or(bytes.len())))
            }
            file => file.clone(),
        };
        Content { source, len }
    }
}

fn read_from(file: &mut File, offset: u64, count: usize) -> io::Result<Bytes> {
    let mut buffer = BytesMut::zeroed(count);
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut buffer)?;
    Ok(buffer.freeze())
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        let len = bytes.len() as u64;
        Content { source: Source::Memory(bytes), len }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (Source::Memory(one), Source::Memory(two)) => one == two,
            (Source::File(one), Source::File(two)) => Arc::ptr_eq(one, two) && self.len == other.len,
            (Source::Path(one), Source::Path(two)) => one == two && self.len == other.len,
            _ => false,
        }
    }
}

impl Eq for Content {}

impl Hash for Content {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        if let Source::Memory(bytes) = &self.source {
            bytes.hash(state);
        }
    }
}

/// Reads a [`Content`], independently of other readers.
#[derive(Clone, Debug)]
pub(crate) struct ContentReader {
    content: Content,
    offset: u64,
}

impl Read for ContentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.content.read_at(self.offset, buffer.len())?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.offset += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl Seek for ContentReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(delta) => self.content.len.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.offset.checked_add_signed(delta),
        };
        self.offset = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.offset)
    }
}
