use std::io::{self, ErrorKind};

use zip::result::ZipError;

use super::limits::Unreadable;
use crate::text::shown;

/// Why a file is not a `.dtable` file. In its words, the name of an entry is cut after 200 characters, and has no control characters.
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
    /// There is no `content.json` in the zip.
    #[error("the zip contains no content.json")]
    NoContent,
    /// `content.json` is in this folder of the zip, where no server looks for it (fact 25).
    #[error("its content.json is inside `{}`", shown(.0))]
    ContentInFolder(String),
    /// `content.json` is `""`, as 2020 servers export a base that nobody has opened (fact 12).
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
    #[error("its entry {} is damaged", shown(.0))]
    Entry(String),
    /// An entry is encrypted, so no server can read it (fact 25).
    #[error("its entry {} is encrypted, which servers cannot read", shown(.0))]
    Encrypted(String),
    /// An entry is packed by a method that servers cannot read: any but Stored, Deflate, `BZip2` and LZMA (fact 25).
    #[error("its entry {} is packed with {method}, which servers cannot read", shown(.entry))]
    Method {
        /// The name of the entry.
        entry: String,
        /// The name of the method.
        method: &'static str,
    },
    /// The directory calls the name of an entry UTF-8, and it is not, so a server opens nothing of the zip.
    #[error("the name of its entry {} is not UTF-8, which servers cannot read", shown(.0))]
    Name(String),
    /// An entry is packed with LZMA, and needs more than 64 MiB of memory to be unpacked.
    #[error("its entry {} needs more than 64 MiB of memory to be unpacked", shown(.0))]
    Window(String),
    /// `content.json` is not that of a base, such as a table whose rows are not a list. The text has the place in bytes.
    #[error("its content.json is not that of a base: {0}")]
    Malformed(String),
    /// A row, a column, an option or a collaborator, or all that is kept of a base, needs too much memory: what is kept counts
    /// its length and 256 bytes for each part.
    #[error(
        "a row or a column of it has more than 16 MiB or 131,072 keys, or all columns, options, links and collaborators \
        together have more than 64 MiB"
    )]
    TooMuchAtOnce,
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Read(#[source] io::Error),
}

impl ArchiveError {
    /// Returns whether the file is a whole zip that is not a base, rather than a damaged one.
    pub fn is_not_a_base(&self) -> bool {
        use ArchiveError::{ContentInFolder, Malformed, NeverOpened, NoContent, NoTables, NotJson, TooDeep};
        matches!(
            self,
            NoContent | ContentInFolder(_) | NeverOpened | NoTables | NotJson | TooDeep | Malformed(_)
        )
    }

    /// Returns whether the file unpacks to more than it may, or needs too much memory for that.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::LongContent | Self::TooLarge | Self::Ratio | Self::Window(_))
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

pub(super) fn broken_zip(error: ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) => unreadable(error).map_or(ArchiveError::Zip, ArchiveError::Read),
        _ => ArchiveError::Zip,
    }
}

/// Returns why an entry cannot be read: the error of a limit, of the file, or of a decoder.
pub(super) fn unread(name: &str, error: io::Error) -> ArchiveError {
    match error.downcast() {
        Ok(error) => error,
        Err(error) => {
            unreadable(error).map_or_else(|| ArchiveError::Entry(name.to_owned()), ArchiveError::Read)
        }
    }
}

/// Returns the error if the file cannot be read; `None` if its bytes are wrong.
fn unreadable(error: io::Error) -> Option<io::Error> {
    use ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    let Unreadable(error) = error.downcast().ok()?;
    Some(error).filter(|error| !matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof))
}
