//! How a task ends.

use std::fmt;

use http::StatusCode;
use seatable_io_proto::{ArchiveFault, Base, ReplyError, TaskId};

use crate::{Call, Resume, Route};

/// A good end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server said that the import is finished.
    Imported(Imported),
    /// The server took the import on; [`Import::wait`](crate::Import::wait) was off.
    Accepted(Imported, Resume),
    /// The whole file went to the sink.
    Exported(Exported),
    /// [`Task::look`](crate::Task::look): the task is queued or runs.
    Running,
    /// [`Task::look`](crate::Task::look): the task is finished. The server tells this once.
    Finished,
}

/// An import that the server took on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The new base; `None` where the import was resumed.
    pub base: Option<Base>,
    /// The task; `None` where the server imported at once (2020, `.csv`).
    pub task: Option<TaskId>,
    /// The name that was meant, where the server gave the base another one.
    pub renamed_from: Option<String>,
}

/// An export whose file is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// The file's size.
    pub bytes: u64,
    /// The base; `None` where it was exported in one request, or resumed.
    pub base: Option<Base>,
    /// The task; `None` where it was exported in one request.
    pub task: Option<TaskId>,
    /// How the server handed the file out.
    pub route: Route,
}

/// In which way a task did not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server said no.
    Refused,
    /// The server cannot do what was asked for: it does not know these options, or this name.
    Unsupported,
    /// The server answers, but not as SeaTable does.
    BadAnswer,
    /// The task failed on the server, or was cancelled by somebody else.
    TaskFailed,
    /// An import may or may not have happened; this API cannot tell.
    Unknown,
    /// No useful answer after all repeats.
    Unavailable,
    /// The server's certificate is not trusted.
    Untrusted,
    /// [`Policy::patience`](crate::Policy::patience) is over.
    OutOfPatience,
    /// [`Task::cancel`](crate::Task::cancel) was called, and nothing that was asked for is there.
    Cancelled,
}

/// What a task met last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// An answer of the server.
    Answer(ReplyError),
    /// A file that is not a whole zip.
    Archive(ArchiveFault),
    /// A file of another length than announced, in bytes.
    Length {
        /// What the server announced.
        announced: u64,
        /// What came.
        came: u64,
    },
    /// The request could not be sent.
    NotSent,
    /// The connection broke before the answer was complete.
    Interrupted,
    /// No answer in time.
    TimedOut,
    /// The certificate was refused.
    Untrusted,
    /// Only a preview was made of the file.
    Preview,
    /// An import was answered without a task to ask after.
    NoTask,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => answer.fmt(f),
            Self::Archive(fault) => fault.fmt(f),
            Self::Length { announced, came } => {
                write!(f, "{announced} bytes were announced, and {came} came")
            }
            Self::NotSent => f.write_str("no connection to the server"),
            Self::Interrupted => f.write_str("the connection broke before the answer was complete"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Untrusted => f.write_str("the server's certificate is not trusted"),
            Self::NoTask => f.write_str("the server named no task to ask after"),
            Self::Preview => f.write_str("the server made a preview only, which cannot be confirmed here"),
        }
    }
}

/// Why a task did not end well, and what to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskError(Box<Report>);

/// What an error is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) kind: ErrorKind,
    pub(crate) call: Call,
    pub(crate) about: String,
    pub(crate) cause: Option<Cause>,
    pub(crate) repeats: u32,
    pub(crate) cancelled: bool,
    pub(crate) resume: Option<Resume>,
    pub(crate) may_still_run: bool,
}

impl From<Report> for TaskError {
    fn from(report: Report) -> Self {
        Self(Box::new(report))
    }
}

impl TaskError {
    /// In which way it did not end well.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was being asked when it ended.
    pub fn call(&self) -> Call {
        self.0.call
    }

    /// What was met last; `None` where time ran out, or somebody cancelled, without any trouble.
    pub fn cause(&self) -> Option<&Cause> {
        self.0.cause.as_ref()
    }

    /// The server's last answer, where it is the cause.
    pub fn answer(&self) -> Option<&ReplyError> {
        match self.cause()? {
            Cause::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// The status of [`answer`](Self::answer).
    pub fn status(&self) -> Option<StatusCode> {
        self.answer().map(ReplyError::status)
    }

    /// Whether [`Task::cancel`](crate::Task::cancel) was called before the end.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled
    }

    /// What picks the task up again, where it may still run or its end is not known.
    pub fn resume(&self) -> Option<&Resume> {
        self.0.resume.as_ref()
    }

    /// Whether something that this task began may still run on the server.
    pub fn may_still_run(&self) -> bool {
        self.0.may_still_run
    }

    fn doing(&self) -> &'static str {
        match self.0.call {
            Call::StartImport => "sending",
            Call::StartExport => "starting the export of",
            Call::Status => "asking for the state of",
            Call::Content => "downloading",
            Call::SynchronousExport => "exporting",
            Call::Cancel => "cancelling",
        }
    }

    fn headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (about, doing) = (&self.0.about, self.doing());
        match self.0.kind {
            ErrorKind::Refused => write!(f, "refused while {doing} {about}"),
            ErrorKind::Unsupported => write!(
                f,
                "this server cannot export {about} as asked: it has no synchronous export, which a password, \
                 leaving out assets, and the names `.` and `..` need"
            ),
            ErrorKind::BadAnswer => write!(f, "{doing} {about} met an answer that makes no sense"),
            ErrorKind::TaskFailed => {
                write!(f, "the task of {about} failed on the server, or was cancelled elsewhere")
            }
            ErrorKind::Unknown => write!(f, "the outcome of {about} is not known"),
            ErrorKind::Unavailable => write!(f, "gave up {doing} {about}"),
            ErrorKind::Untrusted => write!(f, "stopped {doing} {about}"),
            ErrorKind::OutOfPatience => write!(f, "out of time while {doing} {about}"),
            ErrorKind::Cancelled => write!(f, "cancelled {about}"),
        }
    }

    fn advice(&self) -> Option<&'static str> {
        let sent_import = self.0.call == Call::StartImport;
        match self.0.kind {
            ErrorKind::Unknown => Some(
                "it was not sent again, for that could make a second base: look whether the base is there, and \
                 import again only if it is not",
            ),
            _ if self.0.may_still_run && self.0.resume.is_none() => {
                Some("an export may still run on the server; it changes nothing there")
            }
            ErrorKind::Cancelled if self.0.resume.is_some() => {
                Some("a new base without content may be left on the server: look, and delete it there")
            }
            _ if self.0.may_still_run => Some("it may still run on the server"),
            ErrorKind::Unavailable | ErrorKind::OutOfPatience if sent_import => Some("nothing was imported"),
            ErrorKind::BadAnswer if self.0.call == Call::Content => Some(
                "check the server's address and the token; current servers give a task's file to browsers only: \
                 export the base by its name",
            ),
            ErrorKind::BadAnswer => Some("check the server's address and the token"),
            ErrorKind::Untrusted => Some("trust its authority, or correct the address"),
            _ => None,
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.headline(f)?;
        if let Some(cause) = &self.0.cause {
            write!(f, ": {}", cause.to_string().trim_end_matches('.'))?;
        }
        match self.0.repeats {
            _ if self.0.kind == ErrorKind::Cancelled => {}
            0 => {}
            1 => f.write_str(" (asked again once)")?,
            times => write!(f, " (asked again {times} times)")?,
        }
        self.advice().map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}

impl std::error::Error for TaskError {}
