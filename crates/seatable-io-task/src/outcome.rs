//! How a task ends.

use std::fmt;

use seatable_io_proto::{ArchiveFault, Base, FileName, Listing, ReplyError, TaskId};

use serde::{Deserialize, Serialize};

use crate::{Resume, Route};

/// The result of a task that succeeded. In a file it is named in snake case, such as `{"exported": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The server reported that the import has finished.
    Imported(Imported),
    /// The server has started the task, and nobody waits for it: [`Import::no_wait`](crate::Import::no_wait),
    /// [`Export::no_wait`](crate::Export::no_wait).
    Accepted(Accepted),
    /// The sink has the whole file.
    Exported(Exported),
    /// The server has cancelled the task: [`Operation::cancel_existing`](crate::Operation::cancel_existing).
    Cancelled,
    /// The task is queued or running: [`Operation::poll_once`](crate::Operation::poll_once).
    Running,
    /// The task has finished: [`Operation::poll_once`](crate::Operation::poll_once), or [`Operation::cancel_existing`](crate::Operation::cancel_existing) came too
    /// late. The server reports this only once.
    Finished,
    /// The bases and workspaces of the account: [`Operation::list`](crate::Operation::list).
    Listed(Listing),
}

/// A task that the server has started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accepted {
    /// What the task can be resumed with.
    pub resume: Resume,
    /// The base, as the server described it.
    pub base: Option<Base>,
    /// The name that was requested, if the server gave the new base another one.
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
    /// The name that was requested, if the server gave the base another one.
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
    /// The base's own name, if the server told it.
    pub name: Option<String>,
    /// The name that was requested, if the base has another one: servers ignore case, accents and trailing spaces when they
    /// look for a name ([fact 22](seatable_io_proto::facts)).
    pub renamed_from: Option<String>,
    /// The task. `None` if the base was exported in one request.
    pub task: Option<TaskId>,
    /// How the server served the file.
    pub route: Route,
}

/// The last problem of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The server's response.
    Reply(ReplyError),
    /// The file is not a whole zip of the announced length.
    Archive(ArchiveFault),
    /// The file failed the driver's own check.
    Damaged,
    /// The file is complete, but the driver's own check found that it is not a base.
    NotABase,
    /// The server announced or sent a file larger than [`Policy::max_size`](crate::Policy::max_size).
    TooLarge {
        /// The announced length in bytes, or the number of bytes sent by then.
        size: u64,
        /// Whether `size` is the announced length.
        is_announced: bool,
        /// The largest size in bytes.
        limit: u64,
    },
    /// The file is complete, but the driver's own check found that it unpacks to more than the driver allows.
    UnpacksTooLarge,
    /// The server could not be reached.
    NotSent,
    /// The time of the task was over before the request was sent.
    NotSentInTime,
    /// The connection broke before the response was complete.
    Interrupted,
    /// The request was broken off because the task was cancelled.
    BrokenOff,
    /// The server did not answer in time.
    TimedOut,
    /// The local file took until the end of the task's time.
    LocalTimedOut,
    /// The exchange ended without a response.
    NoAnswer,
    /// The server reported success before the whole file was sent.
    TooEarly,
    /// The server's certificate is not trusted.
    Untrusted,
    /// The local file could not be read or written.
    LocalFile,
    /// The server only made a preview of the file.
    Preview,
    /// The server started an import without a task to poll.
    NoTask,
    /// The server does this in one request, without a task that could be resumed.
    NoTaskToResume,
    /// The server does not import `.xlsx` files.
    NoXlsx,
    /// The server accepted the request to cancel, but finishes an import that is running all the same.
    MayContinue,
    /// The task to resume is on another server.
    OtherServer,
    /// The name of the base to export again now belongs to another base.
    OtherBase,
}

impl Reason {
    /// The server's response, if that was the problem.
    pub(crate) fn reply_error(&self) -> Option<&ReplyError> {
        match self {
            Self::Reply(response) => Some(response),
            _ => None,
        }
    }
}

/// What is said before a size that is [not the announced one](Cause::TooLarge).
pub(crate) fn at_least(is_announced: bool) -> &'static str {
    if is_announced { "" } else { "at least " }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reply(response) => return response.fmt(f),
            Self::Archive(fault) => return fault.fmt(f),
            Self::Damaged => "the file is damaged",
            Self::NotABase => "the file is complete, but is not a base",
            Self::TooLarge { size, is_announced, limit } => {
                let least = at_least(*is_announced);
                return write!(f, "the file has {least}{size} bytes, and the limit is {limit}");
            }
            Self::UnpacksTooLarge => "the file unpacks to too much",
            Self::NotSent => "the server could not be reached",
            Self::NotSentInTime => "the task ran out of time before the request was sent",
            Self::Interrupted => "the connection broke before the response was complete",
            Self::BrokenOff => "the request was stopped before the response was complete",
            Self::TimedOut => "the server did not answer in time",
            Self::LocalTimedOut => "reading, writing or checking the local file took too long",
            Self::NoAnswer => "the server closed the connection without a response",
            Self::TooEarly => "the server reported success before the whole file was sent",
            Self::Untrusted => "the server's certificate is not trusted",
            Self::LocalFile => "the local file could not be read or written, or has changed",
            Self::Preview => "the server only made a preview of the file",
            Self::NoTask => "the server did not name a task to poll",
            Self::NoTaskToResume => "the server does this in one request, without a task to resume",
            Self::NoXlsx => "the server does not import .xlsx files",
            Self::MayContinue => {
                "the server accepted the request to cancel, but finishes an import that is running"
            }
            Self::OtherServer => "the task is on another server",
            Self::OtherBase => "another base has this name now",
        })
    }
}
