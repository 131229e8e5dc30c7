//! A request in flight.
//!
//! `operation.rs` and this file import each other: an operation becomes an exchange, and an exchange becomes an operation.

use std::fmt;
use std::time::Duration;

use http::Request;
use http::response::Parts;
use seatable_io_proto::{Body, Refusal, Secrets, describe};

use crate::core::Core;
use crate::received::{End, Received, is_final};
use crate::state::Attempt;
use crate::{Call, Failure, Intake, Operation, Progress, Reason};

/// How long a server may work on one request before it answers.
const WORK: Duration = Duration::from_secs(180);

/// One request and its response. It owns the operation until it has [`finished`](Self::finished) or
/// [`failed`](Self::failed): no other request can be made in the meantime, and dropping it drops the operation.
///
/// Report the events in this order: [`sent`](Self::sent) as the file goes out, [`head`](Self::head),
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
    /// Whether anything was received, which proves that the request was sent.
    is_answered: bool,
    response: Received,
    is_cancelled: bool,
}

impl Exchange {
    pub(crate) fn new(mut core: Box<Core>, attempt: Box<Attempt>) -> Self {
        core.repeats = core.repeats.saturating_add(attempt.reason.is_some().into());
        let flight = Flight {
            request: attempt.phase.request(&core.server),
            deadline: core.deadline.unwrap_or(Duration::MAX),
            sent: 0,
            is_answered: false,
            response: Received::None,
            is_cancelled: false,
        };
        Self { core, attempt, flight: Box::new(flight) }
    }

    /// Returns the request, to be sent once. The driver sends its file between the head and the tail of the [`Body`]. The URI is
    /// absolute and there is no `Host` header, as HTTP clients expect; add it if you write HTTP/1.1 yourself.
    pub fn request(&self) -> &Request<Body> {
        &self.flight.request
    }

    /// Returns when to give up, with [`Failure::TimedOut`]. [`Duration::MAX`] means never.
    pub fn deadline(&self) -> Duration {
        self.flight.deadline
    }

    /// Returns the longest silence to tolerate, in either direction, before giving up with [`Failure::TimedOut`]: at least three
    /// minutes where a server can be at work that long before it answers, as while it imports a file.
    pub fn idle_timeout(&self) -> Duration {
        let idle_timeout = self.core.policy.idle_timeout;
        match self.attempt.phase.call() {
            Call::StartImport | Call::ImportTable | Call::SynchronousExport | Call::ExportByUuid => {
                idle_timeout.max(WORK)
            }
            _ => idle_timeout,
        }
    }

    /// Returns until when to hold the request back, if the server has asked an operation of the same [`Pace`](crate::Pace) to
    /// wait since this exchange began. A driver that queues requests calls this before it sends one, and waits until it returns
    /// `None`.
    pub fn hold_until(&mut self, now: Duration) -> Option<Duration> {
        self.core.pace.as_mut()?.turn(self.attempt.phase.paced_as(), now).err()
    }

    /// Reports that another `bytes` bytes of the file were passed to the network. A success that arrives before the last
    /// of them does not count. After the first of them, [`Failure::NotSent`] counts as [`Failure::Interrupted`].
    pub fn sent(&mut self, bytes: u64) {
        self.flight.sent = self.flight.sent.saturating_add(bytes);
    }

    /// Reports the head of the response, and returns the use of its body. Informational heads (1xx except 101) may be
    /// reported or not. Only the first final head counts.
    pub fn head(&mut self, head: &Parts) -> Intake {
        let flight = &mut *self.flight;
        flight.is_answered = true;
        if is_final(head) && matches!(flight.response, Received::None) {
            let response = Refusal::read(head, &[]);
            self.attempt.retry_after = response.retry_after();
            self.core.pace.iter_mut().for_each(|pace| pace.response(&response));
            let is_sent = flight.sent >= flight.request.body().file_len();
            let (call, max_size) = (self.attempt.phase.call(), self.core.policy.max_size);
            flight.response = Received::begin(call, head, is_sent, max_size);
        }
        flight.response.intake()
    }

    /// Reports the next bytes of the response's body. Returns `false` if no more are needed; do not write these to the sink
    /// then.
    #[must_use = "bytes that are not accepted must not reach the sink"]
    pub fn chunk(&mut self, bytes: &[u8]) -> bool {
        self.flight.is_answered = true;
        let (call, max_size) = (self.attempt.phase.call(), self.core.policy.max_size);
        self.flight.response.chunk(call, bytes, max_size)
    }

    /// Ends the exchange: the response is complete, and the sink has all of it.
    ///
    /// A driver that checks the file itself does so first, whenever the body of a file has ended, and reports a bad file with
    /// [`failed`](Self::failed). It need not know whether the file is whole: if it is not, that is the problem, whatever the
    /// check found.
    pub fn finished(self, now: Duration) -> Operation {
        self.end(None, now)
    }

    /// Ends the exchange: the request could not be sent, the response was not received to its end, or the driver's own check
    /// rejected the file.
    pub fn failed(self, why: Failure, now: Duration) -> Operation {
        self.end(Some(why), now)
    }

    /// Cancels the operation, also on the server, after this exchange. The driver may break the exchange off with
    /// [`Failure::Interrupted`], or let it finish before the new [`deadline`](Self::deadline).
    pub fn cancel(&mut self, now: Duration) {
        self.core.cancel(now);
        self.flight.deadline = self.core.deadline(now);
        self.flight.is_cancelled = true;
    }

    /// Returns the progress of the operation.
    pub fn progress(&self) -> Progress {
        let (received, announced) = match &self.flight.response {
            Received::File { watch, .. } => (watch.seen(), watch.announced()),
            _ => (0, None),
        };
        Progress { sent: self.flight.sent, received, announced, ..Progress::of(&self.attempt) }
    }

    /// The only place where an exchange ends.
    fn end(self, why: Option<Failure>, now: Duration) -> Operation {
        let Self { mut core, attempt, flight } = self;
        let Flight { request, sent, is_answered, response, is_cancelled, .. } = *flight;
        // The bytes that were written to a pipe cannot be taken back.
        let is_spent = core.one_pass && response.is_delivered();
        core.at(now);
        let paced_as = attempt.phase.paced_as();
        core.pace.iter_mut().for_each(|pace| pace.ended(paced_as, now));
        let state = match response.end(attempt.phase.call(), sent == 0 && !is_answered, why) {
            End::Message(mut head, body) => {
                Secrets::add_from(&request, &mut head);
                core.read(*attempt, &head, &body, now)
            }
            End::File(bytes, base_name) => core.exported(attempt.phase, bytes, base_name),
            End::Problem(problem, Reason::Interrupted) if is_cancelled => {
                core.on_problem(*attempt, problem, Reason::BrokenOff, is_spent, now)
            }
            End::Problem(problem, reason) => core.on_problem(*attempt, problem, reason, is_spent, now),
        };
        Operation { core, state }
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
