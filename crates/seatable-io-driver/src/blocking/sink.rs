use std::io::{self, ErrorKind, Write};

use crate::StopSignal;
use crate::file::no_sink;

/// The destination of a download.
pub trait Sink {
    /// Empties the sink, because a file begins, perhaps again. `len` is its length in bytes, if announced.
    fn begin(&mut self, len: Option<u64>) -> io::Result<()>;

    /// Writes the next bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Checks the whole file. [`InvalidData`](ErrorKind::InvalidData) means that it is damaged; then the base is exported
    /// again, as after a broken download. With an [`ArchiveError`](crate::ArchiveError) inside that
    /// [says so](crate::ArchiveError::is_not_a_base), it means that the file is not a base; then it is exported once more. One that is
    /// [too large](crate::ArchiveError::is_too_large) is not exported again.
    ///
    /// A check that takes long ends early, with any error, when `signal` [says so](StopSignal::check): the time of the task is
    /// over, or the run is stopped.
    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        let _ = signal;
        Ok(())
    }

    /// Keeps the file, because the task has succeeded.
    fn finish(&mut self) -> io::Result<()>;
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
}

impl<S: Sink + ?Sized> Sink for Box<S> {
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
}

/// `None` is the sink of a task that receives no file.
impl<S: Sink> Sink for Option<S> {
    fn begin(&mut self, len: Option<u64>) -> io::Result<()> {
        self.as_mut().ok_or_else(no_sink)?.begin(len)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.as_mut().ok_or_else(no_sink)?.write(bytes)
    }

    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        self.as_mut().ok_or_else(no_sink)?.check(signal)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.as_mut().ok_or_else(no_sink)?.finish()
    }
}

/// The sink of a task that receives no file.
impl Sink for () {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        Err(no_sink())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Err(no_sink())
    }

    fn finish(&mut self) -> io::Result<()> {
        Err(no_sink())
    }
}

/// Any writer, such as standard output. What was written cannot be taken back: use it with
/// [`Operation::one_pass`](seatable_io_task::Operation::one_pass).
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
            return Err(io::Error::new(ErrorKind::Unsupported, "what was written cannot be taken back"));
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
