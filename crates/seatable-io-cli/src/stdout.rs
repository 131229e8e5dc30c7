//! Finds out whether standard output was closed when the command started.
//!
//! Rust's runtime opens `/dev/null` in place of a closed one, and all results would be lost. Later, that looks the same
//! as a `/dev/null` that was chosen, so this is checked before `main`.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

static CLOSED: AtomicBool = AtomicBool::new(false);

/// # Errors
///
/// If standard output was closed.
pub(crate) fn check() -> Result<(), Failure> {
    if CLOSED.load(Ordering::Relaxed) {
        return Err(Failure::io("standard output is closed, and the results would be lost"));
    }
    Ok(())
}

/// Writes to standard output at once.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Names standard output in its error.
pub(crate) fn failed(error: io::Error) -> Failure {
    Failure::cannot("write to", "standard output")(error)
}

/// Prints to standard output. A reader that closes the pipe has seen enough.
pub(crate) fn print(text: &str) -> Result<u8, Failure> {
    match write(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(error)),
        _ => Ok(0),
    }
}

/// Makes one system call, and needs no runtime.
#[cfg(unix)]
#[ctor::ctor]
fn look() {
    let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
    CLOSED.store(closed, Ordering::Relaxed);
}
