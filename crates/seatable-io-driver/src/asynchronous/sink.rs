use std::io::{self, Cursor};

use bytes::Bytes;

use super::offload::offload;
use super::{BoxFuture, ready};
use crate::{StopSignal, check_archive};

/// The destination of a download. The next bytes are read from the network when `write` has returned.
///
/// The methods are called in this order: `begin`, `write` for each piece, `check`, `finish`. After a download that broke, was
/// damaged or did not pass its check, they begin again with `begin`. A file whose last call is not `finish` is not the base.
///
/// Any future of a sink may be dropped before it is ready, when the run is stopped or its time is over; another call follows.
/// If the future of the run itself is dropped, the sink is dropped without any further call.
pub trait Sink: Send {
    /// Empties the sink, because a file begins, perhaps again. `len` is its length in bytes, if announced.
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>>;

    /// Writes the next bytes.
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>>;

    /// Checks the whole file.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) or [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) means that the file is damaged
    /// or cut off: the base is exported again, as after a broken download. With an [`ArchiveError`](crate::ArchiveError) inside, it may also mean that the file
    /// [is not a base](crate::ArchiveError::is_not_a_base): then the base is exported once more; or that it
    /// [is too large](crate::ArchiveError::is_too_large): then it is not exported again. Any other error ends the run.
    ///
    /// The future is dropped when the time of the operation is over or the run is stopped. A thread that works for it must then
    /// end too: [`signal.check()`](StopSignal::check) fails.
    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        let _ = signal;
        ready(Ok(()))
    }

    /// Keeps the file, because the operation has succeeded.
    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>>;

    /// Removes the file, because the run has failed after [`begin`](Self::begin).
    fn discard(&mut self) -> BoxFuture<'_, ()> {
        ready(())
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        S::begin(self, len)
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        S::write(self, bytes)
    }

    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        S::check(self, signal)
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        S::finish(self)
    }

    fn discard(&mut self) -> BoxFuture<'_, ()> {
        S::discard(self)
    }
}

/// Keeps the file in memory, of any length: limit it with [`Policy::max_size`](seatable_io_task::Policy::max_size). The file must
/// pass [`check_archive`](crate::check_archive). The vector is empty after a run that failed.
impl Sink for Vec<u8> {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        self.clear();
        ready(Ok(()))
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        self.extend_from_slice(&bytes);
        ready(Ok(()))
    }

    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        let bytes = std::mem::take(self);
        Box::pin(async move {
            let check = move || (check_archive(signal.reader(Cursor::new(&bytes))), bytes);
            let (checked, bytes) = offload(|| Ok(check())).await?;
            *self = bytes;
            Ok(checked?)
        })
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        ready(Ok(()))
    }

    fn discard(&mut self) -> BoxFuture<'_, ()> {
        self.clear();
        ready(())
    }
}
