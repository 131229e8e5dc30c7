//! The last problem of an operation.

use seatable_io_proto::{ArchiveFault, Refusal, ReplyError};

/// The last problem of an operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The server's response.
    #[error(transparent)]
    Reply(ReplyError),
    /// The file is not a whole zip of the announced length.
    #[error(transparent)]
    Archive(ArchiveFault),
    /// The file failed the driver's own check.
    #[error("the file is damaged")]
    Damaged,
    /// The file is complete, but the driver's own check found that it is not a base.
    #[error("the file is complete, but is not a base")]
    NotABase,
    /// The server announced or sent a file larger than [`Policy::max_size`](crate::Policy::max_size).
    #[error("the file has {}{size} bytes, and the limit is {limit}", at_least(*is_announced))]
    TooLarge {
        /// The announced length in bytes, or the number of bytes sent by then.
        size: u64,
        /// Whether `size` is the announced length.
        is_announced: bool,
        /// The largest size in bytes.
        limit: u64,
    },
    /// The file is complete, but the driver's own check found that it unpacks to more than the driver allows.
    #[error("the file unpacks to too much")]
    UnpacksTooLarge,
    /// The server could not be reached.
    #[error("the server could not be reached")]
    NotSent,
    /// The time of the operation was over before the request was sent.
    #[error("the operation ran out of time before the request was sent")]
    NotSentInTime,
    /// The connection broke before the response was complete.
    #[error("the connection broke before the response was complete")]
    Interrupted,
    /// The request was stopped because the operation was cancelled.
    #[error("the request was stopped before the response was complete")]
    BrokenOff,
    /// The server did not answer in time.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The local file was slow until the operation's time was over.
    #[error("reading, writing or checking the local file took too long")]
    LocalTimedOut,
    /// The exchange ended without a response.
    #[error("the server closed the connection without a response")]
    NoResponse,
    /// The server reported success before the whole file was sent.
    #[error("the server reported success before the whole file was sent")]
    TooEarly,
    /// The server's certificate is not trusted.
    #[error("the server's certificate is not trusted")]
    Untrusted,
    /// The local file could not be read or written.
    #[error("the local file could not be read or written, or has changed")]
    LocalFile,
    /// The server only made a preview of the file.
    #[error("the server only made a preview of the file")]
    Preview,
    /// The server started an import without a task to poll.
    #[error("the server did not name a task to poll")]
    NoTask,
    /// The server does this in one request, without a task that could be resumed.
    #[error("the server does this in one request, without a task to resume")]
    NoTaskToResume,
    /// The server does not import `.xlsx` files.
    #[error("the server does not import .xlsx files")]
    NoXlsx,
    /// The server lists more than a million bases, or pages without end.
    #[error("the server lists more than 1,000,000 bases")]
    TooManyBases,
    /// The server accepted the request to cancel, but still finishes an import that is running.
    #[error("the server accepted the request to cancel, but finishes an import that is running")]
    MayContinue,
    /// The task to resume is on another server.
    #[error("the task is on another server")]
    OtherServer,
    /// The name of the base to export again now belongs to another base.
    #[error("another base has this name now")]
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
