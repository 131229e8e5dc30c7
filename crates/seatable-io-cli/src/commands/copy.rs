//! The copies that `show`, `diff` and `convert` read: files, or copies in a backup folder.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use clap::ValueHint;
use seatable_io_backup::{Timestamp, newest};
use seatable_io_ureq::StopSignal;
use seatable_io_ureq::dtable::{Archive, ArchiveError, Dtable};

use super::{restore, verify};
use crate::failure::{Failure, Kind};
use crate::report::Attention;
use crate::store::{Store, unread};
use crate::ui::{Screen, shell};

/// The copy that `show` or `convert` reads.
#[derive(clap::Args, Debug)]
pub(crate) struct CopyArgs {
    /// A .dtable file, or a backup folder
    #[arg(value_name = "COPY", value_hint = ValueHint::AnyPath)]
    pub(crate) copy: PathBuf,
    /// Base in the backup folder: a name, a uuid, or the folder of its copies, such as `204 personal/Sales`
    #[arg(value_name = "BASE")]
    pub(crate) base: Option<String>,
    /// Latest copy at this time, such as 2026-11-23T02:00:00Z or the time in the name of a copy; a date means the end of that day,
    /// UTC
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_until)]
    pub(crate) at: Option<Timestamp>,
}

impl CopyArgs {
    pub(crate) fn named(&self) -> Named<'_> {
        Named { path: &self.copy, base: self.base.as_deref(), at: self.at }
    }
}

/// A copy as the command line names it: a file, or a backup folder, a base in it and a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(super) path: &'a Path,
    pub(super) base: Option<&'a str>,
    pub(super) at: Option<Timestamp>,
}

/// A copy that was opened.
pub(super) struct Copy {
    /// The path of the file.
    pub(super) label: String,
    pub(super) bytes: u64,
    pub(super) file: File,
    /// Why a person should look: it is not the file that the catalogue records, or has rows that are not read.
    pub(super) attention: Option<Attention>,
}

impl Named<'_> {
    /// Returns the words of the command line.
    pub(crate) fn label(&self) -> String {
        let base = self.base.map(|base| format!(" {base}")).unwrap_or_default();
        format!("{}{base}", self.path.display())
    }

    pub(super) fn open(&self, screen: &Screen, signal: &StopSignal) -> Result<Copy, Failure> {
        let shown = &self.path.display();
        let about = fs::metadata(self.path).map_err(Failure::cannot("read", shown))?;
        match (about.is_dir(), self.base) {
            (true, Some(base)) => self.open_in_folder(base, screen, signal),
            (true, None) => {
                let failure = Failure::usage(format!("{shown} is a folder, and no base in it is named"));
                let copies = format!("seatable-io copies {} prints every copy", shell::path(self.path));
                Err(failure.hint(format!("name a base after it, such as Sales; {copies}")))
            }
            (false, Some(base)) => {
                Err(Failure::usage(format!("{shown} is not a backup folder, so it has no base {base}")))
            }
            (false, None) if self.at.is_some() => {
                Err(Failure::usage("--at chooses a copy in a backup folder").hint("omit it for a file"))
            }
            // This comes before opening, since opening a pipe would wait for its writer.
            (false, None) if !about.is_file() => {
                Err(Failure::new(Kind::BadFile, format!("{shown} is not a regular file")))
            }
            (false, None) => {
                let opened = File::open(self.path);
                let file = opened.map_err(Failure::cannot("read", shown))?;
                Copy::new(self.path.to_string_lossy().into_owned(), file)
            }
        }
    }

    fn open_in_folder(&self, base: &str, screen: &Screen, signal: &StopSignal) -> Result<Copy, Failure> {
        let store = Store::read_only(self.path, screen, signal)?;
        store.warn_of_broken(screen);
        let saved = newest(&store.catalogue, base, self.at);
        let saved = saved.map_err(|error| restore::not_chosen(&error, self.path))?;
        let label = store.path(&saved.file).to_string_lossy().into_owned();
        let file = verify::open(&store, &saved).map_err(|failure| failure.about(&label))?;
        let copy = Copy::new(label, file)?;
        let attention = (copy.bytes != saved.bytes).then(|| Attention {
            message: format!(
                "{}: it has {} bytes, and the catalogue records {}: it is not the file that was saved",
                copy.label, copy.bytes, saved.bytes
            ),
            hint: Some(format!("seatable-io verify {} checks all copies", shell::path(self.path))),
        });
        Ok(Copy { attention, ..copy })
    }
}

impl Copy {
    fn new(label: String, file: File) -> Result<Copy, Failure> {
        let about = file.metadata().map_err(Failure::cannot("read", &label))?;
        Ok(Copy { label, bytes: about.len(), file, attention: None })
    }

    /// Reads the directory of the zip.
    pub(super) fn archive(
        &mut self,
        signal: &StopSignal,
    ) -> Result<Archive<impl Read + Seek + use<>>, Failure> {
        let file = self.file.try_clone().map_err(Failure::cannot("read", &self.label))?;
        let archive = Archive::open(signal.reader(file)).map_err(|error| self.unread(error, signal))?;
        let archived = archive.has_archived_rows().then(|| Attention {
            message: format!(
                "{}: it has more rows, of the big-data storage, which only a server can read",
                self.label
            ),
            hint: None,
        });
        self.attention = self.attention.take().or(archived);
        Ok(archive)
    }

    /// Reads the tables, columns and links.
    pub(super) fn dtable(
        &mut self,
        signal: &StopSignal,
    ) -> Result<Dtable<impl Read + Seek + use<>>, Failure> {
        let mut archive = self.archive(signal)?;
        let base = archive.base(|_| ()).map_err(|error| self.unread(error, signal))?;
        Ok(Dtable::new(archive, base))
    }

    /// Explains why the copy was not read to its end.
    pub(super) fn unread(&self, error: ArchiveError, signal: &StopSignal) -> Failure {
        unread(error, signal).about(&self.label)
    }
}
