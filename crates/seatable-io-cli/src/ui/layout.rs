//! The text of a line of progress in any number of columns.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::ui::width::{cut, shorten, width};
use crate::ui::words::{pair, short, spaced, time};

/// The speed is measured over this time.
const WINDOW: Duration = Duration::from_secs(5);

/// The time between two measurements of the speed.
const STEP: Duration = Duration::from_millis(100);

/// The width of the bar itself, if there is room.
const BAR: RangeInclusive<usize> = 8..=40;

/// A bar ends here at the latest: a longer line would be wrapped when a terminal becomes narrower.
const WIDEST: usize = 77;

/// One line: an input and its state.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) words: String,
    pub(crate) state: State,
}

/// The state of an input, at the end of its line. Times are relative to any moment.
#[derive(Debug)]
pub(crate) enum State {
    Starting,
    /// The time counts up.
    Since(Duration),
    /// The time counts down, after these words. Nothing is shown after the end.
    Until(&'static str, Duration),
    Transfer(Transfer),
}

/// A transfer of bytes. Times are relative to any moment.
#[derive(Debug)]
pub(crate) struct Transfer {
    done: u64,
    of: Option<u64>,
    /// The bytes that were done at some times, the newest last.
    marks: VecDeque<(Duration, u64)>,
}

impl Transfer {
    pub(crate) fn new(of: Option<u64>) -> Transfer {
        Transfer { done: 0, of, marks: VecDeque::new() }
    }

    /// Sets the number of bytes that are done. A smaller one means that the transfer began again.
    pub(crate) fn advance(&mut self, done: u64, now: Duration) {
        if done < self.done {
            self.marks.clear();
        }
        self.done = done;
        if self.marks.back().is_none_or(|(at, _)| now.saturating_sub(*at) >= STEP) {
            self.marks.push_back((now, done));
        }
        let is_old = |(at, _): &(Duration, u64)| now.saturating_sub(*at) > WINDOW;
        while self.marks.len() > 2 && self.marks.front().is_some_and(is_old) {
            self.marks.pop_front();
        }
    }

    /// Returns the bytes per second, once they can be measured.
    fn speed(&self, now: Duration) -> Option<u64> {
        let (at, bytes) = self.marks.front()?;
        let millis = now.saturating_sub(*at).as_millis();
        let speed = u128::from(self.done.saturating_sub(*bytes)) * 1000 / millis.max(1);
        (millis >= STEP.as_millis()).then(|| u64::try_from(speed).unwrap_or(u64::MAX))
    }

    /// `45% 3.41/7.63 MiB 1.21 MiB/s 12s`: 36 columns at most.
    fn counts(&self, now: Duration) -> String {
        let rate = self.speed(now).map_or_else(|| "-".to_owned(), short);
        let Some(of) = self.of else { return format!("{} {rate}/s", short(self.done)) };
        format!("{} {} {rate}/s {}", self.percent(of), pair(self.done, of), self.left(of, now))
    }

    fn percent(&self, of: u64) -> String {
        format!("{}%", u128::from(self.done.min(of)) * 100 / u128::from(of.max(1)))
    }

    fn left(&self, of: u64, now: Duration) -> String {
        let left = self.speed(now).and_then(|speed| of.saturating_sub(self.done).checked_div(speed));
        left.map_or_else(|| "-".to_owned(), time)
    }

    fn bar(&self, columns: usize) -> Option<String> {
        let inner = columns.min(*BAR.end()).checked_sub(2).filter(|_| BAR.start() <= &columns)?;
        let of = u128::from(self.of?.max(1));
        let full = usize::try_from(u128::from(self.done) * inner as u128 / of).unwrap_or(inner).min(inner);
        Some(format!("[{}{}]", "#".repeat(full), "-".repeat(inner - full)))
    }

    /// Counts more bytes that are done.
    pub(crate) fn more(&mut self, bytes: u64, now: Duration) {
        self.advance(self.done.saturating_add(bytes), now);
    }

    /// Returns the count of inputs, the bar and the counts of bytes; without room for that, the count, the percentage and the
    /// time.
    pub(crate) fn show(&self, count: &str, columns: usize, now: Duration) -> String {
        if width(count) + 1 + width(&self.counts(now)) <= columns {
            return self.beside(columns, now, |_| count.to_owned());
        }
        let of = self.of.unwrap_or_default();
        let percent = format!("{count} {}", self.percent(of));
        let lines = [format!("{percent} {}", self.left(of, now)), percent];
        lines.into_iter().find(|line| width(line) <= columns).unwrap_or_else(|| cut(count, columns))
    }

    /// Returns a text that fits, the bar and the counts.
    fn beside(&self, columns: usize, now: Duration, text: impl FnOnce(usize) -> String) -> String {
        let counts = self.counts(now);
        let room = columns.saturating_sub(width(&counts) + 1);
        let text = text(room);
        let inner = room.min(WIDEST.saturating_sub(width(&counts) + 1));
        let bar = self.bar(inner.saturating_sub(width(&text) + 1));
        let parts = [Some(text), bar, Some(counts)].into_iter().flatten().filter(|part| !part.is_empty());
        cut(&parts.collect::<Vec<_>>().join(" "), columns)
    }
}

impl Line {
    /// Returns the line, of at most this many columns.
    pub(crate) fn show(&self, columns: usize, now: Duration) -> String {
        let Line { label, words, state } = self;
        let end = match state {
            State::Starting => String::new(),
            State::Since(start) => format!(", {}", spaced(now.saturating_sub(*start).as_secs())),
            State::Until(words, end) => {
                let left = end.saturating_sub(now);
                match left.as_secs().saturating_add(u64::from(left.subsec_millis() > 0)) {
                    0 => String::new(),
                    left => format!("{words}{}", spaced(left)),
                }
            }
            State::Transfer(transfer) => {
                let text = format!("{label}: {words}");
                let fit = |room| if width(&text) <= room { text.clone() } else { shorten(label, room) };
                return transfer.beside(columns, now, fit);
            }
        };
        fit(label, words, &end, columns)
    }
}

/// Shortens the label first, then the words, but not their end.
fn fit(label: &str, words: &str, end: &str, columns: usize) -> String {
    let room = columns.saturating_sub(width(end));
    let label = shorten(label, room.saturating_sub(width(words) + 2));
    let label = if label.is_empty() { label } else { label + ": " };
    let words = cut(words, room.saturating_sub(width(&label)));
    cut(&format!("{label}{words}{end}"), columns)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(label: &str, marks: &[(u64, u64)], of: Option<u64>) -> Line {
        let mut transfer = Transfer::new(of);
        for (millis, done) in marks {
            transfer.advance(*done, Duration::from_millis(*millis));
        }
        Line { label: label.to_owned(), words: "sending".to_owned(), state: State::Transfer(transfer) }
    }

    fn waiting(label: &str, words: &str, state: State) -> Line {
        Line { label: label.to_owned(), words: words.to_owned(), state }
    }

    const MARKS: [(u64, u64); 3] = [(60_000, 0), (61_000, 1_000_000), (62_000, 2_000_000)];
    const NOW: Duration = Duration::from_secs(62);

    #[test]
    fn a_line_fits_any_terminal() {
        let line = line("Sales.dtable", &MARKS, Some(8_000_000));
        for (columns, text) in [
            (117, "Sales.dtable: sending [#####-----------------] 25% 1.91/7.63 MiB 977 KiB/s 6s"),
            (77, "Sales.dtable: sending [#####-----------------] 25% 1.91/7.63 MiB 977 KiB/s 6s"),
            (53, "Sales.dtable: sending 25% 1.91/7.63 MiB 977 KiB/s 6s"),
            (46, "Sales.dtable 25% 1.91/7.63 MiB 977 KiB/s 6s"),
            (37, "Sa..le 25% 1.91/7.63 MiB 977 KiB/s 6s"),
            (20, "25% 1.91/7.63 MiB .."),
        ] {
            assert_eq!(line.show(columns, NOW), text);
        }
    }

    #[test]
    fn a_wait_counts_down_and_work_counts_up_in_any_width() {
        let pause = waiting("1 personal/Sales", "paused by the server", State::Until(", ", NOW));
        let at = |millis, columns| pause.show(columns, Duration::from_millis(millis));
        assert_eq!(at(19_001, 77), "1 personal/Sales: paused by the server, 43 s");
        assert_eq!(at(61_999, 37), "1 pe..ales: paused by the server, 1 s");
        assert_eq!(
            [at(61_999, 20), at(62_000, 37)],
            ["paused by the.., 1 s", "1 pers..l/Sales: paused by the server"]
        );
        let work = waiting("1 personal/Sales", "the server is exporting", State::Since(NOW));
        assert_eq!(
            work.show(37, NOW + Duration::from_millis(12_900)),
            "1 ..es: the server is exporting, 12 s"
        );
        let late = NOW + Duration::from_secs(7500);
        assert_eq!(work.show(39, late), "..s: the server is exporting, 2 h 5 min");
        assert_eq!(work.show(37, late), "the server is exporting, 2 h 5 min");
    }

    #[test]
    fn speed_is_that_of_this_transfer() {
        let mut transfer = Transfer::new(Some(10_000));
        transfer.advance(0, Duration::from_secs(100));
        assert_eq!(transfer.counts(Duration::from_secs(100)), "0% 0.00/9.77 KiB -/s -");
        transfer.advance(1000, Duration::from_secs(101));
        assert_eq!(transfer.counts(Duration::from_secs(101)), "10% 0.98/9.77 KiB 0.98 KiB/s 9s");
        transfer.advance(0, Duration::from_secs(200));
        assert_eq!(transfer.counts(Duration::from_secs(200)), "0% 0.00/9.77 KiB -/s -");
    }

    #[test]
    fn a_transfer_that_stalls_slows_down() {
        let line = line("a", &MARKS, Some(8_000_000));
        assert!(line.show(77, Duration::from_secs(80)).ends_with("97.7 KiB/s 1m00s"));
    }

    #[test]
    fn an_unknown_length_has_no_percentage() {
        assert_eq!(line("a", &MARKS, None).show(77, NOW), "a: sending 1.91 MiB 977 KiB/s");
    }

    proptest! {
        #[test]
        fn a_line_is_never_too_wide(label in "\\PC{0,30}", words in "\\PC{0,60}", columns in 0..130_usize, done: u64, of: Option<u64>, millis in 0..10_000_000_u64) {
            let now = Duration::from_millis(millis);
            let line = line(&label, &[(0, 0), (millis, done)], of);
            prop_assert!(width(&line.show(columns, now)) <= columns);
            let line = waiting(&label, &words, State::Until(", ", Duration::from_secs(done)));
            prop_assert!(width(&line.show(columns, now)) <= columns);
        }

        #[test]
        fn percent_bytes_speed_and_time_fit_40_columns(done in 0..1_u64 << 45, of in 0..1_u64 << 45, millis in 100..10_000_000_u64) {
            let line = line("a", &[(0, 0), (millis, done)], Some(of));
            let shown = line.show(37, Duration::from_millis(millis));
            prop_assert!(!shown.contains(".."), "{}", shown);
        }
    }
}
