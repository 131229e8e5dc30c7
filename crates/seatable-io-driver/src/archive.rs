//! The requirements for a `.dtable` file.

mod limits;
mod outline;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read, Seek};
use std::rc::Rc;

use serde::de::IgnoredAny;
use zip::ZipArchive;
use zip::result::ZipError;

use limits::{Budget, Buffered, Unpacked};
use outline::Tap;

/// The longest directory of a zip in bytes: room for half a million entries, which need some 200 MB of memory.
const DIRECTORY: u64 = 64 * 1024 * 1024;

const CONTENT: &str = "content.json";

/// Why a file is not a `.dtable` file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The directory of the zip is missing or damaged, is longer than 64 MiB, or lists an entry that is not in the file.
    #[error("the file is not a complete zip")]
    Zip,
    /// Two entries have the same name.
    #[error("the zip contains two entries with the same name")]
    Duplicate,
    /// Entries overlap, or overlap the directory: they would unpack to the same bytes many times.
    #[error("entries of the zip overlap")]
    Overlap,
    /// There is no `content.json` at the top of the zip.
    #[error("the zip contains no content.json")]
    NoContent,
    /// `content.json` is `""`, as in a 2020 base that nobody has opened ([fact 12](seatable_io_proto::facts)).
    #[error("its content.json is \"\": nobody has opened the base yet")]
    NeverOpened,
    /// `content.json` is not an object with the key `tables`.
    #[error("its content.json contains no tables")]
    NoTables,
    /// `content.json` is not JSON, although its checksum matches.
    #[error("its content.json is not JSON")]
    NotJson,
    /// Arrays and objects in `content.json` are nested more than 1000 levels deep.
    #[error("its content.json is nested too deeply")]
    TooDeep,
    /// `content.json` unpacks to more than 4 GiB.
    #[error("its content.json unpacks to more than 4 GiB")]
    LongContent,
    /// The entries unpack to more than 1 TiB.
    #[error("it unpacks to more than 1 TiB")]
    TooLarge,
    /// The entries unpack to more than 64 MiB and 200 times the size of the file, as no base does.
    #[error("it unpacks to more than 200 times its size")]
    Ratio,
    /// An entry cannot be unpacked, or its checksum does not match.
    #[error("its entry {0} is damaged")]
    Entry(String),
    /// An entry is encrypted, or packed by a method that is not supported.
    #[error("its entry {0} is encrypted, or packed by a method that is not supported")]
    Unsupported(String),
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Read(#[source] io::Error),
}

impl ArchiveError {
    /// Returns whether the file is a whole zip that is not a base, rather than a damaged one.
    pub fn is_not_a_base(&self) -> bool {
        matches!(self, Self::NoContent | Self::NeverOpened | Self::NoTables | Self::NotJson | Self::TooDeep)
    }

    /// Returns whether the file unpacks to more than it may.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::LongContent | Self::TooLarge | Self::Ratio)
    }
}

/// [`InvalidData`](ErrorKind::InvalidData), unless the file cannot be read: the error that a sink's `check` returns.
impl From<ArchiveError> for io::Error {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Read(error) => error,
            error => Self::new(ErrorKind::InvalidData, error),
        }
    }
}

/// Checks that a file is a whole zip with one `content.json`, whose checksum matches and which is an object with the key
/// `tables`.
///
/// The other entries are only checked by the directory of the zip: they must lie within the file, must not overlap, and must not
/// unpack to too much. Reads are buffered, and entries are streamed. The directory is read into memory, and one longer than 64 MiB is an
/// error. So is a `content.json` that unpacks to more than 4 GiB, and a file that unpacks to more than 64 MiB and 200 times its
/// size.
pub fn check_archive(file: impl Read + Seek) -> Result<(), ArchiveError> {
    Archive::open(file)?.check_content(|_| ())
}

/// A `.dtable` file whose directory was checked, for closer checks than [`check_archive`].
pub struct Archive<F> {
    zip: ZipArchive<Buffered<F>>,
    budget: Budget,
    /// The budget that is left after `content.json`, once all of it was read.
    after_content: Option<Budget>,
}

impl<F: Read + Seek> Archive<F> {
    /// Reads the directory of a zip, and checks that all entries lie within the file and do not overlap, and that they do not
    /// unpack to too much by their own account: see [`check_entries`](Self::check_entries).
    pub fn open(file: F) -> Result<Self, ArchiveError> {
        let directory = Rc::new(Cell::new(DIRECTORY));
        let (file, len) = Buffered::new(file, Rc::clone(&directory)).map_err(ArchiveError::Read)?;
        let mut zip = ZipArchive::new(file).map_err(broken_zip)?;
        directory.set(u64::MAX);
        if zip.has_duplicate_names() {
            return Err(ArchiveError::Duplicate);
        }
        let budget = Budget::new(len);
        let mut announced = budget;
        announced.spend(check_places(&mut zip, len)?)?;
        Ok(Self { zip, budget, after_content: None })
    }

    /// Returns the names of all entries whose names are valid text.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.zip.file_names().filter_map(Result::ok)
    }

    /// Checks `content.json` as [`check_archive`] does. `read` is called with its text piece by piece.
    pub fn check_content(&mut self, read: impl FnMut(&[u8])) -> Result<(), ArchiveError> {
        let index = self.zip.index_for_name(CONTENT).ok_or(ArchiveError::NoContent)?;
        let mut budget = self.budget;
        let json = self.zip.by_index(index).map_err(|error| broken_entry(CONTENT, error))?;
        let json = Unpacked::new(json, true, &mut budget);
        let mut json = BufReader::new(Tap::new(json, read));
        let parsed = serde_json::from_reader(&mut json).map(|IgnoredAny| ());
        match parsed {
            _ if json.get_ref().outline.is_too_deep() => Err(ArchiveError::TooDeep),
            Err(error) if error.is_io() => Err(unread(CONTENT, error.into())),
            Err(_) => {
                // Reads to the end, where the checksum is compared.
                io::copy(&mut json, &mut io::sink()).map_err(|error| unread(CONTENT, error))?;
                Err(ArchiveError::NotJson)
            }
            Ok(()) => {
                json.get_ref().outline.judge()?;
                self.after_content = Some(budget);
                Ok(())
            }
        }
    }

    /// Reads all entries and compares their checksums. A `content.json` that [`check_content`](Self::check_content) has found
    /// good is not read again.
    ///
    /// Entries that unpack to more than 1 TiB are an error, and so are those that unpack to more than 64 MiB and 200 times the
    /// size of the file.
    pub fn check_entries(&mut self) -> Result<(), ArchiveError> {
        let content = self.zip.index_for_name(CONTENT);
        let mut budget = self.after_content.unwrap_or(self.budget);
        for index in 0..self.zip.len() {
            let is_content = content == Some(index);
            if is_content && self.after_content.is_some() {
                continue;
            }
            let name =
                self.zip.by_index_data(index).map_err(broken_zip)?.name().map_err(broken_zip)?.into_owned();
            let entry = self.zip.by_index(index).map_err(|error| broken_entry(&name, error))?;
            let mut entry = Unpacked::new(entry, is_content, &mut budget);
            io::copy(&mut entry, &mut io::sink()).map_err(|error| unread(&name, error))?;
        }
        Ok(())
    }
}

/// Checks that the entries of a file of this length lie within it and do not overlap, in the order of their places, so that
/// little is read twice. Returns how many bytes the directory says that they unpack to.
fn check_places<F: Read + Seek>(zip: &mut ZipArchive<Buffered<F>>, len: u64) -> Result<u64, ArchiveError> {
    let place = |index| Ok((zip.by_index_data(index)?.header_start(), index));
    let mut places = (0..zip.len()).map(place).collect::<Result<Vec<_>, _>>().map_err(broken_zip)?;
    places.sort_unstable();
    let (mut end, mut unpacked) = (0, 0_u64);
    for (start, index) in places {
        if start < end {
            return Err(ArchiveError::Overlap);
        }
        let entry = zip.by_index_raw(index).map_err(broken_zip)?;
        let entry_end = entry.data_start().and_then(|start| start.checked_add(entry.compressed_size()));
        end = entry_end.filter(|end| *end <= len).ok_or(ArchiveError::Zip)?;
        unpacked = unpacked.saturating_add(entry.size());
    }
    if end > zip.central_directory_start() { Err(ArchiveError::Overlap) } else { Ok(unpacked) }
}

impl<F> fmt::Debug for Archive<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").finish_non_exhaustive()
    }
}

fn broken_zip(error: ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) if !is_damage(&error) => ArchiveError::Read(error),
        _ => ArchiveError::Zip,
    }
}

fn broken_entry(name: &str, error: ZipError) -> ArchiveError {
    match error {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            ArchiveError::Unsupported(name.to_owned())
        }
        error => broken_zip(error),
    }
}

fn unread(name: &str, error: io::Error) -> ArchiveError {
    let error = match error.downcast() {
        Ok(error) => return error,
        Err(error) => error,
    };
    match error {
        error if is_damage(&error) => ArchiveError::Entry(name.to_owned()),
        // The zip crate says so when the first byte is read.
        error if error.kind() == ErrorKind::Unsupported => ArchiveError::Unsupported(name.to_owned()),
        error => ArchiveError::Read(error),
    }
}

/// Whether the bytes are wrong, rather than impossible to read.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof)
}

#[cfg(test)]
mod tests;
