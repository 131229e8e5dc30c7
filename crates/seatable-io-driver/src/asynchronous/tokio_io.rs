//! tokio's readers and writers.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_util::io::ReaderStream;

use super::upload::FRAME;
use super::{BoxFuture, Pieces, Sink, Source, ready};
use crate::lock;

/// Any reader. It can be read only once: if a request has to be repeated after part of it was read, the run ends with
/// [`Error::Source`](crate::Error::Source).
#[derive(Debug)]
pub struct ReaderSource<R>(Arc<Mutex<Once<R>>>);

#[derive(Debug)]
struct Once<R> {
    pieces: ReaderStream<R>,
    begun: bool,
}

impl<R: AsyncRead + Send + Unpin + 'static> ReaderSource<R> {
    /// Sends the bytes of this reader.
    pub fn new(reader: R) -> Self {
        let pieces = ReaderStream::with_capacity(reader, FRAME);
        Self(Arc::new(Mutex::new(Once { pieces, begun: false })))
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> Source for ReaderSource<R> {
    fn open(&mut self) -> BoxFuture<'_, io::Result<Pieces>> {
        if lock(&self.0).begun {
            return ready(Err(io::Error::new(ErrorKind::Unsupported, "it can be read only once")));
        }
        let once = Arc::clone(&self.0);
        let pieces: Pieces = Box::pin(stream::poll_fn(move |cx| {
            let mut once = lock(&once);
            once.begun = true;
            once.pieces.poll_next_unpin(cx)
        }));
        ready(Ok(pieces))
    }
}

/// Any writer, such as standard output. Written bytes cannot be taken back, so use it with
/// [`Run::one_pass`](crate::Run::one_pass).
#[derive(Debug)]
pub struct WriterSink<W> {
    writer: W,
    begun: bool,
}

impl<W: AsyncWrite + Send + Unpin> WriterSink<W> {
    /// Writes to this writer.
    pub fn new(writer: W) -> Self {
        Self { writer, begun: false }
    }

    /// Returns the writer.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: AsyncWrite + Send + Unpin> Sink for WriterSink<W> {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        let spent = || io::Error::new(ErrorKind::Unsupported, "written bytes cannot be taken back");
        ready(if self.begun { Err(spent()) } else { Ok(()) })
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        self.begun |= !bytes.is_empty();
        Box::pin(async move { self.writer.write_all(&bytes).await })
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(self.writer.flush())
    }
}
