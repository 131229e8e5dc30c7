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
use super::writer::{BreakableWriter, HangUp};
use crate::body::{Body, BodyError};
use crate::response::{proxy, response};
use crate::{Delivery, Wire};

/// A part of a form stays in memory up to this length, so that many small uploads at once need no files.
const IN_MEMORY: usize = 64 << 10;

/// Serves an accepted connection to its end; it may be wrapped in TLS.
pub async fn serve_connection(io: impl AsyncRead + AsyncWrite + Unpin, sandbox: SharedSandbox) {
    Connection::new(sandbox, None).serve(io).await;
}

/// A connection to a sandbox. Faults can close it.
pub(super) struct Connection {
    sandbox: SharedSandbox,
    guard: Option<Guard>,
    hang_up: HangUp,
}

/// The error that closes a connection without another byte.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed")]
struct Closed;

type Served = Result<Response<Download>, Closed>;

impl Connection {
    pub(super) fn new(sandbox: SharedSandbox, guard: Option<Guard>) -> Self {
        Connection { sandbox, guard, hang_up: HangUp::default() }
    }

    pub(super) async fn serve(self, io: impl AsyncRead + AsyncWrite + Unpin) {
        let (reader, writer) = tokio::io::split(io);
        let stream = tokio::io::join(reader, BreakableWriter::new(writer, self.hang_up.clone()));
        let service = service_fn(|request| self.handle(request));
        // An error means that the client closed the connection, or a fault did.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn handle(&self, request: Request<Incoming>) -> Served {
        let (head, mut body) = request.into_parts();
        if let Some(refusal) = refusal(&head, self.guard) {
            return self.respond_early(refusal, body).await;
        }
        let expects_continue = head.headers.contains_key(EXPECT);
        let request = match self.sandbox.with(|sandbox, now| sandbox.receive(now, head)) {
            Ok(request) => request,
            Err(delivery) if expects_continue => return self.deliver(delivery, &mut body).await,
            Err(delivery) => return self.respond_early(delivery, body).await,
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
                let delivery = self.sandbox.with(|sandbox, _| sandbox.too_large(&request));
                return self.respond_early(delivery, body).await;
            }
            Err(BodyError::Broken) => return Err(Closed),
        };
        read_about(&mut body, u64::MAX).await;
        let delivery = self.sandbox.with(|sandbox, now| sandbox.complete(now, request, &received));
        if !delivery.delay.is_zero() {
            tokio::time::sleep(delivery.delay).await;
        }
        self.deliver(delivery, &mut body).await
    }

    /// Responds at once, and continues to read for a while, like nginx.
    async fn respond_early(&self, delivery: Delivery, mut body: Incoming) -> Served {
        let response = self.deliver(delivery, &mut body).await?;
        let linger = self.sandbox.linger;
        tokio::spawn(async move {
            let _ = tokio::time::timeout(linger, read_about(&mut body, u64::MAX)).await;
        });
        Ok(response)
    }

    async fn deliver(&self, delivery: Delivery, body: &mut Incoming) -> Served {
        let (end, hang_up) = match delivery.wire {
            Wire::Delivered => (delivery.response.body().len(), None),
            Wire::Cut { after } => (after, Some(self.hang_up.clone())),
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
}

/// Refuses a request that is not for this server, or lacks a `Host`, as nginx does and RFC 9112 (section 3.2) demands.
fn refusal(head: &Parts, guard: Option<Guard>) -> Option<Delivery> {
    let refused = guard.and_then(|guard| guard.refusal(&head.headers)).map(proxy);
    let lacks_host = head.version == Version::HTTP_11 && !head.headers.contains_key(HOST);
    let bad_request = || response(StatusCode::BAD_REQUEST, "text/html", "<h1>400 Bad Request</h1>");
    Some(Delivery::new(refused.or_else(|| lacks_host.then(bad_request))?, Wire::Delivered))
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
