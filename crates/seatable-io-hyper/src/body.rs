use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body, Frame, SizeHint};
use seatable_io_driver::asynchronous::Upload;

/// The body of a request, with its exact length as its size hint.
#[derive(Debug)]
pub struct UploadBody(pub(crate) Upload);

impl UploadBody {
    /// Returns whether the request is an import, also after parts of it were sent. It should be sent over a new connection
    /// ([why](seatable_io_driver::asynchronous::Transport#sends-each-request-once)).
    pub fn is_import(&self) -> bool {
        self.0.is_import()
    }
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.0).poll_next(cx).map_ok(Frame::data)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len())
    }
}
