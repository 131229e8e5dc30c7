//! Reports that wait for those of earlier inputs.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};

use super::locked;
use crate::report::Report;

/// The size of the reports that may wait, in bytes. One large input holds back thousands of small ones.
const ROOM: usize = 16 * 1024 * 1024;

/// Passes reports on in the order of the inputs.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    advanced: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// The index of the input whose report comes next.
    next: usize,
    reports: BTreeMap<usize, Report>,
    size: usize,
}

impl Queue {
    /// Passes a report on as soon as those of all earlier inputs were. If too many are waiting, so does the caller, unless all others
    /// wait for this report.
    pub(super) fn pass(&self, index: usize, report: Report, mut on: impl FnMut(usize, &Report)) {
        let mut waiting = locked(&self.waiting);
        while waiting.size > ROOM && index != waiting.next {
            waiting = self.advanced.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.size += report.size();
        waiting.reports.insert(index, report);
        while let Some((index, report)) = waiting.take_next() {
            on(index, &report);
        }
        self.advanced.notify_all();
    }
}

impl Waiting {
    fn take_next(&mut self) -> Option<(usize, Report)> {
        let (index, report) = self.reports.remove_entry(&self.next)?;
        self.next += 1;
        self.size -= report.size();
        Some((index, report))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::report::{Details, Good};

    fn report(missing: usize) -> Report {
        let mut details = Details::new(None, None);
        details.fields.missing = Some(vec!["x".repeat(missing)]);
        details.ended(Ok(Good::new("finished", "")))
    }

    #[test]
    fn reports_are_passed_on_in_the_order_of_the_inputs() {
        let (queue, mut passed) = (Queue::default(), Vec::new());
        for (index, expected) in [(1, &[][..]), (3, &[]), (0, &[0, 1]), (2, &[2, 3]), (4, &[4])] {
            passed.clear();
            queue.pass(index, report(index), |at, report| {
                let names = report.details.fields.missing.as_ref().unwrap();
                assert_eq!(names[0].len(), at);
                passed.push(at);
            });
            assert_eq!(passed, expected, "after {index}");
        }
        assert_eq!(locked(&queue.waiting).size, 0);
    }

    #[test]
    fn the_reports_that_wait_are_limited_and_the_first_one_never_waits() {
        let (queue, ended) = (Queue::default(), AtomicUsize::new(0));
        thread::scope(|scope| {
            for index in 1..8 {
                scope.spawn({
                    let (queue, ended) = (&queue, &ended);
                    move || {
                        queue.pass(index, report(ROOM / 4), |_, _| ());
                        ended.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            while locked(&queue.waiting).reports.len() < 4 {
                thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(locked(&queue.waiting).reports.len(), 4);
            queue.pass(0, report(ROOM), |_, _| ());
        });
        assert_eq!((ended.into_inner(), locked(&queue.waiting).next), (7, 8));
    }
}
