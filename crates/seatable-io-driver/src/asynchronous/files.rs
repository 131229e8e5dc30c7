//! Files, readers and writers of tokio.

use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::task::spawn_blocking;
use tokio_util::io::ReaderStream;

use super::place::FILES;
use super::upload::FRAME;
use super::{BoxFuture, Pieces, Sink, Source, ready};
use crate::blocking::Sink as Blocking;
use crate::file::{Part, Unchanged};
use crate::{FileSink, FileSource, StopSignal, lock};

impl Source for FileSource {
    fn open(&mut self) -> BoxFuture<'_, io::Result<Pieces>> {
        let source = self.clone();
        Box::pin(async move {
            let file = spawn_blocking(move || source.open_unchanged()).await??;
            let reading = Reading { file, buffer: BytesMut::new() };
            let next = |reading: Reading| FILES.run(FRAME, || reading.next());
            let pieces: Pieces = Box::pin(stream::try_unfold(reading, next));
            Ok(pieces)
        })
    }
}

/// A file that is being read.
struct Reading {
    file: Unchanged,
    /// Used again when the pieces taken from it have been sent.
    buffer: BytesMut,
}

impl Reading {
    /// The next piece.
    fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        // With no room at all, the end would not be noticed.
        let room = usize::try_from(self.file.left()).unwrap_or(FRAME).clamp(1, FRAME);
        self.buffer.resize(room, 0);
        match self.file.read(&mut self.buffer) {
            Ok(0) => Ok(None),
            Ok(count) => Ok(Some((self.buffer.split_to(count).freeze(), self))),
            Err(error) if error.kind() == ErrorKind::Interrupted => self.next(),
            Err(error) => Err(error),
        }
    }
}

/// Any reader. It can be read only once: if a request has to be repeated after part of it was read, the run ends with
/// [`Error::Source`](crate::Error::Source).
#[derive(Debug)]
pub struct ReaderSource<R>(Arc<Mutex<Once<R>>>);

#[derive(Debug)]
struct Once<R> {
    reader: R,
    begun: bool,
}

impl<R: AsyncRead + Send + Unpin + 'static> ReaderSource<R> {
    /// Sends what this reader reads.
    pub fn new(reader: R) -> Self {
        Self(Arc::new(Mutex::new(Once { reader, begun: false })))
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> Source for ReaderSource<R> {
    fn open(&mut self) -> BoxFuture<'_, io::Result<Pieces>> {
        if lock(&self.0).begun {
            return ready(Err(io::Error::new(ErrorKind::Unsupported, "it can be read only once")));
        }
        let pieces: Pieces = Box::pin(ReaderStream::with_capacity(Shared(Arc::clone(&self.0)), FRAME));
        ready(Ok(pieces))
    }
}

struct Shared<R>(Arc<Mutex<Once<R>>>);

impl<R: AsyncRead + Unpin> AsyncRead for Shared<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut once = lock(&self.0);
        once.begun = true;
        Pin::new(&mut once.reader).poll_read(cx, buffer)
    }
}

/// Runs `work` on a thread for blocking operations.
fn work(
    sink: &FileSink,
    work: impl FnOnce(&mut Part) -> io::Result<()> + Send + 'static,
) -> BoxFuture<'_, io::Result<()>> {
    let part = sink.part();
    Box::pin(async { spawn_blocking(move || work(&mut lock(&part))).await? })
}

impl Sink for FileSink {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        work(self, move |part| part.begin(len))
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        let (part, len) = (self.part(), bytes.len());
        Box::pin(FILES.run(len, move || lock(&part).write(&bytes)))
    }

    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        work(self, move |part| part.check(&signal))
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        work(self, Blocking::finish)
    }
}

/// Any writer, such as standard output. What was written cannot be taken back: use it with
/// [`Operation::one_pass`](seatable_io_task::Operation::one_pass).
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
        let spent = || io::Error::new(ErrorKind::Unsupported, "what was written cannot be taken back");
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
