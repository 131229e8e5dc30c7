//! The state that all operations of an account share: its rate limit, and the bases that are exported.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seatable_io_proto::Refusal;

use crate::{Call, Reason, Route};

mod account;
mod allowance;
mod queue;

pub(crate) use account::BaseKey;
use account::{Account, Turn};
pub use allowance::Allowance;

/// The least pause after a refusal.
const PAUSE: Duration = Duration::from_secs(1);

/// How often an operation checks whether the base that it waits for is free, while there is no pause.
const CHECK_BASE: Duration = Duration::from_secs(1);

/// How long a closed account is not tried again.
const CLOSED: Duration = Duration::from_secs(60);

/// How often an operation checks whether another one has learned how the server exports.
const CHECK_ROUTE: Duration = Duration::from_millis(50);

/// The rate limit of one account, shared by its operations with [`Operation::paced`](crate::Operation::paced). All clones
/// share one state.
///
/// A 429, or a 503 with `Retry-After`, pauses all of them for the time that the server gives, and for one second at least.
/// After that, each waits for its own turn. A request to cancel waits for the end of the pause, but not for a turn.
///
/// Such a response also lowers the [`Allowance`] to the number that the server accepted in the last minute:
///
/// - of all requests, but never below 300;
/// - of the starts of exports or imports, if the request was one, and at least 20 were accepted in that minute.
///
/// (By default no server allows less: [fact 17](seatable_io_proto::facts).) A lowered allowance grows by a quarter with every
/// minute after the pause.
///
/// A base is exported by one operation at a time, because two would disturb each other
/// ([fact 3](seatable_io_proto::facts)). The others wait until that operation is over or dropped. How the server exports is
/// learned once: the first export tries it out, and the others wait for its response.
///
/// If an operation ends because the server was busy until its time was over, or asks for a longer pause than it has time,
/// the account is *closed*: operations that have not made a request end at once, with the same reason
/// ([`OperationError::is_not_started`](crate::OperationError::is_not_started)). It is open again after any response to another
/// operation that is neither busy nor a server error. One operation a minute tries, and does not wait.
///
/// The clocks of all operations of a pace must start at the same moment.
#[doc(alias = "rate limit")]
#[derive(Clone, Default)]
pub struct Pace(Arc<Mutex<Account>>);

impl Pace {
    /// Creates a pace with this allowance. Responses can only lower it.
    pub fn new(allowance: Allowance) -> Self {
        Self(Arc::new(Mutex::new(Account::new(allowance))))
    }

    /// Sets the route of an [earlier export](crate::Exported::route), so that no export has to find it out.
    pub fn route(self, route: Route) -> Self {
        self.account().route = Some(route);
        self
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

/// The part of a [`Pace`] that belongs to one operation.
#[derive(Debug)]
pub(crate) struct Paced {
    pace: Pace,
    turn: Turn,
    /// Whether the next request has already been counted.
    counted: bool,
    /// How long the server asked to wait.
    refused: Option<Duration>,
    /// Whether a pause of the account holds the next request back.
    paused: bool,
    /// The base that the operation exports, and whether it is the one that may.
    base: Option<(BaseKey, bool)>,
    /// Whether a request was made.
    begun: bool,
    /// Whether it tries if the account is still closed.
    tries: bool,
    /// Whether it finds out how the server exports.
    probes: bool,
}

impl Paced {
    pub(crate) fn new(pace: Pace, base: Option<BaseKey>) -> Self {
        Self {
            pace,
            turn: Turn::None,
            counted: false,
            refused: None,
            paused: false,
            base: base.map(|base| (base, false)),
            begun: false,
            tries: false,
            probes: false,
        }
    }

    /// Takes the turn to make this call now.
    ///
    /// # Errors
    ///
    /// When to try again, if it is not its turn.
    pub(crate) fn turn(&mut self, call: Call, now: Duration) -> Result<(), Duration> {
        let mut account = self.pace.account();
        account.begin_pause(now);
        self.paused = account.paused_until > now;
        if self.turn == (Turn::Has { epoch: account.epoch }) {
            return Ok(());
        }
        if let Some((base, is_ours @ false)) = &mut self.base
            && call != Call::CancelTask
        {
            *is_ours = account.exported.insert(base.clone());
            if !*is_ours {
                return Err(now.saturating_add(CHECK_BASE).max(account.paused_until));
            }
        }
        if call == Call::StartExport && account.route.is_none() && !self.probes {
            if account.is_probed {
                return Err(now.saturating_add(CHECK_ROUTE).max(account.paused_until));
            }
            (self.probes, account.is_probed) = (true, true);
        }
        self.turn = account.turn(call, self.turn, now);
        if let Turn::Waits { until, .. } = self.turn {
            return Err(until);
        }
        self.begun = true;
        if !std::mem::replace(&mut self.counted, true) {
            account.count(call, now);
        }
        Ok(())
    }

    /// Reports a response that is a refusal, with an unread body, or a success. If the server is busy, a pause begins at the next
    /// moment that any operation reports.
    pub(crate) fn response(&mut self, response: &Refusal) {
        let mut account = self.pace.account();
        if response.is_busy() {
            let wait = response.retry_after().unwrap_or_default().max(PAUSE);
            self.refused = Some(wait);
            account.begins = Some(wait).max(account.begins);
        } else if !response.status().is_server_error() {
            account.closed = None;
        }
    }

    /// Reports that the exchange is over.
    pub(crate) fn ended(&mut self, call: Call, now: Duration) {
        (self.turn, self.counted) = (Turn::None, false);
        let mut account = self.pace.account();
        if std::mem::take(&mut self.probes) {
            account.is_probed = false;
        }
        if let Some(wait) = self.refused.take() {
            account.begin_pause(now);
            account.pause(now.saturating_add(wait));
            account.learn(call, now);
        }
    }

    /// Reports the response with which the server refused a request of this operation.
    pub(crate) fn refused_by(&mut self, reason: &Reason) {
        self.pace.account().refusal = Some(reason.clone());
    }

    /// Returns why a pause of the account holds the next request back, if one does.
    pub(crate) fn waits_because(&self) -> Option<Reason> {
        if self.paused { self.pace.account().refusal.clone() } else { None }
    }

    /// Returns when the pause of the account is over.
    pub(crate) fn paused_until(&self) -> Duration {
        self.pace.account().paused_until
    }

    pub(crate) fn close(&mut self, reason: &Reason, now: Duration) {
        self.pace.account().closed = Some((reason.clone(), now));
    }

    /// Returns why the account is closed, if it is to an operation that has not begun.
    pub(crate) fn closed(&mut self, now: Duration) -> Option<Reason> {
        if self.begun || self.tries {
            return None;
        }
        let mut account = self.pace.account();
        let (reason, since) = account.closed.as_mut()?;
        if now < since.saturating_add(CLOSED) {
            return Some(reason.clone());
        }
        (self.tries, *since) = (true, now);
        None
    }

    /// Returns whether the operation ends if the server is still busy.
    pub(crate) fn tries(&self) -> bool {
        self.tries
    }

    /// Returns how the server exports, if an operation has learned it.
    pub(crate) fn route(&self) -> Option<Route> {
        self.pace.account().route
    }

    /// Reports that a response shows how the server exports.
    pub(crate) fn learn_route(&mut self, route: Route) {
        self.pace.account().route = Some(route);
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        let mut account = self.pace.account();
        if let Some((base, true)) = &self.base {
            account.exported.remove(base);
        }
        if self.probes {
            account.is_probed = false;
        }
    }
}
