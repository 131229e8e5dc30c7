//! Several inputs, one after another or some at a time.

mod queue;
pub(crate) mod tally;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use seatable_io_ureq::proto::TaskId;

use self::queue::Queue;
use self::tally::Tally;
use crate::failure::{Failure, Kind};
use crate::report::{CommandName, Details, Good, LOOK, Report};
use crate::session::Session;
use crate::ui::Screen;
use crate::{stop, values};

/// The most inputs that are processed at the same time.
pub(crate) const MOST_JOBS: u8 = 64;

#[derive(clap::Args, Debug)]
pub(crate) struct Jobs {
    /// How many to process at the same time
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = values::number_in(1..=MOST_JOBS))]
    pub(crate) jobs: u8,
}

/// Works on every input and reports each, then sums up several; returns the exit code.
pub(crate) fn each<T: Sync>(
    session: &Session,
    inputs: &[T],
    jobs: u8,
    work: impl Fn(&T) -> Report + Sync,
) -> u8 {
    let summary = |tally: &Tally| {
        let (inputs, counts) = (tally.inputs(), tally.summary(&[]));
        // `3 inputs: 2 finished (1.20 GiB), 1 failed, in 6 min 3 s`.
        (inputs > 1).then(|| format!("{inputs} inputs: {counts}"))
    };
    run(&session.screen, jobs, inputs.len(), inputs.iter(), |input| work(input), summary)
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

/// Works on every input, some at a time, reports each as it ends, and prints a summary; returns the exit code. Inputs that are worth
/// another try get it at the end, alone. `total` is only shown.
///
/// Without a number of jobs, each processor has one, and reports have the order of the inputs; then none gets another try.
pub(crate) fn run<T: Send>(
    screen: &Screen,
    jobs: impl Into<Option<u8>>,
    total: usize,
    inputs: impl Iterator<Item = T> + Send,
    work: impl Fn(&T) -> Report + Sync,
    summary: impl FnOnce(&Tally) -> Option<String>,
) -> u8 {
    let jobs = jobs.into();
    let queue = jobs.is_none().then(Queue::default);
    let began = Instant::now();
    let later = Mutex::new(BTreeMap::new());
    let tally = Mutex::new(Tally::default());
    let threads = usize::from(jobs.unwrap_or_else(processors)).min(total);
    screen.bars.count(total, threads);
    let next_later = || locked(&later).pop_first();
    let end = |index: usize, report: &Report| {
        let code = print(screen, report);
        let Details { status, bytes, .. } = &report.details;
        let bytes = bytes.filter(|_| *status == "finished");
        screen.bars.ended(index, bytes.unwrap_or_default());
        locked(&tally).add(index, code, report);
    };
    let attempt = |index: usize, input: T, before: Duration| {
        let began = Instant::now();
        let report = work(&input);
        let took = before + began.elapsed();
        match (&queue, &report.details.again) {
            (Some(queue), _) => queue.pass(index, report.took(took), end),
            (None, Some(why)) => {
                screen.say(why);
                locked(&later).insert(index, (input, took));
            }
            (None, None) => end(index, &report.took(took)),
        }
    };
    at_once(threads, inputs.enumerate(), |(index, input)| attempt(index, input, Duration::ZERO));
    while let Some((index, (input, before))) = next_later() {
        attempt(index, input, before);
    }
    let tally = &mut *locked(&tally);
    tally.took = began.elapsed();
    if let Some(summary) = summary(tally) {
        screen.say(&summary);
    }
    screen.exit(stop::exit_code().unwrap_or_else(|| exit_code(&tally.codes())))
}

fn processors() -> u8 {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    u8::try_from(processors).unwrap_or(MOST_JOBS).min(MOST_JOBS)
}

/// Works on this many threads at once, or on as many as can be created.
fn at_once<T>(threads: usize, inputs: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
    let inputs = Mutex::new(inputs);
    let next = || locked(&inputs).next();
    let worker = || {
        while let Some(input) = next() {
            work(input);
        }
    };
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

/// Prints a report; returns its exit code.
pub(crate) fn print(screen: &Screen, report: &Report) -> u8 {
    screen.result(report);
    match &report.end {
        Ok(Good { attention: Some(attention), .. }) => {
            screen.warn(&attention.message, attention.hint.as_deref().unwrap_or_default(), &[]);
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
