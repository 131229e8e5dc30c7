//! Carries out the verdicts of the [table](crate::problem::verdict).

use std::time::Duration;

use http::StatusCode;
use seatable_io_proto::{ContentAddress, ListWorkspaces, Listing, Refusal, ReplyError};

use crate::core::Core;
use crate::job::Exporting;
use crate::phase::{Attempt, Doubt, Origin, Phase, State};
use crate::problem::{Problem, Remember, Then, verdict};
use crate::{ErrorKind, Reason, Route};

impl Core {
    /// Carries out the verdict. `spent`: the sink cannot receive another file.
    pub(crate) fn on_problem(
        &mut self,
        mut attempt: Attempt,
        problem: Problem,
        reason: Reason,
        spent: bool,
        now: Duration,
    ) -> State {
        let verdict = verdict(attempt.phase.call(), problem);
        self.remember(verdict.remember, &mut attempt.phase, &reason);
        self.learn_route_from(&attempt.phase, problem, &reason);
        attempt.reason = Some(reason);
        let again = self.policy.new_exports;
        match verdict.then {
            then if then != Then::Stop && self.is_cancelled() && attempt.phase.fetches() => {
                self.over(ErrorKind::Cancelled, &Attempt { reason: None, ..attempt })
            }
            _ if spent => self.over(problem.kind(), &attempt),
            Then::Failed => self.over(ErrorKind::TaskFailed, &attempt),
            Then::Vanished => self.vanished(attempt, problem),
            Then::Gone => self.gone(attempt, problem),
            // The request to cancel is more urgent than a repetition of this poll.
            _ if matches!(attempt.phase, Phase::QueryStatusBeforeCancel(_)) => attempt.phase.cancels(),
            Then::Retry => {
                self.retry(attempt, now).unwrap_or_else(|attempt| self.over(problem.kind(), &attempt))
            }
            Then::RetryInTime => self.retry_in_time(attempt, problem, now),
            Then::RetryOrListOtherwise => self.retry(attempt, now).unwrap_or_else(|_| Self::list_otherwise()),
            Then::ListOtherwise => Self::list_otherwise(),
            Then::NormalizeName => self.normalize_name(attempt, problem),
            Then::NewExport => self.export_again(attempt, problem, again, now),
            Then::NewExportOnce => self.export_again(attempt, problem, again.min(1), now),
            Then::NextRoute => {
                self.lacks(&attempt.phase);
                let next = self.next_route(attempt);
                next.unwrap_or_else(|attempt| self.over(self.no_route(&attempt.phase, problem), &attempt))
            }
            Then::NextRouteOrNewExportOnce => {
                let next = self.next_route(attempt);
                next.unwrap_or_else(|attempt| self.export_again(attempt, problem, again.min(1), now))
            }
            Then::Unknown => self.over(ErrorKind::UnknownOutcome, &attempt),
            Then::Stop => self.over(problem.kind(), &attempt),
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

    pub(crate) fn over(&self, kind: ErrorKind, attempt: &Attempt) -> State {
        Err(self.end(kind, attempt)).into()
    }

    pub(crate) fn over_because(&self, kind: ErrorKind, attempt: Attempt, reason: Reason) -> State {
        self.over(kind, &Attempt { reason: Some(reason), ..attempt })
    }

    /// The next attempt; the failed one if it was the last.
    fn retry(&mut self, attempt: Attempt, now: Duration) -> Result<State, Attempt> {
        let retries = attempt.retries.saturating_add(1);
        if retries > self.policy.retries {
            return Err(attempt);
        }
        let wait = self.policy.retry_wait(retries, self.jitter.next());
        Ok(Attempt { retries, not_before: now.saturating_add(wait), ..attempt }.into())
    }

    /// Lists the workspaces, although the server did not say what the account administers.
    fn list_otherwise() -> State {
        let known = Listing::unconfirmed();
        State::request(Phase::ListWorkspaces(ListWorkspaces::with_bases(), known))
    }

    /// Servers normalize names to NFC when a base is created.
    fn normalize_name(&self, mut attempt: Attempt, problem: Problem) -> State {
        let (Phase::StartExport(_, exporting) | Phase::SynchronousExport(exporting)) = &mut attempt.phase
        else {
            return self.over(problem.kind(), &attempt);
        };
        match exporting.export.base.to_nfc() {
            Some(name) => {
                exporting.export.base = name;
                State::request(exporting.clone().start(&self.routes))
            }
            None => self.over(problem.kind(), &attempt),
        }
    }

    fn retry_in_time(&mut self, attempt: Attempt, problem: Problem, now: Duration) -> State {
        let busy = attempt.busy.saturating_add(1);
        let wait = self.policy.retry_wait(busy, self.jitter.next());
        let response = attempt.reason.as_ref().and_then(Reason::reply_error);
        let asked = response.and_then(ReplyError::refusal).and_then(Refusal::retry_after);
        let then = now.checked_add(asked.map_or(wait, |asked| asked.max(wait)));
        let tries = self.refused(&attempt);
        match then {
            Some(then) if !tries && (asked.is_none() || then <= self.deadline(now)) => {
                Attempt { busy, not_before: then, ..attempt }.into()
            }
            _ => {
                if let Some(reason) = &attempt.reason
                    && !self.is_cancelled()
                {
                    self.close(reason, now);
                }
                self.over(problem.kind(), &attempt)
            }
        }
    }

    /// Tells the other tasks of the account why they wait. Returns whether this one does not wait.
    fn refused(&mut self, attempt: &Attempt) -> bool {
        match (&mut self.pace, &attempt.reason) {
            (Some(pace), Some(reason)) => {
                pace.refused_by(reason);
                pace.tries()
            }
            _ => false,
        }
    }

    fn export_again(&mut self, attempt: Attempt, problem: Problem, bound: u32, now: Duration) -> State {
        let may = |exporting: &Exporting| exporting.again < bound && !exporting.contradicts_itself();
        let mut exporting = match attempt.phase.into_exporting(may) {
            Ok(exporting) => exporting,
            Err(phase) => {
                let kind = if self.deadline(now) <= now { ErrorKind::Timeout } else { problem.kind() };
                return self.over(kind, &Attempt { phase, ..attempt });
            }
        };
        exporting.again = exporting.again.saturating_add(1);
        let wait = self.policy.retry_wait(exporting.again, self.jitter.next());
        let (not_before, phase) = (now.saturating_add(wait), exporting.start(&self.routes));
        Attempt { not_before, reason: attempt.reason, ..Attempt::new(phase) }.into()
    }

    /// What a problem shows of how this server exports.
    fn learn_route_from(&mut self, phase: &Phase, problem: Problem, reason: &Reason) {
        let refusal = reason.reply_error().and_then(ReplyError::refusal);
        let is_application = refusal.is_some_and(Refusal::has_error_msg);
        match (phase, problem) {
            (Phase::StartExport(..), Problem::NoSuchAddress) => self.learn_route(Route::Synchronous),
            (Phase::SynchronousExport(_), Problem::NoSuchAddress) => self.learn_that_tasks_export(),
            (Phase::ExportContent(_, ContentAddress::Api), Problem::NoSuchAddress)
                if self.learned_route() != Some(Route::Synchronous) =>
            {
                self.learn_route(Route::Site);
            }
            (Phase::StartExport(..), _) if is_application => self.learn_that_tasks_export(),
            (Phase::SynchronousExport(_), _) if is_application => self.learn_route(Route::Synchronous),
            _ => {}
        }
    }

    /// How the server exports, if a task of the account has learned it.
    pub(crate) fn learned_route(&self) -> Option<Route> {
        self.pace.as_ref().and_then(|pace| pace.route())
    }

    pub(crate) fn learn_route(&mut self, route: Route) {
        self.pace.iter_mut().for_each(|pace| pace.learn_route(route));
    }

    /// Where the file of a task is served may be known already.
    pub(crate) fn learn_that_tasks_export(&mut self) {
        if !matches!(self.learned_route(), Some(Route::Api | Route::Site)) {
            self.learn_route(Route::Api);
        }
    }

    /// Remembers that the server does not have the address of this phase.
    fn lacks(&mut self, phase: &Phase) {
        match phase {
            Phase::StartExport(..) => self.routes.start = false,
            Phase::ExportContent(_, address) => self.routes.lacks(*address),
            Phase::SynchronousExport(_) => self.routes.synchronous = false,
            _ => {}
        }
    }

    /// The next place where this server may have the file; the failed attempt if there is none.
    fn next_route(&self, attempt: Attempt) -> Result<State, Attempt> {
        let next = match attempt.phase {
            Phase::ExportContent(remote, ContentAddress::Api) if self.routes.site => {
                Ok(Phase::ExportContent(remote, ContentAddress::Site))
            }
            // Only if the server certainly has no such address; an error page does not prove that.
            Phase::ExportContent(remote, ContentAddress::Site) if self.routes.api && !self.routes.site => {
                Ok(Phase::ExportContent(remote, ContentAddress::Api))
            }
            Phase::StartExport(_, exporting) if self.routes.synchronous && !exporting.needs_task() => {
                Ok(Phase::SynchronousExport(exporting))
            }
            phase @ Phase::ExportContent(..) => {
                let may = |exporting: &Exporting| self.routes.synchronous && !exporting.needs_task();
                phase.into_exporting(may).map(Phase::SynchronousExport)
            }
            Phase::SynchronousExport(exporting)
                if self.routes.serves_tasks() && !exporting.export.needs_synchronous() =>
            {
                Ok(exporting.start(&self.routes))
            }
            phase => Err(phase),
        };
        next.map(State::request).map_err(|phase| Attempt { phase, ..attempt })
    }

    /// How a task ends that has no route left.
    fn no_route(&self, phase: &Phase, problem: Problem) -> ErrorKind {
        match phase {
            Phase::SynchronousExport(exporting) if exporting.export.needs_synchronous() => {
                ErrorKind::Unsupported
            }
            Phase::StartExport(_, exporting) if exporting.needs_task() => ErrorKind::Unsupported,
            Phase::SynchronousExport(_) if self.routes.start => ErrorKind::BadAnswer,
            _ => problem.kind(),
        }
    }

    /// The server does not know the task that was polled. That alone proves nothing: any start of a task, a restart, or
    /// someone else's poll makes a server forget tasks.
    fn vanished(&self, mut attempt: Attempt, problem: Problem) -> State {
        // Only current servers answer 404, and only they report a failure.
        let is_current = attempt.status() == Some(StatusCode::NOT_FOUND);
        let failure = match attempt.phase.doubt() {
            Some(Doubt::Failed(failure)) if is_current => Some(failure.clone()),
            _ => None,
        };
        match attempt.phase {
            // It may run to its end.
            Phase::QueryStatusAfterCancel(_) if is_current => {
                self.over_because(ErrorKind::UnknownOutcome, attempt, Reason::MayContinue)
            }
            Phase::QueryStatusAfterCancel(_) => self.cancelled(attempt.phase),
            _ if let Some(failure) = failure => self.over_because(ErrorKind::TaskFailed, attempt, failure),
            Phase::QueryStatus(remote) if matches!(remote.origin, Origin::Export(_)) => {
                State::request(Phase::ExportContent(remote, self.routes.address()))
            }
            Phase::QueryStatus(_) => self.over(ErrorKind::UnknownOutcome, &attempt),
            Phase::QueryStatusBeforeCancel(ref remote) if matches!(remote.origin, Origin::Import(_)) => {
                self.over(ErrorKind::UnknownOutcome, &attempt)
            }
            _ => self.over(problem.kind(), &attempt),
        }
    }

    /// The server does not know the task that was to be cancelled.
    fn gone(&self, attempt: Attempt, problem: Problem) -> State {
        match attempt.phase.remote().map(|remote| &remote.origin) {
            Some(Origin::Export(_)) => self.over(ErrorKind::Cancelled, &Attempt { reason: None, ..attempt }),
            Some(Origin::Import(_)) => self.over(ErrorKind::UnknownOutcome, &attempt),
            _ => self.over(problem.kind(), &attempt),
        }
    }
}
