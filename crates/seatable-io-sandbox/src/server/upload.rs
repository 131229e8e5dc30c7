use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::{StreamExt, poll_fn};
use http::HeaderMap;
use http_body::Body as _;
use hyper::body::Incoming;

use crate::form::{FormError, boundary};
use crate::{Body, Call, Form, Ticket};

/// A part of a form stays in memory up to this length, so that many small uploads at once take no files.
const IN_MEMORY: usize = 64 << 10;
/// Of a body that is no form, so much is looked at.
const RAW: usize = 1 << 20;

/// Takes in the body of a request.
pub(super) async fn collect(
    ticket: &Ticket,
    headers: &HeaderMap,
    body: &mut Incoming,
) -> Result<Body, FormError> {
    let expects_form = matches!(ticket.call(), Call::Import | Call::SynchronousImport | Call::Export);
    let expects_form = expects_form && !body.is_end_stream();
    let Some(boundary) = boundary(headers).filter(|_| expects_form) else {
        return collect_raw(body, ticket.limit()).await;
    };
    let form = Form::read(data(body), boundary?, IN_MEMORY, ticket.limit()).await?;
    drain(body).await;
    Ok(Body::Form(form))
}

async fn collect_raw(body: &mut Incoming, limit: u64) -> Result<Body, FormError> {
    let mut first = BytesMut::new();
    let mut count = 0;
    let mut data = data(body);
    while let Some(piece) = data.next().await {
        let piece = piece.map_err(|_| FormError::Broken)?;
        count += piece.len() as u64;
        if count > limit {
            return Err(FormError::TooLarge);
        }
        first.extend_from_slice(&piece[..piece.len().min(RAW - first.len())]);
    }
    Ok(Body::Raw(first.freeze()))
}

/// Reads what is left, and drops it.
pub(super) async fn drain(body: &mut Incoming) {
    read_about(body, u64::MAX).await;
}

/// Reads until at least `count` bytes came, and drops them.
pub(super) async fn read_about(body: &mut Incoming, count: u64) {
    let mut read = 0;
    let mut data = data(body);
    while read < count {
        match data.next().await {
            Some(Ok(piece)) => read += piece.len() as u64,
            Some(Err(_)) | None => return,
        }
    }
}

fn data(body: &mut Incoming) -> impl Stream<Item = hyper::Result<Bytes>> + Send + Unpin {
    poll_fn(move |cx| poll_data(Pin::new(body), cx))
}

fn poll_data(mut body: Pin<&mut Incoming>, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Bytes>>> {
    loop {
        match ready!(body.as_mut().poll_frame(cx)) {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => return Poll::Ready(None),
        }
    }
}
