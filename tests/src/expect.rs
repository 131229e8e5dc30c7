//! What must come of a job where nothing goes wrong.

use seatable_io_proto::TaskKind;
use seatable_io_sandbox::Generation;
use seatable_io_task::{ErrorKind, OperationError, Outcome};

use crate::{File, Job, Past, Target, Violation, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Imported,
    Accepted,
    Exported,
    Cancelled,
    Looked,
    Listed,
    Error(ErrorKind),
}

impl World {
    pub(crate) fn judge_plain(&self, end: &Result<Outcome, OperationError>) -> Result<(), Violation> {
        let Some(expected) = self.expected().filter(|_| self.is_easy()) else { return Ok(()) };
        let is = match end {
            Ok(Outcome::Imported(_)) => Expected::Imported,
            Ok(Outcome::Accepted(..)) => Expected::Accepted,
            Ok(Outcome::Exported(_)) => Expected::Exported,
            Ok(Outcome::Cancelled) => Expected::Cancelled,
            Ok(Outcome::Listed(_)) => Expected::Listed,
            Ok(_) => Expected::Looked,
            Err(error) => Expected::Error(error.kind()),
        };
        if is == expected { Ok(()) } else { Err(Violation(format!("expected {expected:?}, not {end:?}"))) }
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
            // What runs on, although it was cancelled, is unknown until it has ended.
            Job::Resume { past: Past::Cancelled, .. }
            | Job::Look { past: Past::Cancelled, .. }
            | Job::CancelOnly { past: Past::Cancelled, .. } => return None,
            Job::Resume { kind: TaskKind::Import, .. } => Expected::Error(ErrorKind::UnknownOutcome),
            // A file whose end was reported is still there, and one that is not is exported again.
            Job::Resume { past, place: true, .. } if past != Past::Never && !current => Expected::Exported,
            Job::Look { past: Past::Open, .. } => Expected::Looked,
            Job::CancelOnly { kind: TaskKind::Import, past: Past::Open }
                if self.scene.task_time.is_zero() =>
            {
                Expected::Looked
            }
            Job::CancelOnly { kind: TaskKind::Import, past: Past::Open } if current => {
                Expected::Error(ErrorKind::UnknownOutcome)
            }
            Job::CancelOnly { past: Past::Open, .. } => Expected::Cancelled,
            Job::Look { .. } | Job::CancelOnly { .. } => Expected::Error(ErrorKind::UnknownTask),
            Job::Resume { .. } => return None,
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
