use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::json;

use crate::answer::{error_msg, json};
use crate::call::query;
use crate::sandbox::{Plan, Ticket};
use crate::{Content, Generation, ImportState, Sandbox, Task, TaskFailure, TaskKind, TaskState};

impl Sandbox {
    /// Lets the server's clock run on to `now`: workers finish tasks and take up waiting ones.
    pub fn advance(&mut self, now: Duration) {
        loop {
            let busy = self.book.tasks.iter().enumerate();
            let ends = busy.filter_map(|(index, task)| task.until.map(|until| (until, index)));
            let Some((at, index)) = ends.min().filter(|&(at, _)| at <= now) else { break };
            self.end(index);
            self.start_waiting(at);
        }
    }

    fn start_waiting(&mut self, at: Duration) {
        let mut busy = self.book.tasks.iter().filter(|task| task.until.is_some()).count();
        for task in &mut self.book.tasks {
            if busy < self.settings.workers && task.state == TaskState::Queued {
                task.state = TaskState::Running;
                task.until = Some(at.saturating_add(task.duration));
                busy += 1;
                if let (TaskKind::Export, Some(base)) = (task.kind, &task.base) {
                    self.book.files.remove(base);
                }
            }
        }
    }

    fn end(&mut self, index: usize) {
        let task = &mut self.book.tasks[index];
        task.until = None;
        let upload = task.upload.take();
        if task.state == TaskState::Cancelled {
            return;
        }
        let base = self.book.bases.iter_mut().find(|base| Some(&base.uuid) == task.base.as_ref());
        let succeeds = task.failure.is_none();
        let done = match (task.kind, base) {
            (TaskKind::Import, Some(base)) => {
                base.content = upload.filter(|_| succeeds);
                base.import = if succeeds { ImportState::Finished } else { ImportState::Failed };
                succeeds
            }
            (TaskKind::Export, Some(base)) => {
                let file = base.content.clone().filter(|_| succeeds);
                file.map(|file| self.book.files.insert(base.uuid.clone(), file)).is_some()
            }
            (TaskKind::Import, None) => succeeds,
            (TaskKind::Export, None) => false,
        };
        task.state = if done { TaskState::Finished } else { TaskState::Failed };
        if !done {
            task.failure.get_or_insert(TaskFailure::Internal);
        }
    }

    /// Whether so many tasks wait that the server takes no more.
    pub(crate) fn queue_is_full(&self) -> bool {
        let free = self.book.tasks.iter().filter(|task| task.until.is_some()).count() < self.settings.workers;
        let waiting = self.book.tasks.iter().filter(|task| task.state == TaskState::Queued).count();
        !free && waiting >= self.settings.queue
    }

    pub(crate) fn start(
        &mut self,
        now: Duration,
        kind: TaskKind,
        base: Option<String>,
        upload: Option<Content>,
        plan: Plan,
    ) -> String {
        let id = self.task_id();
        self.book.tasks.push(Task {
            id: id.clone(),
            kind,
            base,
            state: TaskState::Queued,
            duration: plan.duration,
            failure: plan.failure,
            until: None,
            upload,
        });
        self.start_waiting(now);
        id
    }

    /// The place of a task that the server still knows.
    fn known(&self, id: Option<&str>) -> Option<usize> {
        let current = self.settings.generation == Generation::Current;
        let known = |task: &&Task| match task.state {
            TaskState::Queued | TaskState::Running | TaskState::Finished => true,
            TaskState::Failed => current && task.failure.is_some(),
            TaskState::Told | TaskState::Cancelled => false,
        };
        let index = self.book.tasks.iter().position(|task| Some(task.id.as_str()) == id)?;
        Some(&self.book.tasks[index]).filter(known).map(|_| index)
    }

    pub(crate) fn status(&mut self, ticket: &Ticket) -> Response<Content> {
        let words = ticket.words;
        let Some(id) = query(&ticket.uri, "task_id") else {
            return error_msg(StatusCode::BAD_REQUEST, &words.invalid("task_id"));
        };
        let Some(index) = self.known(Some(&id)) else {
            return match self.settings.generation {
                Generation::Current => error_msg(StatusCode::NOT_FOUND, &words.task_not_found()),
                _ => error_msg(StatusCode::BAD_REQUEST, &words.invalid("task_id")),
            };
        };
        let task = &mut self.book.tasks[index];
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
        let Some(index) = self.known(id.as_deref()) else { return bad("task_id") };
        let task = &mut self.book.tasks[index];
        if task.base != uuid {
            return bad("dtable_uuid");
        }
        if Some(task.kind.as_str()) != kind.as_deref() {
            return bad("task_type");
        }
        self.drop_task(index);
        json(StatusCode::OK, &json!({ "success": true }))
    }

    /// Forgets a task; an older server deletes the base that an import was to make.
    fn drop_task(&mut self, index: usize) {
        let task = &mut self.book.tasks[index];
        task.state = TaskState::Cancelled;
        task.upload = None;
        if task.kind == TaskKind::Export {
            return;
        }
        let uuid = task.base.clone();
        if self.settings.generation != Generation::Current {
            self.book.bases.retain(|base| Some(&base.uuid) != uuid.as_ref());
            return;
        }
        for base in &mut self.book.bases {
            if Some(&base.uuid) == uuid.as_ref() && base.import == ImportState::Pending {
                base.import = ImportState::Cancelled;
            }
        }
    }
}
