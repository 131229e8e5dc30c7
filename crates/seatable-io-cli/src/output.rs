//! The destination of an exported file: a path, or standard output.

use std::io;
use std::path::Path;

use seatable_io_ureq::{FileSink, Sink, WriterSink};

use crate::failure::{Failure, Kind};
use crate::files::is_dash;
use crate::report::Good;
use crate::stdout;

pub(crate) struct Output<'a> {
    path: &'a Path,
    sink: Box<dyn Sink>,
}

impl<'a> Output<'a> {
    /// # Errors
    ///
    /// If standard output would have both the file and the lines.
    pub(crate) fn check(path: Option<&Path>, json: bool) -> Result<(), Failure> {
        if json && path.is_some_and(is_dash) {
            let failure = Failure::usage("--output - and --json both write to standard output");
            return Err(failure.hint("give --output a path"));
        }
        Ok(())
    }

    /// Creates the temporary file. A file at `path` is only replaced with `force`.
    pub(crate) fn open(path: &'a Path, force: bool) -> Result<Output<'a>, Failure> {
        if is_dash(path) {
            stdout::check()?;
            return Ok(Output { path, sink: Box::new(WriterSink::new(io::stdout())) });
        }
        match if force { FileSink::create(path) } else { FileSink::create_new(path) } {
            Ok(sink) => Ok(Output { path, sink: Box::new(sink) }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Failure::io(format!("{} already exists", path.display())).hint("--force replaces it"))
            }
            // The error names the path.
            Err(error) => Err(Failure::io(format!("cannot write {error}"))),
        }
    }

    pub(crate) fn sink(&mut self) -> &mut dyn Sink {
        &mut *self.sink
    }

    /// Adds the name of standard output to its failures.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        let is_local = failure.kind == Kind::Io && is_dash(self.path);
        if is_local { failure.about("standard output") } else { failure }
    }

    /// Returns the result, without a sentence if standard output has the file.
    pub(crate) fn good(path: &Path, text: &str) -> Good {
        let text = if is_dash(path) { String::new() } else { text.to_owned() };
        Good::new("finished", text)
    }
}
