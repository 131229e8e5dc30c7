//! Responses outside the protocol.

use std::sync::OnceLock;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::Odd;

const STARTED: &str =
    r#"{"task_id":"1582970303923","table":{"id":87,"workspace_id":1,"uuid":"d09b6bcc","name":"t1"}}"#;
const DONE: &str = r#"{"table":{"id":87,"workspace_id":1,"uuid":"d09b6bcc","name":"t1"}}"#;
const WORDS: [&str; 20] = [
    "",
    "<html><body>Sign in</body></html>",
    "{}",
    "[]",
    "null",
    "{'success': true}",
    r#"{"is_finished":true}"#,
    r#"{"is_finished":false}"#,
    r#"{"is_finished":"true"}"#,
    r#"{"success":true}"#,
    r#"{"success":false}"#,
    STARTED,
    DONE,
    r#"{"task_id":"4f0e","dtable_name":"t1"}"#,
    r#"{"task_id":5}"#,
    r#"{"error_msg":"task_id invalid."}"#,
    r#"{"error_msg":"Internal Server Error"}"#,
    r#"{"error_msg":"Table t1 already exists."}"#,
    r#"{"detail":"Method \"GET\" not allowed."}"#,
    "\u{0}\u{1}PK",
];
/// An empty zip: its end record alone.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const LONG: usize = 70 * 1024;

const HEADERS: [&[(&str, &str)]; 21] = [
    &[],
    &[],
    &[("retry-after", "0")],
    &[("retry-after", "17")],
    &[("retry-after", "99999999999999999999")],
    &[("retry-after", "Sun, 06 Nov 1994 08:50:00 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")],
    &[("retry-after", "Sun, 06 Nov 1994 08:50:00 GMT")],
    &[("retry-after", "soon")],
    &[("location", "/accounts/login/?next=/")],
    &[("location", "http://elsewhere.invalid/api/v2.1/")],
    &[("content-length", "5")],
    &[("content-length", "18446744073709551615")],
    &[("transfer-encoding", "chunked"), ("content-length", "7")],
    &[("content-type", "application/json")],
    &[("content-type", "text/html; charset=utf-8")],
    &[("content-type", "application/x-zip-compressed")],
    &[("retry-after", "-1")],
    &[("retry-after", "1.5")],
    &[("content-length", "many")],
    &[("content-range", "bytes 0-9/100"), ("content-encoding", "gzip")],
    &[("www-authenticate", "Token"), ("upgrade", "h2c"), ("connection", "upgrade")],
];

impl Odd {
    /// The number of different bodies.
    pub const BODIES: u8 = 27;

    pub(crate) fn head(self) -> Parts {
        let mut head = head(self.status);
        for (name, value) in self.headers.iter().flat_map(|at| HEADERS[usize::from(*at) % HEADERS.len()]) {
            head.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        head
    }

    pub(crate) fn content(self, file: &Bytes) -> Bytes {
        static LONG_PAGE: OnceLock<Bytes> = OnceLock::new();
        static LONG_END: OnceLock<Bytes> = OnceLock::new();
        match self.body % Self::BODIES {
            20 => Bytes::from_static(EMPTY_ZIP),
            21 => file.clone(),
            22 => file.slice(..file.len() / 2),
            23 => Bytes::from([file, &file[file.len() / 2..]].concat()),
            24 => Bytes::from([file, EMPTY_ZIP].concat()),
            25 => LONG_PAGE.get_or_init(|| Bytes::from("x".repeat(LONG))).clone(),
            26 => LONG_END
                .get_or_init(|| format!(r#"{{"is_finished":true,"pad":"{}"}}"#, "x".repeat(LONG)).into())
                .clone(),
            at => Bytes::from_static(WORDS[usize::from(at)].as_bytes()),
        }
    }
}

/// Creates a head with this status and no headers.
pub(crate) fn head(status: u16) -> Parts {
    let mut head = Response::new(()).into_parts().0;
    head.status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    head
}
