//! A backup folder: the catalogue and its files.

mod copied;
mod dir;
mod folder;
mod lock;
mod part;
mod time;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use seatable_io_backup::{BaseEvent, Catalogue, CatalogueReader, CopyPath, Ending, SavedCopy, removal_line};
use seatable_io_ureq::StopSignal;

pub(crate) use self::copied::{Copied, Examined, examine, lacking, missing, repack, unread};
use self::dir::{Dir, Found};
use self::folder::CATALOGUE;
pub(crate) use self::folder::found;
use self::lock::{Lock, lock};
pub(crate) use self::part::Part;
use self::part::{mark, marked};
pub(crate) use self::time::now;
use crate::failure::Failure;
use crate::files::read_through;
use crate::ui::Screen;

pub(crate) struct Store {
    folder: PathBuf,
    /// `None` if a dry run would make the folder.
    dir: Option<Dir>,
    writer: Option<Writer>,
    pub(crate) catalogue: Catalogue,
}

impl Store {
    /// Opens a backup folder for one run, and completes an interrupted one: a torn line is removed, and so is each copy
    /// that was recorded as removed.
    pub(crate) fn open(folder: &Path, screen: &Screen, signal: &StopSignal) -> Result<Store, Failure> {
        let dir = folder::open(folder)?;
        let lock = lock(&dir, folder, screen)?;
        let file = dir.update(CATALOGUE).map_err(|error| folder::cannot_write(folder, &error))?;
        let catalogue = read(&file, signal).map_err(|error| folder::cannot_read(folder, &error, signal))?;
        warn_of_torn(&catalogue, screen);
        let mut writer = Writer { file, ending: catalogue.ending(), _lock: lock };
        let store = Store { catalogue, dir: Some(dir), ..Store::empty(folder) };
        writer.end_line().and_then(|()| store.repair()).map_err(|error| store.failed(&error))?;
        Ok(Store { writer: Some(writer), ..store })
    }

    /// Makes a backup folder, and opens it.
    pub(crate) fn init(folder: &Path, screen: &Screen, signal: &StopSignal) -> Result<Store, Failure> {
        folder::check_new(folder)?;
        folder::make(folder)?;
        Store::open(folder, screen, signal)
    }

    /// Opens a backup folder without changing it.
    pub(crate) fn read_only(folder: &Path, screen: &Screen, signal: &StopSignal) -> Result<Store, Failure> {
        let dir = folder::open(folder)?;
        let read = dir.read(CATALOGUE).and_then(|file| read(&file, signal));
        let catalogue = read.map_err(|error| folder::cannot_read(folder, &error, signal))?;
        warn_of_torn(&catalogue, screen);
        Ok(Store { catalogue, dir: Some(dir), ..Store::empty(folder) })
    }

    /// Returns the result of [`init`](Store::init) without making it.
    pub(crate) fn dry_init(folder: &Path) -> Result<Store, Failure> {
        folder::check_new(folder)?;
        Ok(Store::empty(folder))
    }

    fn empty(folder: &Path) -> Store {
        Store { folder: folder.to_owned(), dir: None, writer: None, catalogue: Catalogue::default() }
    }

    fn repair(&self) -> io::Result<()> {
        // Most of the removed files are gone, so each folder is searched once.
        let removed = self.catalogue.removed().map(|file| (file.folder().to_owned(), file));
        for (_, file) in removed.collect::<BTreeMap<_, _>>() {
            let folder = match self.folder_of(&file) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                folder => folder?,
            };
            for name in folder.names()? {
                let is_removed = file.beside(&name).is_ok_and(|file| self.catalogue.is_removed(&file));
                if is_removed && folder.find(&name) != Some(Found::Folder) {
                    folder.remove(&name)?;
                }
            }
        }
        Ok(())
    }

    /// Warns of broken lines in the catalogue.
    pub(crate) fn warn_of_broken(&self, screen: &Screen) {
        for broken in self.catalogue.broken() {
            screen.say(&format!("warning: {broken}; there may be more copies than it records"));
        }
        if let Some(more) = self.more_broken() {
            screen.say(&format!("warning: {more}"));
        }
    }

    /// Returns a message with the number of broken lines that are not named.
    pub(crate) fn more_broken(&self) -> Option<String> {
        let more = self.catalogue.more_broken();
        (more > 0).then(|| format!("{more} more lines of the catalogue are broken"))
    }

    /// Returns the path of a copy, to be shown.
    pub(crate) fn path(&self, file: &CopyPath) -> PathBuf {
        file.names().fold(self.folder.clone(), |path, name| path.join(name))
    }

    /// Opens the folder of a copy.
    fn folder_of(&self, file: &CopyPath) -> io::Result<Dir> {
        self.dir()?.below(file.folders())
    }

    fn dir(&self) -> io::Result<&Dir> {
        self.dir.as_ref().ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Opens a copy for reading.
    pub(crate) fn read(&self, file: &CopyPath) -> io::Result<File> {
        self.folder_of(file)?.read(file.name())
    }

    /// Returns the size of a copy, if its file exists.
    pub(crate) fn size_of(&self, file: &CopyPath) -> Option<u64> {
        match self.folder_of(file).ok()?.find(file.name()) {
            Some(Found::File(size)) => Some(size),
            _ => None,
        }
    }

    /// Returns whether the name of a copy or of its [`Part`] is taken.
    pub(crate) fn is_taken(&self, file: &CopyPath) -> bool {
        let Ok(folder) = self.folder_of(file) else { return false };
        folder.find(file.name()).is_some() || folder.find(&mark(file.name())) == Some(Found::Folder)
    }

    /// Returns the path of the catalogue.
    pub(crate) fn catalogue_path(&self) -> PathBuf {
        self.folder.join(CATALOGUE)
    }

    /// Returns the files that are not recorded: first those of an interrupted run, then the others.
    pub(crate) fn unrecorded<'a>(&self, found: &'a BTreeSet<String>) -> (Vec<&'a str>, Vec<&'a str>) {
        let is_left = |file: &&str| {
            CopyPath::new(*file).is_ok_and(|file| self.catalogue.is_removed(&file) || self.is_marked(&file))
        };
        let unrecorded = self.catalogue.unrecorded(found.iter().map(String::as_str));
        unrecorded.into_iter().partition(is_left)
    }

    fn is_marked(&self, file: &CopyPath) -> bool {
        let found = self.folder_of(file).ok().and_then(|folder| folder.find(&mark(file.name())));
        matches!(found, Some(Found::File(_)))
    }

    /// Creates the folder of a copy, and the file that becomes the copy.
    pub(crate) fn prepare(&self, file: &CopyPath) -> Result<Part, Failure> {
        let prepared = self.make_folder(file).and_then(|folder| {
            self.sweep_folder(file, &folder)?;
            Part::create(folder, file.name())
        });
        prepared.map_err(Failure::cannot("write to the folder", self.folder.join(file.folder()).display()))
    }

    fn make_folder(&self, file: &CopyPath) -> io::Result<Dir> {
        file.folders().try_fold(self.dir()?.try_clone()?, |dir, name| dir.make_folder(name))
    }

    /// Removes the files of a killed run from the folder of this copy.
    pub(crate) fn sweep(&self, file: &CopyPath) -> io::Result<()> {
        self.sweep_folder(file, &self.folder_of(file)?)
    }

    /// Removes parts, and a marked copy that was not recorded. Runs never create folders with these names.
    fn sweep_folder(&self, file: &CopyPath, folder: &Dir) -> io::Result<()> {
        for name in folder.names()? {
            let Some(copy) = marked(&name).filter(|_| folder.find(&name) != Some(Found::Folder)) else {
                continue;
            };
            if let Ok(file) = file.beside(copy)
                && !self.catalogue.contains(&file)
                && folder.find(copy) != Some(Found::Folder)
            {
                folder.remove(copy)?;
            }
            folder.remove(&name)?;
        }
        Ok(())
    }

    /// Removes the part of a copy that was recorded or failed.
    pub(crate) fn unmark(&self, file: &CopyPath) {
        // If that fails, the next run does it.
        let _ = self.folder_of(file).and_then(|folder| folder.remove(&mark(file.name())));
    }

    /// Records a copy, once its file and all folders on its path are on disk.
    pub(crate) fn record(&mut self, copy: &SavedCopy) -> Result<(), Failure> {
        self.sync(&copy.file).and_then(|()| self.append(&copy.line())).map_err(|error| {
            let words = "the copy was made, but not recorded, so it does not count";
            let failure = self.failed(&error);
            let path = self.path(&copy.file);
            Failure { message: format!("{words}: {} ({})", failure.message, path.display()), ..failure }
        })?;
        self.unmark(&copy.file);
        self.catalogue.insert(copy);
        Ok(())
    }

    /// Records events.
    pub(crate) fn note(&mut self, events: &[BaseEvent]) -> Result<(), Failure> {
        if events.is_empty() {
            return Ok(());
        }
        let lines: String = events.iter().map(BaseEvent::line).collect();
        self.append(&lines).map_err(|error| self.failed(&error))?;
        for event in events {
            self.catalogue.note(event);
        }
        Ok(())
    }

    fn sync(&self, file: &CopyPath) -> io::Result<()> {
        let mut dir = self.dir()?.try_clone()?;
        for name in file.folders() {
            dir.sync()?;
            dir = dir.folder(name)?;
        }
        dir.sync()
    }

    /// Deletes a copy, after recording that it is removed.
    pub(crate) fn delete(&mut self, file: &CopyPath) -> Result<(), Failure> {
        let deleted = self.append(&removal_line(file, now()?)).and_then(|()| {
            self.catalogue.remove(file);
            self.remove(file)
        });
        deleted.map_err(|error| Failure::of_io(format!("{file} cannot be deleted"), &error))
    }

    /// Removes the file of a copy, if it exists.
    pub(crate) fn remove(&self, file: &CopyPath) -> io::Result<()> {
        match self.folder_of(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            folder => folder?.remove(file.name()),
        }
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.append(line))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::of_io(format!("cannot write to {}", self.folder.display()), error)
    }
}

/// The catalogue of a run that writes to the folder.
struct Writer {
    /// Not open for appending: Windows would not cut it.
    file: File,
    /// The present end of the file.
    ending: Ending,
    _lock: Lock,
}

impl Writer {
    fn append(&mut self, line: &str) -> io::Result<()> {
        self.end_line()?;
        self.ending = Ending::Torn(self.file.seek(SeekFrom::End(0))?);
        let appended = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_all());
        match appended {
            Ok(()) => self.ending = Ending::LineFeed,
            // If that also fails, the next line tries it again.
            Err(_) => drop(self.end_line()),
        }
        appended
    }

    /// Makes the file end with a line feed: the rest of a failed line would break the next one.
    fn end_line(&mut self) -> io::Result<()> {
        match self.ending {
            Ending::LineFeed => return Ok(()),
            Ending::NoLineFeed => self.file.write_all(b"\n")?,
            Ending::Torn(len) => self.file.set_len(len)?,
        }
        self.file.sync_all()?;
        self.ending = Ending::LineFeed;
        Ok(())
    }
}

fn read(file: &File, signal: &StopSignal) -> io::Result<Catalogue> {
    let mut reader = CatalogueReader::default();
    read_through(signal.reader(file), |piece| reader.chunk(piece))?;
    Ok(reader.finish())
}

fn warn_of_torn(catalogue: &Catalogue, screen: &Screen) {
    if let Ending::Torn(_) = catalogue.ending() {
        screen.say("warning: the last line of the catalogue is torn, as after a crash; it does not count");
    }
}
