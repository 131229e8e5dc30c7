use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

use super::named;
use crate::blocking::Sink;
use crate::{StopSignal, Stoppable, check_archive, lock};

/// A file on disk that appears under its name only when it is complete.
///
/// Until then it has a temporary name in the same folder, hidden and ending in `.part`, and is removed when the sink is
/// dropped. It is created when a download begins, so a sink that waits keeps no file open. On Linux, room for its announced
/// length is reserved then, where the file system can, so that a full disk is noticed before the download.
///
/// If the path is a symbolic link to a regular file, the link is kept and the file is replaced.
pub struct FileSink(Arc<Mutex<Part>>);

impl FileSink {
    /// Checks that a new file can be created at `path`. An existing file is never replaced.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists), either here or when the download is complete; otherwise as
    /// [`create`](Self::create).
    pub fn create_new(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::new(path.as_ref(), false)
    }

    /// Checks that a file can be created or replaced at `path`. Only a regular file is replaced, by one with its permissions.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if `path` is a folder, a device or a symbolic link to one; any error of
    /// creating a temporary file in its folder.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::new(path.as_ref(), true)
    }

    /// Replaces [`check_archive`], the check that the whole file must pass before it appears under its name. `check` is called
    /// with the file at its beginning, and returns the same as [`Sink::check`]. Reading the file fails when the time of the
    /// operation is over or the run is stopped, so a check that returns that error ends in time.
    pub fn with_check(
        self,
        check: impl FnMut(&mut Stoppable<&mut File>) -> io::Result<()> + Send + 'static,
    ) -> Self {
        lock(&self.0).check = Box::new(check);
        self
    }

    /// Removes the temporary files that a kill or a crash has left in this folder, and returns their paths. Those of sinks that
    /// are in use stay, and so do those that were written in the last minute, or are on a file system without locks.
    ///
    /// # Errors
    ///
    /// The folder cannot be read, or a file not be removed.
    pub fn remove_leftovers(folder: impl AsRef<Path>) -> io::Result<Vec<PathBuf>> {
        let mut removed = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if is_leftover(&path) {
                fs::remove_file(&path)?;
                removed.push(path);
            }
        }
        Ok(removed)
    }

    fn new(named_by: &Path, overwrite: bool) -> io::Result<Self> {
        let path = destination(named_by, overwrite).map_err(|error| named(named_by, &error))?;
        let part = Part { path, overwrite, check: Box::new(|file| Ok(check_archive(file)?)), file: None };
        part.create().map_err(|error| named(named_by, &error))?;
        Ok(Self(Arc::new(Mutex::new(part))))
    }

    /// The same file, for the threads that block on it.
    #[cfg(feature = "async")]
    pub(crate) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Sink for FileSink {
    fn begin(&mut self, len: Option<u64>) -> io::Result<()> {
        let mut part = lock(&self.0);
        part.file = None;
        let file = part.create().and_then(|file| reserve(file.as_file(), len).map(|()| file));
        part.file = Some(file.map_err(|error| named(&part.path, &error))?);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Part { path, file, .. } = &mut *lock(&self.0);
        let file = file.as_mut().ok_or_else(not_begun)?;
        file.as_file_mut().write_all(bytes).map_err(|error| named(path, &error))
    }

    /// [`InvalidData`](ErrorKind::InvalidData) with an [`ArchiveError`](crate::ArchiveError) if the file is not a `.dtable` file.
    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        let Part { check, file, .. } = &mut *lock(&self.0);
        let file = file.as_mut().ok_or_else(not_begun)?.as_file_mut();
        let checked = file.rewind().and_then(|()| check(&mut signal.reader(&mut *file)));
        file.seek(SeekFrom::End(0))?;
        checked
    }

    fn finish(&mut self) -> io::Result<()> {
        let mut part = lock(&self.0);
        let file = part.file.take().ok_or_else(not_begun)?;
        part.keep(file).map_err(|error| named(&part.path, &error))
    }

    fn discard(&mut self) {
        lock(&self.0).file = None;
    }
}

impl fmt::Debug for FileSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSink").field("path", &lock(&self.0).path).finish_non_exhaustive()
    }
}

const PREFIX: &str = ".seatable-io-";
const SUFFIX: &str = ".part";

/// How old a leftover must be: the lock on a file that was just created may be missing.
const AGE: Duration = Duration::from_secs(60);

/// Whether this is a temporary file of a sink that no longer exists.
fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let is_old = |file: &File| {
        let modified = file.metadata().and_then(|found| found.modified()).ok();
        modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age >= AGE)
    };
    name.starts_with(PREFIX)
        && name.ends_with(SUFFIX)
        && fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
        && File::open(path).is_ok_and(|file| is_old(&file) && file.try_lock().is_ok())
}

/// The check that a whole file must pass.
type Check = dyn FnMut(&mut Stoppable<&mut File>) -> io::Result<()> + Send;

/// A file that is not complete yet.
struct Part {
    path: PathBuf,
    overwrite: bool,
    check: Box<Check>,
    file: Option<NamedTempFile>,
}

impl Part {
    fn create(&self) -> io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        {
            // The umask restricts them for now.
            let permissions = self.permissions();
            builder.permissions(permissions.unwrap_or(std::os::unix::fs::PermissionsExt::from_mode(0o666)));
        }
        // The error would name the temporary file.
        let file = builder.tempfile_in(folder(&self.path)).map_err(|error| io::Error::from(error.kind()))?;
        // It protects the file from `remove_leftovers`, on file systems that have locks.
        let _ = file.as_file().try_lock();
        Ok(file)
    }

    /// The permissions of the file to replace, if there is one.
    fn permissions(&self) -> Option<fs::Permissions> {
        fs::metadata(&self.path).ok().filter(|_| self.overwrite).map(|found| found.permissions())
    }

    fn keep(&self, file: NamedTempFile) -> io::Result<()> {
        if let Some(permissions) = self.permissions() {
            // Not every file system can.
            let _ = file.as_file().set_permissions(permissions);
        }
        file.as_file().sync_all()?;
        if self.overwrite {
            file.persist(&self.path)?;
        } else {
            persist_new(file, &self.path)?;
        }
        sync_folder(folder(&self.path));
        Ok(())
    }
}

/// The path of the file itself: `path` with its symbolic links resolved.
fn destination(path: &Path, overwrite: bool) -> io::Result<PathBuf> {
    let text = path.to_string_lossy();
    if text.is_empty() {
        return invalid("the path is empty");
    }
    if text.ends_with(std::path::is_separator) || text.ends_with("/.") {
        return invalid("the path is that of a folder");
    }
    match fs::symlink_metadata(path) {
        Ok(found) => existing(path, found.is_symlink(), overwrite),
        // Windows has several such errors, and words for each.
        Err(error) if error.kind() == ErrorKind::InvalidFilename && cfg!(unix) => {
            Err(io::Error::new(error.kind(), "the name is too long"))
        }
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Err(_) if folder(path).is_dir() => Ok(path.to_owned()),
        Err(error) => Err(io::Error::new(error.kind(), "its folder does not exist")),
    }
}

fn existing(path: &Path, is_link: bool, overwrite: bool) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => invalid("it is a folder"),
        Ok(found) if !found.is_file() && is_link => {
            invalid("it is a symbolic link to something that is not a regular file")
        }
        Ok(found) if !found.is_file() => invalid("it is not a regular file"),
        Ok(_) if !overwrite => Err(io::Error::new(ErrorKind::AlreadyExists, "the file already exists")),
        Ok(_) if is_link => fs::canonicalize(path),
        Ok(_) => Ok(path.to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            invalid("it is a symbolic link to a file that does not exist")
        }
        Err(error) => Err(error),
    }
}

fn invalid<T>(words: &str) -> io::Result<T> {
    Err(io::Error::new(ErrorKind::InvalidInput, words))
}

/// Reserves room for a file of this length in bytes, on Linux and if the file system can, for sinks that write to a file of their
/// own. A full disk is then noticed before the download, and ext4 writes with a fifth less CPU time.
///
/// # Errors
///
/// [`StorageFull`](ErrorKind::StorageFull) or [`QuotaExceeded`](ErrorKind::QuotaExceeded).
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "only Linux can"))]
pub fn reserve(file: &File, len: Option<u64>) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if let Some(len) = len.filter(|_| !is_on_tmpfs(file)) {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        if let Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) =
            fallocate(file, FallocateFlags::KEEP_SIZE, 0, len)
        {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Writing needs a tenth more time there if room was reserved.
#[cfg(target_os = "linux")]
fn is_on_tmpfs(file: &File) -> bool {
    /// From `linux/magic.h`.
    const TMPFS: u64 = 0x0102_1994;
    rustix::fs::fstatfs(file).is_ok_and(|found| u64::try_from(found.f_type) == Ok(TMPFS))
}

fn not_begun() -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, "nothing was received")
}

fn persist_new(part: NamedTempFile, path: &Path) -> io::Result<File> {
    match part.persist_noclobber(path) {
        // The file system supports neither hard links nor a rename that replaces nothing.
        Err(refused)
            if refused.error.kind() != ErrorKind::AlreadyExists && fs::symlink_metadata(path).is_err() =>
        {
            Ok(refused.file.persist(path)?)
        }
        other => Ok(other?),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Not every system supports this; without it, the file is complete all the same.
fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}
