//! Checks of files before they are sent.

use std::io::{Read, Seek};

use seatable_io_dtable::{ArchiveError, CsvError, Losses, XlsxError, check_csv, check_dtable, check_xlsx};
use seatable_io_proto::Format;

/// Why a server cannot import a file, or would import only part of it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
#[non_exhaustive]
pub enum FileError {
    /// It is not a `.dtable` file that servers can import.
    Dtable(ArchiveError),
    /// It is not a `.csv` file that current servers can import as a whole.
    Csv(CsvError),
    /// It is not an `.xlsx` file that servers can import.
    Xlsx(XlsxError),
}

impl FileError {
    /// Returns the reason if the file could not be read.
    pub fn read_error(&self) -> Option<&std::io::Error> {
        match self {
            Self::Dtable(ArchiveError::Read(error))
            | Self::Xlsx(XlsxError::Zip(ArchiveError::Read(error)))
            | Self::Csv(CsvError::Read(error)) => Some(error),
            _ => None,
        }
    }
}

/// Checks a file before it is imported, because servers create the base before they open the file. Returns the losses to expect of
/// an import that succeeds.
///
/// The limits for a `.csv` are those of current servers. How older ones read it is not published, and which server it is for is
/// only known once something was sent, so the limits are the same for all.
///
/// # Errors
///
/// The reason why a server cannot import the file, or would import only part of it.
pub fn check_file(format: Format, file: impl Read + Seek) -> Result<Losses, FileError> {
    match format {
        Format::Dtable => check_dtable(file).map_err(FileError::Dtable),
        Format::Csv => check_csv(file).map(Losses::from).map_err(FileError::Csv),
        Format::Xlsx => check_xlsx(file).map(|()| Losses::default()).map_err(FileError::Xlsx),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use seatable_io_sandbox::{sample_dtable, workbook};

    use super::*;

    #[test]
    fn each_format_has_its_own_check() {
        let files = [sample_dtable(500), workbook("a", &[&["b"]]), "a,b\n".into()];
        for format in [Format::Dtable, Format::Xlsx, Format::Csv] {
            let good = files.iter().map(|file| check_file(format, Cursor::new(file)).is_ok());
            let expected = [Format::Dtable, Format::Xlsx, Format::Csv].map(|other| other == format);
            assert_eq!(good.collect::<Vec<_>>(), expected, "{format:?}");
        }
        assert!(check_file(Format::Csv, Cursor::new("a\tb\n")).unwrap().is_one_column);
    }
}
