//! What all tasks of an account share: its rate limit, and which bases are being exported.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use http::response::Parts;
use seatable_io_proto::Refusal;
use serde::{Deserialize, Serialize};

use crate::Call;

mod account;
mod queue;

pub(crate) use account::Exported;
use account::{Account, Turn};

/// The least pause after a refusal.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a task looks whether the base that it waits for is free, while there is no pause.
const LOOK: Duration = Duration::from_secs(1);

/// How many requests an account makes in a minute, evenly spread. `None` is as many as its tasks need, until a server
/// says otherwise.
///
/// In a configuration file missing fields are `None`, and a field that does not exist is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Allowance {
    /// Requests of any kind: the cloud allows 300 ([fact 17](seatable_io_proto::facts)).
    pub requests: Option<NonZeroU32>,
    /// Requests that start an export: other servers allow 20 by default.
    pub export_starts: Option<NonZeroU32>,
    /// Requests that start an import, and the question of how to: other servers allow 20 by default.
    pub import_starts: Option<NonZeroU32>,
}

impl Allowance {
    /// Sets [`requests`](Self::requests).
    pub fn requests(self, requests: NonZeroU32) -> Self {
        Self { requests: Some(requests), ..self }
    }

    /// Sets [`export_starts`](Self::export_starts).
    pub fn export_starts(self, export_starts: NonZeroU32) -> Self {
        Self { export_starts: Some(export_starts), ..self }
    }

    /// Sets [`import_starts`](Self::import_starts).
    pub fn import_starts(self, import_starts: NonZeroU32) -> Self {
        Self { import_starts: Some(import_starts), ..self }
    }
}

/// The rate limit of one account, which all its tasks share: [`Task::paced`](crate::Task::paced). All clones are one.
///
/// A 429, or a 503 with `Retry-After`, pauses all of them: none is given a request before that time has passed, or a second
/// if none was told. Then each waits for its own turn. To cancel, a task waits for the end of a pause, but for no other task.
///
/// Such a refusal also teaches an [`Allowance`]: what was asked in the last minute without being refused. That is the
/// allowance of all requests, but 300 at least; and if an export or import start was refused and there were at least 20 in
/// that minute, theirs. (By default no server allows less: [fact 17](seatable_io_proto::facts).) It grows by a quarter
/// with every minute after the pause.
///
/// A base is exported by one task at a time, because two would disturb each other
/// ([fact 3](seatable_io_proto::facts)): another one waits until the first is over or dropped.
///
/// All tasks of a pace must be given moments since the same moment.
#[derive(Clone, Default)]
pub struct Pace(Arc<Mutex<Account>>);

impl Pace {
    /// A pace that starts with this allowance. What is learned can only lower it.
    pub fn new(allowance: Allowance) -> Self {
        Self(Arc::new(Mutex::new(Account::new(allowance))))
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

/// The part that one task has in a [`Pace`].
#[derive(Debug)]
pub(crate) struct Paced {
    pace: Pace,
    turn: Turn,
    /// Whether the next request is counted already.
    counted: bool,
    /// How long the server wants to be left alone.
    refused: Option<Duration>,
    /// The base that the task exports, and whether it has it for itself.
    base: Option<(Exported, bool)>,
}

impl Paced {
    pub(crate) fn new(pace: Pace, base: Option<Exported>) -> Self {
        Self { pace, turn: Turn::None, counted: false, refused: None, base: base.map(|base| (base, false)) }
    }

    /// Whether the task may make this call now, or when to ask again.
    pub(crate) fn turn(&mut self, call: Call, now: Duration) -> Result<(), Duration> {
        let mut account = self.pace.account();
        account.begin_pause(now);
        if self.turn == (Turn::Has { epoch: account.epoch }) {
            return Ok(());
        }
        if let Some((base, is_ours @ false)) = &mut self.base
            && call != Call::Cancel
        {
            *is_ours = account.exported.insert(base.clone());
            if !*is_ours {
                return Err(now.saturating_add(LOOK).max(account.paused_until));
            }
        }
        self.turn = account.turn(call, self.turn, now);
        if let Turn::Waits { until, .. } = self.turn {
            return Err(until);
        }
        if !std::mem::replace(&mut self.counted, true) {
            account.count(call, now);
        }
        Ok(())
    }

    /// The head of an answer: if it is a refusal, the pause begins, at the next moment that anyone gives.
    pub(crate) fn head(&mut self, head: &Parts) {
        let asked = Refusal::read(head, &[]).retry_after();
        let is_refusal = match head.status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::SERVICE_UNAVAILABLE => asked.is_some(),
            _ => false,
        };
        if is_refusal {
            let wait = asked.unwrap_or_default().max(PAUSE);
            self.refused = Some(wait);
            let begins = &mut self.pace.account().begins;
            *begins = Some(wait).max(*begins);
        }
    }

    /// The exchange is over.
    pub(crate) fn ended(&mut self, call: Call, now: Duration) {
        (self.turn, self.counted) = (Turn::None, false);
        if let Some(wait) = self.refused.take() {
            let mut account = self.pace.account();
            account.begin_pause(now);
            account.pause(now.saturating_add(wait));
            account.learn(call, now);
        }
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        if let Some((base, true)) = &self.base {
            self.pace.account().exported.remove(base);
        }
    }
}
