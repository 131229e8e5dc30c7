//! Runs operations over any async transport, one or ten thousand at once, on any runtime.
//!
//! This transport is a sandbox in the same process, without sockets:
//!
//! ```
//! use std::sync::Mutex;
//! use std::time::{Duration, Instant};
//!
//! use bytes::Bytes;
//! use futures_util::TryStreamExt;
//! use http::{Request, Response};
//! use seatable_io_driver::asynchronous::{Client, Transport, Upload};
//! use seatable_io_driver::TransportError;
//! use seatable_io_driver::proto::{Server, Token};
//! use seatable_io_driver::task::Failure;
//! use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
//!
//! struct InProcess(Mutex<Sandbox>, Instant);
//!
//! impl Transport for InProcess {
//!     type Permit = ();
//!     type ResponseBody = Option<Bytes>;
//!
//!     fn now(&self) -> Duration {
//!         self.1.elapsed()
//!     }
//!
//!     async fn sleep_until(&self, moment: Duration) {
//!         tokio::time::sleep_until((self.1 + moment).into()).await
//!     }
//!
//!     async fn permit(&self) -> Result<(), TransportError> {
//!         Ok(())
//!     }
//!
//!     async fn send(&self, (): (), request: Request<Upload>) -> Result<Response<Option<Bytes>>, TransportError> {
//!         let broken = || TransportError::new(Failure::Interrupted, "the connection broke");
//!         let (head, body) = request.into_parts();
//!         let body: Vec<Bytes> = body.try_collect().await.map_err(|_| broken())?;
//!         let request = Request::from_parts(head, body.concat().into());
//!         let response = self.0.lock().unwrap().respond(self.now(), request);
//!         Ok(response.delivered().ok().flatten().ok_or_else(broken)?.map(Some))
//!     }
//!
//!     async fn next(&self, body: &mut Option<Bytes>) -> Result<Option<Bytes>, TransportError> {
//!         Ok(body.take())
//!     }
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::new(Generation::Y2021);
//! let server = Server::new("http://localhost/", Token::new(sandbox.token())?)?;
//! let client = Client::with_transport(InProcess(Mutex::new(sandbox), Instant::now()));
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = &folder.path().join("projects.dtable");
//! std::fs::write(path, sample_dtable(1000))?;
//! let imported = client.import(&server, 1, path).name("projects (copy)").run().await?;
//! assert_eq!(imported.base.unwrap().name, "projects (copy)");
//! # Ok(())
//! # }
//! ```

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::{Error, TransportError};

mod client;
mod drive;
mod exchange;
mod files;
mod local;
mod offload;
mod sink;
mod source;
#[cfg(feature = "tokio")]
mod tokio_io;
mod upload;

pub use client::Client;
pub use sink::Sink;
pub use source::{Pieces, Source, StreamSource};
#[cfg(feature = "tokio")]
pub use tokio_io::{ReaderSource, WriterSink};
pub use upload::Upload;

/// The futures that the methods of [`Source`] and [`Sink`] return: `Box::pin(async move { … })`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}

/// Sends requests and reads their answers; a [`Client`] does the rest.
///
/// [`Upload::is_import`] returns whether a request is an import.
///
#[doc(alias = "http client")]
#[doc = include_str!("../transport.md")]
pub trait Transport: Send + Sync {
    /// The right to send one request: a connection, a place in a queue, or `()`.
    type Permit: Send;
    /// The body of a response. It may be dropped before its end.
    type ResponseBody: Send;

    /// Called before anything else, to check that the transport can work here. A transport that needs a runtime returns an error
    /// if there is none.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The time since a moment that the transport chooses. Tasks that share a [`Pace`](seatable_io_task::Pace) must share it.
    fn now(&self) -> Duration;

    /// Waits until this moment.
    fn sleep_until(&self, moment: Duration) -> impl Future<Output = ()> + Send;

    /// Waits until a request can be sent. If this fails, nothing was sent.
    fn permit(&self) -> impl Future<Output = Result<Self::Permit, TransportError>> + Send;

    /// Sends a request and returns the response when its head has arrived. The client enforces the time limits, by dropping the
    /// future.
    fn send(
        &self,
        permit: Self::Permit,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Self::ResponseBody>, TransportError>> + Send;

    /// Returns the next bytes of a response; `None` at its end.
    fn next(
        &self,
        body: &mut Self::ResponseBody,
    ) -> impl Future<Output = Result<Option<Bytes>, TransportError>> + Send;
}
