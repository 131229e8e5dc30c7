//! A rule that keeps the newest copy of each of a number of periods.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use super::KeepReason;
use crate::Timestamp;

/// Copies are offered from the newest to the oldest.
pub(super) struct Tier {
    pub(super) reason: KeepReason,
    most: NonZeroUsize,
    /// The periods that are taken, each with the number of assets that the most complete of its copies lacks.
    taken: BTreeMap<i64, u64>,
    /// The most complete of them, at most as many as may be kept, the poorest one last.
    by_missing: BTreeSet<(u64, i64)>,
}

/// The answer to an offer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// No newer copy replaces it.
    Stays,
    /// A newer copy of its period is at least as complete, but there is room for more periods.
    PeriodTaken,
    /// Enough periods have newer copies that are at least as complete.
    Full,
}

impl Tier {
    pub(super) fn new(reason: KeepReason, most: NonZeroUsize) -> Tier {
        Tier { reason, most, taken: BTreeMap::new(), by_missing: BTreeSet::new() }
    }

    /// Returns whether a copy stays that belongs to this period, and lacks this number of assets.
    pub(super) fn offer(&self, period: i64, missing: u64) -> Offer {
        let poorest = self.by_missing.last().filter(|_| self.by_missing.len() >= self.most.get());
        if poorest.is_some_and(|(poorest, _)| *poorest <= missing) {
            Offer::Full
        } else if self.taken.get(&period).is_some_and(|best| *best <= missing) {
            Offer::PeriodTaken
        } else {
            Offer::Stays
        }
    }

    /// Counts a copy that stays.
    pub(super) fn take(&mut self, period: i64, missing: u64) {
        if let Some(before) = self.taken.insert(period, missing) {
            self.by_missing.remove(&(before, period));
        }
        self.by_missing.insert((missing, period));
        if self.by_missing.len() > self.most.get() {
            self.by_missing.pop_last();
        }
    }

    /// Returns the period of a copy. `place` is different for each copy, and `offset` that of local time from UTC, in seconds.
    pub(super) fn period(&self, place: i64, started: Timestamp, offset: i32) -> i64 {
        const HOUR: i64 = 3600;
        let local = started.as_unix().saturating_add(i64::from(offset));
        let day = local.div_euclid(24 * HOUR);
        let date = started.local(offset);
        match self.reason {
            // The start of the hour in UTC: an hour that is repeated is another one.
            KeepReason::Hourly => started.as_unix().saturating_sub(local.rem_euclid(HOUR)),
            KeepReason::Daily => day,
            // Day 0 was a Thursday.
            KeepReason::Weekly => day.saturating_add(3).div_euclid(7),
            KeepReason::Monthly => {
                i64::from(date.year()).saturating_mul(12).saturating_add(date.month().into())
            }
            KeepReason::Yearly => date.year().into(),
            _ => place,
        }
    }
}
