use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::named;
use crate::blocking::Source;

/// A file on disk to send. Neither its length nor its modification time may change until it has been sent.
#[derive(Clone, Debug)]
pub struct FileSource {
    path: PathBuf,
    state: FileState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileState {
    len: u64,
    /// `None` if the system does not support it.
    modified: Option<SystemTime>,
}

impl FileSource {
    /// Remembers the length and the modification time of the file.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or is not a regular file.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let state = File::open(&path).and_then(|file| FileState::of(&file));
        let state = state.map_err(|error| named(&path, &error))?;
        Ok(Self { path, state })
    }

    /// Returns the length in bytes, for [`Import::new`](seatable_io_task::Import::new).
    pub fn len(&self) -> u64 {
        self.state.len
    }

    /// Returns whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.state.len == 0
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file at its beginning.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) if the file has changed; any error of opening it.
    pub fn open_file(&self) -> io::Result<File> {
        let file = File::open(&self.path).map_err(|error| self.named(&error))?;
        self.check_unchanged(&file)?;
        Ok(file)
    }

    /// Opens the file to be read to its end, by when it must not have changed.
    pub(crate) fn open_unchanged(&self) -> io::Result<Unchanged> {
        Ok(Unchanged { file: self.open_file()?, left: self.len(), source: self.clone() })
    }

    /// [`InvalidData`](io::ErrorKind::InvalidData) if this open file has changed.
    fn check_unchanged(&self, file: &File) -> io::Result<()> {
        let now = FileState::of(file).map_err(|error| self.named(&error))?;
        let words = match self.state.len {
            _ if now == self.state => return Ok(()),
            len if len == now.len => "it has changed since the import started".to_owned(),
            len => format!("it had {len} bytes when the import started, and now has {}", now.len),
        };
        Err(self.named(&io::Error::new(io::ErrorKind::InvalidData, words)))
    }

    fn named(&self, error: &io::Error) -> io::Error {
        named(&self.path, error)
    }
}

impl Source for FileSource {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.open_unchanged()?))
    }
}

/// A file that must not have changed when it has been read.
#[derive(Debug)]
pub(crate) struct Unchanged {
    source: FileSource,
    file: File,
    left: u64,
}

impl Unchanged {
    /// Returns how many bytes are left to read.
    #[cfg(feature = "async")]
    pub(crate) fn left(&self) -> u64 {
        self.left
    }
}

impl Read for Unchanged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.by_ref().take(self.left).read(buffer);
        let count = read.map_err(|error| self.source.named(&error))?;
        self.left -= count as u64;
        if count == 0 && !buffer.is_empty() {
            self.source.check_unchanged(&self.file)?;
        }
        Ok(count)
    }
}

impl FileState {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if metadata.is_file() {
            return Ok(Self { len: metadata.len(), modified: metadata.modified().ok() });
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

/// The error for a file that is shorter or longer than announced.
pub(crate) fn other_length(longer: bool) -> io::Error {
    let kind = if longer { io::ErrorKind::InvalidData } else { io::ErrorKind::UnexpectedEof };
    let how = if longer { "longer" } else { "shorter" };
    io::Error::new(kind, format!("it is {how} than when the import started"))
}
