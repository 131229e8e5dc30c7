use std::fmt;

/// Why a copy stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeepReason {
    /// The policy is empty.
    NoPolicy,
    /// It was started later than now, because a clock was wrong. Such a copy does not count for others.
    Future,
    /// It is the newest copy.
    Newest,
    /// It is the newest of the most complete copies; newer ones lack more.
    MostComplete,
    /// It is one of the last copies.
    Last,
    /// It is the newest copy of an hour.
    Hourly,
    /// It is the newest copy of a day.
    Daily,
    /// It is the newest copy of a week.
    Weekly,
    /// It is the newest copy of a month.
    Monthly,
    /// It is the newest copy of a year.
    Yearly,
    /// It is not much older than the one with the latest start.
    Within,
    /// It is the oldest copy, and there are fewer hours, days, weeks, months or years with copies than may be kept.
    Oldest,
}

impl KeepReason {
    /// Returns a name for programs: `most_complete`.
    pub fn as_str(self) -> &'static str {
        match self {
            KeepReason::NoPolicy => "no_policy",
            KeepReason::Future => "future",
            KeepReason::Newest => "newest",
            KeepReason::MostComplete => "most_complete",
            KeepReason::Last => "last",
            KeepReason::Hourly => "hourly",
            KeepReason::Daily => "daily",
            KeepReason::Weekly => "weekly",
            KeepReason::Monthly => "monthly",
            KeepReason::Yearly => "yearly",
            KeepReason::Within => "within",
            KeepReason::Oldest => "oldest",
        }
    }
}

impl fmt::Display for KeepReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            KeepReason::NoPolicy => "no policy",
            KeepReason::Future => "from the future",
            KeepReason::MostComplete => "most complete",
            other => other.as_str(),
        })
    }
}
