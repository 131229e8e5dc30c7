//! The last problem of an operation.

use std::fmt;

use seatable_io_proto::{ArchiveFault, Refusal, ReplyError};

/// The last problem of an operation.
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
    /// The time of the operation was over before the request was sent.
    NotSentInTime,
    /// The connection broke before the response was complete.
    Interrupted,
    /// The request was stopped because the operation was cancelled.
    BrokenOff,
    /// The server did not answer in time.
    TimedOut,
    /// The local file was slow until the operation's time was over.
    LocalTimedOut,
    /// The exchange ended without a response.
    NoResponse,
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
    /// The server accepted the request to cancel, but still finishes an import that is running.
    MayContinue,
    /// The task to resume is on another server.
    OtherServer,
    /// The name of the base to export again now belongs to another base.
    OtherBase,
}

impl Reason {
    /// Returns the server's response, if that is the problem.
    pub(crate) fn reply_error(&self) -> Option<&ReplyError> {
        if let Self::Reply(error) = self { Some(error) } else { None }
    }

    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        self.reply_error().and_then(ReplyError::refusal)
    }
}

/// Returns the words before a size, which may not be the [announced](Reason::TooLarge) one.
pub(crate) fn at_least(is_announced: bool) -> &'static str {
    if is_announced { "" } else { "at least " }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reply(error) => return error.fmt(f),
            Self::Archive(fault) => return fault.fmt(f),
            Self::Damaged => "the file is damaged",
            Self::NotABase => "the file is complete, but is not a base",
            Self::TooLarge { size, is_announced, limit } => {
                let least = at_least(*is_announced);
                return write!(f, "the file has {least}{size} bytes, and the limit is {limit}");
            }
            Self::UnpacksTooLarge => "the file unpacks to too much",
            Self::NotSent => "the server could not be reached",
            Self::NotSentInTime => "the operation ran out of time before the request was sent",
            Self::Interrupted => "the connection broke before the response was complete",
            Self::BrokenOff => "the request was stopped before the response was complete",
            Self::TimedOut => "the server did not answer in time",
            Self::LocalTimedOut => "reading, writing or checking the local file took too long",
            Self::NoResponse => "the server closed the connection without a response",
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
