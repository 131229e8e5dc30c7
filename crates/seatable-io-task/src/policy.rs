//! The waits and retries of an operation.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::seconds;
use crate::setters::setters;

/// How long an operation waits, and how often it repeats a request.
///
/// ```
/// use std::time::Duration;
/// use seatable_io_task::Policy;
///
/// let policy = Policy::default().timeout(Duration::from_secs(600));
/// assert_eq!(policy.retries, 13);
/// assert_eq!(policy.new_exports, 3);
/// assert_eq!(policy.backoff, Duration::from_millis(500)..=Duration::from_secs(30));
/// assert_eq!(policy.poll, Duration::from_millis(250)..=Duration::from_secs(10));
/// assert_eq!(policy.cancel_timeout, Duration::from_secs(30));
/// assert_eq!(policy.idle_timeout, Duration::from_secs(60));
/// assert_eq!(policy.max_size, None);
/// ```
///
/// In a configuration file, times are numbers of seconds and ranges are pairs of them. Missing fields have their defaults;
/// unknown fields are errors.
///
/// ```
/// # use std::time::Duration;
/// # use seatable_io_task::Policy;
/// let policy: Policy = serde_json::from_str(r#"{ "timeout": 600, "poll": [0.5, 10] }"#)?;
/// let poll = Duration::from_millis(500)..=Duration::from_secs(10);
/// assert_eq!(policy, Policy::default().timeout(Duration::from_secs(600)).poll(poll));
/// assert!(serde_json::from_str::<Policy>(r#"{ "timeouts": 600 }"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// How long the whole operation may take from its first step (1 hour). [`Duration::MAX`] means forever, and so does a number
    /// of seconds that is too large for a `Duration`.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// Whether an operation whose time is over is cancelled on the server (no). It ends with
    /// [`Timeout`](crate::ErrorKind::Timeout) in any case.
    pub cancel_on_timeout: bool,
    /// How long cancelling may take (30 s).
    #[serde(with = "seconds")]
    pub cancel_timeout: Duration,
    /// The longest time without a byte from or to the server (60 s). While a file is imported, or exported in one request,
    /// it is three minutes at least.
    #[serde(with = "seconds")]
    pub idle_timeout: Duration,
    /// How many times in a row a request is repeated (13: with the default [`backoff`](Self::backoff), that is at least three
    /// minutes, in which a server restarts).
    pub retries: u32,
    /// How many times a base is exported again after its file was lost or damaged (3).
    pub new_exports: u32,
    /// The first and the longest wait before a retry (0.5 s and 30 s). Each wait is twice the previous one.
    #[serde(with = "seconds::range")]
    pub backoff: RangeInclusive<Duration>,
    /// By how much a wait before a retry is shortened or lengthened at random, at most, in percent (25).
    pub jitter_percent: u8,
    /// The first and the longest wait between polls (0.25 s and 10 s). In between, a wait is a tenth of the time waited so
    /// far.
    #[serde(with = "seconds::range")]
    pub poll: RangeInclusive<Duration>,
    /// The largest exported file in bytes (no limit). A larger one ends the operation with
    /// [`TooLarge`](crate::ErrorKind::TooLarge): before its first byte if the server announces its length, otherwise before
    /// the first excess byte.
    pub max_size: Option<u64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(3600),
            cancel_on_timeout: false,
            cancel_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            retries: 13,
            new_exports: 3,
            backoff: Duration::from_millis(500)..=Duration::from_secs(30),
            jitter_percent: 25,
            poll: Duration::from_millis(250)..=Duration::from_secs(10),
            max_size: None,
        }
    }
}

impl Policy {
    setters! {
        timeout: Duration,
        cancel_timeout: Duration,
        idle_timeout: Duration,
        retries: u32,
        new_exports: u32,
        backoff: RangeInclusive<Duration>,
        jitter_percent: u8,
        poll: RangeInclusive<Duration>,
    }

    /// Sets [`cancel_on_timeout`](Self::cancel_on_timeout) to `true`.
    pub fn cancel_on_timeout(self) -> Self {
        Self { cancel_on_timeout: true, ..self }
    }

    /// Sets [`max_size`](Self::max_size).
    pub fn max_size(self, bytes: u64) -> Self {
        Self { max_size: Some(bytes), ..self }
    }

    /// Returns the wait after poll number `polls`, counted from 1.
    pub(crate) fn poll_wait(&self, polls: u32) -> Duration {
        let mut wait = *self.poll.start();
        // After eleven equal waits, each is a tenth longer than the last.
        for _ in 11..polls {
            let tenth = wait.checked_div(10).unwrap_or_default();
            if wait >= *self.poll.end() || tenth.is_zero() {
                break;
            }
            wait = wait.saturating_add(tenth);
        }
        wait.min(*self.poll.end())
    }

    /// Returns the wait before the `nth` retry in a row, counted from 1, shifted by a random number.
    pub(crate) fn retry_wait(&self, nth: u32, random: u64) -> Duration {
        let millis = whole_millis(doubled(&self.backoff, nth.saturating_sub(1)));
        let swing = (millis / 100).saturating_mul(self.jitter_percent.min(100).into());
        let shift = random.checked_rem(swing.saturating_mul(2).saturating_add(1)).unwrap_or(0);
        Duration::from_millis(millis.saturating_sub(swing).saturating_add(shift))
    }
}

fn doubled(range: &RangeInclusive<Duration>, times: u32) -> Duration {
    range.start().saturating_mul(2_u32.saturating_pow(times)).min(*range.end())
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jitter::Jitter;

    #[test]
    fn a_wait_between_polls_is_a_tenth_of_the_time_waited_within_bounds() {
        let (policy, mut waited) = (Policy::default(), Duration::ZERO);
        for polls in 1..100 {
            let wait = policy.poll_wait(polls);
            let tenth = (waited / 10).clamp(Duration::from_millis(250), Duration::from_secs(10));
            assert!(wait.abs_diff(tenth) < Duration::from_micros(1), "{wait:?} after {waited:?}");
            waited += wait;
        }
    }

    #[test]
    fn retries_double_to_thirty_seconds_within_a_quarter() {
        let (policy, mut jitter) = (Policy::default(), Jitter::new(0));
        for (nth, middle) in [(1, 500), (2, 1000), (3, 2000), (7, 30_000), (u32::MAX, 30_000)] {
            let waits: Vec<u64> =
                (0..200).map(|_| whole_millis(policy.retry_wait(nth, jitter.next()))).collect();
            assert!(waits.iter().all(|wait| (middle * 3 / 4..=middle * 5 / 4).contains(wait)));
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*least < middle * 8 / 10 && *most > middle * 12 / 10, "{least} to {most}");
        }
    }

    #[test]
    fn fact_23_the_retries_outlast_the_restart_of_a_server() {
        let policy = Policy::default();
        let shortest = (1..=policy.retries).map(|nth| policy.retry_wait(nth, 0)).sum::<Duration>();
        assert!(shortest >= Duration::from_secs(180), "{shortest:?}");
    }

    #[test]
    fn no_policy_overflows() {
        let ever = Duration::MAX..=Duration::MAX;
        let policy = Policy::default().backoff(ever.clone()).poll(ever).jitter_percent(255);
        assert!(policy.retry_wait(u32::MAX, u64::MAX) > Duration::ZERO);
        assert_eq!(policy.poll_wait(u32::MAX), Duration::MAX);
        let policy = Policy::default().poll(Duration::from_nanos(1)..=Duration::MAX);
        assert_eq!(policy.poll_wait(u32::MAX), Duration::from_nanos(1));
    }
}
