//! Parsers for the values of options. Their errors are explanations.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// The units of sizes, in bytes.
const FACTORS: [(&str, u64); 9] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
];

const HOURS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];

const DAYS: [(char, u64); 4] = [('d', 24 * 3600), HOURS[0], HOURS[1], HOURS[2]];

/// Reads a whole number.
pub(crate) fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "it must be a whole number, such as 42".to_owned())
}

/// Reads a whole number of the range.
pub(crate) fn number_in<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: Copy + Display + PartialOrd + FromStr,
{
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("it must be a whole number from {} to {}", range.start(), range.end())),
    }
}

/// Reads a size; a bare number is bytes.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let lower = text.to_ascii_lowercase();
    let unit = FACTORS.iter().find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, *factor)));
    let (number, factor) = unit.unwrap_or((&lower, 1));
    let number = number.trim_end().parse::<u64>().ok();
    match number.and_then(|number| number.checked_mul(factor)) {
        Some(0) => Err("it must be larger than 0".to_owned()),
        size => {
            size.ok_or_else(|| "it must be a size such as 500MB or 2GiB, or a number of bytes".to_owned())
        }
    }
}

/// Reads a duration without days; a bare number is seconds.
pub(crate) fn in_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().or_else(|| sum(text, &HOURS));
    seconds.map_or_else(
        || Err("it must be a duration such as 30s, 10m or 1h30m, or a number of seconds".to_owned()),
        positive,
    )
}

/// Reads a duration that may have days. A bare number could mean hours or days, so it is rejected.
pub(crate) fn with_days(text: &str) -> Result<Duration, String> {
    if text.parse::<u64>().is_ok() {
        return Err(format!("it must have a unit, such as {text}h or {text}d"));
    }
    let seconds = sum(text, &DAYS);
    seconds.map_or_else(|| Err("it must be a duration such as 20h, 90d or 1d12h".to_owned()), positive)
}

/// Adds numbers with units, each unit at most once and in this order.
fn sum(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let (mut rest, mut total) = (text, 0_u64);
    for (unit, seconds) in units {
        let Some((number, after)) = rest.split_once(*unit) else { continue };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*seconds)?)?;
        rest = after;
    }
    rest.is_empty().then_some(total)
}

fn positive(seconds: u64) -> Result<Duration, String> {
    if seconds == 0 { Err("it must be longer than 0 s".to_owned()) } else { Ok(Duration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_the_range_are_explained() {
        assert_eq!(number_in(1..=64)("64"), Ok(64_u8));
        for text in ["0", "65", "x", "", "-1", "1.5", "999999999999999999999999"] {
            assert_eq!(number_in(1..=64_u8)(text).unwrap_err(), "it must be a whole number from 1 to 64");
        }
    }

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("1", 1),
            ("7B", 7),
            ("2kB", 2000),
            ("500MB", 500_000_000),
            ("3 gb", 3_000_000_000),
            ("1TB", 1_000_000_000_000),
            ("1KiB", 1024),
            ("5mib", 5 << 20),
            ("2GiB", 2 << 30),
            ("1TiB", 1 << 40),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "1M", "-1", "1.5GB", "2GiBB", "20000000TiB", "é"] {
            assert!(size(text).unwrap_err().contains("500MB or 2GiB"), "{text}");
        }
        assert!(size("0kB").unwrap_err().contains("larger than 0"));
    }

    #[test]
    fn durations_are_read() {
        for (text, seconds) in
            [("30s", 30), ("10m", 600), ("1h30m", 5400), ("1h1m1s", 3661), ("2h", 7200), ("36h", 129_600)]
        {
            assert_eq!(in_seconds(text), Ok(Duration::from_secs(seconds)), "{text}");
            assert_eq!(with_days(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn days_are_read_where_they_make_sense() {
        for (text, hours) in [("1d", 24), ("90d", 90 * 24), ("1d12h", 36)] {
            assert_eq!(with_days(text), Ok(Duration::from_secs(hours * 3600)), "{text}");
            assert!(in_seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_seconds_or_rejected_with_the_remedy() {
        assert_eq!(in_seconds("90"), Ok(Duration::from_secs(90)));
        assert_eq!(with_days("12").unwrap_err(), "it must have a unit, such as 12h or 12d");
    }

    #[test]
    fn other_durations_are_rejected() {
        for text in [
            "",
            "s",
            "1x",
            "1m1h",
            "1h1d",
            "1m1m",
            "-1",
            "-1s",
            "+-1",
            "1.5",
            "1 m",
            "0",
            "0s",
            "9999999999999999999h",
        ] {
            assert!(in_seconds(text).is_err() && with_days(text).is_err(), "{text}");
        }
        assert!(in_seconds("18446744073709551615h").is_err() && with_days("5124095576030431h16s").is_err());
    }
}
