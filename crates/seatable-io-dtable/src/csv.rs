//! The requirements for a `.csv` file.

use std::io::{self, Read};

/// The size in bytes from which current servers reject a file.
const SIZE: usize = 11 * 1024 * 1024;

/// The longest field that a server reads, in characters.
const FIELD: usize = 131_072;

/// The most rows that a server imports, the first of which has the names of the columns. It leaves out those that follow.
const ROWS: usize = 50_000;

const COLUMNS: usize = 500;

/// Why a server cannot import a `.csv` file, or would lose part of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The file is too large.
    #[error("it is larger than 11 MiB")]
    TooLarge,
    /// The text is not UTF-8.
    #[error("line {line} is not UTF-8")]
    NotUtf8 {
        /// The number of the line, from 1.
        line: usize,
    },
    /// The text contains a NUL byte.
    #[error("line {line} contains a NUL byte")]
    Nul {
        /// The number of the line, from 1.
        line: usize,
    },
    /// A field is too long.
    #[error("a field that ends in line {line} has more than 131,072 characters")]
    LongField {
        /// The number of the line, from 1.
        line: usize,
    },
    /// There are too many rows.
    #[error("it has more than 50,000 rows")]
    Rows,
    /// There are too many columns.
    #[error("line {line} has more than 500 columns")]
    Columns {
        /// The number of the line, from 1.
        line: usize,
    },
    /// There is nothing in the file.
    #[error("it is empty")]
    Empty,
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Read(#[source] io::Error),
}

/// A `.csv` file that a server can import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvFile {
    /// The number of rows, with the first.
    pub rows: usize,
    /// The character that separates fields, as servers guess it from the first line.
    pub delimiter: char,
    /// Whether the first line seems to be separated by tabs: a server makes one column of it.
    pub seems_tab_separated: bool,
}

/// Checks that current servers import all of a `.csv` file.
///
/// The file is read into memory; one of 11 MiB or more is an error, since servers reject it.
pub fn check_csv(file: impl Read) -> Result<CsvFile, CsvError> {
    let mut bytes = Vec::new();
    file.take(SIZE as u64).read_to_end(&mut bytes).map_err(CsvError::Read)?;
    if bytes.len() == SIZE {
        return Err(CsvError::TooLarge);
    }
    let line_at = |place| bytes.iter().take(place).filter(|byte| **byte == b'\n').count().saturating_add(1);
    let text =
        str::from_utf8(&bytes).map_err(|error| CsvError::NotUtf8 { line: line_at(error.valid_up_to()) })?;
    if let Some(place) = text.find('\0') {
        return Err(CsvError::Nul { line: line_at(place) });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let first = text.lines().next().ok_or(CsvError::Empty)?;
    let count = |c| first.matches(c).count();
    let delimiter = if count(',') >= count(';') { ',' } else { ';' };
    let rows = count_rows(&text, delimiter)?;
    Ok(CsvFile { rows, delimiter, seems_tab_separated: count(delimiter) == 0 && count('\t') > 0 })
}

/// Where a parser is in a row, as that of Python's `csv` module.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote within quotes, which ends them or is the first of two.
    Quote,
}

fn count_rows(text: &str, delimiter: char) -> Result<usize, CsvError> {
    let (mut line, mut rows, mut columns, mut len) = (1, 0_usize, 1_usize, 0_usize);
    let (mut place, mut is_in_row) = (Place::FieldStart, false);
    for c in text.chars() {
        let is_plain = place != Place::Quoted;
        is_in_row = true;
        match c {
            '"' if place == Place::FieldStart => place = Place::Quoted,
            '"' if place == Place::Quoted => place = Place::Quote,
            '\n' if is_plain => {
                (rows, columns, len) = (rows.saturating_add(1), 1, 0);
                (place, is_in_row) = (Place::FieldStart, false);
            }
            c if is_plain && c == delimiter => {
                (columns, len, place) = (columns.saturating_add(1), 0, Place::FieldStart);
            }
            c => {
                len = len.saturating_add(1);
                place = if !is_plain || (place, c) == (Place::Quote, '"') {
                    Place::Quoted
                } else {
                    Place::Unquoted
                };
            }
        }
        if len > FIELD {
            return Err(CsvError::LongField { line });
        }
        if columns > COLUMNS {
            return Err(CsvError::Columns { line });
        }
        line = line.saturating_add((c == '\n').into());
    }
    let rows = rows.saturating_add(is_in_row.into());
    if rows > ROWS { Err(CsvError::Rows) } else { Ok(rows) }
}
