//! The status and the headers of a response.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use http::response::Parts;

/// Shows the code, and its name if it has one.
pub(crate) fn shown(status: StatusCode) -> impl fmt::Display {
    let code = status.as_u16();
    status.canonical_reason().map_or_else(|| code.to_string(), |name| format!("{code} {name}"))
}

/// Returns the media type in lower case, without its parameters; empty without one.
pub(crate) fn media_type(head: &Parts) -> String {
    let value = text(head, &CONTENT_TYPE).and_then(|value| value.split(';').next());
    value.unwrap_or_default().trim().to_ascii_lowercase()
}

/// Returns `None` if the length is not announced, or the body is sent in chunks.
pub(crate) fn content_length(head: &Parts) -> Option<u64> {
    let length = text(head, &CONTENT_LENGTH).filter(|length| is_number(length))?;
    if head.headers.contains_key(TRANSFER_ENCODING) { None } else { length.parse().ok() }
}

pub(crate) fn retry_after(head: &Parts) -> Option<Duration> {
    let wait = text(head, &RETRY_AFTER)?;
    if is_number(wait) {
        return Some(wait.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let until = httpdate::parse_http_date(wait).ok()?;
    let now = httpdate::parse_http_date(text(head, &DATE)?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

pub(crate) fn leads_to_login(head: &Parts) -> bool {
    let location = text(head, &LOCATION).unwrap_or_default();
    location.split(['?', '#']).next().is_some_and(|path| path.ends_with("/accounts/login/"))
}

fn text<'a>(head: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    Some(head.headers.get(name)?.to_str().ok()?.trim())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::head;

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date_against_the_date_of_the_response() {
        let after = |text| {
            let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
            retry_after(&head(429, &[date, ("retry-after", text)]))
        };
        assert_eq!(after("17"), Some(Duration::from_secs(17)));
        assert_eq!(after("99999999999999999999"), Some(Duration::MAX));
        assert_eq!(after("Sun, 06 Nov 1994 08:50:00 GMT"), Some(Duration::from_secs(23)));
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!([after(""), after("-1"), after("1.5"), after("soon")], [None; 4]);
    }

    #[test]
    fn a_date_without_a_date_to_compare_it_with_means_nothing() {
        let header = ("retry-after", "Sun, 06 Nov 1994 08:50:00 GMT");
        assert_eq!(retry_after(&head(503, &[header])), None);
        assert_eq!(retry_after(&head(503, &[header, ("date", "today")])), None);
    }
}
