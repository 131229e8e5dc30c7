//! How the values of options are read, with words for those that cannot be.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use seatable_io_backup::Timestamp;
use seatable_io_sandbox::Generation;
use seatable_io_ureq::proto::TaskKind;

/// Any whole number.
pub(crate) fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "it must be a whole number, such as 42".to_owned())
}

/// A whole number of the range.
pub(crate) fn number_in<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: Copy + Display + PartialOrd + std::str::FromStr,
{
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("it must be a whole number from {} to {}", range.start(), range.end())),
    }
}

/// A date or a time.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_until(text).map_err(|error| error.to_string())
}

/// An address to listen at.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "it must be an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

/// What a task does.
pub(crate) fn kind() -> impl TypedValueParser<Value = TaskKind> {
    PossibleValuesParser::new(["import", "export"]).try_map(|kind| kind.parse::<TaskKind>())
}

/// Which server the sandbox stands in for.
pub(crate) fn generation() -> impl TypedValueParser<Value = Generation> {
    PossibleValuesParser::new(["2020", "2021", "current"]).try_map(|name| name.parse::<Generation>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_number_of_the_range_is_explained() {
        assert_eq!(number_in(1..=64)("64"), Ok(64_u8));
        for text in ["0", "65", "x", "", "-1", "1.5", "999999999999999999999999"] {
            assert_eq!(number_in(1..=64_u8)(text).unwrap_err(), "it must be a whole number from 1 to 64");
        }
    }

    #[test]
    fn every_generation_can_be_named() {
        let parser = generation();
        let names = parser.possible_values().unwrap().map(|value| value.get_name().to_owned());
        assert!(names.eq(Generation::ALL.map(|generation| generation.to_string())));
    }
}
