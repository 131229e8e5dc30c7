use std::collections::BTreeMap;
use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::json;

use crate::answer::{error_msg, json};
use crate::call::query;
use crate::sandbox::{Plan, Ticket};
use crate::{Bases, Content, Generation, ImportState, Sandbox, Task, TaskFailure, TaskKind, TaskState};

/// What a task is to do.
pub(crate) struct Work {
    kind: TaskKind,
    base: Option<String>,
    upload: Option<Content>,
    made: Option<Content>,
    preview: Option<(u64, String)>,
}

impl Work {
    pub(crate) fn export(base: String) -> Self {
        Work { kind: TaskKind::Export, base: Some(base), upload: None, made: None, preview: None }
    }

    pub(crate) fn import(base: String, upload: Content, made: Option<Content>) -> Self {
        Work { kind: TaskKind::Import, base: Some(base), upload: Some(upload), made, preview: None }
    }

    pub(crate) fn parse(preview: (u64, String), upload: Content) -> Self {
        let (base, made) = (None, None);
        Work { kind: TaskKind::Import, base, upload: Some(upload), made, preview: Some(preview) }
    }
}

impl Sandbox {
    /// Lets the server's clock run on to `now`: workers finish tasks and take up waiting ones.
    pub fn advance(&mut self, now: Duration) {
        while let Some((at, task)) = self.book.tasks.end(now) {
            end(task, &mut self.book.bases, &mut self.book.files, &mut self.book.previews);
            self.start_waiting(at);
        }
    }

    fn start_waiting(&mut self, at: Duration) {
        while self.book.tasks.busy() < self.settings.workers {
            let Some(task) = self.book.tasks.begin(at) else { break };
            if let (TaskKind::Export, Some(base)) = (task.kind, &task.base) {
                self.book.files.remove(base);
            }
        }
    }

    /// Whether so many tasks wait that the server takes no more.
    pub(crate) fn queue_is_full(&self) -> bool {
        let tasks = &self.book.tasks;
        tasks.busy() >= self.settings.workers && tasks.waiting() >= self.settings.queue
    }

    pub(crate) fn start(&mut self, now: Duration, work: Work, plan: Plan) -> String {
        let id = self.task_id();
        self.book.tasks.add(Task {
            id: id.clone(),
            kind: work.kind,
            base: work.base,
            state: TaskState::Queued,
            upload: work.upload,
            duration: plan.duration,
            failure: plan.failure,
            until: None,
            made: work.made,
            preview: work.preview,
        });
        self.start_waiting(now);
        id
    }

    /// The place of a task that the server still knows.
    fn known(&self, id: &str) -> Option<usize> {
        let place = self.book.tasks.place(id)?;
        let task = &self.book.tasks[place];
        let known = match task.state {
            TaskState::Queued | TaskState::Running | TaskState::Finished => true,
            TaskState::Failed => self.settings.generation == Generation::Current && task.failure.is_some(),
            TaskState::Told | TaskState::Cancelled => false,
        };
        known.then_some(place)
    }

    pub(crate) fn status(&mut self, ticket: &Ticket) -> Response<Content> {
        let words = ticket.words;
        let Some(id) = query(&ticket.uri, "task_id") else {
            return error_msg(StatusCode::BAD_REQUEST, &words.invalid("task_id"));
        };
        let Some(place) = self.known(&id) else {
            return match self.settings.generation {
                Generation::Current => error_msg(StatusCode::NOT_FOUND, &words.task_not_found()),
                _ => error_msg(StatusCode::BAD_REQUEST, &words.invalid("task_id")),
            };
        };
        let task = self.book.tasks.at(place);
        if task.state == TaskState::Failed {
            return match task.failure.take() {
                Some(TaskFailure::Rejected(reason)) => error_msg(StatusCode::BAD_REQUEST, &reason),
                Some(TaskFailure::TooLarge(reason)) => error_msg(StatusCode::PAYLOAD_TOO_LARGE, &reason),
                _ => {
                    error_msg(StatusCode::INTERNAL_SERVER_ERROR, words.internal_error().trim_end_matches('.'))
                }
            };
        }
        let finished = task.state == TaskState::Finished;
        if finished {
            task.state = TaskState::Told;
        }
        json(StatusCode::OK, &json!({ "is_finished": finished }))
    }

    pub(crate) fn cancel(&mut self, ticket: &Ticket) -> Response<Content> {
        let words = ticket.words;
        let [id, uuid, kind] = ["task_id", "dtable_uuid", "task_type"].map(|key| query(&ticket.uri, key));
        let bad = |parameter: &str| error_msg(StatusCode::BAD_REQUEST, &words.invalid(parameter));
        if uuid.is_none() {
            return bad("dtable_uuid");
        }
        if !matches!(kind.as_deref(), Some("import" | "export")) {
            return bad("task_type");
        }
        let Some(place) = id.and_then(|id| self.known(&id)) else { return bad("task_id") };
        let task = &self.book.tasks[place];
        if task.base != uuid {
            return bad("dtable_uuid");
        }
        if Some(task.kind.as_str()) != kind.as_deref() {
            return bad("task_type");
        }
        self.drop_task(place);
        json(StatusCode::OK, &json!({ "success": true }))
    }

    /// Forgets a task; an older server deletes the base that an import was to make.
    fn drop_task(&mut self, place: usize) {
        let task = self.book.tasks.cancel(place);
        task.made = None;
        task.preview = None;
        let (TaskKind::Import, Some(uuid)) = (task.kind, &task.base) else { return };
        if self.settings.generation != Generation::Current {
            self.book.bases.remove(uuid);
        } else if let Some(base) = self.book.bases.with_uuid_mut(uuid)
            && base.import == ImportState::Pending
        {
            base.import = ImportState::Cancelled;
        }
    }
}

/// What a task leaves behind when its worker lets go of it.
fn end(
    task: &mut Task,
    bases: &mut Bases,
    files: &mut BTreeMap<String, Content>,
    previews: &mut BTreeMap<(u64, String), Content>,
) {
    let (made, preview) = (task.made.take(), task.preview.take());
    if task.state == TaskState::Cancelled {
        return;
    }
    let base = task.base.as_ref().and_then(|uuid| bases.with_uuid_mut(uuid));
    let succeeds = task.failure.is_none();
    let done = match (task.kind, base) {
        (TaskKind::Import, Some(base)) => {
            base.content = made.filter(|_| succeeds);
            let whole = base.content.is_some();
            base.import = if whole { ImportState::Finished } else { ImportState::Failed };
            succeeds
        }
        (TaskKind::Export, Some(base)) => {
            let file = base.content.clone().filter(|_| succeeds);
            file.map(|file| files.insert(base.uuid.clone(), file)).is_some()
        }
        (TaskKind::Import, None) => {
            if let (Some(preview), Some(upload), true) = (preview, &task.upload, succeeds) {
                previews.insert(preview, upload.clone());
            }
            succeeds
        }
        (TaskKind::Export, None) => false,
    };
    task.state = if done { TaskState::Finished } else { TaskState::Failed };
    if !done {
        task.failure.get_or_insert(TaskFailure::Internal);
    }
}
