use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};

/// The bytes of a base or of an answer: in memory, or in a file. Cloning copies no bytes.
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
    /// A file that is opened anew for each piece, so that there can be more of them than files can be open.
    Path(Arc<Path>),
}

impl Content {
    /// The bytes of a file, none of which are in memory. The file must not change while it is being exported; if it does
    /// later, the next export has it as it is then.
    pub fn of_file(path: &Path) -> io::Result<Content> {
        let len = File::open(path)?.metadata()?.len();
        Ok(Content { source: Source::Path(path.into()), len })
    }

    pub(crate) fn of_open_file(file: File) -> io::Result<Content> {
        let len = file.metadata()?.len();
        Ok(Content { source: Source::File(Arc::new(Mutex::new(file))), len })
    }

    /// The same with the length that its file has now; `None` if it is gone.
    pub(crate) fn up_to_date(&self) -> Option<Content> {
        match &self.source {
            Source::Path(path) => Content::of_file(path).ok(),
            Source::Memory(_) | Source::File(_) => Some(self.clone()),
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is not one byte.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes, if they are in memory: always so for what the pure function was given or made itself.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.source {
            Source::Memory(bytes) => Some(bytes),
            Source::File(_) | Source::Path(_) => None,
        }
    }

    /// Up to `at_most` bytes from `offset` on, of which there are none past the end. Copies nothing that is in memory.
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

    /// All bytes at once, in memory.
    pub fn to_bytes(&self) -> io::Result<Bytes> {
        self.read_at(0, usize::MAX)
    }

    /// The CRC-32 of all bytes, as zip files use it; reads a file in pieces.
    pub fn crc32(&self) -> io::Result<u32> {
        let mut sum = crc32fast::Hasher::new();
        let mut offset = 0;
        while offset < self.len {
            let piece = self.read_at(offset, 1 << 20)?;
            sum.update(&piece);
            offset += piece.len() as u64;
        }
        Ok(sum.finalize())
    }

    /// Reads and seeks in the bytes, independently of other readers.
    pub fn reader(&self) -> ContentReader {
        ContentReader { content: self.clone(), offset: 0 }
    }

    /// The first `len` bytes; the whole if it is shorter.
    pub fn truncated(&self, len: u64) -> Content {
        let len = len.min(self.len);
        match &self.source {
            Source::Memory(bytes) => {
                let end = usize::try_from(len).unwrap_or(bytes.len());
                bytes.slice(..end).into()
            }
            Source::File(_) | Source::Path(_) => Content { source: self.source.clone(), len },
        }
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

/// Reads a [`Content`] from any place.
#[derive(Clone, Debug)]
pub struct ContentReader {
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

/// Takes in bytes of unknown number: in memory up to a threshold, then in an unnamed temporary file.
#[derive(Debug)]
pub(crate) struct Spool {
    threshold: usize,
    memory: BytesMut,
    file: Option<(File, u64)>,
}

impl Spool {
    pub(crate) fn new(threshold: usize) -> Self {
        Spool { threshold, memory: BytesMut::new(), file: None }
    }

    pub(crate) fn write(&mut self, bytes: &Bytes) -> io::Result<()> {
        if self.file.is_none() && self.memory.len() + bytes.len() > self.threshold {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.memory)?;
            self.file = Some((file, self.memory.len() as u64));
            self.memory = BytesMut::new();
        }
        match &mut self.file {
            Some((file, len)) => {
                file.write_all(bytes)?;
                *len += bytes.len() as u64;
            }
            None => self.memory.extend_from_slice(bytes),
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Content {
        match self.file {
            Some((file, len)) => Content { source: Source::File(Arc::new(Mutex::new(file))), len },
            None => self.memory.freeze().into(),
        }
    }
}
