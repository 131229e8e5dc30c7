use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use seatable_io_proto::Body;
use tokio::sync::watch;

use super::Pieces;
use crate::file::other_length;

/// The largest piece, in bytes.
pub(crate) const FRAME: usize = 256 * 1024;

/// The body of a request, in exactly the announced length: the file between two parts of the form. Pieces have at most
/// 256 KiB.
///
/// If the file is not as long as announced, the stream fails, so that the request is broken off.
pub struct Upload {
    ready: Bytes,
    file: Option<Pieces>,
    file_left: u64,
    tail: Bytes,
    mark: Arc<watch::Sender<Mark>>,
}

/// The progress of a body.
#[derive(Default)]
struct Mark {
    /// How many bytes of the file were read.
    sent: u64,
    /// The error of the file itself.
    fault: Option<io::Error>,
}

/// What the run keeps of the body. When it is dropped, the body ends with an error.
pub(crate) struct Watching(Arc<watch::Sender<Mark>>, watch::Receiver<Mark>);

impl Upload {
    /// `file` is `None` if the body has none.
    pub(crate) fn new(body: &Body, file: Option<Pieces>) -> (Self, Watching) {
        let (mark, moved) = watch::channel(Mark::default());
        let (ready, tail, mark) = (body.head().clone(), body.tail().clone(), Arc::new(mark));
        let watching = Watching(Arc::clone(&mark), moved);
        (Self { ready, file, file_left: body.file_len(), tail, mark }, watching)
    }

    /// How many bytes are left to send.
    pub fn len(&self) -> u64 {
        self.file_left.saturating_add((self.ready.len().saturating_add(self.tail.len())) as u64)
    }

    /// Whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.file.is_none()
    }

    /// Makes the next bytes ready, if any are left.
    ///
    /// The tail follows only after the end of the file, so that a file that is too long is noticed.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let (true, Some(file)) = (self.ready.is_empty(), &mut self.file) {
            match ready!(file.as_mut().poll_next(cx)).transpose()? {
                Some(piece) => {
                    let left = self.file_left.checked_sub(piece.len() as u64);
                    self.file_left = left.ok_or_else(|| other_length(true))?;
                    self.mark.send_modify(|mark| mark.sent += piece.len() as u64);
                    self.ready = piece;
                }
                None if self.file_left > 0 => return Poll::Ready(Err(other_length(false))),
                None => self.file = None,
            }
        }
        if self.ready.is_empty() {
            self.ready = std::mem::take(&mut self.tail);
        }
        Poll::Ready(Ok(()))
    }
}

impl Stream for Upload {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.mark.is_closed() {
            return Poll::Ready(Some(Err(io::Error::other("the request was broken off"))));
        }
        if let Err(fault) = ready!(self.poll_ready(cx)) {
            self.mark.send_modify(|mark| mark.fault = Some(fault));
            return Poll::Ready(Some(Err(io::Error::other("the file could not be sent"))));
        }
        let count = self.ready.len().min(FRAME);
        let piece = self.ready.split_to(count);
        Poll::Ready((count > 0).then_some(Ok(piece)))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Watching {
    /// Waits until more was read.
    pub(crate) async fn moved(&mut self) {
        // The sender lives as long as `self`, so this does not fail.
        let _ = self.1.changed().await;
    }

    /// How many bytes of the file were read.
    pub(crate) fn sent(&self) -> u64 {
        self.1.borrow().sent
    }

    /// The error of the file itself, if the upload failed because of it.
    pub(crate) fn fault(&self) -> Option<io::Error> {
        let mut fault = None;
        self.0.send_modify(|mark| fault = mark.fault.take());
        fault
    }
}
