use std::fmt;
use std::str::FromStr;

use seatable_io_proto::BaseUuid;
use serde::{Deserialize, Serialize};

use crate::serde_text::serde_as_text;
use crate::{CopyPath, Timestamp};

/// A copy of a base, as the catalogue records it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SavedCopy {
    /// The file.
    pub file: CopyPath,
    /// The URL of the server.
    pub server: String,
    /// The workspace of the base.
    pub workspace_id: u64,
    /// The name of the workspace; in a copy from the list of a whole server, that of its owner.
    pub workspace: String,
    /// The [`id`](seatable_io_proto::Owner::id) of the owner, if the copy was made from the list of a whole server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The base.
    pub base: SavedBase,
    /// The start of the export.
    pub started: Timestamp,
    /// The size of the file.
    pub bytes: u64,
    /// The checksum of the file.
    pub sha256: Checksum,
    /// The number of assets that the base names and the file lacks.
    pub assets_missing: u64,
}

/// The base of a copy, as the server listed it before the export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SavedBase {
    /// The server's identifier of the base.
    pub uuid: BaseUuid,
    /// The name of the base.
    pub name: String,
    /// The time of the last change, as the server wrote it.
    pub updated_at: Option<String>,
}

impl SavedCopy {
    /// Returns the folder of the copy, which is also a name for its base: `204 personal/Sales`.
    pub fn label(&self) -> &str {
        self.file.folder()
    }

    /// Returns the line that records the copy in the catalogue, with its line feed.
    pub fn line(&self) -> String {
        line(self)
    }
}

/// Returns the line that records the removal of a copy, with its line feed. Write it before the file is deleted.
pub fn removal_line(file: &CopyPath, removed: Timestamp) -> String {
    line(&Removal { file: file.clone(), removed })
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Removal {
    pub(crate) file: CopyPath,
    removed: Timestamp,
}

pub(crate) fn line(record: &impl Serialize) -> String {
    // Texts and numbers in a structure can always be serialized.
    let json = serde_json::to_string(record).unwrap_or_default();
    format!("{json}\n")
}

/// A SHA-256, written as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checksum([u8; 32]);

/// The text is not a SHA-256 with 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256: it has 64 hexadecimal digits")]
pub struct NotAChecksum;

impl Checksum {
    /// Wraps the result of the hash function.
    pub fn new(bytes: [u8; 32]) -> Checksum {
        Checksum(bytes)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

serde_as_text!(Checksum, Checksum::from_str);

impl FromStr for Checksum {
    type Err = NotAChecksum;

    fn from_str(text: &str) -> Result<Checksum, NotAChecksum> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let text: &[u8; 64] = text.as_bytes().try_into().map_err(|_| NotAChecksum)?;
        let mut bytes = [0; 32];
        for (byte, &[high, low]) in bytes.iter_mut().zip(text.as_chunks().0) {
            *byte = digit(high).zip(digit(low)).map(|(high, low)| high << 4 | low).ok_or(NotAChecksum)?;
        }
        Ok(Checksum(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;
    use crate::testing::copy;

    #[test]
    fn a_copy_is_recorded_in_one_line() {
        let copy = copy("u", "a", 1);
        assert_eq!(
            copy.line(),
            concat!(
                r#"{"file":"204 personal/a/1970-01-01T000001Z.dtable","server":"https://seatable.example/","#,
                r#""workspace_id":204,"workspace":"personal","base":{"uuid":"u","name":"a","updated_at":null},"#,
                r#""started":"1970-01-01T00:00:01Z","bytes":100,"#,
                r#""sha256":"0707070707070707070707070707070707070707070707070707070707070707","assets_missing":0}"#,
                "\n"
            )
        );
    }

    #[test]
    fn only_the_copy_of_a_whole_server_records_its_owner() {
        let with_owner = SavedCopy { owner: Some("a@auth.local".to_owned()), ..copy("u", "a", 1) };
        let line = with_owner.line();
        assert!(line.contains(r#""workspace":"personal","owner":"a@auth.local","base":"#), "{line}");
        let read = Catalogue::read(format!("{line}{}", copy("v", "b", 2).line()).as_bytes());
        assert!(read.copies().eq([with_owner, copy("v", "b", 2)]));
    }

    #[test]
    fn a_name_never_breaks_a_line() {
        let line = copy("u", "a\nb\r\u{2028}\"", 1).line();
        assert_eq!(line.find('\n'), Some(line.len() - 1));
    }

    #[test]
    fn a_removal_is_recorded_in_one_line() {
        let line = removal_line(&copy("u", "a", 1).file, Timestamp::from_unix(2).unwrap());
        assert_eq!(
            line,
            "{\"file\":\"204 personal/a/1970-01-01T000001Z.dtable\",\"removed\":\"1970-01-01T00:00:02Z\"}\n"
        );
    }

    #[test]
    fn a_checksum_has_64_digits() {
        let read = |text: &str| text.parse::<Checksum>();
        let text = "00ff0123456789abcdef".to_owned() + &"a".repeat(44);
        assert_eq!(read(&text).unwrap().to_string(), text);
        assert_eq!(read(&text.to_uppercase()), read(&text));
        for text in ["", "00", &"a".repeat(63), &"a".repeat(66), &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(read(text), Err(NotAChecksum));
        }
    }
}
