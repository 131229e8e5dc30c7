//! An operation between two requests.

use std::fmt;
use std::time::Duration;

use seatable_io_proto::{Server, TaskId, TaskKind};
use uuid::Uuid;

use crate::core::{Core, Delay};
use crate::error::About;
use crate::exchange::Exchange;
use crate::export::{Exporting, Target};
use crate::pace::Paced;
use crate::pages::Pages;
use crate::phase::Phase;
use crate::remote::{Doubt, Origin, Remote};
use crate::state::State;
use crate::{
    Accepted, ErrorKind, Export, Import, OperationError, Outcome, Pace, Place, Policy, Progress, Reason,
    Resume, Scope,
};

/// The next thing to do. There are no other cases: match it exhaustively.
#[derive(Debug)]
pub enum Step {
    /// Send this request.
    Send(Exchange),
    /// Step again at this moment. Stepping earlier does no harm.
    Wait(Operation, Duration),
    /// The operation is over.
    Done(Result<Outcome, OperationError>),
}

/// An import, an export or a listing while no request is in flight.
///
/// It is a plain value: it has no clock, does no I/O and never panics. A moment is the time since a start that the driver
/// chooses, which is the same for all calls. The [crate's documentation](crate) shows a complete driver.
pub struct Operation {
    pub(crate) core: Box<Core>,
    pub(crate) state: State,
}

impl Operation {
    /// Imports a file.
    ///
    /// `seed` must be random, because a file whose author can predict it can add form fields to the request
    /// ([`ImportFile::new`](seatable_io_proto::ImportFile::new)).
    pub fn import(server: Server, import: Import, policy: Policy, seed: u128) -> Self {
        let about = About::Base(import.file.name().base().to_owned());
        let is_table = import.file.name().format().is_table();
        let import = Box::new(Import { file: import.file.boundary(Uuid::from_u128(seed)), ..import });
        let phase = if is_table { Phase::FindTableImport(import) } else { Phase::StartImport(import) };
        Self::new(Core::new(server, policy, seed, about, None), phase)
    }

    /// Exports a base. `seed` varies the waits, and should be random.
    pub fn export(server: Server, export: Export, policy: Policy, seed: u128) -> Self {
        let about = match &export.target {
            Target::Place(place) => About::Base(place.name.to_string()),
            Target::Uuid(call) => About::Uuid(call.uuid().to_string()),
        };
        let core = Core::new(server, policy, seed, about, Some(export.route));
        let exporting = Box::new(Exporting::new(export));
        let contradicts_itself = exporting.contradicts_itself();
        let phase = core.routes.start(exporting);
        Self::new(core, phase).over_if(contradicts_itself, ErrorKind::Unsupported, Reason::NoTaskToResume)
    }

    /// Waits for a task that was started earlier and, if it is an export, fetches its file. `seed` is as for
    /// [`export`](Self::export).
    ///
    /// Ends with [`Mismatch`](ErrorKind::Mismatch) if `resume` is from another server, or if its base must be exported again
    /// and its name now belongs to another base.
    pub fn resume(server: Server, resume: Resume, policy: Policy, seed: u128) -> Self {
        let exporting = |place: &Place| {
            let export = Exporting::new(Export::new(place.workspace, place.name.clone()));
            Box::new(Exporting { uuid: Some(resume.base.clone()), ..export })
        };
        let origin = match resume.kind {
            TaskKind::Import => Origin::Import(None),
            TaskKind::Export => Origin::Export(resume.place.as_ref().map(exporting)),
        };
        let about = match &resume.place {
            Some(place) => About::Base(place.name.to_string()),
            None => About::task(&resume.task),
        };
        let core = Core::new(server, policy, seed, about, resume.route);
        Self::existing(core, resume, origin, Phase::QueryStatus)
    }

    /// Polls a task once, and ends with [`Outcome::Running`] or [`Outcome::Finished`]. A server reports the end of a task only
    /// once, so the caller must remember it. `seed` is as for [`export`](Self::export).
    pub fn poll_once(server: Server, task: TaskId, policy: Policy, seed: u128) -> Self {
        let core = Core::new(server, policy, seed, About::task(&task), None);
        Self::new(core, Phase::QueryStatusOnce(task, Doubt::None))
    }

    /// Cancels a task that was started earlier, and ends with [`Outcome::Cancelled`] if the server confirms it.
    ///
    /// An import is polled first: one that has finished ends with [`Outcome::Finished`]. Current servers let a running import
    /// finish, so there it ends with [`UnknownOutcome`](ErrorKind::UnknownOutcome). `seed` is as for [`export`](Self::export).
    pub fn cancel_existing(server: Server, resume: Resume, policy: Policy, seed: u128) -> Self {
        let phase = match resume.kind {
            TaskKind::Import => Phase::QueryStatusBeforeCancel,
            TaskKind::Export => Phase::CancelTask,
        };
        let core = Core::new(server, policy, seed, About::task(&resume.task), resume.route);
        let origin = Origin::Other(resume.kind);
        Self::existing(core, resume, origin, phase)
    }

    /// Lists the bases in this scope. `seed` is as for [`export`](Self::export).
    ///
    /// The bases of a whole server are read at least twice, until no base can be missing that existed all the time, or five
    /// times; then [`Listing::changing`](seatable_io_proto::Listing::changing) says that bases may be missing.
    pub fn list(server: Server, scope: Scope, policy: Policy, seed: u128) -> Self {
        let phase = match scope {
            Scope::ServerWide => Phase::ListServerBases(Box::new(Pages::new())),
            Scope::Administered => Phase::ListAdministered { with_shared: false },
            Scope::WithShared => Phase::ListAdministered { with_shared: true },
        };
        Self::new(Core::new(server, policy, seed, About::Listing, None), phase)
    }

    fn new(core: Core, phase: Phase) -> Self {
        Self { core: Box::new(core), state: State::request(phase) }
    }

    /// An operation on a task that was started earlier.
    fn existing(core: Core, resume: Resume, origin: Origin, phase: fn(Box<Remote>) -> Phase) -> Self {
        let is_elsewhere = resume.is_elsewhere(&core.server);
        let operation = Self::new(core, phase(Remote::resumed(resume, origin)));
        operation.over_if(is_elsewhere, ErrorKind::Mismatch, Reason::OtherServer)
    }

    /// Ends an operation before its first request, if it cannot be carried out.
    fn over_if(self, is_impossible: bool, kind: ErrorKind, reason: Reason) -> Self {
        let state = match self.state {
            State::Attempt(attempt) if is_impossible => self.core.over_because(kind, *attempt, reason),
            state => state,
        };
        Self { state, ..self }
    }

    /// Prepares the operation for a sink that cannot start over, such as a pipe: a download that fails after its first byte
    /// ends it.
    pub fn one_pass(mut self) -> Self {
        self.core.one_pass = true;
        self
    }

    /// Shares the rate limit of the account with all operations of this pace.
    pub fn paced(mut self, pace: &Pace) -> Self {
        let base = self.state.attempt().and_then(|attempt| attempt.phase.base_key());
        self.core.pace = Some(Box::new(Paced::new(pace.clone(), base)));
        self
    }

    /// Ends an operation that [resumes](Self::resume) a task with [`Outcome::Accepted`], without a request. Others do not change.
    pub fn no_wait(self) -> Self {
        let remote = self.state.attempt().and_then(|attempt| attempt.phase.remote());
        let Some(remote) = remote.filter(|remote| !matches!(remote.origin, Origin::Other(_))) else {
            return self;
        };
        let accepted = Accepted { resume: self.core.to_resume(remote), base: None, renamed_from: None };
        Self { state: Ok(Outcome::Accepted(accepted)).into(), ..self }
    }

    /// Returns the next thing to do.
    pub fn step(mut self, now: Duration) -> Step {
        self.core.at(now);
        if self.core.deadline(now) <= now && self.core.policy.cancel_on_timeout {
            self.core.time_out(self.state.attempt(), now);
        }
        let over = self.core.deadline(now) <= now;
        let mut attempt = match self.core.next_state(self.state) {
            State::Over(end) => return Step::Done(*end),
            State::Attempt(attempt) if over => return Step::Done(Err(self.core.timed_out(&attempt, now))),
            State::Attempt(attempt) => attempt,
        };
        if attempt.not_before <= now
            && let Err(turn) = self.core.turn(&attempt, now)
        {
            match turn {
                Delay::Until(until) => attempt.not_before = until,
                Delay::Never(error) => return Step::Done(Err(error)),
            }
        }
        if attempt.not_before > now {
            let until = attempt.not_before.min(self.core.deadline(now));
            return Step::Wait(Self { state: State::Attempt(attempt), ..self }, until);
        }
        Step::Send(Exchange::new(self.core, attempt))
    }

    /// Returns the name of the operation in error messages: the name of the file or base, or the id of the task.
    pub fn about(&self) -> &str {
        self.core.about.as_str()
    }

    /// Cancels the operation, also on the server. Keep stepping until [`Step::Done`], which comes within
    /// [`Policy::cancel_timeout`].
    pub fn cancel(&mut self, now: Duration) {
        self.core.cancel(now);
    }

    /// Returns the progress of the operation.
    pub fn progress(&self) -> Progress {
        let Some(attempt) = self.state.attempt() else { return Progress::default() };
        let (busy, progress) = (self.core.busy(attempt), Progress::of(attempt));
        Progress {
            waits_until: Some(attempt.not_before),
            is_paused: busy.is_some(),
            reason: busy.or(progress.reason),
            ..progress
        }
    }

    /// Returns the data to resume the task with in another process; `None` before the server has started it, and after an end
    /// other than [`Outcome::Accepted`].
    pub fn to_resume(&self) -> Option<Resume> {
        match &self.state {
            State::Attempt(attempt) => Some(self.core.to_resume(attempt.phase.remote()?)),
            State::Over(end) => match &**end {
                Ok(Outcome::Accepted(accepted)) => Some(accepted.resume.clone()),
                _ => None,
            },
        }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("about", &self.about())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
