//! A blocking transport over reqwest.
//!
//! It blocks on reqwest's async client: `reqwest::blocking` sends the whole file before it looks for a response, so it loses one
//! that comes earlier, and it cannot limit how long the server is silent.
//!
//! If the server closes the connection while the file is being sent, reqwest may lose the response that came before. So this
//! transport waits for a moment before it sends a file: a server that rejects it because of its length has responded by then.

use std::io::{self, Read};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::{FutureExt, stream};
use http::{Request, Response};
use reqwest::{Body, Client, redirect, retry};
use seatable_io_driver::TransportError;
use seatable_io_driver::blocking::{Lent, Limits, Transport, Upload};
use seatable_io_driver::task::Failure;
use tokio::runtime::Runtime;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep, timeout_at};

/// The longest timeout.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// The transport of a run. Clones share connections.
#[derive(Clone)]
pub struct Reqwest {
    runtime: Arc<Runtime>,
    kept: Client,
    /// For imports: no connection is used again.
    new: Client,
    /// How long to wait before a file is sent (200 ms).
    pub pause: Duration,
}

impl Reqwest {
    pub fn new() -> io::Result<Self> {
        // It stays as it is if the program has installed another one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || Client::builder().redirect(redirect::Policy::none()).retry(retry::never());
        let build = |builder: reqwest::ClientBuilder| builder.build().map_err(io::Error::other);
        let (kept, new) = (build(builder())?, build(builder().pool_max_idle_per_host(0))?);
        Ok(Self { runtime: Arc::new(Runtime::new()?), kept, new, pause: Duration::from_millis(200) })
    }
}

/// The rest of a response.
pub struct Incoming {
    response: reqwest::Response,
    piece: Bytes,
    timer: Timer,
}

impl Transport for Reqwest {
    type ResponseBody = Incoming;

    fn send(
        &mut self,
        request: Request<Option<&mut Upload<'_>>>,
        limits: Limits,
    ) -> Result<Response<Incoming>, TransportError> {
        let (head, upload) = request.into_parts();
        let timer = Timer::new(limits);
        let execute = |client: &Client, body: Body| {
            let request = Request::from_parts(head, body).try_into().map_err(explain)?;
            self.runtime.block_on(timer.limit(client.execute(request)))
        };
        let response = match upload {
            None => execute(&self.kept, Body::default())?,
            Some(upload) => {
                upload.lend(|lent| execute(&self.new, pieces(lent, self.pause, timer.clone())))?
            }
        };
        let mut head = Response::new(());
        (*head.status_mut(), *head.headers_mut()) = (response.status(), response.headers().clone());
        Ok(head.map(|()| Incoming { response, piece: Bytes::new(), timer }))
    }

    fn read(&mut self, body: &mut Incoming, buffer: &mut [u8]) -> Result<usize, TransportError> {
        if body.piece.is_empty() {
            body.timer.reset();
            let next = self.runtime.block_on(body.timer.limit(body.response.chunk()))?;
            body.piece = next.unwrap_or_default();
        }
        let count = body.piece.len().min(buffer.len());
        body.piece.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

fn pieces(lent: Lent, pause: Duration, timer: Timer) -> Body {
    let pieces = stream::try_unfold((lent, timer), |(mut lent, timer)| async move {
        timer.reset();
        let mut piece = vec![0; 256 * 1024];
        let count = block_in_place(|| lent.read(&mut piece))?;
        piece.truncate(count);
        Ok::<_, io::Error>((count > 0).then_some((piece, (lent, timer))))
    });
    Body::wrap_stream(async move { sleep(pause).await }.map(|()| pieces).flatten_stream())
}

/// When to give up.
#[derive(Clone)]
struct Timer {
    deadline: Instant,
    idle_timeout: Duration,
    idle_since: Arc<Mutex<Instant>>,
}

impl Timer {
    fn new(Limits { time_left, idle_timeout, .. }: Limits) -> Self {
        let now = Instant::now();
        let deadline = now + time_left.min(LONGEST);
        Self { deadline, idle_timeout: idle_timeout.min(LONGEST), idle_since: Arc::new(Mutex::new(now)) }
    }

    fn reset(&self) {
        *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn end(&self) -> Instant {
        let idle_since = *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner);
        self.deadline.min(idle_since + self.idle_timeout)
    }

    async fn limit<T>(&self, work: impl Future<Output = reqwest::Result<T>>) -> Result<T, TransportError> {
        let mut work = pin!(work);
        while Instant::now() < self.end() {
            if let Ok(done) = timeout_at(self.end(), &mut work).await {
                return done.map_err(explain);
            }
        }
        Err(TransportError::new(Failure::TimedOut, "the server is silent, or the time is over"))
    }
}

/// No error of reqwest's contains a header, but most contain the URL.
fn explain(error: reqwest::Error) -> TransportError {
    let failure = if error.is_connect() { Failure::NotSent } else { Failure::Interrupted };
    TransportError::new(failure, "the exchange failed").with_source(error.without_url())
}
