use std::io::{self, ErrorKind, Write};

use crate::Sink;

/// Any writer, as standard output. What went out cannot be taken back: make the task with
/// [`Export::one_pass`](seatable_io_task::Export::one_pass).
#[derive(Debug)]
pub struct WriterSink<W> {
    writer: W,
    begun: bool,
}

impl<W: Write> WriterSink<W> {
    /// Writes to this.
    pub fn new(writer: W) -> Self {
        Self { writer, begun: false }
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: Write> Sink for WriterSink<W> {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        if self.begun {
            return Err(io::Error::new(ErrorKind::Unsupported, "it cannot begin anew"));
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
