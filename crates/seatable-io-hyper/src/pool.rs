//! The pooled client that [`Client::new`](crate::Client::new) makes, and what it adds to hyper's.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tower_service::Service;

use crate::error::BoxError;
use crate::{Config, Error, Roots, UploadBody};

/// How long a connection is kept for the next request: less than servers keep it, so that a request seldom meets
/// one that is being closed.
const IDLE: Duration = Duration::from_secs(10);

/// hyper-util's client, over HTTP/1.1.
pub type Pool<C = HttpsConnector<HttpConnector>> = Client<Dial<C>, UploadBody>;

/// Connects by rustls or in the clear, as the URL says.
pub(crate) fn pool(config: &Config) -> Result<Pool, Error> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    let https = HttpsConnector::from((http, tls(&config.roots)?));
    Ok(Dial::new(https, config.connect).pool(config.connections))
}

fn tls(roots: &Roots) -> Result<ClientConfig, Error> {
    let unusable = |error: rustls::Error| Error::Config(format!("TLS cannot be used: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?;
    let builder =
        match roots {
            Roots::Bundled => builder
                .with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }),
            #[cfg(feature = "platform-verifier")]
            Roots::Platform => rustls_platform_verifier::BuilderVerifierExt::with_platform_verifier(builder)
                .map_err(unusable)?,
            Roots::Pem(pem) => builder.with_root_certificates(authorities(pem)?),
        };
    Ok(builder.with_no_client_auth())
}

/// The certificates in a PEM text; other things in it are passed over.
fn authorities(pem: &[u8]) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| Error::Config("the PEM text cannot be read".to_owned()))?;
        let added = store.add(certificate);
        added.map_err(|error| Error::Config(format!("a certificate cannot be used: {error}")))?;
    }
    if store.is_empty() {
        return Err(Error::Config("there is no certificate in the PEM text".to_owned()));
    }
    Ok(store)
}

/// A connector that gives up after a while, and whose connections can still be read when the server takes no
/// more: what it said before it closed is heard.
#[derive(Clone, Debug)]
pub struct Dial<C> {
    connector: C,
    limit: Duration,
}

impl<C> Dial<C> {
    /// Gives `connector` so long for a connection, name look-up and TLS included.
    pub fn new(connector: C, limit: Duration) -> Self {
        Self { connector, limit }
    }

    /// A pool that keeps at most so many idle connections to one server.
    pub fn pool(self, idle: usize) -> Pool<C>
    where
        Self: hyper_util::client::legacy::connect::Connect + Clone,
    {
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(idle)
            .retry_canceled_requests(false)
            .build(self)
    }
}

impl<C> Service<Uri> for Dial<C>
where
    C: Service<Uri, Future: Send + 'static, Error: Into<BoxError>>,
{
    type Response = Hearing<C::Response>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.limit, self.connector.call(uri));
        Box::pin(async move {
            let connected = connecting.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
            connected.map(|io| Hearing { io, deaf: false }).map_err(Into::into)
        })
    }
}

/// A connection that hears the server out: once the server takes no more, writing waits for ever, and reading
/// says how it ended.
#[derive(Debug)]
pub struct Hearing<I> {
    io: I,
    deaf: bool,
}

impl<I: Write + Unpin> Hearing<I> {
    /// Where the server has closed, `instead`, once; after that nothing.
    fn heard<T>(&mut self, outcome: io::Result<T>, instead: T) -> Poll<io::Result<T>> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match outcome {
            Err(error) if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) => {
                self.deaf = true;
                Poll::Ready(Ok(instead))
            }
            other => Poll::Ready(other),
        }
    }
}

impl<I: Connection> Connection for Hearing<I> {
    fn connected(&self) -> Connected {
        self.io.connected()
    }
}

impl<I: Read + Unpin> Read for Hearing<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<I: Write + Unpin> Write for Hearing<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.as_mut().poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.deaf {
            return Poll::Pending;
        }
        let outcome = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices));
        self.heard(outcome, slices.iter().map(|slice| slice.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deaf {
            return Poll::Ready(Ok(()));
        }
        let outcome = ready!(Pin::new(&mut self.io).poll_flush(cx));
        self.heard(outcome, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.io).poll_shutdown(cx));
        self.heard(outcome, ())
    }
}
