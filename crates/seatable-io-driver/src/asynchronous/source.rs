use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, stream};

/// A file on its way out, piece by piece. Pieces may have any length; 256 KiB serve well.
pub type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Where an upload comes from.
pub trait Source: Send {
    /// Opens it at its beginning; each attempt to send does so anew. It must hold exactly as many bytes as the
    /// task was told, or the run ends with [`Error::Source`](crate::Error::Source).
    fn open(&mut self) -> impl Future<Output = io::Result<Pieces>> + Send;
}

impl<S: Source> Source for &mut S {
    fn open(&mut self) -> impl Future<Output = io::Result<Pieces>> + Send {
        S::open(self)
    }
}

/// None: for a task that sends no file.
impl Source for () {
    async fn open(&mut self) -> io::Result<Pieces> {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "none was given"))
    }
}

impl Source for Bytes {
    async fn open(&mut self) -> io::Result<Pieces> {
        Ok(Box::pin(stream::iter([Ok(self.clone())])))
    }
}

/// Whatever a function makes, once for each attempt.
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
