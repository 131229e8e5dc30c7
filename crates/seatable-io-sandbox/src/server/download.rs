use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::writer::HangUp;
use crate::Content;

const FRAME: usize = 256 << 10;

/// The body of a response, read piece by piece.
#[derive(Debug)]
pub(super) struct Download {
    content: Content,
    announced: bool,
    offset: u64,
    end: u64,
    hang_up: Option<HangUp>,
}

impl Download {
    /// Sends the first `end` bytes, and then closes the connection if there is a `hang_up`.
    pub(super) fn new(content: Content, announced: bool, end: u64, hang_up: Option<HangUp>) -> Self {
        Download { content, announced, offset: 0, end, hang_up }
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let left = usize::try_from(self.end - self.offset).unwrap_or(FRAME);
        if left == 0 {
            let Some(hang_up) = &self.hang_up else { return Poll::Ready(None) };
            hang_up.after_flush();
            return Poll::Pending;
        }
        let piece = self.content.read_at(self.offset, left.min(FRAME))?;
        self.offset += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.offset == self.end && self.hang_up.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if self.announced { SizeHint::with_exact(self.content.len() - self.offset) } else { SizeHint::new() }
    }
}
