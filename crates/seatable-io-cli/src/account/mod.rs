//! Whole accounts.

pub(crate) mod backup;
mod copies;
pub(crate) mod list;
mod lock;
pub(crate) mod restore;
mod store;
pub(crate) mod verify;

use std::time::SystemTime;

use seatable_io_backup::Timestamp;
use seatable_io_proto::Listing;

use crate::failure::Failure;
use crate::session::Session;

/// The time, which a backup counts in whole seconds.
fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_secs()).ok().and_then(Timestamp::from_unix);
    now.ok_or_else(|| Failure::io("the system's clock is wrong; set it"))
}

/// Warns of a listing that may not be complete.
fn warn_of_gaps(session: &Session, listing: &Listing) {
    match listing.not_understood {
        0 => {}
        count => session.screen.say(&format!(
            "warning: {count} entries of the listing are not understood, so bases may be missing from it"
        )),
    }
}
