//! Judges the waits and the number of requests of an operation by the documentation of `Policy`.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use seatable_io_task::Policy;

use crate::Violation;
use crate::wire::{Asked, Fate, Heard};

const MINUTE: Duration = Duration::from_secs(60);

/// The next request that the last exchange permits.
#[derive(Clone, Debug)]
enum Leave {
    /// The same request, after this wait.
    Busy(Option<Duration>),
    /// The same request, after a wait that doubles.
    Retry,
    /// Another poll.
    Poll,
    /// A request for the file elsewhere, or the same request.
    NextRoute,
    /// Any request, at once.
    GoOn,
}

#[derive(Clone, Debug)]
pub(crate) struct Pace {
    policy: Policy,
    last: Option<(Asked, Leave, Duration)>,
    pub(crate) retries: u32,
    busy: u32,
    polls: u32,
    times: VecDeque<Duration>,
    at_once: u32,
    /// Whether the driver steps late.
    pub(crate) late: bool,
    /// The time at which the operation was cancelled.
    pub(crate) cancelled: Option<Duration>,
    /// Whether the task was polled after that, or the request to cancel was made.
    last_poll: bool,
    most_in_a_minute: usize,
}

impl Pace {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            most_in_a_minute: most_in_a_minute(&policy),
            policy,
            last: None,
            retries: 0,
            busy: 0,
            polls: 0,
            times: VecDeque::new(),
            at_once: 0,
            late: false,
            cancelled: None,
            last_poll: false,
        }
    }

    /// Judges the moment of a request.
    pub(crate) fn asks(&mut self, asked: &Asked, now: Duration) -> Result<(), Violation> {
        let bounds = self.bounds(asked);
        let gap = self.last.as_ref().map_or(Duration::ZERO, |(_, _, at)| now.saturating_sub(*at));
        if gap < bounds.0 {
            return Err(Violation(format!("requested after {gap:?}, too early for {bounds:?}: {asked:?}")));
        }
        if gap > bounds.1 && !self.late {
            return Err(Violation(format!("requested after {gap:?}, too late for {bounds:?}: {asked:?}")));
        }
        self.last_poll |= self.is_last_poll(asked) || matches!(asked, Asked::Cancel { .. });
        self.at_once += u32::from(bounds.0.is_zero());
        self.times.push_back(now);
        while self.times.front().is_some_and(|time| now.saturating_sub(*time) > MINUTE) {
            self.times.pop_front();
        }
        let changes = 6 * (self.policy.new_exports + 2);
        if self.at_once > changes || self.times.len() > self.most_in_a_minute {
            return Err(Violation(format!("{} requests in a minute", self.times.len())));
        }
        if self.last.as_ref().is_some_and(|(last, ..)| last != asked) {
            (self.retries, self.busy) = (0, 0);
        }
        Ok(())
    }

    /// Returns the shortest and the longest permitted time since the last exchange.
    fn bounds(&self, asked: &Asked) -> (Duration, Duration) {
        let Some((last, leave, at)) = &self.last else { return (Duration::ZERO, Duration::ZERO) };
        let again = last == asked;
        let (shortest, _) = self.backoff(1);
        let (_, longest) = self.backoff(u32::MAX);
        match leave {
            _ if self.is_last_poll(asked) => self.since_cancelled(*at),
            Leave::Poll if again => {
                let wait =
                    tenths(&self.policy.poll).nth(self.polls.saturating_sub(1) as usize).unwrap_or_default();
                let rounding = Duration::from_micros(1);
                (wait.saturating_sub(rounding), wait.saturating_add(rounding))
            }
            Leave::Busy(after) if again => {
                // A new export counts anew.
                let first = if asked.is_for_file() { shortest } else { self.backoff(self.busy).0 };
                let last = self.backoff(self.busy + self.retries).1;
                after.map_or((first, last), |after| (after.max(first), after.max(last)))
            }
            Leave::Retry if again && !asked.is_for_file() => self.backoff(self.retries),
            Leave::Retry if again || asked.starts_export() => (shortest, longest),
            Leave::NextRoute => (Duration::ZERO, longest),
            _ if matches!(asked, Asked::Cancel { .. }) => self.since_cancelled(*at),
            _ => (Duration::ZERO, Duration::ZERO),
        }
    }

    /// Returns whether this is the first poll after the operation was cancelled.
    fn is_last_poll(&self, asked: &Asked) -> bool {
        matches!(asked, Asked::Poll { .. }) && self.cancelled.is_some() && !self.last_poll
    }

    /// Returns the bounds for a request that is made as soon as the operation is cancelled, after an exchange that ended at `at`.
    fn since_cancelled(&self, at: Duration) -> (Duration, Duration) {
        let since = self.cancelled.map_or(Duration::ZERO, |moment| moment.saturating_sub(at));
        (since, since)
    }

    /// Returns the longest wait after a busy server asked for this one.
    pub(crate) fn longest(&self, after: Duration) -> Duration {
        after.max(self.backoff(self.busy + self.retries).1)
    }

    /// Returns the bounds of the wait before the `nth` retry.
    fn backoff(&self, nth: u32) -> (Duration, Duration) {
        let wait = doubled(&self.policy.backoff, nth.max(1));
        let percent = u32::from(self.policy.jitter_percent);
        (wait * (100 - percent) / 100, wait * (100 + percent) / 100)
    }

    /// Records the end of an exchange.
    pub(crate) fn hears(&mut self, asked: &Asked, fate: &Fate, now: Duration) {
        let leave = leave(asked, fate);
        match leave {
            Leave::Busy(_) => self.busy += 1,
            Leave::Poll => (self.retries, self.busy, self.polls) = (0, 0, self.polls + 1),
            Leave::GoOn => (self.retries, self.busy) = (0, 0),
            _ => self.retries += 1,
        }
        if asked.starts_export() {
            self.polls = 0;
        }
        self.last = Some((asked.clone(), leave, now));
    }
}

fn leave(asked: &Asked, fate: &Fate) -> Leave {
    let Fate::Heard(heard) = fate else { return Leave::Retry };
    if !heard.whole && !heard.busy {
        return Leave::Retry;
    }
    let no_such_address = heard.status == 405 || heard.status == 404 && heard.json.is_none();
    match asked {
        _ if heard.busy => Leave::Busy(heard.retry_after),
        Asked::Poll { .. } => match heard.is_finished() {
            Some(false) => Leave::Poll,
            Some(true) => Leave::GoOn,
            None => after_poll(heard),
        },
        Asked::TableProbe if no_such_address => Leave::GoOn,
        Asked::StartExport { .. } if heard.field("table").is_some() || no_such_address => Leave::GoOn,
        Asked::Upload if heard.field("table").is_some() => Leave::GoOn,
        Asked::ListServerBases { .. } if heard.field("dtables").is_some() => Leave::GoOn,
        Asked::Download { .. } | Asked::SynchronousExport { .. } | Asked::ExportByUuid { .. }
            if !(400..600).contains(&heard.status) || no_such_address =>
        {
            Leave::NextRoute
        }
        _ => Leave::Retry,
    }
}

fn after_poll(heard: &Heard) -> Leave {
    if heard.is_unknown_task() { Leave::GoOn } else { Leave::Retry }
}

fn doubled(range: &RangeInclusive<Duration>, nth: u32) -> Duration {
    range.start().saturating_mul(2_u32.saturating_pow(nth.saturating_sub(1))).min(*range.end())
}

/// Returns the waits between polls: each is a tenth of all before it.
fn tenths(range: &RangeInclusive<Duration>) -> impl Iterator<Item = Duration> {
    let range = range.clone();
    let mut waited = Duration::ZERO;
    std::iter::repeat_with(move || {
        let wait = (waited / 10).max(*range.start()).min(*range.end());
        waited += wait;
        wait
    })
}

/// Returns the most requests that this policy permits in a minute: each call begins with its shortest wait, also in each new
/// export.
fn most_in_a_minute(policy: &Policy) -> usize {
    fn fits(waits: impl Iterator<Item = Duration>) -> usize {
        let sums = waits.take(1000).scan(Duration::ZERO, |sum, wait| {
            *sum += wait;
            Some(*sum)
        });
        sums.take_while(|sum| *sum <= MINUTE).count() + 1
    }
    let percent = 100 - u32::from(policy.jitter_percent);
    let retries = fits((1..).map(|nth| doubled(&policy.backoff, nth) * percent / 100));
    (fits(tenths(&policy.poll)) + 4 * retries) * (policy.new_exports as usize + 1)
}
