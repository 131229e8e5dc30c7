use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use crate::id::checked_text;
use crate::{BaseUuid, InputError, multipart};

/// A base as a server describes it. Only `uuid` and `name` are always present.
///
/// Unknown keys are ignored. An optional value of an unexpected type is read as `None`; texts that are numbers are read as
/// numbers, and numbers as texts, where that is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Base {
    /// The identifier of the base, to be sent back byte for byte.
    pub uuid: BaseUuid,
    /// The name of the base in its workspace.
    #[serde(deserialize_with = "required_text")]
    pub name: String,
    /// The number of the base on the server.
    #[serde(default, deserialize_with = "number")]
    pub id: Option<u64>,
    /// The workspace that the base is in.
    #[serde(default, deserialize_with = "number")]
    pub workspace_id: Option<u64>,
    /// Who created the base.
    #[serde(default, deserialize_with = "text")]
    pub creator: Option<String>,
    /// Who last changed the base.
    #[serde(default, deserialize_with = "text")]
    pub modifier: Option<String>,
    /// When the base was created, as the server writes it. All known servers use RFC 3339.
    #[serde(default, deserialize_with = "text")]
    pub created_at: Option<String>,
    /// When the base was last changed, as the server writes it. All known servers use RFC 3339.
    #[serde(default, deserialize_with = "text")]
    pub updated_at: Option<String>,
    /// The colour of the icon (since 2021).
    #[serde(default, deserialize_with = "text")]
    pub color: Option<String>,
    /// The colour of the text in the icon (since 2021).
    #[serde(default, deserialize_with = "text")]
    pub text_color: Option<String>,
    /// The icon (since 2021).
    #[serde(default, deserialize_with = "text")]
    pub icon: Option<String>,
}

pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    })
}

pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_bool())
}

pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

pub(crate) fn required_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer)?.ok_or_else(|| serde::de::Error::custom("a text was expected"))
}

checked_text! {
    /// The name of an existing base, by which it is addressed.
    BaseName, reads "String", new "Accepts 1 to 255 characters of any kind.",
    |name| !name.is_empty() && name.chars().count() <= 255
}

impl BaseName {
    /// Whether the name is `.` or `..`, which cannot be a segment of a URL's path.
    pub fn is_dots(&self) -> bool {
        matches!(self.as_str(), "." | "..")
    }

    /// The name in NFC, if that is another name. Servers normalize names to NFC when they create a base ([fact
    /// 19](crate::facts)), so a base that is not found by a name may be found by this one.
    ///
    /// A few characters become several in NFC. `None` also if the result is longer than 255 characters, because then no base
    /// can have it.
    ///
    /// ```
    /// use seatable_io_proto::BaseName;
    ///
    /// let name = BaseName::new("u\u{308}bung")?;
    /// assert_eq!(name.to_nfc(), Some(BaseName::new("übung")?));
    /// assert_eq!(BaseName::new("übung")?.to_nfc(), None);
    /// # Ok::<(), seatable_io_proto::InputError>(())
    /// ```
    pub fn to_nfc(&self) -> Option<BaseName> {
        let name: String = self.as_str().nfc().collect();
        BaseName::new(name).ok().filter(|name| name != self)
    }

    /// Whether this is the name of `base`, both in NFC.
    pub fn is_name_of(&self, base: &Base) -> bool {
        self.is_same(&base.name)
    }

    /// Whether this and `name` are the same in NFC.
    pub fn is_same(&self, name: &str) -> bool {
        self.as_str().nfc().eq(name.nfc())
    }
}

/// The format of a file to import. The server selects its importer by the extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// A whole base: a zip with a `content.json`.
    Dtable,
    /// One table, as comma-separated values.
    Csv,
    /// A spreadsheet; current servers only.
    Xlsx,
}

impl Format {
    /// The extension in lower case, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Dtable => "dtable",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }

    /// Whether it is a table, [`Csv`](Self::Csv) or [`Xlsx`](Self::Xlsx), rather than a whole base.
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
    /// Rejects names that servers would change or reject: an empty name, `/`, `\`, control characters, more than 255 characters
    /// with the extension, a part header of more than 1022 bytes.
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

    /// The name of the base, without the extension.
    pub fn base(&self) -> &str {
        self.text.rsplit_once('.').map_or("", |(base, _)| base)
    }

    /// Whether this is the name of `base`, both in NFC, to which servers normalize names.
    pub fn is_name_of(&self, base: &Base) -> bool {
        self.base().nfc().eq(base.name.nfc())
    }

    /// The format of the file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The whole file name.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl AsRef<str> for FileName {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// From a name with its extension. [`InputError::Format`] if the extension is unknown.
impl FromStr for FileName {
    type Err = InputError;

    fn from_str(text: &str) -> Result<FileName, InputError> {
        let format = Format::from_file_name(text).ok_or(InputError::Format)?;
        FileName::new(text.rsplit_once('.').map_or(text, |(name, _)| name), format)
    }
}

impl TryFrom<&str> for FileName {
    type Error = InputError;

    fn try_from(text: &str) -> Result<FileName, InputError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(json: &str) -> Option<Base> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn unknown_keys_and_unexpected_types_are_no_error() {
        let json = r#"{"uuid": "u", "name": "n", "id": "x", "workspace_id": -1, "creator": {"a": 1},
                       "color": 656463, "icon": null, "in_storage": true}"#;
        let base = base(json).unwrap();
        assert_eq!((base.id, base.workspace_id, base.creator), (None, None, None));
        assert_eq!((base.color.as_deref(), base.icon, base.created_at), (Some("656463"), None, None));
    }

    #[test]
    fn a_base_has_a_uuid_and_a_name() {
        assert!(base(r#"{"uuid": "u", "name": ""}"#).is_some());
        assert_eq!(base(r#"{"uuid": "u", "name": 2020}"#).unwrap().name, "2020");
        assert_eq!(base(r#"{"uuid": "u", "name": "n", "id": "7"}"#).unwrap().id, Some(7));
        for json in [r#"{"uuid": "u"}"#, r#"{"name": "n"}"#, r#"{"uuid": "", "name": "n"}"#, "[]", "null"] {
            assert_eq!(base(json), None, "{json}");
        }
        assert_eq!(base(r#"{"uuid": "u", "name": null}"#), None);
    }

    #[test]
    fn a_base_survives_being_written_down() {
        let base = base(r#"{"uuid": "u", "name": "n", "id": 7, "icon": "i"}"#).unwrap();
        let kept = serde_json::to_string(&base).unwrap();
        assert_eq!(serde_json::from_str::<Base>(&kept).unwrap(), base);
    }

    #[test]
    fn a_base_is_addressed_by_any_255_characters() {
        assert!(BaseName::new("🦀".repeat(255)).is_ok());
        assert!(BaseName::new("a/b?c#d%e\"f\n").is_ok());
        assert_eq!(BaseName::new("a".repeat(256)), Err(InputError::BaseName));
        assert_eq!(BaseName::new(""), Err(InputError::BaseName));
    }

    #[test]
    fn one_dot_and_two_are_told_from_other_names() {
        let is_dots = |name: &str| BaseName::new(name).unwrap().is_dots();
        assert!(is_dots(".") && is_dots(".."));
        assert!(!is_dots("...") && !is_dots(".a"));
    }

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
    fn fact_19_names_are_compared_in_nfc() {
        let named = |name: &str| base(&serde_json::json!({"uuid": "u", "name": name}).to_string()).unwrap();
        let file = FileName::new("Gro\u{308}ße", Format::Dtable).unwrap();
        let name = BaseName::new(file.base()).unwrap();
        for other in ["Gr\u{f6}ße", "Gro\u{308}ße"] {
            assert!(file.is_name_of(&named(other)) && name.is_name_of(&named(other)), "{other}");
        }
        for other in ["Größe (2)", "Grosse"] {
            assert!(!file.is_name_of(&named(other)) && !name.is_name_of(&named(other)), "{other}");
        }
    }

    #[test]
    fn fact_19_a_base_is_addressed_by_its_name_in_nfc_too() {
        let nfc = |name: &str| BaseName::new(name).unwrap().to_nfc().map(String::from);
        assert_eq!(nfc("Gro\u{308}ße").as_deref(), Some("Gr\u{f6}ße"));
        assert_eq!([nfc("Gr\u{f6}ße"), nfc("stock")], [None, None]);
        assert_eq!(nfc("\u{fb1d}").as_deref(), Some("\u{5d9}\u{5b4}"));
        assert_eq!(nfc(&"\u{fb1d}".repeat(128)), None);
    }

    #[test]
    fn what_cannot_arrive_as_a_name_is_refused() {
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
