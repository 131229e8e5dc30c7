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

/// How often a task checks whether the base that it waits for is free, while there is no pause.
const LOOK: Duration = Duration::from_secs(1);

/// How many requests an account may make in a minute, evenly spread. `None` sets no limit until a server does.
///
/// In a configuration file, missing fields are `None` and unknown fields are errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Allowance {
    /// Requests of any kind. The cloud allows 300 ([fact 17](seatable_io_proto::facts)).
    pub requests: Option<NonZeroU32>,
    /// Requests that start an export. Other servers allow 20 by default.
    pub export_starts: Option<NonZeroU32>,
    /// Requests that start an import, or find out how to. Other servers allow 20 by default.
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

/// The rate limit of one account, shared by its tasks with [`Task::paced`](crate::Task::paced). All clones share one state.
///
/// A 429, or a 503 with `Retry-After`, pauses all of them for the time that the server gives, and for one second at least.
/// After that, each waits for its own turn. A request to cancel waits for the end of the pause, but not for a turn.
///
/// Such an answer also lowers the [`Allowance`] to what the server accepted in the last minute: for all requests, but not
/// below 300; and if the request would have started an export or an import, and at least 20 were started in that minute,
/// for these. (By default no server allows less: [fact 17](seatable_io_proto::facts).) A lowered allowance grows by a
/// quarter with every minute after the pause.
///
/// A base is exported by one task at a time, because two would disturb each other
/// ([fact 3](seatable_io_proto::facts)). The others wait until that task is over or dropped.
///
/// The clocks of all tasks of a pace must start at the same moment.
#[derive(Clone, Default)]
pub struct Pace(Arc<Mutex<Account>>);

impl Pace {
    /// Creates a pace with this allowance. What the server answers can only lower it.
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

/// What one task keeps of a [`Pace`].
#[derive(Debug)]
pub(crate) struct Paced {
    pace: Pace,
    turn: Turn,
    /// Whether the next request has already been counted.
    counted: bool,
    /// How long the server asked to wait.
    refused: Option<Duration>,
    /// The base that the task exports, and whether this task is the one that may.
    base: Option<(Exported, bool)>,
}

impl Paced {
    pub(crate) fn new(pace: Pace, base: Option<Exported>) -> Self {
        Self { pace, turn: Turn::None, counted: false, refused: None, base: base.map(|base| (base, false)) }
    }

    /// Whether the task may make this call now; if not, when to try again.
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

    /// Reports the head of an answer. If it is a refusal, a pause begins at the next moment that any task reports.
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
