//! The requirements for a `.dtable` file.

mod error;
mod limits;
mod tap;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Seek};
use std::ops::ControlFlow;
use std::rc::Rc;

use zip::ZipArchive;
use zip::read::ZipFile;

pub use error::ArchiveError;
use error::{broken_zip, unread};
use limits::{Budget, Buffered, Unpacked};
use tap::Tap;

use crate::content::{self, Count, Pairs, Receive, Rows, Side};
use crate::{Base, Row};

/// The longest directory of a zip in bytes: room for half a million entries, which need some 200 MB of memory.
const DIRECTORY: u64 = 64 * 1024 * 1024;

const CONTENT: &str = "content.json";

/// The flag of an entry whose name is UTF-8.
const UTF_8: u16 = 1 << 11;

/// The most bytes before its place that an entry packed with LZMA may refer to, and that are in memory therefore.
const WINDOW: u32 = 64 * 1024 * 1024;

/// Checks that a file is a whole zip with one `content.json`, whose checksum matches and which is that of a base.
///
/// The other entries are only checked by the directory of the zip: they must lie within the file, must not overlap, must have
/// names and methods that servers read, and must not unpack to too much. Reads are buffered, and entries are streamed. The
/// directory is read into memory, and one longer than 64 MiB is an error. So is a `content.json` that unpacks to more than 4 GiB,
/// and a file that unpacks to more than 64 MiB and 200 times its size.
pub fn check_archive(file: impl Read + Seek) -> Result<(), ArchiveError> {
    Archive::open(file)?.base(|_| ()).map(drop)
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

    /// Returns the files below `asset/`: their names, sizes and checksums as the directory of the zip has them.
    pub(crate) fn assets(&self) -> BTreeMap<String, (u64, u32)> {
        let mut assets = BTreeMap::new();
        self.each_asset(|name, size, checksum| {
            assets.insert(name.to_owned(), (size, checksum));
        });
        assets
    }

    /// Calls `each` with the name, the size and the checksum of each file below `asset/`.
    pub(crate) fn each_asset(&self, mut each: impl FnMut(&str, u64, u32)) {
        for entry in (0..self.zip.len()).filter_map(|index| self.zip.by_index_data(index).ok()) {
            let name = entry.name().unwrap_or_default();
            if name.starts_with("asset/") && !name.ends_with('/') {
                each(&name, entry.size(), entry.crc32());
            }
        }
    }

    /// Returns whether the file has rows of the big-data storage, which only servers read (fact 18).
    pub fn has_archived_rows(&self) -> bool {
        self.names().any(|name| name == "archive" || name.starts_with("archive/"))
    }

    /// Returns the names of entries with backslashes. Servers do not see folders in them, so they do not find these files (fact
    /// 25).
    pub fn with_backslashes(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.names().filter(|name| name.contains('\\'))
    }

    /// Reads `content.json`, compares its checksum, and returns the base without its rows and links. `read` is called with the
    /// text, piece by piece.
    ///
    /// # Errors
    ///
    /// As [`check_archive`].
    pub fn base(&mut self, read: impl FnMut(&[u8])) -> Result<Base, ArchiveError> {
        let mut budget = self.budget;
        let flow = self.read(&mut budget, read, &mut Count)?;
        self.after_content = Some(budget);
        match flow {
            ControlFlow::Continue(base) => Ok(base),
            ControlFlow::Break(never) => match never {},
        }
    }

    /// Reads `content.json` again, and calls `row` with each row and the place of its table, until it breaks.
    pub(crate) fn rows<B>(
        &mut self,
        row: impl FnMut(usize, &Row<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ArchiveError> {
        self.receive(&mut Rows(row))
    }

    /// Reads `content.json` again, and calls `pair` with the place of each link, the ID of a row of its first table, and that of a
    /// row of the second, until it breaks. `sides` has for each link the table whose lists are read.
    pub(crate) fn pairs<B>(
        &mut self,
        sides: &[Option<Side>],
        pair: impl FnMut(usize, &str, &str) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ArchiveError> {
        self.receive(&mut Pairs { pair, sides })
    }

    fn receive<R: Receive>(&mut self, receive: &mut R) -> Result<ControlFlow<R::Break>, ArchiveError> {
        let mut budget = self.budget;
        Ok(self.read(&mut budget, |_| (), receive)?.map_continue(drop))
    }

    fn read<R: Receive>(
        &mut self,
        budget: &mut Budget,
        read: impl FnMut(&[u8]),
        receive: &mut R,
    ) -> Result<ControlFlow<R::Break, Base>, ArchiveError> {
        let index = self.content()?;
        let json = self.zip.by_index(index).map_err(broken_zip)?;
        let mut json = Tap::new(Unpacked::new(json, true, budget), read);
        let read = content::read(&mut json, |error| unread(CONTENT, error), receive);
        if read.as_ref().is_err_and(ArchiveError::is_not_a_base) {
            // Reads to the end, where the checksum is compared: if it is wrong, that is the reason.
            io::copy(&mut json, &mut io::sink()).map_err(|error| unread(CONTENT, error))?;
        }
        read
    }

    /// Returns the place of `content.json`.
    fn content(&self) -> Result<usize, ArchiveError> {
        self.zip.index_for_name(CONTENT).ok_or_else(|| {
            let folder = |name: Cow<'_, str>| {
                let folder = name.strip_suffix(CONTENT).filter(|folder| folder.ends_with(['/', '\\']));
                folder.map(str::to_owned)
            };
            self.names().find_map(folder).map_or(ArchiveError::NoContent, ArchiveError::ContentInFolder)
        })
    }

    /// Reads all entries and compares their checksums. A `content.json` that [`base`](Self::base) has read is not
    /// read again.
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
            let entry = self.zip.by_index(index).map_err(broken_zip)?;
            let name = entry.name().unwrap_or_default().into_owned();
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
        let mut entry = zip.by_index_raw(index).map_err(broken_zip)?;
        check_name(&entry)?;
        check_method(&entry)?;
        check_window(&mut entry)?;
        let entry_end = entry.data_start().and_then(|start| start.checked_add(entry.compressed_size()));
        end = entry_end.filter(|end| *end <= len).ok_or(ArchiveError::Zip)?;
        unpacked = unpacked.saturating_add(entry.size());
    }
    if end > zip.central_directory_start() { Err(ArchiveError::Overlap) } else { Ok(unpacked) }
}

/// Checks a name that the directory calls UTF-8. Servers read any other as code page 437, and so does `zip`.
fn check_name<R: Read>(entry: &ZipFile<'_, R>) -> Result<(), ArchiveError> {
    let name = entry.name_raw();
    let is_wrong = entry.flags().as_u16() & UTF_8 != 0 && str::from_utf8(name).is_err();
    if is_wrong { Err(ArchiveError::Name(String::from_utf8_lossy(name).into_owned())) } else { Ok(()) }
}

/// Checks that servers can read an entry.
fn check_method<R: Read>(entry: &ZipFile<'_, R>) -> Result<(), ArchiveError> {
    use zip::CompressionMethod as Method;
    let name = || entry.name().unwrap_or_default().into_owned();
    let method = match entry.compression() {
        _ if entry.encrypted() => return Err(ArchiveError::Encrypted(name())),
        Method::STORE | Method::DEFLATE | Method::BZIP2 | Method::LZMA => return Ok(()),
        Method::DEFLATE64 => "Deflate64",
        Method::ZSTD | Method::ZSTD_DEPRECATED => "Zstandard",
        Method::XZ => "XZ",
        Method::PPMD => "PPMd",
        _ => "a rare method",
    };
    Err(ArchiveError::Method { entry: name(), method })
}

/// Checks how much of an entry must be in memory to unpack it, which only LZMA leaves open.
fn check_window<R: Read>(entry: &mut ZipFile<'_, R>) -> Result<(), ArchiveError> {
    if entry.compression() != zip::CompressionMethod::LZMA {
        return Ok(());
    }
    let name = entry.name().unwrap_or_default().into_owned();
    // Two bytes of the version, two of the length of the rest, one of the properties.
    let mut header = [0; 9];
    entry.read_exact(&mut header).map_err(|error| unread(&name, error))?;
    let [.., a, b, c, d] = header;
    if u32::from_le_bytes([a, b, c, d]) > WINDOW { Err(ArchiveError::Window(name)) } else { Ok(()) }
}

impl<F> fmt::Debug for Archive<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
