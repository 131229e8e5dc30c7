//! How patient a task is.

use std::time::Duration;

/// How long a task waits, and how often it asks again.
///
/// ```
/// use std::time::Duration;
/// use seatable_io_task::Policy;
///
/// let policy = Policy { patience: Duration::from_secs(600), ..Policy::default() };
/// assert_eq!(policy.retries, 8);
/// assert_eq!(policy.new_exports, 3);
/// assert_eq!(policy.backoff, Duration::from_millis(500)..=Duration::from_secs(30));
/// assert_eq!(policy.poll, Duration::from_millis(250)..=Duration::from_secs(5));
/// assert_eq!(policy.cancel_patience, Duration::from_secs(30));
/// assert_eq!(policy.silence, Duration::from_secs(60));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long the whole task may take from its first step (1 hour). [`Duration::MAX`] is forever.
    pub patience: Duration,
    /// Whether a task whose time is over is cancelled on the server (no). It ends with
    /// [`TimedOut`](crate::ErrorKind::TimedOut) all the same.
    pub cancel_on_timeout: bool,
    /// How long cancelling may take (30 s).
    pub cancel_patience: Duration,
    /// The longest silence of a server that is tolerated (60 s), and at least three minutes while it imports a file
    /// or exports in one request.
    pub silence: Duration,
    /// How many times in a row a call is repeated (8).
    pub retries: u32,
    /// How many times a base is exported again after its file was lost or damaged (3).
    pub new_exports: u32,
    /// The first and the longest wait before a retry; each wait is twice the last (0.5 s to 30 s).
    pub backoff: std::ops::RangeInclusive<Duration>,
    /// The most by which chance shortens or lengthens a wait before a retry, in percent (25).
    pub jitter_percent: u8,
    /// The first and the longest wait between polls; each wait is twice the last (0.25 s to 5 s).
    pub poll: std::ops::RangeInclusive<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(3600),
            cancel_on_timeout: false,
            cancel_patience: Duration::from_secs(30),
            silence: Duration::from_secs(60),
            retries: 8,
            new_exports: 3,
            backoff: Duration::from_millis(500)..=Duration::from_secs(30),
            jitter_percent: 25,
            poll: Duration::from_millis(250)..=Duration::from_secs(5),
        }
    }
}

impl Policy {
    /// The wait after poll number `polls`, counted from 1.
    pub(crate) fn poll_wait(&self, polls: u32) -> Duration {
        doubled(&self.poll, polls.saturating_sub(1))
    }

    /// The wait before the `nth` retry in a row, counted from 1, shifted by a random number.
    pub(crate) fn retry_wait(&self, nth: u32, random: u64) -> Duration {
        let millis = whole_millis(doubled(&self.backoff, nth.saturating_sub(1)));
        let swing = (millis / 100).saturating_mul(self.jitter_percent.min(100).into());
        let shift = random.checked_rem(swing.saturating_mul(2).saturating_add(1)).unwrap_or(0);
        Duration::from_millis(millis.saturating_sub(swing).saturating_add(shift))
    }
}

/// A sequence of random numbers (`SplitMix64`), for waits.
#[derive(Clone, Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

fn doubled(range: &std::ops::RangeInclusive<Duration>, times: u32) -> Duration {
    range.start().saturating_mul(2_u32.saturating_pow(times)).min(*range.end())
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_come_after_a_quarter_second_growing_to_five() {
        let policy = Policy::default();
        let waits: Vec<u128> = (1..=7).map(|polls| policy.poll_wait(polls).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
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
    fn no_policy_overflows() {
        let ever = Duration::MAX..=Duration::MAX;
        let policy = Policy { backoff: ever.clone(), poll: ever, jitter_percent: 255, ..Policy::default() };
        assert!(policy.retry_wait(u32::MAX, u64::MAX) > Duration::ZERO);
        assert_eq!(policy.poll_wait(u32::MAX), Duration::MAX);
    }

    #[test]
    fn the_sequence_is_split_mix_64() {
        let mut jitter = Jitter::new(0);
        let numbers = [jitter.next(), jitter.next(), jitter.next()];
        assert_eq!(numbers, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]);
    }
}
