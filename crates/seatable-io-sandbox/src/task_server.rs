use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use crate::message::INTERNAL_ERROR;
use crate::request::Received;
use crate::response::{Result, error_msg, json};
use crate::task::Plan;
use crate::{
    FaultKind, Generation, ImportState, Sandbox, ServerState, Task, TaskFailure, TaskKind, TaskState,
};

impl Sandbox {
    /// Advances the server's clock to `now`: workers finish tasks and start queued ones.
    pub fn advance(&mut self, now: Duration) {
        while let Some((at, index)) = self.state.tasks.end(now) {
            self.state.end(index);
            let task = self.state.tasks.at(index);
            if task.plan.forgotten {
                task.forget();
            } else if task.awaited {
                task.report();
            }
            self.start_waiting(at);
        }
    }

    fn start_waiting(&mut self, at: Duration) {
        while let Some(task) = self.state.tasks.begin(at, self.settings.workers) {
            if let (TaskKind::Export, Some(base)) = (task.kind, &task.base) {
                self.state.files.remove(base);
            }
        }
    }

    /// Plans the task that a request starts.
    pub(crate) fn plan(&self, request: &Received) -> Plan {
        let mut plan = Plan {
            duration: self.settings.task_time,
            failure: self.settings.task_failure.clone(),
            forgotten: request.fault == Some(FaultKind::Forget),
            lost_assets: 0,
            lost_rows: 0,
        };
        match request.fault.clone() {
            Some(FaultKind::Slow { millis }) => plan.duration = Duration::from_millis(millis.into()),
            Some(FaultKind::Fail { message }) if message.is_empty() => {
                plan.failure = Some(TaskFailure::Internal);
            }
            Some(FaultKind::Fail { message }) => plan.failure = Some(TaskFailure::Rejected(message)),
            Some(FaultKind::FailTooLarge { message }) => plan.failure = Some(TaskFailure::TooLarge(message)),
            Some(FaultKind::NoAssets) => plan.lost_assets = u32::MAX,
            Some(FaultKind::FewerAssets { number }) => plan.lost_assets = number,
            Some(FaultKind::LoseRows { number }) => plan.lost_rows = number,
            Some(FaultKind::FailEmpty) => plan.failure = Some(TaskFailure::EmptyArchive),
            _ => {}
        }
        plan
    }

    pub(crate) fn start(&mut self, now: Duration, task: Task) -> String {
        let id = self.task_id();
        self.state.tasks.add(Task { id: id.clone(), ..task });
        self.start_waiting(now);
        id
    }

    /// Returns `true` if the queue has room for a task. In doing so, the 2020 task server forgets all tasks that have ended.
    pub(crate) fn make_room(&mut self, request: &Received) -> bool {
        if self.settings.generation == Generation::Y2020 {
            self.state.tasks.forget_ended();
        }
        self.has_room(request)
    }

    pub(crate) fn has_room(&self, request: &Received) -> bool {
        let is_full = self.state.tasks.is_full(self.settings.workers, self.settings.queue);
        !is_full && request.fault != Some(FaultKind::QueueFull)
    }

    /// Restarts the task server, which keeps its tasks only in memory. It forgets those that have ended; those that are
    /// queued or running never end, and leave the base of an import empty.
    pub fn restart_tasks(&mut self, now: Duration) {
        self.advance(now);
        for index in self.state.tasks.stop_all() {
            let task = &self.state.tasks[index];
            let base = task.base.as_ref().and_then(|uuid| self.state.bases.with_uuid_mut(uuid));
            if let (TaskKind::Import, Some(base)) = (task.kind, base) {
                base.end_import(None);
            }
        }
    }

    fn known(&self, id: &str) -> Option<usize> {
        self.state.tasks.index(id).filter(|index| self.state.tasks[*index].is_known())
    }

    /// Returns `true` if the server reports this task as finished even if it fails.
    fn fails_silently(&self, task: &Task) -> bool {
        let of_base = task.kind == TaskKind::Import && task.base.is_some();
        self.settings.generation != Generation::Current || (self.settings.silent_failures && of_base)
    }

    pub(crate) fn status(&mut self, request: &Received) -> Result {
        let id = request.required("task_id")?;
        let index = self.known(&id).ok_or_else(|| match self.settings.generation {
            Generation::Current => request.not_found("task_id"),
            Generation::Y2020 | Generation::Y2021 => request.invalid("task_id"),
        })?;
        let task = &self.state.tasks[index];
        let ended = matches!(task.state, TaskState::Finished | TaskState::Failed);
        let silent = self.fails_silently(task);
        let failure = if ended { self.state.tasks.at(index).report() } else { None };
        match failure.filter(|_| !silent) {
            None => Ok(json(StatusCode::OK, &json!({ "is_finished": ended }))),
            Some(failure) => Err(failure.response(|| {
                let message = request.text(INTERNAL_ERROR).trim_end_matches('.');
                error_msg(StatusCode::INTERNAL_SERVER_ERROR, message)
            })),
        }
    }

    pub(crate) fn cancel(&mut self, request: &Received) -> Result {
        let uuid = request.required("dtable_uuid")?;
        let kind = match request.required("task_type")?.as_str() {
            "import" => TaskKind::Import,
            "export" => TaskKind::Export,
            _ => return Err(request.invalid("task_type")),
        };
        let id = request.required("task_id")?;
        let index = self.known(&id).ok_or_else(|| request.invalid("task_id"))?;
        let task = &self.state.tasks[index];
        if task.base.as_ref() != Some(&uuid) {
            return Err(request.invalid("dtable_uuid"));
        }
        if task.kind != kind {
            return Err(request.invalid("task_type"));
        }
        self.drop_task(request.now, index, &uuid);
        Ok(json(StatusCode::OK, &json!({ "success": true })))
    }

    /// Cancels a task. Only the 2020 task server, which runs each task in a process, can stop one that is running; a
    /// current one keeps the result of one that has ended.
    fn drop_task(&mut self, now: Duration, index: usize, base: &str) {
        let task = self.state.tasks.at(index);
        let (state, kind) = (task.state, task.kind);
        match (self.settings.generation, state) {
            (Generation::Current, TaskState::Finished | TaskState::Failed) => return,
            (Generation::Y2021 | Generation::Current, TaskState::Running) => {
                task.state = TaskState::Cancelled;
            }
            _ => self.state.tasks.kill(index),
        }
        if self.settings.generation == Generation::Current {
            let base = self.state.bases.with_uuid_mut(base);
            if let (TaskKind::Import, TaskState::Queued, Some(base)) = (kind, state, base) {
                base.import = ImportState::Cancelled;
            }
        } else {
            // An older server deletes the result, also of a task that continues to run.
            self.state.tasks.at(index).plan.failure.get_or_insert(TaskFailure::Internal);
            self.state.files.remove(base);
            if kind == TaskKind::Import {
                self.state.bases.remove(base);
            }
        }
        self.start_waiting(now);
    }
}

/// An archive without entries.
const EMPTY_ARCHIVE: &[u8; 22] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

impl ServerState {
    /// Stores the result of a task whose worker has become free.
    fn end(&mut self, index: usize) {
        let task = self.tasks.at(index);
        let (made, preview) = (task.made.take(), task.preview.take());
        let base = task.base.as_ref().and_then(|uuid| self.bases.with_uuid_mut(uuid));
        let succeeds = task.plan.failure.is_none();
        let done = match (task.kind, base) {
            (TaskKind::Import, Some(base)) => {
                base.end_import(made.filter(|_| succeeds));
                succeeds
            }
            // The request that waits for it delivers the file.
            (TaskKind::Export, Some(base)) if task.awaited => succeeds && base.content.is_some(),
            (TaskKind::Export, Some(base)) => {
                let file = match &task.plan.failure {
                    None => base.file(task.plan.lost_assets),
                    Some(TaskFailure::EmptyArchive) => Some(Bytes::from_static(EMPTY_ARCHIVE).into()),
                    Some(_) => None,
                };
                file.map(|file| self.files.insert(base.uuid.clone(), file)).is_some() && succeeds
            }
            (TaskKind::Import, None) => {
                if let (Some(preview), Some(upload), true) = (preview, &task.upload, succeeds) {
                    self.previews.insert(preview, upload.clone());
                }
                succeeds
            }
            (TaskKind::Export, None) => false,
        };
        task.state = if done { TaskState::Finished } else { TaskState::Failed };
        if !done {
            task.plan.failure.get_or_insert(TaskFailure::Internal);
        }
    }
}
