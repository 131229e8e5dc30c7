use std::io;

use bytes::Bytes;

/// Where a download goes. The next bytes are read from the network when `write` has taken the last.
pub trait Sink: Send {
    /// Empties the sink: a file begins, or begins again. `len` is its length in bytes, if announced.
    fn begin(&mut self, len: Option<u64>) -> impl Future<Output = io::Result<()>> + Send;

    /// Takes the next bytes.
    fn write(&mut self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send;

    /// Reads the whole file back. [`InvalidData`](io::ErrorKind::InvalidData) if it is damaged: it is exported again
    /// then, as after a broken download.
    fn check(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// The task has succeeded: keeps the file.
    fn finish(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

impl<S: Sink> Sink for &mut S {
    fn begin(&mut self, len: Option<u64>) -> impl Future<Output = io::Result<()>> + Send {
        S::begin(self, len)
    }

    fn write(&mut self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send {
        S::write(self, bytes)
    }

    fn check(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        S::check(self)
    }

    fn finish(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        S::finish(self)
    }
}

/// For a task that receives no file.
impl Sink for () {
    async fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no place for it"))
    }

    async fn write(&mut self, _: Bytes) -> io::Result<()> {
        Ok(())
    }

    async fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
