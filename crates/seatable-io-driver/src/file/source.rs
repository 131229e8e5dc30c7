use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::named;

/// A file on disk to send, which must keep its length.
#[derive(Clone, Debug)]
pub struct FileSource {
    path: PathBuf,
    len: u64,
}

impl FileSource {
    /// Notes the length of the file, which must be a regular one.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let len =
            File::open(&path).and_then(|file| regular_len(&file)).map_err(|error| named(&path, &error))?;
        Ok(Self { path, len })
    }

    /// The length in bytes, for [`Import::new`](seatable_io_task::Import::new).
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file at its beginning. [`InvalidData`](io::ErrorKind::InvalidData) if its length has changed.
    pub fn open_file(&self) -> io::Result<File> {
        let opened = File::open(&self.path).and_then(|file| match regular_len(&file)? {
            len if len == self.len => Ok(file),
            len => {
                let words = format!("it had {} bytes when the import started, and has {len} now", self.len);
                Err(io::Error::new(io::ErrorKind::InvalidData, words))
            }
        });
        opened.map_err(|error| named(&self.path, &error))
    }
}

fn regular_len(file: &File) -> io::Result<u64> {
    let metadata = file.metadata()?;
    if metadata.is_file() {
        return Ok(metadata.len());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

/// The error for a file that turns out shorter or longer than announced.
pub(crate) fn other_length(longer: bool) -> io::Error {
    let kind = if longer { io::ErrorKind::InvalidData } else { io::ErrorKind::UnexpectedEof };
    let how = if longer { "longer" } else { "shorter" };
    io::Error::new(kind, format!("it is {how} than when the import started"))
}
