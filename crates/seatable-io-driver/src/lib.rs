//! Runs an [`Operation`](seatable_io_task::Operation) to its end over any HTTP client, blocking or async: files, events, errors,
//! configuration.
//!
//! Most users want `seatable-io-ureq` (blocking) or `seatable-io-hyper` (async), which export this crate's types. For another HTTP
//! client, implement [`blocking::Transport`] or, with the feature `async`, [`asynchronous::Transport`]: the pages of these modules
//! begin with a whole one without sockets, in about thirty lines; over sockets it takes 100 to 200. Or step the `Operation` yourself, as its documentation shows.
//! One call of [`seatable-io-conformance`](https://docs.rs/seatable-io-conformance) tries a transport with every fault of servers and
//! networks, and names the first promise that it breaks.
//!
//! A client over a transport makes *runs*:
//!
//! ```
//! use seatable_io_driver::blocking::{Client, Connect};
//! use seatable_io_driver::proto::Server;
//! use seatable_io_driver::{Error, Event};
//!
//! fn back_up(client: &Client<impl Connect>, server: &Server) -> Result<u64, Error> {
//!     let exported = client
//!         .export(server, 1, "stock")
//!         .save_to("stock.dtable")
//!         .watch(|event| if let Event::Received { bytes, .. } = event { eprintln!("{bytes} bytes") })
//!         .run()?;
//!     Ok(exported.bytes)
//! }
//! ```
//!
//! [`check_file`] checks a file before it is imported, and [`dtable::compare`] proves that it was: the documentation of
//! `seatable-io-ureq` shows how.
//!
//! This crate opens no connection and decides nothing about the API.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `async` | `asynchronous`: runs over any async transport |
//! | `tokio` | tokio's readers and writers for these runs; files use its threads |
//! | `config` | `Config`: certificates, proxies and headers, for transports that connect to servers themselves |
//! | `ring`, `aws-lc-rs` | the provider of cryptography for TLS: `ring` if both are on; if none is, the one that the process has installed |
//! | `tracing` | spans and events for logs, as below |
//!
//! # Metrics
//!
//! A run reports everything that happens as an [`Event`]; its documentation shows how to count requests and bytes.
//!
//! # Logs
//!
//! With the feature `tracing`, each run has a span `seatable_io` at level *info*, with the fields `about` (the name of the
//! file or base, or the ID of the task) and `task_id` (once the server has started the task). Each request is an event
//! `request` in this span at level *debug*, with the fields
//!
//! - `call`, such as `start import`;
//! - `attempt`: how many times in a row the call was made, counted from 1;
//! - `status` of the response, if there was one;
//! - `milliseconds` from the request to the end of its response;
//! - `error` of the transport, if it failed.
//!
//! No field contains a token, a password, a URL or a body.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::string_slice)
)]

#[cfg(feature = "async")]
pub mod asynchronous;
pub mod blocking;
mod call;
mod check;
#[cfg(feature = "config")]
mod config;
#[cfg(feature = "config")]
mod crypto;
mod error;
mod event;
mod file;
pub mod kind;
mod localhost;
mod paces;
#[cfg(feature = "config")]
mod proxy;
#[cfg(feature = "config")]
mod roots;
mod run;
mod sealed;
mod seed;
mod settings;
mod stop_signal;
mod trace;
mod words;

/// How long a [single call](blocking::Client::call) may take in all.
const CALL_LIMIT: std::time::Duration = std::time::Duration::from_secs(300);

pub use check::{FileError, check_file};
#[cfg(feature = "config")]
pub use config::{Config, Identity};
#[cfg(feature = "config")]
#[doc(hidden)]
pub use crypto::crypto_provider;
pub use error::{Error, TransportError};
pub use event::Event;
pub use file::{FileSink, FileSource, reserve};
pub use kind::Cancellation;
pub use localhost::only_loopback;
#[cfg(feature = "config")]
pub use proxy::{Proxies, Proxy, ProxyRoute, ProxyRules};
#[cfg(feature = "config")]
pub use roots::Roots;
pub use run::{Mode, Run};
pub use seatable_io_dtable::{self as dtable, ArchiveError, RangeReader, check_archive};
pub use seed::seed;
pub use stop_signal::{StopSignal, Stoppable};
pub use words::causes;

#[cfg(feature = "async")]
pub use bytes;
pub use http;
pub use seatable_io_proto as proto;
pub use seatable_io_task as task;

/// Locks a value that a panic of another thread does not damage.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
