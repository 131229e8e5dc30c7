//! The rules of one request, whether it comes over a connection or from the same process.

use std::error::Error;
use std::io;

use bytes::Buf;
use futures_util::stream::{Stream, StreamExt, TryStreamExt};
use http::Response;
use http::header::{CONTENT_LENGTH, EXPECT};
use http::request::Parts;
use http_body_util::BodyDataStream;

use super::download::{Ending, ResponseBody};
use super::shared::SharedSandbox;
use crate::body::{Body, BodyError};
use crate::{Delivery, Wire};

/// A part of a form stays in memory up to this length, so that many small uploads at once need no files.
const IN_MEMORY: usize = 64 << 10;

/// The body of a request.
pub(super) trait Upload:
    http_body::Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin
{
}

impl<B> Upload for B where
    B: http_body::Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin
{
}

/// The response to a request, before it is delivered.
pub(super) struct Answer {
    pub(super) delivery: Delivery,
    /// Whether the client may still be sending the body of its request.
    pub(super) is_sending: bool,
}

/// Returns whether the client sends the body of this request without waiting for `100 Continue`.
pub(super) fn sends_at_once(head: &Parts) -> bool {
    !head.headers.contains_key(EXPECT)
}

/// The end of a connection without another byte.
pub(super) fn closed() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

/// Receives a request, and waits for its response.
pub(super) async fn answer(
    sandbox: &SharedSandbox,
    head: Parts,
    body: &mut impl Upload,
) -> io::Result<Answer> {
    let is_sending = sends_at_once(&head);
    let request = match sandbox.with(|sandbox, now| sandbox.receive(now, head)) {
        Ok(request) => request,
        Err(delivery) => return Ok(Answer { delivery, is_sending }),
    };
    let received = if body.is_end_stream() {
        Ok(Body::EMPTY)
    } else {
        Body::read(&request, &mut pieces(body), IN_MEMORY).await
    };
    let received = match received {
        Ok(received) => received,
        Err(BodyError::TooLarge) => {
            let delivery = sandbox.with(|sandbox, _| sandbox.too_large(&request));
            return Ok(Answer { delivery, is_sending: true });
        }
        Err(BodyError::Broken) => return Err(closed()),
    };
    read_about(body, u64::MAX).await;
    let delivery = sandbox.with(|sandbox, now| sandbox.complete(now, request, &received));
    if !delivery.delay.is_zero() {
        tokio::time::sleep(delivery.delay).await;
    }
    Ok(Answer { delivery, is_sending: false })
}

/// Delivers as much of a response as the client receives; a response that is cut has this `ending`.
pub(super) async fn deliver(
    delivery: Delivery,
    body: &mut impl Upload,
    ending: Ending,
) -> io::Result<Response<ResponseBody>> {
    let (end, ending) = match delivery.wire {
        Wire::Delivered => (delivery.response.body().len(), Ending::Whole),
        Wire::Cut { after } => (after, ending),
        Wire::Lost | Wire::Refused => return Err(closed()),
        Wire::Silent => std::future::pending().await,
        Wire::UploadCut { after } => {
            read_about(body, after).await;
            return Err(closed());
        }
    };
    let announced = delivery.response.headers().contains_key(CONTENT_LENGTH);
    Ok(delivery.response.map(|content| ResponseBody::new(content, announced, end, ending)))
}

/// Reads and drops at least `count` bytes, or the rest of the body.
pub(super) async fn read_about(body: &mut impl Upload, count: u64) {
    let (mut pieces, mut read) = (pieces(body), 0);
    while read < count {
        let Some(Ok(piece)) = pieces.next().await else { return };
        read += piece.len() as u64;
    }
}

fn pieces(body: &mut impl Upload) -> impl Stream<Item = io::Result<bytes::Bytes>> + Send + Unpin {
    let pieces = BodyDataStream::new(body).map_err(io::Error::other);
    pieces.map_ok(|mut piece| piece.copy_to_bytes(piece.remaining()))
}
