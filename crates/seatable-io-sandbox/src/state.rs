use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use http::Method;

use crate::{Base, Bases, Call, Content, FaultKind, Task, TaskState, Tasks, Wire};

/// The true state of the server: every base, every task, every file that can be downloaded, every request.
///
/// Equality and hashes ignore the log of requests, so that a search can recognize a state.
#[derive(Clone, Debug, Default)]
pub struct ServerState {
    /// The records of bases by number, in the order of their creation.
    pub bases: Bases,
    /// All tasks ever started, in that order.
    pub tasks: Tasks,
    /// The exported files that can be downloaded, by the UUID of their base.
    pub files: BTreeMap<String, Content>,
    /// The uploaded tables that a current server has parsed and that are not bases yet, by workspace and name.
    pub previews: BTreeMap<(u64, String), Content>,
    /// All requests whose head was received, in that order.
    pub log: Vec<LogEntry>,
}

impl ServerState {
    /// Returns the base with this name in this workspace. If there is none, returns one whose name the database considers
    /// equal, since it differs only in case, accents or trailing spaces.
    pub fn base(&self, workspace: u64, name: &str) -> Option<&Base> {
        self.bases.named(workspace, name)
    }

    /// Returns the task with this ID.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.get(self.tasks.index(id)?)
    }

    /// Returns the tasks that are queued or running and were not cancelled.
    pub fn unfinished(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| matches!(task.state, TaskState::Queued | TaskState::Running))
    }

    /// Returns the number of requests of this call.
    pub fn count(&self, call: Call) -> usize {
        self.log.iter().filter(|entry| entry.call == call).count()
    }

    fn without_log(&self) -> impl PartialEq + Hash {
        (&*self.bases, &*self.tasks, &self.files, &self.previews)
    }
}

impl PartialEq for ServerState {
    fn eq(&self, other: &Self) -> bool {
        self.without_log() == other.without_log()
    }
}

impl Eq for ServerState {}

impl Hash for ServerState {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.without_log().hash(state);
    }
}

/// A request that was received, and its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The virtual time at which its head was received.
    pub at: Duration,
    /// The call of the API.
    pub call: Call,
    /// The method.
    pub method: Method,
    /// The path and query as sent, including passwords.
    pub target: String,
    /// The status of the response, even if that was lost. It is `None` while the request is being received, or if it broke
    /// off.
    pub status: Option<u16>,
    /// How the response was delivered; `None` if there is no status.
    pub wire: Option<Wire>,
    /// The kind of the fault that hit the request.
    pub fault: Option<FaultKind>,
}
