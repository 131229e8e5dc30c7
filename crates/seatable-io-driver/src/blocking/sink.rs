use std::io::{self, ErrorKind, Write};

/// Where a download goes.
pub trait Sink {
    /// Empties the sink: a file begins, or begins again. `len` is its length in bytes, if announced.
    fn begin(&mut self, len: Option<u64>) -> io::Result<()>;

    /// Takes the next bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Reads the whole file back. [`InvalidData`](ErrorKind::InvalidData) if it is damaged: it is exported again then,
    /// as after a broken download.
    fn check(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// The task has succeeded: keeps the file.
    fn finish(&mut self) -> io::Result<()>;
}

/// Any writer, such as standard output. What was written cannot be taken back: use it with
/// [`Task::one_pass`](seatable_io_task::Task::one_pass).
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
