use std::io;

use bytes::Bytes;

use super::{BoxFuture, ready};
use crate::StopSignal;
use crate::file::no_sink;

/// The destination of a download. The next bytes are read from the network when `write` has returned.
pub trait Sink: Send {
    /// Empties the sink, because a file begins, perhaps again. `len` is its length in bytes, if announced.
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>>;

    /// Writes the next bytes.
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>>;

    /// Checks the whole file. [`InvalidData`](io::ErrorKind::InvalidData) means that it is damaged; then the base is exported
    /// again, as after a broken download. With an [`ArchiveError`](crate::ArchiveError) inside that
    /// [says so](crate::ArchiveError::is_not_a_base), it means that the file is not a base; then it is exported once more. One that is
    /// [too large](crate::ArchiveError::is_too_large) is not exported again.
    ///
    /// The future is dropped when the time of the task is over or the run is stopped. A thread that works for it learns that
    /// from `signal`.
    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        let _ = signal;
        ready(Ok(()))
    }

    /// Keeps the file, because the task has succeeded.
    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>>;
}

/// A sink of any type.
pub type BoxSink = Box<dyn Sink>;

impl<S: Sink + ?Sized> Sink for &mut S {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        S::begin(self, len)
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        S::write(self, bytes)
    }

    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        S::check(self, signal)
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        S::finish(self)
    }
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        S::begin(self, len)
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        S::write(self, bytes)
    }

    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        S::check(self, signal)
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        S::finish(self)
    }
}

/// `None` is the sink of a task that receives no file.
impl<S: Sink> Sink for Option<S> {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        self.as_mut().map_or_else(|| ready(Err(no_sink())), |sink| sink.begin(len))
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        self.as_mut().map_or_else(|| ready(Err(no_sink())), |sink| sink.write(bytes))
    }

    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        self.as_mut().map_or_else(|| ready(Err(no_sink())), |sink| sink.check(signal))
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        self.as_mut().map_or_else(|| ready(Err(no_sink())), Sink::finish)
    }
}

/// The sink of a task that receives no file.
impl Sink for () {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        ready(Err(no_sink()))
    }

    fn write(&mut self, _: Bytes) -> BoxFuture<'_, io::Result<()>> {
        ready(Err(no_sink()))
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        ready(Err(no_sink()))
    }
}
