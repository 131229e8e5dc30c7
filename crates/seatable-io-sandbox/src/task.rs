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
}

impl Task {
    fn new(kind: TaskKind, base: Option<String>, upload: Option<Content>, plan: Plan) -> Self {
        let (id, state) = (String::new(), TaskState::Queued);
        Task { id, kind, base, state, upload, plan, awaited: false, until: None, made: None, preview: None }
    }

    pub(crate) fn export(base: String, plan: Plan) -> Self {
        Task::new(TaskKind::Export, Some(base), None, plan)
    }

    pub(crate) fn import(base: String, upload: Content, made: Content, plan: Plan) -> Self {
        Task { made: Some(made), ..Task::new(TaskKind::Import, Some(base), Some(upload), plan) }
    }

    pub(crate) fn parse(preview: (u64, String), upload: Content, plan: Plan) -> Self {
        Task { preview: Some(preview), ..Task::new(TaskKind::Import, None, Some(upload), plan) }
    }

    /// Makes a request wait for its end.
    pub(crate) fn awaited(self) -> Self {
        Task { awaited: true, ..self }
    }

    /// Drops what it would create, and returns when its worker would have become free.
    pub(crate) fn stop(&mut self) -> Option<Duration> {
        (self.made, self.preview) = (None, None);
        self.until.take()
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
