//! Lends the body of a request to a client that needs one of its own.

use std::fmt;
use std::io::{self, Read};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Builder};

use seatable_io_task::Failure;

use super::Upload;
use crate::TransportError;

/// The most that is read at a time, in bytes.
const PIECE: usize = 256 * 1024;

impl Upload<'_> {
    /// Lends this body to an HTTP client that needs one of its own (`Read + Send + 'static`), such as reqwest.
    ///
    /// `send` runs on another thread, while this one reads the file, and only when the client has asked for it. If reading
    /// the file fails, the [`Lent`] fails too, and the client must break the request off. This method returns when `send`
    /// returns, also if the client still has the [`Lent`], which then fails; a panic of `send` is passed on.
    ///
    /// # Errors
    ///
    /// The error of `send`; [`NotSent`](Failure::NotSent) if the operating system provides no thread.
    pub fn lend<R: Send>(
        &mut self,
        send: impl FnOnce(Lent) -> Result<R, TransportError> + Send,
    ) -> Result<R, TransportError> {
        let (asks, asked) = channel();
        let (fills, filled) = channel();
        let lent = Lent { asks: asks.clone(), filled, piece: Vec::new(), read: 0, left: self.len() };
        let done = Done(asks);
        let send = move || {
            let _done = done;
            send(lent)
        };
        thread::scope(|scope| {
            let sending = Builder::new().spawn_scoped(scope, send).map_err(|error| {
                let words = "the operating system provides no thread to send the file";
                TransportError::new(Failure::NotSent, words).with_source(error)
            })?;
            while let Ok(Some(piece)) = asked.recv() {
                let filled = self.fill(piece);
                let is_last = filled.is_err();
                if fills.send(filled).is_err() || is_last {
                    break;
                }
            }
            // The client must not wait for another piece.
            drop((asked, fills));
            sending.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    fn fill(&mut self, mut piece: Vec<u8>) -> io::Result<Vec<u8>> {
        piece.resize(PIECE, 0);
        let count = self.read(&mut piece)?;
        piece.truncate(count);
        Ok(piece)
    }
}

/// The body of a request, which [`Upload::lend`] reads on another thread, at most 256 KiB at a time.
pub struct Lent {
    /// A piece to fill; `None` when the request is over.
    asks: Sender<Option<Vec<u8>>>,
    filled: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    /// How many bytes of the piece were read.
    read: usize,
    left: u64,
}

impl Lent {
    /// Returns how many bytes are left to send.
    pub fn len(&self) -> u64 {
        self.left
    }

    /// Returns whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Gets the next piece. The buffer of this one is used again.
    fn next(&mut self) -> io::Result<()> {
        let over = || io::Error::other("the request was broken off");
        self.read = 0;
        self.asks.send(Some(std::mem::take(&mut self.piece))).map_err(|_| over())?;
        self.piece = self.filled.recv().map_err(|_| over())??;
        Ok(())
    }
}

impl Read for Lent {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        if self.read == self.piece.len() {
            self.next()?;
        }
        let count = (&self.piece[self.read..]).read(buffer)?;
        self.read += count;
        self.left -= count as u64;
        Ok(count)
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("len", &self.left).finish_non_exhaustive()
    }
}

/// Reports that the request is over, also after a panic.
struct Done(Sender<Option<Vec<u8>>>);

impl Drop for Done {
    fn drop(&mut self) {
        // Nobody listens after the file could not be read.
        let _ = self.0.send(None);
    }
}

#[cfg(test)]
mod tests;
