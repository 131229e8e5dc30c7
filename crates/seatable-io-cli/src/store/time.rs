//! The time of a backup.

use std::time::SystemTime;

use seatable_io_backup::Timestamp;

use crate::failure::Failure;

/// Returns the time in whole seconds, as backups use it.
pub(crate) fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_secs()).ok().and_then(Timestamp::from_unix);
    now.ok_or_else(|| Failure::io("the system's clock is wrong; set it"))
}
