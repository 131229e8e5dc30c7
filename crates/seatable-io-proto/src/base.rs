use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::BaseUuid;
use crate::entry::Entry;
use crate::text::checked_text;

/// A base as a server describes it. Only `uuid` and `name` are always present.
///
/// Unknown keys are ignored. An optional value of an unexpected type is read as `None`, and so is a text of more than 255
/// characters, or a time of more than 64 bytes. Texts that are numbers are read as numbers, and numbers as texts, where that
/// is expected.
#[doc(alias = "dtable")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Entry")]
#[non_exhaustive]
pub struct Base {
    /// The identifier of the base, to be sent back byte for byte.
    pub uuid: BaseUuid,
    /// The name of the base in its workspace, of at most 255 characters.
    pub name: String,
    /// The number of the base on the server.
    pub id: Option<u64>,
    /// The workspace that the base is in.
    pub workspace_id: Option<u64>,
    /// Who created the base.
    pub creator: Option<String>,
    /// Who last changed the base.
    pub modifier: Option<String>,
    /// When the base was created, as the server writes it. All known servers use RFC 3339.
    pub created_at: Option<String>,
    /// When the base was last changed, as the server writes it. All known servers use RFC 3339.
    pub updated_at: Option<String>,
    /// The colour of the icon (since 2021).
    pub color: Option<String>,
    /// The colour of the text in the icon (since 2021).
    pub text_color: Option<String>,
    /// The icon (since 2021).
    pub icon: Option<String>,
}

checked_text! {
    /// The name of an existing base, by which it is addressed.
    #[doc(alias = "dtable_name")]
    BaseName, reads "String", new "Accepts 1 to 255 characters of any kind.",
    |name| !name.is_empty() && name.chars().count() <= 255
}

impl BaseName {
    /// Returns whether the name is `.` or `..`, which cannot be a segment of a URL's path.
    pub fn is_dots(&self) -> bool {
        matches!(self.as_str(), "." | "..")
    }

    /// Returns the name in NFC, if that is another name. Servers normalize names to NFC when they create a base ([fact
    /// 19](crate::facts)), so a base that is not found by its name may be found by this one.
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

    /// Returns whether this and `name` are the same in NFC.
    pub fn is_same(&self, name: &str) -> bool {
        self.as_str().nfc().eq(name.nfc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileName, Format, InputError};

    fn base(json: &str) -> Option<Base> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn unknown_keys_and_unexpected_types_are_not_errors() {
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
    fn a_time_has_at_most_64_bytes_and_another_text_255_characters() {
        let with = |key: &str, value: String| {
            let json = serde_json::json!({"uuid": "u", "name": "n", key: value});
            base(&json.to_string())
        };
        let time = |len| with("updated_at", "1".repeat(len)).unwrap().updated_at;
        assert_eq!((time(64).map(|text| text.len()), time(65)), (Some(64), None));
        assert_eq!(with("created_at", "1".repeat(65)).unwrap().created_at, None);
        assert!(with("icon", "ä".repeat(255)).unwrap().icon.is_some());
        assert_eq!(with("icon", "ä".repeat(256)).unwrap().icon, None);
        assert!(with("name", "ä".repeat(255)).is_some() && with("uuid", "a".repeat(255)).is_some());
        assert_eq!([with("name", "a".repeat(256)), with("uuid", "a".repeat(256))], [None, None]);
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
    fn one_dot_and_two_differ_from_other_names() {
        let is_dots = |name: &str| BaseName::new(name).unwrap().is_dots();
        assert!(is_dots(".") && is_dots(".."));
        assert!(!is_dots("...") && !is_dots(".a"));
    }

    #[test]
    fn fact_19_names_are_compared_in_nfc() {
        let named = |name: &str| base(&serde_json::json!({"uuid": "u", "name": name}).to_string()).unwrap();
        let file = FileName::new("Gro\u{308}ße", Format::Dtable).unwrap();
        let name = BaseName::new(file.base()).unwrap();
        for other in ["Gr\u{f6}ße", "Gro\u{308}ße"] {
            assert!(file.is_name_of(&named(other)) && name.is_same(other), "{other}");
        }
        for other in ["Größe (2)", "Grosse"] {
            assert!(!file.is_name_of(&named(other)) && !name.is_same(other), "{other}");
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
}
