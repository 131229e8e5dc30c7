//! The life of one SeaTable import or export, as a state machine without I/O.
//!
//! A [`Task`] says what to do; its driver does it and tells what came of it, until the task is done:
//!
//! ```text
//!             ┌────────── Step::Wait ───────────┐
//!             ▼                                 │
//!  Task ──► step ── Step::Send ──► the network ─┤ failed(why)
//!             │                                 │
//!             ▼                                 ▼ head(answer)
//!        Step::Done               Intake::Collect ──► collected(body)
//!                                 Intake::Save ─────► chunk(bytes)… saved()
//! ```
//!
//! No file enters it: a request's body is three pieces of known length, of which the middle one is the
//! caller's file, and a download only passes by, to be checked. Memory does not depend on the file's size.
//!
//! # A transport of your own
//!
//! This one, over `std::net`, is complete but for TLS and time-outs, and runs as a test:
//!
//! ```
//! use std::io::{self, BufRead, BufReader, Read, Write};
//! use std::net::TcpStream;
//! use std::time::Instant;
//!
//! use seatable_io_proto::{BaseName, Body, FileName, Format, Server, Token};
//! use seatable_io_task::{Export, Failure, Import, Intake, Outcome, Policy, Step, Task, TaskError};
//!
//! fn run(mut task: Task, file: &[u8], sink: &mut Vec<u8>) -> Result<Outcome, TaskError> {
//!     loop {
//!         match task.step(Instant::now()) {
//!             Step::Done(end) => return end,
//!             Step::Wait(until) => std::thread::sleep(until - Instant::now()),
//!             Step::Send(request) => match TcpStream::connect(request.uri().authority().unwrap().as_str()) {
//!                 Err(_) => task.failed(Failure::NotSent, Instant::now()),
//!                 Ok(stream) => exchange(&mut task, stream, &request, file, sink)
//!                     .unwrap_or_else(|_| task.failed(Failure::Interrupted, Instant::now())),
//!             },
//!         }
//!     }
//! }
//!
//! fn exchange(task: &mut Task, mut stream: TcpStream, request: &http::Request<Body>, file: &[u8],
//!             sink: &mut Vec<u8>) -> io::Result<()> {
//!     write!(stream, "{} {} HTTP/1.0\r\n", request.method(), request.uri().path_and_query().unwrap())?;
//!     for (name, value) in request.headers() {
//!         stream.write_all(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat())?;
//!     }
//!     let (body, file) = (request.body(), &file[..request.body().file_len() as usize]);
//!     stream.write_all(&[b"\r\n", &body.head()[..], file, body.tail()].concat())?;
//!
//!     let (mut answer, mut line) = (BufReader::new(stream), String::new());
//!     answer.read_line(&mut line)?;
//!     let mut head = http::Response::builder().status(line.split(' ').nth(1).unwrap_or(""));
//!     while { line.clear(); answer.read_line(&mut line)? } > 2 {
//!         let (name, value) = line.split_once(':').unwrap_or_default();
//!         head = head.header(name, value.trim());
//!     }
//!     let mut body = Vec::new();
//!     match task.head(&head.body(()).map_err(io::Error::other)?.into_parts().0) {
//!         Intake::Collect { limit } => {
//!             answer.take(limit as u64).read_to_end(&mut body)?;
//!             task.collected(&body, Instant::now());
//!         }
//!         Intake::Save { .. } => {
//!             sink.clear();
//!             while { body.clear(); answer.by_ref().take(65_536).read_to_end(&mut body)? } > 0 && task.chunk(&body) {
//!                 sink.extend(&body);
//!             }
//!             task.saved(Instant::now());
//!         }
//!     }
//!     Ok(())
//! }
//!
//! # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
//! # for generation in [Generation::Y2020, Generation::Y2021, Generation::Current] {
//! # let sandbox = SandboxServer::start(Sandbox::new(generation))?;
//! # let (url, token, file) = (sandbox.url(), sandbox.token(), sample_dtable(1_000));
//! let server = Server::new(&url, Token::new(&token)?)?;
//! let import = Import::new(1, FileName::new("projects", Format::Dtable)?, file.len() as u64)?;
//! let task = Task::import(server.clone(), import, Policy::default(), Instant::now());
//! assert!(matches!(run(task, &file, &mut Vec::new())?, Outcome::Imported(_)));
//!
//! let export = Export::new(1, BaseName::new("projects")?);
//! let task = Task::export(server, export, Policy::default(), Instant::now());
//! let mut saved = Vec::new();
//! run(task, &[], &mut saved)?;
//! assert_eq!(saved, file);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Two more things that a good transport does: no request outlives [`Task::deadline`]
//! (feed [`Failure::TimedOut`]), and redirects are not followed and bodies not decompressed.
//!
//! # What is asked again
//!
//! One table, [`verdict`], decides. What it protects: an import is never sent twice unless the first request
//! cannot have acted; the end of a task is told once, so an end that may have been lost is *unknown*, or, for
//! an export, settled by the file itself; a file is given once, so a broken one is exported anew; a file
//! counts only if it is a whole zip of the announced length.
//!
//! Out of patience is not failure: the [`TaskError`] carries the [`Resume`] with which this task can be waited
//! for, fetched or cancelled, in this process or another.
//!
//! ```
//! use seatable_io_proto::{BaseUuid, Server, TaskId, TaskKind, Token};
//! use seatable_io_task::{Policy, Resume, Step, Task};
//!
//! let server = Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86")?)?;
//! let resume = Resume::new(TaskKind::Export, TaskId::new("1582970303923")?, BaseUuid::new("d09b6bcc")?);
//! let now = std::time::Instant::now();
//! let mut task = Task::resume(server, resume, Policy::default(), now);
//! task.cancel();
//! let Step::Send(request) = task.step(now) else { unreachable!() };
//! assert_eq!(request.method(), http::Method::DELETE);
//! # Ok::<(), seatable_io_proto::InputError>(())
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

mod answers;
mod job;
mod outcome;
mod policy;
mod resume;
mod step;
mod task;
mod trouble;
mod verdict;

#[cfg(test)]
mod tests;

pub use job::{Export, Import};
pub use outcome::{Cause, ErrorKind, Exported, Imported, Outcome, TaskError};
pub use policy::Policy;
pub use resume::{Resume, Route};
pub use step::{Failure, Intake, Progress, Step};
pub use task::Task;
pub use verdict::{Call, Trouble, Verdict, verdict};
