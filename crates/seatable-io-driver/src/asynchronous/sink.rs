use std::io;

use bytes::Bytes;

use super::{BoxFuture, ready};
use crate::file::no_sink;

/// Where a download goes. The next bytes are read from the network when `write` has taken the last.
pub trait Sink: Send {
    /// Empties the sink: a file begins, or begins again. `len` is its length in bytes, if announced.
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>>;

    /// Takes the next bytes.
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>>;

    /// Reads the whole file back. [`InvalidData`](io::ErrorKind::InvalidData) if it is damaged: it is exported again
    /// then, as after a broken download.
    fn check(&mut self) -> BoxFuture<'_, io::Result<()>> {
        ready(Ok(()))
    }

    /// The task has succeeded: keeps the file.
    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>>;
}

/// Any sink.
pub type BoxSink = Box<dyn Sink>;

impl<S: Sink + ?Sized> Sink for &mut S {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        S::begin(self, len)
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        S::write(self, bytes)
    }

    fn check(&mut self) -> BoxFuture<'_, io::Result<()>> {
        S::check(self)
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

    fn check(&mut self) -> BoxFuture<'_, io::Result<()>> {
        S::check(self)
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        S::finish(self)
    }
}

/// `None` is for a task that receives no file.
impl<S: Sink> Sink for Option<S> {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        self.as_mut().map_or_else(|| ready(Err(no_sink())), |sink| sink.begin(len))
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        self.as_mut().map_or_else(|| ready(Err(no_sink())), |sink| sink.write(bytes))
    }

    fn check(&mut self) -> BoxFuture<'_, io::Result<()>> {
        self.as_mut().map_or_else(|| ready(Err(no_sink())), Sink::check)
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        self.as_mut().map_or_else(|| ready(Err(no_sink())), Sink::finish)
    }
}

/// For a task that receives no file.
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
