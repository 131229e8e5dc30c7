//! Imports and exports [SeaTable](https://seatable.io) bases over HTTP, blocking, on [ureq](https://docs.rs/ureq).
//!
//! ```
//! use seatable_io_proto::{BaseName, Server, Token};
//! use seatable_io_task::Policy;
//! use seatable_io_ureq::{Client, Config, Proxies};
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # let sandbox = SandboxServer::start(Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(5000)))?;
//! # let (url, token) = (sandbox.url(), sandbox.token()); // a stand-in for a server, on this machine
//! # let folder = tempfile::tempdir()?;
//! # let path = &folder.path().join("stock copy.dtable");
//!
//! let server = Server::new(&url, Token::new(&token)?)?;
//! let client = Client::new(Config { proxies: Proxies::None, ..Config::default() })?;
//!
//! let exported = client.export(&server, 1, BaseName::new("stock")?, path, Policy::default())?;
//! assert_eq!(exported.bytes, std::fs::metadata(path)?.len());
//!
//! let imported = client.import(&server, 1, path, Policy::default())?;
//! assert_eq!(imported.base.unwrap().name, "stock copy");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Client::run`] takes any [`Task`](seatable_io_task::Task), to be [stopped](Stop) from another thread, with
//! [`Event`]s to show. What to ask, what to repeat and when to give up is decided there, in `seatable-io-task`;
//! here is only what can do I/O:
//!
//! - Redirects are not followed, no compression is asked for, and every status is an answer.
//! - A connection is kept for the next request of a run, but never used again for an upload.
//! - An upload waits half a second for `100 Continue`, so that a refusal comes before the file goes. A refusal that
//!   comes in the middle of it is heard too, even where the server closes the connection behind it.
//! - A request of which no byte can have left is [`NotSent`](seatable_io_task::Failure::NotSent), one whose server
//!   could not prove who it is [`Untrusted`](seatable_io_task::Failure::Untrusted); nothing else is either.
//! - An upload that is shorter or longer than announced, an unreadable file and a full disk are [`Error::Source`]
//!   and [`Error::Sink`], never network errors.
//! - Memory does not depend on the size of a file: a run takes about 5 MiB.
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

pub use client::{Client, Config};
pub use seatable_io_driver::blocking::{Files, ReaderSource, Sink, Source, Stop, WriterSink};
pub use seatable_io_driver::{Error, Event, FileSink, FileSource, Proxies, Roots, TransportError, seed};
