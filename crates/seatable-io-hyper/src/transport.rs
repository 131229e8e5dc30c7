use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use futures_util::TryStreamExt;
use http::{Request, Response};
use http_body_util::{BodyDataStream, BodyExt};
use hyper::rt::Timer;
use seatable_io_driver::TransportError;
use seatable_io_driver::asynchronous::{Transport, Upload};
use seatable_io_task::Failure;
use tower_service::Service;

use crate::UploadBody;
use crate::error::{BoxError, transport_error};

/// A service and a timer, as the transport of a [`Client`](crate::Client).
pub struct Hyper<S> {
    service: S,
    timer: Box<dyn Timer + Send + Sync>,
    start: Instant,
}

impl<S> Hyper<S> {
    /// Any service, of hyper or not, and any runtime's timer.
    ///
    /// An error of the service's `poll_ready` means that nothing was sent. Of the errors of a request, only
    /// [`NotSent`](crate::NotSent), those of hyper-util's client for a connection that could not be made, and hyper's
    /// own for a request that it gave back unsent, mean so; the others leave open what the server got.
    pub fn new(service: S, timer: impl Timer + Send + Sync + 'static) -> Self {
        Self { service, start: timer.now(), timer: Box::new(timer) }
    }
}

impl<S, B> Transport for Hyper<S>
where
    S: Service<Request<UploadBody>, Response = Response<B>, Error: Into<BoxError>, Future: Send>,
    S: Clone + Send + Sync,
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send,
{
    type Ready = S;
    type Answer = Pin<Box<BodyDataStream<B>>>;

    fn now(&self) -> Duration {
        self.timer.now().saturating_duration_since(self.start)
    }

    /// A moment beyond what an [`Instant`] can hold never comes.
    async fn sleep_until(&self, moment: Duration) {
        match self.start.checked_add(moment) {
            Some(moment) => self.timer.sleep_until(moment).await,
            None => pending().await,
        }
    }

    async fn ready(&self) -> Result<S, TransportError> {
        let mut service = self.service.clone();
        let ready = poll_fn(|cx| service.poll_ready(cx)).await;
        ready.map(|()| service).map_err(|error| transport_error(error, Failure::NotSent))
    }

    async fn send(
        &self,
        mut service: S,
        request: Request<Upload>,
    ) -> Result<Response<Self::Answer>, TransportError> {
        let answer = service.call(request.map(UploadBody)).await;
        let answer = answer.map_err(|error| transport_error(error, Failure::Interrupted))?;
        Ok(answer.map(|body| Box::pin(body.into_data_stream())))
    }

    async fn next(&self, answer: &mut Self::Answer) -> Result<Option<Bytes>, TransportError> {
        let piece = answer.try_next().await.map_err(|error| transport_error(error, Failure::Interrupted))?;
        Ok(piece.map(|mut piece| piece.copy_to_bytes(piece.remaining())))
    }
}
