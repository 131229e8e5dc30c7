//! Several inputs, one after another or some at a time.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::failure::Kind;
use crate::line::Report;
use crate::session::Session;
use crate::stop;

/// Works on every input and tells what became of it; gives the exit code.
pub(crate) fn each<T: Sync>(
    session: &Session,
    inputs: &[T],
    jobs: u8,
    work: impl Fn(usize, &T) -> Report + Sync,
) -> u8 {
    let next = AtomicUsize::new(0);
    let ends = Mutex::new(vec![(0, ""); inputs.len()]);
    session.screen.count(inputs.len());
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(input) = inputs.get(index) else { return };
            let began = Instant::now();
            let report = work(index, input);
            let end = tell(session, Report { took: Some(began.elapsed()), ..report });
            ends.lock().unwrap_or_else(PoisonError::into_inner)[index] = end;
        }
    };
    thread::scope(|scope| {
        for _ in 1..usize::from(jobs).min(inputs.len()) {
            // Where no more threads can be created, those that there are do the work.
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let ends = ends.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (codes, statuses): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
    if statuses.len() > 1 {
        session.screen.say(&summary(&statuses));
    }
    session.screen.exit(stop::exit_code().unwrap_or_else(|| exit_code(&codes)))
}

/// That of the first failure in the order of the inputs; but an unknown outcome is never hidden by another.
fn exit_code(codes: &[u8]) -> u8 {
    let unknown = Kind::UnknownOutcome.exit();
    if codes.contains(&unknown) {
        unknown
    } else {
        codes.iter().copied().find(|code| *code != 0).unwrap_or(0)
    }
}

/// `3 inputs: 2 finished, 1 failed`.
fn summary(statuses: &[&str]) -> String {
    let counts =
        ["finished", "accepted", "failed", "cancelled", "unknown"].into_iter().filter_map(|status| {
            let count = statuses.iter().filter(|own| **own == status).count();
            (count > 0).then(|| format!("{count} {status}"))
        });
    format!("{} inputs: {}", statuses.len(), counts.collect::<Vec<_>>().join(", "))
}

/// The exit code and the status.
fn tell(session: &Session, report: Report) -> (u8, &'static str) {
    session.screen.result(&report);
    match report.end {
        Ok(good) => (0, good.status),
        Err(failure) => {
            session.complain(&failure);
            let code = if failure.unknown { Kind::UnknownOutcome.exit() } else { failure.kind.exit() };
            (code, failure.status())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{exit_code, summary};

    #[test]
    fn the_summary_counts_how_the_inputs_ended() {
        let statuses = ["failed", "finished", "unknown", "finished"];
        assert_eq!(summary(&statuses), "4 inputs: 2 finished, 1 failed, 1 unknown");
    }

    #[test]
    fn the_first_failure_counts_unless_an_outcome_is_unknown() {
        assert_eq!([&[0, 0][..], &[0, 5, 4], &[5, 8, 4], &[]].map(exit_code), [0, 5, 8, 0]);
    }
}
