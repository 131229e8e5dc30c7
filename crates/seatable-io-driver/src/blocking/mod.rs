//! Runs operations over any blocking transport.
//!
//! This transport is a sandbox in the same process, without sockets:
//!
//! ```
//! use std::io::{Cursor, Read};
//! use std::sync::{Arc, Mutex};
//! use std::time::Instant;
//!
//! use http::{Request, Response};
//! use seatable_io_driver::TransportError;
//! use seatable_io_driver::blocking::{Client, Limits, Transport, Upload};
//! use seatable_io_driver::proto::{Server, Token};
//! use seatable_io_driver::task::Failure;
//! use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
//!
//! struct InProcess(Arc<Mutex<Sandbox>>, Instant);
//!
//! impl Transport for InProcess {
//!     type ResponseBody = Cursor<Vec<u8>>;
//!
//!     fn send(
//!         &mut self,
//!         request: Request<Option<&mut Upload<'_>>>,
//!         _: Limits,
//!     ) -> Result<Response<Self::ResponseBody>, TransportError> {
//!         let broken = || TransportError::new(Failure::Interrupted, "the connection broke");
//!         let (head, upload) = request.into_parts();
//!         let mut body = Vec::new();
//!         if let Some(upload) = upload {
//!             upload.read_to_end(&mut body).map_err(|_| broken())?;
//!         }
//!         let request = Request::from_parts(head, body.into());
//!         let response = self.0.lock().map_err(|_| broken())?.respond(self.1.elapsed(), request);
//!         Ok(response.delivered().ok().flatten().ok_or_else(broken)?.map(|body| Cursor::new(body.to_vec())))
//!     }
//!
//!     fn read(&mut self, body: &mut Self::ResponseBody, buffer: &mut [u8]) -> Result<usize, TransportError> {
//!         body.read(buffer).map_err(|error| TransportError::new(Failure::Interrupted, error.to_string()))
//!     }
//! }
//!
//! let sandbox = Sandbox::new(Generation::Y2021);
//! let server = Server::new("http://localhost/", Token::new(sandbox.token())?)?;
//!
//! let (sandbox, start) = (Arc::new(Mutex::new(sandbox)), Instant::now());
//! let client = Client::with_transport(move || InProcess(Arc::clone(&sandbox), start));
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = &folder.path().join("projects.dtable");
//! std::fs::write(path, sample_dtable(1000))?;
//! let imported = client.import(&server, 1, path).name("projects (copy)").run()?;
//! assert_eq!(imported.base.unwrap().name, "projects (copy)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};

use crate::TransportError;

mod client;
mod clock;
mod drive;
mod lend;
mod sink;
mod source;
mod stop;
#[cfg(test)]
mod tests;
mod upload;

pub use client::{Client, Connect};
pub use lend::Lent;
pub use sink::{Sink, WriterSink};
pub use source::{ReaderSource, Source};
pub use stop::{Interrupt, Stop};
pub use upload::Upload;

/// The time limits of one request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// How long the whole exchange may take. [`Duration::MAX`] means forever.
    pub time_left: Duration,
    /// How long may pass without a byte in either direction, reading or writing: at least three minutes where a server can be
    /// at work that long before it answers, as while it imports a file. [`Duration::MAX`] means forever.
    pub idle_timeout: Duration,
}

/// Sends one request at a time and reads its response.
///
/// A request with an [`Upload`] is an import, and no other is.
///
#[doc(alias = "http client")]
#[doc = include_str!("../transport.md")]
pub trait Transport {
    /// The body of a response. It may be dropped before its end.
    type ResponseBody;

    /// Sends a request and returns the response when its head has arrived, within these limits. The body of the request, if any,
    /// has the length that its `Content-Length` says.
    ///
    /// If reading the [`Upload`] fails, return any error; the run knows the reason. A client that needs a body of its own can
    /// [borrow](Upload::lend) it.
    fn send(
        &mut self,
        request: Request<Option<&mut Upload<'_>>>,
        limits: Limits,
    ) -> Result<Response<Self::ResponseBody>, TransportError>;

    /// Reads the next bytes of a response, within the same limits; returns 0 at its end.
    fn read(&mut self, body: &mut Self::ResponseBody, buffer: &mut [u8]) -> Result<usize, TransportError>;

    /// Returns an interrupt for a [`Stop`], if this transport has one. Called once, when a run begins.
    fn interrupt(&self) -> Option<Arc<Interrupt>> {
        None
    }

    /// Called after a [`Stop`]. The requests that follow cancel the task, and must not be interrupted.
    fn renew(&mut self) {}
}
