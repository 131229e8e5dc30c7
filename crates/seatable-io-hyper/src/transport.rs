use std::fmt;
use std::future::pending;
#[cfg(feature = "tokio")]
use std::io;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use futures_util::{TryFutureExt, TryStreamExt};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyDataStream, BodyExt};
use hyper::rt::Timer;
use seatable_io_driver::asynchronous::{Transport, Upload};
use seatable_io_driver::task::Failure;
use seatable_io_driver::{Error, TransportError};
use tower::util::{BoxCloneSyncService, ServiceExt};
use tower_service::Service;

use crate::UploadBody;
use crate::error::{BoxError, transport_error};

type Boxed = BoxCloneSyncService<Request<UploadBody>, Response<UnsyncBoxBody<Bytes, BoxError>>, BoxError>;

/// A service that is ready for one request.
#[derive(Debug)]
pub struct Permit(Boxed);

/// The body of a response.
#[derive(Debug)]
pub struct ResponseBody(BodyDataStream<UnsyncBoxBody<Bytes, BoxError>>);

/// A service and a timer as the transport of a [`Client`](crate::Client).
pub struct Hyper {
    service: Boxed,
    timer: Box<dyn Timer + Send + Sync>,
    start: Instant,
    #[cfg(feature = "tokio")]
    pub(crate) needs_tokio: bool,
}

impl Hyper {
    /// Uses any service, whether of hyper or not, and the timer of any runtime, such as `hyper_util::rt::TokioTimer` or
    /// `smol_hyper::rt::SmolTimer`.
    ///
    /// The URI of a request is absolute and there is no `Host` header: hyper-util's client takes care of both, but over a single
    /// connection (`hyper::client::conn::http1`) the service must send the path and query only, and add `Host`.
    ///
    /// An error of the service's `poll_ready` means that nothing was sent. So do three errors of a request:
    /// [`NotSent`](crate::NotSent), hyper-util's error for a connection that could not be made, and hyper's error for a
    /// request that was cancelled before it was sent. After any other error, the server may have received the request.
    ///
    /// The service must not follow redirects, decompress bodies or log the URIs of requests: the URI of an export of an
    /// encrypted base contains its password.
    ///
    /// It must never repeat a request, because an import that arrives twice creates two bases; hyper-util's client needs
    /// `retry_canceled_requests(false)` for that. It should send an [import](UploadBody::is_import) over a new connection, and
    /// put each connection in a [`HalfOpen`](crate::HalfOpen), so that a server can reject an import while it is sent. Neither
    /// can be enforced here. [`with_connector`](Self::with_connector) does all three.
    pub fn new<S, B>(service: S, timer: impl Timer + Send + Sync + 'static) -> Self
    where
        S: Service<Request<UploadBody>, Response = Response<B>, Error: Into<BoxError>, Future: Send>,
        S: Clone + Send + Sync + 'static,
        B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        let boxed = |response: Response<B>| response.map(boxed::<B>);
        let service = BoxCloneSyncService::new(service.map_response(boxed).map_err(Into::into));
        Self {
            service,
            start: timer.now(),
            timer: Box::new(timer),
            #[cfg(feature = "tokio")]
            needs_tokio: false,
        }
    }
}

fn boxed<B>(body: B) -> UnsyncBoxBody<Bytes, BoxError>
where
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let to_bytes = |mut data: B::Data| data.copy_to_bytes(data.remaining());
    body.map_frame(move |frame| frame.map_data(to_bytes)).map_err(Into::into).boxed_unsync()
}

impl Transport for Hyper {
    type Permit = Permit;
    type ResponseBody = ResponseBody;

    fn check(&self) -> Result<(), Error> {
        #[cfg(feature = "tokio")]
        if self.needs_tokio && tokio::runtime::Handle::try_current().is_err() {
            let words =
                "there is no tokio runtime; run this in one, or create the client over another service";
            return Err(io::Error::other(words).into());
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.timer.now().saturating_duration_since(self.start)
    }

    /// Waits forever for a moment that an [`Instant`] cannot represent.
    async fn sleep_until(&self, moment: Duration) {
        match self.start.checked_add(moment) {
            Some(moment) => self.timer.sleep_until(moment).await,
            None => pending().await,
        }
    }

    async fn permit(&self) -> Result<Permit, TransportError> {
        let mut service = self.service.clone();
        let ready = service.ready().await.map(drop);
        ready.map(|()| Permit(service)).map_err(|error| transport_error(error, Failure::NotSent))
    }

    // Not an `async fn`, whose future would keep the request.
    fn send(
        &self,
        Permit(mut service): Permit,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Self::ResponseBody>, TransportError>> + Send {
        let response = service
            .call(request.map(UploadBody))
            .map_ok(|response| response.map(|body| ResponseBody(body.into_data_stream())));
        response.map_err(|error| transport_error(error, Failure::Interrupted))
    }

    async fn next(&self, body: &mut ResponseBody) -> Result<Option<Bytes>, TransportError> {
        body.0.try_next().await.map_err(|error| transport_error(error, Failure::Interrupted))
    }
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hyper").finish_non_exhaustive()
    }
}
