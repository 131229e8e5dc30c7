//! Imports and exports [SeaTable](https://seatable.io) bases over HTTP, async, on [hyper](https://hyper.rs); one or ten
//! thousand at once.
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
//! let imported = client.import(&server, 1, path).name("stock (copy)").run().await?;
//! assert_eq!(imported.base.unwrap().name, "stock (copy)");
//! # Ok(())
//! # }
//! ```
//!
//! What to request, what to repeat and when to give up is decided in [`task`]; this crate only sends and receives. A run
//! reports [events](Run::watch), and can be [stopped](Run::until) by any future. [`Client::run`] runs any [`Operation`], with a
//! [`Source`] and a [`Sink`] of your own:
//!
//! ```
//! use std::time::Duration;
//! use seatable_io_hyper::task::Export;
//! use seatable_io_hyper::{BaseName, Client, Config, ErrorKind, Event, Policy, Server, Operation, Token, WriterSink, seed};
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
//! let task = Operation::export(server, export, Policy::default(), seed()?).one_pass();
//! let ended = client
//!     .run(task)
//!     .sink(WriterSink::new(tokio::io::sink()))
//!     .watch(|event| if let Event::Received { bytes, .. } = event { eprintln!("{bytes} bytes") })
//!     .until(tokio::time::sleep(Duration::from_millis(200)))
//!     .run()
//!     .await;
//! assert_eq!(ended.unwrap_err().task().unwrap().kind(), ErrorKind::Cancelled);
//! # assert_eq!(sandbox.state().unfinished().count(), 0);
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
//! | `tracing` | a span for each run and an event for each request, as the documentation of `seatable-io-driver` describes |
//!
//! # Metrics
//!
//! An [`Event`] is reported for everything that happens. Its documentation shows how to count requests and bytes.
//!
//! # Memory
//!
//! A download is read from the network only as fast as its [`Sink`] writes it, at most 640 KiB at a time, and an upload from
//! its [`Source`] only as fast as the network sends it, 256 KiB at a time.
//!
//! A task that waits, between polls or for a connection, keeps no connection, file or buffer, and takes less than 2 KiB:
//! 0.6 KiB for the future of [`Client::run`], and 1.1 to 1.3 KiB for the `Operation`. In the example `many`, where a hundred
//! thousand wait at once on the multi-threaded runtime of tokio with 64 connections, the whole process takes 5 KiB for each.
//!
//! # Files
//!
//! A [`FileSource`] is read and a [`FileSink`] is written on the thread of the runtime, because a page cache is faster than
//! another thread. After a piece that took 2 ms or more, the next ones are left to tokio's threads for blocking operations,
//! for ten times as long as it took. So a slow disk takes at most a tenth of the time of a runtime. A disk that does not answer
//! at all holds up one of its threads; for such a disk, use a [`ReaderSource`] or [`WriterSink`] over a file of tokio.
//!
//! # Other clients, other runtimes
//!
//! [`Hyper::new`] takes any `tower_service::Service<http::Request<UploadBody>>`: a tower stack, or a single connection;
//! [`Hyper::with_connector`] takes any connector. [`Client::with_transport`] creates a client from either. Read what [`Hyper::new`]
//! expects of a service: it must not repeat requests, and its connections should be [`HalfOpen`]. Without the feature `tokio`,
//! this crate does not need a tokio runtime: you supply the timer, the [`Source`] and the [`Sink`]. For an HTTP client that is
//! not a service, implement [`asynchronous::Transport`], in about thirty lines.

mod body;
mod error;
mod half_open;
#[cfg(feature = "tokio")]
mod pool;
#[cfg(feature = "tokio")]
mod proxy;
#[cfg(feature = "tokio")]
mod read_ahead;
#[cfg(all(test, feature = "tokio"))]
mod tests;
mod transport;

pub use body::UploadBody;
pub use error::NotSent;
pub use half_open::HalfOpen;
pub use seatable_io_driver::asynchronous::{
    self, BoxFuture, BoxSink, BoxSource, Pieces, Sink, Source, StreamSource,
};
#[cfg(feature = "tokio")]
pub use seatable_io_driver::asynchronous::{ReaderSource, WriterSink};
pub use seatable_io_driver::proto::{BaseName, Server, Token};
pub use seatable_io_driver::task::{ErrorKind, Operation, Outcome, Policy, Resume};
pub use seatable_io_driver::{
    Cancellation, Error, Event, FileSink, FileSource, Run, StopSignal, TransportError, bytes, check_archive,
    http, proto, seed, task,
};
#[cfg(feature = "tokio")]
pub use seatable_io_driver::{Config, Identity, Proxies, ProxyRules, Roots};
pub use transport::Hyper;

/// An async client. Clones are cheap and share everything, including connections.
pub type Client = asynchronous::Client<Hyper>;
