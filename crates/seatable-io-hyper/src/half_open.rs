use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

/// A connection that can still be read after the server has stopped reading, because the server may have answered before.
/// After that, writing waits forever, and reading tells how the connection ended.
#[derive(Debug)]
pub(crate) struct HalfOpen<I> {
    io: I,
    is_closed: bool,
}

impl<I> HalfOpen<I> {
    pub(crate) fn new(io: I) -> Self {
        Self { io, is_closed: false }
    }

    /// Returns `instead` if the outcome shows that the server has closed the connection.
    fn unless_closed<T>(&mut self, outcome: io::Result<T>, instead: T) -> Poll<io::Result<T>> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match outcome {
            Err(error) if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) => {
                self.is_closed = true;
                Poll::Ready(Ok(instead))
            }
            other => Poll::Ready(other),
        }
    }
}

impl<I: Connection> Connection for HalfOpen<I> {
    fn connected(&self) -> Connected {
        self.io.connected()
    }
}

impl<I: Read + Unpin> Read for HalfOpen<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<I: Write + Unpin> Write for HalfOpen<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.as_mut().poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_closed {
            return Poll::Pending;
        }
        let outcome = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices));
        self.unless_closed(outcome, slices.iter().map(|slice| slice.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_closed {
            return Poll::Ready(Ok(()));
        }
        let outcome = ready!(Pin::new(&mut self.io).poll_flush(cx));
        self.unless_closed(outcome, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.io).poll_shutdown(cx));
        self.unless_closed(outcome, ())
    }
}
