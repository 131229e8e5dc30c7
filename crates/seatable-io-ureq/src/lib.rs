//! Imports and exports [SeaTable](https://seatable.io) bases over HTTP, blocking, on [ureq](https://docs.rs/ureq).
//!
//! ```
//! use seatable_io_ureq::{Client, Config, Server, Token};
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # let sandbox = SandboxServer::start(Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(5000)))?;
//! # let (url, token) = (sandbox.url(), sandbox.token()); // a stand-in for a server, on this machine
//! # let folder = tempfile::tempdir()?;
//! # let path = &folder.path().join("stock.dtable");
//!
//! let server = Server::new(&url, Token::new(&token)?)?;
//! let client = Client::new(Config::default())?;
//!
//! let exported = client.export(&server, 1, "stock").save_to(path).run()?;
//! assert_eq!(exported.bytes, 5000);
//!
//! let imported = client.import(&server, 1, path).name("stock (copy)").run()?;
//! assert_eq!(imported.base.unwrap().name, "stock (copy)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A run reports [events](Run::watch), and can be [stopped](Run::until) from another thread. [`Client::run`] runs any
//! [`Operation`], with a [`Source`] and a [`Sink`] of your own.
//!
//! # Proving an import
//!
//! A server creates a base before it opens the file, so check the file first. It may report an import as finished although the base
//! is empty; only the base itself proves that it is not. Export it again, and compare:
//!
//! ```
//! use std::fs::File;
//! use std::io::Cursor;
//!
//! use seatable_io_ureq::dtable::{Dtable, Rules, compare};
//! use seatable_io_ureq::proto::Format;
//! use seatable_io_ureq::check_file;
//! # use seatable_io_ureq::{Client, Config, Server, Token};
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, dtable_with_assets};
//! # let sandbox = SandboxServer::start(Sandbox::new(Generation::Current))?;
//! # let (server, client) = (Server::new(&sandbox.url(), Token::new(&sandbox.token())?)?, Client::new(Config::default())?);
//! # let folder = tempfile::tempdir()?;
//! # let path = &folder.path().join("stock.dtable");
//! # std::fs::write(path, dtable_with_assets("bolt", &[("files/plan.pdf", Some(b"plan"))]))?;
//!
//! let losses = check_file(Format::Dtable, File::open(path)?)?;
//! assert_eq!(losses.missing, 0, "the file lacks {:?}", losses.missing_names);
//!
//! client.import(&server, 1, path).name("stock").run()?;
//! let mut exported = Vec::new();
//! client.export(&server, 1, "stock").sink(&mut exported).run()?;
//!
//! let mut sent = Dtable::open(File::open(path)?)?;
//! let mut exported = Dtable::open(Cursor::new(exported))?;
//! let comparison = compare(&mut sent, &mut exported, &Rules::imported())?;
//! assert!(comparison.is_same(), "{:?}", comparison.differences());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! For a `.csv` or `.xlsx` file, use [`compare_spreadsheet`](dtable::compare_spreadsheet). A sink that is a file needs no memory for
//! the base.
//!
//! # Guarantees
//!
//! [`task`] decides what to request, what to repeat and when to give up. This crate only sends and receives:
//!
//! - It does not follow redirects or request compression, and no status is an error.
//! - A run keeps its connection for the next request, but makes a new one for an upload.
//! - An upload waits half a second for `100 Continue`, so that a server can refuse it before the file is sent. A refusal
//!   during the upload is read too, even if the server then closes the connection.
//! - The failure is [`NotSent`](seatable_io_driver::task::Failure::NotSent) only if no byte of the request can have been
//!   sent, and [`Untrusted`](seatable_io_driver::task::Failure::Untrusted) only if the server's certificate is not trusted.
//! - A file that is unreadable, or shorter or longer than announced, is an [`Error::Source`], and a full disk an
//!   [`Error::Sink`]. Neither is reported as a network error.
//! - Memory does not depend on the size of a file: a run needs about 5 MiB.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `ring` (default), `aws-lc-rs` | the provider of cryptography for TLS: `ring` if both are on; if none is, the one that the process has installed |
//! | `platform-verifier` | [`Roots::Platform`]: the certificate authorities of the operating system |
//! | `tracing` | a span for each run and an event for each request, as the documentation of `seatable-io-driver` describes |
//!
//! # Metrics
//!
//! An [`Event`] is reported for everything that happens. Its documentation shows how to count requests and bytes.
//!
//! # Secrets
//!
//! No error and no [`Event`] contains a token, a password or a URL. ureq logs whole requests at level *trace*; it gets
//! placeholders for the token and the password, which are replaced when the bytes are sent. At the same level it also logs
//! everything that a server sends, including files; if a server repeats a secret, it is in that log.

#![cfg_attr(docsrs, feature(doc_cfg))]
// It is a feature of `seatable-io-driver`, whose items are shown here, too.
#![cfg_attr(docsrs, allow(unexpected_cfgs), doc(auto_cfg(hide(feature = "config"))))]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::string_slice)
)]

mod above_tls;
mod below_tls;
mod client;
mod connection;
mod error;
mod forward;
mod interim;
mod other;
mod outgoing;
mod resolver;
mod secrets;
mod state;
#[cfg(test)]
mod tests;
mod transport;

pub use client::Connector;
pub use seatable_io_driver::blocking::{self, ReaderSource, Sink, Source, Stop, WriterSink};
pub use seatable_io_driver::proto::{BaseName, Server, Token};
pub use seatable_io_driver::task::{ErrorKind, Operation, Outcome, Policy, Resume};
pub use seatable_io_driver::{
    ArchiveError, Cancellation, Config, Error, Event, FileError, FileSink, FileSource, Identity, Proxies,
    ProxyRules, RangeReader, Roots, Run, StopSignal, Stoppable, TransportError, check_archive, check_file,
    dtable, http, kind, proto, reserve, seed, task,
};
/// The version of ureq that [`Connector::with_agent`] needs.
pub use ureq;

pub use transport::{ResponseBody, Ureq};

/// A blocking client. It can be used by any number of threads at once.
///
/// Each run has its own connection, which it keeps between its requests.
pub type Client = seatable_io_driver::blocking::Client<Connector>;
