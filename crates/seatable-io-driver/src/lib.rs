//! What lies between [`Task`](seatable_io_task::Task), which decides, and a transport, which sends: files on disk,
//! events, errors, and running a task to its end.
//!
//! Nothing here opens a connection, and nothing about the API is decided here. Use it through `seatable-io-ureq` or
//! `seatable-io-hyper`, or with an HTTP client of your own: implement
//! [`blocking::Transport`], or [`asynchronous::Transport`] with the feature `async`, in some thirty lines. If that is too
//! much, step the `Task` itself: its documentation has a transport to copy.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::string_slice)
)]

mod archive;
#[cfg(feature = "async")]
pub mod asynchronous;
pub mod blocking;
#[cfg(feature = "config")]
mod config;
mod error;
mod event;
mod file;
mod job;
#[cfg(feature = "config")]
mod proxy;
#[cfg(feature = "config")]
mod roots;
mod run;
mod seed;
mod trace;

/// How long a single call may take in all.
pub const CALL_LIMIT: std::time::Duration = std::time::Duration::from_secs(300);

pub use archive::{Archive, ArchiveError, check_archive};
#[cfg(feature = "config")]
pub use config::{Config, Identity};
pub use error::{Error, TransportError};
pub use event::Event;
pub use file::{FileSink, FileSource};
pub use job::{AnyTask, Cancel, ExportBase, ImportFile, Job, Order, ResumeTask};
#[cfg(feature = "config")]
pub use proxy::{Proxies, Proxy, ProxyRules};
#[cfg(feature = "config")]
pub use roots::Roots;
pub use run::Run;
pub use seed::seed;

#[cfg(feature = "async")]
pub use bytes;
pub use http;
pub use seatable_io_proto as proto;
pub use seatable_io_task as task;
