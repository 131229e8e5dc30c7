use std::io;

use futures_util::{StreamExt, TryStreamExt};
use http::header::{CONTENT_LENGTH, EXPECT, HOST};
use http::request::Parts;
use http::{Request, Response, StatusCode, Version};
use http_body_util::BodyDataStream;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::download::Download;
use super::guard::Guard;
use super::shared::SharedSandbox;
use super::stream::{BreakableStream, HangUp};
use crate::body::{Body, BodyError};
use crate::response::{proxy, response};
use crate::{Delivery, Wire};

/// A part of a form stays in memory up to this length, so that many small uploads at once need no files.
const IN_MEMORY: usize = 64 << 10;

/// Serves an accepted connection to its end; it may be wrapped in TLS.
pub async fn serve_connection(io: impl AsyncRead + AsyncWrite + Unpin, sandbox: SharedSandbox) {
    serve_guarded(io, sandbox, None).await;
}

pub(super) async fn serve_guarded(
    io: impl AsyncRead + AsyncWrite + Unpin,
    sandbox: SharedSandbox,
    guard: Option<Guard>,
) {
    let hang_up = HangUp::default();
    let stream = BreakableStream::new(io, hang_up.clone());
    let service = service_fn(move |request| handle(request, sandbox.clone(), guard, hang_up.clone()));
    // An error means that the client closed the connection, or a fault did.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// The error that closes a connection without another byte.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed")]
struct Closed;

async fn handle(
    request: Request<Incoming>,
    sandbox: SharedSandbox,
    guard: Option<Guard>,
    hang_up: HangUp,
) -> Result<Response<Download>, Closed> {
    let (head, mut body) = request.into_parts();
    if let Some(refusal) = refusal(&head, guard) {
        return respond_early(refusal, body, &sandbox, hang_up).await;
    }
    let expects_continue = head.headers.contains_key(EXPECT);
    let request = match sandbox.with(|sandbox, now| sandbox.receive(now, head)) {
        Ok(request) => request,
        Err(delivery) if expects_continue => return deliver(delivery, &mut body, hang_up).await,
        Err(delivery) => return respond_early(delivery, body, &sandbox, hang_up).await,
    };
    let received = if body.is_end_stream() {
        Ok(Body::EMPTY)
    } else {
        let mut pieces = BodyDataStream::new(&mut body).map_err(io::Error::other);
        Body::read(&request, &mut pieces, IN_MEMORY).await
    };
    let received = match received {
        Ok(received) => received,
        Err(BodyError::TooLarge) => {
            let delivery = sandbox.with(|sandbox, _| sandbox.too_large(&request));
            return respond_early(delivery, body, &sandbox, hang_up).await;
        }
        Err(BodyError::Broken) => return Err(Closed),
    };
    read_about(&mut body, u64::MAX).await;
    let delivery = sandbox.with(|sandbox, now| sandbox.complete(now, request, &received));
    if !delivery.delay.is_zero() {
        tokio::time::sleep(delivery.delay).await;
    }
    deliver(delivery, &mut body, hang_up).await
}

/// Refuses a request that is not for this server, or lacks a `Host`, as nginx does and RFC 9112 (section 3.2) demands.
fn refusal(head: &Parts, guard: Option<Guard>) -> Option<Delivery> {
    let refused = guard.and_then(|guard| guard.refusal(&head.headers)).map(proxy);
    let lacks_host = head.version == Version::HTTP_11 && !head.headers.contains_key(HOST);
    let bad_request = || response(StatusCode::BAD_REQUEST, "text/html", "<h1>400 Bad Request</h1>");
    Some(Delivery::new(refused.or_else(|| lacks_host.then(bad_request))?, Wire::Delivered))
}

/// Responds at once, and continues to read for a while, like nginx.
async fn respond_early(
    delivery: Delivery,
    mut body: Incoming,
    sandbox: &SharedSandbox,
    hang_up: HangUp,
) -> Result<Response<Download>, Closed> {
    let response = deliver(delivery, &mut body, hang_up).await?;
    let linger = sandbox.linger;
    tokio::spawn(async move {
        let _ = tokio::time::timeout(linger, read_about(&mut body, u64::MAX)).await;
    });
    Ok(response)
}

/// Reads and drops at least `count` bytes, or the rest of the body.
async fn read_about(body: &mut Incoming, count: u64) {
    let mut pieces = BodyDataStream::new(body);
    let mut read = 0;
    while read < count {
        let Some(Ok(piece)) = pieces.next().await else { return };
        read += piece.len() as u64;
    }
}

async fn deliver(
    delivery: Delivery,
    body: &mut Incoming,
    hang_up: HangUp,
) -> Result<Response<Download>, Closed> {
    let (end, hang_up) = match delivery.wire {
        Wire::Delivered => (delivery.response.body().len(), None),
        Wire::Cut { after } => (after, Some(hang_up)),
        Wire::Lost | Wire::Refused => return Err(Closed),
        Wire::Silent => std::future::pending().await,
        Wire::UploadCut { after } => {
            read_about(body, after).await;
            return Err(Closed);
        }
    };
    let announced = delivery.response.headers().contains_key(CONTENT_LENGTH);
    Ok(delivery.response.map(|content| Download::new(content, announced, end, hang_up)))
}
