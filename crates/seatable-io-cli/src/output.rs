//! Where an exported file goes: a path, or standard output.

use std::fs;
use std::io::{self, Stdout};
use std::path::Path;

use seatable_io_ureq::{FileSink, Sink, WriterSink};

use crate::failure::{Failure, Kind};
use crate::line::Good;

pub(crate) struct Output<'a> {
    path: &'a Path,
    sink: To,
}

enum To {
    File(FileSink),
    Stdout(WriterSink<Stdout>),
}

impl<'a> Output<'a> {
    pub(crate) fn is_stdout(path: &Path) -> bool {
        path == Path::new("-")
    }

    /// Standard output cannot carry a file and lines.
    pub(crate) fn check(path: Option<&Path>, json: bool) -> Result<(), Failure> {
        if json && path.is_some_and(Output::is_stdout) {
            return Err(Failure::usage(
                "`--output -` puts the file on standard output, and `--json` its lines: choose",
            ));
        }
        Ok(())
    }

    /// Makes the temporary file; what is at `path` is left alone without `force`.
    pub(crate) fn open(path: &'a Path, force: bool) -> Result<Output<'a>, Failure> {
        if Output::is_stdout(path) {
            if stdout_is_closed() {
                return Err(Failure::io("standard output is closed, and the file would be lost"));
            }
            return Ok(Output { path, sink: To::Stdout(WriterSink::new(io::stdout())) });
        }
        if path.is_dir() {
            return Err(Failure::io(format!("{} is a folder; give the path of a file", path.display())));
        }
        match FileSink::new(path, force) {
            Ok(sink) => Ok(Output { path, sink: To::File(sink) }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Failure::io(format!("{} is there already; replace it with `--force`", path.display())))
            }
            Err(error) => Err(unwritable(path, &error)),
        }
    }

    pub(crate) fn sink(&mut self) -> &mut dyn Sink {
        match &mut self.sink {
            To::File(sink) => sink,
            To::Stdout(sink) => sink,
        }
    }

    /// Names the file in what went wrong with it.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        if failure.kind != Kind::Io {
            return failure;
        }
        let place =
            if Output::is_stdout(self.path) { "standard output".into() } else { self.path.to_string_lossy() };
        Failure { message: format!("cannot write {place}: {}", failure.message), ..failure }
    }

    /// A file on standard output is all that is said there.
    pub(crate) fn good(path: &Path, said: &str) -> Good {
        let said = if Output::is_stdout(path) { String::new() } else { said.to_owned() };
        Good { status: "finished", said }
    }
}

/// In the place of a standard output that is closed, Rust opens `/dev/null`, and for reading too, as no shell does.
fn stdout_is_closed() -> bool {
    let is_null = fs::read_link("/proc/self/fd/1").is_ok_and(|to| to == Path::new("/dev/null"));
    let info = fs::read_to_string("/proc/self/fdinfo/1").unwrap_or_default();
    let flags =
        info.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
    is_null && flags.is_some_and(|flags| flags & 0o3 == 0o2)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format!("cannot write {}: {error}", path.display()))
}
