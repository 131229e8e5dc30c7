use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{StreamExt, poll_fn};
use hyper::body::{Body as _, Frame, Incoming};

/// Reads and drops at least `count` bytes, or the rest of the body.
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

pub(super) fn data(body: &mut Incoming) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin {
    poll_fn(move |cx| {
        while let Some(frame) = ready!(Pin::new(&mut *body).poll_frame(cx)) {
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => return Poll::Ready(Some(Ok(data))),
                Ok(Err(_trailers)) => {}
                Err(error) => return Poll::Ready(Some(Err(io::Error::other(error)))),
            }
        }
        Poll::Ready(None)
    })
}
