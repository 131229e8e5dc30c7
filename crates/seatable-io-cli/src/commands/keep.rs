//! The options that choose the copies to keep, which `backup` and `prune` share.

use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::tz::TimeZone;
use seatable_io_backup::{RetentionPolicy, Timestamp};

use crate::ui::Screen;
use crate::values::{number_in, with_days};

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Copies to keep (a copy stays if one of these options keeps it)")]
pub(crate) struct Keep {
    /// Keep the newest N copies of each base
    #[arg(long = "keep", value_name = "N", value_parser = number_in(1..=u64::MAX))]
    last: Option<u64>,
    /// Keep the newest copy of each of the last N hours that have one, in local time
    #[arg(long = "keep-hourly", value_name = "N", value_parser = number_in(1..=u64::MAX))]
    hourly: Option<u64>,
    /// Keep the newest copy of each of the last N days that have one
    #[arg(long = "keep-daily", value_name = "N", value_parser = number_in(1..=u64::MAX))]
    daily: Option<u64>,
    /// Keep the newest copy of each of the last N weeks that have one; a week begins on Monday
    #[arg(long = "keep-weekly", value_name = "N", value_parser = number_in(1..=u64::MAX))]
    weekly: Option<u64>,
    /// Keep the newest copy of each of the last N months that have one
    #[arg(long = "keep-monthly", value_name = "N", value_parser = number_in(1..=u64::MAX))]
    monthly: Option<u64>,
    /// Keep the newest copy of each of the last N years that have one
    #[arg(long = "keep-yearly", value_name = "N", value_parser = number_in(1..=u64::MAX))]
    yearly: Option<u64>,
    /// Keep the copies that are less than this older than the newest one, such as 30d
    #[arg(long = "keep-within", value_name = "DURATION", value_parser = with_days)]
    within: Option<Duration>,
}

impl Keep {
    pub(super) fn policy(&self) -> RetentionPolicy {
        let number = |number: Option<u64>| {
            NonZeroUsize::new(number.map_or(0, |number| usize::try_from(number).unwrap_or(usize::MAX)))
        };
        RetentionPolicy::default()
            .keep(number(self.last))
            .hourly(number(self.hourly))
            .daily(number(self.daily))
            .weekly(number(self.weekly))
            .monthly(number(self.monthly))
            .yearly(number(self.yearly))
            .within(self.within)
    }
}

/// The local time of this machine.
pub(super) struct Zone(TimeZone);

impl Zone {
    /// Reads the time zone, if the policy depends on it.
    pub(super) fn of(policy: &RetentionPolicy, screen: &Screen) -> Zone {
        if !policy.has_periods() {
            return Zone(TimeZone::UTC);
        }
        Zone(TimeZone::try_system().unwrap_or_else(|error| {
            let words = "so hours, days, weeks, months and years are those of UTC; to avoid this warning, set TZ to UTC";
            screen.say(&format!("warning: the local time zone is unknown ({error}), {words}"));
            TimeZone::UTC
        }))
    }

    /// Returns how many seconds local time is ahead of UTC at a moment.
    pub(super) fn offset(&self, time: Timestamp) -> i32 {
        let time = jiff::Timestamp::from_second(time.as_unix());
        time.map_or(0, |time| self.0.to_offset(time).seconds())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        keep: Keep,
    }

    fn policy(line: &str) -> RetentionPolicy {
        Line::parse_from(["prune"].into_iter().chain(line.split_whitespace())).keep.policy()
    }

    #[test]
    fn each_option_is_a_rule() {
        let (n, none) = (NonZeroUsize::new(3), RetentionPolicy::default());
        assert_eq!(policy(""), none);
        assert_eq!(policy("--keep 3"), none.clone().keep(n));
        assert_eq!(policy("--keep-hourly 3"), none.clone().hourly(n));
        assert_eq!(policy("--keep-daily 3"), none.clone().daily(n));
        assert_eq!(policy("--keep-weekly 3"), none.clone().weekly(n));
        assert_eq!(policy("--keep-monthly 3"), none.clone().monthly(n));
        assert_eq!(policy("--keep-yearly 3 --keep 3"), none.clone().yearly(n).keep(n));
        assert_eq!(policy("--keep-within 3d"), none.within(Duration::from_secs(3 * 24 * 3600)));
        assert!(!policy("--keep 18446744073709551615").is_empty());
    }

    #[test]
    fn local_time_is_ahead_of_utc_in_the_east() {
        let zone = Zone(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());
        let offset = |time: &str| zone.offset(time.parse().unwrap());
        let times =
            ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "0001-01-01T00:00:00Z", "9999-12-30T00:00:00Z"];
        assert_eq!(times.map(offset), [3600, 7200, 3600, 3600]);
    }
}
