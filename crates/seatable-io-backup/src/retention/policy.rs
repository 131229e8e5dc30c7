use std::num::NonZeroUsize;
use std::time::Duration;

use super::KeepReason;
use super::tier::Tier;

/// Which copies of a base stay. A copy stays if one of these rules keeps it; an empty policy keeps all.
///
/// Hours, days, weeks (from Monday), months and years are those of local time, and only those that have copies count. Of each,
/// the newest copy stays. An hour that the end of daylight saving time repeats counts twice.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// use seatable_io_backup::RetentionPolicy;
///
/// let policy = RetentionPolicy::default().keep(NonZeroUsize::new(7)).monthly(NonZeroUsize::new(12));
/// assert!(!policy.is_empty() && RetentionPolicy::default().is_empty());
/// assert_eq!(policy.clone().within(Duration::from_secs(60)).within(None), policy);
/// ```
#[doc(alias = "prune")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetentionPolicy {
    keep: Option<NonZeroUsize>,
    hourly: Option<NonZeroUsize>,
    daily: Option<NonZeroUsize>,
    weekly: Option<NonZeroUsize>,
    monthly: Option<NonZeroUsize>,
    yearly: Option<NonZeroUsize>,
    pub(super) within: Option<Duration>,
}

impl RetentionPolicy {
    /// Keeps this many copies.
    pub fn keep(self, copies: impl Into<Option<NonZeroUsize>>) -> RetentionPolicy {
        RetentionPolicy { keep: copies.into(), ..self }
    }

    /// Keeps a copy of each of this many hours.
    pub fn hourly(self, hours: impl Into<Option<NonZeroUsize>>) -> RetentionPolicy {
        RetentionPolicy { hourly: hours.into(), ..self }
    }

    /// Keeps a copy of each of this many days.
    pub fn daily(self, days: impl Into<Option<NonZeroUsize>>) -> RetentionPolicy {
        RetentionPolicy { daily: days.into(), ..self }
    }

    /// Keeps a copy of each of this many weeks.
    pub fn weekly(self, weeks: impl Into<Option<NonZeroUsize>>) -> RetentionPolicy {
        RetentionPolicy { weekly: weeks.into(), ..self }
    }

    /// Keeps a copy of each of this many months.
    pub fn monthly(self, months: impl Into<Option<NonZeroUsize>>) -> RetentionPolicy {
        RetentionPolicy { monthly: months.into(), ..self }
    }

    /// Keeps a copy of each of this many years.
    pub fn yearly(self, years: impl Into<Option<NonZeroUsize>>) -> RetentionPolicy {
        RetentionPolicy { yearly: years.into(), ..self }
    }

    /// Keeps the copies that were started less than this time before the one with the latest start.
    pub fn within(self, time: impl Into<Option<Duration>>) -> RetentionPolicy {
        RetentionPolicy { within: time.into(), ..self }
    }

    /// Returns whether there is no rule, so that all copies stay.
    pub fn is_empty(&self) -> bool {
        *self == RetentionPolicy::default()
    }

    /// Returns whether a rule depends on local time.
    pub fn has_periods(&self) -> bool {
        self.tiers().any(|tier| tier.reason != KeepReason::Last)
    }

    /// Returns the rules that count copies or periods.
    pub(super) fn tiers(&self) -> impl Iterator<Item = Tier> {
        let tiers = [
            (KeepReason::Last, self.keep),
            (KeepReason::Hourly, self.hourly),
            (KeepReason::Daily, self.daily),
            (KeepReason::Weekly, self.weekly),
            (KeepReason::Monthly, self.monthly),
            (KeepReason::Yearly, self.yearly),
        ];
        tiers.into_iter().filter_map(|(reason, most)| Some(Tier::new(reason, most?)))
    }
}
