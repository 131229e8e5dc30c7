use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::ops::Deref;
use std::time::Duration;

use http::{Response, StatusCode};

use crate::Content;
use crate::response::error_msg;

/// A task that was started.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    /// The ID as the server reports it.
    pub id: String,
    /// Whether it is an import or an export.
    pub kind: TaskKind,
    /// The UUID of its base; `None` for the preview of a `.csv` on a current server.
    pub base: Option<String>,
    /// The state of the task.
    pub state: TaskState,
    /// The file that was uploaded to start an import, even if it failed.
    pub upload: Option<Content>,
    pub(crate) plan: Plan,
    /// Whether a request waits for its end.
    pub(crate) awaited: bool,
    /// When its worker becomes free; set while the task runs, cancelled or not.
    pub(crate) until: Option<Duration>,
    /// The content that an import gives its base in the end; without it, the task finishes and the base stays empty.
    pub(crate) made: Option<Content>,
    /// The workspace and the name of a table that, once parsed, waits to be confirmed.
    pub(crate) preview: Option<(u64, String)>,
}

/// The course of a task.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    pub(crate) duration: Duration,
    /// The reason why it fails; taken when the server reports it.
    pub(crate) failure: Option<TaskFailure>,
    /// Whether the server forgets its end at once.
    pub(crate) forgotten: bool,
    /// The number of assets that the file of an export lacks.
    pub(crate) lost_assets: u32,
    /// The number of rows that each table of a new base lacks.
    pub(crate) lost_rows: u32,
}

impl Task {
    /// Creates a task that has not been queued yet.
    pub(crate) fn new(kind: TaskKind, base: Option<String>, upload: Option<Content>, plan: Plan) -> Self {
        let (id, state) = (String::new(), TaskState::Queued);
        Task { id, kind, base, state, upload, plan, awaited: false, until: None, made: None, preview: None }
    }

    /// Drops the result that it would have, and returns when its worker would have become free.
    fn stop(&mut self) -> Option<Duration> {
        (self.made, self.preview) = (None, None);
        self.until.take()
    }

    /// Returns `true` if the server knows it: it is queued or running, or its end has been neither reported nor forgotten.
    pub(crate) fn is_known(&self) -> bool {
        match self.state {
            TaskState::Queued | TaskState::Running | TaskState::Finished => true,
            TaskState::Failed => self.plan.failure.is_some(),
            TaskState::Reported | TaskState::Cancelled | TaskState::Forgotten => false,
        }
    }

    /// Reports how the task ended, which happens once, and returns the reason why it failed.
    pub(crate) fn report(&mut self) -> Option<TaskFailure> {
        if self.state == TaskState::Finished {
            self.state = TaskState::Reported;
        }
        self.plan.failure.take()
    }

    /// Forgets how the task ended.
    pub(crate) fn forget(&mut self) {
        if self.state == TaskState::Finished {
            self.state = TaskState::Forgotten;
        }
        self.plan.failure = None;
    }
}

/// The kind of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// Creates a base from a file.
    Import,
    /// Creates a file from a base.
    Export,
}

/// The state of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Waiting for a worker.
    Queued,
    /// Running.
    Running,
    /// Succeeded, which has not been reported yet.
    Finished,
    /// Succeeded, which was reported; the server has forgotten the task.
    Reported,
    /// Failed. A current server reports the failure once; an older one reports once that the task has finished.
    Failed,
    /// Cancelled. Unless it was killed, it continues to run, and ends as `Finished` or `Failed`.
    Cancelled,
    /// The server has forgotten the task and never reported its end. Either it succeeded, or a restart of the task server
    /// stopped it: see [`Base::import`](crate::Base::import).
    Forgotten,
}

/// The reason why a task fails, and how a current server reports it.
///
/// An older server reports every failed task as finished: the base of an import is empty, and the file of an export is
/// missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TaskFailure {
    /// Reported once as 500 `Internal Server Error`.
    Internal,
    /// Reported once as 400 with this message.
    Rejected(String),
    /// Reported once as 413 with this message, such as `The base size exceeds the limit of 200MB, …`.
    TooLarge(String),
    /// Like [`Internal`](TaskFailure::Internal), but the file of an export is an archive without entries, of 22 bytes.
    EmptyArchive,
}

impl TaskFailure {
    /// Returns the response that reports it, which is `internal` for one without a message.
    pub(crate) fn response(&self, internal: impl FnOnce() -> Response<Content>) -> Response<Content> {
        match self {
            TaskFailure::Rejected(message) => error_msg(StatusCode::BAD_REQUEST, message),
            TaskFailure::TooLarge(message) => error_msg(StatusCode::PAYLOAD_TOO_LARGE, message),
            TaskFailure::Internal | TaskFailure::EmptyArchive => internal(),
        }
    }
}

/// All tasks ever started, a slice in that order.
// Queued and running tasks are found without a search through the others: a test runs ten thousand.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    all: Vec<Task>,
    by_id: HashMap<String, usize>,
    waiting: BTreeSet<usize>,
    /// The time at which each worker becomes free, and its task.
    busy: BTreeSet<(Duration, usize)>,
}

impl Tasks {
    pub(crate) fn index(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn at(&mut self, index: usize) -> &mut Task {
        &mut self.all[index]
    }

    /// Returns `true` if all workers are busy and no more tasks can be queued.
    pub(crate) fn is_full(&self, workers: usize, queue: usize) -> bool {
        self.busy.len() >= workers && self.waiting.len() >= queue
    }

    /// Queues a task.
    pub(crate) fn add(&mut self, task: Task) {
        self.by_id.insert(task.id.clone(), self.all.len());
        self.waiting.insert(self.all.len());
        self.all.push(task);
    }

    /// Starts the task that was queued first, if a worker is free.
    pub(crate) fn begin(&mut self, now: Duration, workers: usize) -> Option<&Task> {
        let index = if self.busy.len() < workers { self.waiting.pop_first()? } else { return None };
        let task = &mut self.all[index];
        let until = now.saturating_add(task.plan.duration);
        task.state = TaskState::Running;
        task.until = Some(until);
        self.busy.insert((until, index));
        Some(task)
    }

    /// Returns the time at which a task would start if it were queued now.
    pub(crate) fn next_begin(&self, now: Duration, workers: usize) -> Duration {
        if self.busy.len() < workers {
            return now;
        }
        let mut free: BinaryHeap<_> = self.busy.iter().map(|(until, _)| Reverse(*until)).collect();
        for index in &self.waiting {
            if let Some(mut next) = free.peek_mut() {
                next.0 = next.0.saturating_add(self.all[*index].plan.duration);
            }
        }
        free.peek().map_or(Duration::MAX, |next| next.0)
    }

    /// Frees the first worker whose task ends by `now`.
    pub(crate) fn end(&mut self, now: Duration) -> Option<(Duration, usize)> {
        let &(at, index) = self.busy.first().filter(|(at, _)| *at <= now)?;
        self.busy.pop_first();
        self.all[index].until = None;
        Some((at, index))
    }

    /// Forgets all tasks that have ended.
    pub(crate) fn forget_ended(&mut self) {
        for task in &mut self.all {
            if matches!(task.state, TaskState::Finished | TaskState::Failed) {
                task.forget();
            }
        }
    }

    /// Removes a task from the queue, or stops the worker that runs it.
    pub(crate) fn kill(&mut self, index: usize) {
        self.waiting.remove(&index);
        if let Some(until) = self.all[index].stop() {
            self.busy.remove(&(until, index));
        }
        self.all[index].state = TaskState::Cancelled;
    }

    /// Forgets all tasks, and stops those that are queued or running; returns their indices.
    pub(crate) fn stop_all(&mut self) -> Vec<usize> {
        self.forget_ended();
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let running = std::mem::take(&mut self.busy).into_iter().map(|(_, index)| index);
        let stopped: Vec<_> = waiting.chain(running).collect();
        for index in &stopped {
            let task = &mut self.all[*index];
            task.stop();
            if task.state != TaskState::Cancelled {
                task.state = TaskState::Forgotten;
            }
        }
        stopped
    }
}

impl Deref for Tasks {
    type Target = [Task];

    fn deref(&self) -> &[Task] {
        &self.all
    }
}
