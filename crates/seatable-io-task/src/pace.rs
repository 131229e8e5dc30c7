//! What all tasks of an account share: its rate limit, and which bases are being exported.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use http::response::Parts;
use seatable_io_proto::Refusal;

use crate::Call;

mod account;
mod queue;

pub(crate) use account::Exported;
use account::{Account, Turn};

/// The least pause after a refusal.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a task looks whether the base that it waits for is free.
const LOOK: Duration = Duration::from_secs(1);

/// How many requests an account makes in a minute, evenly spread. `None` is as many as its tasks need, until a server
/// says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Requests of any kind: the cloud allows 300 ([fact 17](seatable_io_proto::facts)).
    pub requests: Option<NonZeroU32>,
    /// Requests that start an export: other servers allow 20 by default.
    pub export_starts: Option<NonZeroU32>,
    /// Requests that start an import, and the question of how to: other servers allow 20 by default.
    pub import_starts: Option<NonZeroU32>,
}

/// The rate limit of one account, which all its tasks share: [`Task::paced`](crate::Task::paced). All clones are one.
///
/// A 429, or a 503 with `Retry-After`, pauses all of them: none is given a request before that time has passed, or a second
/// if none was told. Then each waits for its own turn. To cancel, a task waits for the end of a pause, but for no other task.
///
/// A 429 also teaches an [`Allowance`]: what was asked in the last minute without being refused. It is that of export
/// starts or import starts if such a start was refused and there were 20 in that minute, and that of all requests
/// otherwise. (By default no server allows less: [fact 17](seatable_io_proto::facts).) It is 20 at least, and grows by a
/// quarter with every minute without another 429.
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
    /// What the server said of its limit.
    refused: Option<Refused>,
    /// The base that the task exports, and whether it has it for itself.
    base: Option<(Exported, bool)>,
}

#[derive(Clone, Copy, Debug)]
struct Refused {
    wait: Duration,
    teaches: bool,
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
                return Err(now.saturating_add(LOOK));
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
        let teaches = head.status == StatusCode::TOO_MANY_REQUESTS;
        if teaches || head.status == StatusCode::SERVICE_UNAVAILABLE {
            let asked = Refusal::read(head, &[]).retry_after();
            if teaches || asked.is_some() {
                let wait = asked.unwrap_or_default().max(PAUSE);
                self.refused = Some(Refused { wait, teaches });
                let begins = &mut self.pace.account().begins;
                *begins = Some(wait).max(*begins);
            }
        }
    }

    /// The exchange is over.
    pub(crate) fn ended(&mut self, call: Call, now: Duration) {
        (self.turn, self.counted) = (Turn::None, false);
        if let Some(Refused { wait, teaches }) = self.refused.take() {
            let mut account = self.pace.account();
            account.begin_pause(now);
            account.pause(now.saturating_add(wait));
            if teaches {
                account.learn(call, now);
            }
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
