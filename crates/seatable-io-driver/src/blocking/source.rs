use std::io::{self, Read};

/// The source of an upload.
pub trait Source {
    /// Opens the source at its beginning, once for each attempt. It must have exactly the length that the task was created
    /// with.
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>>;
}

impl<S: Source + ?Sized> Source for &mut S {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        S::open(self)
    }
}

impl Source for &[u8] {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(*self))
    }
}

/// Any reader. It can be read only once: if a request has to be repeated after part of it was read, the run ends with
/// [`Error::Source`](crate::Error::Source).
#[derive(Debug)]
pub struct ReaderSource<R> {
    reader: R,
    begun: bool,
}

impl<R: Read> ReaderSource<R> {
    /// Sends the bytes of this reader.
    pub fn new(reader: R) -> Self {
        Self { reader, begun: false }
    }
}

impl<R: Read> Source for ReaderSource<R> {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        if self.begun {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "it can be read only once"));
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
