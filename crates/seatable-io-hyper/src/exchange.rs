//! One request and its answer, bounded by silence.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use http::{Request, Response};
use hyper::rt::Timer;
use seatable_io_task::Failure;
use tokio::sync::Semaphore;
use tower_service::Service;

use crate::error::BoxError;
use crate::upload::Upload;
use crate::{TransportError, UploadBody};

/// What all runs of a client share.
pub(crate) struct Exchange<S> {
    pub(crate) service: S,
    pub(crate) timer: Box<dyn Timer + Send + Sync>,
    pub(crate) silence: Duration,
    pub(crate) turns: Semaphore,
}

impl<S> Exchange<S> {
    /// Waits until then; `None` is for ever.
    pub(crate) async fn until(&self, then: Option<Instant>) {
        match then {
            Some(then) => self.timer.sleep_until(then).await,
            None => std::future::pending().await,
        }
    }

    /// Bounds `work` by a silence of this length.
    async fn within<T>(
        &self,
        limit: Duration,
        work: Pin<&mut impl Future<Output = T>>,
    ) -> Result<T, TransportError> {
        let sleep = self.timer.sleep(limit);
        let words = || format!("nothing moved for {} s", limit.as_secs_f32());
        unless(&mut Some(pin!(sleep)), work)
            .await
            .ok_or_else(|| TransportError::new(Failure::TimedOut, words()))
    }
}

impl<S, B> Exchange<S>
where
    S: Service<Request<UploadBody>, Response = Response<B>, Error: Into<BoxError>> + Clone,
    B: http_body::Body<Error: Into<BoxError>>,
{
    /// A service that takes a request.
    pub(crate) async fn ready(&self) -> Result<S, TransportError> {
        let mut service = self.service.clone();
        match poll_fn(|cx| service.poll_ready(cx)).await {
            Ok(()) => Ok(service),
            Err(error) => Err(TransportError::before(&error.into())),
        }
    }

    /// Sends a request and waits for the head of its answer: while the body moves, and then, in silence, for `work`.
    pub(crate) async fn send(
        &self,
        mut service: S,
        request: Request<UploadBody>,
        upload: &Upload,
        work: Duration,
        mut watch: impl FnMut(u64) + Send,
    ) -> Result<Response<B>, TransportError> {
        let mut answer = pin!(service.call(request));
        let mut seen = upload.mark();
        loop {
            let next = poll_fn(|cx| match answer.as_mut().poll(cx) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending => upload.poll_past(seen, cx).map(|()| None),
            });
            let limit = if seen.out { work } else { self.silence };
            match self.within(limit, pin!(next)).await? {
                Some(answer) => return answer.map_err(|error| TransportError::during(&error.into())),
                None => seen = upload.mark(),
            }
            watch(seen.sent);
        }
    }

    /// The next bytes of an answer.
    pub(crate) async fn next(&self, mut body: Pin<&mut B>) -> Result<Option<Bytes>, TransportError> {
        loop {
            let frame = poll_fn(|cx| body.as_mut().poll_frame(cx));
            match self
                .within(self.silence, pin!(frame))
                .await?
                .map(|frame| frame.map(http_body::Frame::into_data))
            {
                None => return Ok(None),
                Some(Err(error)) => return Err(TransportError::after(&error.into())),
                Some(Ok(Ok(mut data))) if data.has_remaining() => {
                    return Ok(Some(data.copy_to_bytes(data.remaining())));
                }
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads an answer, and drops what is longer.
    pub(crate) async fn collect(&self, body: B, limit: usize) -> Result<Bytes, TransportError> {
        let (mut body, mut bytes) = (pin!(body), BytesMut::new());
        while let Some(piece) = self.next(body.as_mut()).await? {
            let room = limit.saturating_sub(bytes.len()).min(piece.len());
            bytes.extend_from_slice(&piece[..room]);
            if room < piece.len() {
                break;
            }
        }
        Ok(bytes.freeze())
    }
}

/// What `work` comes to; `None` where `end` came before, which is taken away then.
///
/// What is given to an `async fn` takes its place twice, so this one is given references.
pub(crate) async fn unless<T, E: Future>(
    end: &mut Option<Pin<&mut E>>,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if poll_came(end, cx) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Whether `end` is there, without waiting for it.
pub(crate) async fn came<E: Future>(end: &mut Option<Pin<&mut E>>) -> bool {
    poll_fn(|cx| Poll::Ready(poll_came(end, cx))).await
}

fn poll_came<E: Future>(end: &mut Option<Pin<&mut E>>, cx: &mut Context<'_>) -> bool {
    end.take_if(|end| end.as_mut().poll(cx).is_ready()).is_some()
}
