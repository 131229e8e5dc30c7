use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use seatable_io_proto::Body;

use crate::Pieces;

/// The most that is handed on at once, in bytes.
pub(crate) const FRAME: usize = 256 * 1024;

/// The body of a request: our bytes, the file, our bytes, in exactly the length announced.
///
/// It fails, so that the request is broken off, where the file is not as long as announced.
pub struct UploadBody {
    ready: Bytes,
    file: Option<Pieces>,
    file_left: u64,
    tail: Bytes,
    line: Line,
}

/// What a body and the run that sends it have in common.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Mutex<Shared>>);

#[derive(Default)]
struct Shared {
    mark: Mark,
    fault: Option<io::Error>,
    waker: Option<Waker>,
    over: bool,
}

/// How far a body is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Bytes of the file that were handed on.
    pub(crate) sent: u64,
    /// All was handed on.
    pub(crate) out: bool,
}

/// The run's end of the [`Line`]. Without it nobody waits for the answer, and the body ends in an error.
pub(crate) struct Upload(Line);

impl UploadBody {
    /// `file` where the body has one.
    pub(crate) fn new(body: &Body, file: Option<Pieces>) -> (Self, Upload) {
        let line = Line::default();
        let (ready, tail) = (body.head().clone(), body.tail().clone());
        line.state().mark.out = body.is_empty();
        (Self { ready, file, file_left: body.file_len(), tail, line: line.clone() }, Upload(line))
    }

    /// Makes sure that something is ready, if anything is left.
    ///
    /// The file's end is looked for before the tail goes out: a longer file is never taken for a whole one.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let (true, Some(file)) = (self.ready.is_empty(), &mut self.file) {
            match ready!(file.as_mut().poll_next(cx)).transpose()? {
                Some(piece) => {
                    let left = self.file_left.checked_sub(piece.len() as u64);
                    self.file_left = left.ok_or_else(|| changed("longer"))?;
                    self.line.state().mark.sent += piece.len() as u64;
                    self.ready = piece;
                }
                None if self.file_left > 0 => return Poll::Ready(Err(changed("shorter"))),
                None => self.file = None,
            }
        }
        if self.ready.is_empty() {
            self.ready = std::mem::take(&mut self.tail);
        }
        Poll::Ready(Ok(()))
    }
}

impl http_body::Body for UploadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.line.state().over {
            return Poll::Ready(Some(Err(io::Error::other("nobody waits for the answer any more"))));
        }
        if let Err(fault) = ready!(self.poll_ready(cx)) {
            self.line.state().fault = Some(fault);
            return Poll::Ready(Some(Err(io::Error::other("the file could not be sent"))));
        }
        let count = self.ready.len().min(FRAME);
        let frame = self.ready.split_to(count);
        let mut shared = self.line.state();
        shared.mark.out = http_body::Body::is_end_stream(&*self);
        shared.waker.take().into_iter().for_each(Waker::wake);
        Poll::Ready((count > 0).then(|| Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_empty() && self.file.is_none() && self.tail.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let ours = self.ready.len().saturating_add(self.tail.len());
        SizeHint::with_exact(self.file_left.saturating_add(ours as u64))
    }
}

impl fmt::Debug for UploadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadBody").field("file_left", &self.file_left).finish_non_exhaustive()
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    /// How far the body is.
    pub(crate) fn mark(&self) -> Mark {
        self.0.state().mark
    }

    /// Waits until it is further.
    pub(crate) fn poll_past(&self, mark: Mark, cx: &mut Context<'_>) -> Poll<()> {
        let mut shared = self.0.state();
        if shared.mark != mark {
            return Poll::Ready(());
        }
        shared.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The file's own error, if it is what broke the upload.
    pub(crate) fn fault(&self) -> Option<io::Error> {
        self.0.state().fault.take()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.0.state().over = true;
    }
}

fn changed(how: &str) -> io::Error {
    let kind = if how == "shorter" { io::ErrorKind::UnexpectedEof } else { io::ErrorKind::InvalidData };
    io::Error::new(kind, format!("it is {how} than when the import began"))
}
