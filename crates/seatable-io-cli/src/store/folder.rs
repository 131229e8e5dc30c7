//! Opens and makes backup folders. A disk that is not mounted looks like an empty folder, so none is made unless requested.

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::io;
use std::path::Path;

use seatable_io_ureq::StopSignal;

use super::dir::{Dir, Found};
use super::lock::LOCK;
use crate::failure::Failure;
use crate::stop;
use crate::ui::shell::path;

/// The number of levels that are searched for copies that the catalogue does not record. Backups make two.
const DEPTH: usize = 8;

/// The name of the catalogue in a backup folder.
pub(super) const CATALOGUE: &str = "backup.jsonl";

/// Opens a backup folder.
pub(super) fn open(folder: &Path) -> Result<Dir, Failure> {
    let shown = &folder.display();
    let dir = Dir::open(folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::io(format!("the folder {shown} does not exist")).hint(mount(folder))
        }
        io::ErrorKind::NotADirectory => Failure::io(format!("{shown} is not a folder")),
        _ => Failure::cannot("read", shown)(error),
    })?;
    if dir.find(CATALOGUE).is_none() {
        let failure = Failure::io(format!("{shown} is not a backup folder: it has no {CATALOGUE}"));
        return Err(failure.hint(mount(folder)));
    }
    Ok(dir)
}

fn mount(folder: &Path) -> String {
    let folder = path(folder);
    format!(
        "check the path, and whether its disk is mounted; for a new backup folder: seatable-io backup {folder} --init"
    )
}

/// Checks that nothing exists here, or an empty folder, or a backup folder without a copy.
pub(super) fn check_new(folder: &Path) -> Result<(), Failure> {
    let shown = &folder.display();
    let dir = match Dir::open(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(Failure::cannot("read", shown))?,
    };
    let is_new = |name: &str| (name == CATALOGUE && dir.find(name) == Some(Found::File(0))) || name == LOCK;
    let names = dir.names().map_err(Failure::cannot("read", shown))?;
    match names.into_iter().filter(|name| !is_new(name)).min() {
        None => Ok(()),
        Some(_) if dir.find(CATALOGUE).is_some() => {
            Err(Failure::io(format!("{shown} is already a backup folder")).hint("omit --init"))
        }
        Some(name) => Err(Failure::io(format!("{shown} is not empty: it contains {name}"))
            .hint("choose an empty folder, or one that does not exist yet")),
    }
}

/// Makes a backup folder without copies, for its owner only.
pub(super) fn make(folder: &Path) -> Result<(), Failure> {
    let new = folder.ancestors().take_while(|ancestor| !ancestor.exists()).count();
    let mut owner_only = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut owner_only, 0o700);
    let made = owner_only.recursive(true).create(folder).and_then(|()| {
        for above in folder.ancestors().skip(1).take(new) {
            // Others may own it.
            let _ = Dir::open(above).and_then(|above| above.sync());
        }
        let dir = Dir::open(folder)?;
        if dir.find(CATALOGUE).is_none() {
            dir.create_new(CATALOGUE)?.sync_all()?;
        }
        dir.sync()
    });
    made.map_err(Failure::cannot("make the backup folder", folder.display()))
}

pub(super) fn cannot_read(folder: &Path, error: &io::Error, signal: &StopSignal) -> Failure {
    let catalogue = folder.join(CATALOGUE);
    match signal.check() {
        Ok(()) => Failure::of_io(format!("cannot read {}", catalogue.display()), error),
        Err(_) => stop::unread(error, signal).about(&catalogue.to_string_lossy()),
    }
}

pub(super) fn cannot_write(folder: &Path, error: &io::Error) -> Failure {
    let failure = Failure::of_io(format!("cannot write {}", folder.join(CATALOGUE).display()), error);
    if error.kind() == io::ErrorKind::InvalidInput {
        return failure.hint("find out who made it so; the catalogue must be a file of its own");
    }
    failure
}

/// Returns the paths of all files below a folder that are named like copies, with `/` between names. Folders that cannot be
/// read, links, and folders below the deepest for copies are skipped.
pub(crate) fn found(folder: &Path) -> BTreeSet<String> {
    let (mut files, mut folders) = (BTreeSet::new(), vec![String::new()]);
    let Ok(dir) = Dir::open(folder) else { return files };
    while let Some(below) = folders.pop() {
        let names = below.split_terminator('/');
        if names.clone().count() > DEPTH {
            continue;
        }
        let Ok(dir) = dir.below(names) else { continue };
        for name in dir.names().unwrap_or_default() {
            match dir.find(&name) {
                Some(Found::Folder) => folders.push(format!("{below}{name}/")),
                _ if name.ends_with(".dtable") => drop(files.insert(format!("{below}{name}"))),
                _ => {}
            }
        }
    }
    files
}
