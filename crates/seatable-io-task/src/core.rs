//! What all states of a task share, and what it decides between two requests.

use std::time::Duration;

use seatable_io_proto::{Server, TaskKind};
use uuid::Uuid;

use crate::error::{About, Report};
use crate::job::Routes;
use crate::pace::Paced;
use crate::phase::{Attempt, Phase, Remote, State};
use crate::policy::Jitter;
use crate::{ErrorKind, Export, OperationError, Policy, Reason, Resume};

/// What all states share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) server: Server,
    pub(crate) policy: Policy,
    pub(crate) jitter: Jitter,
    /// What error messages call the file, base or task.
    pub(crate) about: About,
    /// When the task's time is over; `None` before the first step.
    pub(crate) deadline: Option<Duration>,
    /// Why the task is being cancelled, if it is.
    cancelling: Option<Cancelling>,
    /// Whether an export was started that nobody waits for any more.
    pub(crate) left_behind: bool,
    /// How many requests were repeated after a problem, since the last good poll.
    pub(crate) repeats: u32,
    pub(crate) routes: Routes,
    /// Whether the sink can receive a file only once.
    pub(crate) one_pass: bool,
    /// What the task shares with others of the account.
    pub(crate) pace: Option<Box<Paced>>,
}

/// Why a task is cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cancelling {
    /// [`Operation::cancel`] was called.
    Called,
    /// Its time is over.
    TimedOut,
    /// Its time is over, and it spent the end of it waiting because the server was busy.
    Busy(Reason),
}

impl Core {
    pub(crate) fn new(server: Server, policy: Policy, seed: u128, about: About, routes: Routes) -> Self {
        let (high, low) = Uuid::from_u128(seed).as_u64_pair();
        Self {
            server,
            policy,
            jitter: Jitter::new(high ^ low),
            about,
            deadline: None,
            cancelling: None,
            left_behind: false,
            repeats: 0,
            routes,
            one_pass: false,
            pace: None,
        }
    }

    /// When the task's time is over.
    pub(crate) fn deadline(&mut self, now: Duration) -> Duration {
        *self.deadline.get_or_insert(now.saturating_add(self.policy.timeout))
    }

    pub(crate) fn cancel(&mut self, now: Duration) {
        self.cancel_because(Cancelling::Called, now);
    }

    /// Cancels a task whose time is over during this attempt.
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

    /// The state as it is now: what runs on the server is cancelled there if the task is cancelled, and an export takes the
    /// route that another task has learned.
    pub(crate) fn next_state(&mut self, state: State) -> State {
        let State::Attempt(attempt) = state else { return state };
        match attempt.phase {
            Phase::QueryStatusBeforeCancel(_) | Phase::CancelTask(_) | Phase::QueryStatusAfterCancel(_) => {
                State::Attempt(attempt)
            }
            Phase::QueryStatus(remote) if self.is_cancelled() && remote.kind() == TaskKind::Import => {
                State::request(Phase::QueryStatusBeforeCancel(remote))
            }
            phase @ Phase::QueryStatus(_) if self.is_cancelled() => phase.cancels(),
            _ if self.is_cancelled() => {
                let reason = attempt.reason.clone().filter(|_| self.cancelling != Some(Cancelling::Called));
                Err(self.end(ErrorKind::Cancelled, &Attempt { reason, ..*attempt })).into()
            }
            Phase::StartExport(_, exporting) if self.learns_route() => {
                Attempt { phase: exporting.start(&self.routes), ..*attempt }.into()
            }
            _ => State::Attempt(attempt),
        }
    }

    /// Whether another task of the account has learned another route.
    fn learns_route(&mut self) -> bool {
        self.learned_route().is_some_and(|route| self.routes.prefer(route))
    }

    /// Whether the request may be made now, as far as the account is concerned.
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

    /// Why the server makes the task wait, if it does.
    pub(crate) fn busy(&self, attempt: &Attempt) -> Option<Reason> {
        if attempt.is_busy() {
            return attempt.reason.clone();
        }
        self.pace.as_ref().and_then(|pace| pace.waits_because())
    }

    /// The account is refused: tasks that have not begun are not begun.
    pub(crate) fn close(&mut self, reason: &Reason, now: Duration) {
        if let Some(pace) = &mut self.pace {
            pace.close(reason, now);
        }
    }

    /// The error of a task whose time is over, or will be before it may make its request.
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

    /// The error of a task that fails.
    pub(crate) fn end(&self, kind: ErrorKind, attempt: &Attempt) -> OperationError {
        let (phase, call) = (&attempt.phase, attempt.phase.call());
        let runs = match kind {
            ErrorKind::TaskFailed | ErrorKind::UnknownTask | ErrorKind::Cancelled | ErrorKind::Mismatch => {
                false
            }
            ErrorKind::UnknownOutcome => {
                call.sends_file() || matches!(attempt.reason, Some(Reason::MayContinue))
            }
            _ => matches!(
                phase,
                Phase::QueryStatus(_)
                    | Phase::QueryStatusBeforeCancel(_)
                    | Phase::CancelTask(_)
                    | Phase::QueryStatusAfterCancel(_)
            ),
        };
        let resume = phase.remote().map(|remote| self.to_resume(remote));
        let resume = resume.filter(|_| !matches!(kind, ErrorKind::TaskFailed | ErrorKind::Cancelled));
        let cancelled_there = kind == ErrorKind::Cancelled
            && matches!(phase, Phase::CancelTask(_) | Phase::QueryStatusAfterCancel(_));
        let mut reason = attempt.reason.clone();
        let kind = match (kind, &self.cancelling) {
            (ErrorKind::UnknownOutcome | ErrorKind::TaskFailed, _) => kind,
            // An import that could not be cancelled, or that the server says nothing sensible about, may yet create a base.
            (_, Some(_)) | (ErrorKind::BadAnswer, None) if runs && phase.imports() => {
                ErrorKind::UnknownOutcome
            }
            (_, Some(Cancelling::TimedOut)) => ErrorKind::Timeout,
            (_, Some(Cancelling::Busy(busy))) => {
                reason = Some(busy.clone());
                ErrorKind::Unavailable
            }
            _ => kind,
        };
        OperationError::from(Report {
            kind,
            call,
            server: self.server.url().to_owned(),
            about: self.about.clone(),
            workspace: phase.workspace(),
            timeout: self.policy.timeout,
            has_password: phase.export().is_some_and(Export::has_password),
            without_assets: phase.export().is_some_and(Export::is_without_assets),
            no_wait: phase.is_no_wait(),
            reason,
            retries: self.repeats,
            cancelled: self.cancelling == Some(Cancelling::Called),
            resume,
            may_still_run: runs || self.left_behind,
            not_started: false,
            cancelled_there,
            import_started: phase.imports(),
        })
    }
}

/// Why a request is not made now.
pub(crate) enum Delay {
    /// It is not its turn before this moment.
    Until(Duration),
    /// It will never be its turn.
    Never(OperationError),
}
