//! What picks a task up again in another process.

use seatable_io_proto::{BaseName, BaseUuid, TaskId, TaskKind};
use serde::{Deserialize, Serialize};

/// How the server hands out an exported file. Learned from one export, handed to the next
/// ([`Exported::route`](crate::Exported::route), [`Export::route`](crate::Export::route)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// A task, then `/api/v2.1/dtable-export-content/` (seed 000).
    #[default]
    Api,
    /// A task, then `/dtable-export-content/` (seed 001).
    Site,
    /// One request, `synchronous-export` (current servers).
    Synchronous,
}

/// All that is needed to wait for a task, fetch its file or cancel it, as plain data.
///
/// ```
/// use seatable_io_proto::{BaseUuid, TaskId, TaskKind};
/// use seatable_io_task::Resume;
///
/// let resume = Resume::new(TaskKind::Export, TaskId::new("1582970303923")?, BaseUuid::new("d09b6bcc")?);
/// let text = serde_json::to_string(&resume).unwrap();
/// assert_eq!(serde_json::from_str::<Resume>(&text).unwrap(), resume);
/// # Ok::<(), seatable_io_proto::InputError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// What the task does.
    pub kind: TaskKind,
    /// The task.
    pub task: TaskId,
    /// The base, in the server's spelling.
    pub base: BaseUuid,
    /// The base's workspace and name, where known: with them a broken download can be exported anew.
    #[serde(default)]
    pub place: Option<(u64, BaseName)>,
    /// How the server hands out files, where known.
    #[serde(default)]
    pub route: Option<Route>,
    /// Whether the task's end may have been told already, in an answer that nobody read.
    #[serde(default = "yes")]
    pub doubt: bool,
}

fn yes() -> bool {
    true
}

impl Resume {
    /// A task of which no more is known than this: its end may have been told already.
    pub fn new(kind: TaskKind, task: TaskId, base: BaseUuid) -> Self {
        Self { kind, task, base, place: None, route: None, doubt: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_of_a_doubt_is_in_doubt() {
        let resume: Resume = serde_json::from_str(r#"{"kind":"import","task":15,"base":"d0"}"#).unwrap();
        assert!(resume.doubt);
        assert_eq!(resume.task.as_str(), "15");
    }
}
