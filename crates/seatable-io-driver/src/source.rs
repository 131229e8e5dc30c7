use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file on disk to be sent, which must keep its length.
#[derive(Clone, Debug)]
pub struct FileSource {
    path: PathBuf,
    len: u64,
}

impl FileSource {
    /// Notes the file's length; an error where there is no regular file.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let len = File::open(&path).and_then(|file| regular_len(&file))?;
        Ok(Self { path, len })
    }

    /// The length in bytes, for [`Import::new`](seatable_io_task::Import::new).
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it at its beginning; [`InvalidData`](io::ErrorKind::InvalidData) where its length is another now.
    pub fn open_file(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        let len = regular_len(&file)?;
        if len != self.len {
            let words = format!("it had {} bytes when the import began, and has {len} now", self.len);
            return Err(io::Error::new(io::ErrorKind::InvalidData, words));
        }
        Ok(file)
    }
}

fn regular_len(file: &File) -> io::Result<u64> {
    let metadata = file.metadata()?;
    if metadata.is_file() {
        return Ok(metadata.len());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

/// What a source's file is that turned out shorter or longer than announced.
pub fn other_length(longer: bool) -> io::Error {
    let kind = if longer { io::ErrorKind::InvalidData } else { io::ErrorKind::UnexpectedEof };
    let how = if longer { "longer" } else { "shorter" };
    io::Error::new(kind, format!("it is {how} than when the import began"))
}
