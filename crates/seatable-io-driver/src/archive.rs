use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::rc::Rc;

use serde::de::{DeserializeOwned, IgnoredAny};
use zip::ZipArchive;
use zip::result::ZipError;

/// The longest directory of a zip in bytes: room for half a million entries, which take some 200 MB in memory.
const DIRECTORY: u64 = 64 * 1024 * 1024;

/// How deeply arrays and objects may be nested.
const DEPTH: u32 = 1000;

/// Why a file is not a `.dtable` file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The directory of the zip, or an entry that it lists, is missing or damaged.
    #[error("the file is not a complete zip ({0})")]
    Zip(String),
    /// Two entries have the same name.
    #[error("the zip contains two entries with the same name")]
    Duplicate,
    /// There is no `content.json` at the top of the zip.
    #[error("the zip contains no content.json")]
    NoContent,
    /// `content.json` is not JSON, or its checksum does not match.
    #[error("its content.json is damaged ({0})")]
    Content(String),
    /// An entry cannot be unpacked, or its checksum does not match.
    #[error("its entry {0} is damaged ({1})")]
    Entry(String, String),
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Read(#[source] io::Error),
}

/// [`InvalidData`](ErrorKind::InvalidData), unless the file cannot be read: what a sink's `check` returns.
impl From<ArchiveError> for io::Error {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Read(error) => error,
            error => Self::new(ErrorKind::InvalidData, error),
        }
    }
}

/// Checks that a file is a whole zip with one `content.json`, whose checksum matches and which is JSON.
///
/// Of other entries it only checks that they lie within the file. Entries are streamed. The directory is read into memory,
/// and one longer than 64 MiB is an error.
pub fn check_archive(file: impl Read + Seek) -> Result<(), ArchiveError> {
    Archive::open(file)?.content::<IgnoredAny>(|_| ()).map(drop)
}

/// A `.dtable` file whose directory was checked, for closer checks than [`check_archive`].
pub struct Archive<F>(ZipArchive<Limited<F>>);

impl<F: Read + Seek> Archive<F> {
    /// Reads the directory of a zip, and checks that all entries lie within the file.
    pub fn open(mut file: F) -> Result<Self, ArchiveError> {
        let len = file.seek(SeekFrom::End(0)).map_err(ArchiveError::Read)?;
        let budget = Rc::new(Cell::new(DIRECTORY));
        let mut zip = ZipArchive::new(Limited { file, left: Rc::clone(&budget) }).map_err(broken_zip)?;
        budget.set(u64::MAX);
        if zip.has_duplicate_names() {
            return Err(ArchiveError::Duplicate);
        }
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(broken_zip)?;
            let end = entry.data_start().and_then(|start| start.checked_add(entry.compressed_size()));
            if end.is_none_or(|end| end > len) {
                return Err(ArchiveError::Zip("an entry extends beyond the end of the file".to_owned()));
            }
        }
        Ok(Self(zip))
    }

    /// The names of all entries whose names are valid text.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.file_names().filter_map(Result::ok)
    }

    /// Parses `content.json` and compares its checksum. `read` is called with its text piece by piece.
    pub fn content<T: DeserializeOwned>(&mut self, read: impl FnMut(&[u8])) -> Result<T, ArchiveError> {
        let index = self.0.index_for_name("content.json").ok_or(ArchiveError::NoContent)?;
        let json = Tap { json: self.0.by_index(index).map_err(broken_zip)?, read };
        let json = BufReader::new(Shallow { json, depth: 0, in_string: false, escaped: false });
        // Reads to the end, where the checksum is compared.
        serde_json::from_reader(json).map_err(broken_content)
    }

    /// Reads all entries and compares their checksums.
    pub fn check_entries(&mut self) -> Result<(), ArchiveError> {
        for index in 0..self.0.len() {
            let mut entry = self.0.by_index(index).map_err(broken_zip)?;
            let name = entry.name().map_err(broken_zip)?.into_owned();
            match io::copy(&mut entry, &mut io::sink()) {
                Err(error) if is_damage(&error) => return Err(ArchiveError::Entry(name, error.to_string())),
                copied => copied.map_err(ArchiveError::Read)?,
            };
        }
        Ok(())
    }
}

impl<F> fmt::Debug for Archive<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").finish_non_exhaustive()
    }
}

fn broken_zip(error: ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) if !is_damage(&error) => ArchiveError::Read(error),
        error => ArchiveError::Zip(error.to_string()),
    }
}

fn broken_content(error: serde_json::Error) -> ArchiveError {
    let words = error.to_string();
    match io::Error::from(error) {
        error if is_damage(&error) => ArchiveError::Content(words),
        error => ArchiveError::Read(error),
    }
}

/// Whether the bytes are wrong, rather than impossible to read.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof)
}

/// Fails after a limited number of bytes.
struct Limited<F> {
    file: F,
    left: Rc<Cell<u64>>,
}

impl<F: Read> Read for Limited<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(buffer)?;
        match self.left.get().checked_sub(len as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::new(ErrorKind::InvalidData, "its directory is too long")),
        }
        Ok(len)
    }
}

impl<F: Seek> Seek for Limited<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Passes the JSON that is read on to a function.
struct Tap<R, T> {
    json: R,
    read: T,
}

impl<R: Read, T: FnMut(&[u8])> Read for Tap<R, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.json.read(buffer)?;
        (self.read)(buffer.get(..len).unwrap_or_default());
        Ok(len)
    }
}

/// Fails on JSON that is nested too deeply, because a parser remembers each level.
struct Shallow<R> {
    json: R,
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl<R: Read> Read for Shallow<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.json.read(buffer)?;
        for byte in buffer.iter().take(len) {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'[' | b'{' if !self.in_string => self.depth += 1,
                b']' | b'}' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth > DEPTH {
                return Err(io::Error::new(ErrorKind::InvalidData, "it is nested too deeply"));
            }
        }
        Ok(len)
    }
}
