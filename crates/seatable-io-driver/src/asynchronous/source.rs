use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, stream};

/// A file, piece by piece. Pieces may have any length; 256 KiB is a good one.
pub type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Where an upload comes from.
pub trait Source: Send {
    /// Opens the source at its beginning, once for each attempt. It must have exactly as many bytes as the task was
    /// told, or the run ends with [`Error::Source`](crate::Error::Source).
    fn open(&mut self) -> impl Future<Output = io::Result<Pieces>> + Send;
}

impl<S: Source> Source for &mut S {
    fn open(&mut self) -> impl Future<Output = io::Result<Pieces>> + Send {
        S::open(self)
    }
}

/// For a task that sends no file.
impl Source for () {
    async fn open(&mut self) -> io::Result<Pieces> {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "no file was given"))
    }
}

impl Source for Bytes {
    async fn open(&mut self) -> io::Result<Pieces> {
        Ok(Box::pin(stream::iter([Ok(self.clone())])))
    }
}

/// The stream that a function returns, once for each attempt.
#[derive(Clone, Debug)]
pub struct StreamSource<F>(pub F);

impl<F, S> Source for StreamSource<F>
where
    F: FnMut() -> S + Send,
    S: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    async fn open(&mut self) -> io::Result<Pieces> {
        Ok(Box::pin((self.0)()))
    }
}
