//! Sizes and times in words: `7.63 MiB`, `3 min 5 s`.

use std::fmt;

const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// Returns a number with its noun: `1 base`, `2 bases`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A number of bytes: `351 B`, `7.63 MiB`.
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match unit(self.0, 1024.0) {
            0 => write!(f, "{} B", self.0),
            unit => write!(f, "{:.2} {}", scaled(self.0, unit), UNITS[unit]),
        }
    }
}

/// Two numbers of bytes in one unit, three digits each: `3.41/7.63 MiB`.
pub(crate) fn pair(done: u64, of: u64) -> String {
    let unit = unit(of, 1000.0);
    format!("{}/{}", digits(done, unit), short_in(of, unit))
}

/// A number of bytes with three digits: `7.63 MiB`.
pub(crate) fn short(bytes: u64) -> String {
    short_in(bytes, unit(bytes, 1000.0))
}

fn short_in(bytes: u64, unit: usize) -> String {
    format!("{} {}", digits(bytes, unit), UNITS[unit])
}

fn digits(bytes: u64, unit: usize) -> String {
    match scaled(bytes, unit) {
        value if unit == 0 || value >= 99.95 => format!("{value:.0}"),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// Returns the index of the first unit in which the number is less than `limit`.
fn unit(bytes: u64, limit: f64) -> usize {
    let last = UNITS.len() - 1;
    (0..last).find(|unit| scaled(bytes, *unit) < limit).unwrap_or(last)
}

#[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
fn scaled(bytes: u64, unit: usize) -> f64 {
    bytes as f64 / (1_u64 << (10 * unit)) as f64
}

/// `12 s`, `3 min 5 s`, `2 h 5 min`.
pub(crate) fn spaced(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// `less than 1 min`, `about 40 min`, `about 2 h 10 min`: no more precise than an estimate can be.
pub(crate) fn about(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match minutes {
        0..=1 => "less than 1 min".to_owned(),
        2..60 => format!("about {minutes} min"),
        _ => {
            let minutes = minutes.div_ceil(10) * 10;
            let rest = Some(minutes % 60).filter(|rest| *rest > 0).map(|rest| format!(" {rest} min"));
            format!("about {} h{}", minutes / 60, rest.unwrap_or_default())
        }
    }
}

/// `12s`, `3m05s`, `2h05m`.
pub(crate) fn time(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..360_000 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => ">99h".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_a_unit_that_fits() {
        assert_eq!(
            [0, 1023, 5000, 8_000_000].map(|n| Size(n).to_string()),
            ["0 B", "1023 B", "4.88 KiB", "7.63 MiB"]
        );
        assert_eq!(
            [999, 1000, 1 << 20, 1000 << 20].map(short),
            ["999 B", "0.98 KiB", "1.00 MiB", "0.98 GiB"]
        );
        assert_eq!(pair(3_575_000, 8_000_000), "3.41/7.63 MiB");
        assert_eq!(pair(0, 0), "0/0 B");
        assert!(Size(u64::MAX).to_string().ends_with(" TiB"));
    }

    #[test]
    fn estimates_are_rounded_up() {
        assert_eq!(
            [0, 60, 61, 3540].map(about),
            ["less than 1 min", "less than 1 min", "about 2 min", "about 59 min"]
        );
        assert_eq!(
            [3541, 3660, 7200, 7201].map(about),
            ["about 1 h", "about 1 h 10 min", "about 2 h", "about 2 h 10 min"]
        );
        assert!(about(u64::MAX).ends_with(" min"));
    }

    #[test]
    fn times_are_short() {
        assert_eq!([59, 185, 7500, 400_000].map(time), ["59s", "3m05s", "2h05m", ">99h"]);
    }
}
