//! The line that counts several inputs.

use std::time::Duration;

use crate::ui::layout::Transfer;
use crate::ui::width::{cut, width};
use crate::ui::words::{about, short, spaced};

/// An estimate is shown after this time at the earliest, and when as many inputs have ended as are processed at once.
const EARLY: Duration = Duration::from_secs(5);

/// How far inputs of different size are from their end together.
#[derive(Debug, Default)]
pub(crate) enum Expected {
    /// Each input is as much work as the others.
    #[default]
    Alike,
    /// The work for each input by its index, in any unit. One that takes no time has 0.
    Work(Vec<u64>),
    /// All inputs together have this many bytes, which are counted while they are read.
    Bytes(u64),
}

/// The number of inputs that have ended, and the time that the others will take.
#[derive(Debug)]
pub(crate) struct Total {
    ended: usize,
    of: usize,
    since: Duration,
    /// The bytes that were sent or saved.
    bytes: u64,
    work: Work,
    /// The bytes that were read, if they are counted.
    read: Option<Transfer>,
}

/// The work for all inputs.
#[derive(Debug)]
struct Work {
    each: Vec<u64>,
    all: u64,
    done: u64,
    /// The number of inputs that have ended and took time.
    inputs: usize,
    at_once: usize,
}

impl Work {
    fn of(&self, index: usize) -> u64 {
        if self.each.is_empty() { 1 } else { self.each.get(index).copied().unwrap_or_default() }
    }
}

impl Total {
    /// Counts this many inputs, of which some are processed at once.
    pub(crate) fn new(of: usize, at_once: usize, expected: Expected, since: Duration) -> Total {
        let (each, bytes) = match expected {
            Expected::Alike => (Vec::new(), None),
            Expected::Work(each) => (each, None),
            Expected::Bytes(bytes) => (Vec::new(), Some(bytes)),
        };
        let sum = || each.iter().fold(0, |sum: u64, work| sum.saturating_add(*work));
        let all = if each.is_empty() { of as u64 } else { sum() };
        let work = Work { each, all, done: 0, inputs: 0, at_once };
        Total { ended: 0, of, since, bytes: 0, work, read: bytes.map(|bytes| Transfer::new(Some(bytes))) }
    }

    /// Counts an input that has ended, and the bytes that were sent or saved for it.
    pub(crate) fn ended(&mut self, index: usize, bytes: u64) {
        let work = self.work.of(index);
        self.work.done = self.work.done.saturating_add(work);
        self.work.inputs += usize::from(work > 0);
        self.ended = self.ended.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Counts bytes that were read.
    pub(crate) fn read(&mut self, bytes: u64, now: Duration) {
        if let Some(read) = &mut self.read {
            read.more(bytes, now);
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.ended >= self.of
    }

    /// Returns the time that the other inputs will take if they go on as those before, once that can be said.
    fn left(&self, now: Duration) -> Option<Duration> {
        let (taken, Work { all, done, inputs, at_once, .. }) = (now.saturating_sub(self.since), &self.work);
        let left = all.saturating_sub(*done);
        if taken < EARLY || *inputs < *at_once.max(&2) || left == 0 {
            return None;
        }
        let millis = taken.as_millis().saturating_mul(left.into()).checked_div((*done).into())?;
        Some(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
    }

    /// Returns `3/200, 1.21 GiB, 1 min 5 s, about 40 min left`, or a part that fits; with bytes that are read, `3/200` and a bar.
    pub(crate) fn show(&self, columns: usize, now: Duration) -> String {
        let count = format!("{}/{}", self.ended, self.of);
        if let Some(read) = &self.read {
            return read.show(&count, columns, now);
        }
        let bytes = if self.bytes > 0 { format!(", {}", short(self.bytes)) } else { String::new() };
        let clock = format!(", {}", spaced(now.saturating_sub(self.since).as_secs()));
        let left = self.left(now).map(|left| format!(", {} left", about(left.as_secs()))).unwrap_or_default();
        let all = [format!("{bytes}{clock}{left}"), format!("{clock}{left}"), left, String::new()];
        let fits = all.into_iter().map(|more| format!("{count}{more}")).find(|line| width(line) <= columns);
        fits.unwrap_or_else(|| cut(&count, columns))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KIB: u64 = 1024;

    fn at(total: &Total, seconds: u64) -> String {
        total.show(77, Duration::from_secs(seconds))
    }

    fn total(of: usize, at_once: usize, expected: Expected, ended: usize) -> Total {
        let mut total = Total::new(of, at_once, expected, Duration::ZERO);
        (0..ended).for_each(|index| total.ended(index, 512 * KIB));
        total
    }

    #[test]
    fn the_total_has_bytes_a_clock_and_an_estimate() {
        assert_eq!(at(&total(200, 1, Expected::Alike, 0), 65), "0/200, 1 min 5 s");
        assert_eq!(
            at(&total(200, 1, Expected::Alike, 4), 65),
            "4/200, 2.00 MiB, 1 min 5 s, about 54 min left"
        );
        assert_eq!(
            at(&total(200, 1, Expected::Alike, 199), 60),
            "199/200, 99.5 MiB, 1 min 0 s, less than 1 min left"
        );
        assert_eq!(at(&total(200, 1, Expected::Alike, 200), 60), "200/200, 100 MiB, 1 min 0 s");
    }

    #[test]
    fn an_estimate_needs_some_time_and_as_many_inputs_as_are_processed_at_once() {
        let has = |at_once, ended, seconds| {
            at(&total(20, at_once, Expected::Alike, ended), seconds).contains(" left")
        };
        assert_eq!([has(1, 1, 60), has(1, 2, 60), has(1, 2, 4), has(1, 2, 5)], [false, true, false, true]);
        assert_eq!([has(8, 7, 60), has(8, 8, 60)], [false, true]);
    }

    #[test]
    fn skipped_inputs_neither_shorten_nor_delay_the_estimate() {
        let work = || Expected::Work([vec![0; 150], vec![10; 50]].concat());
        assert_eq!(at(&total(200, 1, work(), 151), 60), "151/200, 75.5 MiB, 1 min 0 s", "only one took time");
        assert!(at(&total(200, 1, work(), 160), 60).ends_with(", about 4 min left"));
        let last = Expected::Work([vec![10; 50], vec![0; 150]].concat());
        assert!(at(&total(200, 1, last, 50), 60).ends_with(", 1 min 0 s"), "nothing is left to do");
    }

    #[test]
    fn a_large_input_counts_for_more_than_a_small_one_whichever_ends_first() {
        let work = || Expected::Work(vec![1, 1, 28]);
        let mut small = total(3, 1, work(), 2);
        assert!(at(&small, 60).ends_with(", about 14 min left"));
        small.ended(2, 0);
        let mut large = total(3, 1, work(), 0);
        large.ended(2, 0);
        large.ended(0, 0);
        assert!(at(&large, 60).ends_with(", less than 1 min left"));
    }

    #[test]
    fn a_narrow_line_keeps_the_count_then_the_estimate_then_the_clock() {
        let total = total(200, 1, Expected::Alike, 4);
        for (columns, text) in [
            (45, "4/200, 2.00 MiB, 1 min 5 s, about 54 min left"),
            (44, "4/200, 1 min 5 s, about 54 min left"),
            (34, "4/200, about 54 min left"),
            (23, "4/200"),
            (4, "4/.."),
        ] {
            assert_eq!(total.show(columns, Duration::from_secs(65)), text);
        }
    }

    #[test]
    fn bytes_that_are_read_have_a_bar() {
        let mut total = total(200, 2, Expected::Bytes(8000 * KIB), 3);
        total.read(1000 * KIB, Duration::from_secs(1));
        total.read(1000 * KIB, Duration::from_secs(2));
        let show = |columns| total.show(columns, Duration::from_secs(2));
        assert_eq!(show(77), "3/200 [#########----------------------------] 25% 1.95/7.81 MiB 0.98 MiB/s 6s");
        assert_eq!(show(37), "3/200 25% 1.95/7.81 MiB 0.98 MiB/s 6s");
        assert_eq!([show(36), show(11)], ["3/200 25% 6s", "3/200 25%"]);
    }

    proptest! {
        #[test]
        fn a_total_is_never_too_wide(of in 0..2_000_000_usize, ended in 0..50_usize, seconds in 0..10_000_000_u64, columns in 0..130_usize, bytes: Option<u64>) {
            let expected = bytes.map_or(Expected::Alike, Expected::Bytes);
            let mut total = total(of, 3, expected, ended);
            total.read(u64::MAX / 3, Duration::ZERO);
            prop_assert!(width(&total.show(columns, Duration::from_secs(seconds))) <= columns);
        }
    }
}
