//! What lies between [`Task`](seatable_io_task::Task), which decides, and a transport, which sends: files on disk,
//! events to show, errors, and whole lives.
//!
//! Nothing here opens a connection, and nothing of the API is decided here. Use it through `seatable-io-ureq` or
//! `seatable-io-hyper`, or with an HTTP client of your own:
//!
//! - An async one is a [`Transport`](asynchronous::Transport) of some thirty lines, and a
//!   [`Client`](asynchronous::Client) over it does all that `seatable-io-hyper` does (feature `async`).
//! - A blocking one asks a [`Run`] what to do next, and tells it what came of it.
//! - Where that is too much, step the `Task` itself: its documentation has a transport to copy.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::string_slice)
)]

#[cfg(feature = "async")]
pub mod asynchronous;
mod error;
mod roots;
mod run;
mod sink;
mod source;
mod whole;

pub use error::{Error, TransportError};
pub use roots::Roots;
pub use run::{Event, Next, Run};
pub use sink::{FileSink, Sink};
pub use source::{FileSource, other_length};
pub use whole::{exported, imported, start_export, start_import};
