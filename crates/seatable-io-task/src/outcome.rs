//! The outcome of an operation.

use seatable_io_proto::{Base, FileName, Listing, TaskId};
use serde::{Deserialize, Serialize};

use crate::{Resume, Route};

/// The result of an operation that succeeded. Serialized in snake case, such as `{"exported": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The server reported that the import has finished.
    Imported(Imported),
    /// The server has started the task, and the operation does not wait for it:
    /// [`Import::no_wait`](crate::Import::no_wait), [`Export::no_wait`](crate::Export::no_wait).
    Accepted(Accepted),
    /// The sink has the whole file.
    Exported(Exported),
    /// The server has cancelled the task: [`Operation::cancel_existing`](crate::Operation::cancel_existing).
    Cancelled,
    /// The task is queued or running: [`Operation::poll_once`](crate::Operation::poll_once).
    Running,
    /// The task has finished: [`Operation::poll_once`](crate::Operation::poll_once), or
    /// [`Operation::cancel_existing`](crate::Operation::cancel_existing) came too late. The server reports this only once.
    Finished,
    /// The bases and workspaces of the account: [`Operation::list`](crate::Operation::list).
    Listed(Listing),
}

/// A task that the server has started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accepted {
    /// The data to resume the task with.
    pub resume: Resume,
    /// The base, as the server described it.
    pub base: Option<Base>,
    /// The requested name, if the server gave the new base another one.
    pub renamed_from: Option<String>,
}

/// An import that the server has finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Imported {
    /// The new base. `None` if the import was resumed, or if a current server imported a `.csv` or `.xlsx` file: it does
    /// not describe the base.
    pub base: Option<Base>,
    /// The task. `None` if the server imported the file in one request.
    pub task: Option<TaskId>,
    /// The requested name, if the server gave the base another one.
    pub renamed_from: Option<String>,
}

impl Imported {
    /// `sent` is the name that the file was sent under.
    pub(crate) fn new(base: Option<Base>, task: Option<TaskId>, sent: Option<&FileName>) -> Self {
        let changed = sent.filter(|name| base.as_ref().is_some_and(|base| !name.is_name_of(base)));
        Self { renamed_from: changed.map(|name| name.base().to_owned()), base, task }
    }
}

/// An export whose file was received and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exported {
    /// The length of the file in bytes.
    pub bytes: u64,
    /// The base. `None` if it was exported in one request or the task was resumed.
    pub base: Option<Base>,
    /// The base's own name, if the response has it.
    pub name: Option<String>,
    /// The requested name, if the base has another one: servers ignore case, accents and trailing spaces when they
    /// look for a name ([fact 22](seatable_io_proto::facts)).
    pub renamed_from: Option<String>,
    /// The task. `None` if the base was exported in one request.
    pub task: Option<TaskId>,
    /// How the server served the file.
    pub route: Route,
}
