use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
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
    awaited: bool,
}

impl Work {
    fn new(kind: TaskKind, base: Option<String>) -> Self {
        Work { kind, base, upload: None, made: None, preview: None, awaited: false }
    }

    pub(crate) fn export(base: String) -> Self {
        Work::new(TaskKind::Export, Some(base))
    }

    pub(crate) fn import(base: String, upload: Content, made: Option<Content>) -> Self {
        Work { upload: Some(upload), made, ..Work::new(TaskKind::Import, Some(base)) }
    }

    pub(crate) fn parse(preview: (u64, String), upload: Content) -> Self {
        Work { upload: Some(upload), preview: Some(preview), ..Work::new(TaskKind::Import, None) }
    }

    /// The same for a request that waits until it has ended.
    pub(crate) fn awaited(self) -> Self {
        Work { awaited: true, ..self }
    }
}

impl Sandbox {
    /// Lets the server's clock run on to `now`: workers finish tasks and take up waiting ones.
    pub fn advance(&mut self, now: Duration) {
        while let Some((at, place)) = self.book.tasks.end(now) {
            let task = self.book.tasks.at(place);
            end(task, &mut self.book.bases, &mut self.book.files, &mut self.book.previews);
            if task.forgotten {
                task.forget();
            } else if task.awaited {
                self.book.tasks.tell(place);
            } else {
                self.book.tasks.remember(place);
            }
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
            forgotten: plan.forgotten,
            awaited: work.awaited,
            lost_assets: plan.lost_assets,
            until: None,
            made: work.made,
            preview: work.preview,
        });
        self.start_waiting(now);
        id
    }

    /// Looks for room for a task. The task server of 2020 forgets all tasks that have ended while it looks.
    pub(crate) fn make_room(&mut self, plan: &Plan) -> bool {
        if self.settings.generation == Generation::Y2020 {
            self.book.tasks.forget_ended();
        }
        !plan.queue_is_full
    }

    /// Restarts the task server, which keeps its tasks in memory only: it forgets those that have ended, and those that wait
    /// or run never end. The base of an import among these stays empty.
    pub fn restart_tasks(&mut self, now: Duration) {
        self.advance(now);
        for place in self.book.tasks.stop_all() {
            let task = &self.book.tasks[place];
            let base = task.base.as_ref().and_then(|uuid| self.book.bases.with_uuid_mut(uuid));
            if let (TaskKind::Import, Some(base)) = (task.kind, base) {
                base.import = ImportState::Failed;
            }
        }
    }

    /// The place of a task that the server knows.
    fn known(&self, id: &str) -> Option<usize> {
        self.book.tasks.place(id).filter(|place| self.book.tasks.knows(*place))
    }

    /// Whether the server reports this task as finished even if it fails.
    fn fails_silently(&self, task: &Task) -> bool {
        match self.settings.generation {
            Generation::Y2020 | Generation::Y2021 => true,
            Generation::Current => {
                self.settings.silent_failures && task.kind == TaskKind::Import && task.base.is_some()
            }
        }
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
        let task = &self.book.tasks[place];
        let ended = matches!(task.state, TaskState::Finished | TaskState::Failed);
        let silent = self.fails_silently(task);
        let failure = if ended { self.book.tasks.tell(place) } else { None };
        match failure.filter(|_| !silent) {
            None => json(StatusCode::OK, &json!({ "is_finished": ended })),
            Some(TaskFailure::Rejected(reason)) => error_msg(StatusCode::BAD_REQUEST, &reason),
            Some(TaskFailure::TooLarge(reason)) => error_msg(StatusCode::PAYLOAD_TOO_LARGE, &reason),
            Some(TaskFailure::Internal | TaskFailure::EmptyArchive) => {
                error_msg(StatusCode::INTERNAL_SERVER_ERROR, words.internal_error().trim_end_matches('.'))
            }
        }
    }

    pub(crate) fn cancel(&mut self, now: Duration, ticket: &Ticket) -> Response<Content> {
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
        self.drop_task(now, place);
        json(StatusCode::OK, &json!({ "success": true }))
    }

    /// Cancels a task. Only the task server of 2020, which runs each task in a process, can stop one that runs; a current
    /// one keeps the result of one that has ended.
    fn drop_task(&mut self, now: Duration, place: usize) {
        let task = &self.book.tasks[place];
        let (kind, base) = (task.kind, task.base.clone());
        match (self.settings.generation, task.state) {
            (Generation::Current, TaskState::Finished | TaskState::Failed) => return,
            (Generation::Current, TaskState::Running) => _ = self.book.tasks.abandon(place),
            (Generation::Y2021, TaskState::Running) => {
                // The files that it works on are deleted below.
                self.book.tasks.abandon(place).failure.get_or_insert(TaskFailure::Internal);
            }
            _ => self.book.tasks.kill(place),
        }
        if let Some(uuid) = base {
            self.clean_up(kind, &uuid, place);
        }
        self.start_waiting(now);
    }

    /// What becomes of the base of a cancelled task: an older server deletes the record that an import has made, and the file
    /// that an export has made.
    fn clean_up(&mut self, kind: TaskKind, uuid: &str, place: usize) {
        if self.settings.generation != Generation::Current {
            self.book.files.remove(uuid);
            if kind == TaskKind::Import {
                self.book.bases.remove(uuid);
            }
        } else if let (TaskKind::Import, Some(base), None) =
            (kind, self.book.bases.with_uuid_mut(uuid), self.book.tasks[place].until)
        {
            base.import = ImportState::Cancelled;
        }
    }
}

/// An archive without entries.
const EMPTY_ARCHIVE: &[u8; 22] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// What a task leaves behind when its worker lets go of it.
fn end(
    task: &mut Task,
    bases: &mut Bases,
    files: &mut BTreeMap<String, Content>,
    previews: &mut BTreeMap<(u64, String), Content>,
) {
    let (made, preview) = (task.made.take(), task.preview.take());
    let base = task.base.as_ref().and_then(|uuid| bases.with_uuid_mut(uuid));
    let succeeds = task.failure.is_none();
    let done = match (task.kind, base) {
        (TaskKind::Import, Some(base)) => {
            base.content = made.filter(|_| succeeds);
            let whole = base.content.is_some();
            base.import = if whole { ImportState::Finished } else { ImportState::Failed };
            succeeds
        }
        // The request that waits for it takes the file along.
        (TaskKind::Export, Some(base)) if task.awaited => succeeds && base.content.is_some(),
        (TaskKind::Export, Some(base)) => {
            let file = match &task.failure {
                None => base.file(task.lost_assets),
                Some(TaskFailure::EmptyArchive) => Some(Bytes::from_static(EMPTY_ARCHIVE).into()),
                Some(_) => None,
            };
            file.map(|file| files.insert(base.uuid.clone(), file)).is_some() && succeeds
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
