//! One request and its answer, bounded by silence.

use std::future::pending;
use std::pin::pin;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use http::response::Parts;
use http::{Request, Response};
use seatable_io_proto::Body;
use seatable_io_task::Failure;
use tokio::sync::Semaphore;

use super::upload::Watching;
use super::{Transport, Upload};
use crate::TransportError;

/// How much of an answer [`Client::call`](super::Client::call) reads, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// What all runs of a client share.
pub(crate) struct Shared<T> {
    pub(crate) transport: T,
    pub(crate) silence: Duration,
    pub(crate) turns: Semaphore,
}

/// What bounds the requests of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest silence in either direction. While a server works on an upload that it has whole, or on a
    /// synchronous export, three minutes at least.
    pub silence: Duration,
    /// Requests in flight at a time; the others wait for their turn, and time does not count as silence then.
    pub connections: usize,
}

impl Default for Limits {
    /// 60 s, and 64.
    fn default() -> Self {
        Self { silence: Duration::from_secs(60), connections: 64 }
    }
}

impl<T: Transport> Shared<T> {
    pub(super) fn new(transport: T, limits: Limits) -> Self {
        let turns = Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS));
        Self { transport, silence: limits.silence, turns }
    }

    /// Waits until then; `None` is for ever.
    pub(super) async fn until(&self, then: Option<Instant>) {
        match then {
            Some(then) => self.transport.sleep_until(then).await,
            None => pending().await,
        }
    }

    /// Bounds `work` by a silence of this length.
    async fn within<F: Future>(&self, limit: Duration, work: F) -> Result<F::Output, TransportError> {
        let silence = pin!(self.until(self.transport.now().checked_add(limit)));
        match select(pin!(work), silence).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right(_) => {
                let words = format!("nothing moved for {} s", limit.as_secs_f32());
                Err(TransportError::new(Failure::TimedOut, words))
            }
        }
    }

    /// Sends a request and waits for the head of its answer: while the body moves, and then, in silence, for `work`.
    pub(super) async fn send(
        &self,
        ready: T::Ready,
        request: Request<Upload>,
        watching: &mut Watching,
        work: Duration,
        mut sent: impl FnMut(u64) + Send,
    ) -> Result<Response<T::Answer>, TransportError> {
        let mut answer = pin!(self.transport.send(ready, request));
        let mut told = 0;
        loop {
            let limit = if watching.is_out() { work } else { self.silence };
            let answered = {
                let moved = pin!(watching.moved());
                match self.within(limit, select(answer.as_mut(), moved)).await? {
                    Either::Left((answer, _)) => Some(answer),
                    Either::Right(_) => None,
                }
            };
            let bytes = watching.sent();
            if bytes > std::mem::replace(&mut told, bytes) {
                sent(bytes);
            }
            if let Some(answer) = answered {
                return answer;
            }
        }
    }

    /// One request that sends no file, and its answer.
    pub(super) async fn call(&self, request: Request<Body>) -> Result<(Parts, Bytes), TransportError> {
        let _turn = self.turns.acquire().await;
        let ready = self.transport.ready().await?;
        let (head, body) = request.into_parts();
        let (body, mut watching) = Upload::new(&body, None);
        let request = Request::from_parts(head, body);
        let answer = self.send(ready, request, &mut watching, self.silence, |_| ()).await?;
        let (head, body) = answer.into_parts();
        Ok((head, self.collect(body, ANSWER_LIMIT).await?))
    }

    /// The next bytes of an answer.
    pub(super) async fn next(&self, answer: &mut T::Answer) -> Result<Option<Bytes>, TransportError> {
        self.within(self.silence, self.transport.next(answer)).await?
    }

    /// Reads an answer, and drops what is longer.
    pub(super) async fn collect(&self, mut answer: T::Answer, limit: usize) -> Result<Bytes, TransportError> {
        let mut bytes = BytesMut::new();
        while bytes.len() < limit
            && let Some(piece) = self.next(&mut answer).await?
        {
            bytes.extend_from_slice(&piece);
        }
        bytes.truncate(limit);
        Ok(bytes.freeze())
    }
}
