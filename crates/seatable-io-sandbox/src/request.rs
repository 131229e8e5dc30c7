use std::time::Duration;

use http::header::{ACCEPT_LANGUAGE, RETRY_AFTER};
use http::{Response, StatusCode, request};

use crate::call::Resource;
use crate::fault_kind::FaultKind;
use crate::message::{self, Message};
use crate::response::{Result, detail, error_msg, set};
use crate::{Call, Content, Generation};

/// A request whose head was received.
#[derive(Debug)]
pub(crate) struct Received {
    /// When its head, and later its body, was received.
    pub(crate) now: Duration,
    pub(crate) head: request::Parts,
    pub(crate) resource: Resource,
    pub(crate) call: Call,
    pub(crate) generation: Generation,
    pub(crate) fault: Option<FaultKind>,
    /// The index of its log entry.
    pub(crate) entry: usize,
    /// The maximum length of its body in bytes.
    pub(crate) limit: u64,
}

impl Received {
    pub(crate) fn query(&self, key: &str) -> Option<String> {
        crate::call::query(&self.head.uri, key)
    }

    /// Returns a query parameter, or the response that demands it.
    pub(crate) fn required(&self, key: &str) -> Result<String> {
        self.query(key).ok_or_else(|| self.invalid(key))
    }

    /// Returns `true` if it starts an import on a 2020 server.
    pub(crate) fn is_early_import(&self) -> bool {
        self.call == Call::StartImport && self.generation == Generation::Y2020
    }

    /// Returns a message in the language of the caller: English if requested, German otherwise.
    pub(crate) fn text(&self, message: Message) -> &'static str {
        let language = self.head.headers.get(ACCEPT_LANGUAGE).map_or(&b""[..], |value| value.as_bytes());
        let english = language.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"en"));
        message[usize::from(!english)]
    }

    pub(crate) fn text_with(&self, message: Message, value: &str) -> String {
        self.text(message).replace("{}", value)
    }

    pub(crate) fn invalid(&self, parameter: &str) -> Response<Content> {
        error_msg(StatusCode::BAD_REQUEST, &self.text_with(message::INVALID, parameter))
    }

    pub(crate) fn not_found(&self, name: &str) -> Response<Content> {
        error_msg(StatusCode::NOT_FOUND, &self.text_with(message::NOT_FOUND, name))
    }

    pub(crate) fn base_not_found(&self, name: &str) -> Response<Content> {
        let noun = if self.generation == Generation::Current { "Base" } else { "DTable" };
        self.not_found(&format!("{noun} {name}"))
    }

    pub(crate) fn internal_error(&self) -> Response<Content> {
        error_msg(StatusCode::INTERNAL_SERVER_ERROR, self.text(message::INTERNAL_ERROR))
    }

    pub(crate) fn permission_denied(&self) -> Response<Content> {
        error_msg(StatusCode::FORBIDDEN, self.text(message::PERMISSION_DENIED))
    }

    pub(crate) fn no_credentials(&self) -> Response<Content> {
        detail(StatusCode::FORBIDDEN, self.text(message::NO_CREDENTIALS))
    }

    pub(crate) fn method_not_allowed(&self) -> Response<Content> {
        let message = self.text_with(message::METHOD_NOT_ALLOWED, self.head.method.as_str());
        detail(StatusCode::METHOD_NOT_ALLOWED, &message)
    }

    /// Returns a 429 with this `Retry-After`.
    pub(crate) fn throttled(&self, seconds: u32, retry_after: &str) -> Response<Content> {
        let message = self.text_with(message::THROTTLED, &seconds.to_string());
        let mut response = detail(StatusCode::TOO_MANY_REQUESTS, &message);
        set(&mut response, RETRY_AFTER, retry_after);
        response
    }
}
