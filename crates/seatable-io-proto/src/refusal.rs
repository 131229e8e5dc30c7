use std::fmt;
use std::time::Duration;

use http::StatusCode;
use http::response::Parts;

use crate::headers::{self, leads_to_login, retry_after};
use crate::message::shown;
use crate::refusal_body::{Form, read_body};
use crate::{RefusalReason, Secrets};

/// A response whose status is not 2xx: an error of the application, its framework or a proxy, or a redirect.
#[doc(alias = "error_msg")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    form: Form,
    message: Option<Box<str>>,
    retry_after: Option<Duration>,
    meaning: Option<Meaning>,
}

/// The meaning of a response, if its status and its form leave it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    UnknownTask,
    LacksToken,
    LoginPage,
    Reason(RefusalReason),
}

impl Meaning {
    fn read(head: &Parts, form: Form, message: &str) -> Option<Self> {
        match (form, head.status.as_u16()) {
            _ if head.status.is_redirection() && leads_to_login(head) => Some(Self::LoginPage),
            (Form::ErrorMsg, 400 | 404) if message.starts_with("task_id") => Some(Self::UnknownTask),
            (Form::ErrorMsg, _) => RefusalReason::read(head.status, message).map(Self::Reason),
            (Form::Detail, 403) if message.starts_with("Authentication credentials were not provided") => {
                Some(Self::LacksToken)
            }
            _ => None,
        }
    }
}

impl Refusal {
    /// Reads a response of any status and any bytes. Hides the [`Secrets`] among the extensions of its head in its message.
    pub fn read(head: &Parts, body: &[u8]) -> Refusal {
        let (form, text) = read_body(head, body);
        let secrets = head.extensions.get::<Secrets>().cloned().unwrap_or_default();
        // The meaning must not depend on the secrets.
        let with_secrets = shown(&text, &Secrets::default()).unwrap_or_default();
        Refusal {
            status: head.status,
            form,
            message: shown(&text, &secrets).map(String::into_boxed_str),
            retry_after: retry_after(head),
            meaning: Meaning::read(head, form, &with_secrets),
        }
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the server's message, from `error_msg`, `detail` or a short plain text, but never HTML. It is cut after 500
    /// characters, and characters that control a terminal or the direction of text are removed.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Returns why the application refuses the request, if that is known.
    pub fn reason(&self) -> Option<RefusalReason> {
        if let Some(Meaning::Reason(reason)) = self.meaning { Some(reason) } else { None }
    }

    /// Returns how long to wait before the next request, from `Retry-After`. A date is compared with the `Date` of the response.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns whether the server refuses more requests for now, without acting on this one: 429, or 503 with `Retry-After`.
    pub fn is_busy(&self) -> bool {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::SERVICE_UNAVAILABLE => self.retry_after.is_some(),
            _ => false,
        }
    }

    /// Returns whether the body is a JSON object, or empty with a JSON media type.
    pub fn is_json(&self) -> bool {
        self.form != Form::NotJson
    }

    /// Returns whether the error comes from the application itself: the body is JSON with a text `error_msg`.
    pub fn has_error_msg(&self) -> bool {
        self.form == Form::ErrorMsg
    }

    /// Returns whether the server does not know the task: 400 or 404 with an `error_msg` that begins with `task_id`.
    pub fn is_unknown_task(&self) -> bool {
        self.meaning == Some(Meaning::UnknownTask)
    }

    /// Returns whether the server has no such address: a 404 that is not JSON.
    pub fn is_wrong_address(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && !self.is_json()
    }

    /// Returns whether the response is about the token: a 401, or a 403 with a `detail` that begins with `Authentication
    /// credentials were not provided`. The latter can also mean that the user of the token is inactive ([fact 7](crate::facts)).
    /// It is recognized because every request asks for messages in English.
    pub fn is_about_token(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED || self.meaning == Some(Meaning::LacksToken)
    }

    /// Returns whether the response comes from something in front of the server, such as the challenge page of a CDN: a 403 that
    /// is not JSON ([fact 23](crate::facts)). It says nothing about permissions.
    pub fn is_foreign(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && !self.is_json()
    }

    /// Returns whether the response is a redirect to the login page, a path that ends in `/accounts/login/`.
    pub fn is_login_page(&self) -> bool {
        self.meaning == Some(Meaning::LoginPage)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered {}", headers::shown(self.status))?;
        self.message().map_or(Ok(()), |message| write!(f, ": {message}"))
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::head;

    const JSON: (&str, &str) = ("content-type", "application/json");
    const HTML: (&str, &str) = ("content-type", "text/html");

    fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> Refusal {
        Refusal::read(&head(status, headers), body.as_bytes())
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
    fn a_server_is_busy_at_429_and_at_503_with_retry_after() {
        let later = ("retry-after", "1");
        assert!(refused(429, &[], "").is_busy() && refused(503, &[later], "").is_busy());
        assert!(!refused(503, &[], "").is_busy() && !refused(500, &[later], "").is_busy());
    }
}
