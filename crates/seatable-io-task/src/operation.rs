//! A task between two requests.

use std::fmt;
use std::time::Duration;

use seatable_io_proto::{BaseName, Server, TaskId, TaskKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::{Core, Delay};
use crate::error::About;
use crate::exchange::{Exchange, Progress};
use crate::job::{Exporting, Routes};
use crate::pace::Paced;
use crate::phase::{Doubt, Origin, Phase, Remote, State};
use crate::{ErrorKind, Export, Import, OperationError, Outcome, Pace, Policy, Reason, Resume, Route};

/// What to do next. There are no other cases: match it exhaustively.
#[derive(Debug)]
pub enum Step {
    /// Send this request.
    Send(Exchange),
    /// Step again at this moment. Stepping earlier does no harm.
    Wait(Operation, Duration),
    /// The task is over.
    Done(Result<Outcome, OperationError>),
}

/// Whether a listing includes the bases that others shared with the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// Only the bases of the account and its groups.
    #[default]
    Excluded,
    /// Shared bases too. The server then creates a workspace for an account that has none.
    Included,
}

/// An import, an export or a listing while no request is in flight.
///
/// A task is a plain value: it has no clock, does no I/O and never panics. A moment is the time since a start that the driver
/// chooses, which is the same for all calls. The [crate's documentation](crate) shows a complete driver.
pub struct Operation {
    pub(crate) core: Box<Core>,
    pub(crate) state: State,
}

impl Operation {
    /// Imports a file. `seed` must be random, because a file whose author can predict it can add form fields to the request
    /// ([`ImportFile::new`](seatable_io_proto::ImportFile::new)).
    pub fn import(server: Server, import: Import, policy: Policy, seed: u128) -> Self {
        let about = About::Base(import.file.name().base().to_owned());
        let is_table = import.file.name().format().is_table();
        let import = Box::new(Import { file: import.file.boundary(Uuid::from_u128(seed)), ..import });
        let phase = if is_table { Phase::FindTableImport(import) } else { Phase::StartImport(import) };
        Self::new(server, policy, seed, about, Routes::new(Route::default()), phase)
    }

    /// Exports a base. `seed` varies the waits, and should be random.
    pub fn export(server: Server, export: Export, policy: Policy, seed: u128) -> Self {
        let (about, routes) = (About::Base(export.base.as_str().to_owned()), Routes::new(export.route));
        let exporting = Box::new(Exporting::new(export));
        let contradicts_itself = exporting.contradicts_itself();
        let task = Self::new(server, policy, seed, about, routes.clone(), exporting.start(&routes));
        if contradicts_itself { task.over(ErrorKind::Unsupported, Reason::NoTaskToResume) } else { task }
    }

    /// A task that ends before its first request.
    fn over(self, kind: ErrorKind, reason: Reason) -> Self {
        let state = match self.state {
            State::Attempt(attempt) => self.core.over_because(kind, *attempt, reason),
            end @ State::Over(_) => end,
        };
        Self { state, ..self }
    }

    /// Waits for a task that was started earlier and, if it is an export, fetches its file. `seed` is as for
    /// [`export`](Self::export).
    ///
    /// Ends with [`Mismatch`](ErrorKind::Mismatch) if `resume` is from another server, or if its base must be exported again
    /// and its name now belongs to another base.
    pub fn resume(server: Server, resume: Resume, policy: Policy, seed: u128) -> Self {
        let routes = Routes::new(resume.route.unwrap_or_default());
        let exporting = |(workspace, base): &(u64, BaseName)| {
            let export = Exporting::new(Export::new(*workspace, base.clone()));
            Box::new(Exporting { uuid: Some(resume.base.clone()), ..export })
        };
        let origin = match resume.kind {
            TaskKind::Import => Origin::Import(None),
            TaskKind::Export => Origin::Export(resume.place.as_ref().map(exporting)),
        };
        let about = match &resume.place {
            Some((_, base)) => About::Base(base.to_string()),
            None => About::task(&resume.task),
        };
        let elsewhere = resume.is_elsewhere(&server);
        let phase = Phase::QueryStatus(Remote::resumed(resume, origin));
        let task = Self::new(server, policy, seed, about, routes, phase);
        if elsewhere { task.over(ErrorKind::Mismatch, Reason::OtherServer) } else { task }
    }

    /// Polls a task once, and ends with [`Outcome::Running`] or [`Outcome::Finished`]. A server reports the end of a task only
    /// once, so the caller must remember it. `seed` is as for [`export`](Self::export).
    pub fn poll_once(server: Server, task: TaskId, policy: Policy, seed: u128) -> Self {
        let about = About::task(&task);
        Self::new(
            server,
            policy,
            seed,
            about,
            Routes::new(Route::default()),
            Phase::QueryStatusOnce(task, Doubt::None),
        )
    }

    /// Cancels a task that was started earlier, and ends with [`Outcome::Cancelled`] if the server confirms it. An import is
    /// polled first: one that has finished ends with [`Outcome::Finished`]. Current servers let a running import finish all
    /// the same, so there it ends with [`Unknown`](ErrorKind::UnknownOutcome). `seed` is as for [`export`](Self::export).
    pub fn cancel_existing(server: Server, resume: Resume, policy: Policy, seed: u128) -> Self {
        let routes = Routes::new(resume.route.unwrap_or_default());
        let about = About::task(&resume.task);
        let (kind, elsewhere) = (resume.kind, resume.is_elsewhere(&server));
        let remote = Remote::resumed(resume, Origin::Other(kind));
        let phase = if kind == TaskKind::Import {
            Phase::QueryStatusBeforeCancel(remote)
        } else {
            Phase::CancelTask(remote)
        };
        let task = Self::new(server, policy, seed, about, routes, phase);
        if elsewhere { task.over(ErrorKind::Mismatch, Reason::OtherServer) } else { task }
    }

    /// Lists the workspaces of the account and the bases that it administers, and with [`Shared::Included`] also the bases that
    /// others shared with it. `seed` is as for [`export`](Self::export).
    pub fn list(server: Server, shared: Shared, policy: Policy, seed: u128) -> Self {
        let phase = Phase::ListAdministered { shared: shared == Shared::Included };
        Self::new(server, policy, seed, About::Listing, Routes::new(Route::default()), phase)
    }

    fn new(server: Server, policy: Policy, seed: u128, about: About, routes: Routes, phase: Phase) -> Self {
        let core = Core::new(server, policy, seed, about, routes);
        Self { core: Box::new(core), state: State::request(phase) }
    }

    /// Prepares the task for a sink that cannot start over, such as a pipe: a download that fails after its first byte ends
    /// the task.
    pub fn one_pass(mut self) -> Self {
        self.core.one_pass = true;
        self
    }

    /// Shares the rate limit of the account with all tasks of this pace.
    pub fn paced(mut self, pace: &Pace) -> Self {
        let base = match &self.state {
            State::Attempt(attempt) => attempt.phase.exported(),
            State::Over(_) => None,
        };
        self.core.pace = Some(Box::new(Paced::new(pace.clone(), base)));
        self
    }

    /// Returns what to do now.
    pub fn step(mut self, now: Duration) -> Step {
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

    /// What error messages call the task: the name of the file or base, or the id of the task on the server.
    pub fn about(&self) -> &str {
        self.core.about.as_str()
    }

    /// Cancels the task, also on the server. Keep stepping until [`Step::Done`], which comes within
    /// [`Policy::cancel_timeout`].
    pub fn cancel(&mut self, now: Duration) {
        self.core.cancel(now);
    }

    /// The progress of the task.
    pub fn progress(&self) -> Progress {
        match &self.state {
            State::Attempt(attempt) => {
                let busy = self.core.busy(attempt);
                let progress = Progress::of(attempt);
                Progress {
                    waits_until: Some(attempt.not_before),
                    is_paused: busy.is_some(),
                    reason: busy.or(progress.reason),
                    ..progress
                }
            }
            State::Over(_) => Progress::default(),
        }
    }

    /// What the task can be resumed with in another process; `None` before the server has started it.
    pub fn to_resume(&self) -> Option<Resume> {
        match &self.state {
            State::Attempt(attempt) => attempt.phase.remote().map(|remote| self.core.to_resume(remote)),
            State::Over(_) => None,
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
