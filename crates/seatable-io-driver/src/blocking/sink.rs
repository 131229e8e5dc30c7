use std::io::{self, Cursor, ErrorKind, Write};

use crate::{StopSignal, check_archive};

/// The destination of a download.
///
/// The methods are called in this order: `begin`, `write` for each piece, `check`, `finish`. After a download that broke, was
/// damaged or did not pass its check, they begin again with `begin`. A file whose last call is not `finish` is not the base: if
/// the thread panics, the sink is dropped without any further call.
pub trait Sink {
    /// Empties the sink, because a file begins, perhaps again. `len` is its length in bytes, if announced.
    fn begin(&mut self, len: Option<u64>) -> io::Result<()>;

    /// Writes the next bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Checks the whole file.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) or [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) means that the file is damaged
    /// or cut off: the base is exported again, as after a broken download. With an [`ArchiveError`](crate::ArchiveError) inside, it may also mean that the file
    /// [is not a base](crate::ArchiveError::is_not_a_base): then the base is exported once more; or that it
    /// [is too large](crate::ArchiveError::is_too_large): then it is not exported again. Any other error ends the run.
    ///
    /// A long check must end early, with any error, when [`signal.check()`](StopSignal::check) fails: the time of the operation
    /// is over, or the run is stopped.
    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        let _ = signal;
        Ok(())
    }

    /// Keeps the file, because the operation has succeeded.
    fn finish(&mut self) -> io::Result<()>;

    /// Removes the file, because the run has failed after [`begin`](Self::begin).
    fn discard(&mut self) {}
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn begin(&mut self, len: Option<u64>) -> io::Result<()> {
        S::begin(self, len)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        S::write(self, bytes)
    }

    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        S::check(self, signal)
    }

    fn finish(&mut self) -> io::Result<()> {
        S::finish(self)
    }

    fn discard(&mut self) {
        S::discard(self);
    }
}

/// Keeps the file in memory, of any length: limit it with [`Policy::max_size`](seatable_io_task::Policy::max_size). The file must
/// pass [`check_archive`](crate::check_archive). The vector is empty after a run that failed.
impl Sink for Vec<u8> {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        self.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        Ok(check_archive(signal.reader(Cursor::new(&**self)))?)
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn discard(&mut self) {
        self.clear();
    }
}

/// Any writer, such as standard output. Written bytes cannot be taken back, so use it with
/// [`Run::one_pass`](crate::Run::one_pass).
#[derive(Debug)]
pub struct WriterSink<W> {
    writer: W,
    begun: bool,
}

impl<W: Write> WriterSink<W> {
    /// Writes to this writer.
    pub fn new(writer: W) -> Self {
        Self { writer, begun: false }
    }

    /// Returns the writer.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: Write> Sink for WriterSink<W> {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        if self.begun {
            return Err(io::Error::new(ErrorKind::Unsupported, "written bytes cannot be taken back"));
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.begun |= !bytes.is_empty();
        self.writer.write_all(bytes)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
