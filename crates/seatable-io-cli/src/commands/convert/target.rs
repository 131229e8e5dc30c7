//! The output: a folder, a file, or standard output.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir, TempPath};

use crate::failure::Failure;
use crate::files::is_dash;
use crate::stdout;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Jsonl,
    Sqlite,
}

impl Format {
    /// Returns the format of an output of this name.
    ///
    /// # Errors
    ///
    /// If it is the name of a file, and of another format.
    pub(super) fn of(path: &Path) -> Result<Format, Failure> {
        let is_folder =
            path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) || path.is_dir();
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        match extension.as_str() {
            _ if is_dash(path) => Ok(Format::Jsonl),
            "jsonl" | "ndjson" if !is_folder => Ok(Format::Jsonl),
            "sqlite" | "sqlite3" | "db" if !is_folder => Ok(Format::Sqlite),
            "csv" | "tsv" | "json" | "xlsx" | "dtable" | "zip" if !is_folder => {
                let failure = Failure::usage(format!("a base is not converted to a .{extension} file"));
                Err(failure.hint("name a folder for CSV files, or a file that ends in .sqlite or .jsonl"))
            }
            _ => Ok(Format::Csv),
        }
    }
}

/// An output that appears under its name when it is complete.
pub(super) struct Target {
    path: PathBuf,
    force: bool,
    /// Whether it is a folder that exists.
    is_old_folder: bool,
    /// Everything is written below it first. `None` for standard output.
    parts: Option<TempDir>,
    format: Format,
}

/// The name of the only file below the temporary folder.
const FILE: &str = "output";

impl Target {
    /// Checks that an output can be written here.
    pub(super) fn new(path: &Path, format: Format, force: bool) -> Result<Target, Failure> {
        let shown = path.display();
        if is_dash(path) {
            stdout::check()?;
            return Ok(Target { path: path.to_owned(), force, is_old_folder: false, parts: None, format });
        }
        let path = destination(path, format, force)?;
        if format == Format::Sqlite {
            check_beside(&path)?;
        }
        let is_old_folder = format == Format::Csv && path.exists();
        let parts = temporary(if is_old_folder { &path } else { parent(&path) }, format);
        let parts = parts.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::io(format!("cannot write {shown}: its folder does not exist")),
            // Its words name the temporary folder.
            kind => Failure::of_io(format!("cannot write {shown}"), &kind.into()),
        })?;
        Ok(Target { path, force, is_old_folder, parts: Some(parts), format })
    }

    /// Returns the path to write to: a folder for CSV files, otherwise a file.
    pub(super) fn path(&self) -> PathBuf {
        let parts = self.parts.as_ref().map_or(Path::new(""), TempDir::path);
        if self.format == Format::Csv { parts.to_owned() } else { parts.join(FILE) }
    }

    pub(super) fn writer(&self) -> Result<Box<dyn Write>, Failure> {
        if self.parts.is_none() {
            return Ok(Box::new(io::stdout()));
        }
        Ok(Box::new(File::create_new(self.path()).map_err(|error| self.failed(error))?))
    }

    /// Moves everything to its place.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let Some(parts) = self.parts.take() else { return Ok(()) };
        let moved = match self.format {
            Format::Csv if self.is_old_folder => self.replace_files(parts.path()),
            Format::Csv => self.place_folder(parts),
            Format::Jsonl | Format::Sqlite => self.place_file(&parts.path().join(FILE), &self.path),
        };
        moved.map_err(|error| self.failed(error))?;
        sync(parent(&self.path));
        Ok(())
    }

    fn place_folder(&self, parts: TempDir) -> io::Result<()> {
        sync(parts.path());
        let parts = parts.keep();
        fs::rename(&parts, &self.path).inspect_err(|_| drop(fs::remove_dir_all(&parts)))
    }

    fn replace_files(&self, parts: &Path) -> io::Result<()> {
        for file in fs::read_dir(parts)? {
            let file = file?;
            self.place_file(&file.path(), &self.path.join(file.file_name()))?;
        }
        sync(&self.path);
        Ok(())
    }

    fn place_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        // Windows syncs only a file that may be written, which the permissions of the other one may forbid.
        File::options().write(true).open(from)?.sync_all()?;
        if let Some(permissions) = permissions(to).filter(|_| self.force) {
            // Not every file system can.
            let _ = fs::set_permissions(from, permissions);
        }
        if self.force {
            fs::rename(from, to)
        } else {
            Ok(TempPath::try_from_path(from)?.persist_noclobber(to)?)
        }
    }

    fn failed(&self, error: io::Error) -> Failure {
        Failure::cannot("write", self.path.display())(error)
    }
}

/// Returns the path of the output itself, if it can be written: `path` with its symbolic links resolved.
fn destination(path: &Path, format: Format, force: bool) -> Result<PathBuf, Failure> {
    let shown = path.display();
    let is_wanted =
        |found: &fs::Metadata| if format == Format::Csv { found.is_dir() } else { found.is_file() };
    let wanted = if format == Format::Csv { "a folder" } else { "a regular file" };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(Failure::cannot("write", shown)(error)),
        Ok(_) if !fs::metadata(path).is_ok_and(|found| is_wanted(&found)) => {
            Err(Failure::io(format!("{shown} already exists, and is not {wanted}")))
        }
        Ok(_) if !force => {
            let replaces =
                if format == Format::Csv { "replaces the files of the same names" } else { "replaces it" };
            Err(Failure::io(format!("{shown} already exists")).hint(format!("--force {replaces}")))
        }
        Ok(_) => fs::canonicalize(path).map_err(Failure::cannot("write", shown)),
    }
}

/// Checks that no journal of another database is here, which SQLite would apply to the new one.
fn check_beside(path: &Path) -> Result<(), Failure> {
    for end in ["-journal", "-wal", "-shm"] {
        let mut journal = path.as_os_str().to_owned();
        journal.push(end);
        if fs::symlink_metadata(&journal).is_ok() {
            let failure =
                Failure::io(format!("cannot write {}: {} exists", path.display(), journal.display()));
            return Err(
                failure.hint("close the database in the program that has it open, or choose another path")
            );
        }
    }
    Ok(())
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "other systems have no mode"))]
fn temporary(folder: &Path, format: Format) -> io::Result<TempDir> {
    let mut builder = Builder::new();
    builder.prefix(".seatable-io-").suffix(".part");
    #[cfg(unix)]
    {
        // A folder becomes the output itself, as the umask restricts it.
        let mode = if format == Format::Csv { 0o777 } else { 0o700 };
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    }
    builder.tempdir_in(folder)
}

fn permissions(path: &Path) -> Option<Permissions> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.permissions())
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Not every system supports this; without it, the output is complete all the same.
fn sync(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}
