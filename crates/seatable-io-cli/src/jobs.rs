//! Several inputs, one after another or some at a time.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::line::Report;
use crate::session::Session;

/// Works on every input and tells what became of it; the exit code is that of the first failure in their order.
pub(crate) fn each<T: Sync>(
    session: &Session,
    inputs: &[T],
    jobs: u8,
    work: impl Fn(usize, &T) -> Report + Sync,
) -> u8 {
    let next = AtomicUsize::new(0);
    let codes = Mutex::new(vec![0; inputs.len()]);
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(input) = inputs.get(index) else { return };
            let began = Instant::now();
            let report = work(index, input);
            let code = tell(session, Report { took: Some(began.elapsed()), ..report });
            codes.lock().unwrap_or_else(PoisonError::into_inner)[index] = code;
        }
    };
    thread::scope(|scope| (0..usize::from(jobs).min(inputs.len())).for_each(|_| drop(scope.spawn(worker))));
    let codes = codes.into_inner().unwrap_or_else(PoisonError::into_inner);
    session.screen.exit(codes.into_iter().find(|code| *code != 0).unwrap_or(0))
}

fn tell(session: &Session, report: Report) -> u8 {
    session.screen.result(&report);
    match report.end {
        Ok(_) => 0,
        Err(failure) => {
            session.complain(&failure);
            failure.kind.exit()
        }
    }
}
