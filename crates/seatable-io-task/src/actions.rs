//! Carries out the verdicts of the [table](crate::problem::verdict).

use std::time::Duration;

use http::StatusCode;
use seatable_io_proto::{ListWorkspaces, Listing, Refusal};

use crate::core::Core;
use crate::export::{Exporting, Target};
use crate::phase::Phase;
use crate::problem::{Problem, Remember, Then, verdict};
use crate::remote::{Doubt, Origin};
use crate::state::{Attempt, State};
use crate::{ErrorKind, Reason, routes};

impl Core {
    /// Carries out the verdict. `is_spent`: the sink cannot receive another file.
    pub(crate) fn on_problem(
        &mut self,
        mut attempt: Attempt,
        problem: Problem,
        reason: Reason,
        is_spent: bool,
        now: Duration,
    ) -> State {
        let verdict = verdict(attempt.phase.call(), problem);
        self.remember(verdict.remember, &mut attempt.phase, &reason);
        self.learn_route(routes::shown(&attempt.phase, problem, &reason, self.learned_route()));
        attempt.reason = Some(reason);
        match verdict.then {
            then if then != Then::Stop && self.is_cancelled() && attempt.phase.fetches() => {
                self.over(ErrorKind::Cancelled, &Attempt { reason: None, ..attempt })
            }
            _ if is_spent => self.over(problem.kind(), &attempt),
            Then::Failed => self.over(ErrorKind::TaskFailed, &attempt),
            Then::Vanished => self.vanished(attempt),
            Then::Gone => self.gone(attempt),
            Then::Unknown => self.over(ErrorKind::UnknownOutcome, &attempt),
            // The request to cancel is more urgent than a repetition of this poll.
            _ if matches!(attempt.phase, Phase::QueryStatusBeforeCancel(_)) => {
                State::request(attempt.phase.cancels())
            }
            then => {
                let next = self.next_attempt(then, attempt, problem, now);
                next.unwrap_or_else(|(kind, attempt)| self.over(kind, &attempt))
            }
        }
    }

    /// Returns the state that another request leads to, or how the operation ends.
    fn next_attempt(&mut self, then: Then, attempt: Attempt, problem: Problem, now: Duration) -> Next {
        let (kind, all) = (problem.kind(), self.policy.new_exports);
        match then {
            Then::Retry => self.retry(attempt, kind, now),
            Then::RetryInTime => self.retry_in_time(attempt, kind, now),
            Then::RetryOrListOtherwise => self.retry(attempt, kind, now).or_else(|_| Ok(list_otherwise())),
            Then::ListOtherwise => Ok(list_otherwise()),
            Then::NormalizeName => self.normalize_name(attempt, kind),
            Then::NewExport => self.export_again(attempt, kind, all, now),
            Then::NewExportOnce => self.export_again(attempt, kind, all.min(1), now),
            Then::NextRoute => {
                self.routes.lacks(&attempt.phase);
                self.next_route(attempt)
                    .map_err(|attempt| (self.routes.end(&attempt.phase, problem), attempt))
            }
            Then::NextRouteOrNewExportOnce => {
                self.next_route(attempt).or_else(|attempt| self.export_again(attempt, kind, all.min(1), now))
            }
            Then::Unsupported => Err((ErrorKind::Unsupported, attempt)),
            Then::Failed | Then::Vanished | Then::Gone | Then::Unknown | Then::Stop => Err((kind, attempt)),
        }
    }

    fn remember(&mut self, what: Remember, phase: &mut Phase, reason: &Reason) {
        match (what, phase.doubt()) {
            (Remember::MayHaveActed, Some(doubt)) => *doubt = Doubt::Lost,
            (Remember::MayHaveActed, None) => self.left_behind = true,
            (Remember::MayHaveFailed, Some(doubt)) => doubt.may_have_failed(reason),
            (Remember::MayHaveFailed, None) | (Remember::Nothing, _) => {}
        }
    }

    fn retry(&mut self, attempt: Attempt, kind: ErrorKind, now: Duration) -> Next {
        let retries = attempt.retries.saturating_add(1);
        if retries > self.policy.retries {
            return Err((kind, attempt));
        }
        let wait = self.policy.retry_wait(retries, self.jitter.next());
        Ok(Attempt { retries, not_before: now.saturating_add(wait), ..attempt }.into())
    }

    fn retry_in_time(&mut self, attempt: Attempt, kind: ErrorKind, now: Duration) -> Next {
        let busy = attempt.busy.saturating_add(1);
        let wait = self.policy.retry_wait(busy, self.jitter.next());
        let then = now.checked_add(attempt.retry_after.map_or(wait, |asked| asked.max(wait)));
        let may_wait = self.report_busy(&attempt);
        match then {
            Some(then) if may_wait && (attempt.retry_after.is_none() || then <= self.deadline(now)) => {
                Ok(Attempt { busy, not_before: then, ..attempt }.into())
            }
            _ => {
                if let Some(reason) = &attempt.reason
                    && !self.is_cancelled()
                {
                    self.close(reason, now);
                }
                Err((kind, attempt))
            }
        }
    }

    /// Reports to the other operations of the account why they wait. Returns whether this one waits too.
    fn report_busy(&mut self, attempt: &Attempt) -> bool {
        match (&mut self.pace, &attempt.reason) {
            (Some(pace), Some(reason)) => {
                pace.refused_by(reason);
                !pace.tries()
            }
            _ => true,
        }
    }

    /// Servers normalize names to NFC when a base is created.
    fn normalize_name(&self, mut attempt: Attempt, kind: ErrorKind) -> Next {
        if let Phase::StartExport(_, exporting) | Phase::SynchronousExport(exporting) = &mut attempt.phase
            && let Target::Place(place) = &mut exporting.export.target
            && let Some(name) = place.name.to_nfc()
        {
            place.name = name;
            return Ok(State::request(self.routes.start(exporting.clone())));
        }
        Err((kind, attempt))
    }

    fn export_again(&mut self, attempt: Attempt, kind: ErrorKind, bound: u32, now: Duration) -> Next {
        let may = |exporting: &Exporting| exporting.again < bound && !exporting.contradicts_itself();
        let mut exporting = match attempt.phase.into_exporting(may) {
            Ok(exporting) => exporting,
            Err(phase) => {
                let kind = if self.deadline(now) <= now { ErrorKind::Timeout } else { kind };
                return Err((kind, Attempt { phase, ..attempt }));
            }
        };
        exporting.again = exporting.again.saturating_add(1);
        let wait = self.policy.retry_wait(exporting.again, self.jitter.next());
        let (not_before, phase) = (now.saturating_add(wait), self.routes.start(exporting));
        Ok(Attempt { not_before, reason: attempt.reason, ..Attempt::new(phase) }.into())
    }

    fn next_route(&self, attempt: Attempt) -> Result<State, Attempt> {
        let next = self.routes.next(attempt.phase);
        next.map(State::request).map_err(|phase| Attempt { phase, ..attempt })
    }

    /// The server does not know the task that was polled. That alone proves nothing: any start of a task, a restart, or
    /// someone else's poll makes a server forget tasks.
    fn vanished(&self, mut attempt: Attempt) -> State {
        // Only current servers answer 404, and only they report a failure.
        let refusal = attempt.reason.as_ref().and_then(Reason::refusal);
        let is_current = refusal.map(Refusal::status) == Some(StatusCode::NOT_FOUND);
        if matches!(attempt.phase, Phase::QueryStatusAfterCancel(_)) {
            if is_current {
                // It may run to its end.
                return self.over_because(ErrorKind::UnknownOutcome, attempt, Reason::MayContinue);
            }
            return self.cancelled(attempt.phase);
        }
        if is_current && let Some(Doubt::Failed(failure)) = attempt.phase.doubt() {
            let failure = failure.clone();
            return self.over_because(ErrorKind::TaskFailed, attempt, failure);
        }
        match attempt.phase {
            Phase::QueryStatus(remote) if matches!(remote.origin, Origin::Export(_)) => {
                State::request(Phase::ExportContent(remote, self.routes.address()))
            }
            Phase::QueryStatus(ref remote) | Phase::QueryStatusBeforeCancel(ref remote)
                if matches!(remote.origin, Origin::Import(_)) =>
            {
                self.over(ErrorKind::UnknownOutcome, &attempt)
            }
            _ => self.over(ErrorKind::UnknownTask, &attempt),
        }
    }

    /// The server does not know the task that was to be cancelled.
    fn gone(&self, attempt: Attempt) -> State {
        match attempt.phase.remote().map(|remote| &remote.origin) {
            Some(Origin::Export(_)) => self.over(ErrorKind::Cancelled, &Attempt { reason: None, ..attempt }),
            Some(Origin::Import(_)) => self.over(ErrorKind::UnknownOutcome, &attempt),
            _ => self.over(ErrorKind::UnknownTask, &attempt),
        }
    }
}

/// The next state, or the kind of error with which the operation ends and the last attempt.
type Next = Result<State, (ErrorKind, Attempt)>;

/// Lists the workspaces, although the server did not list the bases that the account administers.
fn list_otherwise() -> State {
    State::request(Phase::ListWorkspaces(ListWorkspaces::with_bases(), Listing::unconfirmed()))
}
