//! Several inputs, one after another or some at a time.

pub(crate) mod tally;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use seatable_io_ureq::proto::TaskId;

use self::tally::Tally;
use crate::failure::{Failure, Kind};
use crate::report::{CommandName, Details, Good, LOOK, Report};
use crate::session::Session;
use crate::ui::Screen;
use crate::{stop, values};

#[derive(clap::Args, Debug)]
pub(crate) struct Jobs {
    /// How many to process at the same time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::number_in(1..=64_u8))]
    pub(crate) jobs: u8,
}

/// Works on every input and reports each; returns the exit code.
pub(crate) fn each<T: Sync>(
    session: &Session,
    inputs: &[T],
    jobs: u8,
    work: impl Fn(&T) -> Report + Sync,
) -> u8 {
    let summary = |tally: &Tally| (tally.inputs() > 1).then(|| summary(tally));
    let batch = Batch { screen: &session.screen, jobs, summary: &summary };
    batch.each(inputs.len(), inputs.iter(), |input| work(input))
}

/// Works on a task that was started earlier; returns the exit code.
pub(crate) fn task(
    session: &Session,
    command: CommandName,
    id: &TaskId,
    work: impl Fn(&mut Details) -> Result<Good, Failure> + Sync,
) -> u8 {
    each(session, std::slice::from_ref(id), 1, |id| {
        let mut details = Details::new(Some(command), Some(id.to_string()));
        details.task_id = Some(id.to_string());
        details.of(&work)
    })
}

/// How inputs are worked on.
pub(crate) struct Batch<'a> {
    pub(crate) screen: &'a Screen,
    /// How many inputs at a time.
    pub(crate) jobs: u8,
    /// The last line, given how the inputs ended.
    pub(crate) summary: &'a (dyn Fn(&Tally) -> Option<String> + Sync),
}

/// The inputs that have ended: the exit code of each by its index, and their sum.
type Ended = (BTreeMap<usize, u8>, Tally);

impl Batch<'_> {
    /// Works on every input and reports each; returns the exit code. Inputs that are worth another try get it at the end, alone.
    /// `total` is only shown.
    pub(crate) fn each<T: Send>(
        &self,
        total: usize,
        inputs: impl Iterator<Item = T> + Send,
        work: impl Fn(&T) -> Report + Sync,
    ) -> u8 {
        let (began, screen) = (Instant::now(), self.screen);
        let inputs = Mutex::new(inputs.enumerate());
        let ended = Mutex::new(Ended::default());
        let later = Mutex::new(BTreeMap::new());
        screen.bars.count(total);
        let worker = || {
            loop {
                let next = locked(&inputs).next();
                let Some((index, input)) = next else { return };
                let began = Instant::now();
                let report = work(&input);
                match &report.details.again {
                    Some(why) => {
                        screen.say(why);
                        locked(&later).insert(index, (input, began.elapsed()));
                    }
                    None => self.end(&ended, index, &report.took(began.elapsed())),
                }
            }
        };
        at_once(usize::from(self.jobs).min(total), worker);
        for (index, (input, before)) in later.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let began = Instant::now();
            let report = work(&input);
            self.end(&ended, index, &report.took(before + began.elapsed()));
        }
        let (codes, mut tally) = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        tally.took = began.elapsed();
        if let Some(summary) = (self.summary)(&tally) {
            screen.say(&summary);
        }
        let codes: Vec<_> = codes.into_values().collect();
        screen.exit(stop::exit_code().unwrap_or_else(|| exit_code(&codes)))
    }

    fn end(&self, ended: &Mutex<Ended>, index: usize, report: &Report) {
        let code = print(self.screen, report);
        let (codes, tally) = &mut *locked(ended);
        codes.insert(index, code);
        tally.add(report);
    }
}

/// Works on this many threads at once, or on as many as can be created.
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

fn locked<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the code of the first failure in the order of the inputs. No other code hides an unknown outcome, and a code that asks
/// a person to look hides no failure.
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
    format!("{} inputs: {}", tally.inputs(), tally.summary(&[], &[]))
}

/// Prints a report; returns its exit code.
pub(crate) fn print(screen: &Screen, report: &Report) -> u8 {
    screen.result(report);
    match &report.end {
        Ok(Good { attention: Some(attention), .. }) => {
            screen.warn(&attention.message, attention.hint.as_deref(), &[]);
            LOOK
        }
        Ok(_) => 0,
        Err(failure) => {
            if !failure.is_reported {
                screen.complain(failure);
            }
            failure.exit()
        }
    }
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
