//! The requests that wait for one allowance.

use std::num::NonZeroU32;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// The time over which the allowance of a minute is spread: some requests take longer to arrive than others.
const SPREAD: Duration = Duration::from_secs(61);

/// A learned allowance that has grown beyond this is forgotten.
const MOST: u32 = 100_000;

/// The requests that one allowance applies to.
#[derive(Debug, Default)]
pub(super) struct Queue {
    set: Option<NonZeroU32>,
    /// The learned allowance, and when it was learned.
    learned: Option<(NonZeroU32, Duration)>,
    /// When the next request may be made.
    pub(super) free: Duration,
    pub(super) made: Made,
}

impl Queue {
    pub(super) fn new(set: Option<NonZeroU32>) -> Self {
        Self { set, ..Self::default() }
    }

    /// Returns when the next request may be made. With an allowance, no two requests get the same moment.
    pub(super) fn next(&mut self, now: Duration) -> Duration {
        let next = self.free.max(now);
        let allowance = self.set.into_iter().chain(self.learned(now)).min();
        if let Some(gap) = allowance.and_then(|allowance| SPREAD.checked_div(allowance.get())) {
            self.free = next.saturating_add(gap);
        }
        next
    }

    pub(super) fn learn(&mut self, allowance: u32, since: Duration) {
        self.learned = NonZeroU32::new(allowance).map(|learned| (learned, since));
    }

    /// Returns the learned allowance as it has grown since.
    fn learned(&mut self, now: Duration) -> Option<NonZeroU32> {
        while let Some((learned, since)) = self.learned
            && now.saturating_sub(since) >= MINUTE
        {
            let grown = learned.saturating_add(learned.get() / 4);
            self.learned = (grown.get() <= MOST).then_some((grown, since.saturating_add(MINUTE)));
        }
        self.learned.map(|(learned, _)| learned)
    }
}

/// How many requests were made in the last minute, from the counts of this one and the one before.
#[derive(Debug, Default)]
pub(super) struct Made {
    began: Duration,
    before: u32,
    count: u32,
}

impl Made {
    pub(super) fn add(&mut self, now: Duration) {
        self.roll(now);
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn take_back(&mut self, now: Duration) {
        self.roll(now);
        let from = if self.count > 0 { &mut self.count } else { &mut self.before };
        *from = from.saturating_sub(1);
    }

    /// Counts the minute before in proportion to the part of it that is left.
    pub(super) fn count(&mut self, now: Duration) -> u32 {
        let left = MINUTE.saturating_sub(self.roll(now)).as_millis();
        let before = u128::from(self.before).saturating_mul(left).div_ceil(MINUTE.as_millis());
        self.count.saturating_add(u32::try_from(before).unwrap_or(u32::MAX))
    }

    /// Returns the age of this minute.
    fn roll(&mut self, now: Duration) -> Duration {
        let age = now.saturating_sub(self.began);
        if age < MINUTE {
            return age;
        }
        let is_next = age < MINUTE.saturating_mul(2);
        self.before = if is_next { self.count } else { 0 };
        self.began = if is_next { self.began.saturating_add(MINUTE) } else { now };
        self.count = 0;
        now.saturating_sub(self.began)
    }
}
