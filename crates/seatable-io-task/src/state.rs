//! The state of an operation between two requests.

use std::time::Duration;

use seatable_io_proto::Refusal;

use crate::phase::Phase;
use crate::{OperationError, Outcome, Reason};

/// The state of an operation between two requests.
#[derive(Clone, Debug)]
pub(crate) enum State {
    // Boxed, because an operation is moved often.
    Attempt(Box<Attempt>),
    Over(Box<Result<Outcome, OperationError>>),
}

impl State {
    pub(crate) fn request(phase: Phase) -> Self {
        Attempt::new(phase).into()
    }

    pub(crate) fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Attempt(attempt) => Some(attempt),
            Self::Over(_) => None,
        }
    }
}

impl From<Attempt> for State {
    fn from(attempt: Attempt) -> Self {
        Self::Attempt(Box::new(attempt))
    }
}

impl From<Result<Outcome, OperationError>> for State {
    fn from(end: Result<Outcome, OperationError>) -> Self {
        Self::Over(Box::new(end))
    }
}

/// The next request, and the traces of earlier attempts at it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) phase: Phase,
    /// When to make it; zero means at once.
    pub(crate) not_before: Duration,
    /// Retries in a row.
    pub(crate) retries: u32,
    /// How many times in a row the server was busy.
    pub(crate) busy: u32,
    /// How long the last response asked to wait.
    pub(crate) retry_after: Option<Duration>,
    /// Why it is repeated.
    pub(crate) reason: Option<Reason>,
}

impl Attempt {
    pub(crate) fn new(phase: Phase) -> Self {
        Self { phase, not_before: Duration::ZERO, retries: 0, busy: 0, retry_after: None, reason: None }
    }

    /// Returns whether it waits because the server was busy.
    pub(crate) fn is_busy(&self) -> bool {
        self.reason.as_ref().and_then(Reason::refusal).is_some_and(Refusal::is_busy)
    }
}
