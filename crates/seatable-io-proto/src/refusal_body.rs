//! The form and the message of a refusal's body.

use http::response::Parts;
use serde::de::MapAccess;

use crate::headers::media_type;
use crate::message::MESSAGE;
use crate::scalar::{Scalar, object};
use crate::stream::{Values, skip};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    ErrorMsg,
    Detail,
    OtherJson,
    NotJson,
}

/// Returns the form and the message; without a message, an empty text.
pub(crate) fn read_body(head: &Parts, body: &[u8]) -> (Form, String) {
    let (mut fields, media_type) = (ErrorFields::default(), media_type(head));
    if object(body, &mut fields).is_ok() {
        return match (fields.error_msg, fields.detail) {
            (Scalar::Text(text), _) => (Form::ErrorMsg, text),
            (_, Scalar::Text(text)) => (Form::Detail, text),
            _ => (Form::OtherJson, String::new()),
        };
    }
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    if is_json && body.trim_ascii().is_empty() {
        return (Form::OtherJson, String::new());
    }
    let is_short = media_type == "text/plain" && body.len() <= MESSAGE;
    let text = str::from_utf8(body).ok().filter(|_| is_short);
    (Form::NotJson, text.unwrap_or_default().to_owned())
}

/// The fields of an object that may contain a message.
#[derive(Default)]
struct ErrorFields {
    error_msg: Scalar,
    detail: Scalar,
}

impl Values for ErrorFields {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "error_msg" => self.error_msg = object.next_value()?,
            "detail" => self.detail = object.next_value()?,
            _ => skip(object)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Refusal;
    use crate::testing::head;

    const HTML: (&str, &str) = ("content-type", "text/html");

    fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> Refusal {
        Refusal::read(&head(status, headers), body.as_bytes())
    }

    fn message(body: &str) -> Option<String> {
        refused(400, &[], body).message().map(str::to_owned)
    }

    #[test]
    fn the_application_says_error_msg_and_the_framework_detail() {
        let application = refused(400, &[], include_str!("../tests/replies/refused-name-taken.json"));
        assert_eq!(application.message(), Some("Table stock already exists."));
        assert!(application.has_error_msg() && application.is_json());
        let framework = refused(401, &[], include_str!("../tests/replies/refused-token.json"));
        assert_eq!(framework.to_string(), "the server answered 401 Unauthorized: Invalid token");
        assert!(!framework.has_error_msg() && framework.is_json());
    }

    #[test]
    fn a_short_plain_text_is_a_message() {
        let plain = ("content-type", "Text/Plain; charset=utf-8");
        assert_eq!(refused(503, &[plain], "no healthy upstream\n").message(), Some("no healthy upstream"));
        assert_eq!(refused(503, &[plain], &"a".repeat(501)).message(), None);
        assert_eq!(refused(503, &[HTML], "no healthy upstream").message(), None);
    }

    #[test]
    fn a_message_is_cleaned_and_cut() {
        let json = r#"{"error_msg": "\n a\u001b[31m  \u202eb \r"}"#;
        assert_eq!(message(json).as_deref(), Some("a [31m  b"));
        let long = message(&format!(r#"{{"error_msg": "{}"}}"#, "ä".repeat(501))).unwrap();
        assert_eq!(long, format!("{}…", "ä".repeat(500)));
        assert_eq!(message(r#"{"error_msg": " \u202e\r"}"#), None);
    }
}
