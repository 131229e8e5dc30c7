//! Where an exported file goes: a path, or standard output.

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
    /// Standard output cannot carry a file and lines.
    pub(crate) fn check(path: Option<&Path>, json: bool) -> Result<(), Failure> {
        if json && path.is_some_and(is_dash) {
            let failure = Failure::usage("--output - and --json both write to standard output");
            return Err(failure.hint("give --output a path"));
        }
        Ok(())
    }

    /// Makes the temporary file; what is at `path` is left alone without `force`.
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

    /// Names standard output in what went wrong with it.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        if failure.kind != Kind::Io || !is_dash(self.path) {
            return failure;
        }
        failure.about("standard output")
    }

    /// A file on standard output is all that is said there.
    pub(crate) fn good(path: &Path, said: &str) -> Good {
        let said = if is_dash(path) { String::new() } else { said.to_owned() };
        Good::new("finished", said)
    }
}
