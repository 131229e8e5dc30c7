use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Where a download goes.
pub trait Sink {
    /// Empties it: a file begins, or begins anew. `len` is its length in bytes, where announced.
    fn begin(&mut self, len: Option<u64>) -> io::Result<()>;
    /// Takes the next bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// The file is whole and good.
    fn finish(&mut self) -> io::Result<()>;
}

/// A file that appears under its name whole or not at all.
///
/// Until then it has a temporary name in the same folder, hidden and ending in `.part`, and is removed when the
/// sink is dropped. It is made when a download begins: a sink that waits holds no file open.
#[derive(Debug)]
pub struct FileSink {
    path: PathBuf,
    overwrite: bool,
    part: Option<NamedTempFile>,
}

impl FileSink {
    /// Looks whether a file can be made at `path`. Without `overwrite`, whatever is there is left alone:
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists), here or from [`finish`](Sink::finish).
    pub fn new(path: impl Into<PathBuf>, overwrite: bool) -> io::Result<Self> {
        let path = path.into();
        match fs::symlink_metadata(&path) {
            Ok(_) if !overwrite => {
                return Err(io::Error::new(ErrorKind::AlreadyExists, "it is there already"));
            }
            Ok(found) if !found.is_file() && !found.is_symlink() => {
                return Err(io::Error::new(ErrorKind::InvalidInput, "what is there is not a regular file"));
            }
            _ if !folder(&path).is_dir() => {
                return Err(io::Error::new(ErrorKind::NotFound, "its folder is not there"));
            }
            _ => {}
        }
        let sink = Self { path, overwrite, part: None };
        sink.new_part()?;
        Ok(sink)
    }

    fn new_part(&self) -> io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(".seatable-io-").suffix(".part");
        #[cfg(unix)]
        {
            // As any new file: what the umask leaves.
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        builder.tempfile_in(folder(&self.path))
    }
}

impl Sink for FileSink {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        self.part = None;
        self.part = Some(self.new_part()?);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.part.as_mut().ok_or_else(not_begun)?.as_file_mut().write_all(bytes)
    }

    fn finish(&mut self) -> io::Result<()> {
        let part = self.part.take().ok_or_else(not_begun)?;
        part.as_file().sync_all()?;
        if self.overwrite {
            part.persist(&self.path)?;
        } else {
            persist_new(part, &self.path)?;
        }
        sync_folder(folder(&self.path));
        Ok(())
    }
}

fn not_begun() -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, "it was not begun")
}

fn persist_new(part: NamedTempFile, path: &Path) -> io::Result<File> {
    match part.persist_noclobber(path) {
        // A file system that knows neither a rename that replaces nothing nor hard links.
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

/// Not every system can; the file is there and whole in any case.
fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}
