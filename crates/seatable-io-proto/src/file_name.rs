use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use crate::{Base, InputError, multipart};

/// The format of a file to import. The server selects its importer by the extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A whole base: a zip with a `content.json`.
    Dtable,
    /// One table, as comma-separated values.
    Csv,
    /// A spreadsheet; current servers only.
    Xlsx,
}

impl Format {
    /// Returns the extension in lower case, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Dtable => "dtable",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }

    /// Returns whether it is a table, [`Csv`](Self::Csv) or [`Xlsx`](Self::Xlsx), rather than a whole base.
    pub fn is_table(self) -> bool {
        self != Format::Dtable
    }

    /// Reads the extension of a file name, in any case.
    pub fn from_file_name(name: &str) -> Option<Format> {
        let (_, extension) = name.rsplit_once('.')?;
        [Format::Dtable, Format::Csv, Format::Xlsx]
            .into_iter()
            .find(|format| format.extension().eq_ignore_ascii_case(extension))
    }
}

/// The file name in the multipart form, after which a server names the new base: the name, a dot, and the extension in
/// lower case.
///
/// ```
/// use seatable_io_proto::{FileName, Format, InputError};
///
/// let name: FileName = "Stock.CSV".parse()?;
/// assert_eq!(name, FileName::new("Stock", Format::Csv)?);
/// assert_eq!(name.to_string(), "Stock.csv");
/// assert_eq!("stock.txt".parse::<FileName>(), Err(InputError::Format));
/// # Ok::<(), InputError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileName {
    text: String,
    format: Format,
}

impl FileName {
    /// Creates a name for a new base.
    ///
    /// # Errors
    ///
    /// An [`InputError`] for names that servers would change or reject: an empty name, `/`, `\`, control characters, more than 255
    /// characters with the extension, a part header of more than 1022 bytes.
    pub fn new(base: &str, format: Format) -> Result<FileName, InputError> {
        if base.is_empty() {
            return Err(InputError::FileNameEmpty);
        }
        if let Some(character) = base.chars().find(|c| matches!(c, '/' | '\\') || c.is_control()) {
            return Err(InputError::FileNameCharacter(character));
        }
        let text = format!("{base}.{}", format.extension());
        match text.chars().count() {
            ..=255 => {}
            count => return Err(InputError::FileNameTooLong(count)),
        }
        match multipart::file_header(&text).len() {
            ..=1022 => Ok(FileName { text, format }),
            count => Err(InputError::FileNameHeader(count)),
        }
    }

    /// Returns the name of the base, without the extension.
    pub fn base(&self) -> &str {
        self.text.rsplit_once('.').map_or("", |(base, _)| base)
    }

    /// Returns whether this is the name of `base`, both in NFC, to which servers normalize names.
    pub fn is_name_of(&self, base: &Base) -> bool {
        self.base().nfc().eq(base.name.nfc())
    }

    /// Returns a key that is equal for names that a server's database may confuse: it usually ignores case, accents and spaces at
    /// the end, and treats all characters above U+FFFF as one
    /// ([fact 22](crate::facts), [MariaDB](https://mariadb.com/kb/en/supported-character-sets-and-collations/)).
    pub fn collation_key(&self) -> String {
        let letters = self.base().trim_end_matches(' ').nfd().filter(|c| canonical_combining_class(*c) == 0);
        let folded = letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
        folded.map(|c| if c > '\u{ffff}' { char::REPLACEMENT_CHARACTER } else { c }).collect()
    }

    /// Returns the format of the file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the whole file name.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Reads a name with its extension. An unknown extension is [`InputError::Format`].
impl FromStr for FileName {
    type Err = InputError;

    fn from_str(text: &str) -> Result<FileName, InputError> {
        let format = Format::from_file_name(text).ok_or(InputError::Format)?;
        FileName::new(text.rsplit_once('.').map_or(text, |(name, _)| name), format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_in_any_case_and_sent_in_lower_case() {
        assert_eq!(Format::from_file_name("Stock.v2.DTable"), Some(Format::Dtable));
        assert_eq!(Format::from_file_name("dir/prices.CSV"), Some(Format::Csv));
        assert_eq!(Format::from_file_name("csv"), None);
        assert_eq!(Format::from_file_name("a.csv/b"), None);
        let file = FileName::new("Stock.v2", Format::Xlsx).unwrap();
        assert_eq!((file.base(), file.as_str()), ("Stock.v2", "Stock.v2.xlsx"));
    }

    #[test]
    fn fact_22_names_that_a_database_may_confuse_have_the_same_key() {
        let key = |base: &str| FileName::new(base, Format::Dtable).unwrap().collation_key();
        for (one, other) in [
            ("Plan", "plan"),
            ("Müller", "muller"),
            ("a", "a  "),
            ("ΟΔΟΣ", "οδος"),
            ("😀", "🦀"),
            ("ß", "SS"),
            ("x", "X\u{301}"),
        ] {
            assert_eq!(key(one), key(other), "{one}, {other}");
        }
        for (one, other) in
            [("plan", "plans"), ("a", " a"), ("a b", "ab"), ("कि", "का"), ("项", "目"), ("a.b", "a")]
        {
            assert_ne!(key(one), key(other), "{one}, {other}");
        }
    }

    #[test]
    fn a_name_that_cannot_arrive_is_rejected() {
        let refused = |base: &str| FileName::new(base, Format::Csv).unwrap_err();
        assert_eq!(refused(""), InputError::FileNameEmpty);
        for character in ['/', '\\', '\n', '\u{7f}', '\u{9b}'] {
            assert_eq!(refused(&format!("a{character}b")), InputError::FileNameCharacter(character));
        }
        assert_eq!(refused(&"ä".repeat(252)), InputError::FileNameTooLong(256));
        assert!(FileName::new(&"ä".repeat(251), Format::Csv).is_ok());
    }

    #[test]
    fn a_part_header_is_at_most_1022_bytes_long() {
        let frame = multipart::file_header(".csv").len();
        let quotes = "\"".repeat((1022 - frame) / "&quot;".len());
        let rest = "a".repeat((1022 - frame) % "&quot;".len());
        assert!(FileName::new(&format!("{quotes}{rest}"), Format::Csv).is_ok());
        let refused = FileName::new(&format!("{quotes}{rest}a"), Format::Csv);
        assert_eq!(refused, Err(InputError::FileNameHeader(1023)));
    }
}
