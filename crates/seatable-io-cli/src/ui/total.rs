//! The line that counts several inputs.

use std::time::Duration;

use crate::ui::words::spaced;

/// The number of inputs that have ended, the number of all, and the start.
pub(crate) struct Total {
    ended: u32,
    of: u32,
    since: Duration,
}

impl Total {
    pub(crate) fn new(of: usize, since: Duration) -> Total {
        Total { ended: 0, of: u32::try_from(of).unwrap_or(u32::MAX), since }
    }

    pub(crate) fn ended_one(&mut self) {
        self.ended = self.ended.saturating_add(1);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.ended >= self.of
    }

    /// `3/200, 1 min 5 s, 1 h 11 min left`.
    pub(crate) fn show(&self, now: Duration) -> String {
        let Total { ended, of, since } = self;
        let taken = now.saturating_sub(*since);
        let left = taken.checked_div(*ended).map(|each| each.saturating_mul(of.saturating_sub(*ended)));
        let left = left.map(|left| left.as_secs()).filter(|left| *left > 0);
        let left = left.map_or_else(String::new, |left| format!(", {} left", spaced(left)));
        format!("{ended}/{of}, {}{left}", spaced(taken.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_has_a_clock_and_an_estimate() {
        let total = |ended, seconds| {
            Total { ended, of: 200, since: Duration::ZERO }.show(Duration::from_secs(seconds))
        };
        assert_eq!(
            [total(0, 5), total(3, 65), total(199, 5)],
            ["0/200, 5 s", "3/200, 1 min 5 s, 1 h 11 min left", "199/200, 5 s"]
        );
    }
}
