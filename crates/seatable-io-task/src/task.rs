//! A task between two requests.

use std::fmt;
use std::time::Duration;

use seatable_io_proto::{Server, TaskId, TaskKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Report;
use crate::exchange::{Exchange, Progress};
use crate::job::{Exporting, Routes};
use crate::pace::Paced;
use crate::phase::{Attempt, Doubt, Origin, Phase, Remote, State};
use crate::policy::Jitter;
use crate::{Cause, ErrorKind, Export, Import, Outcome, Pace, Policy, Resume, Route, TaskError};

/// What to do next. There are no other cases: match it exhaustively.
#[derive(Debug)]
pub enum Step {
    /// Send this request.
    Send(Exchange),
    /// Step again at this moment. Stepping earlier does no harm.
    Wait(Task, Duration),
    /// The task is over.
    Done(Result<Outcome, TaskError>),
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
pub struct Task {
    pub(crate) core: Box<Core>,
    pub(crate) state: State,
}

/// What all states share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) server: Server,
    pub(crate) policy: Policy,
    pub(crate) jitter: Jitter,
    /// What error messages call the file, base or task.
    about: String,
    /// When the task's time is over; `None` before the first step.
    pub(crate) deadline: Option<Duration>,
    /// Why the task is being cancelled, if it is.
    cancelling: Option<Cancelling>,
    /// Whether an export was started that nobody waits for any more.
    pub(crate) left_behind: bool,
    pub(crate) routes: Routes,
    /// Whether the sink can receive a file only once.
    pub(crate) one_pass: bool,
    /// What the task shares with others of the account.
    pub(crate) pace: Option<Box<Paced>>,
}

/// Why a task is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancelling {
    /// [`Task::cancel`] was called.
    Called,
    /// Its time is over.
    TimedOut,
}

impl Task {
    /// Imports a file. `seed` must be random, because a file whose author can predict it can add form fields to the request
    /// ([`ImportFile::new`](seatable_io_proto::ImportFile::new)).
    pub fn import(server: Server, import: Import, policy: Policy, seed: u128) -> Self {
        let about = import.file.name().base().to_owned();
        let is_table = import.file.name().format().is_table();
        let import = Box::new(Import { file: import.file.boundary(Uuid::from_u128(seed)), ..import });
        let phase = if is_table { Phase::FindTableImport(import) } else { Phase::StartImport(import) };
        Self::new(server, policy, seed, about, Routes::new(Route::default()), phase)
    }

    /// Exports a base. `seed` varies the waits, and should be random.
    pub fn export(server: Server, export: Export, policy: Policy, seed: u128) -> Self {
        let (about, routes) = (export.base.as_str().to_owned(), Routes::new(export.route));
        let contradicts_itself = export.needs_task() && export.needs_synchronous();
        let phase = Box::new(Exporting::new(export)).start(&routes);
        let task = Self::new(server, policy, seed, about, routes, phase.clone());
        if !contradicts_itself {
            return task;
        }
        let state =
            task.core.over_because(ErrorKind::Unsupported, Attempt::new(phase), Cause::NoTaskToResume);
        Self { state, ..task }
    }

    /// Waits for a task that was started earlier and, if it is an export, fetches its file. `seed` is as for
    /// [`export`](Self::export).
    pub fn resume(server: Server, resume: Resume, policy: Policy, seed: u128) -> Self {
        let routes = Routes::new(resume.route.unwrap_or_default());
        let origin = match resume.kind {
            TaskKind::Import => Origin::Import(None),
            TaskKind::Export => Origin::Export(
                resume
                    .place
                    .clone()
                    .map(|(workspace, base)| Box::new(Exporting::new(Export::new(workspace, base)))),
            ),
        };
        let about = resume.place.as_ref().map(|(_, base)| base.to_string());
        let about = about.unwrap_or_else(|| format!("task {}", resume.task));
        Self::new(server, policy, seed, about, routes, Phase::Poll(Remote::resumed(resume, origin)))
    }

    /// Polls a task once, and ends with [`Outcome::Running`] or [`Outcome::Finished`]. A server reports the end of a task only
    /// once, so the caller must remember it. `seed` is as for [`export`](Self::export).
    pub fn look(server: Server, task: TaskId, policy: Policy, seed: u128) -> Self {
        let about = format!("task {task}");
        Self::new(server, policy, seed, about, Routes::new(Route::default()), Phase::Look(task, Doubt::None))
    }

    /// Cancels a task that was started earlier, and ends with [`Outcome::Cancelled`] if the server confirms it. `seed` is as
    /// for [`export`](Self::export).
    pub fn cancel_only(server: Server, resume: Resume, policy: Policy, seed: u128) -> Self {
        let routes = Routes::new(resume.route.unwrap_or_default());
        let about = format!("task {}", resume.task);
        let origin = Origin::Other(resume.kind);
        let phase = Phase::Cancel(Remote::resumed(resume, origin), false);
        Self::new(server, policy, seed, about, routes, phase)
    }

    /// Lists the workspaces of the account and the bases that it administers, and with [`Shared::Included`] also the bases that
    /// others shared with it. `seed` is as for [`export`](Self::export).
    pub fn list(server: Server, shared: Shared, policy: Policy, seed: u128) -> Self {
        let phase = Phase::ListAdministered { shared: shared == Shared::Included };
        Self::new(server, policy, seed, "the bases".to_owned(), Routes::new(Route::default()), phase)
    }

    fn new(server: Server, policy: Policy, seed: u128, about: String, routes: Routes, phase: Phase) -> Self {
        let (high, low) = Uuid::from_u128(seed).as_u64_pair();
        let core = Core {
            server,
            policy,
            jitter: Jitter::new(high ^ low),
            about,
            deadline: None,
            cancelling: None,
            left_behind: false,
            routes,
            one_pass: false,
            pace: None,
        };
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
            self.core.cancel_because(Cancelling::TimedOut, now);
        }
        let over = self.core.deadline(now) <= now;
        let mut attempt = match self.core.turn_to_cancel(self.state) {
            State::Over(end) => return Step::Done(*end),
            State::Attempt(attempt) if over => {
                return Step::Done(Err(self.core.end(ErrorKind::TimedOut, &attempt)));
            }
            State::Attempt(attempt) => attempt,
        };
        if attempt.not_before <= now
            && let Some(pace) = &mut self.core.pace
            && let Err(until) = pace.turn(attempt.phase.call(), now)
        {
            if self.core.is_cancelled() && self.core.deadline(now) <= until {
                return Step::Done(Err(self.core.end(ErrorKind::TimedOut, &attempt)));
            }
            attempt.not_before = until;
        }
        if attempt.not_before > now {
            let until = attempt.not_before.min(self.core.deadline(now));
            return Step::Wait(Self { state: State::Attempt(attempt), ..self }, until);
        }
        Step::Send(Exchange::new(self.core, attempt))
    }

    /// What error messages call the task: the name of the file or base, or the id of the task on the server.
    pub fn about(&self) -> &str {
        &self.core.about
    }

    /// Cancels the task, also on the server. Keep stepping until [`Step::Done`], which comes within
    /// [`Policy::cancel_patience`].
    pub fn cancel(&mut self, now: Duration) {
        self.core.cancel(now);
    }

    /// The progress of the task.
    pub fn progress(&self) -> Progress {
        match &self.state {
            State::Attempt(attempt) => {
                Progress { waits_until: Some(attempt.not_before), ..Progress::of(attempt) }
            }
            State::Over(_) => Progress::default(),
        }
    }

    /// What the task can be resumed with in another process; `None` before the server has started it.
    pub fn to_resume(&self) -> Option<Resume> {
        match &self.state {
            State::Attempt(attempt) => attempt.phase.remote().map(|remote| self.core.to_resume(remote, true)),
            State::Over(_) => None,
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("about", &self.core.about)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// When the task's time is over.
    pub(crate) fn deadline(&mut self, now: Duration) -> Duration {
        *self.deadline.get_or_insert(now.saturating_add(self.policy.patience))
    }

    pub(crate) fn cancel(&mut self, now: Duration) {
        self.cancel_because(Cancelling::Called, now);
    }

    fn cancel_because(&mut self, why: Cancelling, now: Duration) {
        if !self.is_cancelled() {
            self.cancelling = Some(why);
            self.deadline = Some(now.saturating_add(self.policy.cancel_patience));
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelling.is_some()
    }

    /// The next state of a cancelled task: what runs on the server is cancelled there; anything else is over.
    fn turn_to_cancel(&self, state: State) -> State {
        match state {
            State::Attempt(attempt) if self.is_cancelled() => match attempt.phase {
                Phase::Poll(remote) => State::request(Phase::Cancel(remote, false)),
                Phase::Cancel(..) => State::Attempt(attempt),
                _ => Err(self.end(ErrorKind::Cancelled, &Attempt { cause: None, ..*attempt })).into(),
            },
            state => state,
        }
    }

    pub(crate) fn to_resume(&self, remote: &Remote, doubt: bool) -> Resume {
        let mut resume = remote.to_resume(doubt);
        resume.route = self.routes.known();
        resume
    }

    /// The error of a task that fails.
    pub(crate) fn end(&self, kind: ErrorKind, attempt: &Attempt) -> TaskError {
        let (phase, call) = (&attempt.phase, attempt.phase.call());
        let doubt = phase.end_is_lost() || matches!(phase, Phase::Fetch(..));
        let resume = phase.remote().map(|remote| self.to_resume(remote, doubt)).filter(|resume| match kind {
            ErrorKind::TaskFailed => false,
            // A cancelled import may leave a base behind.
            ErrorKind::Cancelled => resume.kind == TaskKind::Import,
            _ => true,
        });
        let runs = match kind {
            ErrorKind::TaskFailed | ErrorKind::UnknownTask | ErrorKind::Cancelled => false,
            ErrorKind::Unknown => call.sends_file(),
            _ => matches!(phase, Phase::Poll(_) | Phase::Cancel(..)),
        };
        // The retry that the task had no time for was not made.
        let unmade = u32::from(kind == ErrorKind::TimedOut && attempt.cause.is_some());
        let kind = match (kind, self.cancelling) {
            (ErrorKind::Unknown | ErrorKind::TaskFailed, _) => kind,
            // An import that could not be cancelled, or that the server says nothing sensible about, may yet create a base.
            (_, Some(_)) | (ErrorKind::BadAnswer, None) if runs && phase.imports() => ErrorKind::Unknown,
            (_, Some(Cancelling::TimedOut)) => ErrorKind::TimedOut,
            _ => kind,
        };
        TaskError::from(Report {
            kind,
            call,
            server: self.server.url().to_owned(),
            about: self.about.clone(),
            cause: attempt.cause.clone(),
            retries: attempt.retries.saturating_add(phase.again()).saturating_sub(unmade),
            cancelled: self.cancelling == Some(Cancelling::Called),
            resume,
            may_still_run: runs || self.left_behind,
        })
    }
}
