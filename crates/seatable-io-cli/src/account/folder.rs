//! Whether a folder is a backup folder. A disk that is not mounted looks like an empty one, so none is made unless asked for.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::advice::quoted;
use crate::failure::Failure;

/// The name of the catalogue in a backup folder.
pub(super) const CATALOGUE: &str = "backup.jsonl";

/// Checks that this is a backup folder.
pub(super) fn check(folder: &Path) -> Result<(), Failure> {
    let shown = folder.display();
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Failure::io(format!("the folder {shown} does not exist")).hint(mount(folder)));
        }
        Err(error) => return Err(Failure::io(format!("cannot read {shown}: {error}"))),
        Ok(about) if !about.is_dir() => return Err(Failure::io(format!("{shown} is not a folder"))),
        Ok(_) => {}
    }
    match fs::metadata(folder.join(CATALOGUE)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Failure::io(format!("{shown} is not a backup folder: it has no {CATALOGUE}"))
                .hint(mount(folder)))
        }
        Err(error) => Err(cannot_read(folder, &error)),
    }
}

fn mount(folder: &Path) -> String {
    let folder = quoted(&folder.to_string_lossy());
    format!(
        "check the path, and whether its disk is mounted; for a new backup folder: seatable-io backup {folder} --init"
    )
}

/// Checks that a backup folder can be made here: nothing is here, or an empty folder, or a backup folder without any copy.
pub(super) fn check_new(folder: &Path) -> Result<(), Failure> {
    let shown = folder.display();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::io(format!("cannot read {shown}: {error}"))),
        Ok(entries) => entries,
    };
    let is_new =
        |name: &str| name == CATALOGUE && fs::metadata(folder.join(name)).is_ok_and(|file| file.len() == 0);
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    match names.filter(|name| !is_new(name)).min() {
        None => Ok(()),
        Some(_) if folder.join(CATALOGUE).exists() => {
            Err(Failure::io(format!("{shown} is a backup folder already")).hint("leave out --init"))
        }
        Some(name) => Err(Failure::io(format!("{shown} is not empty: it contains {name}"))
            .hint("choose an empty folder, or one that does not exist yet")),
    }
}

/// Makes a backup folder without copies.
pub(super) fn make(folder: &Path) -> Result<(), Failure> {
    let new = folder.ancestors().take_while(|ancestor| !ancestor.exists()).count();
    let made = fs::create_dir_all(folder).and_then(|()| {
        // Others may own the folders above.
        folder.ancestors().skip(1).take(new).for_each(|above| drop(sync(above)));
        OpenOptions::new().append(true).create(true).open(folder.join(CATALOGUE))?.sync_all()?;
        sync(folder)
    });
    made.map_err(|error| Failure::io(format!("cannot make the backup folder {}: {error}", folder.display())))
}

pub(super) fn cannot_read(folder: &Path, error: &io::Error) -> Failure {
    Failure::io(format!("cannot read {}: {error}", folder.join(CATALOGUE).display()))
}

/// Not every system can.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        _ if cfg!(not(unix)) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

/// The paths of all files below a folder, with `/` between names. A folder that cannot be read has none.
pub(super) fn found(folder: &Path) -> BTreeSet<String> {
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
