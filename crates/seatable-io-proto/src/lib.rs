//! The import/export API of [SeaTable](https://seatable.io) without I/O: every call is a type that builds an
//! [`http::Request`] and reads an [`http::Response`]. It uses no socket, clock, random source or thread.
//!
//! Most users want [`seatable-io-ureq`](https://docs.rs/seatable-io-ureq) (blocking) or
//! [`seatable-io-hyper`](https://docs.rs/seatable-io-hyper) (asynchronous), which wait, retry and stream files. Use this crate
//! directly for single calls with an HTTP client of your own.
//!
//! ```
//! use seatable_io_proto::{Endpoint, QueryStatus, Server, TaskId, TaskStatus, Token};
//!
//! let token = Token::new("0303f89b3607fb86039fdffcf1be6383797b437f")?;
//! let server = Server::new("https://cloud.seatable.io", token)?;
//!
//! let request = QueryStatus::new(TaskId::new("1582970303923")?).request(&server);
//! assert_eq!(request.method(), "GET");
//! assert_eq!(
//!     request.uri(),
//!     "https://cloud.seatable.io/api/v2.1/dtable-io-status/?task_id=1582970303923"
//! );
//!
//! // Send it with any HTTP client, and read the response:
//! let response = http::Response::new(r#"{"is_finished":true}"#);
//! assert_eq!(QueryStatus::parse(response)?, TaskStatus::Finished);
//!
//! // A response of any status and any bytes is read, without a panic:
//! let response = http::Response::builder().status(401).body(r#"{"detail":"Invalid token"}"#)?;
//! let error = QueryStatus::parse(response).unwrap_err();
//! assert_eq!(error.to_string(), "the server answered 401 Unauthorized: Invalid token");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The body of an upload has three parts, of which the file is the middle one. This crate never holds it:
//!
//! ```
//! use seatable_io_proto::{Endpoint, FileName, Format, ImportFile, StartImport, uuid::Uuid};
//! # use seatable_io_proto::{Server, Token};
//! # let server = Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86")?)?;
//!
//! let file = b"name,count\napples,3\n";
//! let boundary = Uuid::from_u128(0xb0); // a random one
//! let name = FileName::new("stock", Format::Csv)?;
//! let import = ImportFile::new(1, name, file.len() as u64, boundary)?;
//! let (head, body) = StartImport::new(import).request(&server).into_parts();
//! let sent = [&body.head()[..], file, body.tail()].concat();
//! assert_eq!(head.headers["content-length"], sent.len().to_string());
//! # Ok::<(), seatable_io_proto::InputError>(())
//! ```
//!
//! Three generations of servers are in use: those of 2020, of 2021, and *current* ones (versions 4 to 6).
//!
//! | call | type | servers |
//! |---|---|---|
//! | import a file | [`StartImport`] | all |
//! | import a `.csv` or `.xlsx` in one request | [`ImportTable`], found with [`FindTableImport`] | current |
//! | export a base | [`StartExport`] | 2020 and 2021 |
//! | export a base in one request | [`SynchronousExport`] | current |
//! | poll a task | [`QueryStatus`] | all |
//! | download an exported file | [`ExportContent`] | 2020 and 2021, at different addresses |
//! | cancel a task | [`CancelTask`] | all |
//! | list bases | [`ListAdministered`] and [`ListWorkspaces`], [combined](Listing::and) | after 2020; all |
//! | list the bases of a whole server | [`ListServerBases`], page by page | current |
//! | export any base of a server | [`ExportByUuid`] | current |
//!
//! The API was published in two versions, in 2020 and 2021. [`facts`] describes how servers really behave.
//!
//! Input is checked when it is created ([`InputError`]), so building a request cannot fail.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

#[doc = include_str!("facts.md")]
pub mod facts {}

mod administered;
mod archive;
mod base;
mod body;
mod cancel;
mod collected;
mod content;
mod endpoint;
mod entry;
mod export;
mod file_name;
mod find;
mod headers;
mod id;
mod import;
mod input;
mod listing;
mod message;
mod multipart;
mod percent;
mod refusal;
mod refusal_body;
mod refusal_reason;
mod reply_error;
mod scalar;
mod secrets;
mod server;
mod server_bases;
mod status;
mod stream;
mod table;
#[cfg(test)]
mod testing;
mod text;
mod view;
mod workspace;
mod workspaces;

pub use http;
pub use uuid;

pub use administered::ListAdministered;
pub use archive::{ArchiveFault, ArchiveWatch};
pub use base::{Base, BaseName};
pub use body::{Body, describe};
pub use cancel::CancelTask;
pub use content::{ContentAddress, ExportContent, FileHead};
pub use endpoint::Endpoint;
pub use export::{ExportByUuid, Password, StartExport, StartedExport, SynchronousExport};
pub use file_name::{FileName, Format};
pub use id::{BaseUuid, TaskId, TaskKind};
pub use import::{ImportFile, ImportReply, StartImport};
pub use input::InputError;
pub use listing::{Access, ListedBase, Listing, Owner};
pub use refusal::Refusal;
pub use refusal_reason::RefusalReason;
pub use reply_error::{NotUnderstood, ReplyError};
pub use secrets::Secrets;
pub use server::{Server, Token};
pub use server_bases::{ListServerBases, ServerPage};
pub use status::{QueryStatus, TaskStatus};
pub use table::{FindTableImport, ImportTable};
pub use workspaces::ListWorkspaces;
