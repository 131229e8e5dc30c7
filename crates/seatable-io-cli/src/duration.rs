//! `--timeout`: `30s`, `10m`, `1h30m`, or seconds.

use std::time::Duration;

/// Reads numbers with the units `h`, `m` and `s`, each at most once and in this order; a bare number is seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let bad = || "it must be a duration such as 30s, 10m or 1h30m, or a number of seconds".to_owned();
    if let Ok(seconds) = text.parse::<u64>() {
        return positive(seconds);
    }
    let (mut rest, mut total) = (text, 0_u64);
    for (unit, seconds) in [('h', 3600), ('m', 60), ('s', 1)] {
        let Some((number, after)) = rest.split_once(unit) else { continue };
        let number = number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds));
        total = number.and_then(|part| total.checked_add(part)).ok_or_else(bad)?;
        rest = after;
    }
    if rest.is_empty() && !text.is_empty() { positive(total) } else { Err(bad()) }
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
            [("30s", 30), ("10m", 600), ("1h30m", 5400), ("1h1m1s", 3661), ("90", 90), ("2h", 7200)]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for text in [
            "",
            "s",
            "1x",
            "1m1h",
            "1m1m",
            "-1",
            "-1s",
            "+-1",
            "1.5",
            "1 m",
            "0",
            "0s",
            "99999999999999999999h",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("18446744073709551615h").is_err());
    }
}
