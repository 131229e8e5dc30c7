//! Files on disk.

mod sink;
mod source;

pub use sink::FileSink;
pub use source::FileSource;
pub(crate) use source::other_length;

use std::io;
use std::path::Path;

/// The same error, with the path in front.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
