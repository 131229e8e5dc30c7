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
//! let exported = client.export(&server, 1, "stock").save_to(path).run().await?;
//! assert_eq!(exported.bytes, 5000);
//!
//! let imported = client.import(&server, 1, path).name("stock (copy)").run().await?;
//! assert_eq!(imported.base.unwrap().name, "stock (copy)");
//! # Ok(())
//! # }
//! ```
//!
//! [`task`] decides what to request, what to repeat and when to give up; this crate only sends and receives. A run
//! reports [events](Run::watch), and can be [stopped](Run::until) by any future. [`Client::run`] runs any [`Operation`], with a
//! [`Source`] and a [`Sink`] of your own:
//!
//! ```
//! use std::time::Duration;
//! use seatable_io_hyper::{Client, Config, ErrorKind, Event, Server, Token, WriterSink};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "projects", sample_dtable(1000));
//! # let sandbox = SandboxServer::start(sandbox.with_task_time(Duration::from_secs(60)))?;
//! # let (url, token) = (sandbox.url(), sandbox.token());
//! # let server = Server::new(&url, Token::new(&token)?)?;
//! # let client = Client::new(Config::default())?;
//! let ended = client
//!     .export(&server, 1, "projects")
//!     .sink(WriterSink::new(tokio::io::sink()))
//!     .one_pass()
//!     .watch(|event| if let Event::Received { bytes, .. } = event { eprintln!("{bytes} bytes") })
//!     .until(tokio::time::sleep(Duration::from_millis(200)))
//!     .run()
//!     .await;
//! assert_eq!(ended.unwrap_err().operation().unwrap().kind(), ErrorKind::Cancelled);
//! # assert_eq!(sandbox.state().unfinished().count(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `tokio` (default) | [`Config`], hyper-util's pooled client with rustls, and tokio's readers and writers |
//! | `ring` (default), `aws-lc-rs` | the provider of cryptography for TLS: `ring` if both are on; if none is, the one that the process has installed |
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
//! A run that waits, between polls or for a connection, keeps no connection, file or buffer, and needs less than 2 KiB: 0.6 KiB
//! for its future, and 1.1 to 1.3 KiB for the `Operation`. In the example `many`, where a hundred thousand wait at once on tokio's
//! multi-threaded runtime with 64 connections, the whole process needs 5 KiB for each.
//!
//! # Files
//!
//! Files are accessed on the runtime's thread. After an operation of 2 ms or more, later ones use tokio's blocking pool, or
//! threads of their own where there is no tokio runtime, for ten times as long, so a slow disk uses at most a tenth of the
//! runtime's time. A disk that hangs holds up one of the runtime's threads; for such a disk, use a [`ReaderSource`] or
//! [`WriterSink`] over tokio's `File`.
//!
//! # Other clients, other runtimes
//!
//! [`Hyper::new`] takes any `tower_service::Service<http::Request<UploadBody>>`: a tower stack, or a single connection;
//! [`Hyper::with_connector`] takes any connector. [`Client::with_transport`] creates a client from either. Read what [`Hyper::new`]
//! expects of a service: it must not repeat requests, and its connections should be [`HalfOpen`]. Without the feature `tokio`,
//! this crate does not need a tokio runtime: you supply the service and the timer, and files work as they do with it. For an HTTP
//! client that is not a service, implement [`asynchronous::Transport`].

#![cfg_attr(docsrs, feature(doc_cfg))]
// It is a feature of `seatable-io-driver`, whose items are shown here, too.
#![cfg_attr(docsrs, allow(unexpected_cfgs), doc(auto_cfg(hide(feature = "config"))))]

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
pub use seatable_io_driver::asynchronous::{self, BoxFuture, Pieces, Sink, Source, StreamSource};
#[cfg(feature = "tokio")]
pub use seatable_io_driver::asynchronous::{ReaderSource, WriterSink};
pub use seatable_io_driver::proto::{BaseName, Server, Token};
pub use seatable_io_driver::task::{ErrorKind, Operation, Outcome, Policy, Resume};
pub use seatable_io_driver::{
    ArchiveError, Cancellation, Error, Event, FileError, FileSink, FileSource, RangeReader, Run, StopSignal,
    TransportError, bytes, check_archive, check_file, dtable, http, kind, proto, seed, task,
};
#[cfg(feature = "tokio")]
pub use seatable_io_driver::{Config, Identity, Proxies, ProxyRules, Roots};
pub use transport::{Hyper, Permit, ResponseBody};

/// An async client. Clones are cheap and share everything, including connections.
pub type Client = asynchronous::Client<Hyper>;
