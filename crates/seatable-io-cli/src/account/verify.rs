//! `verify`: whether copies are whole, without a server.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use seatable_io_backup::{Checksum, SavedCopy};

use super::copies::{Copied, examine};
use super::folder::found;
use super::store::Store;
use crate::advice::quoted;
use crate::args::{self, Global};
use crate::bars::now;
use crate::failure::{Failure, Kind};
use crate::jobs::Batch;
use crate::layout::Clock;
use crate::line::{Attention, Good, Operation, Report};
use crate::screen::Screen;
use crate::tally::Tally;

/// One thing to verify.
enum Item {
    /// A file, of which the catalogue may say more.
    Copy(PathBuf, Option<Expected>),
    /// What is wrong is known already.
    Bad(PathBuf, Failure),
    /// What a person should look at: a status, and why.
    Odd(PathBuf, &'static str, Attention),
}

/// What the catalogue records of a file.
struct Expected {
    bytes: u64,
    sha256: Checksum,
}

pub(crate) fn run(global: &Global, args: &args::Verify) -> u8 {
    let screen = Screen::new(global);
    let items: Vec<_> = args.paths.iter().flat_map(|path| items(path, &screen)).collect();
    let batch = Batch {
        screen: &screen,
        complain: &|failure| screen.complain(failure),
        jobs: 1,
        summary: &|tally| Some(summary(tally)),
    };
    batch.each(&items, |_, item| one(&screen, item))
}

fn summary(tally: &Tally) -> String {
    if tally.ends.is_empty() {
        return "there is no copy to verify".to_owned();
    }
    tally.counts(&[("finished", "good"), ("failed", "bad"), ("unrecorded", "not in the catalogue")])
}

/// All that there is to verify at a path.
fn items(path: &Path, screen: &Screen) -> Vec<Item> {
    match fs::metadata(path) {
        Err(error) => vec![Item::Bad(path.to_owned(), cannot_read(&error))],
        Ok(about) if about.is_dir() => of_folder(path, screen),
        Ok(_) => vec![Item::Copy(path.to_owned(), None)],
    }
}

fn of_folder(folder: &Path, screen: &Screen) -> Vec<Item> {
    // In this order, what a backup that is running records in between is not missed.
    let found = found(folder);
    let store = match Store::read_only(folder, screen) {
        Ok(store) => store,
        Err(failure) => return vec![Item::Bad(folder.to_owned(), failure)],
    };
    let catalogue = store.catalogue_path();
    let broken =
        store.catalogue.broken().iter().map(|line| Item::Bad(catalogue.clone(), bad(line.to_string())));
    let copies = store.catalogue.copies().map(|copy| Item::Copy(store.path(&copy.file), Some(copy.into())));
    let is_empty = store.is_empty();
    let empty = is_empty.then(|| Item::Odd(catalogue.clone(), "empty", super::empty(&catalogue)));
    let (left, unrecorded) = store.unrecorded(&found);
    for file in left {
        let words = "was left by a run that was stopped; the next backup of its base removes it";
        screen.say(&format!("warning: {} {words}", folder.join(file).display()));
    }
    let unrecorded = unrecorded.into_iter().map(|file| {
        let path = folder.join(file);
        let attention = unrecorded_words(&path, is_empty);
        Item::Odd(path, "unrecorded", attention)
    });
    broken.chain(copies).chain(empty).chain(unrecorded).collect()
}

impl From<&SavedCopy> for Expected {
    fn from(copy: &SavedCopy) -> Expected {
        Expected { bytes: copy.bytes, sha256: copy.sha256 }
    }
}

fn one(screen: &Screen, item: &Item) -> Report {
    let (Item::Copy(path, _) | Item::Bad(path, _) | Item::Odd(path, ..)) = item;
    let label = path.to_string_lossy();
    let mut report =
        Report::new(Some(Operation::Verify), Some(label.to_string()), Err(Failure::io("not begun")));
    let verified = match item {
        Item::Odd(_, status, attention) => {
            report.end = Ok(Good { attention: Some(attention.clone()), ..Good::new(status, "") });
            return report;
        }
        Item::Bad(_, failure) => Err(failure.clone()),
        Item::Copy(path, expected) => {
            let _busy = screen.busy(&label, "checking the file", Clock::Since(now()));
            file(path, expected.as_ref())
        }
    };
    report.end = match verified {
        Err(failure) => Err(failure.about(&label)),
        Ok(copied) => {
            report.bytes = Some(copied.bytes);
            report.note("sha256", copied.sha256.to_string());
            report.note("assets_missing", copied.assets_missing);
            if let Some(missing) = copied.missing() {
                screen.say(&format!("{label}: warning: {missing}"));
            }
            Ok(Good::new("finished", format!("{label}: good")))
        }
    };
    report
}

/// If the whole catalogue is lost, its hint is enough.
fn unrecorded_words(file: &Path, is_lost: bool) -> Attention {
    let shown = file.to_string_lossy();
    let hint = || format!("seatable-io verify {} checks it, and import can import it", quoted(&shown));
    Attention {
        message: format!("{shown} is not in the catalogue, so restore and --keep ignore it"),
        hint: (!is_lost).then(hint),
    }
}

/// Verifies one file, against what the catalogue records of it.
pub(super) fn against(path: &Path, copy: &SavedCopy) -> Result<Copied, Failure> {
    file(path, Some(&copy.into()))
}

fn file(path: &Path, expected: Option<&Expected>) -> Result<Copied, Failure> {
    let is_file = fs::metadata(path).map(|about| about.is_file());
    match (is_file, expected) {
        (Err(error), Some(_)) if error.kind() == io::ErrorKind::NotFound => {
            return Err(bad("the catalogue records it, but the file does not exist"));
        }
        (Err(error), _) => return Err(cannot_read(&error)),
        (Ok(false), _) => return Err(bad("it is not a regular file")),
        (Ok(true), _) => {}
    }
    let mut file = File::open(path).map_err(|error| cannot_read(&error))?;
    let copied = examine(&mut file).map_err(|error| match error {
        seatable_io_driver::ArchiveError::Read(error) => cannot_read(&error),
        error => bad(error.to_string()),
    })?;
    match expected {
        Some(Expected { bytes, .. }) if *bytes != copied.bytes => {
            Err(bad(format!("it has {} bytes, and the catalogue records {bytes}", copied.bytes)))
        }
        Some(Expected { sha256, .. }) if *sha256 != copied.sha256 => {
            Err(bad("its SHA-256 is not the one that the catalogue records"))
        }
        _ => Ok(copied),
    }
}

fn bad(words: impl Into<String>) -> Failure {
    Failure::new(Kind::BadFile, words)
}

fn cannot_read(error: &io::Error) -> Failure {
    Failure::io(format!("cannot read it: {error}"))
}
