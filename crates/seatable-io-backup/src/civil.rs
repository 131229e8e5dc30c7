//! Days and dates of the Gregorian calendar, years 1 to 9999.

#![allow(clippy::arithmetic_side_effects, reason = "all numbers are those of years with four digits")]

/// Days from 0001-01-01 to 1970-01-01.
const EPOCH: i64 = days_before_year(1970);

const fn days_before_year(year: i64) -> i64 {
    let years = year - 1;
    years * 365 + years / 4 - years / 100 + years / 400
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_months(year: i64) -> [i64; 12] {
    let february = if is_leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// The day since 1970-01-01; `None` if there is no such date.
pub(crate) fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let month = usize::try_from(month).ok()?.checked_sub(1)?;
    let months = days_in_months(year);
    if !(1..=9999).contains(&year) || !(1..=*months.get(month)?).contains(&day) {
        return None;
    }
    Some(days_before_year(year) - EPOCH + months.iter().take(month).sum::<i64>() + day - 1)
}

/// Year, month and day of a day since 1970-01-01; `None` outside of the years 1 to 9999.
pub(crate) fn date_of(day: i64) -> Option<(i64, i64, i64)> {
    let day = day.checked_add(EPOCH).filter(|day| (0..days_before_year(10_000)).contains(day))?;
    // 400 years have 146,097 days. The estimate is right, or a year too early.
    let estimate = day * 400 / 146_097 + 1;
    let year = if day < days_before_year(estimate + 1) { estimate } else { estimate + 1 };
    let year = if day < days_before_year(year) { year - 1 } else { year };
    let mut rest = day - days_before_year(year);
    for (month, len) in (1..).zip(days_in_months(year)) {
        if rest < len {
            return Some((year, month, rest + 1));
        }
        rest -= len;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_thousand_years_is_the_day_after_the_one_before() {
        let (mut year, mut month, mut day) = (1, 1, 1);
        for number in -EPOCH..days_before_year(10_000) - EPOCH {
            assert_eq!(date_of(number), Some((year, month, day)), "{number}");
            assert_eq!(day_of(year, month, day), Some(number), "{year}-{month}-{day}");
            let last = match month {
                2 if year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > last {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
    }

    #[test]
    fn the_calendar_begins_where_it_should() {
        assert_eq!(date_of(0), Some((1970, 1, 1)));
        assert_eq!(day_of(2026, 11, 23), Some(20_780));
    }

    #[test]
    fn there_is_no_other_date() {
        for (year, month, day) in [
            (2026, 2, 29),
            (1900, 2, 29),
            (2026, 4, 31),
            (2026, 13, 1),
            (2026, 0, 1),
            (2026, 1, 0),
            (0, 1, 1),
            (10_000, 1, 1),
        ] {
            assert_eq!(day_of(year, month, day), None, "{year}-{month}-{day}");
        }
        for day in [-EPOCH - 1, days_before_year(10_000) - EPOCH, i64::MIN, i64::MAX] {
            assert_eq!(date_of(day), None, "{day}");
        }
    }
}
