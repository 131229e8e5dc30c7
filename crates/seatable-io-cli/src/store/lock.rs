//! Allows one run at a time to write to a folder.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process;

use super::dir::Dir;
use super::time::now;
use crate::failure::Failure;
use crate::ui::Screen;
use crate::ui::shell::path;

/// The name of the file that is locked. Only its owner may read it: a reader of a file can hold its lock.
pub(super) const LOCK: &str = "backup.lock";

/// The name of the file that replaces a lock if the file system has none.
const RUNNING: &str = "backup.running";

/// Held until it is dropped.
pub(super) enum Lock {
    Locked {
        _file: File,
    },
    /// The file is removed when this is dropped.
    Made(Dir),
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Lock::Made(folder) = self {
            // If that fails, the next run gives a hint.
            let _ = folder.remove(RUNNING);
        }
    }
}

/// Locks a folder for one run.
pub(super) fn lock(dir: &Dir, folder: &Path, screen: &Screen) -> Result<Lock, Failure> {
    let failed = |act, error| Failure::cannot(act, folder.join(LOCK).display())(error);
    let file = dir.write(LOCK).map_err(|error| failed("write", error))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock::Locked { _file: file }),
        Err(TryLockError::WouldBlock) => Err(running(folder, "").hint("wait for it to end")),
        Err(TryLockError::Error(error)) if has_no_locks(&error) => {
            screen.say(&format!("warning: the file system of {} has no locks ({error})", folder.display()));
            make(dir, folder)
        }
        Err(TryLockError::Error(error)) => Err(failed("lock", error)),
    }
}

fn running(folder: &Path, more: &str) -> Failure {
    Failure::io(format!("another backup or prune of {} is running{more}", folder.display()))
}

/// Some network file systems lack them.
fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_out_of_locks = error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error());
    #[cfg(not(unix))]
    let is_out_of_locks = false;
    is_out_of_locks || error.kind() == io::ErrorKind::Unsupported
}

fn make(dir: &Dir, folder: &Path) -> Result<Lock, Failure> {
    let failed = |error| Failure::cannot("write", folder.join(RUNNING).display())(error);
    let held = dir.try_clone().map_err(failed)?;
    let mut file = match dir.create_new(RUNNING) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(made(dir, folder)),
        made => made.map_err(failed)?,
    };
    let lock = Lock::Made(held);
    let owner = format!("process {} since {}\n", process::id(), now()?);
    file.write_all(owner.as_bytes()).map_err(failed)?;
    Ok(lock)
}

fn made(dir: &Dir, folder: &Path) -> Failure {
    let mut owner = String::new();
    // The owner is only shown.
    let _ = dir.read(RUNNING).and_then(|file| file.take(100).read_to_string(&mut owner));
    let owner = if owner.is_empty() { owner } else { format!(" ({})", owner.trim_end()) };
    let file = path(&folder.join(RUNNING));
    running(folder, &format!(", or was killed{owner}"))
        .hint(format!("if there is no such process on any machine, delete {file}"))
}
