//! Files on disk, which are read and written without a runtime of a certain kind.

use std::io::{self, ErrorKind, Read};

use bytes::{Bytes, BytesMut};
use futures_util::stream;

use super::offload::{FILES, offload};
use super::upload::FRAME;
use super::{BoxFuture, Pieces, Sink, Source};
use crate::blocking::Sink as Blocking;
use crate::file::Unchanged;
use crate::{FileSink, FileSource, StopSignal};

impl Source for FileSource {
    fn open(&mut self) -> BoxFuture<'_, io::Result<Pieces>> {
        let source = self.clone();
        Box::pin(async move {
            let file = offload(move || source.open_unchanged()).await?;
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

/// Runs `work` on a thread for blocking operations.
fn work(
    sink: &FileSink,
    work: impl FnOnce(&mut FileSink) -> io::Result<()> + Send + 'static,
) -> BoxFuture<'_, io::Result<()>> {
    let mut sink = sink.share();
    Box::pin(offload(move || work(&mut sink)))
}

impl Sink for FileSink {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        work(self, move |sink| Blocking::begin(sink, len))
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        let (mut sink, len) = (self.share(), bytes.len());
        Box::pin(FILES.run(len, move || Blocking::write(&mut sink, &bytes)))
    }

    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        work(self, move |sink| Blocking::check(sink, &signal))
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        work(self, Blocking::finish)
    }

    fn discard(&mut self) -> BoxFuture<'_, ()> {
        let discarded = work(self, |sink| {
            Blocking::discard(sink);
            Ok(())
        });
        Box::pin(async { discarded.await.unwrap_or_default() })
    }
}
