//! The progress of an operation.

use std::time::Duration;

use crate::state::Attempt;
use crate::{Call, Reason};

/// The progress of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The call in flight, or the next one; `None` if the operation is over.
    pub call: Option<Call>,
    /// When the call is made, as a moment of the operation's clock; `None` if it is in flight.
    pub waits_until: Option<Duration>,
    /// How many bytes of the file were sent in this exchange.
    pub sent: u64,
    /// How many bytes of the file were received in this exchange.
    pub received: u64,
    /// How many bytes of the file the server announced in this exchange.
    pub announced: Option<u64>,
    /// How many polls the server has answered.
    pub polls: u32,
    /// Why the call is repeated, or why it waits if [`is_paused`](Self::is_paused).
    pub reason: Option<Reason>,
    /// Whether the call waits because the server was busy (429, or 503 with `Retry-After`), to this operation or another one of
    /// its [`Pace`](crate::Pace).
    pub is_paused: bool,
}

impl Progress {
    pub(crate) fn of(attempt: &Attempt) -> Self {
        Self {
            call: Some(attempt.phase.call()),
            polls: attempt.phase.remote().map_or(0, |remote| remote.polls),
            reason: attempt.reason.clone(),
            ..Self::default()
        }
    }
}
