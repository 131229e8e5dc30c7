//! The end that a job must have if nothing goes wrong.

use seatable_io_proto::TaskKind;
use seatable_io_sandbox::Generation;
use seatable_io_task::{ErrorKind, OperationError, Outcome, Scope};

use crate::{File, Job, Past, Target, Violation, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Imported,
    Accepted,
    Exported,
    Cancelled,
    Polled,
    Listed,
    Error(ErrorKind),
}

impl World {
    pub(crate) fn judge_plain(&self, end: &Result<Outcome, OperationError>) -> Result<(), Violation> {
        let Some(expected) = self.expected().filter(|_| self.is_easy()) else { return Ok(()) };
        let actual = match end {
            Ok(Outcome::Imported(_)) => Expected::Imported,
            Ok(Outcome::Accepted(..)) => Expected::Accepted,
            Ok(Outcome::Exported(_)) => Expected::Exported,
            Ok(Outcome::Cancelled) => Expected::Cancelled,
            Ok(Outcome::Listed(_)) => Expected::Listed,
            Ok(_) => Expected::Polled,
            Err(error) => Expected::Error(error.kind()),
        };
        if actual == expected {
            Ok(())
        } else {
            Err(Violation(format!("expected {expected:?}, not {end:?}")))
        }
    }

    fn expected(&self) -> Option<Expected> {
        let (current, generation) = (self.is_current(), self.scene.generation);
        Some(match self.scene.job {
            Job::Import { file, wait, .. } => imported(file, wait, generation),
            Job::Export { target, wait: false, .. } if target.needs_current() || current => {
                Expected::Error(ErrorKind::Unsupported)
            }
            Job::Export { target: Target::Missing, .. } => Expected::Error(ErrorKind::NotFound),
            Job::Export { target, .. } if target.needs_current() && !current => {
                Expected::Error(ErrorKind::Unsupported)
            }
            Job::Export { wait: false, .. } => Expected::Accepted,
            Job::Export { .. } => Expected::Exported,
            Job::Resume { kind: TaskKind::Import, past: Past::Open, .. } => Expected::Imported,
            // The outcome of a task that continues although it was cancelled is unknown until its end.
            Job::Resume { past: Past::Cancelled, .. }
            | Job::PollOnce { past: Past::Cancelled, .. }
            | Job::CancelExisting { past: Past::Cancelled, .. } => return None,
            Job::Resume { kind: TaskKind::Import, .. } => Expected::Error(ErrorKind::UnknownOutcome),
            // The file of a task whose end was reported still exists; one that does not is exported again.
            Job::Resume { past, place: true, .. } if past != Past::Never && !current => Expected::Exported,
            Job::PollOnce { past: Past::Open, .. } => Expected::Polled,
            Job::CancelExisting { kind: TaskKind::Import, past: Past::Open }
                if self.scene.task_time.is_zero() =>
            {
                Expected::Polled
            }
            Job::CancelExisting { kind: TaskKind::Import, past: Past::Open } if current => {
                Expected::Error(ErrorKind::UnknownOutcome)
            }
            Job::CancelExisting { past: Past::Open, .. } => Expected::Cancelled,
            Job::PollOnce { .. } | Job::CancelExisting { .. } => Expected::Error(ErrorKind::UnknownTask),
            Job::Resume { .. } => return None,
            Job::List { scope: Scope::ServerWide } if !current => Expected::Error(ErrorKind::Unsupported),
            Job::List { .. } => Expected::Listed,
        })
    }
}

fn imported(file: File, wait: bool, generation: Generation) -> Expected {
    let current = generation == Generation::Current;
    match file {
        File::Xlsx | File::BrokenXlsx if !current => Expected::Error(ErrorKind::Rejected),
        File::Csv if generation == Generation::Y2020 => Expected::Imported,
        File::Csv | File::Xlsx | File::BrokenXlsx if current && !wait => {
            Expected::Error(ErrorKind::Unsupported)
        }
        File::Broken | File::BrokenXlsx => Expected::Error(ErrorKind::Rejected),
        File::Csv | File::Xlsx if current => Expected::Imported,
        _ if wait => Expected::Imported,
        _ => Expected::Accepted,
    }
}
