//! The data to resume a task with.

use seatable_io_proto::{BaseName, BaseUuid, Server, TaskId, TaskKind};
use serde::{Deserialize, Serialize};

use crate::Route;

/// The data to wait for a task, fetch its file or cancel it, in this process or another. It has a version.
///
/// ```
/// use seatable_io_proto::{BaseUuid, TaskId, TaskKind};
/// use seatable_io_task::Resume;
///
/// let resume = Resume::new(TaskKind::Export, TaskId::new("1582970303923")?, BaseUuid::new("d09b6bcc")?);
/// let text = serde_json::to_string(&resume).unwrap();
/// assert_eq!(serde_json::from_str::<Resume>(&text).unwrap(), resume);
///
/// let later = text.replace(r#""version":1"#, r#""version":2"#);
/// assert!(serde_json::from_str::<Resume>(&later).is_err());
/// # Ok::<(), seatable_io_proto::InputError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resume {
    version: Version,
    /// The kind of the task.
    pub kind: TaskKind,
    /// The URL of the server. `None` resumes the task on any server.
    #[serde(default)]
    pub server: Option<String>,
    /// The task.
    pub task: TaskId,
    /// The base, exactly as the server spelled it.
    pub base: BaseUuid,
    /// The workspace and the name of the base, if known. With them, a damaged download can be exported again.
    #[serde(default)]
    pub place: Option<Place>,
    /// How the server serves files, if known.
    #[serde(default)]
    pub route: Option<Route>,
}

/// Where a base is: by its place it can be exported again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The workspace.
    pub workspace: u64,
    /// The name of the base in that workspace.
    pub name: BaseName,
}

impl Place {
    /// A base of this name in a workspace.
    pub fn new(workspace: u64, name: BaseName) -> Self {
        Self { workspace, name }
    }
}

/// The version of the format, 1. Any other is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version;

impl TryFrom<u32> for Version {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if number == 1 { Ok(Self) } else { Err("this version of the data is not supported") }
    }
}

impl From<Version> for u32 {
    fn from(Version: Version) -> u32 {
        1
    }
}

impl Resume {
    /// A task of which nothing else is known.
    pub fn new(kind: TaskKind, task: TaskId, base: BaseUuid) -> Self {
        Self { version: Version, kind, server: None, task, base, place: None, route: None }
    }

    /// Returns whether the task is known to be on another server.
    pub(crate) fn is_elsewhere(&self, server: &Server) -> bool {
        self.server.as_ref().is_some_and(|url| url != server.url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Resume> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn only_kind_task_and_base_are_needed() {
        let resume = read(r#"{"version":1,"kind":"import","task":15,"base":"d0"}"#).unwrap();
        assert_eq!(
            (resume.task.as_str(), &resume.server, &resume.place, resume.route),
            ("15", &None, &None, None)
        );
        assert_eq!(read(&serde_json::to_string(&resume).unwrap()), Some(resume));
    }

    #[test]
    fn the_format_does_not_change() {
        let text = r#"{"version":1,"kind":"export","server":"https://a.example/","task":"15","base":"d0","place":{"workspace":7,"name":"t1"},"route":"site"}"#;
        let resume = read(text).unwrap();
        assert_eq!(serde_json::to_string(&resume).unwrap(), text);
        assert_eq!((resume.route, resume.server.as_deref()), (Some(Route::Site), Some("https://a.example/")));
        assert_eq!(resume.place, Some(Place::new(7, BaseName::new("t1").unwrap())));
    }

    #[test]
    fn another_version_or_none_is_an_error() {
        for version in [0, 2, 10] {
            let text = format!(r#"{{"version":{version},"kind":"import","task":15,"base":"d0"}}"#);
            assert_eq!(read(&text), None);
        }
        assert_eq!(read(r#"{"kind":"import","task":15,"base":"d0"}"#), None);
    }
}
