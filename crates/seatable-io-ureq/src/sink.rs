use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, Write};
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
/// sink is dropped.
#[derive(Debug)]
pub struct FileSink {
    path: PathBuf,
    overwrite: bool,
    part: Option<NamedTempFile>,
}

impl FileSink {
    /// Makes the temporary file. Without `overwrite`, whatever is at `path` is left alone:
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
            _ => {}
        }
        let part = part_builder().tempfile_in(folder(&path))?;
        Ok(Self { path, overwrite, part: Some(part) })
    }

    fn part(&mut self) -> io::Result<&mut NamedTempFile> {
        self.part.as_mut().ok_or_else(|| io::Error::other("it was finished already"))
    }
}

impl Sink for FileSink {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        let file = self.part()?.as_file_mut();
        file.rewind()?;
        file.set_len(0)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.part()?.as_file_mut().write_all(bytes)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.part()?.as_file().sync_all()?;
        let Some(part) = self.part.take() else { return Ok(()) };
        if self.overwrite {
            part.persist(&self.path)?;
        } else {
            persist_new(part, &self.path)?;
        }
        sync_folder(folder(&self.path));
        Ok(())
    }
}

fn part_builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".seatable-io-").suffix(".part");
    #[cfg(unix)]
    {
        // As any new file: what the umask leaves.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    builder
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

/// Any writer, as standard output. What went out cannot be taken back: make the task with
/// [`Export::one_pass`](seatable_io_task::Export::one_pass).
#[derive(Debug)]
pub struct WriterSink<W> {
    writer: W,
    begun: bool,
}

impl<W: Write> WriterSink<W> {
    /// Writes to this.
    pub fn new(writer: W) -> Self {
        Self { writer, begun: false }
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: Write> Sink for WriterSink<W> {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        if self.begun {
            return Err(io::Error::new(ErrorKind::Unsupported, "it cannot begin anew"));
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.begun |= !bytes.is_empty();
        self.writer.write_all(bytes)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
