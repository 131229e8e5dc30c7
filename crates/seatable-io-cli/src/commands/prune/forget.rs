//! The copies that the command line names.

use std::fs;
use std::path::{Component, Path};

use seatable_io_backup::{CopyPath, SavedCopy};

use crate::failure::{Failure, Kind};
use crate::store::Store;
use crate::ui::shell;

/// Returns the copies in these files, each once.
///
/// # Errors
///
/// If the catalogue records no copy for one of them.
pub(super) fn find(
    store: &Store,
    folder: &Path,
    files: &[impl AsRef<Path>],
) -> Result<Vec<SavedCopy>, Failure> {
    let (mut copies, mut missing): (Vec<SavedCopy>, Vec<String>) = (Vec::new(), Vec::new());
    for file in files.iter().map(AsRef::as_ref) {
        let mut candidates = candidates(folder, file);
        match candidates.clone().find_map(|file| store.catalogue.copy(&file)) {
            Some(copy) if copies.iter().any(|known| known.file == copy.file) => {}
            Some(copy) => copies.push(copy),
            None if candidates.any(|file| store.catalogue.is_removed(&file)) => {
                missing.push(format!("{} was deleted before", file.display()));
            }
            None => missing.push(format!("the catalogue records no copy {}", file.display())),
        }
    }
    if missing.is_empty() {
        return Ok(copies);
    }
    let message = format!("{}; nothing is deleted", missing.join("; "));
    let hint = format!("seatable-io copies --json {} prints the file of each", shell::path(folder));
    Err(Failure::new(Kind::NotFound, message).hint(hint))
}

/// Returns the copies that a path may mean: a path in the folder, as the catalogue has it, or one that leads there.
fn candidates(folder: &Path, file: &Path) -> impl Iterator<Item = CopyPath> + Clone {
    let within = file.strip_prefix(folder).ok().and_then(copy_path);
    let real = || {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = fs::canonicalize(parent).ok()?.join(file.file_name()?);
        copy_path(file.strip_prefix(fs::canonicalize(folder).ok()?).ok()?)
    };
    [copy_path(file), within, real()].into_iter().flatten()
}

fn copy_path(path: &Path) -> Option<CopyPath> {
    let names = path.components().filter(|part| *part != Component::CurDir);
    let names = names.map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    CopyPath::new(names.collect::<Option<Vec<_>>>()?.join("/")).ok()
}
