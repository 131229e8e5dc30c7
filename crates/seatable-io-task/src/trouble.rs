//! What the [table](crate::verdict)'s verdicts lead to.

use std::time::{Duration, Instant};

use http::StatusCode;
use seatable_io_proto::{ArchiveFault, ContentAddress, Refusal, Server};

use crate::job::{Job, Routes};
use crate::outcome::Report;
use crate::task::{Ask, Cancelling, Phase};
use crate::{Call, Cause, ErrorKind, Export, Resume, Task, TaskError, Trouble, Verdict, verdict};

impl Export {
    /// The call that an export begins with.
    pub(crate) fn ask(&self, routes: &Routes, server: &Server) -> Ask {
        match &self.start {
            Some(start) if routes.task_first() && !self.needs_synchronous => {
                Ask::new(Call::StartExport, start, server)
            }
            _ => Ask::new(Call::SynchronousExport, &self.synchronous, server),
        }
    }
}

impl Task {
    /// Does what the table says.
    pub(crate) fn meet(&mut self, trouble: Trouble, cause: Cause, now: Instant) {
        let Phase::Ask(ask) = &self.phase else { return };
        let call = ask.call;
        self.mark(call, trouble);
        let last = self.trouble.replace(cause);
        match verdict(call, trouble) {
            Verdict::Repeat => self.repeat(now),
            Verdict::RepeatLost => {
                self.lost = true;
                self.repeat(now);
            }
            Verdict::RepeatFailed => {
                self.doubtful_failure.clone_from(&self.trouble);
                self.repeat(now);
            }
            Verdict::RepeatInTime => self.repeat_in_time(now),
            Verdict::NewExport => self.export_anew(self.policy.new_exports, now),
            Verdict::NewExportOnce => self.export_anew(self.policy.new_exports.min(1), now),
            Verdict::NextRoute => self.next_route(call, true, now),
            Verdict::NextRouteOrNewExport => self.next_route(call, false, now),
            Verdict::Failed => self.end(ErrorKind::TaskFailed),
            Verdict::Vanished => self.vanished(),
            Verdict::Gone => self.gone(last),
            Verdict::Unknown => self.end(ErrorKind::Unknown),
            Verdict::Stop if call == Call::Content && self.lost && self.not_there() => {
                self.export_anew(self.policy.new_exports, now);
            }
            Verdict::Stop => self.give_up(),
        }
    }

    /// Remembers that the server may have acted on what it did not answer well.
    fn mark(&mut self, call: Call, trouble: Trouble) {
        let may_have_acted = [
            Trouble::Broken,
            Trouble::Error500,
            Trouble::Error504,
            Trouble::Error5xx,
            Trouble::NotUnderstood,
        ];
        if may_have_acted.contains(&trouble) {
            match call {
                Call::StartExport | Call::SynchronousExport => self.orphan = true,
                Call::Cancel => self.cancel = Cancelling::Lost,
                _ => {}
            }
        }
    }

    fn repeat(&mut self, now: Instant) {
        self.repeats = self.repeats.saturating_add(1);
        if self.repeats > self.policy.repeats {
            return self.give_up();
        }
        let draw = self.draw();
        self.rest(self.policy.repeat_wait(self.repeats, draw), now);
    }

    fn repeat_in_time(&mut self, now: Instant) {
        let asked = match &self.trouble {
            Some(Cause::Answer(answer)) => answer.refusal().and_then(Refusal::retry_after),
            _ => None,
        };
        let Some(asked) = asked else {
            self.busy = self.busy.saturating_add(1);
            let draw = self.draw();
            return self.rest(self.policy.repeat_wait(self.busy, draw), now);
        };
        let wait = asked.max(*self.policy.backoff.start());
        match (now.checked_add(wait), self.deadline) {
            (None, _) => self.give_up(),
            (Some(then), Some(deadline)) if then > deadline => self.give_up(),
            _ => self.rest(wait, now),
        }
    }

    fn draw(&mut self) -> u64 {
        self.draws = self.draws.wrapping_add(1);
        self.policy.draw(self.draws)
    }

    /// Asks the same again, after a wait.
    pub(crate) fn rest(&mut self, wait: Duration, now: Instant) {
        match (&mut self.phase, now.checked_add(wait).or(self.deadline)) {
            (Phase::Ask(ask), Some(then)) => {
                ask.not_before = Some(then);
                ask.sent = false;
                ask.answer = None;
            }
            _ => self.give_up(),
        }
    }

    fn export_anew(&mut self, bound: u32, now: Instant) {
        if self.cancel != Cancelling::No {
            return self.cancelled();
        }
        let Job::Export(Some(export)) = &self.job else { return self.give_up() };
        if self.exports >= bound || (export.one_pass && self.handed_out) {
            return self.give_up();
        }
        let (ask, trouble) = (export.ask(&self.routes, &self.server), self.trouble.take());
        self.ask(ask);
        self.trouble = trouble;
        self.exports = self.exports.saturating_add(1);
        self.started = None;
        self.lost = false;
        self.doubtful_failure = None;
        let draw = self.draw();
        self.rest(self.policy.repeat_wait(self.exports, draw), now);
    }

    /// Goes on where this server may have the file. `strike`: it has none where it was asked for.
    fn next_route(&mut self, call: Call, strike: bool, now: Instant) {
        if strike {
            self.routes.strike(call);
        }
        let Job::Export(export) = &self.job else { return self.give_up() };
        let asked_api = call == Call::Content && self.routes.at == ContentAddress::Api;
        match export {
            _ if asked_api && self.routes.site => self.fetch(ContentAddress::Site),
            Some(export) if call != Call::SynchronousExport && self.routes.synchronous => {
                let ask = Ask::new(Call::SynchronousExport, &export.synchronous, &self.server);
                self.ask(ask);
            }
            Some(export) if call == Call::SynchronousExport && export.needs_synchronous => {
                self.end(ErrorKind::Unsupported);
            }
            Some(export) if call == Call::SynchronousExport && self.routes.by_task() => {
                let ask = export.ask(&self.routes, &self.server);
                self.ask(ask);
            }
            Some(_) if call == Call::SynchronousExport && self.routes.start => self.end(ErrorKind::BadAnswer),
            _ if strike => self.give_up(),
            _ => self.export_anew(self.policy.new_exports, now),
        }
    }

    /// The server does not know the task that was polled.
    fn vanished(&mut self) {
        match (&self.job, self.doubtful_failure.take()) {
            (Job::Export(_), _) if self.lost => self.fetch(self.routes.address()),
            _ if self.lost => self.end(ErrorKind::Unknown),
            (_, Some(failure)) => {
                self.trouble = Some(failure);
                self.end(ErrorKind::TaskFailed);
            }
            (Job::Look, None) => self.give_up(),
            (_, None) => self.end(ErrorKind::TaskFailed),
        }
    }

    /// The server does not know the task that was to be cancelled.
    fn gone(&mut self, last: Option<Cause>) {
        let import = matches!(self.job, Job::Import(_));
        match self.doubtful_failure.take() {
            _ if import && self.lost => self.end(ErrorKind::Unknown),
            Some(failure) if import => {
                self.trouble = Some(failure);
                self.end(ErrorKind::TaskFailed);
            }
            _ if self.cancel == Cancelling::Lost => {
                self.trouble = last;
                self.end(ErrorKind::Cancelled);
            }
            _ if import => self.end(ErrorKind::Unknown),
            _ => self.end(ErrorKind::Cancelled),
        }
    }

    fn not_there(&self) -> bool {
        let Some(Cause::Answer(answer)) = &self.trouble else { return false };
        matches!(answer.status(), StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND)
    }

    /// Ends with the trouble that was met last.
    fn give_up(&mut self) {
        let kind = self.trouble.as_ref().map_or(ErrorKind::Unavailable, kind_of);
        self.end(kind);
    }

    /// Ends without success.
    pub(crate) fn end(&mut self, kind: ErrorKind) {
        let Phase::Ask(ask) = &self.phase else { return };
        let (call, import) = (ask.call, matches!(self.job, Job::Import(_)));
        let resume = match kind {
            ErrorKind::TaskFailed => None,
            ErrorKind::Cancelled if !import => None,
            _ => self.started.clone(),
        };
        let runs = match kind {
            ErrorKind::TaskFailed | ErrorKind::Cancelled => false,
            ErrorKind::Unknown => call == Call::StartImport,
            _ => matches!(call, Call::Status | Call::Cancel) && self.started.is_some(),
        };
        let doubt = self.lost || call == Call::Content;
        self.phase = Phase::Done(Err(TaskError::from(Report {
            kind,
            call,
            about: self.about.clone(),
            cause: self.trouble.clone(),
            repeats: self.repeats.min(self.policy.repeats).saturating_add(self.exports),
            cancelled: self.cancel != Cancelling::No,
            resume: resume.map(|resume| Resume { doubt, ..resume }),
            may_still_run: runs || self.orphan,
        })));
    }
}

/// How a task ends that can do no more about this.
fn kind_of(cause: &Cause) -> ErrorKind {
    match cause {
        Cause::Answer(answer) => match answer.refusal().map(Refusal::status) {
            Some(StatusCode::TOO_MANY_REQUESTS) => ErrorKind::Unavailable,
            Some(status) if status.is_server_error() => ErrorKind::Unavailable,
            Some(status) if status.is_client_error() => ErrorKind::Refused,
            _ => ErrorKind::BadAnswer,
        },
        Cause::Archive(ArchiveFault::NotZip | ArchiveFault::Empty) | Cause::NoTask => ErrorKind::BadAnswer,
        Cause::Archive(_) | Cause::Length { .. } | Cause::NotSent | Cause::Interrupted | Cause::TimedOut => {
            ErrorKind::Unavailable
        }
        Cause::Untrusted => ErrorKind::Untrusted,
        Cause::Preview => ErrorKind::Refused,
    }
}
