//! A request in flight.

use std::fmt;
use std::time::Duration;

use http::Request;
use http::response::Parts;
use seatable_io_proto::{ArchiveFault, ArchiveWatch, Body, FileHead, describe};
use serde::{Deserialize, Serialize};

use crate::Operation;
use crate::core::Core;
use crate::phase::Attempt;
use crate::problem::Problem;
use crate::{Call, Reason};

/// How long a server may work on one request before it answers.
const WORK: Duration = Duration::from_secs(180);

/// One request and its response. It owns the task until it has [`finished`](Self::finished) or [`failed`](Self::failed): no
/// other request can be made in the meantime, and dropping it drops the task.
///
/// Report what happens in this order: [`sent`](Self::sent) as the file goes out, [`head`](Self::head),
/// [`chunk`](Self::chunk), then the end. A report out of order does no harm.
pub struct Exchange {
    core: Box<Core>,
    pub(crate) attempt: Box<Attempt>,
    flight: Box<Flight>,
}

#[derive(Debug)]
struct Flight {
    request: Request<Body>,
    deadline: Duration,
    /// How many bytes of the file were passed to the network.
    sent: u64,
    /// Whether the server answered anything, which proves that the request was sent.
    replied: bool,
    response: Received,
    /// Whether the task was cancelled in the meantime.
    cancelled: bool,
}

#[derive(Debug)]
enum Received {
    None,
    /// A response that the machine reads itself.
    Words {
        head: Parts,
        body: Vec<u8>,
    },
    /// A success before the whole file was sent.
    TooEarly,
    /// A file that is larger than the policy allows.
    TooLarge(Reason),
    /// `delivered`: the sink has received part of it.
    File {
        watch: ArchiveWatch,
        delivered: bool,
        /// The name of the base, if the head tells it.
        name: Option<String>,
    },
}

/// What to do with the body of a response. There are no other cases: match it exhaustively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// Report it with [`Exchange::chunk`].
    Read,
    /// It is the exported file: empty the sink, and write to it what [`Exchange::chunk`] accepts.
    Save {
        /// The announced length in bytes.
        len: Option<u64>,
    },
}

/// Why an exchange failed, as far as the task needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Failure {
    /// Not one byte of the request can have reached the server: the name was not resolved, or there was no connection or
    /// no TLS session.
    NotSent,
    /// The deadline passed before the driver sent the request, which waited for a connection of its own or for the file. Not
    /// one byte was sent.
    NotSentInTime,
    /// The server's certificate is not trusted, or is for another host. Nothing was sent.
    Untrusted,
    /// The connection broke, or the driver gave up.
    Interrupted,
    /// The deadline passed, or the server was silent for too long.
    TimedOut,
    /// The file to send could not be read or changed, or the file received could not be written.
    LocalFile,
    /// The deadline passed while the local file was read, written or checked: the server was not what took so long.
    LocalTimedOut,
    /// The file received was complete, but the driver's own check found it damaged.
    Damaged,
    /// The file received was complete and undamaged, but the driver's own check found that it is not a base.
    NotABase,
    /// The file received was complete, but the driver's own check found that it unpacks to more than the driver allows.
    TooLarge,
}

/// The progress of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The call in flight, or the next one; `None` if the task is over.
    pub call: Option<Call>,
    /// When the call is made, as a moment of the task's clock; `None` if it is in flight.
    pub waits_until: Option<Duration>,
    /// How many bytes of the file were sent in this exchange.
    pub sent: u64,
    /// How many bytes of the file were received in this exchange.
    pub received: u64,
    /// How many bytes of the file the server announced in this exchange.
    pub announced: Option<u64>,
    /// How many polls the server has answered.
    pub polls: u32,
    /// Why the call is repeated, or why it waits if [`is_paused`](Self::is_paused).
    pub reason: Option<Reason>,
    /// Whether the call waits because the server was busy (429, or 503 with `Retry-After`), to this task or another one of its
    /// [`Pace`](crate::Pace).
    pub is_paused: bool,
}

impl Progress {
    pub(crate) fn of(attempt: &Attempt) -> Self {
        Self {
            call: Some(attempt.phase.call()),
            polls: attempt.phase.remote().map_or(0, |remote| remote.polls),
            reason: attempt.reason.clone(),
            ..Self::default()
        }
    }
}

impl Exchange {
    pub(crate) fn new(mut core: Box<Core>, attempt: Box<Attempt>) -> Self {
        core.repeats = core.repeats.saturating_add(attempt.reason.is_some().into());
        let request = attempt.phase.request(&core.server);
        let deadline = core.deadline.unwrap_or(Duration::MAX);
        let response = Received::None;
        let flight = Flight { request, deadline, sent: 0, replied: false, response, cancelled: false };
        Self { core, attempt, flight: Box::new(flight) }
    }

    /// The request, to be sent once. The driver sends its file between the head and the tail of the [`Body`]. The URI is
    /// absolute and there is no `Host` header, as HTTP clients expect; who writes HTTP/1.1 by hand adds it.
    pub fn request(&self) -> &Request<Body> {
        &self.flight.request
    }

    /// When to give up, with [`Failure::TimedOut`]. [`Duration::MAX`] means never.
    pub fn deadline(&self) -> Duration {
        self.flight.deadline
    }

    /// The longest silence to tolerate, in either direction, before giving up with [`Failure::TimedOut`].
    pub fn idle_timeout(&self) -> Duration {
        let idle_timeout = self.core.policy.idle_timeout;
        match self.attempt.phase.call() {
            Call::StartImport | Call::ImportTable | Call::SynchronousExport => idle_timeout.max(WORK),
            _ => idle_timeout,
        }
    }

    /// Returns until when to hold the request back, if the server has asked a task of the same [`Pace`](crate::Pace) to wait
    /// since this exchange began. A driver that queues requests calls this before it sends one, and waits until it returns
    /// `None`.
    pub fn hold_until(&mut self, now: Duration) -> Option<Duration> {
        self.core.pace.as_mut()?.turn(self.attempt.phase.paced_as(), now).err()
    }

    /// Reports that another `bytes` bytes of the file were passed to the network. A success that arrives before the last
    /// of them does not count. After the first of them, [`Failure::NotSent`] counts as [`Failure::Interrupted`].
    pub fn sent(&mut self, bytes: u64) {
        self.flight.sent = self.flight.sent.saturating_add(bytes);
    }

    /// Reports the head of the response, and returns what to do with its body. Informational heads (1xx except 101) may be
    /// reported or not. Of the final ones, only the first counts.
    pub fn head(&mut self, head: &Parts) -> Intake {
        let (call, flight) = (self.attempt.phase.call(), &mut *self.flight);
        flight.replied = true;
        let is_final =
            !head.status.is_informational() || head.status == http::StatusCode::SWITCHING_PROTOCOLS;
        if is_final && matches!(flight.response, Received::None) {
            self.core.pace.iter_mut().for_each(|pace| pace.head(head));
            let file = FileHead::read(head)
                .filter(|_| matches!(call, Call::ExportContent | Call::SynchronousExport));
            let max_size = self.core.policy.max_size;
            flight.response = match file {
                Some(FileHead { len: Some(len), .. })
                    if let Some(reason) = too_large(len, true, max_size) =>
                {
                    Received::TooLarge(reason)
                }
                Some(file) => Received::File {
                    watch: ArchiveWatch::new(file.len),
                    delivered: false,
                    name: file.base_name,
                },
                None if head.status.is_success() && flight.sent < flight.request.body().file_len() => {
                    Received::TooEarly
                }
                None => Received::Words { head: head.clone(), body: Vec::new() },
            };
        }
        match &flight.response {
            Received::File { watch, .. } => Intake::Save { len: watch.announced() },
            _ => Intake::Read,
        }
    }

    /// Reports the next bytes of the response's body. Returns `false` if no more are needed; these must not be written to the
    /// sink then.
    #[must_use = "what is not accepted must not reach the sink"]
    pub fn chunk(&mut self, bytes: &[u8]) -> bool {
        self.flight.replied = true;
        match &mut self.flight.response {
            Received::None | Received::TooEarly | Received::TooLarge(_) => false,
            Received::Words { body, .. } => {
                let limit = self.attempt.phase.call().response_limit();
                let room = limit.saturating_sub(body.len());
                body.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                body.len() < limit
            }
            Received::File { watch, delivered, .. } => {
                let size = watch.seen().saturating_add(bytes.len() as u64);
                if let Some(reason) = too_large(size, false, self.core.policy.max_size) {
                    self.flight.response = Received::TooLarge(reason);
                    return false;
                }
                let accepted = watch.chunk(bytes);
                *delivered |= accepted && !bytes.is_empty();
                accepted
            }
        }
    }

    /// Whether the response so far is one whole file. A driver with a check of its own runs it when the response has ended.
    pub fn is_whole(&self) -> bool {
        matches!(&self.flight.response, Received::File { watch, .. } if watch.finish().is_ok())
    }

    /// Ends the exchange: the response is complete, and the sink has all of it.
    pub fn finished(self, now: Duration) -> Operation {
        self.end(None, now)
    }

    /// Ends the exchange: the request could not be sent, or its response not be received to the end.
    pub fn failed(self, why: Failure, now: Duration) -> Operation {
        self.end(Some(why), now)
    }

    /// Cancels the task, also on the server, after this exchange. The driver may break the exchange off with
    /// [`Failure::Interrupted`], or let it finish before the new [`deadline`](Self::deadline).
    pub fn cancel(&mut self, now: Duration) {
        self.core.cancel(now);
        self.flight.deadline = self.core.deadline(now);
        self.flight.cancelled = true;
    }

    /// The progress of the task.
    pub fn progress(&self) -> Progress {
        let (received, announced) = match &self.flight.response {
            Received::File { watch, .. } => (watch.seen(), watch.announced()),
            _ => (0, None),
        };
        Progress { sent: self.flight.sent, received, announced, ..Progress::of(&self.attempt) }
    }

    /// The only place where an exchange ends.
    fn end(mut self, why: Option<Failure>, now: Duration) -> Operation {
        // What was written to a pipe cannot be taken back.
        let spent = self.core.one_pass && self.flight.delivered();
        let call = self.attempt.phase.call();
        let paced_as = self.attempt.phase.paced_as();
        self.core.pace.iter_mut().for_each(|pace| pace.ended(paced_as, now));
        let end = match self.flight.end(call, why) {
            End::Problem(problem, Reason::Interrupted) if self.flight.cancelled => {
                End::Problem(problem, Reason::BrokenOff)
            }
            end => end,
        };
        let request = &self.flight.request;
        let state = match end {
            End::Words(head, body) => self.core.read(*self.attempt, &head, &body, request, now),
            End::File(bytes, name) => self.core.exported(self.attempt.phase, bytes, name),
            End::Problem(problem, reason) => self.core.on_problem(*self.attempt, problem, reason, spent, now),
        };
        Operation { core: self.core, state }
    }
}

/// How an exchange ended.
enum End {
    Words(Parts, Vec<u8>),
    /// The whole file, with its length in bytes, and the name of its base if the head tells it.
    File(u64, Option<String>),
    Problem(Problem, Reason),
}

impl Flight {
    fn delivered(&self) -> bool {
        matches!(self.response, Received::File { delivered: true, .. })
    }

    fn end(&mut self, call: Call, why: Option<Failure>) -> End {
        let unsent = self.sent == 0 && !self.replied;
        match (std::mem::replace(&mut self.response, Received::None), why) {
            (Received::Words { head, body }, None) => End::Words(head, body),
            (Received::Words { head, body }, Some(_)) if call.is_judged_by(&head) => End::Words(head, body),
            (Received::None, Some(Failure::NotSent)) if unsent => {
                End::Problem(Problem::NotSent, Reason::NotSent)
            }
            (Received::None, Some(Failure::NotSentInTime)) if unsent => {
                End::Problem(Problem::NotSent, Reason::NotSentInTime)
            }
            (Received::None, Some(Failure::Untrusted)) if unsent => {
                End::Problem(Problem::Untrusted, Reason::Untrusted)
            }
            (Received::None, None) => End::Problem(Problem::Broken, Reason::NoAnswer),
            (Received::TooLarge(reason), _) => End::Problem(Problem::TooLarge, reason),
            (Received::TooEarly, _) => End::Problem(Problem::NotUnderstood, Reason::TooEarly),
            (Received::File { watch, name, .. }, None) => judged(&watch, name),
            (_, Some(Failure::LocalFile)) => End::Problem(Problem::LocalFile, Reason::LocalFile),
            (Received::File { .. }, Some(Failure::NotABase)) => {
                End::Problem(Problem::NotABase, Reason::NotABase)
            }
            (Received::File { .. }, Some(Failure::TooLarge)) => {
                End::Problem(Problem::TooLarge, Reason::UnpacksTooLarge)
            }
            (Received::File { .. }, Some(why)) => End::Problem(Problem::Damaged, reason(why)),
            (_, Some(why)) => End::Problem(Problem::Broken, reason(why)),
        }
    }
}

fn reason(why: Failure) -> Reason {
    match why {
        Failure::TimedOut | Failure::NotSentInTime => Reason::TimedOut,
        Failure::LocalTimedOut => Reason::LocalTimedOut,
        Failure::Damaged => Reason::Damaged,
        _ => Reason::Interrupted,
    }
}

fn too_large(size: u64, is_announced: bool, limit: Option<u64>) -> Option<Reason> {
    let limit = limit.filter(|limit| size > *limit)?;
    Some(Reason::TooLarge { size, is_announced, limit })
}

/// Judges a file whose last byte was received.
fn judged(watch: &ArchiveWatch, name: Option<String>) -> End {
    match watch.finish() {
        Ok(()) => End::File(watch.seen(), name),
        Err(fault @ (ArchiveFault::NotZip | ArchiveFault::Empty)) => {
            End::Problem(Problem::NotUnderstood, Reason::Archive(fault))
        }
        Err(fault @ ArchiveFault::NoEntries) => End::Problem(Problem::NotABase, Reason::Archive(fault)),
        Err(fault) => End::Problem(Problem::Damaged, Reason::Archive(fault)),
    }
}

/// Shows neither the URI of the request, which may contain a password, nor the headers of the response.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("request", &describe(&self.flight.request))
            .field("deadline", &self.flight.deadline)
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}
