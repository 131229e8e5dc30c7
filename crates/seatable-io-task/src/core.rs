//! The data and the decisions that all states of an operation share: its time, its turn, its cancellation and its error.

use std::time::Duration;

use seatable_io_proto::{Server, TaskKind};
use uuid::Uuid;

use crate::error::{About, Report};
use crate::jitter::Jitter;
use crate::pace::Paced;
use crate::phase::Phase;
use crate::remote::Remote;
use crate::routes::Routes;
use crate::state::{Attempt, State};
use crate::{ErrorKind, OperationError, Policy, Reason, Resume, Route};

/// The data that all states share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) server: Server,
    pub(crate) policy: Policy,
    pub(crate) jitter: Jitter,
    pub(crate) about: About,
    /// The first step and the last report.
    began: Option<Duration>,
    now: Duration,
    /// When the operation's time is over; `None` before the first step.
    pub(crate) deadline: Option<Duration>,
    /// Why the operation is being cancelled, if it is.
    cancelling: Option<Cancelling>,
    /// Whether an export was started whose task is no longer polled.
    pub(crate) left_behind: bool,
    /// How many requests were repeated after a problem, since the last good poll.
    pub(crate) repeats: u32,
    pub(crate) routes: Routes,
    /// Whether the sink can receive a file only once.
    pub(crate) one_pass: bool,
    pub(crate) pace: Option<Box<Paced>>,
}

/// Why an operation is cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cancelling {
    /// [`Operation::cancel`](crate::Operation::cancel) was called.
    Called,
    /// Its time is over.
    TimedOut,
    /// Its time is over, and it spent the end of it waiting because the server was busy.
    Busy(Reason),
}

impl Core {
    pub(crate) fn new(
        server: Server,
        policy: Policy,
        seed: u128,
        about: About,
        route: Option<Route>,
    ) -> Self {
        let (high, low) = Uuid::from_u128(seed).as_u64_pair();
        Self {
            server,
            policy,
            jitter: Jitter::new(high ^ low),
            about,
            began: None,
            now: Duration::ZERO,
            deadline: None,
            cancelling: None,
            left_behind: false,
            repeats: 0,
            routes: Routes::new(route.unwrap_or_default()),
            one_pass: false,
            pace: None,
        }
    }

    /// Notes the time.
    pub(crate) fn at(&mut self, now: Duration) {
        self.began.get_or_insert(now);
        self.now = now;
    }

    /// Returns when the operation's time is over.
    pub(crate) fn deadline(&mut self, now: Duration) -> Duration {
        *self.deadline.get_or_insert(now.saturating_add(self.policy.timeout))
    }

    pub(crate) fn cancel(&mut self, now: Duration) {
        self.cancel_because(Cancelling::Called, now);
    }

    /// Cancels an operation whose time is over during this attempt.
    pub(crate) fn time_out(&mut self, attempt: Option<&Attempt>, now: Duration) {
        let busy = attempt.and_then(|attempt| self.busy(attempt));
        self.cancel_because(busy.map_or(Cancelling::TimedOut, Cancelling::Busy), now);
    }

    fn cancel_because(&mut self, why: Cancelling, now: Duration) {
        if !self.is_cancelled() {
            if let Cancelling::Busy(reason) = &why {
                self.close(reason, now);
            }
            self.cancelling = Some(why);
            self.deadline = Some(now.saturating_add(self.policy.cancel_timeout));
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelling.is_some()
    }

    /// Returns the state as it is now: the server's task is cancelled if the operation is, and an export takes the route that
    /// another operation has learned.
    pub(crate) fn next_state(&mut self, state: State) -> State {
        let State::Attempt(attempt) = state else { return state };
        match attempt.phase {
            Phase::QueryStatusBeforeCancel(_) | Phase::CancelTask(_) | Phase::QueryStatusAfterCancel(_) => {
                State::Attempt(attempt)
            }
            Phase::QueryStatus(remote) if self.is_cancelled() && remote.kind() == TaskKind::Import => {
                State::request(Phase::QueryStatusBeforeCancel(remote))
            }
            phase @ Phase::QueryStatus(_) if self.is_cancelled() => State::request(phase.cancels()),
            _ if self.is_cancelled() => {
                let reason = attempt.reason.clone().filter(|_| self.cancelling != Some(Cancelling::Called));
                self.over(ErrorKind::Cancelled, &Attempt { reason, ..*attempt })
            }
            Phase::StartExport(_, exporting) if self.learns_route() => {
                Attempt { phase: self.routes.start(exporting), ..*attempt }.into()
            }
            _ => State::Attempt(attempt),
        }
    }

    /// Takes the route that another operation of the account has learned. Returns whether that is another one.
    fn learns_route(&mut self) -> bool {
        self.learned_route().is_some_and(|route| self.routes.prefer(route))
    }

    /// Returns how the server exports, if an operation of the account has learned it.
    pub(crate) fn learned_route(&self) -> Option<Route> {
        self.pace.as_ref().and_then(|pace| pace.route())
    }

    pub(crate) fn learn_route(&mut self, route: Option<Route>) {
        if let (Some(pace), Some(route)) = (&mut self.pace, route) {
            pace.learn_route(route);
        }
    }

    /// Returns why the request may not be made now, as far as the account is concerned.
    pub(crate) fn turn(&mut self, attempt: &Attempt, now: Duration) -> Result<(), Delay> {
        let deadline = self.deadline(now);
        let Some(pace) = &mut self.pace else { return Ok(()) };
        if let Some(reason) = pace.closed(now) {
            let attempt = Attempt { reason: Some(reason), ..attempt.clone() };
            return Err(Delay::Never(self.end(ErrorKind::Unavailable, &attempt).not_started()));
        }
        let Err(until) = pace.turn(attempt.phase.paced_as(), now) else { return Ok(()) };
        if deadline < pace.paused_until() || self.is_cancelled() && deadline <= until {
            return Err(Delay::Never(self.timed_out(attempt, now)));
        }
        Err(Delay::Until(until))
    }

    /// Returns why the server makes the operation wait, if it does.
    pub(crate) fn busy(&self, attempt: &Attempt) -> Option<Reason> {
        if attempt.is_busy() {
            return attempt.reason.clone();
        }
        self.pace.as_ref().and_then(|pace| pace.waits_because())
    }

    /// Closes the account to operations that have not begun, because the server refuses it.
    pub(crate) fn close(&mut self, reason: &Reason, now: Duration) {
        if let Some(pace) = &mut self.pace {
            pace.close(reason, now);
        }
    }

    /// Returns the error of an operation whose time is over, or will be before it may make its request.
    pub(crate) fn timed_out(&mut self, attempt: &Attempt, now: Duration) -> OperationError {
        match self.busy(attempt) {
            Some(reason) => {
                self.close(&reason, now);
                self.end(ErrorKind::Unavailable, &Attempt { reason: Some(reason), ..attempt.clone() })
            }
            None => self.end(ErrorKind::Timeout, attempt),
        }
    }

    pub(crate) fn to_resume(&self, remote: &Remote) -> Resume {
        let mut resume = remote.to_resume();
        resume.server = Some(self.server.url().to_owned());
        resume.route = self.routes.known();
        resume
    }

    pub(crate) fn over(&self, kind: ErrorKind, attempt: &Attempt) -> State {
        Err(self.end(kind, attempt)).into()
    }

    pub(crate) fn over_because(&self, kind: ErrorKind, attempt: Attempt, reason: Reason) -> State {
        self.over(kind, &Attempt { reason: Some(reason), ..attempt })
    }

    /// Returns the error of an operation that fails.
    pub(crate) fn end(&self, kind: ErrorKind, attempt: &Attempt) -> OperationError {
        let (phase, call) = (&attempt.phase, attempt.phase.call());
        let runs = match kind {
            ErrorKind::TaskFailed | ErrorKind::UnknownTask | ErrorKind::Cancelled | ErrorKind::Mismatch => {
                false
            }
            ErrorKind::UnknownOutcome => call.sends_file() || attempt.reason == Some(Reason::MayContinue),
            _ => phase.remote().is_some() && !phase.fetches(),
        };
        let is_over = matches!(kind, ErrorKind::TaskFailed | ErrorKind::Cancelled);
        let is_cancelling = matches!(phase, Phase::CancelTask(_) | Phase::QueryStatusAfterCancel(_));
        let cancelled_there = kind == ErrorKind::Cancelled && is_cancelling;
        let (kind, reason) = self.as_cancelled(kind, attempt, runs);
        OperationError(Box::new(Report {
            kind,
            call,
            server: self.server.url().to_owned(),
            about: self.about.clone(),
            workspace: phase.workspace(),
            timeout: self.policy.timeout,
            elapsed: self.now.saturating_sub(self.began.unwrap_or(self.now)),
            has_password: phase.export().is_some_and(|export| export.password.is_some()),
            without_assets: phase.export().is_some_and(|export| export.without_assets),
            no_wait: phase.is_no_wait(),
            reason,
            retries: self.repeats,
            cancelled: self.cancelling == Some(Cancelling::Called),
            resume: phase.remote().filter(|_| !is_over).map(|remote| self.to_resume(remote)),
            may_still_run: runs || self.left_behind,
            not_started: false,
            cancelled_there,
            import_started: phase.imports(),
        }))
    }

    /// Returns the kind and the reason of an error, considering why the operation is being cancelled. `runs`: the task may.
    fn as_cancelled(&self, kind: ErrorKind, attempt: &Attempt, runs: bool) -> (ErrorKind, Option<Reason>) {
        let reason = attempt.reason.clone();
        match (kind, &self.cancelling) {
            (ErrorKind::UnknownOutcome | ErrorKind::TaskFailed, _) => (kind, reason),
            // An import that could not be cancelled, or whose status is not understood, may yet create a base.
            (_, Some(_)) | (ErrorKind::BadAnswer, None) if runs && attempt.phase.imports() => {
                (ErrorKind::UnknownOutcome, reason)
            }
            (_, Some(Cancelling::TimedOut)) => (ErrorKind::Timeout, reason),
            (_, Some(Cancelling::Busy(busy))) => (ErrorKind::Unavailable, Some(busy.clone())),
            _ => (kind, reason),
        }
    }
}

/// Why a request is not made now.
pub(crate) enum Delay {
    /// It is not its turn before this moment.
    Until(Duration),
    /// It will never be its turn.
    Never(OperationError),
}
