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
//! let exported = client.export(&server, 1, "stock", path).run()?;
//! assert_eq!(exported.bytes, 5000);
//!
//! let imported = client.import(&server, 1, path).name("stock of today").run()?;
//! assert_eq!(imported.base.unwrap().name, "stock of today");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A run can be [watched](Run::watch), and [ended](Run::until) from another thread. [`Client::run`] takes any
//! [`Task`], with a [`Source`] and a [`Sink`] of your own.
//!
//! # What it promises
//!
//! What to ask, what to repeat and when to give up is decided in [`task`]; here is only what can do I/O:
//!
//! - Redirects are not followed, no compression is asked for, and every status is an answer.
//! - A connection is kept for the next request of a run, but never used again for an upload.
//! - An upload waits half a second for `100 Continue`, so that a refusal comes before the file goes. A refusal that
//!   comes in the middle of it is heard too, even where the server closes the connection behind it.
//! - A request of which no byte can have left is [`NotSent`](seatable_io_driver::task::Failure::NotSent), one whose server
//!   could not prove who it is [`Untrusted`](seatable_io_driver::task::Failure::Untrusted); nothing else is either.
//! - An upload that is shorter or longer than announced, an unreadable file and a full disk are [`Error::Source`]
//!   and [`Error::Sink`], never network errors.
//! - Memory does not depend on the size of a file: a run takes about 5 MiB.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `platform-verifier` | [`Roots::Platform`]: the certificate authorities of the operating system |
//! | `tracing` | a span for each run and an event for each request ([`Event`] has what it takes to count and measure) |
//!
//! # Secrets
//!
//! No error and no [`Event`] holds a token, a password or the address of a request. ureq, which logs whole requests
//! at level *trace*, is given neither token nor password: they are put in where the bytes go out. What a server
//! sends it dumps at that level as it comes, files and all; a server that repeats secrets has them there.

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
mod outgoing;
mod resolver;
mod secrets;
#[cfg(test)]
mod tests;
mod transport;

pub use client::Connector;
pub use seatable_io_driver::blocking::{ReaderSource, Sink, Source, Stop, WriterSink};
pub use seatable_io_driver::proto::{BaseName, Server, Token};
pub use seatable_io_driver::task::{ErrorKind, Outcome, Policy, Resume, Task};
pub use seatable_io_driver::{
    Config, Error, Event, FileSink, FileSource, Identity, Proxies, ProxyRules, Roots, Run, TransportError,
    check_archive, http, proto, seed, task,
};
pub use transport::Ureq;

/// A blocking client. It may be used from any number of threads.
///
/// It holds no connection: each run has its own, which it keeps alive between its requests.
pub type Client = seatable_io_driver::blocking::Client<Connector>;
