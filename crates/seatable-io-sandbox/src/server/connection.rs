use std::io;

use http::header::HOST;
use http::request::Parts;
use http::{Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::download::{Ending, ResponseBody};
use super::exchange::{Answer, answer, deliver, read_about, sends_at_once};
use super::guard::Guard;
use super::shared::SharedSandbox;
use super::writer::{BreakableWriter, HangUp};
use crate::response::{proxy, response};
use crate::{Delivery, Wire};

/// Serves an accepted connection to its end; it may be wrapped in TLS.
pub async fn serve_connection(io: impl AsyncRead + AsyncWrite + Unpin, sandbox: SharedSandbox) {
    Connection::new(sandbox, None).serve(io).await;
}

/// A connection to a sandbox. Faults can close it.
pub(super) struct Connection {
    sandbox: SharedSandbox,
    guard: Option<Guard>,
    hang_up: HangUp,
}

impl Connection {
    pub(super) fn new(sandbox: SharedSandbox, guard: Option<Guard>) -> Self {
        Connection { sandbox, guard, hang_up: HangUp::default() }
    }

    pub(super) async fn serve(self, io: impl AsyncRead + AsyncWrite + Unpin) {
        let (reader, writer) = tokio::io::split(io);
        let stream = tokio::io::join(reader, BreakableWriter::new(writer, self.hang_up.clone()));
        let service = service_fn(|request| self.handle(request));
        // An error means that the client closed the connection, or a fault did.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn handle(&self, request: Request<Incoming>) -> io::Result<Response<ResponseBody>> {
        let (head, mut body) = request.into_parts();
        let Answer { delivery, is_sending } = match refusal(&head, self.guard) {
            Some(delivery) => Answer { delivery, is_sending: sends_at_once(&head) },
            None => answer(&self.sandbox, head, &mut body).await?,
        };
        let response = deliver(delivery, &mut body, Ending::HangUp(self.hang_up.clone())).await?;
        if is_sending {
            self.linger(body);
        }
        Ok(response)
    }

    /// Continues to read for a while, like nginx.
    fn linger(&self, mut body: Incoming) {
        let linger = self.sandbox.linger;
        tokio::spawn(async move {
            let _ = tokio::time::timeout(linger, read_about(&mut body, u64::MAX)).await;
        });
    }
}

/// Refuses a request that is not for this server, or lacks a `Host`, as nginx does and RFC 9112 (section 3.2) demands.
fn refusal(head: &Parts, guard: Option<Guard>) -> Option<Delivery> {
    let refused = guard.and_then(|guard| guard.refusal(&head.headers)).map(proxy);
    let lacks_host = head.version == Version::HTTP_11 && !head.headers.contains_key(HOST);
    let bad_request = || response(StatusCode::BAD_REQUEST, "text/html", "<h1>400 Bad Request</h1>");
    Some(Delivery::new(refused.or_else(|| lacks_host.then(bad_request))?, Wire::Delivered))
}
