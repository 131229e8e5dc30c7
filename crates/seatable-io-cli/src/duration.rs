//! Durations: `30s`, `10m`, `1h30m`, and `1d12h` where days make sense.

use std::time::Duration;

const HOURS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];

const DAYS: [(char, u64); 4] = [('d', 24 * 3600), HOURS[0], HOURS[1], HOURS[2]];

/// A duration without days; a bare number is seconds.
pub(crate) fn in_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().or_else(|| sum(text, &HOURS));
    seconds.map_or_else(
        || Err("it must be a duration such as 30s, 10m or 1h30m, or a number of seconds".to_owned()),
        positive,
    )
}

/// A duration that may have days. A bare number could mean hours or days, and is refused.
pub(crate) fn with_days(text: &str) -> Result<Duration, String> {
    if text.parse::<u64>().is_ok() {
        return Err(format!("it must have a unit, such as {text}h or {text}d"));
    }
    let seconds = sum(text, &DAYS);
    seconds.map_or_else(|| Err("it must be a duration such as 20h, 90d or 1d12h".to_owned()), positive)
}

/// The sum of numbers with a unit, each unit at most once and in this order.
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
    fn a_bare_number_is_seconds_or_refused_with_the_way_out() {
        assert_eq!(in_seconds("90"), Ok(Duration::from_secs(90)));
        assert_eq!(with_days("12").unwrap_err(), "it must have a unit, such as 12h or 12d");
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
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
