//! The requirements for an `.xlsx` file.

use std::io::{Read, Seek, SeekFrom};

use crate::{Archive, ArchiveError};

/// The size in bytes from which servers reject a file.
const SIZE: u64 = 11 * 1024 * 1024;

/// The entry that every workbook has.
const CONTENT_TYPES: &str = "[Content_Types].xml";

/// Why a server cannot import an `.xlsx` file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XlsxError {
    /// The file is too large.
    #[error("it is larger than 11 MiB")]
    TooLarge,
    /// The file is not a zip that servers can read.
    #[error(transparent)]
    Zip(ArchiveError),
    /// The file is a zip, and not a workbook.
    #[error("the zip contains no workbook")]
    NoWorkbook,
}

/// Checks that a server can open an `.xlsx` file: a whole zip of less than 11 MiB that looks like a workbook.
///
/// All entries are unpacked: to at most 64 MiB and 200 times the size of the file.
pub fn check_xlsx(mut file: impl Read + Seek) -> Result<(), XlsxError> {
    let len = file.seek(SeekFrom::End(0)).map_err(|error| XlsxError::Zip(ArchiveError::Read(error)))?;
    if len >= SIZE {
        return Err(XlsxError::TooLarge);
    }
    let mut archive = Archive::open(file).map_err(XlsxError::Zip)?;
    archive.check_entries().map_err(XlsxError::Zip)?;
    if archive.names().any(|name| name == CONTENT_TYPES) { Ok(()) } else { Err(XlsxError::NoWorkbook) }
}
