use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::Content;

/// The result of a call; an `Err` is the response that refuses it.
pub(crate) type Result<T = Response<Content>> = std::result::Result<T, Response<Content>>;

/// A response and how it is delivered.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The whole response; if it has no `Content-Length`, it is chunked.
    pub response: Response<Content>,
    /// How much of the response the client receives.
    pub wire: Wire,
    /// The time from the request to the response. The server waits for a task, and meanwhile handles other requests.
    pub delay: Duration,
}

/// The [`Delivery::delay`] of a response, as an extension of it.
#[derive(Clone, Copy)]
struct Delay(Duration);

pub(crate) fn delayed(mut response: Response<Content>, delay: Duration) -> Response<Content> {
    response.extensions_mut().insert(Delay(delay));
    response
}

/// How much of a response the client receives, and whether the server acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// The client receives the whole response.
    Delivered,
    /// The connection is closed after this many bytes of the response's body.
    Cut {
        /// The number of bytes that the client receives; less than the length of the body unless that is not announced.
        after: u64,
    },
    /// The connection is closed before the response begins; the server acted.
    Lost,
    /// The connection stays open without a response; the server acted.
    Silent,
    /// The connection is closed before the request's body is read; the server did nothing.
    Refused,
    /// The connection is closed while the request's body is being read; the server did nothing.
    UploadCut {
        /// The number of bytes of the request's body that are read first.
        after: u64,
    },
}

impl Delivery {
    pub(crate) fn new(response: Response<Content>, wire: Wire) -> Self {
        let delay = response.extensions().get().map_or(Duration::ZERO, |Delay(delay)| *delay);
        Delivery { response, wire, delay }
    }

    /// Returns the response with the part of the body that the client receives, or `None` if it receives nothing.
    ///
    /// # Errors
    ///
    /// The body is in a file that cannot be read.
    pub fn delivered(&self) -> io::Result<Option<Response<Bytes>>> {
        let body = match self.wire {
            Wire::Delivered => self.response.body().to_bytes()?,
            Wire::Cut { after } => self.response.body().truncated(after).to_bytes()?,
            Wire::Lost | Wire::Silent | Wire::Refused | Wire::UploadCut { .. } => return Ok(None),
        };
        Ok(Some(self.response.clone().map(|_| body)))
    }
}

pub(crate) fn response(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Content> {
    let mut response = Response::new(Content::from(body.into()));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, kind);
    announce(&mut response);
    response
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Content> {
    response(status, "application/json", body.to_string())
}

/// An error as the application reports it.
pub(crate) fn error_msg(status: StatusCode, message: &str) -> Response<Content> {
    json(status, &json!({ "error_msg": message }))
}

/// An error as the framework reports it.
pub(crate) fn detail(status: StatusCode, message: &str) -> Response<Content> {
    json(status, &json!({ "detail": message }))
}

/// A page of a proxy or of the site.
pub(crate) fn page(status: StatusCode, text: &str) -> Response<Content> {
    let body = format!(
        "<html>\r\n<head><title>{text}</title></head>\r\n<body><h1>{text}</h1></body>\r\n</html>\r\n"
    );
    response(status, "text/html", body)
}

/// The proxy's own page for a status.
pub(crate) fn proxy(status: StatusCode) -> Response<Content> {
    page(status, &format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default()))
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

/// Sets the `Content-Length` of the body.
pub(crate) fn announce(response: &mut Response<Content>) {
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().insert(CONTENT_LENGTH, length);
}
