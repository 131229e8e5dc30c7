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
    lock_file: Option<PathBuf>,
}

impl Drop for Locked {
    fn drop(&mut self) {
        if let Some(path) = &self.lock_file {
            // The next run says what to do if that fails.
            let _ = fs::remove_file(path);
        }
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
    Ok(Locked { catalogue, lock_file })
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

fn make_lock_file(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(LOCK_FILE);
    let owner = format!("process {} since {}\n", process::id(), now()?);
    let made = OpenOptions::new().write(true).create_new(true).open(&path);
    match made.and_then(|mut file| file.write_all(owner.as_bytes())) {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let owner = fs::read_to_string(&path).unwrap_or_default();
            let owner =
                if owner.is_empty() { "by its lock file".to_owned() } else { owner.trim_end().to_owned() };
            let remove = format!("rm -- {}", quoted(&path.to_string_lossy()));
            Err(running(folder, &format!(", or was killed ({owner})"))
                .hint(format!("if there is no such process on any machine: {remove}")))
        }
        Err(error) => Err(Failure::io(format!("cannot write {}: {error}", path.display()))),
    }
}
