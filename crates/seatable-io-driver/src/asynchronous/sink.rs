use std::io;

use bytes::Bytes;

/// Where a download goes. The next bytes are asked of the network only when `write` is done with the last.
pub trait Sink: Send {
    /// Empties it: a file begins, or begins anew. `len` is its length in bytes, where announced.
    fn begin(&mut self, len: Option<u64>) -> impl Future<Output = io::Result<()>> + Send;
    /// Takes the next bytes.
    fn write(&mut self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send;
    /// The file is whole and good.
    fn finish(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

impl<S: Sink> Sink for &mut S {
    fn begin(&mut self, len: Option<u64>) -> impl Future<Output = io::Result<()>> + Send {
        S::begin(self, len)
    }

    fn write(&mut self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send {
        S::write(self, bytes)
    }

    fn finish(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        S::finish(self)
    }
}

/// None: for a task that receives no file.
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
