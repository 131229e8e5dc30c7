use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, RETRY_AFTER};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::id::EPOCH;
use crate::message::INVALID_TOKEN;
use crate::request::Received;
use crate::response::{announce, detail, error_msg, json, page, proxy, redirect, response, set};
use crate::{Content, Delivery, FaultKind, Wire};

impl FaultKind {
    /// Returns the response of a server that does nothing else; `None` if it acts.
    pub(crate) fn instead(&self, request: &Received) -> Option<Response<Content>> {
        Some(match self {
            FaultKind::Busy { retry_after } => request.throttled(*retry_after, &retry_after.to_string()),
            FaultKind::BusyUntil { seconds } => busy_until(request, *seconds),
            FaultKind::BusyEmpty => response(StatusCode::TOO_MANY_REQUESTS, "text/plain", Bytes::new()),
            FaultKind::InternalError { acted: false } => request.internal_error(),
            FaultKind::InternalErrorPage | FaultKind::Restart => proxy(StatusCode::INTERNAL_SERVER_ERROR),
            FaultKind::BadGateway { acted: false } => proxy(StatusCode::BAD_GATEWAY),
            FaultKind::Unavailable { acted: false } => proxy(StatusCode::SERVICE_UNAVAILABLE),
            FaultKind::GatewayTimeout { acted: false } => proxy(StatusCode::GATEWAY_TIMEOUT),
            FaultKind::UnavailableFor { retry_after } => {
                retry_after_header(proxy(StatusCode::SERVICE_UNAVAILABLE), *retry_after)
            }
            FaultKind::Maintenance { retry_after } => {
                let text = "Service is down for maintenance.";
                let response = response(StatusCode::SERVICE_UNAVAILABLE, "text/plain", text);
                retry_after_header(response, *retry_after)
            }
            FaultKind::InvalidToken => detail(StatusCode::UNAUTHORIZED, request.text(INVALID_TOKEN)),
            // In 2020 an import creates the record first.
            FaultKind::PermissionDenied if request.is_early_import() => return None,
            FaultKind::PermissionDenied => request.permission_denied(),
            FaultKind::NoCredentials => request.no_credentials(),
            FaultKind::Forbidden => proxy(StatusCode::FORBIDDEN),
            FaultKind::Cdn { status } => {
                proxy(StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY))
            }
            FaultKind::LoginPage => page(StatusCode::OK, "Log In"),
            FaultKind::Redirect => redirect(StatusCode::FOUND, "http://elsewhere.invalid/"),
            FaultKind::Huge { bytes } => {
                let body = vec![b'x'; usize::try_from(*bytes).unwrap_or(usize::MAX)];
                response(StatusCode::INTERNAL_SERVER_ERROR, "text/html", body)
            }
            _ => return None,
        })
    }

    /// Delivers the response of a server that has acted, or one that takes its place unchanged.
    pub(crate) fn spoil(&self, response: Response<Content>) -> Delivery {
        let last = response.body().len().saturating_sub(1);
        let wire = match self {
            FaultKind::Lost => Wire::Lost,
            FaultKind::Silent => Wire::Silent,
            FaultKind::Cut { after } | FaultKind::CutChunked { after } => {
                Wire::Cut { after: last.min(*after) }
            }
            _ => Wire::Delivered,
        };
        let response = match self {
            FaultKind::CutChunked { .. } | FaultKind::Chunked => chunked(response),
            FaultKind::RetryHeader { retry_after } => retry_after_header(response, *retry_after),
            FaultKind::InternalError { acted: true } => {
                error_msg(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error.")
            }
            FaultKind::BadGateway { acted: true } => proxy(StatusCode::BAD_GATEWAY),
            FaultKind::Unavailable { acted: true } => proxy(StatusCode::SERVICE_UNAVAILABLE),
            FaultKind::GatewayTimeout { acted: true } => proxy(StatusCode::GATEWAY_TIMEOUT),
            FaultKind::Truncated => {
                let half = response.body().len() / 2;
                let mut response = response.map(|body| body.truncated(half));
                announce(&mut response);
                response
            }
            FaultKind::Page => page(StatusCode::OK, "SeaTable"),
            FaultKind::EmptyObject => json(StatusCode::OK, &json!({})),
            FaultKind::Empty => crate::response::response(StatusCode::OK, "text/html", Bytes::new()),
            FaultKind::OddFinished => odd_finished(response),
            _ => response,
        };
        Delivery::new(response, wire)
    }
}

fn retry_after_header(mut response: Response<Content>, seconds: u32) -> Response<Content> {
    set(&mut response, RETRY_AFTER, &seconds.to_string());
    response
}

fn chunked(mut response: Response<Content>) -> Response<Content> {
    response.headers_mut().remove(CONTENT_LENGTH);
    response
}

fn busy_until(request: &Received, seconds: u32) -> Response<Content> {
    let date = |offset| httpdate::fmt_http_date(UNIX_EPOCH + EPOCH + Duration::from_secs(offset));
    let now = request.now.as_secs().min(u32::MAX.into());
    let mut response = request.throttled(seconds, &date(now + u64::from(seconds)));
    set(&mut response, DATE, &date(now));
    response
}

/// Reports `is_finished` as a string if the response has it.
fn odd_finished(response: Response<Content>) -> Response<Content> {
    let bytes = response.body().bytes().map_or(&[][..], |bytes| bytes);
    let body = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    match body["is_finished"].as_bool() {
        Some(finished) => json(StatusCode::OK, &json!({ "is_finished": finished.to_string() })),
        None => response,
    }
}
