//! Several inputs, one after another or some at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use self::tally::Tally;
use crate::failure::{Failure, Kind};
use crate::report::{LOOK, Report};
use crate::session::Session;
use crate::stop;
use crate::ui::screen::Screen;

pub(crate) mod tally;

/// Works on every input and tells what became of it; gives the exit code.
pub(crate) fn each<T: Sync>(
    session: &Session,
    inputs: &[T],
    jobs: u8,
    work: impl Fn(usize, &T) -> Report + Sync,
) -> u8 {
    Batch {
        screen: &session.screen,
        complain: &|failure| session.complain(failure),
        jobs,
        summary: &|tally| (tally.inputs() > 1).then(|| summary(tally)),
    }
    .each(inputs.len(), inputs.iter(), |index, input| work(index, input))
}

/// How a number of inputs is worked on, and what is said of them.
pub(crate) struct Batch<'a> {
    pub(crate) screen: &'a Screen,
    pub(crate) complain: &'a (dyn Fn(&Failure) + Sync),
    /// How many inputs at a time.
    pub(crate) jobs: u8,
    /// What is said at the end, given how the inputs ended.
    pub(crate) summary: &'a dyn Fn(&Tally) -> Option<String>,
}

impl Batch<'_> {
    /// Works on every input and tells what became of it; gives the exit code. What is worth another try gets it in the end,
    /// alone. `total` is only shown.
    pub(crate) fn each<T: Send>(
        &self,
        total: usize,
        inputs: impl Iterator<Item = T> + Send,
        work: impl Fn(usize, &T) -> Report + Sync,
    ) -> u8 {
        let Batch { screen, complain, jobs, summary } = *self;
        let began = Instant::now();
        let inputs = Mutex::new(inputs.enumerate());
        let told = Mutex::new((Vec::new(), Tally::default()));
        let later = Mutex::new(Vec::new());
        screen.count(total);
        let tell = |index: usize, report: Report| {
            let deleted = report.deletions.len();
            let (code, (status, bytes)) = tell(screen, complain, report);
            let (codes, tally) = &mut *locked(&told);
            codes.push((index, code));
            tally.deleted += deleted;
            tally.add(status, bytes);
        };
        let worker = || {
            loop {
                let next = locked(&inputs).next();
                let Some((index, input)) = next else { return };
                let report = timed(|| work(index, &input));
                match &report.again {
                    Some(why) => {
                        screen.say(why);
                        locked(&later).push((index, input, report.took));
                    }
                    None => tell(index, report),
                }
            }
        };
        at_once(usize::from(jobs).min(total), worker);
        let mut later = later.into_inner().unwrap_or_else(PoisonError::into_inner);
        later.sort_unstable_by_key(|(index, ..)| *index);
        for (index, input, before) in later {
            let report = timed(|| work(index, &input));
            let took = report.took.into_iter().chain(before).sum();
            tell(index, Report { took: Some(took), ..report });
        }
        let (mut codes, tally) = told.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(summary) = summary(&Tally { took: began.elapsed(), ..tally }) {
            screen.say(&summary);
        }
        codes.sort_unstable();
        let codes: Vec<_> = codes.into_iter().map(|(_, code)| code).collect();
        screen.exit(stop::exit_code().unwrap_or_else(|| exit_code(&codes)))
    }
}

/// Works on so many threads at once, or on as many as can be created.
fn at_once(threads: usize, worker: impl Fn() + Copy + Send + Sync) {
    thread::scope(|scope| {
        for _ in 1..threads {
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
}

fn timed(work: impl FnOnce() -> Report) -> Report {
    let began = Instant::now();
    let report = work();
    Report { took: Some(began.elapsed()), ..report }
}

fn locked<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

/// That of the first failure in the order of the inputs; but an unknown outcome is never hidden by another, and what a person
/// should look at hides no failure.
pub(crate) fn exit_code(codes: &[u8]) -> u8 {
    let unknown = Kind::UnknownOutcome.exit();
    if codes.contains(&unknown) {
        return unknown;
    }
    let failure = codes.iter().find(|code| ![0, LOOK].contains(code));
    failure.or(codes.iter().max()).copied().unwrap_or(0)
}

/// `3 inputs: 2 finished (1.20 GiB), 1 failed, in 6 min 3 s`.
fn summary(tally: &Tally) -> String {
    const ORDER: [&str; 5] = ["finished", "accepted", "failed", "cancelled", "unknown"];
    format!("{} inputs: {}", tally.inputs(), tally.summary(&ORDER.map(|status| (status, status)), &[]))
}

/// Prints a report; gives the exit code, the status and the bytes.
pub(crate) fn tell(
    screen: &Screen,
    complain: &dyn Fn(&Failure),
    report: Report,
) -> (u8, (&'static str, u64)) {
    screen.result(&report);
    let (code, status) = match report.end {
        Ok(good) => match &good.attention {
            Some(attention) => {
                screen.warn(&attention.message, attention.hint.as_deref(), &[]);
                (LOOK, good.status)
            }
            None => (0, good.status),
        },
        Err(failure) => {
            if !failure.is_told {
                complain(&failure);
            }
            let code = if failure.unknown { Kind::UnknownOutcome.exit() } else { failure.kind.exit() };
            (code, failure.status())
        }
    };
    (code, (status, report.bytes.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::exit_code;

    #[test]
    fn the_first_failure_counts_unless_an_outcome_is_unknown() {
        assert_eq!([&[0, 0][..], &[0, 5, 4], &[5, 8, 4], &[]].map(exit_code), [0, 5, 8, 0]);
        assert_eq!([&[0, 10][..], &[10, 4, 5], &[10, 8, 5]].map(exit_code), [10, 4, 8]);
    }
}
