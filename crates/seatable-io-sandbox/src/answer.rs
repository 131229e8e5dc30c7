use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::Content;

/// An answer, and what becomes of it on the wire.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What the server means to say; it announces its length unless it has no `Content-Length`, that is, is chunked.
    pub response: Response<Content>,
    /// Whether the client gets it.
    pub wire: Wire,
    /// The time from the request to the answer, in which the server waits for a task; it answers other requests meanwhile.
    pub delay: Duration,
}

/// The [`Answer::delay`] of a response, as an extension of it.
#[derive(Clone, Copy)]
struct Delay(Duration);

/// The same response, after this time.
pub(crate) fn delayed(mut response: Response<Content>, delay: Duration) -> Response<Content> {
    response.extensions_mut().insert(Delay(delay));
    response
}

pub(crate) fn delay(response: &Response<Content>) -> Duration {
    response.extensions().get().map_or(Duration::ZERO, |Delay(delay)| *delay)
}

/// What happens on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// The client gets the whole answer.
    Delivered,
    /// The connection is closed after this many bytes of the answer's body.
    Cut {
        /// Bytes of the body that the client gets, fewer than there are (unless the length is not announced).
        after: u64,
    },
    /// The connection is closed without a byte of the answer; the server acted.
    Lost,
    /// The connection stays open, without a byte of the answer; the server acted.
    Silent,
    /// The connection is closed before the request's body is read; the server did nothing.
    Refused,
    /// The connection is closed while the request's body is being read; the server did nothing.
    UploadCut {
        /// Bytes of the request's body that are read before.
        after: u64,
    },
}

impl Answer {
    pub(crate) fn new(response: Response<Content>, wire: Wire) -> Self {
        Answer { response, wire, delay: Duration::ZERO }
    }

    /// The head that the client gets, and the part of the body that reaches it; `None` if not one byte does.
    pub fn delivered(&self) -> io::Result<Option<Response<Bytes>>> {
        let body = match self.wire {
            Wire::Delivered => self.response.body().to_bytes()?,
            Wire::Cut { after } => self.response.body().truncated(after).to_bytes()?,
            Wire::Lost | Wire::Silent | Wire::Refused | Wire::UploadCut { .. } => return Ok(None),
        };
        Ok(Some(self.response.clone().map(|_| body)))
    }
}

pub(crate) fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Content> {
    let mut response = Response::new(Content::from(body.into()));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, kind);
    announce(&mut response);
    response
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Content> {
    answer(status, "application/json", body.to_string())
}

/// What the application says of an error.
pub(crate) fn error_msg(status: StatusCode, message: &str) -> Response<Content> {
    json(status, &json!({ "error_msg": message }))
}

/// What the framework says of an error.
pub(crate) fn detail(status: StatusCode, message: &str) -> Response<Content> {
    json(status, &json!({ "detail": message }))
}

/// What a proxy, or the site's pages, say.
pub(crate) fn page(status: StatusCode, text: &str) -> Response<Content> {
    let body = format!(
        "<html>\r\n<head><title>{text}</title></head>\r\n<body><h1>{text}</h1></body>\r\n</html>\r\n"
    );
    answer(status, "text/html", body)
}

/// The proxy's own page for a status.
pub(crate) fn proxy(status: StatusCode) -> Response<Content> {
    page(status, &format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default()))
}

pub(crate) fn login_page() -> Response<Content> {
    page(StatusCode::OK, "Log In")
}

pub(crate) fn redirect(status: StatusCode, location: &str) -> Response<Content> {
    let mut response = proxy(status);
    set(&mut response, http::header::LOCATION, location);
    response
}

/// Sets a header; a value that cannot be one is left out.
pub(crate) fn set(response: &mut Response<Content>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Sets the `Content-Length` that fits the body.
pub(crate) fn announce(response: &mut Response<Content>) {
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().insert(CONTENT_LENGTH, length);
}
