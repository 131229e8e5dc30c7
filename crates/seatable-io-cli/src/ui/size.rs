//! Numbers of bytes, in words: `7.63 MiB`. As a value, `500MB` or `2GiB`.

use std::fmt;

const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// What a size may end with, and how many bytes that is.
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

/// Reads a size; a bare number is bytes.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
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

/// The index of the unit in which there are less than `limit`.
fn unit(bytes: u64, limit: f64) -> usize {
    let last = UNITS.len() - 1;
    (0..last).find(|unit| scaled(bytes, *unit) < limit).unwrap_or(last)
}

#[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
fn scaled(bytes: u64, unit: usize) -> f64 {
    bytes as f64 / (1_u64 << (10 * unit)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, size) in [
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
            assert_eq!(parse(text), Ok(size), "{text}");
        }
        for text in ["", "MB", "1M", "-1", "1.5GB", "2GiBB", "20000000TiB", "é"] {
            assert!(parse(text).unwrap_err().contains("500MB or 2GiB"), "{text}");
        }
        assert!(parse("0kB").unwrap_err().contains("larger than 0"));
    }

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
}
