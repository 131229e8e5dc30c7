use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, RETRY_AFTER};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::answer::{announce, answer, detail, error_msg, json, login_page, page, proxy, redirect, set};
use crate::id::EPOCH;
use crate::words::Words;
use crate::{Answer, Content, What, Wire};

impl What {
    /// What is answered in place of doing anything; `None` if the server acts.
    pub(crate) fn instead(&self, now: Duration, words: Words) -> Option<Response<Content>> {
        Some(match self {
            What::Busy { retry_after } => {
                let response = detail(StatusCode::TOO_MANY_REQUESTS, &words.throttled(*retry_after));
                retry_after_header(response, *retry_after)
            }
            What::BusyUntil { seconds } => busy_until(now, *seconds, words),
            What::BusyEmpty => answer(StatusCode::TOO_MANY_REQUESTS, "text/plain", Bytes::new()),
            What::InternalError { acted: false } => {
                error_msg(StatusCode::INTERNAL_SERVER_ERROR, &words.internal_error())
            }
            What::InternalErrorPage | What::Restart => proxy(StatusCode::INTERNAL_SERVER_ERROR),
            What::BadGateway { acted: false } => proxy(StatusCode::BAD_GATEWAY),
            What::Unavailable { acted: false } => proxy(StatusCode::SERVICE_UNAVAILABLE),
            What::GatewayTimeout { acted: false } => proxy(StatusCode::GATEWAY_TIMEOUT),
            What::UnavailableFor { retry_after } => {
                retry_after_header(proxy(StatusCode::SERVICE_UNAVAILABLE), *retry_after)
            }
            What::Maintenance { retry_after } => {
                let text = "Service is down for maintenance.";
                let response = answer(StatusCode::SERVICE_UNAVAILABLE, "text/plain", text);
                retry_after_header(response, *retry_after)
            }
            What::InvalidToken => detail(StatusCode::UNAUTHORIZED, &words.invalid_token()),
            What::PermissionDenied => error_msg(StatusCode::FORBIDDEN, &words.permission_denied()),
            What::NoCredentials => detail(StatusCode::FORBIDDEN, &words.no_credentials()),
            What::Forbidden => proxy(StatusCode::FORBIDDEN),
            What::Cdn { status } => proxy(StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY)),
            What::LoginPage => login_page(),
            What::Redirect => redirect(StatusCode::FOUND, "http://elsewhere.invalid/"),
            What::Huge { bytes } => {
                let body = vec![b'x'; usize::try_from(*bytes).unwrap_or(usize::MAX)];
                answer(StatusCode::INTERNAL_SERVER_ERROR, "text/html", body)
            }
            _ => return None,
        })
    }

    /// What becomes of the answer when the server has acted.
    pub(crate) fn spoil(&self, response: Response<Content>) -> Answer {
        let last = response.body().len().saturating_sub(1);
        let page_for = |status| Answer::new(proxy(status), Wire::Delivered);
        match self {
            What::Lost => Answer::new(response, Wire::Lost),
            What::Silent => Answer::new(response, Wire::Silent),
            What::Cut { after } => Answer::new(response, Wire::Cut { after: last.min(*after) }),
            What::CutChunked { after } => {
                Answer::new(chunked(response), Wire::Cut { after: last.min(*after) })
            }
            What::RetryHeader { retry_after } => {
                Answer::new(retry_after_header(response, *retry_after), Wire::Delivered)
            }
            What::Chunked => Answer::new(chunked(response), Wire::Delivered),
            What::InternalError { .. } => {
                let error = json!({ "error_msg": "Internal Server Error." });
                Answer::new(json(StatusCode::INTERNAL_SERVER_ERROR, &error), Wire::Delivered)
            }
            What::BadGateway { .. } => page_for(StatusCode::BAD_GATEWAY),
            What::Unavailable { .. } => page_for(StatusCode::SERVICE_UNAVAILABLE),
            What::GatewayTimeout { .. } => page_for(StatusCode::GATEWAY_TIMEOUT),
            What::Truncated => {
                let half = response.body().len() / 2;
                let mut response = response.map(|body| body.truncated(half));
                announce(&mut response);
                Answer::new(response, Wire::Delivered)
            }
            What::Page => Answer::new(page(StatusCode::OK, "SeaTable"), Wire::Delivered),
            What::EmptyObject => Answer::new(json(StatusCode::OK, &json!({})), Wire::Delivered),
            What::Empty => Answer::new(answer(StatusCode::OK, "text/html", Bytes::new()), Wire::Delivered),
            What::OddFinished => Answer::new(odd_finished(response), Wire::Delivered),
            _ => Answer::new(response, Wire::Delivered),
        }
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

fn busy_until(now: Duration, seconds: u32, words: Words) -> Response<Content> {
    let date = |offset| httpdate::fmt_http_date(UNIX_EPOCH + EPOCH + Duration::from_secs(offset));
    let now = now.as_secs().min(u32::MAX.into());
    let mut response = detail(StatusCode::TOO_MANY_REQUESTS, &words.throttled(seconds));
    set(&mut response, DATE, &date(now));
    set(&mut response, RETRY_AFTER, &date(now + u64::from(seconds)));
    response
}

/// Tells `is_finished` as a text, if the answer has it.
fn odd_finished(response: Response<Content>) -> Response<Content> {
    let bytes = response.body().bytes().map_or(&[][..], |bytes| bytes);
    let told =
        serde_json::from_slice::<Value>(bytes).ok().and_then(|body| body.get("is_finished")?.as_bool());
    match told {
        Some(finished) => json(StatusCode::OK, &json!({ "is_finished": finished.to_string() })),
        None => response,
    }
}
