use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Where an upload comes from.
pub trait Source {
    /// Opens it at its beginning; each attempt to send does so anew. It must hold exactly as many bytes as the
    /// task was told.
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>>;
}

impl Source for &[u8] {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(*self))
    }
}

/// A file on disk, which must keep its length.
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
}

impl Source for FileSource {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        let file = File::open(&self.path)?;
        let len = regular_len(&file)?;
        if len != self.len {
            let words = format!("it had {} bytes when the import began, and has {len} now", self.len);
            return Err(io::Error::new(io::ErrorKind::InvalidData, words));
        }
        Ok(Box::new(file))
    }
}

fn regular_len(file: &File) -> io::Result<u64> {
    let metadata = file.metadata()?;
    if metadata.is_file() {
        return Ok(metadata.len());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

/// Any reader; it can be sent once. A request that has to be repeated after some of it was read ends the run
/// with [`Error::Source`](crate::Error::Source).
#[derive(Debug)]
pub struct ReaderSource<R> {
    reader: R,
    begun: bool,
}

impl<R: Read> ReaderSource<R> {
    /// Sends what the reader gives.
    pub fn new(reader: R) -> Self {
        Self { reader, begun: false }
    }
}

impl<R: Read> Source for ReaderSource<R> {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        if self.begun {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "it can be read once only"));
        }
        Ok(Box::new(Once(self)))
    }
}

struct Once<'a, R>(&'a mut ReaderSource<R>);

impl<R: Read> Read for Once<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.begun = true;
        self.0.reader.read(buffer)
    }
}
