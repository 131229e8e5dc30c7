use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use jiff::fmt::temporal::Pieces;

use crate::serde_text::serde_as_text;

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// A moment in UTC, to the second, in the years 1 to 9999.
///
/// ```
/// use seatable_io_backup::Timestamp;
///
/// let started: Timestamp = "2026-11-23T03:00:00.75+01:00".parse()?;
/// assert_eq!(started.to_string(), "2026-11-23T02:00:00Z");
/// # Ok::<(), seatable_io_backup::NotATime>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time: write it like 2026-11-23T02:00:00Z")]
pub struct NotATime;

impl Timestamp {
    /// Creates the moment this many seconds after 1970-01-01T00:00:00Z, or `None` outside the years 1 to 9999.
    pub fn from_unix(seconds: i64) -> Option<Timestamp> {
        let time = EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok()?;
        (time.year() > 0).then_some(Timestamp(seconds))
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z.
    pub fn as_unix(self) -> i64 {
        self.0
    }

    /// Returns the date and the time where local time differs this many seconds from UTC.
    pub(crate) fn local(self, offset: i32) -> DateTime {
        let seconds = self.0.saturating_add(i64::from(offset));
        EPOCH.saturating_add(SignedDuration::from_secs(seconds))
    }

    /// Returns the time from `earlier` to this moment, or `None` if `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Option<Duration> {
        u64::try_from(self.0.checked_sub(earlier.0)?).ok().map(Duration::from_secs)
    }

    /// Returns the date in UTC, such as `2026-11-23`.
    pub fn date(self) -> String {
        EPOCH.saturating_add(SignedDuration::from_secs(self.0)).date().to_string()
    }

    /// Returns the moment without colons, which some file systems reject.
    pub(crate) fn in_file_name(self) -> String {
        self.to_string().replace(':', "")
    }

    /// Reads the last moment that a user may mean: an RFC 3339 time, the same time as the name of a copy's file has it, or a
    /// date, which stands for its end in UTC.
    ///
    /// # Errors
    ///
    /// If the text is none of these.
    pub fn parse_until(text: &str) -> Result<Timestamp, NotATime> {
        let with_colons = || {
            let (hour, rest) = text.split_at_checked("2026-11-23T02".len())?;
            let (minute, second) = rest.split_at_checked(2)?;
            format!("{hour}:{minute}:{second}").parse().ok()
        };
        let time = text.parse().ok().or_else(with_colons);
        time.map_or_else(|| format!("{text}T23:59:59Z").parse(), Ok)
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;

    /// Reads an [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) time, and drops fractions of a second.
    fn from_str(text: &str) -> Result<Timestamp, NotATime> {
        read(text).and_then(Timestamp::from_unix).ok_or(NotATime)
    }
}

fn read(text: &str) -> Option<i64> {
    // jiff also reads other forms, so the form is checked here.
    let form = |c: char| match c {
        '0'..='9' => '0',
        't' | ' ' => 'T',
        c => c.to_ascii_uppercase(),
    };
    let form: String = text.chars().map(form).collect();
    let zone_form = form.strip_prefix("0000-00-00T00:00:00")?;
    let zone_form = zone_form.strip_prefix(".0").map_or(zone_form, |rest| rest.trim_start_matches('0'));
    if !matches!(zone_form, "Z" | "+00:00" | "-00:00") {
        return None;
    }
    let pieces = Pieces::parse(text).ok()?;
    let offset = i64::from(pieces.to_numeric_offset()?.seconds());
    // jiff reads a leap second as the one before; here it counts as the first of the next minute.
    let leap = i64::from(text.get("2026-11-23T02:00:".len()..)?.starts_with("60"));
    let time = pieces.date().to_datetime(pieces.time()?).duration_since(EPOCH).as_secs();
    let is_offset = offset.abs() < SignedDuration::from_hours(24).as_secs();
    time.checked_add(leap)?.checked_sub(offset).filter(|_| is_offset)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", EPOCH.saturating_add(SignedDuration::from_secs(self.0)))
    }
}

serde_as_text!(Timestamp, Timestamp::from_str);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unix(text: &str) -> Option<i64> {
        text.parse().ok().map(Timestamp::as_unix)
    }

    #[test]
    fn a_time_is_read_in_any_zone() {
        assert_eq!(unix("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix("1970-01-01t00:00:01.999999z"), Some(1));
        assert_eq!(unix("1970-01-01 01:30:00+01:30"), Some(0));
        assert_eq!(unix("1969-12-31T23:59:59-00:00"), Some(-1));
        assert_eq!(unix("1969-12-31T18:30:00-05:30"), Some(0));
        assert_eq!(unix("2016-12-31T23:59:60Z"), unix("2017-01-01T00:00:00Z"));
    }

    #[test]
    fn the_calendar_has_leap_years_and_begins_in_1970() {
        assert_eq!(unix("2026-11-23T00:00:00Z"), Some(20_780 * 86_400));
        for (before, after) in [
            ("2024-02-28", "2024-02-29"),
            ("2000-02-29", "2000-03-01"),
            ("2100-02-28", "2100-03-01"),
            ("9998-12-31", "9999-01-01"),
        ] {
            let [before, after] = [before, after].map(|day| unix(&format!("{day}T12:00:00Z")).unwrap());
            assert_eq!(after - before, 86_400, "{after}");
        }
    }

    #[test]
    fn other_texts_are_not_times() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T02:00:00",
            "2026-11-23T02:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T02:60:00Z",
            "2026-11-23T02:00:61Z",
            "2026-02-30T02:00:00Z",
            "2026-02-29T02:00:00Z",
            "1900-02-29T02:00:00Z",
            "2026-04-31T02:00:00Z",
            "2026-13-01T02:00:00Z",
            "2026-00-01T02:00:00Z",
            "2026-01-00T02:00:00Z",
            "0000-01-01T02:00:00Z",
            "20261123T020000Z",
            "2026-11-23T02:00:00,5Z",
            "2026-11-23T02:00:00+01",
            "2026-11-23T02:00:00+01:00[Europe/Berlin]",
            "2026-11-23T02:00:00+01:60",
            "2026-11-23T02:00:00.Z",
            "2026-11-23T02:00:00+1:00",
            "2026-11-23T02:00:00+24:00",
            "2026-11-23T02:00:00ZZ",
            "+026-11-23T02:00:00Z",
            "2026-11-23T02:00:00é01:00",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:60Z",
            "2026-11-23T0200:00Z ",
        ] {
            assert_eq!(unix(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_means_its_end() {
        let until = |text| Timestamp::parse_until(text).map(|moment| moment.to_string());
        assert_eq!(Timestamp::parse_until("2026-11-23").map(Timestamp::date), Ok("2026-11-23".to_owned()));
        assert_eq!(until("2026-11-23").as_deref(), Ok("2026-11-23T23:59:59Z"));
        assert_eq!(until("2026-11-23T02:00:00Z").as_deref(), Ok("2026-11-23T02:00:00Z"));
        assert_eq!(
            [until("2026-11-31"), until("yesterday"), until("")],
            [Err(NotATime), Err(NotATime), Err(NotATime)]
        );
    }

    #[test]
    fn a_time_from_the_name_of_a_file_is_a_time() {
        let until = |text| Timestamp::parse_until(text).map(|moment| moment.to_string());
        assert_eq!(until("2026-11-28T020304Z"), Ok("2026-11-28T02:03:04Z".to_owned()));
        for text in
            ["2026-11-28T0203Z", "2026-11-28T02:0304Z", "2026-11-28T020304", "2026-11-28T020304Z-2", "é"]
        {
            assert_eq!(until(text), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn an_earlier_moment_is_not_since_a_later_one() {
        let [first, second] = [5, 7].map(|seconds| Timestamp::from_unix(seconds).unwrap());
        assert_eq!(second.since(first), Some(Duration::from_secs(2)));
        assert_eq!((first.since(first), first.since(second)), (Some(Duration::ZERO), None));
    }

    proptest! {
        #[test]
        fn every_moment_is_read_as_it_is_written(seconds in -62_135_596_800..253_402_300_800_i64) {
            let moment = Timestamp::from_unix(seconds).unwrap();
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
            prop_assert!(!moment.in_file_name().contains(':'));
        }

        #[test]
        fn moments_sort_as_their_texts_do(one in 0..253_402_300_800_i64, other in 0..253_402_300_800_i64) {
            let [one, other] = [one, other].map(|seconds| Timestamp::from_unix(seconds).unwrap());
            prop_assert_eq!(one.cmp(&other), one.in_file_name().cmp(&other.in_file_name()));
        }

        #[test]
        fn any_text_is_a_time_or_refused(text in "\\PC{0,30}|[0-9TZ:.+ -]{0,30}") {
            if let Ok(moment) = Timestamp::parse_until(&text) {
                prop_assert_eq!(moment.to_string().parse(), Ok(moment));
            }
        }
    }

    #[test]
    fn other_years_have_no_moments() {
        for seconds in [-62_135_596_801, 253_402_300_800, i64::MIN, i64::MAX] {
            assert_eq!(Timestamp::from_unix(seconds), None);
        }
    }
}
