//! Whole accounts.

pub(crate) mod backup;
mod copies;
mod dir;
mod folder;
pub(crate) mod list;
mod lock;
mod part;
pub(crate) mod restore;
mod store;
mod upload;
pub(crate) mod verify;

use std::path::Path;
use std::time::SystemTime;

use seatable_io_backup::Timestamp;
use seatable_io_proto::Listing;

use self::folder::found;
use self::store::Store;
use crate::failure::{Failure, Kind};
use crate::jobs;
use crate::line::{Attention, CommandName, Good, LOOK, Report};
use crate::screen::Screen;
use crate::session::Session;

/// The time, which a backup counts in whole seconds.
fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_secs()).ok().and_then(Timestamp::from_unix);
    now.ok_or_else(|| Failure::io("the system's clock is wrong; set it"))
}

/// Reports a listing that may not be complete: the exit code if nothing else fails, or 0.
fn report_gaps(session: &Session, listing: &Listing, command: CommandName) -> u8 {
    let unread = match listing.not_understood {
        0 => None,
        1 => Some("an entry of the listing is not understood, so a base may be missing".to_owned()),
        count => Some(format!("{count} entries of the listing are not understood, so bases may be missing")),
    };
    let unconfirmed = listing.unconfirmed.then(|| {
        "the server did not say what the account administers, so bases may be missing, or may not be administered by it"
            .to_owned()
    });
    let code = match (&unread, &unconfirmed) {
        (Some(_), _) => Kind::BadResponse.exit(),
        (None, Some(_)) => LOOK,
        (None, None) => 0,
    };
    for words in unread.into_iter().chain(unconfirmed) {
        let failure = Failure::new(Kind::BadResponse, words);
        session.screen.complain(&failure);
        session.screen.result(&Report::new(Some(command), None, Err(failure)));
    }
    code
}

/// Why a person should look at a catalogue that records no copy.
fn empty(catalogue: &Path) -> Attention {
    Attention {
        message: format!("{} records no copy", catalogue.display()),
        hint: Some(
            "if there were copies, bring the catalogue back, for instance from a second place".to_owned(),
        ),
    }
}

/// Reports a catalogue that records no copy though there are some: the exit code if nothing else fails, or 0.
fn report_lost(screen: &Screen, folder: &Path, store: &Store) -> u8 {
    if !store.catalogue.is_empty() || store.unrecorded(&found(folder)).1.is_empty() {
        return 0;
    }
    let catalogue = store.catalogue_path();
    let good = Good { attention: Some(empty(&catalogue)), ..Good::new("empty", "") };
    let input = Some(catalogue.to_string_lossy().into_owned());
    let report = Report::new(Some(CommandName::Backup), input, Ok(good));
    jobs::tell(screen, &|failure| screen.complain(failure), report).0
}
