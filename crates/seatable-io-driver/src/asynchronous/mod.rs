//! Tasks run to their end over any async transport, one or ten thousand at once. No runtime is needed, except for the files
//! of the feature `tokio`.
//!
//! This transport is a sandbox in the same process, without a socket:
//!
//! ```
//! use std::sync::Mutex;
//! use std::time::{Duration, Instant};
//!
//! use bytes::Bytes;
//! use futures_util::TryStreamExt;
//! use http::{Request, Response};
//! use seatable_io_driver::asynchronous::{Client, Transport, Upload};
//! use seatable_io_driver::{TransportError, seed};
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
//!     fn now(&self) -> Duration {
//!         self.1.elapsed()
//!     }
//!
//!     async fn sleep_until(&self, moment: Duration) {
//!         tokio::time::sleep_until((self.1 + moment).into()).await
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
//!         let answer = self.0.lock().unwrap().answer(self.now(), request);
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
//! let server = Server::new("http://localhost/", Token::new(sandbox.token())?)?;
//! let client = Client::over(InProcess(Mutex::new(sandbox), Instant::now()), 64);
//!
//! let file = sample_dtable(1000);
//! let import = Import::new(1, FileName::new("projects", Format::Dtable)?, 1000)?;
//! let task = Task::import(server, import, Policy::default(), seed()?);
//! assert!(matches!(client.run(task, file, (), |_| ()).await?, Outcome::Imported(_)));
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

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
#[cfg(feature = "tokio")]
pub use files::{FileSink, ReaderSource, WriterSink};
pub use sink::Sink;
pub use source::{Pieces, Source, StreamSource};
pub use upload::Upload;

/// Sends requests and reads their answers. A [`Client`] over it does the rest.
///
/// It must neither follow redirects nor decompress bodies.
pub trait Transport: Send + Sync {
    /// What a request is sent with: a connection, a place in a queue, or `()`.
    type Ready: Send;
    /// The body of an answer.
    type Answer: Send;

    /// The time that has passed since a moment of the transport's choosing.
    fn now(&self) -> Duration;

    /// Waits until this moment.
    fn sleep_until(&self, moment: Duration) -> impl Future<Output = ()> + Send;

    /// Waits until a request can be sent. If this fails, nothing was sent.
    fn ready(&self) -> impl Future<Output = Result<Self::Ready, TransportError>> + Send;

    /// Sends a request and waits for the head of its answer. An error is
    /// [`NotSent`](seatable_io_task::Failure::NotSent) only if not one byte can have left.
    fn send(
        &self,
        ready: Self::Ready,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Self::Answer>, TransportError>> + Send;

    /// The next bytes of an answer; `None` at its end.
    fn next(
        &self,
        answer: &mut Self::Answer,
    ) -> impl Future<Output = Result<Option<Bytes>, TransportError>> + Send;
}
