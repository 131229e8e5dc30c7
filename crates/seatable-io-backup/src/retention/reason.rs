use std::fmt;

/// Why a copy stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
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

impl Reason {
    /// Returns a name for programs: `most_complete`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::NoPolicy => "no_policy",
            Reason::Future => "future",
            Reason::Newest => "newest",
            Reason::MostComplete => "most_complete",
            Reason::Last => "last",
            Reason::Hourly => "hourly",
            Reason::Daily => "daily",
            Reason::Weekly => "weekly",
            Reason::Monthly => "monthly",
            Reason::Yearly => "yearly",
            Reason::Within => "within",
            Reason::Oldest => "oldest",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Reason::NoPolicy => "no policy",
            Reason::Future => "from the future",
            Reason::MostComplete => "most complete",
            other => other.as_str(),
        })
    }
}
