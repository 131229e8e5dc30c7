//! Whole lives over any async transport, one or ten thousand at once. No runtime is needed, unless the feature
//! `tokio` is on, for the sake of its files.
//!
//! This transport is a sandbox in the same process, without a socket:
//!
//! ```
//! use std::sync::Mutex;
//! use std::time::Instant;
//!
//! use bytes::Bytes;
//! use futures_util::TryStreamExt;
//! use http::{Request, Response};
//! use seatable_io_driver::TransportError;
//! use seatable_io_driver::asynchronous::{Client, Limits, Transport, Upload};
//! use seatable_io_proto::{FileName, Format, Server, Token};
//! use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
//! use seatable_io_task::{Failure, Import, Outcome, Policy, Task};
//!
//! struct InProcess(Mutex<Sandbox>, Instant);
//!
//! impl Transport for InProcess {
//!     type Ready = ();
//!     type Answer = Option<Bytes>;
//!
//!     fn now(&self) -> Instant {
//!         Instant::now()
//!     }
//!
//!     async fn sleep_until(&self, then: Instant) {
//!         tokio::time::sleep_until(then.into()).await
//!     }
//!
//!     async fn ready(&self) -> Result<(), TransportError> {
//!         Ok(())
//!     }
//!
//!     async fn send(&self, (): (), request: Request<Upload>) -> Result<Response<Option<Bytes>>, TransportError> {
//!         let broken = || TransportError::new(Failure::Interrupted, "the connection broke");
//!         let (head, body) = request.into_parts();
//!         let body: Vec<Bytes> = body.try_collect().await.map_err(|_| broken())?;
//!         let request = Request::from_parts(head, body.concat().into());
//!         let answer = self.0.lock().unwrap().answer(self.1.elapsed(), request);
//!         Ok(answer.delivered().ok().flatten().ok_or_else(broken)?.map(Some))
//!     }
//!
//!     async fn next(&self, answer: &mut Option<Bytes>) -> Result<Option<Bytes>, TransportError> {
//!         Ok(answer.take())
//!     }
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::new(Generation::Y2021);
//! let server = Server::new("http://sandbox.invalid/", Token::new(sandbox.token())?)?;
//! let client = Client::over(InProcess(Mutex::new(sandbox), Instant::now()), Limits::default());
//!
//! let file = sample_dtable(1000);
//! let import = Import::new(1, FileName::new("projects", Format::Dtable)?, 1000)?;
//! let task = Task::import(server, import, Policy::default(), client.now());
//! assert!(matches!(client.run(task, file, (), |_| ()).await?, Outcome::Imported(_)));
//! # Ok(())
//! # }
//! ```

use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};

use crate::TransportError;

mod client;
mod drive;
mod exchange;
#[cfg(feature = "tokio")]
mod files;
mod sink;
mod source;
mod upload;

pub use client::Client;
pub use exchange::Limits;
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
