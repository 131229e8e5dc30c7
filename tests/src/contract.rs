//! Promises that hold at every step: waits, deadlines, idle timeouts, requests, and the data to resume a task.

use std::time::Duration;

use seatable_io_task::{Call, Exchange, Operation, Resume};

use crate::setup::{FOLDER, PASSWORD};
use crate::wire::{self, Asked};
use crate::{Job, Target, Violation, World};

/// The time that a server may work on one request.
const WORK: Duration = Duration::from_secs(180);

impl World {
    pub(crate) fn judge_wait(&self, operation: &Operation, until: Duration) -> Result<(), Violation> {
        let deadline = self.deadline.unwrap_or(Duration::MAX);
        let progress = operation.progress();
        let broken = if until <= self.now {
            "a wait in the past"
        } else if until > deadline {
            "a wait beyond the deadline"
        } else if progress.waits_until.is_none_or(|then| then < until) {
            "progress of another wait"
        } else {
            return self.judge_resume(operation.to_resume().as_ref());
        };
        Err(Violation(format!("{broken}: until {until:?}, {progress:?}")))
    }

    /// Judges the data to resume a task.
    pub(crate) fn judge_resume(&self, resume: Option<&Resume>) -> Result<(), Violation> {
        let (Some(resume), known) = (resume, &self.record.known) else { return Ok(()) };
        let violation = |words: &str| Err(Violation(format!("{words}: {resume:?}, but {known:?}")));
        let Some(known) = known else { return violation("data to resume a task that no longer matters") };
        if (resume.task.as_str(), resume.base.as_str(), resume.kind)
            != (known.id.as_str(), known.uuid.as_str(), known.kind)
        {
            return violation("another task to resume");
        }
        if known.described.is_some() && resume.place.is_none() {
            return violation("a task to resume without the place of its base");
        }
        Ok(())
    }

    pub(crate) fn judge_deadline(&self, exchange: &Exchange) -> Result<(), Violation> {
        let deadline = exchange.deadline();
        if Some(deadline) == self.deadline {
            return Ok(());
        }
        Err(Violation(format!("the deadline is {deadline:?}, not {:?}", self.deadline)))
    }

    /// Judges a request and its exchange.
    pub(crate) fn judge_exchange(&self, exchange: &Exchange, asked: &Asked) -> Result<(), Violation> {
        self.judge_deadline(exchange)?;
        let violation = |words: &str| Err(Violation(format!("{words}: {asked:?}")));
        let works = asked.is_upload() || asked.exports_at_once();
        let idle_timeout = if works { self.policy.idle_timeout.max(WORK) } else { self.policy.idle_timeout };
        if exchange.idle_timeout() != idle_timeout {
            return violation(&format!("an idle timeout of {:?}", exchange.idle_timeout()));
        }
        if exchange.progress().call != Some(call(asked)) {
            return violation("progress of another call");
        }
        wire::check_head(exchange.request(), self.sandbox.token())?;
        match (asked, self.scene.job) {
            (Asked::Upload | Asked::TableUpload, Job::Import { file, folder, .. }) => {
                let request = wire::with_file(exchange.request(), &self.file);
                let folder = folder.then_some(FOLDER);
                wire::check_upload(&request, file.name().as_str(), &self.file, folder)
            }
            (Asked::ExportByUuid { uuid, without_assets }, Job::Export { target: Target::ByUuid, .. })
                if Some(uuid) == self.uuid.as_ref() && without_assets == "false" =>
            {
                Ok(())
            }
            (_, Job::Export { target: Target::ByUuid, .. }) => violation("another base is exported"),
            (Asked::StartExport { base }, job) if base == base_of(job) => Ok(()),
            (Asked::SynchronousExport { query }, job) if *query == synchronous(job) => Ok(()),
            (Asked::StartExport { .. } | Asked::SynchronousExport { .. } | Asked::ExportByUuid { .. }, _) => {
                violation("another base is exported")
            }
            _ if exchange.request().body().is_empty() => Ok(()),
            _ => violation("a request with a body"),
        }
    }
}

fn base_of(job: Job) -> &'static str {
    match job {
        Job::Export { target, .. } => target.base(),
        _ => "t1",
    }
}

/// Returns the query that exports a base in one request.
fn synchronous(job: Job) -> Vec<(String, String)> {
    let target = if let Job::Export { target, .. } = job { target } else { Target::Plain };
    let mut query = vec![("dtable_name", base_of(job))];
    match target {
        Target::Protected => query.push(("password", PASSWORD)),
        Target::WithoutAssets => query.push(("ignore_asset", "true")),
        _ => {}
    }
    query.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Returns the call of this request.
pub(crate) fn call(asked: &Asked) -> Call {
    match asked {
        Asked::Upload => Call::StartImport,
        Asked::TableProbe => Call::FindTableImport,
        Asked::TableUpload => Call::ImportTable,
        Asked::StartExport { .. } => Call::StartExport,
        Asked::SynchronousExport { .. } => Call::SynchronousExport,
        Asked::Poll { .. } => Call::QueryStatus,
        Asked::Download { .. } => Call::ExportContent,
        Asked::Cancel { .. } => Call::CancelTask,
        Asked::ListAdministered => Call::ListAdministered,
        Asked::ListWorkspaces { .. } => Call::ListWorkspaces,
        Asked::ListServerBases { .. } => Call::ListServerBases,
        Asked::ExportByUuid { .. } => Call::ExportByUuid,
    }
}
