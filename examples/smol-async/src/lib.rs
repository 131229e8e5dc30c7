//! `seatable-io-hyper` on smol, without tokio: hyper's connections, one for each request.

use std::error::Error;

use http::header::HOST;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use seatable_io_hyper::{HalfOpen, Hyper, NotSent, UploadBody};
use smol::net::TcpStream;
use smol_hyper::rt::{FuturesIo, SmolTimer};
use tower::service_fn;

/// Sends each request over a connection of its own: plain http.
pub fn transport() -> Hyper {
    Hyper::new(service_fn(send), SmolTimer::new())
}

async fn send(mut request: Request<UploadBody>) -> Result<Response<Incoming>, Box<dyn Error + Send + Sync>> {
    let uri = std::mem::take(request.uri_mut()).into_parts();
    let authority = uri.authority.ok_or("the URL has no host")?;
    let host = authority.host().trim_matches(['[', ']']);
    let stream =
        TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await.map_err(NotSent::new)?;
    let (mut sender, connection) = handshake(HalfOpen::new(FuturesIo::new(stream))).await?;
    smol::spawn(connection).detach();
    request.headers_mut().insert(HOST, HeaderValue::from_str(authority.as_str())?);
    *request.uri_mut() = uri.path_and_query.ok_or("the URL has no path")?.into();
    Ok(sender.send_request(request).await?)
}
