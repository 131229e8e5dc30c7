//! A line that sums up several inputs.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::report::Report;
use crate::ui::{Size, spaced};

/// The statuses of inputs, in the order of the line.
const STATUSES: [&str; 10] = [
    "finished",
    "present",
    "accepted",
    "planned",
    "skipped",
    "failed",
    "unrecorded",
    "stale",
    "cancelled",
    "unknown",
];

/// The results of a batch.
#[derive(Default)]
pub(crate) struct Tally {
    /// The number of inputs with each status, and the bytes that were sent or saved for them.
    pub(crate) ends: BTreeMap<&'static str, (usize, u64)>,
    /// The exit code of each input by its index.
    codes: BTreeMap<usize, u8>,
    /// The number of imports that were proven, that differ, and that could not be proven.
    checked: [usize; 3],
    /// The number of failures that are as before.
    as_before: usize,
    /// The number of deleted copies.
    pub(crate) deleted: usize,
    pub(crate) took: Duration,
}

impl Tally {
    /// Adds the input of this index with its exit code.
    pub(crate) fn add(&mut self, index: usize, code: u8, report: &Report) {
        self.codes.insert(index, code);
        self.deleted += report.details.deletions.len();
        let is_as_before = report.end.is_err() && report.details.fields.since.is_some();
        self.as_before += usize::from(is_as_before);
        if let Some(checked) = &report.details.fields.checked {
            let place = checked.same.map_or(2, |same| usize::from(!same));
            self.checked[place] += 1;
        }
        self.count(report.details.status, report.details.bytes.unwrap_or_default());
    }

    fn count(&mut self, status: &'static str, bytes: u64) {
        let (count, sum) = self.ends.entry(status).or_default();
        *count += 1;
        *sum = sum.saturating_add(bytes);
    }

    /// Returns the exit codes in the order of the inputs.
    pub(crate) fn codes(&self) -> Vec<u8> {
        self.codes.values().copied().collect()
    }

    /// Returns the number of inputs.
    pub(crate) fn inputs(&self) -> usize {
        self.codes.len()
    }

    /// Returns the count of each status: `2 planned, 12 copies to be deleted`. `names` are the statuses that have another name here.
    pub(crate) fn counts(&self, names: &[(&str, &str)]) -> String {
        self.parts(names, false).join(", ")
    }

    /// Returns `2 exported (1.20 GiB), 1 failed, 12 copies deleted, in 6 min 3 s`: the counts, with the size of finished inputs,
    /// then the time.
    pub(crate) fn summary(&self, names: &[(&str, &str)]) -> String {
        self.summary_with(names, "")
    }

    /// Returns the same with more counts, each of which begins with a comma.
    pub(crate) fn summary_with(&self, names: &[(&str, &str)], more: &str) -> String {
        format!("{}{more}, in {}", self.parts(names, true).join(", "), spaced(self.took.as_secs()))
    }

    fn parts(&self, names: &[(&str, &str)], is_done: bool) -> Vec<String> {
        let counts = STATUSES.iter().filter_map(|status| {
            let (count, bytes) = self.ends.get(status)?;
            let name = names.iter().find(|(own, _)| own == status).map_or(*status, |(_, name)| name);
            let has_size = is_done && *status == "finished" && *bytes > 0;
            let size = if has_size { format!(" ({})", Size(*bytes)) } else { String::new() };
            let before = if *status == "failed" { as_before(*count, self.as_before) } else { String::new() };
            Some(format!("{count} {name}{size}{before}"))
        });
        let copies = if self.deleted == 1 { "copy" } else { "copies" };
        let deleted = if is_done { "deleted" } else { "to be deleted" };
        let deleted = (self.deleted > 0).then(|| format!("{} {copies} {deleted}", self.deleted));
        let differ = if self.checked[1] == 1 { "differs" } else { "differ" };
        let checked = self.checked.into_iter().zip(["the same", differ, "not proven"]);
        let checked =
            checked.filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}"));
        counts.chain(checked).chain(deleted).collect()
    }
}

/// Returns the words that say how many of the failures are as before.
fn as_before(failed: usize, as_before: usize) -> String {
    match (failed, as_before) {
        (_, 0) => String::new(),
        (1, 1) => ", as before".to_owned(),
        (2, 2) => ", both as before".to_owned(),
        (failed, as_before) if failed == as_before => ", all as before".to_owned(),
        _ => format!(", {as_before} as before"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, &str); 1] = [("finished", "exported")];

    fn tally(ends: &[(&'static str, u64)]) -> Tally {
        let mut tally = Tally { took: Duration::from_millis(363_900), ..Tally::default() };
        for (status, bytes) in ends {
            tally.count(status, *bytes);
        }
        tally
    }

    #[test]
    fn the_summary_has_the_size_of_what_is_finished_and_the_time() {
        let mut tally = tally(&[("failed", 4096), ("finished", 1024), ("skipped", 99), ("finished", 512)]);
        tally.deleted = 2;
        assert_eq!(
            tally.summary(&NAMES),
            "2 exported (1.50 KiB), 1 skipped, 1 failed, 2 copies deleted, in 6 min 3 s"
        );
        assert_eq!(tally.counts(&NAMES), "2 exported, 1 skipped, 1 failed, 2 copies to be deleted");
    }

    #[test]
    fn imports_that_were_checked_are_counted() {
        let mut tally = tally(&[("finished", 0), ("finished", 0), ("finished", 0), ("failed", 0)]);
        tally.checked = [2, 1, 0];
        assert_eq!(tally.counts(&[("finished", "restored")]), "3 restored, 1 failed, 2 the same, 1 differs");
        tally.checked = [0, 2, 1];
        assert!(tally.counts(&NAMES).ends_with(", 2 differ, 1 not proven"));
    }

    #[test]
    fn failures_that_are_as_before_are_counted() {
        for (failed, known, words) in [
            (1, 0, "1 failed, in"),
            (1, 1, "1 failed, as before, in"),
            (2, 1, "2 failed, 1 as before, in"),
            (2, 2, "2 failed, both as before, in"),
            (3, 2, "3 failed, 2 as before, in"),
            (3, 3, "3 failed, all as before, in"),
        ] {
            let tally = Tally { as_before: known, ..tally(&vec![("failed", 0); failed]) };
            assert!(tally.summary(&NAMES).starts_with(words), "{}", tally.summary(&NAMES));
        }
    }

    #[test]
    fn more_counts_precede_the_time() {
        let tally = tally(&[("finished", 1024), ("failed", 0)]);
        assert_eq!(
            tally.summary_with(&NAMES, ", 2 gone"),
            "1 exported (1.00 KiB), 1 failed, 2 gone, in 6 min 3 s"
        );
    }

    #[test]
    fn an_unknown_size_is_left_out() {
        assert_eq!(tally(&[("finished", 0)]).summary(&NAMES), "1 exported, in 6 min 3 s");
    }
}
