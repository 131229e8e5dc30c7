use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::exchange::closed;
use super::writer::HangUp;
use crate::Content;

const FRAME: usize = 256 << 10;

/// The body of a response of a [`SandboxService`](crate::SandboxService), read piece by piece. If the response is cut, it ends
/// with an error of the kind [`ConnectionAborted`](io::ErrorKind::ConnectionAborted).
#[derive(Debug)]
pub struct ResponseBody {
    content: Content,
    announced: bool,
    offset: u64,
    end: u64,
    ending: Ending,
}

/// What follows the last byte of a response.
#[derive(Debug)]
pub(super) enum Ending {
    /// Its proper end.
    Whole,
    /// The end of the connection.
    HangUp(HangUp),
    /// An error, where there is no connection.
    Fail,
}

impl ResponseBody {
    /// Sends the first `end` bytes, and then what `ending` says.
    pub(super) fn new(content: Content, announced: bool, end: u64, ending: Ending) -> Self {
        ResponseBody { content, announced, offset: 0, end, ending }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let left = usize::try_from(self.end - self.offset).unwrap_or(FRAME);
        if left == 0 {
            return match &self.ending {
                Ending::Whole => Poll::Ready(None),
                Ending::HangUp(hang_up) => {
                    hang_up.after_flush();
                    Poll::Pending
                }
                Ending::Fail => Poll::Ready(Some(Err(closed()))),
            };
        }
        let piece = self.content.read_at(self.offset, left.min(FRAME))?;
        self.offset += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.offset == self.end && matches!(self.ending, Ending::Whole)
    }

    fn size_hint(&self) -> SizeHint {
        if self.announced { SizeHint::with_exact(self.content.len() - self.offset) } else { SizeHint::new() }
    }
}
