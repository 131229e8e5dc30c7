use http::header::{EXPECT, HOST};
use http::{Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Shared;
use super::download::Download;
use super::guard::Guard;
use super::line::{HangUp, Line};
use super::upload::{collect, drain, read_about};
use crate::answer::{answer, proxy};
use crate::form::FormError;
use crate::{Answer, Body, Received, Wire};

/// Serves one connection that was already accepted, to its end; it may be wrapped in TLS.
pub async fn serve_connection<I>(io: I, shared: Shared)
where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    serve_guarded(io, shared, None).await;
}

pub(super) async fn serve_guarded<I>(io: I, shared: Shared, guard: Option<Guard>)
where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let hang_up = HangUp::default();
    let line = Line::new(io, hang_up.clone());
    let service = service_fn(move |request| handle(request, shared.clone(), guard, hang_up.clone()));
    // An error is a client that went away, or a fault that was played.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(line), service).await;
}

/// The connection is to be closed without another byte.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed")]
struct Closed;

async fn handle(
    request: Request<Incoming>,
    shared: Shared,
    guard: Option<Guard>,
    hang_up: HangUp,
) -> Result<Response<Download>, Closed> {
    let (head, mut body) = request.into_parts();
    if let Some(status) = guard.and_then(|guard| guard.refusal(&head.headers)) {
        return answer_early(Answer::new(proxy(status), Wire::Delivered), body, &shared, hang_up).await;
    }
    if head.version == Version::HTTP_11 && !head.headers.contains_key(HOST) {
        // As nginx does, and RFC 9112 (section 3.2) demands.
        let refusal = answer(StatusCode::BAD_REQUEST, "text/html", "<h1>400 Bad Request</h1>");
        return answer_early(Answer::new(refusal, Wire::Delivered), body, &shared, hang_up).await;
    }
    let ticket = match shared.with(|sandbox, now| sandbox.receive(now, &head)) {
        Received::ReadBody(ticket) => ticket,
        Received::Answer(answer) => {
            if !head.headers.contains_key(EXPECT) {
                return answer_early(answer, body, &shared, hang_up).await;
            }
            return transmit(answer, &mut body, hang_up).await;
        }
    };
    let received = match collect(&ticket, &head.headers, &mut body).await {
        Ok(received) => received,
        Err(FormError::Malformed(why)) => {
            drain(&mut body).await;
            Body::Malformed(why)
        }
        Err(FormError::TooLarge) => {
            let answer = shared.with(|sandbox, _| sandbox.too_large(ticket));
            return answer_early(answer, body, &shared, hang_up).await;
        }
        Err(FormError::Broken) => return Err(Closed),
    };
    let answer = shared.with(|sandbox, now| sandbox.complete(now, ticket, received));
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    transmit(answer, &mut body, hang_up).await
}

/// Answers at once, and goes on reading for a while, as nginx does.
async fn answer_early(
    answer: Answer,
    mut body: Incoming,
    shared: &Shared,
    hang_up: HangUp,
) -> Result<Response<Download>, Closed> {
    if answer.wire != Wire::Delivered {
        return transmit(answer, &mut body, hang_up).await;
    }
    let linger = shared.linger;
    tokio::spawn(async move {
        let _ = tokio::time::timeout(linger, drain(&mut body)).await;
    });
    Ok(answer.response.map(|content| Download::whole(content, true)))
}

async fn transmit(
    answer: Answer,
    body: &mut Incoming,
    hang_up: HangUp,
) -> Result<Response<Download>, Closed> {
    let announced = answer.response.headers().contains_key(http::header::CONTENT_LENGTH);
    match answer.wire {
        Wire::Delivered => Ok(answer.response.map(|content| Download::whole(content, announced))),
        Wire::Cut { after } => {
            Ok(answer.response.map(|content| Download::cut(content, announced, after, hang_up)))
        }
        Wire::Lost | Wire::Refused => Err(Closed),
        Wire::Silent => std::future::pending().await,
        Wire::UploadCut { after } => {
            read_about(body, after).await;
            Err(Closed)
        }
    }
}
