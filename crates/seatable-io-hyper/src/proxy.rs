//! Connections through proxies.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use http::Uri;
use http::uri::{PathAndQuery, Scheme};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use seatable_io_driver::{Proxy, ProxyRoute, ProxyRules, only_loopback};
use tokio::net::TcpStream;
use tower::util::ServiceExt;
use tower_service::Service;

use crate::error::{BoxError, Explained};
use crate::read_ahead::ReadAhead;

/// Connects to a server, or to a proxy that connects to it. TLS with the server itself is not part of it.
#[derive(Clone)]
pub(crate) struct ProxyConnector {
    pub(crate) rules: Arc<ProxyRules>,
    pub(crate) http: Plain,
    /// For connections to proxies, which may use TLS.
    pub(crate) https: HttpsConnector<Plain>,
}

/// Connects to an address or a host name.
pub(crate) type Plain = HttpConnector<Resolver>;

pub(crate) fn plain() -> Plain {
    HttpConnector::new_with_resolver(resolver())
}

fn resolver() -> Resolver {
    Resolver(GaiResolver::new())
}

/// Looks up host names.
#[derive(Clone)]
pub(crate) struct Resolver<R = GaiResolver>(pub(crate) R);

impl<R> Service<Name> for Resolver<R>
where
    R: Service<Name, Response: Iterator<Item = SocketAddr>, Future: Send + 'static>,
{
    type Response = vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx).map_err(|_| not_found().into())
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (host, found) = (name.to_string(), self.0.call(name));
        Box::pin(async move {
            let found = found.await.map_err(|_| not_found())?;
            Ok(only_loopback(&host, found)?.into_iter())
        })
    }
}

fn not_found() -> Explained {
    Explained("the host name could not be looked up", None)
}

impl Service<Uri> for ProxyConnector {
    type Response = Dialed;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Dialed, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let ahead = (server.scheme() == Some(&Scheme::HTTPS)).then(ReadAhead::default);
            let route = this.rules.route(&server);
            let io = match route {
                ProxyRoute::Direct => MaybeHttpsStream::Http(connect(this.http.clone(), server).await?),
                ProxyRoute::Forward(proxy) => {
                    connect(this.https.clone(), proxy.uri().clone()).await.map_err(proxy_failed)?
                }
                ProxyRoute::Tunnel(proxy) => this.tunnel(proxy, server).await.map_err(proxy_failed)?,
                ProxyRoute::Socks(proxy) => {
                    MaybeHttpsStream::Http(this.socks(proxy, server).await.map_err(proxy_failed)?)
                }
            };
            let is_forwarding = matches!(route, ProxyRoute::Forward(_));
            Ok(Dialed { io, is_forwarding, ahead })
        })
    }
}

fn proxy_failed(error: BoxError) -> Explained {
    Explained("the proxy did not connect to the server", Some(error))
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

impl ProxyConnector {
    async fn tunnel(&self, proxy: &Proxy, server: Uri) -> Result<Stream, BoxError> {
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.https.clone());
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth);
        }
        connect(tunnel, server).await
    }

    async fn socks(&self, proxy: &Proxy, server: Uri) -> Result<TokioIo<TcpStream>, BoxError> {
        let scheme = proxy.uri().scheme_str().unwrap_or_default();
        let default_port = if server.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        let host = match scheme {
            "socks4" | "socks5" => Some(look_up(&server, scheme == "socks4").await?),
            _ => None,
        };
        let (server, uri) = (address(&server, host, default_port)?, address(proxy.uri(), None, 1080)?);
        if scheme.starts_with("socks4") {
            return connect(SocksV4::new(uri, self.http.clone()), server).await;
        }
        let mut socks = SocksV5::new(uri, self.http.clone());
        if let Some((user, password)) = proxy.credentials() {
            socks = socks.with_auth(user.to_owned(), password.to_owned());
        }
        connect(socks, server).await
    }
}

async fn connect<C>(connector: C, to: Uri) -> Result<C::Response, BoxError>
where
    C: Service<Uri, Error: Into<BoxError>>,
{
    connector.oneshot(to).await.map_err(Into::into)
}

/// The first address of a server; SOCKS 4 supports only IPv4.
async fn look_up(server: &Uri, only_v4: bool) -> Result<IpAddr, BoxError> {
    let host = server.host().unwrap_or_default();
    if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse() {
        return Ok(address);
    }
    let mut found = resolver().call(host.parse::<Name>()?).await?.map(|address| address.ip());
    Ok(found.find(|address| !only_v4 || address.is_ipv4()).ok_or_else(not_found)?)
}

/// The host and port of a URI, with its host replaced if one is given.
fn address(uri: &Uri, host: Option<IpAddr>, default_port: u16) -> Result<Uri, http::Error> {
    let host = match host {
        Some(IpAddr::V6(host)) => format!("[{host}]"),
        Some(IpAddr::V4(host)) => host.to_string(),
        None => uri.host().unwrap_or_default().to_owned(),
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    let authority = format!("{host}:{}", uri.port_u16().unwrap_or(default_port));
    Uri::builder().scheme(scheme).authority(authority).path_and_query(PathAndQuery::from_static("/")).build()
}

/// A connection to a server, or to a proxy.
pub(crate) struct Dialed {
    io: Stream,
    /// The other end is a proxy that forwards requests.
    is_forwarding: bool,
    /// Bytes that were read ahead of TLS with the server.
    ahead: Option<ReadAhead>,
}

impl Connection for Dialed {
    fn connected(&self) -> Connected {
        self.io.connected().proxy(self.is_forwarding)
    }
}

impl Read for Dialed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { io, ahead, .. } = &mut *self;
        match ahead {
            Some(ahead) => ahead.poll_read(Pin::new(io), cx, buffer),
            None => Pin::new(io).poll_read(cx, buffer),
        }
    }
}

impl Write for Dialed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
