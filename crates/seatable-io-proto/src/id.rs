use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InputError;
use crate::scalar::Scalar;
use crate::text::checked_text;

checked_text! {
    /// The server's identifier of a task: opaque text, sent back byte for byte.
    TaskId, reads "Scalar", new "Accepts 1 to 255 bytes without control characters.", is_id
}

checked_text! {
    /// The server's identifier of a base: opaque text, sent back byte for byte.
    #[doc(alias = "dtable_uuid")]
    BaseUuid, reads "String", new "Accepts 1 to 255 bytes without control characters.", is_id
}

fn is_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.contains(char::is_control)
}

impl TryFrom<Scalar> for TaskId {
    type Error = InputError;

    fn try_from(id: Scalar) -> Result<TaskId, InputError> {
        match id {
            Scalar::Text(text) => TaskId::new(text),
            Scalar::Number(number) if number.is_u64() => TaskId::new(number.to_string()),
            _ => Err(InputError::TaskId),
        }
    }
}

/// The kind of a task.
#[doc(alias = "task_type")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// It turns a file into a base.
    Import,
    /// It turns a base into a file.
    Export,
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            TaskKind::Import => "import",
            TaskKind::Export => "export",
        })
    }
}

impl FromStr for TaskKind {
    type Err = InputError;

    fn from_str(text: &str) -> Result<TaskKind, InputError> {
        match text {
            "import" => Ok(TaskKind::Import),
            "export" => Ok(TaskKind::Export),
            _ => Err(InputError::TaskKind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(json: &str) -> Option<String> {
        serde_json::from_str::<TaskId>(json).ok().map(String::from)
    }

    #[test]
    fn a_task_id_is_opaque_text_or_a_whole_number() {
        assert_eq!(task(r#""1583071200123""#).as_deref(), Some("1583071200123"));
        assert_eq!(task("16105368004567").as_deref(), Some("16105368004567"));
        assert_eq!(task("18446744073709551615").as_deref(), Some("18446744073709551615"));
        assert_eq!(task(r#""0d9b7c1e-5f48-4a06""#).as_deref(), Some("0d9b7c1e-5f48-4a06"));
    }

    #[test]
    fn any_other_value_is_not_a_task_id() {
        for json in ["null", "true", "1.5", "-1", "18446744073709551616", "1e3", r#""""#, r#""a\n""#, "[1]"] {
            assert_eq!(task(json), None, "{json}");
        }
    }

    #[test]
    fn a_text_is_converted_in_every_usual_way() {
        let id = TaskId::new("17").unwrap();
        assert_eq!(TaskId::try_from("17").as_ref(), Ok(&id));
        assert_eq!((AsRef::<str>::as_ref(&id), "17".parse()), ("17", Ok(id.clone())));
        assert_eq!(BaseUuid::try_from(""), Err(InputError::BaseUuid));
        assert_eq!(crate::Token::try_from("a b"), Err(InputError::Token));
        assert_eq!("".parse::<crate::Password>(), Err(InputError::Password));
    }

    #[test]
    fn an_id_has_1_to_255_bytes_without_control_characters() {
        assert!(TaskId::new("ä".repeat(127)).is_ok());
        assert_eq!(TaskId::new("ä".repeat(128)), Err(InputError::TaskId));
        assert_eq!("".parse::<BaseUuid>(), Err(InputError::BaseUuid));
        assert_eq!(BaseUuid::new("a\u{85}"), Err(InputError::BaseUuid));
    }

    #[test]
    fn fact_11_an_invalid_uuid_is_sent_back_as_it_is() {
        let uuid = BaseUuid::new("8enb662d-5ce7-4668-a4ab-9f97f40c11c2").unwrap();
        assert_eq!(uuid.to_string(), "8enb662d-5ce7-4668-a4ab-9f97f40c11c2");
    }

    #[test]
    fn ids_and_kinds_are_kept_as_text() {
        let kept = serde_json::to_string(&(TaskId::new("17").unwrap(), TaskKind::Export)).unwrap();
        assert_eq!(kept, r#"["17","export"]"#);
        for kind in [TaskKind::Import, TaskKind::Export] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!("Export".parse::<TaskKind>(), Err(InputError::TaskKind));
    }
}
