//! One backup of a folder at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use super::folder::CATALOGUE;
use super::now;
use crate::advice::quoted;
use crate::failure::Failure;
use crate::screen::Screen;

/// The name of the file that takes the place of a lock where the file system has none.
const LOCK_FILE: &str = "backup.lock";

/// The catalogue of a folder, for a run that has it to itself.
pub(super) struct Locked {
    pub(super) catalogue: File,
    _lock_file: Option<LockFile>,
}

/// Removed when it is dropped.
struct LockFile(PathBuf);

impl Drop for LockFile {
    fn drop(&mut self) {
        // The next run says what to do if that fails.
        let _ = fs::remove_file(&self.0);
    }
}

/// Opens the catalogue of a folder for a run that has it to itself, until it is dropped.
pub(super) fn open(folder: &Path, screen: &Screen) -> Result<Locked, Failure> {
    let path = folder.join(CATALOGUE);
    let failed = |what: &str, error| Failure::io(format!("cannot {what} {}: {error}", path.display()));
    let catalogue = OpenOptions::new().read(true).append(true).open(&path);
    let catalogue = catalogue.map_err(|error| failed("write", error))?;
    let lock_file = match catalogue.try_lock() {
        Ok(()) => None,
        Err(TryLockError::WouldBlock) => return Err(running(folder, "").hint("wait for it to end")),
        Err(TryLockError::Error(error)) if has_no_locks(&error) => {
            screen.say(&format!("warning: the file system of {} has no locks ({error})", folder.display()));
            Some(make_lock_file(folder)?)
        }
        Err(TryLockError::Error(error)) => return Err(failed("lock", error)),
    };
    Ok(Locked { catalogue, _lock_file: lock_file })
}

fn running(folder: &Path, more: &str) -> Failure {
    Failure::io(format!("another backup into {} is running{more}", folder.display()))
}

/// Some network file systems lack them.
fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_out_of_locks = error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error());
    #[cfg(not(unix))]
    let is_out_of_locks = false;
    is_out_of_locks || error.kind() == io::ErrorKind::Unsupported
}

fn make_lock_file(folder: &Path) -> Result<LockFile, Failure> {
    let path = folder.join(LOCK_FILE);
    let failed = |error| Failure::io(format!("cannot write {}: {error}", path.display()));
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(locked(folder, &path)),
        made => made.map_err(failed)?,
    };
    let lock_file = LockFile(path.clone());
    let owner = format!("process {} since {}\n", process::id(), now()?);
    file.write_all(owner.as_bytes()).map_err(failed)?;
    Ok(lock_file)
}

fn locked(folder: &Path, lock_file: &Path) -> Failure {
    let owner = fs::read_to_string(lock_file).unwrap_or_default();
    let owner = if owner.is_empty() { owner } else { format!(" ({})", owner.trim_end()) };
    let remove = format!("rm -- {}", quoted(&lock_file.to_string_lossy()));
    running(folder, &format!(", or was killed{owner}"))
        .hint(format!("if there is no such process on any machine: {remove}"))
}
