//! One request and its response, with an idle timeout.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use http::response::Parts;
use http::{Request, Response};
use seatable_io_proto::Body;
use seatable_io_task::{Failure, Policy};
use tokio::sync::Semaphore;

use super::local::Local;
use super::upload::Watching;
use super::{Transport, Upload};
use crate::paces::Paces;
use crate::{CALL_LIMIT, TransportError};

/// The state that all runs of a client share.
pub(crate) struct Inner<T> {
    pub(crate) transport: Arc<T>,
    pub(crate) paces: Paces,
    pub(crate) turns: Semaphore,
}

impl<T: Transport> Inner<T> {
    pub(super) fn new(transport: Arc<T>, paces: Paces, connections: usize) -> Self {
        Self { transport, paces, turns: Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS)) }
    }

    /// Waits until this moment; [`Duration::MAX`] means forever.
    pub(super) async fn until(&self, moment: Duration) {
        match moment {
            Duration::MAX => pending().await,
            moment => self.transport.sleep_until(moment).await,
        }
    }

    /// Fails if `work` takes longer than `limit`.
    async fn within<F: Future>(&self, limit: Duration, work: F) -> Result<F::Output, TransportError> {
        let late = pin!(self.until(self.transport.now().saturating_add(limit)));
        match select(pin!(work), late).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right(_) => {
                let words = format!("nothing was sent or received for {} s", limit.as_secs_f32());
                Err(TransportError::new(Failure::TimedOut, words))
            }
        }
    }

    /// Sends a request and returns the response when its head has arrived.
    pub(super) async fn send(
        &self,
        permit: T::Permit,
        request: Request<Upload>,
        watching: &mut Watching,
        idle_timeout: Duration,
        mut sent: impl FnMut(u64) + Send,
    ) -> Result<Response<T::ResponseBody>, TransportError> {
        let mut response = pin!(self.transport.send(permit, request));
        loop {
            let answered = {
                let moved = pin!(watching.moved());
                match self.within(idle_timeout, select(response.as_mut(), moved)).await? {
                    Either::Left((response, _)) => Some(response),
                    Either::Right(_) => None,
                }
            };
            sent(watching.sent());
            if let Some(response) = answered {
                return response;
            }
        }
    }

    /// Sends one request without a file, and returns the first `limit` bytes of its response.
    pub(super) async fn call(
        &self,
        request: Request<Body>,
        limit: usize,
    ) -> Result<(Parts, Bytes), TransportError> {
        let late = pin!(self.until(self.transport.now().saturating_add(CALL_LIMIT)));
        match select(pin!(self.call_in_time(request, limit)), late).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => Err(TransportError::new(Failure::TimedOut, "the call took too long")),
        }
    }

    async fn call_in_time(
        &self,
        request: Request<Body>,
        limit: usize,
    ) -> Result<(Parts, Bytes), TransportError> {
        let idle_timeout = Policy::default().idle_timeout;
        let _turn = self.turns.acquire().await;
        let permit = self.transport.permit().await?;
        let (head, body) = request.into_parts();
        let (body, mut watching) = Upload::new(&body, None, Local::default());
        let request = Request::from_parts(head, body);
        let response = self.send(permit, request, &mut watching, idle_timeout, |_| ()).await?;
        let (head, mut body) = response.into_parts();
        let mut bytes = BytesMut::new();
        while bytes.len() < limit
            && let Some(piece) = self.next(&mut body, idle_timeout).await?
        {
            bytes.extend_from_slice(&piece);
        }
        bytes.truncate(limit);
        Ok((head, bytes.freeze()))
    }

    /// The next bytes of a response.
    pub(super) async fn next(
        &self,
        response: &mut T::ResponseBody,
        idle_timeout: Duration,
    ) -> Result<Option<Bytes>, TransportError> {
        self.within(idle_timeout, self.transport.next(response)).await?
    }
}
