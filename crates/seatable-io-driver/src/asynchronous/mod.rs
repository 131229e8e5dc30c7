//! Whole lives over any async transport, one or ten thousand at once; no runtime is named.

use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};

use crate::TransportError;

mod client;
mod drive;
#[cfg(feature = "tokio")]
mod files;
mod sink;
mod source;
mod upload;

pub use client::{Client, Limits};
#[cfg(feature = "tokio")]
pub use files::{FileSink, ReaderSource, WriterSink};
pub use sink::Sink;
pub use source::{Pieces, Source, StreamSource};
pub use upload::Upload;

/// What can send a request and read its answer. A [`Client`] over it does the rest.
///
/// Redirects must not be followed, and bodies not decompressed.
pub trait Transport: Send + Sync {
    /// What a request is sent with: a connection, a place in a queue, or `()`.
    type Ready: Send;
    /// The body of an answer.
    type Answer: Send;

    /// Now.
    fn now(&self) -> Instant;

    /// Waits until then.
    fn sleep_until(&self, then: Instant) -> impl Future<Output = ()> + Send;

    /// Waits until a request can be sent. Whatever ends it, nothing was sent.
    fn ready(&self) -> impl Future<Output = Result<Self::Ready, TransportError>> + Send;

    /// Sends a request and waits for the head of its answer. An error says
    /// [`NotSent`](seatable_io_task::Failure::NotSent) only if not one byte can have left.
    fn send(
        &self,
        ready: Self::Ready,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Self::Answer>, TransportError>> + Send;

    /// The next bytes of an answer; `None` where it is whole.
    fn next(
        &self,
        answer: &mut Self::Answer,
    ) -> impl Future<Output = Result<Option<Bytes>, TransportError>> + Send;
}
