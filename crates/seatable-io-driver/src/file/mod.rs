//! Files on disk.

mod sink;
mod source;

pub use sink::{FileSink, reserve};
pub use source::FileSource;
#[cfg(feature = "async")]
pub(crate) use source::Unchanged;
pub(crate) use source::other_length;

use std::io;
use std::path::Path;

/// The same error, with the path before its message.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The error of a run that has no file to send.
pub(crate) fn no_source() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "no file was given")
}

/// The error of a run that has no sink for the file it receives.
pub(crate) fn no_sink() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "no sink was given")
}
