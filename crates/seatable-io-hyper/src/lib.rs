//! Runs SeaTable imports and exports, one or ten thousand at once, over hyper.
//!
//! ```
//! use seatable_io_hyper::{Config, client};
//! use seatable_io_proto::{BaseName, Server, Token};
//! use seatable_io_task::Policy;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # let sandbox = SandboxServer::start(Sandbox::new(Generation::Current))?;
//! # let (url, token, folder) = (sandbox.url(), sandbox.token(), tempfile::tempdir()?);
//! # let path = |name| folder.path().join(name);
//! # std::fs::write(path("projects.dtable"), sample_dtable(100_000))?;
//! let server = Server::new(&url, Token::new(&token)?)?;
//! let client = client(&Config::default())?;
//!
//! client.import(&server, 1, &path("projects.dtable"), Policy::default()).await?;
//! let base = BaseName::new("projects")?;
//! let exported = client.export(&server, 1, base, &path("copy.dtable"), Policy::default()).await?;
//! assert_eq!(exported.bytes, 100_000);
//! # Ok(())
//! # }
//! ```
//!
//! Nothing of the API is decided here: a [`Task`](seatable_io_task::Task) says what to ask and what an answer
//! means, [`Client::run`] waits, reads and saves for it, and here is only what sends. Sources and sinks of your own, progress and
//! cancelling look like this:
//!
//! ```
//! use std::time::Duration;
//! use seatable_io_hyper::{Config, Error, Event, WriterSink, client, seed};
//! use seatable_io_proto::{BaseName, Server, Token};
//! use seatable_io_task::{ErrorKind, Export, Policy, Task};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "projects", sample_dtable(1000));
//! # let sandbox = SandboxServer::start(sandbox.with_task_time(Duration::from_secs(60)))?;
//! # let (url, token) = (sandbox.url(), sandbox.token());
//! # let server = Server::new(&url, Token::new(&token)?)?;
//! # let client = client(&Config::default())?;
//! let export = Export::new(1, BaseName::new("projects")?);
//! let task = Task::export(server, export, Policy::default(), seed()?).one_pass();
//! let sink = WriterSink::new(tokio::io::sink());
//! let watch = |event: Event| {
//!     if let Event::Received { bytes, .. } = event {
//!         println!("{bytes} bytes");
//!     }
//! };
//! let time_is_up = tokio::time::sleep(Duration::from_millis(200));
//! match client.run_until(task, (), sink, watch, time_is_up).await {
//!     Err(Error::Task(error, _)) => assert_eq!(error.kind(), ErrorKind::Cancelled),
//!     other => panic!("{other:?}"),
//! }
//! # assert_eq!(sandbox.book().unfinished().count(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Memory
//!
//! A download is read from the network no faster than its [`Sink`] takes it, and an upload from its [`Source`] no faster
//! than the network takes it, 256 KiB at a time.
//!
//! A task that waits, for its time or for its turn, holds no connection, no file and no buffer, and takes less than
//! 4 KiB: 0.6 KiB for the future of [`Client::run`], 2.3 to 2.8 KiB for the `Task` with all it holds. The
//! example `many` has ten thousand wait at once, in a multi-threaded tokio over 64 connections: 6 KiB for each,
//! everything counted.
//!
//! # Other clients, other runtimes
//!
//! [`Hyper::new`] takes any `tower_service::Service<http::Request<UploadBody>>`: a tower stack, hyper-util's client
//! with a connector of your own ([`pool`]), or a single connection; [`Client::over`] makes a client of it. Without
//! the feature `tokio` (on by default) nothing here needs a tokio runtime: the timer is yours, and so are the
//! [`Source`] and the [`Sink`]. For a client that is no service, implement
//! [`Transport`](seatable_io_driver::asynchronous::Transport), in some thirty lines.
//!
//! Redirects are not followed and bodies not decompressed by the client here; a service of yours must not either.

mod body;
mod error;
#[cfg(feature = "tokio")]
mod half_open;
#[cfg(feature = "tokio")]
mod pool;
#[cfg(feature = "tokio")]
mod proxy;
#[cfg(all(test, feature = "tokio"))]
mod tests;
mod transport;

pub use body::UploadBody;
pub use error::NotSent;
#[cfg(feature = "tokio")]
pub use pool::{Config, Pool, client, pool};
#[cfg(feature = "tokio")]
pub use seatable_io_driver::Proxies;
#[cfg(feature = "tokio")]
pub use seatable_io_driver::asynchronous::{FileSink, ReaderSource, WriterSink};
pub use seatable_io_driver::asynchronous::{Pieces, Sink, Source, StreamSource};
pub use seatable_io_driver::{Error, Event, FileSource, Roots, TransportError, seed};
pub use transport::Hyper;

#[cfg(not(feature = "tokio"))]
type Pool = std::convert::Infallible;

/// An async client, over the pool that [`client`] makes or any other service.
pub type Client<S = Pool> = seatable_io_driver::asynchronous::Client<Hyper<S>>;
