use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::rc::Rc;

use serde::de::IgnoredAny;
use zip::ZipArchive;
use zip::result::ZipError;

/// The longest directory of a zip in bytes: room for half a million entries, which take some 200 MB in memory.
const DIRECTORY: u64 = 64 * 1024 * 1024;

const CONTENT: &str = "content.json";

/// The key without which `content.json` is not that of a base.
const TABLES: &[u8] = b"tables";

/// How deeply arrays and objects may be nested.
const DEPTH: u32 = 1000;

/// Why a file is not a `.dtable` file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The directory of the zip is missing or damaged, is longer than 64 MiB, or lists what is not in the file.
    #[error("the file is not a complete zip")]
    Zip,
    /// Two entries have the same name.
    #[error("the zip contains two entries with the same name")]
    Duplicate,
    /// There is no `content.json` at the top of the zip.
    #[error("the zip contains no content.json")]
    NoContent,
    /// `content.json` is `""`, as in a base of 2020 that nobody has opened ([fact 12](seatable_io_proto::facts)).
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
    /// Whether the file is a whole zip that is not a base, rather than a damaged one.
    pub fn is_not_a_base(&self) -> bool {
        matches!(self, Self::NoContent | Self::NeverOpened | Self::NoTables | Self::NotJson | Self::TooDeep)
    }
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

/// Checks that a file is a whole zip with one `content.json`, whose checksum matches and which is an object with the key
/// `tables`.
///
/// Of other entries it only checks that they lie within the file. Entries are streamed. The directory is read into memory,
/// and one longer than 64 MiB is an error.
pub fn check_archive(file: impl Read + Seek) -> Result<(), ArchiveError> {
    Archive::open(file)?.check_content(|_| ())
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
                return Err(ArchiveError::Zip);
            }
        }
        Ok(Self(zip))
    }

    /// The names of all entries whose names are valid text.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.file_names().filter_map(Result::ok)
    }

    /// Checks `content.json` as [`check_archive`] does. `read` is called with its text piece by piece.
    pub fn check_content(&mut self, read: impl FnMut(&[u8])) -> Result<(), ArchiveError> {
        let index = self.0.index_for_name(CONTENT).ok_or(ArchiveError::NoContent)?;
        let json = self.0.by_index(index).map_err(|error| broken_entry(CONTENT, error))?;
        let mut json = BufReader::new(Tap { json, read, outline: Outline::default() });
        let parsed = serde_json::from_reader(&mut json).map(|IgnoredAny| ());
        match parsed {
            _ if json.get_ref().outline.is_too_deep() => Err(ArchiveError::TooDeep),
            Err(error) if error.is_io() => Err(unread(CONTENT, error.into())),
            Err(_) => {
                // Reads to the end, where the checksum is compared.
                io::copy(&mut json, &mut io::sink()).map_err(|error| unread(CONTENT, error))?;
                Err(ArchiveError::NotJson)
            }
            Ok(()) => json.get_ref().outline.judge(),
        }
    }

    /// Reads all entries and compares their checksums.
    pub fn check_entries(&mut self) -> Result<(), ArchiveError> {
        for index in 0..self.0.len() {
            let name =
                self.0.by_index_raw(index).map_err(broken_zip)?.name().map_err(broken_zip)?.into_owned();
            let mut entry = self.0.by_index(index).map_err(|error| broken_entry(&name, error))?;
            io::copy(&mut entry, &mut io::sink()).map_err(|error| unread(&name, error))?;
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
            None => return Err(ErrorKind::InvalidData.into()),
        }
        Ok(len)
    }
}

impl<F: Seek> Seek for Limited<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Passes the JSON that is read on to a function, and fails if it is nested too deeply.
struct Tap<R, T> {
    json: R,
    read: T,
    outline: Outline,
}

impl<R: Read, T: FnMut(&[u8])> Read for Tap<R, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.json.read(buffer)?;
        let bytes = buffer.get(..len).unwrap_or_default();
        (self.read)(bytes);
        for &byte in bytes {
            self.outline.add(byte);
            if self.outline.is_too_deep() {
                return Err(ErrorKind::InvalidData.into());
            }
        }
        Ok(len)
    }
}

/// What a JSON text is, without its contents: a parser keeps each key, and remembers each level of nesting.
#[derive(Default)]
struct Outline {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The beginning of the last string, if that is at most one level deep.
    string: Vec<u8>,
    is_text: bool,
    has_tables: bool,
}

impl Outline {
    fn add(&mut self, byte: u8) {
        if self.in_string {
            self.add_to_string(byte);
            return;
        }
        match byte {
            b'"' => {
                (self.in_string, self.is_text) = (true, self.depth == 0);
                self.string.clear();
            }
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            b':' => self.has_tables |= self.string == TABLES,
            _ => {}
        }
    }

    fn add_to_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                return;
            }
            _ => {}
        }
        if self.depth <= 1 && self.string.len() <= TABLES.len() {
            self.string.push(byte);
        }
    }

    fn is_too_deep(&self) -> bool {
        self.depth > DEPTH
    }

    /// Judges a text that is valid JSON.
    fn judge(&self) -> Result<(), ArchiveError> {
        if self.has_tables {
            return Ok(());
        }
        let is_empty_text = self.is_text && self.string.is_empty();
        Err(if is_empty_text { ArchiveError::NeverOpened } else { ArchiveError::NoTables })
    }
}
