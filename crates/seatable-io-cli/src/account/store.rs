//! A backup folder: the catalogue and the files that it records.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use seatable_io_backup::{Catalogue, CopyPath, SavedCopy, removal_line};
use seatable_io_proto::BaseUuid;

use super::{lock, now};
use crate::failure::Failure;

/// The beginning of the temporary names of [`FileSink`](seatable_io_ureq::FileSink), and their end.
const PART: (&str, &str) = (".seatable-io-", ".part");

pub(crate) struct Store {
    folder: PathBuf,
    /// The catalogue, locked and open for appending. `None` in a dry run.
    file: Option<File>,
    /// Where the catalogue must be cut before anything is appended, after a line that failed.
    torn_at: Option<u64>,
    pub(crate) catalogue: Catalogue,
}

impl Store {
    /// Opens a backup folder for one run, or creates it. What an earlier run left undone is done: a torn line is removed,
    /// and so is each copy that was recorded as removed.
    pub(crate) fn open(folder: &Path) -> Result<Store, Failure> {
        let new = folder.ancestors().take_while(|ancestor| !ancestor.exists()).count();
        fs::create_dir_all(folder).map_err(|error| {
            Failure::io(format!("cannot create the folder {}: {error}", folder.display()))
        })?;
        // Others may own the folders above.
        folder.ancestors().skip(1).take(new).for_each(|above| drop(sync_folder(above)));
        let file = lock::open(folder)?;
        let catalogue = read(&file).map_err(|error| cannot_read(folder, &error))?;
        let torn_at = catalogue.torn_at();
        let mut store = Store { folder: folder.to_owned(), file: Some(file), torn_at, catalogue };
        store.repair().map_err(|error| store.failed(&error))?;
        Ok(store)
    }

    /// Reads what is there, and changes nothing.
    pub(crate) fn read_only(folder: &Path) -> Result<Store, Failure> {
        let catalogue = match File::open(folder.join(lock::CATALOGUE)) {
            Ok(file) => read(&file).map_err(|error| cannot_read(folder, &error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Catalogue::default(),
            Err(error) => return Err(cannot_read(folder, &error)),
        };
        Ok(Store { folder: folder.to_owned(), file: None, torn_at: None, catalogue })
    }

    fn repair(&mut self) -> io::Result<()> {
        self.cut()?;
        for file in self.catalogue.removed() {
            remove(&self.path(file))?;
        }
        Ok(())
    }

    /// Removes what was written of a line that failed, which would break the next one.
    fn cut(&mut self) -> io::Result<()> {
        if let (Some(len), Some(file)) = (self.torn_at, &self.file) {
            file.set_len(len)?;
            file.sync_all()?;
        }
        self.torn_at = None;
        Ok(())
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

    /// Creates the folder of a copy, and marks the copy as not recorded yet.
    pub(crate) fn prepare(&self, file: &CopyPath) -> Result<PathBuf, Failure> {
        let path = self.path(file);
        let folder = path.parent().unwrap_or(&self.folder);
        let prepared = fs::create_dir_all(folder).and_then(|()| self.sweep(file));
        prepared.and_then(|()| File::create(mark(&path))).map_err(|error| {
            Failure::io(format!("cannot write to the folder {}: {error}", folder.display()))
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
        let recorded = folders.try_for_each(sync_folder);
        recorded.and_then(|()| self.append(&copy.line())).map_err(|error| {
            let words = "the copy was made, but not recorded, so it does not count";
            Failure::io(format!("{words}: {} ({})", self.failed(&error).message, path.display()))
        })?;
        self.unmark(&copy.file);
        self.catalogue.insert(copy);
        Ok(())
    }

    /// Deletes the copies of a base but for the newest `keep`. Each is recorded as removed before its file goes.
    pub(crate) fn thin_out(&mut self, base: &BaseUuid, keep: NonZeroUsize) -> Result<(), Failure> {
        for file in self.catalogue.superseded(base, keep, |file| self.size_of(file)) {
            let deleted = self.append(&removal_line(&file, now()?)).and_then(|()| {
                self.catalogue.remove(&file);
                remove(&self.path(&file))
            });
            deleted.map_err(|error| {
                Failure::io(format!("the new copy is good, but {file} cannot be deleted: {error}"))
            })?;
        }
        Ok(())
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        self.cut()?;
        let Some(file) = &mut self.file else { return Ok(()) };
        self.torn_at = Some(file.metadata()?.len());
        match file.write_all(line.as_bytes()).and_then(|()| file.sync_all()) {
            Ok(()) => self.torn_at = None,
            Err(error) => {
                // If that fails too, it is tried again before the next line.
                let _ = self.cut();
                return Err(error);
            }
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::io(format!("cannot write to {}: {error}", self.folder.display()))
    }
}

fn read(mut file: &File) -> io::Result<Catalogue> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Catalogue::read(&bytes))
}

fn cannot_read(folder: &Path, error: &io::Error) -> Failure {
    Failure::io(format!("cannot read {}: {error}", folder.join(lock::CATALOGUE).display()))
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

/// Not every system can.
fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        _ if cfg!(not(unix)) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}
