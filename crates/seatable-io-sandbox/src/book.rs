use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use http::Method;

use crate::{Bases, Call, Content, Share, TaskFailure, Tasks, What, Wire};

/// What is really on the server: every base, every task, every file that waits to be fetched, every request.
///
/// Two books are equal, and hash alike, if bases, tasks, files and previews are: the log of requests is left out, so that
/// a search can recognise a state that it has seen.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// The records of bases, in the order they were made.
    pub bases: Bases,
    /// All tasks ever started, in that order.
    pub tasks: Tasks,
    /// The exported files that wait to be fetched, under the uuid of their base.
    pub files: BTreeMap<String, Content>,
    /// The tables that a current server has parsed and that are no bases yet, under workspace and name, as uploaded.
    pub previews: BTreeMap<(u64, String), Content>,
    /// All requests whose head was received, in that order.
    pub log: Vec<Entry>,
}

impl Book {
    /// The record of this name in this workspace: one of exactly this name, or else one whose name the database takes for
    /// the same, since it differs only in case, accents or spaces at the end.
    pub fn base(&self, workspace: u64, name: &str) -> Option<&Base> {
        self.bases.named(workspace, name)
    }

    /// The task with this id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.get(self.tasks.place(id)?)
    }

    /// The tasks that are queued or running and were not cancelled.
    pub fn unfinished(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| matches!(task.state, TaskState::Queued | TaskState::Running))
    }

    /// How many requests of this kind were received.
    pub fn count(&self, call: Call) -> usize {
        self.log.iter().filter(|entry| entry.call == call).count()
    }
}

impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        self.bases == other.bases
            && self.tasks == other.tasks
            && self.files == other.files
            && self.previews == other.previews
    }
}

impl Eq for Book {}

impl Hash for Book {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bases.hash(state);
        self.tasks.hash(state);
        self.files.hash(state);
        self.previews.hash(state);
    }
}

/// The record of a base; an import makes it before it looks at the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Base {
    /// The number of the base.
    pub id: u64,
    /// The workspace that the base is in.
    pub workspace: u64,
    /// The name; an import takes none that the database takes for the name of another base in the workspace.
    pub name: String,
    /// The uuid as the server tells it; on [`Generation::Y2021`](crate::Generation::Y2021) with an `n` in it, like the
    /// first sample of that page.
    pub uuid: String,
    /// What became of the import that made the record.
    pub import: ImportState,
    /// The `.dtable` file, once the import has finished.
    pub content: Option<Content>,
    /// The bytes of the file that was uploaded to make the base, whatever became of it.
    pub upload: Option<Content>,
    /// The password that a current server wants for an export.
    pub password: Option<String>,
    /// Why the account sees it, if it is in a workspace of someone else.
    pub share: Option<Share>,
    /// Whether the account has starred it.
    pub starred: bool,
    /// The folder of the personal workspace that it is in.
    pub folder: Option<u64>,
    /// The virtual time of `updated_at`.
    pub updated: Duration,
}

/// What became of the import that made a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportState {
    /// The task is queued or running.
    Pending,
    /// The base is whole.
    Finished,
    /// The base exists and is empty, though the server may have reported the task as finished.
    Failed,
    /// The task was cancelled before it ran; its record is left behind, as on current servers.
    Cancelled,
}

/// A task that was started.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    /// The id as the server tells it.
    pub id: String,
    /// What the task does.
    pub kind: TaskKind,
    /// The uuid of its base; `None` for the preview of a `.csv` on a current server.
    pub base: Option<String>,
    /// How far it is.
    pub state: TaskState,
    /// The bytes of the file that was uploaded to start an import, whatever became of it.
    pub upload: Option<Content>,
    pub(crate) duration: Duration,
    /// Why it fails, until the server has told so.
    pub(crate) failure: Option<TaskFailure>,
    /// Whether the server forgets its end at once.
    pub(crate) forgotten: bool,
    /// Whether a request waits for its end.
    pub(crate) awaited: bool,
    /// How many assets the file of an export lacks.
    pub(crate) lost_assets: u32,
    /// When its worker is free again; set from the start to the end of the work, cancelled or not.
    pub(crate) until: Option<Duration>,
    /// What an import brings into its base at the end; without it, the task finishes and the base stays empty.
    pub(crate) made: Option<Content>,
    /// The workspace and the name under which a table waits to be confirmed once the task has parsed it.
    pub(crate) preview: Option<(u64, String)>,
}

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// Makes a base of a file.
    Import,
    /// Makes a file of a base.
    Export,
}

impl TaskKind {
    /// The word for it in `task_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskKind::Import => "import",
            TaskKind::Export => "export",
        }
    }
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// Succeeded, and no one has been told yet.
    Finished,
    /// Succeeded and told: the server no longer knows it.
    Told,
    /// Failed. A current server reports the failure once; an older one reports once that the task has finished.
    Failed,
    /// Cancelled. Unless it was killed, it goes on running, and becomes `Finished` or `Failed` at its end.
    Cancelled,
    /// The server no longer knows it, and has told no one how it ended. Either it succeeded, or a restart of the task
    /// server stopped it: see [`Base::import`].
    Forgotten,
}

/// A request that was received, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When its head was received, in virtual time.
    pub at: Duration,
    /// Which call of the API it is.
    pub call: Call,
    /// The method.
    pub method: Method,
    /// Path and query as they were sent, passwords too.
    pub target: String,
    /// The status of the answer, also of one that was lost on the way; `None` while the request is still being received, and
    /// if it broke off.
    pub status: Option<u16>,
    /// What happened on the wire; `None` when there is no status.
    pub wire: Option<Wire>,
    /// The fault that was played.
    pub fault: Option<What>,
}
