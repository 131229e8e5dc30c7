//! How several inputs ended, in one line.

use std::time::Duration;

use crate::layout::spaced;
use crate::size::Size;

/// How the inputs of a batch ended.
pub(crate) struct Tally {
    /// The status of each input, and the bytes that were sent or saved for it.
    pub(crate) ends: Vec<(&'static str, u64)>,
    /// How many copies were deleted.
    pub(crate) deleted: usize,
    pub(crate) took: Duration,
}

impl Tally {
    /// How often each status occurs, under its name: `2 exported, 1 failed`.
    pub(crate) fn counts(&self, names: &[(&str, &str)]) -> String {
        self.each(names, |_| String::new()).join(", ")
    }

    /// `2 exported (1.20 GiB), 1 failed, 12 copies deleted, in 6 min 3 s`: the counts with the size of what is finished, then
    /// `more`, then the time.
    pub(crate) fn summary(&self, names: &[(&str, &str)], more: &[String]) -> String {
        let size = |status: &str| match self.bytes(status) {
            bytes if bytes > 0 && status == "finished" => format!(" ({})", Size(bytes)),
            _ => String::new(),
        };
        let mut parts = self.each(names, size);
        parts.extend_from_slice(more);
        parts.push(format!("in {}", spaced(self.took.as_secs())));
        parts.join(", ")
    }

    fn each(&self, names: &[(&str, &str)], after: impl Fn(&str) -> String) -> Vec<String> {
        let counts = names.iter().filter_map(|(status, name)| {
            let count = self.ends.iter().filter(|(own, _)| own == status).count();
            (count > 0).then(|| format!("{count} {name}{}", after(status)))
        });
        counts.collect()
    }

    fn bytes(&self, status: &str) -> u64 {
        let bytes = self.ends.iter().filter(|(own, _)| *own == status).map(|(_, bytes)| *bytes);
        bytes.fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, &str); 3] = [("finished", "exported"), ("failed", "failed"), ("skipped", "skipped")];

    fn tally(ends: &[(&'static str, u64)]) -> Tally {
        Tally { ends: ends.to_vec(), deleted: 0, took: Duration::from_millis(363_900) }
    }

    #[test]
    fn the_summary_has_the_size_of_what_is_finished_and_the_time() {
        let tally = tally(&[("failed", 4096), ("finished", 1024), ("skipped", 99), ("finished", 512)]);
        let more = ["2 copies deleted".to_owned()];
        assert_eq!(
            tally.summary(&NAMES, &more),
            "2 exported (1.50 KiB), 1 failed, 1 skipped, 2 copies deleted, in 6 min 3 s"
        );
        assert_eq!(tally.counts(&NAMES), "2 exported, 1 failed, 1 skipped");
    }

    #[test]
    fn a_size_that_is_not_known_is_not_told() {
        assert_eq!(tally(&[("finished", 0)]).summary(&NAMES, &[]), "1 exported, in 6 min 3 s");
    }
}
