//! `verify --max-age`: bases without a young copy.

use std::path::{Path, PathBuf};

use seatable_io_backup::{Ages, LastCopy, Stale};

use super::{Place, Verify};
use crate::failure::Failure;
use crate::report::{Attention, Details, Good};
use crate::store::{Store, now};

/// A backup folder.
pub(super) struct Folder {
    pub(super) store: Store,
    /// The files that its catalogue does not record.
    pub(super) files: Vec<PathBuf>,
    pub(super) ages: Ages,
}

impl Verify<'_> {
    /// Rejects files together with options for backup folders.
    pub(super) fn reject_files(&self, places: &[Place]) -> Result<(), Failure> {
        let option = match (self.max_age, self.quick) {
            (Some(_), _) => "--max-age",
            (None, true) => "--quick",
            (None, false) => return Ok(()),
        };
        let Some(file) = places.iter().find(|place| matches!(place.found, Ok(None))) else { return Ok(()) };
        let failure =
            Failure::usage(format!("{} is a file, and {option} is for backup folders", file.path.display()));
        Err(failure.hint("verify files without it"))
    }

    pub(super) fn ages(&self, store: &Store) -> Result<Ages, Failure> {
        let Some(max_age) = self.max_age else { return Ok(Ages::default()) };
        Ok(store.catalogue.ages(max_age, now()?, |file| store.size_of(file)))
    }
}

/// Returns the label of a base: like a path, but only to be shown.
pub(super) fn label(dir: &Path, folder: &str) -> PathBuf {
    format!("{}/{folder}", dir.to_string_lossy().trim_end_matches('/')).into()
}

pub(super) fn stale(label: &Path, stale: &Stale, is_first: bool, details: &mut Details) -> Good {
    details.of_base(&stale.base, stale.workspace_id);
    let why = match stale.last {
        LastCopy::Old(started) => format!("its last copy is of {started}, older than --max-age"),
        LastCopy::Future(started) => {
            format!("its last copy is of {started}, in the future: a clock was wrong")
        }
        LastCopy::Missing => "no file exists with the size that the catalogue records".to_owned(),
        _ => "there is no copy".to_owned(),
    };
    if let LastCopy::Old(started) | LastCopy::Future(started) = stale.last {
        details.fields.started = Some(started.to_string());
    }
    let failing = stale.failing_since.map(|since| format!("; its export has failed since {}", since.date()));
    let message = format!("{}: {why}{}", label.display(), failing.unwrap_or_default());
    let hint = "see the messages of the last backup, or run it again";
    Good::to_look_at("stale", Attention { message, hint: is_first.then(|| hint.to_owned()) })
}

/// Returns the rest of the summary: the numbers of bases that need no young copy.
pub(super) fn counts(places: &[Place]) -> String {
    let ages =
        places.iter().filter_map(|place| place.found.as_ref().ok()?.as_ref()).map(|folder| &folder.ages);
    let (gone, excluded) =
        ages.fold((0, 0), |(gone, excluded), ages| (gone + ages.gone, excluded + ages.excluded));
    let counts = [(gone, "gone"), (excluded, "excluded")].into_iter().filter(|(count, _)| *count > 0);
    counts.fold(String::new(), |text, (count, words)| text + &format!(", {count} {words}"))
}
