//! A response while it is received, and how its exchange ends.

use http::StatusCode;
use http::response::Parts;
use seatable_io_proto::{ArchiveFault, ArchiveWatch, FileHead};

use crate::problem::Problem;
use crate::{Call, Failure, Reason};

/// The use of the body of a response. There are no other cases: match it exhaustively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// Report it with [`Exchange::chunk`](crate::Exchange::chunk).
    Read,
    /// It is the exported file: empty the sink, and write to it the bytes that [`Exchange::chunk`](crate::Exchange::chunk) accepts.
    Save {
        /// The announced length in bytes.
        len: Option<u64>,
    },
}

/// The response as far as it was received.
#[derive(Debug)]
pub(crate) enum Received {
    None,
    /// A response whose body is not a file.
    Message {
        head: Parts,
        body: Vec<u8>,
    },
    /// A success before the whole file was sent.
    TooEarly,
    /// A file that is larger than the policy allows.
    TooLarge(Reason),
    File {
        watch: ArchiveWatch,
        /// Whether the sink has received part of it.
        is_delivered: bool,
        base_name: Option<String>,
    },
}

/// How an exchange ended.
pub(crate) enum End {
    Message(Parts, Vec<u8>),
    /// The whole file, with its length in bytes and, if the head has it, the name of its base.
    File(u64, Option<String>),
    Problem(Problem, Reason),
}

/// Returns whether a head is not informational, or that of a connection that speaks something else from then on.
pub(crate) fn is_final(head: &Parts) -> bool {
    !head.status.is_informational() || head.status == StatusCode::SWITCHING_PROTOCOLS
}

impl Received {
    /// Begins with the final head of the response to a call. `is_sent`: its whole request was sent.
    pub(crate) fn begin(call: Call, head: &Parts, is_sent: bool, max_size: Option<u64>) -> Self {
        match FileHead::read(head).filter(|_| call.fetches()) {
            Some(file) => {
                let too_large = file.len.and_then(|len| too_large(len, true, max_size));
                let watch = ArchiveWatch::new(file.len);
                let file = Self::File { watch, is_delivered: false, base_name: file.base_name };
                too_large.map_or(file, Self::TooLarge)
            }
            None if head.status.is_success() && !is_sent => Self::TooEarly,
            None => Self::Message { head: head.clone(), body: Vec::new() },
        }
    }

    pub(crate) fn intake(&self) -> Intake {
        match self {
            Self::File { watch, .. } => Intake::Save { len: watch.announced() },
            _ => Intake::Read,
        }
    }

    /// Adds bytes of the body. Returns whether more are needed.
    pub(crate) fn chunk(&mut self, call: Call, bytes: &[u8], max_size: Option<u64>) -> bool {
        match self {
            Self::None | Self::TooEarly | Self::TooLarge(_) => false,
            Self::Message { body, .. } => {
                let limit = call.response_limit();
                let room = limit.saturating_sub(body.len());
                body.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                body.len() < limit
            }
            Self::File { watch, is_delivered, .. } => {
                let size = watch.seen().saturating_add(bytes.len() as u64);
                if let Some(reason) = too_large(size, false, max_size) {
                    *self = Self::TooLarge(reason);
                    return false;
                }
                let is_accepted = watch.chunk(bytes);
                *is_delivered |= is_accepted && !bytes.is_empty();
                is_accepted
            }
        }
    }

    pub(crate) fn is_delivered(&self) -> bool {
        matches!(self, Self::File { is_delivered: true, .. })
    }

    /// Judges a response that was received to its end, or failed. `is_unsent`: nothing shows that any byte was sent.
    pub(crate) fn end(self, call: Call, is_unsent: bool, why: Option<Failure>) -> End {
        match (self, why) {
            (Self::Message { head, body }, None) => End::Message(head, body),
            (Self::Message { head, body }, Some(_)) if call.is_judged_by(&head) => End::Message(head, body),
            (Self::TooLarge(reason), _) => End::Problem(Problem::TooLarge, reason),
            (Self::TooEarly, _) => End::Problem(Problem::NotUnderstood, Reason::TooEarly),
            (Self::File { watch, base_name, .. }, why) => end_of_file(&watch, base_name, why),
            (Self::None, None) => End::Problem(Problem::Broken, Reason::NoResponse),
            (Self::None, Some(Failure::NotSent)) if is_unsent => {
                End::Problem(Problem::NotSent, Reason::NotSent)
            }
            (Self::None, Some(Failure::NotSentInTime)) if is_unsent => {
                End::Problem(Problem::NotSent, Reason::NotSentInTime)
            }
            (Self::None, Some(Failure::Untrusted)) if is_unsent => {
                End::Problem(Problem::Untrusted, Reason::Untrusted)
            }
            (_, Some(Failure::LocalFile)) => End::Problem(Problem::LocalFile, Reason::LocalFile),
            (_, Some(why)) => End::Problem(Problem::Broken, reason(why)),
        }
    }
}

/// Judges a file. Only the watch knows whether it is whole, so a check of the driver counts only if it is.
fn end_of_file(watch: &ArchiveWatch, base_name: Option<String>, why: Option<Failure>) -> End {
    use Failure::{Damaged, LocalFile, NotABase, TooLarge};
    let (problem, reason) = match (watch.finish(), why) {
        (Err(fault), None | Some(Damaged | NotABase | TooLarge)) => {
            let problem = match fault {
                ArchiveFault::NotZip | ArchiveFault::Empty => Problem::NotUnderstood,
                ArchiveFault::NoEntries => Problem::NotABase,
                _ => Problem::Damaged,
            };
            (problem, Reason::Archive(fault))
        }
        (Ok(()), None) => return End::File(watch.seen(), base_name),
        (_, Some(LocalFile)) => (Problem::LocalFile, Reason::LocalFile),
        (_, Some(NotABase)) => (Problem::NotABase, Reason::NotABase),
        (_, Some(TooLarge)) => (Problem::TooLarge, Reason::UnpacksTooLarge),
        (_, Some(why)) => (Problem::Damaged, reason(why)),
    };
    End::Problem(problem, reason)
}

fn reason(why: Failure) -> Reason {
    match why {
        Failure::TimedOut | Failure::NotSentInTime => Reason::TimedOut,
        Failure::LocalTimedOut => Reason::LocalTimedOut,
        Failure::Damaged => Reason::Damaged,
        _ => Reason::Interrupted,
    }
}

fn too_large(size: u64, is_announced: bool, limit: Option<u64>) -> Option<Reason> {
    let limit = limit.filter(|limit| size > *limit)?;
    Some(Reason::TooLarge { size, is_announced, limit })
}
