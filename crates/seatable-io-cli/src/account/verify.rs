//! `verify`: whether copies are whole, without a server.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use seatable_io_backup::{Checksum, SavedCopy};

use super::copies::{Copied, examine};
use super::lock::CATALOGUE;
use super::store::Store;
use crate::args::{self, Global};
use crate::failure::{Failure, Kind};
use crate::jobs::Batch;
use crate::line::{Good, Operation, Report};
use crate::screen::Screen;
use crate::tally::Tally;

/// One thing to verify.
enum Item {
    /// A file, of which the catalogue may say more.
    Copy(PathBuf, Option<Expected>),
    /// What is wrong is known already.
    Bad(PathBuf, Failure),
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
    tally.counts(&[("finished", "good"), ("failed", "bad")])
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
    let catalogue = folder.join(CATALOGUE);
    if !catalogue.exists() {
        let words =
            format!("it has no {CATALOGUE}, so it is not a backup folder; name .dtable files instead");
        return vec![Item::Bad(folder.to_owned(), Failure::io(words))];
    }
    // In this order, what a backup that is running records in between is not missed.
    let found = found(folder);
    let store = match Store::read_only(folder) {
        Ok(store) => store,
        Err(failure) => return vec![Item::Bad(catalogue, failure)],
    };
    for file in store.catalogue.unrecorded(found.iter().map(String::as_str)) {
        let path = folder.join(file);
        screen.say(&format!("warning: {} is not in the catalogue; `verify {0}` checks it", path.display()));
    }
    let broken =
        store.catalogue.broken().iter().map(|line| Item::Bad(catalogue.clone(), bad(line.to_string())));
    let copies = store.catalogue.copies().map(|copy| Item::Copy(store.path(&copy.file), Some(copy.into())));
    broken.chain(copies).collect()
}

impl From<&SavedCopy> for Expected {
    fn from(copy: &SavedCopy) -> Expected {
        Expected { bytes: copy.bytes, sha256: copy.sha256 }
    }
}

/// The paths of all files below a folder, with `/` between names. A folder that cannot be read has none.
fn found(folder: &Path) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![(folder.to_owned(), String::new())]);
    while let Some((folder, below)) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = format!("{below}{}", entry.file_name().to_string_lossy());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push((entry.path(), format!("{path}/"))),
                _ => drop(found.insert(path)),
            }
        }
    }
    found
}

fn one(screen: &Screen, item: &Item) -> Report {
    let (Item::Copy(path, _) | Item::Bad(path, _)) = item;
    let label = path.to_string_lossy();
    let mut report =
        Report::new(Some(Operation::Verify), Some(label.to_string()), Err(Failure::io("not begun")));
    let verified = match item {
        Item::Bad(_, failure) => Err(failure.clone()),
        Item::Copy(path, expected) => file(path, expected.as_ref()),
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
