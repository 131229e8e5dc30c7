//! A backup folder: the catalogue and the files that it records.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use seatable_io_backup::{Catalogue, CopyPath, Ending, SavedCopy, removal_line};

use super::folder::{self, CATALOGUE};
use super::lock::{self, Locked};
use super::now;
use crate::failure::Failure;
use crate::screen::Screen;

/// The beginning of the temporary names of [`FileSink`](seatable_io_ureq::FileSink), and their end.
const PART: (&str, &str) = (".seatable-io-", ".part");

pub(crate) struct Store {
    folder: PathBuf,
    /// The catalogue, open for appending. `None` in a dry run.
    locked: Option<Locked>,
    /// How the catalogue ends now.
    ending: Ending,
    pub(crate) catalogue: Catalogue,
}

impl Store {
    /// Opens a backup folder for one run. What an earlier run left undone is done: a torn line is removed, and so is each copy
    /// that was recorded as removed.
    pub(crate) fn open(folder: &Path, screen: &Screen) -> Result<Store, Failure> {
        folder::check(folder)?;
        let locked = lock::open(folder, screen)?;
        let catalogue = read(&locked.catalogue).map_err(|error| folder::cannot_read(folder, &error))?;
        warn_of_torn(&catalogue, screen);
        let ending = catalogue.ending();
        let mut store = Store { folder: folder.to_owned(), locked: Some(locked), ending, catalogue };
        store.repair().map_err(|error| store.failed(&error))?;
        Ok(store)
    }

    /// Makes a backup folder, and opens it.
    pub(crate) fn init(folder: &Path, screen: &Screen) -> Result<Store, Failure> {
        folder::check_new(folder)?;
        folder::make(folder)?;
        Store::open(folder, screen)
    }

    /// Reads what is there, and changes nothing.
    pub(crate) fn read_only(folder: &Path, screen: &Screen) -> Result<Store, Failure> {
        folder::check(folder)?;
        let read = File::open(folder.join(CATALOGUE)).and_then(|file| read(&file));
        let catalogue = read.map_err(|error| folder::cannot_read(folder, &error))?;
        warn_of_torn(&catalogue, screen);
        Ok(Store { catalogue, ..Store::empty(folder) })
    }

    /// What [`init`](Store::init) would make.
    pub(crate) fn dry_init(folder: &Path) -> Result<Store, Failure> {
        folder::check_new(folder)?;
        Ok(Store::empty(folder))
    }

    fn empty(folder: &Path) -> Store {
        let catalogue = Catalogue::default();
        Store { folder: folder.to_owned(), locked: None, ending: Ending::LineFeed, catalogue }
    }

    fn repair(&mut self) -> io::Result<()> {
        self.end_line()?;
        for file in self.catalogue.removed() {
            remove(&self.path(file))?;
        }
        Ok(())
    }

    /// Makes the file end with a line feed: removes what was written of a line that failed, which would break the next one.
    fn end_line(&mut self) -> io::Result<()> {
        if let Some(Locked { catalogue: file, .. }) = &mut self.locked {
            match self.ending {
                Ending::LineFeed => return Ok(()),
                Ending::NoLineFeed => file.write_all(b"\n")?,
                Ending::Torn(len) => file.set_len(len)?,
            }
            file.sync_all()?;
        }
        self.ending = Ending::LineFeed;
        Ok(())
    }

    /// Says what the catalogue does not record.
    pub(crate) fn warn_of_broken(&self, screen: &Screen) {
        for broken in self.catalogue.broken() {
            screen.say(&format!("warning: {broken}; there may be more copies than it records"));
        }
    }

    /// Where a copy is.
    pub(crate) fn path(&self, file: &CopyPath) -> PathBuf {
        file.names().fold(self.folder.clone(), |path, name| path.join(name))
    }

    /// The size of a copy, if its file is there.
    pub(crate) fn size_of(&self, file: &CopyPath) -> Option<u64> {
        fs::metadata(self.path(file)).ok().filter(fs::Metadata::is_file).map(|about| about.len())
    }

    /// Whether something is there, so that no copy can be.
    pub(crate) fn is_taken(&self, file: &CopyPath) -> bool {
        fs::symlink_metadata(self.path(file)).is_ok()
    }

    /// Whether the catalogue records no copy.
    pub(crate) fn is_empty(&self) -> bool {
        self.catalogue.copies().next().is_none()
    }

    /// The path of the catalogue.
    pub(crate) fn catalogue_path(&self) -> PathBuf {
        self.folder.join(CATALOGUE)
    }

    /// Of the files found, the copies that are not recorded: those that a run left that was stopped before it recorded or
    /// deleted them, and the others.
    pub(crate) fn unrecorded<'a>(&self, found: &'a BTreeSet<String>) -> (Vec<&'a str>, Vec<&'a str>) {
        let removed: BTreeSet<_> = self.catalogue.removed().map(CopyPath::as_str).collect();
        let is_left = |file: &&str| {
            removed.contains(file) || CopyPath::new(*file).is_ok_and(|file| mark(&self.path(&file)).exists())
        };
        let unrecorded = self.catalogue.unrecorded(found.iter().map(String::as_str));
        unrecorded.into_iter().partition(is_left)
    }

    /// Creates the folder of a copy, and marks the copy as not recorded yet.
    pub(crate) fn prepare(&self, file: &CopyPath) -> Result<PathBuf, Failure> {
        let path = self.path(file);
        let folder = path.parent().unwrap_or(&self.folder);
        let prepared = fs::create_dir_all(folder).and_then(|()| self.sweep(file));
        prepared.and_then(|()| File::create(mark(&path))).map_err(|error| {
            Failure::of_io(format!("cannot write to the folder {}", folder.display()), &error)
        })?;
        Ok(path)
    }

    /// Removes what a run that was killed left in the folder of this copy: parts, and a copy that is marked and was not
    /// recorded.
    pub(crate) fn sweep(&self, file: &CopyPath) -> io::Result<()> {
        let Some((above, _)) = file.as_str().rsplit_once('/') else { return Ok(()) };
        for entry in fs::read_dir(self.folder.join(above))?.flatten() {
            let name = entry.file_name();
            let name = name.to_str().and_then(|name| name.strip_prefix(PART.0)?.strip_suffix(PART.1));
            let Some(marked) = name else { continue };
            if let Ok(marked) = CopyPath::new(format!("{above}/{marked}"))
                && !self.catalogue.copies().any(|copy| copy.file == marked)
            {
                remove(&self.path(&marked))?;
            }
            remove(&entry.path())?;
        }
        Ok(())
    }

    /// Removes the mark of a copy that is recorded, or was not made.
    pub(crate) fn unmark(&self, file: &CopyPath) {
        // If that fails, the next run does it.
        let _ = remove(&mark(&self.path(file)));
    }

    /// Records a copy, once its file and all folders on its path are on disk.
    pub(crate) fn record(&mut self, copy: SavedCopy) -> Result<(), Failure> {
        let path = self.path(&copy.file);
        let mut folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.folder));
        let recorded = folders.try_for_each(folder::sync);
        recorded.and_then(|()| self.append(&copy.line())).map_err(|error| {
            let words = "the copy was made, but not recorded, so it does not count";
            let failure = self.failed(&error);
            Failure { message: format!("{words}: {} ({})", failure.message, path.display()), ..failure }
        })?;
        self.unmark(&copy.file);
        self.catalogue.insert(copy);
        Ok(())
    }

    /// Deletes a copy, which is recorded as removed before its file goes.
    pub(crate) fn delete(&mut self, file: &CopyPath) -> Result<(), Failure> {
        let deleted = self.append(&removal_line(file, now()?)).and_then(|()| {
            self.catalogue.remove(file);
            remove(&self.path(file))
        });
        deleted.map_err(|error| {
            Failure::of_io(format!("the new copy is good, but {file} cannot be deleted"), &error)
        })
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        self.end_line()?;
        let Some(Locked { catalogue: file, .. }) = &mut self.locked else { return Ok(()) };
        self.ending = Ending::Torn(file.metadata()?.len());
        match file.write_all(line.as_bytes()).and_then(|()| file.sync_all()) {
            Ok(()) => self.ending = Ending::LineFeed,
            Err(error) => {
                // If that fails too, it is tried again before the next line.
                let _ = self.end_line();
                return Err(error);
            }
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::of_io(format!("cannot write to {}", self.folder.display()), error)
    }
}

fn read(mut file: &File) -> io::Result<Catalogue> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Catalogue::read(&bytes))
}

fn warn_of_torn(catalogue: &Catalogue, screen: &Screen) {
    if let Ending::Torn(_) = catalogue.ending() {
        screen.say("warning: the last line of the catalogue is torn, as after a crash; it does not count");
    }
}

/// The name of the file that marks a copy as not recorded yet.
fn mark(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{}{name}{}", PART.0, PART.1))
}

/// What is not there is removed.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
