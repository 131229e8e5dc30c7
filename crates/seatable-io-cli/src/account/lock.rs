//! One backup of a folder at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::failure::Failure;

/// The name of the catalogue in a backup folder.
pub(crate) const CATALOGUE: &str = "backup.jsonl";

/// Opens the catalogue of a folder for a run that has it to itself, until the file is closed.
pub(crate) fn open(folder: &Path) -> Result<File, Failure> {
    let path = folder.join(CATALOGUE);
    let failed = |what: &str, error| Failure::io(format!("cannot {what} {}: {error}", path.display()));
    let file = OpenOptions::new().read(true).append(true).create(true).open(&path);
    let file = file.map_err(|error| failed("write", error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::io(format!(
            "another backup into {} is running; wait for it to end",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed("lock", error)),
    }
}
