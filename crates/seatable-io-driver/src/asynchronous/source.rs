use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, stream};

use super::{BoxFuture, ready};

/// A file, piece by piece. Pieces may have any length; 256 KiB works well.
pub type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// The source of an upload.
pub trait Source: Send {
    /// Opens the source at its beginning, once for each attempt. It must have exactly the length that the task was created
    /// with, or the run ends with [`Error::Source`](crate::Error::Source).
    fn open(&mut self) -> BoxFuture<'_, io::Result<Pieces>>;
}

impl<S: Source + ?Sized> Source for &mut S {
    fn open(&mut self) -> BoxFuture<'_, io::Result<Pieces>> {
        S::open(self)
    }
}

impl Source for Bytes {
    fn open(&mut self) -> BoxFuture<'_, io::Result<Pieces>> {
        let pieces: Pieces = Box::pin(stream::iter([Ok(self.clone())]));
        ready(Ok(pieces))
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
    fn open(&mut self) -> BoxFuture<'_, io::Result<Pieces>> {
        let pieces: Pieces = Box::pin((self.0)());
        ready(Ok(pieces))
    }
}
