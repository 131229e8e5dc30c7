use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::civil::{date_of, day_of};

const DAY: i64 = 86_400;

/// A moment in UTC, to the second, in the years 1 to 9999.
///
/// ```
/// use seatable_io_backup::Timestamp;
///
/// let started: Timestamp = "2026-11-23T03:00:00.75+01:00".parse()?;
/// assert_eq!(started.to_string(), "2026-11-23T02:00:00Z");
/// assert_eq!(started.in_file_name(), "2026-11-23T020000Z");
/// # Ok::<(), seatable_io_backup::NotATime>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// The text is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time: write it like 2026-11-23T02:00:00Z")]
pub struct NotATime;

impl Timestamp {
    /// The moment this many seconds after 1970-01-01T00:00:00Z; `None` outside of the years 1 to 9999.
    pub fn from_unix(seconds: i64) -> Option<Timestamp> {
        date_of(seconds.div_euclid(DAY)).map(|_| Timestamp(seconds))
    }

    /// The seconds after 1970-01-01T00:00:00Z.
    pub fn as_unix(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to this moment; `None` if `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Option<Duration> {
        u64::try_from(self.0.checked_sub(earlier.0)?).ok().map(Duration::from_secs)
    }

    /// The moment as part of a file's name: without colons, which some file systems reject.
    pub fn in_file_name(self) -> String {
        let ((year, month, day), [hour, minute, second]) = self.parts();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}{minute:02}{second:02}Z")
    }

    /// Reads the last moment that a user means: a time as RFC 3339 writes it or as [`in_file_name`](Self::in_file_name) does, or
    /// a date, which means its end in UTC.
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

    /// Reads a time as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) writes it; fractions of a second are dropped.
    fn from_str(text: &str) -> Result<Timestamp, NotATime> {
        read(text).and_then(Timestamp::from_unix).ok_or(NotATime)
    }
}

fn read(text: &str) -> Option<i64> {
    let part = |from, to| text.get(from..to).and_then(digits);
    let mark = |at, marks: &str| text.get(at..).is_some_and(|rest| rest.starts_with(|c| marks.contains(c)));
    let is_marked = mark(4, "-") && mark(7, "-") && mark(10, "Tt ") && mark(13, ":") && mark(16, ":");
    let day = day_of(part(0, 4)?, part(5, 7)?, part(8, 10)?).filter(|_| is_marked)?;
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    // A leap second counts as the first of the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = offset(without_fraction(text.get(19..)?)?)?;
    let time = seconds(hour, minute)?.checked_add(second)?;
    day.checked_mul(DAY)?.checked_add(time)?.checked_sub(zone)
}

fn without_fraction(rest: &str) -> Option<&str> {
    let Some(fraction) = rest.strip_prefix('.') else { return Some(rest) };
    let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    (zone.len() < fraction.len()).then_some(zone)
}

/// `Z`, or `+01:00`.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (hour, minute) = zone.get(1..)?.split_once(':')?;
    let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
    let offset = seconds(hour, minute).filter(|_| hour <= 23 && minute <= 59)?;
    match zone.get(..1)? {
        "+" => Some(offset),
        "-" => offset.checked_neg(),
        _ => None,
    }
}

fn two_digits(text: &str) -> Option<i64> {
    digits(text).filter(|_| text.len() == 2)
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn seconds(hours: i64, minutes: i64) -> Option<i64> {
    hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)
}

impl Timestamp {
    /// The date; hours, minutes and seconds.
    fn parts(self) -> ((i64, i64, i64), [i64; 3]) {
        let date = date_of(self.0.div_euclid(DAY)).unwrap_or((1970, 1, 1));
        let time = self.0.rem_euclid(DAY);
        (date, [time.div_euclid(3600), time.div_euclid(60).rem_euclid(60), time.rem_euclid(60)])
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), [hour, minute, second]) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl TryFrom<String> for Timestamp {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Timestamp, NotATime> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> String {
        moment.to_string()
    }
}

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
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T02:00:00",
            "2026-11-23T02:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T02:60:00Z",
            "2026-11-23T02:00:61Z",
            "2026-02-30T02:00:00Z",
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
    fn nothing_is_younger_than_what_is_later() {
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
        fn any_text_is_a_time_or_none(text in "\\PC{0,30}|[0-9TZ:.+ -]{0,30}") {
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
