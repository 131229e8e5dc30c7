//! The commands, each in a file of its own.

pub(crate) mod backup;
pub(crate) mod demo;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod pages;
pub(crate) mod restore;
pub(crate) mod sandbox;
pub(crate) mod tasks;
pub(crate) mod verify;

use std::path::Path;

use seatable_io_ureq::proto::Listing;

use crate::batch;
use crate::failure::{Failure, Kind};
use crate::report::{Attention, CommandName, Good, LOOK, Report};
use crate::session::Session;
use crate::store::Store;
use crate::store::folder::found;
use crate::ui::screen::Screen;

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
        (Some(_), _) => Kind::BadAnswer.exit(),
        (None, Some(_)) => LOOK,
        (None, None) => 0,
    };
    for words in unread.into_iter().chain(unconfirmed) {
        let failure = Failure::new(Kind::BadAnswer, words);
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
    batch::tell(screen, &|failure| screen.complain(failure), report).0
}
