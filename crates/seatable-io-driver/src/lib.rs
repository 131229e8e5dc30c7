//! What the blocking and the async transport have in common: the files on disk, the events of a run, the errors.
//!
//! Nothing here sends anything. Use it through `seatable-io-ureq` or `seatable-io-hyper`, or to build a transport of
//! your own that offers the same.

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
