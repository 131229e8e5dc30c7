use std::fmt;
use std::time::Duration;

use http::StatusCode;
use http::header::{DATE, HeaderName, LOCATION, RETRY_AFTER};
use http::response::Parts;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use crate::endpoint::media_type;
use crate::reply_error::shown;
use crate::scalar::Text;
use crate::stream::{self, Values};
use crate::words::{Heard, MESSAGE};
use crate::{RefusalReason, Secrets};

/// A response whose status is not 2xx: an error of the application, its framework or a proxy, or a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    message: Message,
    form: Form,
    retry_after: Option<Duration>,
    is_unknown_task: bool,
    is_login_page: bool,
    lacks_token: bool,
    reason: Option<RefusalReason>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Message {
    None,
    /// Without the secrets of the transport, and as the server sent it.
    Unmasked(Box<(Heard, Option<String>)>),
    /// Without those of the request too.
    Masked(String),
}

impl Message {
    fn new(heard: Heard) -> Message {
        let shown = heard.clone().without(Secrets::default());
        Message::Unmasked(Box::new((heard, shown)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    ErrorMsg,
    Detail,
    OtherJson,
    NotJson,
}

impl Refusal {
    /// Reads a response of any status and any bytes. The [`Secrets`] among the extensions of its head are hidden in its message.
    pub fn read(head: &Parts, body: &[u8]) -> Refusal {
        let (form, words) = read_body(&media_type(head), body);
        let secrets = head.extensions.get::<Secrets>().cloned().unwrap_or_default();
        let unmasked = words.map(|words| Heard::new(words, secrets));
        // What a response means does not depend on what is hidden in it.
        let message = unmasked.as_ref().and_then(Heard::clean);
        let begins = |start| message.as_ref().is_some_and(|words| words.starts_with(start));
        let is_unknown_task = form == Form::ErrorMsg
            && matches!(head.status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND)
            && begins("task_id");
        let lacks_token = form == Form::Detail
            && head.status == StatusCode::FORBIDDEN
            && begins("Authentication credentials were not provided");
        let is_application = form == Form::ErrorMsg;
        let reason = message.as_ref().filter(|_| is_application);
        Refusal {
            status: head.status,
            form,
            reason: reason.and_then(|words| RefusalReason::read(head.status, words)),
            retry_after: retry_after(head),
            is_unknown_task,
            is_login_page: head.status.is_redirection() && leads_to_login(head),
            lacks_token,
            message: unmasked.map_or(Message::None, Message::new),
        }
    }

    pub(crate) fn hide(&mut self, secrets: Secrets) {
        if let Message::Unmasked(heard) = &self.message {
            let masked = heard.0.clone().without(secrets);
            self.message = masked.map_or(Message::None, Message::Masked);
        }
    }

    /// The response's status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The server's message, from `error_msg`, `detail` or a short plain text, but never HTML. It is cut after 500 characters,
    /// and characters that control a terminal or the direction of text are removed.
    pub fn message(&self) -> Option<&str> {
        match &self.message {
            Message::None => None,
            Message::Unmasked(heard) => heard.1.as_deref(),
            Message::Masked(message) => Some(message),
        }
    }

    /// Why the application refuses the request, if that is known.
    pub fn reason(&self) -> Option<RefusalReason> {
        self.reason
    }

    /// How long to wait before the next request, from `Retry-After`. A date is compared with the `Date` of the response.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the body is a JSON object, or empty with a JSON media type.
    pub fn is_json(&self) -> bool {
        self.form != Form::NotJson
    }

    /// Whether the error comes from the application itself: the body is JSON with a text `error_msg`.
    pub fn has_error_msg(&self) -> bool {
        self.form == Form::ErrorMsg
    }

    /// Whether the server does not know the task: 400 or 404 with an `error_msg` that begins with `task_id`.
    pub fn is_unknown_task(&self) -> bool {
        self.is_unknown_task
    }

    /// Whether the server has no such address: a 404 that is not JSON.
    pub fn is_wrong_address(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && !self.is_json()
    }

    /// Whether the response is about the token: a 401, or a 403 with a `detail` that begins with `Authentication credentials were
    /// not provided`. Servers also answer the latter if the user of the token is inactive ([fact 7](crate::facts)). It is
    /// recognized because every request asks for messages in English.
    pub fn is_about_token(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED || self.lacks_token
    }

    /// Whether the response comes from something in front of the server, such as the challenge page of a CDN: a 403 that is not
    /// JSON ([fact 23](crate::facts)). It says nothing about permissions.
    pub fn is_foreign(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && !self.is_json()
    }

    /// Whether the response is a redirect to the login page, a path that ends in `/accounts/login/`.
    pub fn is_login_page(&self) -> bool {
        self.is_login_page
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered {}", shown(self.status))?;
        match self.message() {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

fn read_body(media_type: &str, body: &[u8]) -> (Form, Option<String>) {
    let mut said = Said::default();
    if stream::object(body, &mut said).is_ok() {
        return match (said.error_msg, said.detail) {
            (Text(Some(words)), _) => (Form::ErrorMsg, Some(words)),
            (_, Text(Some(words))) => (Form::Detail, Some(words)),
            _ => (Form::OtherJson, None),
        };
    }
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    if is_json && body.trim_ascii().is_empty() {
        return (Form::OtherJson, None);
    }
    let is_short = media_type == "text/plain" && body.len() <= MESSAGE;
    let words = str::from_utf8(body).ok().filter(|_| is_short).map(str::to_owned);
    (Form::NotJson, words)
}

/// The words of an object, whatever else is in it.
#[derive(Default)]
struct Said {
    error_msg: Text,
    detail: Text,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    ErrorMsg,
    Detail,
    #[serde(other)]
    Other,
}

impl Values for Said {
    fn take<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<bool, A::Error> {
        match object.next_key()? {
            None => return Ok(false),
            Some(Key::ErrorMsg) => self.error_msg = object.next_value()?,
            Some(Key::Detail) => self.detail = object.next_value()?,
            Some(Key::Other) => _ = object.next_value::<IgnoredAny>()?,
        }
        Ok(true)
    }
}

fn retry_after(head: &Parts) -> Option<Duration> {
    let text = header(head, &RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = httpdate::parse_http_date(header(head, &DATE)?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

fn leads_to_login(head: &Parts) -> bool {
    let location = header(head, &LOCATION).unwrap_or_default();
    location.split(['?', '#']).next().is_some_and(|path| path.ends_with("/accounts/login/"))
}

fn header<'a>(head: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    Some(head.headers.get(name)?.to_str().ok()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::head;

    const JSON: (&str, &str) = ("content-type", "application/json");
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
    fn the_status_is_kept_whatever_the_words() {
        for (status, body, words) in [
            (403, r#"{"error_msg": "Permission denied."}"#, Some("Permission denied.")),
            (403, r#"{"detail": "No credentials.", "code": 1}"#, Some("No credentials.")),
            (429, "", None),
            (500, r#"{"error_msg": "Internal Server Error."}"#, Some("Internal Server Error.")),
            (502, include_str!("../tests/replies/page.html"), None),
            (400, r#"{"error_msg": " <html>no", "detail": "yes"}"#, None),
            (400, r#"{"detail": ["a"]}"#, None),
        ] {
            let refusal = refused(status, &[HTML], body);
            assert_eq!((refusal.status().as_u16(), refusal.message()), (status, words));
        }
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

    #[test]
    fn a_404_that_is_not_json_is_a_wrong_address() {
        assert!(refused(404, &[HTML], "<html>").is_wrong_address());
        assert!(refused(404, &[JSON], "<html>").is_wrong_address());
        assert!(refused(404, &[HTML], "").is_wrong_address());
        assert!(!refused(404, &[JSON], " ").is_wrong_address());
        assert!(!refused(404, &[HTML], r#"{"error_msg": "Base a not found."}"#).is_wrong_address());
        assert!(!refused(500, &[HTML], "<html>").is_wrong_address());
    }

    #[test]
    fn an_unknown_task_is_a_400_or_404_about_task_id() {
        let json = include_str!("../tests/replies/refused-unknown-task.json");
        assert!(refused(400, &[], json).is_unknown_task() && refused(404, &[], json).is_unknown_task());
        assert!(!refused(500, &[], json).is_unknown_task());
        for words in ["dtable_uuid invalid.", "no such task_id"] {
            assert!(!refused(400, &[], &format!(r#"{{"error_msg": "{words}"}}"#)).is_unknown_task());
        }
        assert!(!refused(404, &[], r#"{"detail": "task_id"}"#).is_unknown_task());
        assert!(!refused(404, &[], "task_id").is_unknown_task());
    }

    #[test]
    fn fact_7_a_403_can_be_about_the_token() {
        let detail = r#"{"detail": "Authentication credentials were not provided."}"#;
        assert!(refused(403, &[], detail).is_about_token());
        assert!(refused(401, &[], include_str!("../tests/replies/refused-token.json")).is_about_token());
        assert!(!refused(400, &[], detail).is_about_token());
        assert!(!refused(403, &[], &detail.replace("detail", "error_msg")).is_about_token());
        assert!(!refused(403, &[], r#"{"detail": "You do not have permission."}"#).is_about_token());
        assert!(!refused(403, &[], r#"{"error_msg": "Permission denied."}"#).is_about_token());
    }

    #[test]
    fn fact_23_a_403_that_is_not_json_comes_from_something_in_front() {
        assert!(refused(403, &[HTML], include_str!("../tests/replies/page.html")).is_foreign());
        assert!(refused(403, &[], "").is_foreign());
        assert!(!refused(403, &[JSON], "").is_foreign());
        assert!(!refused(403, &[HTML], r#"{"error_msg": "Permission denied."}"#).is_foreign());
        assert!(!refused(502, &[HTML], "<html>").is_foreign());
    }

    #[test]
    fn a_browser_is_sent_to_log_in() {
        let to = |location| refused(302, &[("location", location)], "").is_login_page();
        assert!(to("/accounts/login/?next=/dtable-export-content/%3Ftask_id%3D1"));
        assert!(to("https://a.example/seatable/accounts/login/#top"));
        assert!(!to("/elsewhere/?next=/accounts/login/"));
        assert!(!refused(200, &[("location", "/accounts/login/")], "").is_login_page());
        assert!(!refused(302, &[], "").is_login_page());
    }

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date_against_the_answers_own() {
        let after = |text| {
            let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
            refused(429, &[date, ("retry-after", text)], "").retry_after()
        };
        assert_eq!(after("17"), Some(Duration::from_secs(17)));
        assert_eq!(after("99999999999999999999"), Some(Duration::MAX));
        assert_eq!(after("Sun, 06 Nov 1994 08:50:00 GMT"), Some(Duration::from_secs(23)));
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!([after(""), after("-1"), after("1.5"), after("soon")], [None; 4]);
    }

    #[test]
    fn a_date_without_a_date_to_compare_it_with_tells_nothing() {
        let header = ("retry-after", "Sun, 06 Nov 1994 08:50:00 GMT");
        assert_eq!(refused(503, &[header], "").retry_after(), None);
        assert_eq!(refused(503, &[header, ("date", "today")], "").retry_after(), None);
    }
}
