//! How patient a task is.

use std::time::Duration;

/// How long a task waits and how often it asks again.
///
/// ```
/// use std::time::Duration;
/// use seatable_io_task::Policy;
///
/// let policy = Policy { patience: Duration::from_secs(600), seed: 7, ..Policy::default() };
/// assert_eq!(policy.repeats, 8);
/// assert_eq!(policy.new_exports, 3);
/// assert_eq!(policy.backoff, Duration::from_millis(500)..=Duration::from_secs(30));
/// assert_eq!(policy.poll, Duration::from_millis(250)..=Duration::from_secs(5));
/// assert_eq!(policy.cancel_patience, Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Bound on the whole task, from its making (1 hour); [`Duration::MAX`] is for ever.
    pub patience: Duration,
    /// What [`Task::cancel`](crate::Task::cancel) may take beyond that (30 s).
    pub cancel_patience: Duration,
    /// Repeats in a row of one call (8).
    pub repeats: u32,
    /// New exports after a file was lost or broken (3).
    pub new_exports: u32,
    /// The first and the longest wait before a repeat; each is twice the one before (0.5 s to 30 s).
    pub backoff: std::ops::RangeInclusive<Duration>,
    /// By how many percent a wait before a repeat is shortened or lengthened at most (25).
    pub jitter_percent: u8,
    /// The first and the longest wait between polls; each is twice the one before (0.25 s to 5 s).
    pub poll: std::ops::RangeInclusive<Duration>,
    /// Seeds the jitter and the multipart boundary: give each task another one.
    pub seed: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(3600),
            cancel_patience: Duration::from_secs(30),
            repeats: 8,
            new_exports: 3,
            backoff: Duration::from_millis(500)..=Duration::from_secs(30),
            jitter_percent: 25,
            poll: Duration::from_millis(250)..=Duration::from_secs(5),
            seed: 0,
        }
    }
}

impl Policy {
    /// The wait before poll number `polls` + 1.
    pub(crate) fn poll_wait(&self, polls: u32) -> Duration {
        doubled(&self.poll, polls.saturating_sub(1))
    }

    /// The wait before the `nth` repeat in a row, counted from 1.
    pub(crate) fn repeat_wait(&self, nth: u32, draw: u64) -> Duration {
        let millis = whole_millis(doubled(&self.backoff, nth.saturating_sub(1)));
        let swing = (millis / 100).saturating_mul(self.jitter_percent.min(100).into());
        let shift = draw.checked_rem(swing.saturating_mul(2).saturating_add(1)).unwrap_or(0);
        Duration::from_millis(millis.saturating_sub(swing).saturating_add(shift))
    }

    /// The `nth` number of this task's random sequence (`SplitMix64`).
    pub(crate) fn draw(&self, nth: u64) -> u64 {
        let mut z = self.seed.wrapping_add(nth.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
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
    fn repeats_double_to_thirty_seconds_within_a_quarter() {
        let policy = Policy::default();
        for (nth, middle) in [(1, 500), (2, 1000), (3, 2000), (7, 30_000), (u32::MAX, 30_000)] {
            let waits: Vec<u64> =
                (0..200).map(|n| whole_millis(policy.repeat_wait(nth, policy.draw(n)))).collect();
            assert!(waits.iter().all(|wait| (middle * 3 / 4..=middle * 5 / 4).contains(wait)));
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*least < middle * 8 / 10 && *most > middle * 12 / 10, "{least} to {most}");
        }
    }

    #[test]
    fn no_policy_overflows() {
        let ever = Duration::MAX..=Duration::MAX;
        let policy = Policy { backoff: ever.clone(), poll: ever, jitter_percent: 255, ..Policy::default() };
        assert!(policy.repeat_wait(u32::MAX, u64::MAX) > Duration::ZERO);
        assert_eq!(policy.poll_wait(u32::MAX), Duration::MAX);
    }

    #[test]
    fn the_sequence_is_split_mix_64() {
        let policy = Policy::default();
        let draws = [policy.draw(0), policy.draw(1), policy.draw(2)];
        assert_eq!(draws, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]);
    }

    #[test]
    fn another_seed_is_another_sequence() {
        let other = Policy { seed: 1, ..Policy::default() };
        assert_ne!(Policy::default().draw(0), other.draw(0));
    }
}
