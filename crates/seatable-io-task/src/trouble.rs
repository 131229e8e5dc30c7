//! Carries out the verdicts of the [table](crate::verdict::verdict).

use std::time::Duration;

use seatable_io_proto::{ContentAddress, Refusal};

use crate::phase::{Attempt, Doubt, Origin, Phase, State};
use crate::task::Core;
use crate::verdict::{Remember, Then, Trouble, verdict};
use crate::{Cause, ErrorKind};

impl Core {
    /// Carries out the verdict. `spent`: the sink cannot receive another file.
    pub(crate) fn on_trouble(
        &mut self,
        mut attempt: Attempt,
        trouble: Trouble,
        cause: Cause,
        spent: bool,
        now: Duration,
    ) -> State {
        let verdict = verdict(attempt.phase.call(), trouble);
        self.remember(verdict.remember, &mut attempt.phase, &cause);
        let earlier_cause = attempt.cause.replace(cause);
        match verdict.then {
            then if then != Then::Stop && self.is_cancelled() && attempt.phase.fetches() => {
                self.over(ErrorKind::Cancelled, &Attempt { cause: None, ..attempt })
            }
            _ if spent => self.over(trouble.kind(), &attempt),
            Then::Retry => self.retry(attempt, trouble, now),
            Then::RetryInTime => self.retry_in_time(attempt, trouble, now),
            Then::NewExport => self.export_again(attempt, trouble, self.policy.new_exports, now),
            Then::NewExportOnce => self.export_again(attempt, trouble, self.policy.new_exports.min(1), now),
            Then::NewExportIfInDoubt if attempt.phase.end_is_lost() => {
                self.export_again(attempt, trouble, self.policy.new_exports, now)
            }
            Then::NextRoute => {
                self.lacks(&attempt.phase);
                let next = self.next_route(attempt);
                next.unwrap_or_else(|attempt| self.over(self.no_route(&attempt.phase, trouble), &attempt))
            }
            Then::NextRouteOrNewExport => {
                let next = self.next_route(attempt);
                next.unwrap_or_else(|attempt| {
                    self.export_again(attempt, trouble, self.policy.new_exports, now)
                })
            }
            Then::Failed => self.over(ErrorKind::TaskFailed, &attempt),
            Then::Vanished => self.vanished(attempt, trouble),
            Then::Gone => self.gone(attempt, earlier_cause, trouble),
            Then::Unknown => self.over(ErrorKind::Unknown, &attempt),
            Then::NewExportIfInDoubt | Then::Stop => self.over(trouble.kind(), &attempt),
        }
    }

    fn remember(&mut self, what: Remember, phase: &mut Phase, cause: &Cause) {
        match (what, phase) {
            (Remember::MayHaveActed, Phase::Poll(remote)) => remote.doubt = Doubt::Lost,
            (Remember::MayHaveActed, Phase::Look(_, doubt)) => *doubt = Doubt::Lost,
            (Remember::MayHaveActed, Phase::Cancel(_, earlier)) => *earlier = true,
            (Remember::MayHaveActed, _) => self.left_behind = true,
            (Remember::MayHaveFailed, Phase::Poll(remote)) => remote.doubt.may_have_failed(cause),
            (Remember::MayHaveFailed, Phase::Look(_, doubt)) => doubt.may_have_failed(cause),
            (Remember::MayHaveFailed | Remember::Nothing, _) => {}
        }
    }

    pub(crate) fn over(&self, kind: ErrorKind, attempt: &Attempt) -> State {
        Err(self.end(kind, attempt)).into()
    }

    pub(crate) fn over_because(&self, kind: ErrorKind, attempt: Attempt, cause: Cause) -> State {
        self.over(kind, &Attempt { cause: Some(cause), ..attempt })
    }

    fn retry(&mut self, attempt: Attempt, trouble: Trouble, now: Duration) -> State {
        let retries = attempt.retries.saturating_add(1);
        if retries > self.policy.retries {
            return self.over(trouble.kind(), &attempt);
        }
        let wait = self.policy.retry_wait(retries, self.jitter.next());
        Attempt { retries, not_before: now.saturating_add(wait), ..attempt }.into()
    }

    fn retry_in_time(&mut self, attempt: Attempt, trouble: Trouble, now: Duration) -> State {
        let busy = attempt.busy.saturating_add(1);
        let wait = self.policy.retry_wait(busy, self.jitter.next());
        let asked = match &attempt.cause {
            Some(Cause::Answer(answer)) => answer.refusal().and_then(Refusal::retry_after),
            _ => None,
        };
        match now.checked_add(asked.map_or(wait, |asked| asked.max(wait))) {
            Some(then) if asked.is_none() || then <= self.deadline(now) => {
                Attempt { busy, not_before: then, ..attempt }.into()
            }
            _ => self.over(trouble.kind(), &attempt),
        }
    }

    fn export_again(&mut self, attempt: Attempt, trouble: Trouble, bound: u32, now: Duration) -> State {
        let mut exporting = match attempt.phase.into_exporting(|exporting| exporting.again < bound) {
            Ok(exporting) => exporting,
            Err(phase) => return self.over(trouble.kind(), &Attempt { phase, ..attempt }),
        };
        exporting.again = exporting.again.saturating_add(1);
        let wait = self.policy.retry_wait(exporting.again, self.jitter.next());
        let (not_before, phase) = (now.saturating_add(wait), exporting.start(&self.routes));
        Attempt { not_before, cause: attempt.cause, ..Attempt::new(phase) }.into()
    }

    /// Remembers that the server does not have the address of this phase.
    fn lacks(&mut self, phase: &Phase) {
        match phase {
            Phase::StartExport(..) => self.routes.start = false,
            Phase::Fetch(_, address) => self.routes.lacks(*address),
            Phase::SynchronousExport(_) => self.routes.synchronous = false,
            _ => {}
        }
    }

    /// The next place where this server may have the file; the failed attempt if there is none.
    fn next_route(&self, attempt: Attempt) -> Result<State, Attempt> {
        let next = match attempt.phase {
            Phase::Fetch(remote, ContentAddress::Api) if self.routes.site => {
                Ok(Phase::Fetch(remote, ContentAddress::Site))
            }
            // Only if the server certainly has no such address; an error page does not prove that.
            Phase::Fetch(remote, ContentAddress::Site) if self.routes.api && !self.routes.site => {
                Ok(Phase::Fetch(remote, ContentAddress::Api))
            }
            Phase::StartExport(_, exporting) if self.routes.synchronous && !exporting.export.needs_task() => {
                Ok(Phase::SynchronousExport(exporting))
            }
            phase @ Phase::Fetch(..) => {
                phase.into_exporting(|_| self.routes.synchronous).map(Phase::SynchronousExport)
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
    fn no_route(&self, phase: &Phase, trouble: Trouble) -> ErrorKind {
        match phase {
            Phase::SynchronousExport(exporting) if exporting.export.needs_synchronous() => {
                ErrorKind::Unsupported
            }
            Phase::StartExport(_, exporting) if exporting.export.needs_task() => ErrorKind::Unsupported,
            Phase::SynchronousExport(_) if self.routes.start => ErrorKind::BadAnswer,
            _ => trouble.kind(),
        }
    }

    /// The server does not know the task that was polled.
    fn vanished(&self, attempt: Attempt, trouble: Trouble) -> State {
        let doubt = match attempt.phase {
            Phase::Poll(remote) if remote.doubt.is_lost() && matches!(remote.origin, Origin::Export(_)) => {
                return State::request(Phase::Fetch(remote, self.routes.address()));
            }
            Phase::Poll(ref remote) => &remote.doubt,
            Phase::Look(_, ref doubt) => doubt,
            _ => &Doubt::None,
        };
        match doubt.clone() {
            Doubt::Lost => self.over(ErrorKind::Unknown, &attempt),
            Doubt::Failed(cause) => self.over_because(ErrorKind::TaskFailed, attempt, cause),
            Doubt::None if matches!(attempt.phase, Phase::Look(..)) => self.over(trouble.kind(), &attempt),
            Doubt::None => self.over(ErrorKind::TaskFailed, &attempt),
        }
    }

    /// The server does not know the task that was to be cancelled. `cause` is why the request was repeated.
    fn gone(&self, attempt: Attempt, cause: Option<Cause>, trouble: Trouble) -> State {
        let Phase::Cancel(remote, earlier) = &attempt.phase else {
            return self.over(trouble.kind(), &attempt);
        };
        match (&remote.origin, &remote.doubt) {
            (Origin::Import(_), Doubt::Lost) => self.over(ErrorKind::Unknown, &attempt),
            (Origin::Import(_), Doubt::Failed(failure)) => {
                let failure = failure.clone();
                self.over_because(ErrorKind::TaskFailed, attempt, failure)
            }
            (Origin::Export(_), _) => self.over(ErrorKind::Cancelled, &Attempt { cause, ..attempt }),
            _ if *earlier => self.cancelled(attempt.phase, cause),
            (Origin::Import(_), Doubt::None) => self.over(ErrorKind::Unknown, &attempt),
            (Origin::Other(_), _) => self.over(trouble.kind(), &attempt),
        }
    }
}
