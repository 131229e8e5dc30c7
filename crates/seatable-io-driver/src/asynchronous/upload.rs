use std::fmt;
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use seatable_io_proto::Body;
use tokio::sync::watch;

use super::Pieces;
use super::local::Local;
use crate::file::other_length;
use crate::lock;

/// The largest piece, in bytes.
pub(crate) const FRAME: usize = 256 * 1024;

/// The body of a request, in exactly the announced length: the file between two parts of the form. Pieces have at most
/// 256 KiB.
///
/// If the file is not as long as announced, the stream fails, so that the request is broken off.
pub struct Upload {
    is_import: bool,
    ready: Bytes,
    file: Option<Pieces>,
    file_left: u64,
    tail: Bytes,
    mark: watch::Sender<Mark>,
    local: Local,
}

/// The progress of a body.
#[derive(Default)]
struct Mark {
    /// How many bytes of the file were read.
    sent: u64,
    /// The error of the file itself.
    fault: Mutex<Option<io::Error>>,
}

/// The run's end of the body. When it is dropped, the body ends with an error.
pub(crate) struct Watching(watch::Receiver<Mark>);

impl Upload {
    /// `file` is `None` if the body has none.
    pub(crate) fn new(body: &Body, file: Option<Pieces>, local: Local) -> (Self, Watching) {
        let (ready, tail) = (body.head().clone(), body.tail().clone());
        let (mark, watched) = watch::channel(Mark::default());
        let is_import = !body.is_empty();
        (Self { is_import, ready, file, file_left: body.file_len(), tail, mark, local }, Watching(watched))
    }

    /// Returns whether the request is an import, also after parts of it were read. Send it over a new connection, and never twice
    /// ([why](super::Transport#sends-each-request-once)).
    pub fn is_import(&self) -> bool {
        self.is_import
    }

    /// Returns how many bytes are left to send.
    pub fn len(&self) -> u64 {
        self.file_left.saturating_add((self.ready.len().saturating_add(self.tail.len())) as u64)
    }

    /// Returns whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.file.is_none()
    }

    /// Makes the next bytes ready, if any are left.
    ///
    /// The tail follows only after the end of the file, so that a file that is too long is noticed.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let (true, Some(file)) = (self.ready.is_empty(), &mut self.file) {
            let piece = file.as_mut().poll_next(cx);
            self.local.set(piece.is_pending());
            match ready!(piece).transpose()? {
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
            *lock(&self.mark.borrow().fault) = Some(fault);
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
        if self.0.changed().await.is_err() {
            pending::<()>().await;
        }
    }

    /// How many bytes of the file were read.
    pub(crate) fn sent(&self) -> u64 {
        self.0.borrow().sent
    }

    /// The error of the file itself, if the upload failed because of it.
    pub(crate) fn fault(&self) -> Option<io::Error> {
        lock(&self.0.borrow().fault).take()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
    use seatable_io_proto::{
        Endpoint, FileName, Format, ImportFile, QueryStatus, Server, StartImport, TaskId, Token,
    };

    use super::*;

    #[tokio::test]
    async fn an_import_is_distinguished_from_other_requests_until_its_end() {
        let server = Server::new("http://localhost", Token::new("0123").unwrap()).unwrap();
        let file = ImportFile::new(1, FileName::new("new", Format::Dtable).unwrap(), 0, uuid::Uuid::nil());
        let import = StartImport::new(file.unwrap()).request(&server);
        let (mut import, _watching) =
            Upload::new(import.body(), Some(Box::pin(stream::empty())), Local::default());
        assert!(import.is_import());
        while import.try_next().await.unwrap().is_some() {}
        assert!(import.is_import() && import.is_empty());
        let query = QueryStatus::new(TaskId::new("1").unwrap()).request(&server);
        assert!(!Upload::new(query.body(), None, Local::default()).0.is_import());
    }

    #[test]
    fn a_body_that_outlives_its_run_ends_with_an_error() {
        let next = |upload: &mut Upload| upload.next().now_or_never().unwrap();
        let [mut watched, mut left] = [(); 2].map(|()| Upload::new(&Body::default(), None, Local::default()));
        drop(left.1);
        assert!(next(&mut watched.0).is_none() && next(&mut left.0).unwrap().is_err());
    }
}
