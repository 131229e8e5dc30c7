use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};

/// A connection that can still be read after the server has stopped reading, because the server may have answered before.
/// After that, writing waits forever, and reading shows how the connection ended.
///
/// A server may answer 413 while a file is still being sent, and then reset the connection. hyper ends the request when a
/// write fails, so the response may be lost: the outcome of the import is then unknown, although the server has rejected it.
///
/// [`Hyper::with_connector`](crate::Hyper::with_connector) does this by itself. For [`Hyper::new`](crate::Hyper::new), put it
/// around the whole connection, with TLS inside: the response of a connector for hyper-util's client, as here, or what is
/// passed to `hyper::client::conn::http1::handshake`. reqwest does not let anyone do this.
///
/// ```
/// use hyper_util::client::legacy;
/// use hyper_util::client::legacy::connect::HttpConnector;
/// use hyper_util::rt::{TokioExecutor, TokioTimer};
/// use seatable_io_hyper::{Client, HalfOpen, Hyper, UploadBody};
/// use tower::ServiceBuilder;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let connector = ServiceBuilder::new().map_response(HalfOpen::new).service(HttpConnector::new());
/// let pool = legacy::Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build(connector);
/// let count = |request: http::Request<UploadBody>| request; // any layers
/// let service = ServiceBuilder::new().map_request(count).service(pool);
/// let client = Client::with_transport(Hyper::new(service, TokioTimer::new()));
/// # use seatable_io_hyper::{Server, Token};
/// # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
/// # let sandbox = SandboxServer::start(Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(5000)))?;
/// # let server = Server::new(&sandbox.url(), Token::new(&sandbox.token())?)?;
/// # let folder = tempfile::tempdir()?;
/// # client.export(&server, 1, "stock").save_to(folder.path().join("stock.dtable")).run().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HalfOpen<I> {
    io: I,
    is_closed: bool,
}

impl<I> HalfOpen<I> {
    /// Wraps a connection.
    pub fn new(io: I) -> Self {
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

#[cfg(feature = "tokio")]
impl<I> hyper_util::client::legacy::connect::Connection for HalfOpen<I>
where
    I: hyper_util::client::legacy::connect::Connection,
{
    fn connected(&self) -> hyper_util::client::legacy::connect::Connected {
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

#[cfg(test)]
mod tests {
    use futures_util::task::noop_waker_ref;
    use hyper::rt::ReadBuf;

    use super::*;

    /// The other end does not read, and has sent one byte.
    struct Closed(io::ErrorKind);

    impl Read for Closed {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            mut buffer: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            buffer.put_slice(b"4");
            Poll::Ready(Ok(()))
        }
    }

    impl Write for Closed {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(self.0.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(self.0.into()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(self.0.into()))
        }
    }

    #[test]
    fn after_a_write_that_fails_writing_waits_and_reading_goes_on() {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        for kind in [BrokenPipe, ConnectionAborted, ConnectionReset] {
            let (mut io, cx) = (HalfOpen::new(Closed(kind)), &mut Context::from_waker(noop_waker_ref()));
            let mut write = || Pin::new(&mut io).poll_write(cx, b"file");
            assert!(matches!(write(), Poll::Ready(Ok(4))), "{kind}");
            assert!(write().is_pending(), "{kind}");
            assert!(matches!(Pin::new(&mut io).poll_flush(cx), Poll::Ready(Ok(()))));
            assert!(matches!(Pin::new(&mut io).poll_shutdown(cx), Poll::Ready(Ok(()))));
            let mut response = [0; 2];
            let mut response = ReadBuf::new(&mut response);
            assert!(matches!(Pin::new(&mut io).poll_read(cx, response.unfilled()), Poll::Ready(Ok(()))));
            assert_eq!(response.filled(), b"4");
        }
    }

    #[test]
    fn another_error_of_a_write_is_an_error() {
        let (mut io, cx) =
            (HalfOpen::new(Closed(io::ErrorKind::TimedOut)), &mut Context::from_waker(noop_waker_ref()));
        assert!(matches!(Pin::new(&mut io).poll_write(cx, b"file"), Poll::Ready(Err(_))));
        assert!(matches!(Pin::new(&mut io).poll_flush(cx), Poll::Ready(Err(_))));
    }
}
