//! SeaTable imports, exports and listings as a state machine without I/O.
//!
//! Most users want [`seatable-io-ureq`](https://docs.rs/seatable-io-ureq) (blocking) or
//! [`seatable-io-hyper`](https://docs.rs/seatable-io-hyper) (asynchronous), which drive this crate. Use it directly for
//! another HTTP client, or to simulate a server.
//!
//! An [`Operation`] decides, and its driver does the I/O:
//!
//! ```text
//!                    ┌──────────────────── Operation ◄──────────────────┐
//!                    ▼                                                  │
//! Step::Done ◄── Operation::step ──► Step::Wait(operation, until) ──────┤
//!                    │                                                  │
//!                    ▼                                                  │
//!            Step::Send(exchange) ──► sent, head, chunk… ──► finished or failed
//! ```
//!
//! - A *task* is the server's: it imports or exports in the background. An *operation* is ours: it may start several tasks, or
//!   none.
//! - An [`Exchange`] is one request and its response. It owns its operation until it has finished or failed, so no request can
//!   be made while another is in flight, and none is sent twice.
//! - `now` and all other moments are times since a start that the driver chooses, the same for all operations of a process:
//!   `Instant::elapsed` will do. The machine has no clock.
//! - `seed` is a random number, such as one of `getrandom`. It separates the parts of an upload and varies the waits. The
//!   machine has no source of randomness.
//!
//! The machine never holds a file: the body of a request has three parts of known length, of which the middle one is the
//! driver's file, and a download is checked as it passes through. Memory does not depend on the size of a file.
//!
//! # Your own transport
//!
//! This one, over `std::net`, is complete except for TLS and timeouts:
//!
//! ```
//! use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
//! use std::net::TcpStream;
//! use std::thread::sleep;
//! use std::time::Instant;
//!
//! use seatable_io_proto::{BaseName, FileName, Format, Server, Token};
//! use seatable_io_task::{Exchange, Export, Failure, Import, Intake, Operation, OperationError, Outcome, Policy, Step};
//!
//! fn run(mut operation: Operation, file: &[u8], sink: &mut Vec<u8>) -> Result<Outcome, OperationError> {
//!     let start = Instant::now();
//!     loop {
//!         operation = match operation.step(start.elapsed()) {
//!             Step::Done(end) => return end,
//!             Step::Wait(operation, until) => { sleep(until.saturating_sub(start.elapsed())); operation }
//!             Step::Send(mut exchange) => match transfer(&mut exchange, file, sink).map_err(|error| error.kind()) {
//!                 Ok(()) => exchange.finished(start.elapsed()),
//!                 Err(ErrorKind::ConnectionRefused) => exchange.failed(Failure::NotSent, start.elapsed()),
//!                 Err(_) => exchange.failed(Failure::Interrupted, start.elapsed()),
//!             },
//!         }
//!     }
//! }
//!
//! fn transfer(exchange: &mut Exchange, file: &[u8], sink: &mut Vec<u8>) -> io::Result<()> {
//!     let (request, body) = (exchange.request(), exchange.request().body());
//!     let (host, target) = (request.uri().authority().unwrap(), request.uri().path_and_query().unwrap());
//!     let mut stream = TcpStream::connect(host.as_str())?;
//!     write!(stream, "{} {target} HTTP/1.0\r\nhost: {host}\r\n", request.method())?;
//!     for (name, value) in request.headers() { write!(stream, "{name}: {}\r\n", value.to_str().unwrap())?; }
//!     let file = &file[..body.file_len() as usize];
//!     stream.write_all(&[b"\r\n", &body.head()[..], file, body.tail()].concat())?;
//!     exchange.sent(file.len() as u64);
//!
//!     let (mut response, mut head, mut bytes) = (BufReader::new(stream), String::new(), [0; 65_536]);
//!     while response.read_line(&mut head)? > 2 {} // Until an empty line, or the end.
//!     let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
//!     let response_head = http::Response::builder().status(head.get(9..12).unwrap_or_default());
//!     let head = headers.fold(response_head, |head, (name, value)| head.header(name, value.trim()));
//!     let intake = exchange.head(&head.body(()).map_err(io::Error::other)?.into_parts().0);
//!     sink.clear();
//!     while let count @ 1.. = response.read(&mut bytes)? && exchange.chunk(&bytes[..count]) {
//!         if intake != Intake::Read { sink.extend(&bytes[..count]) }
//!     }
//!     Ok(())
//! }
//!
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # for generation in [Generation::Y2020, Generation::Y2021, Generation::Current] {
//! # let sandbox = SandboxServer::start(Sandbox::new(generation))?;
//! # let (url, token, file) = (sandbox.url(), sandbox.token(), sample_dtable(1_000));
//! # let seed = 0x5ea7_ab1e;
//! let server = Server::new(&url, Token::new(&token)?)?;
//! let import = Import::new(1, FileName::new("projects", Format::Dtable)?, file.len() as u64)?;
//! let operation = Operation::import(server.clone(), import, Policy::default(), seed);
//! assert!(matches!(run(operation, &file, &mut Vec::new())?, Outcome::Imported(_)));
//!
//! let export = Export::new(1, BaseName::new("projects")?);
//! let operation = Operation::export(server, export, Policy::default(), seed);
//! let mut saved = Vec::new();
//! run(operation, &[], &mut saved)?;
//! assert_eq!(saved, file);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A good transport also ends an exchange with [`Failure::TimedOut`] at its [`deadline`](Exchange::deadline), and when
//! nothing was sent or received for longer than its [`idle_timeout`](Exchange::idle_timeout). It neither follows redirects nor
//! decompresses bodies. [`seatable-io-conformance`](https://docs.rs/seatable-io-conformance) shows whether yours does all of this.
//! The example `std-net` of the repository is one that does.
//!
//! # Lifecycle
//!
#![doc = include_str!("lifecycle.md")]
//!
//! # Problems
//!
//! This table decides the next step after a problem:
//!
#![doc = include_str!("table.md")]
//!
//! An import is sent again only if the first request cannot have had an effect: it was not sent, or the response is 429, or
//! 503 with `Retry-After`. (This assumes that a gateway gives these responses only before it forwards a request.) A server
//! reports the end of a task once, and may forget it before: then an import is *unknown*, and downloading the file shows
//! whether an export succeeded. A file is served once, so a damaged download needs a new export. (See [the
//! facts](seatable_io_proto::facts).)
//!
//! An import is cancelled in three requests: a poll, because it may have finished; the request to cancel; and another poll,
//! because current servers finish an import that is running. Only older servers, which delete its base, make it *cancelled*.
//!
//! A timeout does not mean that the server's task failed: with [`OperationError::resume`] you can wait for it, download its
//! file or cancel it, in this process or another.
//!
//! ```
//! use std::time::Duration;
//!
//! use seatable_io_proto::{BaseUuid, Server, TaskId, TaskKind, Token};
//! use seatable_io_task::{Operation, Policy, Resume, Step};
//!
//! # let seed = 7;
//! let server = Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86")?)?;
//! let resume = Resume::new(TaskKind::Export, TaskId::new("1582970303923")?, BaseUuid::new("d09b6bcc")?);
//! let operation = Operation::cancel_existing(server, resume, Policy::default(), seed);
//! let Step::Send(exchange) = operation.step(Duration::ZERO) else { unreachable!() };
//! assert_eq!(exchange.request().method(), http::Method::DELETE);
//! # Ok::<(), seatable_io_proto::InputError>(())
//! ```
//!
//! # Waiting
//!
//! A server does not announce when it will be done. Each wait between two polls is a tenth of the time already waited, within
//! the bounds of [`Policy::poll`], so completion is noticed about 5 % late. Drawn by `cargo run -p seatable-io-task --example
//! polls`:
//!
#![doc = include_str!("polls.svg")]
//!
//! # Many operations of one account
//!
//! A rate limit applies to all operations of an account, so they share a [`Pace`]:
//!
//! ```
//! # use std::time::Duration;
//! # use seatable_io_proto::{BaseName, Server, Token};
//! # use seatable_io_task::{Export, Operation, Policy, Step};
//! use seatable_io_task::{Allowance, Pace, Route};
//!
//! # let server = Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86")?)?;
//! # let export = |name: &str| Ok::<_, seatable_io_proto::InputError>(Export::new(1, BaseName::new(name)?));
//! # let (policy, seed) = (Policy::default(), 7);
//! let pace = Pace::new(Allowance::default().export_starts(20.try_into()?)).route(Route::Synchronous);
//! let stock = Operation::export(server.clone(), export("stock")?, policy.clone(), seed).paced(&pace);
//! let staff = Operation::export(server, export("staff")?, policy, seed).paced(&pace);
//!
//! let Step::Send(_) = stock.step(Duration::ZERO) else { unreachable!() };
//! let Step::Wait(_, until) = staff.step(Duration::ZERO) else { unreachable!() };
//! assert_eq!(until, Duration::from_millis(3050));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Making a request while another is in flight does not compile:
//!
//! ```compile_fail,E0382
//! # use seatable_io_task::{Operation, Step};
//! # use std::time::Duration;
//! fn twice(operation: Operation) -> (Step, Step) {
//!     (operation.step(Duration::ZERO), operation.step(Duration::ZERO))
//! }
//! ```

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod actions;
mod call;
mod core;
mod error;
mod exchange;
mod export;
mod failure;
mod hint;
mod import;
mod jitter;
mod message;
mod operation;
mod outcome;
mod pace;
mod pages;
mod phase;
mod policy;
mod problem;
mod progress;
mod reason;
mod received;
mod remote;
mod replies;
mod resume;
mod route;
mod routes;
mod scope;
mod seconds;
mod setters;
mod state;
mod worded;

#[cfg(test)]
mod tests;

pub use call::Call;
pub use error::{ErrorKind, OperationError};
pub use exchange::Exchange;
pub use export::Export;
pub use failure::Failure;
pub use hint::Hint;
pub use import::Import;
pub use operation::{Operation, Step};
pub use outcome::{Accepted, Exported, Imported, Outcome};
pub use pace::{Allowance, Pace};
pub use policy::Policy;
pub use progress::Progress;
pub use reason::Reason;
pub use received::Intake;
pub use resume::{Place, Resume};
pub use route::Route;
pub use scope::Scope;
