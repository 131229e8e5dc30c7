//! A stand-in for a SeaTable server's import/export API, in three generations, with faults on demand.
//!
//! At its heart is a plain value, [`Sandbox`], that answers a request at an instant of virtual time, and knows no clock, no
//! socket and no randomness:
//!
//! ```
//! use std::time::Duration;
//!
//! use bytes::Bytes;
//! use http::Request;
//! use seatable_io_sandbox::{Call, Fault, Generation, Sandbox, TaskState, What, Wire, sample_dtable};
//!
//! let mut sandbox = Sandbox::new(Generation::Y2021)
//!     .with_base(1, "projects", sample_dtable(1000))
//!     .with_task_time(Duration::from_secs(5))
//!     .with_fault(Fault::new(Call::Status, What::Lost));
//!
//! let export = Request::get("/api/v2.1/workspace/1/dtable/projects/export-dtable/")
//!     .header("Authorization", format!("Token {}", sandbox.token()))
//!     .body(Bytes::new())?;
//! let answer = sandbox.respond(Duration::ZERO, export);
//! assert_eq!(answer.response.status(), 200);
//!
//! let id = sandbox.book(Duration::ZERO).tasks[0].id.clone();
//! let status = Request::get(format!("/api/v2.1/dtable-io-status/?task_id={id}"))
//!     .header("Authorization", format!("Token {}", sandbox.token()))
//!     .body(Bytes::new())?;
//! let answer = sandbox.respond(Duration::from_secs(6), status);
//! assert_eq!(answer.wire, Wire::Lost);
//! assert_eq!(sandbox.book(Duration::from_secs(6)).tasks[0].state, TaskState::Told);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! Around it, with the feature `server` (on by default), is a loopback HTTP server that streams, so that bases of several
//! gigabytes fit: see [`SandboxServer`].
//!
//! It behaves as the published code of these servers does, also where that is surprising: a task that failed may be reported
//! as finished, one that succeeded may be unknown, and only the [`Book`] says what is true. [`Fault`] lists the faults.
//!
//! It shares no code with `seatable-io-proto`, so that it can find that crate's mistakes.

mod account;
mod act;
mod answer;
mod archive;
mod auth;
mod bases;
mod book;
mod call;
mod content;
mod export;
mod fault;
mod faulty;
mod folder;
mod form;
mod generated;
mod generation;
mod id;
mod import;
mod listing;
mod name;
mod sandbox;
#[cfg(feature = "server")]
mod server;
mod settings;
mod subject;
mod tables;
mod task;
mod tasks;
mod throttle;
mod what;
mod words;

pub use account::Share;
pub use answer::{Answer, Wire};
pub use archive::{dtable_with_assets, sample_dtable};
pub use bases::Bases;
pub use book::{Base, Book, Entry, ImportState, Task, TaskKind, TaskState};
pub use call::Call;
pub use content::{Content, ContentReader};
pub use fault::{Fault, InvalidFault};
pub use form::{Body, Form};
pub use generated::GENERATED_PASSWORD;
pub use generation::{Generation, UnknownGeneration};
pub use sandbox::{Received, Sandbox, Ticket};
#[cfg(feature = "server")]
pub use server::{SandboxServer, Shared, serve, serve_connection};
pub use settings::TaskFailure;
pub use tasks::Tasks;
pub use throttle::RateLimits;
pub use what::What;
