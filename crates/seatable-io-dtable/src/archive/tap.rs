use std::io::{self, Read};

/// Passes the bytes that are read on to a function, too.
pub(super) struct Tap<R, T> {
    inner: R,
    read: T,
}

impl<R, T> Tap<R, T> {
    pub(super) fn new(inner: R, read: T) -> Self {
        Self { inner, read }
    }
}

impl<R: Read, T: FnMut(&[u8])> Read for Tap<R, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(buffer)?;
        (self.read)(buffer.get(..len).unwrap_or_default());
        Ok(len)
    }
}
