//! SeaTable imports, exports and listings as a state machine without I/O.
//!
//! An [`Operation`] decides what to do, and its driver does it:
//!
//! ```text
//!                     ┌───────────────── Operation ◄────────────────────┐
//!                     ▼                                            │
//!  Step::Done ◄── Operation::step ──► Step::Wait(task, until)           │
//!                     │                                            │
//!                     ▼                                            │
//!            Step::Send(exchange) ──► sent, head, chunk… ──► finished or failed
//! ```
//!
//! An [`Exchange`] owns its task until it has finished or failed, so no request can be made while another is in flight,
//! and none is sent twice. The machine never holds a file: the body of a request has three parts of known length, of which
//! the middle one is the driver's file, and a download is checked as it passes through. Memory does not depend on the size
//! of a file.
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
//! use seatable_io_task::{Exchange, Export, Failure, Import, Intake, Outcome, Policy, Step, Operation, OperationError};
//!
//! fn run(mut task: Operation, file: &[u8], sink: &mut Vec<u8>) -> Result<Outcome, OperationError> {
//!     let start = Instant::now();
//!     loop {
//!         task = match task.step(start.elapsed()) {
//!             Step::Done(end) => return end,
//!             Step::Wait(task, until) => { sleep(until.saturating_sub(start.elapsed())); task }
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
//!     let mut stream = TcpStream::connect(request.uri().authority().unwrap().as_str())?;
//!     let (target, host) = (request.uri().path_and_query().unwrap(), request.uri().authority().unwrap());
//!     write!(stream, "{} {target} HTTP/1.0\r\nhost: {host}\r\n", request.method())?;
//!     for (name, value) in request.headers() {
//!         stream.write_all(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat())?;
//!     }
//!     let file = &file[..body.file_len() as usize];
//!     stream.write_all(&[b"\r\n", &body.head()[..], file, body.tail()].concat())?;
//!     exchange.sent(file.len() as u64);
//!
//!     let mut response = BufReader::new(stream);
//!     let mut lines = response.by_ref().lines();
//!     let status = lines.next().unwrap_or(Ok(String::new()))?;
//!     let mut head = http::Response::builder().status(status.split(' ').nth(1).unwrap_or(""));
//!     while let Some(line) = lines.next().transpose()?.filter(|line| !line.is_empty()) {
//!         let (name, value) = line.split_once(':').unwrap_or_default();
//!         head = head.header(name, value.trim());
//!     }
//!     let intake = exchange.head(&head.body(()).map_err(io::Error::other)?.into_parts().0);
//!     let mut bytes = [0; 65_536];
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
//! let task = Operation::import(server.clone(), import, Policy::default(), seed); // a random number
//! assert!(matches!(run(task, &file, &mut Vec::new())?, Outcome::Imported(_)));
//!
//! let export = Export::new(1, BaseName::new("projects")?);
//! let task = Operation::export(server, export, Policy::default(), seed);
//! let mut saved = Vec::new();
//! run(task, &[], &mut saved)?;
//! assert_eq!(saved, file);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A good transport also ends an exchange with [`Failure::TimedOut`] at its [`deadline`](Exchange::deadline), and when
//! nothing was sent or received for longer than its [`idle_timeout`](Exchange::idle_timeout). It neither follows redirects nor
//! decompresses bodies.
//!
//! # Lifecycle
//!
//! These are the states of a task, and what may follow each:
//!
#![doc = include_str!("lifecycle.md")]
//!
//! # Problems
//!
//! This table decides what happens after a problem:
//!
#![doc = include_str!("table.md")]
//!
//! - *Retry*: repeat the request after a wait, at most [`Policy::retries`] times in a row. *Retry in time*: repeat it when
//!   the server said, or after a wait, until the time of the task is over.
//! - *New export*: export again, at most [`Policy::new_exports`] times, or *once*. *Next route*: fetch the file from another
//!   address of the server. *Normalize name*: request the base once more by its name in NFC.
//! - *List otherwise*: list the workspaces with their bases, without what the account administers.
//! - *Vanished*, *gone*: the server does not know the task. That proves nothing: servers forget tasks. An export fetches its
//!   file, an import is *unknown*. Only a current server, which answers 404, reports that a task failed: ² in the response
//!   before, if ¹ no response was lost.
//! - *Unknown*: the import may have happened, and a second request could import the file twice. *Stop* (·): the task ends
//!   with the kind of error in the last column, as it does after the last retry.
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
//! When a task runs out of time, it has not failed on the server: the [`OperationError`] has the [`Resume`] with which it can be
//! waited for, fetched or cancelled, in this process or another.
//!
//! ```
//! use std::time::Duration;
//!
//! use seatable_io_proto::{BaseUuid, Server, TaskId, TaskKind, Token};
//! use seatable_io_task::{Policy, Resume, Step, Operation};
//!
//! # let seed = 7;
//! let server = Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86")?)?;
//! let resume = Resume::new(TaskKind::Export, TaskId::new("1582970303923")?, BaseUuid::new("d09b6bcc")?);
//! let task = Operation::cancel_existing(server, resume, Policy::default(), seed);
//! let Step::Send(exchange) = task.step(Duration::ZERO) else { unreachable!() };
//! assert_eq!(exchange.request().method(), http::Method::DELETE);
//! # Ok::<(), seatable_io_proto::InputError>(())
//! ```
//!
//! # Waiting
//!
//! A server does not say when it will be done. Each wait between two polls is a tenth of the time already waited, within the
//! bounds of [`Policy::poll`]: the end of a task stays unnoticed for about a twentieth of the time it took. Drawn by `cargo run -p seatable-io-task --example polls`:
//!
#![doc = include_str!("polls.svg")]
//!
//! # Many tasks of one account
//!
//! A rate limit applies to all tasks of an account, so they share a [`Pace`]:
//!
//! ```
//! # use std::time::Duration;
//! # use seatable_io_proto::{BaseName, Server, Token};
//! # use seatable_io_task::{Export, Policy, Step, Operation};
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
//! # use seatable_io_task::{Step, Operation};
//! # use std::time::Duration;
//! fn twice(task: Operation) -> (Step, Step) {
//!     (task.step(Duration::ZERO), task.step(Duration::ZERO))
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
mod list;
mod message;
mod operation;
mod outcome;
mod pace;
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
mod seconds;
mod setters;
mod state;

#[cfg(test)]
mod tests;

pub use call::Call;
pub use error::{ErrorKind, OperationError};
pub use exchange::Exchange;
pub use export::Export;
pub use failure::Failure;
pub use hint::Hint;
pub use import::Import;
pub use list::Shared;
pub use operation::{Operation, Step};
pub use outcome::{Accepted, Exported, Imported, Outcome};
pub use pace::{Allowance, Pace};
pub use policy::Policy;
pub use progress::Progress;
pub use reason::Reason;
pub use received::Intake;
pub use resume::{Place, Resume};
pub use route::Route;
