//! A stand-in for a SeaTable server's import and export API, in three generations, with faults on demand.
//!
//! ```toml
//! [dev-dependencies]
//! seatable-io-sandbox = "0.1"
//! ```
//!
//! In a test, give your client the URL and the token of a [`SandboxServer`], which runs on loopback until it is dropped:
//!
//! ```
//! use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, Sandbox, SandboxServer, sample_dtable};
//!
//! # /*
//! #[test]
//! # */
//! fn an_export_survives_a_bad_gateway() {
//!     let sandbox = Sandbox::new(Generation::Current)
//!         .with_base(1, "projects", sample_dtable(1000))
//!         .with_fault(Fault::new(Call::SynchronousExport, FaultKind::BadGateway { acted: false }).times(2));
//!     let server = SandboxServer::start(sandbox).unwrap();
//!
//!     let exported = export(&server.url(), &server.token(), "projects");
//!
//!     assert_eq!(exported, sample_dtable(1000));
//!     assert_eq!(server.state().count(Call::SynchronousExport), 3);
//! }
//! # fn export(url: &str, token: &str, name: &str) -> Vec<u8> {
//! #     use std::io::{Read, Write};
//! #     let host = url.strip_prefix("http://").unwrap();
//! #     let target = format!("/api/v2.1/workspace/1/synchronous-export/export-dtable/?dtable_name={name}");
//! #     let head = format!("Host: {host}\r\nAuthorization: Token {token}\r\nConnection: close");
//! #     loop {
//! #         let mut stream = std::net::TcpStream::connect(host).unwrap();
//! #         write!(stream, "GET {target} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
//! #         let mut response = Vec::new();
//! #         stream.read_to_end(&mut response).unwrap();
//! #         if response.starts_with(b"HTTP/1.1 200") {
//! #             let body = response.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
//! #             return response.split_off(body);
//! #         }
//! #     }
//! # }
//! # an_export_survives_a_bad_gateway();
//! ```
//!
//! [`Fault`] lists all faults, and their short form: `"synchronous-export:502*2".parse::<Fault>()` is the one above. The
//! server streams, so that bases can have several gigabytes.
//!
//! # Virtual time
//!
//! A server is a thin layer around a [`Sandbox`]: a plain value without a clock, a socket or randomness, which responds
//! to a request at an instant of virtual time. A test in which hours pass takes no time:
//!
//! ```
//! use std::time::Duration;
//!
//! use bytes::Bytes;
//! use http::Request;
//! use seatable_io_sandbox::{Generation, Sandbox, TaskState, Wire, sample_dtable};
//!
//! let mut sandbox = Sandbox::new(Generation::Y2021)
//!     .with_base(1, "projects", sample_dtable(1000))
//!     .with_task_time(Duration::from_secs(3600))
//!     .with_fault("status:lost".parse()?);
//! let token = sandbox.token().to_owned();
//! let get = |target: String| {
//!     Request::get(target).header("Authorization", format!("Token {token}")).body(Bytes::new())
//! };
//!
//! let export = get("/api/v2.1/workspace/1/dtable/projects/export-dtable/".to_owned())?;
//! assert_eq!(sandbox.respond(Duration::ZERO, export).response.status(), 200);
//!
//! let later = Duration::from_secs(3600);
//! let status = get(format!("/api/v2.1/dtable-io-status/?task_id={}", sandbox.state(later).tasks[0].id))?;
//! assert_eq!(sandbox.respond(later, status).wire, Wire::Lost);
//! assert_eq!(sandbox.state(later).tasks[0].state, TaskState::Reported);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! For an async client, [`SandboxService`] is a sandbox without sockets whose virtual time is that of tokio's paused clock.
//!
//! Without the feature `server`, which is on by default, the crate has neither a server nor that service, and does not depend on tokio and hyper.
//!
//! # Fidelity
//!
//! The sandbox behaves like the published code of these servers, even where that is surprising: a failed task may be
//! reported as finished, and a successful one as unknown. Only the [`ServerState`] shows the truth. The crate shares no code
//! with `seatable-io-proto`, so that it can reveal the mistakes of that crate.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod act;
mod archive;
mod auth;
mod bases;
mod body;
mod call;
mod content;
mod effect;
mod export;
mod fault;
mod fault_kind;
mod fault_names;
mod folder;
mod generated;
mod generation;
mod id;
mod import;
mod listing;
mod message;
mod name;
mod request;
mod response;
mod sandbox;
#[cfg(feature = "server")]
mod server;
mod server_bases;
mod settings;
mod setup;
mod spreadsheet;
mod state;
mod tables;
mod task;
mod task_server;
mod throttle;

pub use archive::{dtable_of, dtable_with_assets, sample_dtable};
pub use bases::{Base, Bases, ImportState, Share};
pub use call::Call;
pub use content::Content;
pub use fault::{Fault, InvalidFault};
pub use fault_kind::FaultKind;
pub use generation::{Generation, UnknownGeneration};
pub use response::{Delivery, Wire};
pub use sandbox::Sandbox;
#[cfg(feature = "server")]
pub use server::{ResponseBody, SandboxServer, SandboxService, SharedSandbox, serve_connection};
pub use settings::GENERATED_PASSWORD;
pub use spreadsheet::workbook;
pub use state::{LogEntry, ServerState};
pub use task::{Task, TaskFailure, TaskKind, TaskState, Tasks};
pub use throttle::RateLimits;
