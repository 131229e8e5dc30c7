//! Runs SeaTable imports and exports, one or ten thousand at once, over hyper.
//!
//! ```
//! use seatable_io_hyper::{Client, Config, Server, Token};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # let sandbox = SandboxServer::start(Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(5000)))?;
//! # let (url, token) = (sandbox.url(), sandbox.token()); // a stand-in for a server, on this machine
//! # let folder = tempfile::tempdir()?;
//! # let path = &folder.path().join("stock.dtable");
//! let server = Server::new(&url, Token::new(&token)?)?;
//! let client = Client::new(Config::default())?;
//!
//! let exported = client.export(&server, 1, "stock", path).run().await?;
//! assert_eq!(exported.bytes, 5000);
//!
//! let imported = client.import(&server, 1, path).name("stock of today").run().await?;
//! assert_eq!(imported.base.unwrap().name, "stock of today");
//! # Ok(())
//! # }
//! ```
//!
//! Nothing about the API is decided here: a [`Task`] says what to ask and what an answer means, and this crate sends.
//! A run can be [watched](Run::watch), and [ended](Run::until) by any future; [`Client::run`] takes any task, with a
//! [`Source`] and a [`Sink`] of your own:
//!
//! ```
//! use std::time::Duration;
//! use seatable_io_hyper::task::Export;
//! use seatable_io_hyper::{BaseName, Client, Config, ErrorKind, Event, Policy, Server, Task, Token, WriterSink, seed};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "projects", sample_dtable(1000));
//! # let sandbox = SandboxServer::start(sandbox.with_task_time(Duration::from_secs(60)))?;
//! # let (url, token) = (sandbox.url(), sandbox.token());
//! # let server = Server::new(&url, Token::new(&token)?)?;
//! # let client = Client::new(Config::default())?;
//! let export = Export::new(1, BaseName::new("projects")?);
//! let task = Task::export(server, export, Policy::default(), seed()?).one_pass();
//! let ended = client
//!     .run(task)
//!     .sink(WriterSink::new(tokio::io::sink()))
//!     .watch(|event| if let Event::Received { bytes, .. } = event { eprintln!("{bytes} bytes") })
//!     .until(tokio::time::sleep(Duration::from_millis(200)))
//!     .run()
//!     .await;
//! assert_eq!(ended.unwrap_err().task().unwrap().kind(), ErrorKind::Cancelled);
//! # assert_eq!(sandbox.book().unfinished().count(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `tokio` (default) | [`Config`], hyper-util's pooled client with rustls, and files, readers and writers of tokio |
//! | `platform-verifier` | [`Roots::Platform`]: the certificate authorities of the operating system |
//! | `tracing` | a span for each run and an event for each request |
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
//! [`Hyper::new`] takes any `tower_service::Service<http::Request<UploadBody>>`: a tower stack, or a single connection;
//! [`Hyper::with_connector`] takes any connector. [`Client::over`] makes a client of either. Without the feature `tokio`
//! nothing here needs a tokio runtime: the timer is yours, and so are the [`Source`] and the [`Sink`]. For a client that
//! is no service, implement [`asynchronous::Transport`], in some thirty lines.

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
pub use seatable_io_driver::asynchronous::{
    self, BoxFuture, BoxSink, BoxSource, Pieces, Sink, Source, StreamSource,
};
#[cfg(feature = "tokio")]
pub use seatable_io_driver::asynchronous::{ReaderSource, WriterSink};
pub use seatable_io_driver::proto::{BaseName, Server, Token};
pub use seatable_io_driver::task::{ErrorKind, Outcome, Policy, Resume, Task};
#[cfg(feature = "tokio")]
pub use seatable_io_driver::{Config, Identity, Proxies, ProxyRules, Roots};
pub use seatable_io_driver::{
    Error, Event, FileSink, FileSource, Run, TransportError, bytes, check_archive, http, proto, seed, task,
};
pub use transport::Hyper;

/// An async client. Clones are cheap and share everything, including connections.
pub type Client = asynchronous::Client<Hyper>;
