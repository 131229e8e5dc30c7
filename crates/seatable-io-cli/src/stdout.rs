//! Whether standard output was closed when the command started.
//!
//! In the place of a closed one, Rust's runtime opens `/dev/null`, and all results would be lost. Later it looks the same
//! as a `/dev/null` that was chosen, so it is looked at before `main`.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

static CLOSED: AtomicBool = AtomicBool::new(false);

/// An error if nothing that is written to standard output arrives anywhere.
pub(crate) fn check() -> Result<(), Failure> {
    if CLOSED.load(Ordering::Relaxed) {
        return Err(Failure::io("standard output is closed, and the results would be lost"));
    }
    Ok(())
}

/// One system call, and nothing that needs the runtime.
#[cfg(unix)]
#[ctor::ctor]
fn look() {
    let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
    CLOSED.store(closed, Ordering::Relaxed);
}
