//! A handle to a folder. Its contents are opened without following links, so that nothing outside is read or written, even if
//! other users can write to it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{self, DirBuilder, OpenOptions};
#[cfg(unix)]
use cap_std::fs::{DirBuilderExt as _, OpenOptionsExt as _};

pub(super) struct Dir(fs::Dir);

/// An entry of a folder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A regular file, and its size in bytes.
    File(u64),
    Folder,
    /// A link, a device, a pipe.
    Other,
}

impl Dir {
    /// Opens a folder that the caller names, which may be a link.
    pub(super) fn open(path: &Path) -> io::Result<Dir> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        fs::Dir::open_ambient_dir(path, ambient_authority()).map(Dir)
    }

    /// Opens a folder in it.
    pub(super) fn folder(&self, name: &str) -> io::Result<Dir> {
        self.0.open_dir_nofollow(name).map(Dir).map_err(|error| self.explain(name, error))
    }

    /// Opens a folder below it.
    pub(super) fn below<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> io::Result<Dir> {
        names.try_fold(self.try_clone()?, |dir, name| dir.folder(name))
    }

    pub(super) fn try_clone(&self) -> io::Result<Dir> {
        self.0.try_clone().map(Dir)
    }

    /// Opens a folder in it, and creates it for its owner only if it does not exist.
    pub(super) fn make_folder(&self, name: &str) -> io::Result<Dir> {
        #[cfg_attr(not(unix), expect(unused_mut, reason = "other systems have no mode"))]
        let mut owner_only = DirBuilder::new();
        #[cfg(unix)]
        owner_only.mode(0o700);
        match self.0.create_dir_with(name, &owner_only) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => self.folder(name),
        }
    }

    /// Opens a regular file for reading.
    pub(super) fn read(&self, name: &str) -> io::Result<File> {
        self.regular(name, OpenOptions::new().read(true))
    }

    /// Opens a regular file for reading and writing. A file with a second name is rejected: that may be in another folder.
    pub(super) fn update(&self, name: &str) -> io::Result<File> {
        let file = self.regular(name, OpenOptions::new().read(true).write(true))?;
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) != 1 {
            return Err(invalid(&format!("{name:?} is a hard link: it has another name too")));
        }
        Ok(file)
    }

    /// Opens a regular file for writing, and creates it for its owner only if it does not exist.
    pub(super) fn write(&self, name: &str) -> io::Result<File> {
        self.regular(name, OpenOptions::new().write(true).create(true))
    }

    /// Creates a file for its owner only.
    pub(super) fn create_new(&self, name: &str) -> io::Result<File> {
        self.regular(name, OpenOptions::new().read(true).write(true).create_new(true))
    }

    fn regular(&self, name: &str, options: &mut OpenOptions) -> io::Result<File> {
        #[cfg(unix)]
        options.mode(0o600);
        // Opening a pipe would wait.
        options.follow(FollowSymlinks::No).nonblock(true);
        let file = match self.0.open_with(name, options) {
            // Windows says only that access is denied.
            Err(error)
                if self.find(name) == Some(Found::Folder) && error.kind() != ErrorKind::AlreadyExists =>
            {
                return Err(not_regular(name));
            }
            opened => opened.map_err(|error| self.explain(name, error))?.into_std(),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular(name)) }
    }

    /// Returns the entry of this name.
    pub(super) fn find(&self, name: &str) -> Option<Found> {
        let about = self.0.symlink_metadata(name).ok()?;
        Some(match about.file_type() {
            kind if kind.is_file() => Found::File(about.len()),
            kind if kind.is_dir() => Found::Folder,
            _ => Found::Other,
        })
    }

    /// Gives a file a second name, if nothing has that yet.
    pub(super) fn link(&self, from: &str, to: &str) -> io::Result<()> {
        match self.0.hard_link(from, &self.0, to) {
            // Not every file system has hard links.
            Err(error) if error.kind() != ErrorKind::AlreadyExists && self.find(to).is_none() => {
                self.0.rename(from, &self.0, to)?;
                // The first name is only needed if the run is killed.
                let _ = self.create_new(from);
                Ok(())
            }
            linked => linked,
        }
    }

    /// Removes a file or a link, if it exists.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match self.0.remove_file(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Returns the names of all entries.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let entries = self.0.entries()?.flatten();
        Ok(entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    }

    /// Makes created and removed entries survive a crash, if the system can.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.0.open(".").and_then(|folder| folder.sync_all()) {
            _ if cfg!(not(unix)) => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            synced => synced,
        }
    }

    /// The system's words for a link are misleading.
    fn explain(&self, name: &str, error: io::Error) -> io::Error {
        match self.0.symlink_metadata(name).map(|about| about.file_type()) {
            Ok(kind) if kind.is_symlink() => {
                invalid(&format!("{name:?} is a symbolic link, which is not followed"))
            }
            Ok(kind) if error.kind() != ErrorKind::AlreadyExists && !kind.is_file() && !kind.is_dir() => {
                not_regular(name)
            }
            _ => error,
        }
    }
}

fn not_regular(name: &str) -> io::Error {
    invalid(&format!("{name:?} is not a regular file"))
}

fn invalid(words: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, words)
}
