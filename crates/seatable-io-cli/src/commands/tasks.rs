//! `status`, `download`, `cancel`: tasks that were started before.

use seatable_io_ureq::Cancellation;
use seatable_io_ureq::proto::{BaseUuid, TaskId, TaskKind, TaskStatus};
use seatable_io_ureq::task::{Outcome, Resume};

use crate::batch;
use crate::cli::{self, Global};
use crate::failure::Failure;
use crate::output::Output;
use crate::report::{CommandName, Good, Report};
use crate::session::Session;
use crate::ui::size::Size;

pub(crate) fn status(global: &Global, args: &cli::Status) -> Result<u8, Failure> {
    let id = TaskId::new(&args.task_id)?;
    let session = Session::open(global)?;
    let look = |report: &mut Report| {
        report.operation = Some(CommandName::Status);
        let status = session.client.status(&session.server, id.clone()).policy(session.policy());
        Ok(match session.run(id.as_str(), status).end? {
            TaskStatus::Running => Good::new("running", "running"),
            TaskStatus::Finished => Good::new("finished", "finished"),
        })
    };
    Ok(one(&session, &id, look))
}

pub(crate) fn download(global: &Global, args: &cli::Download) -> Result<u8, Failure> {
    let (id, base) = (TaskId::new(&args.task_id)?, BaseUuid::new(&args.uuid)?);
    Output::check(Some(&args.output), global.json)?;
    let session = Session::open(global)?;
    let resume = Resume::new(TaskKind::Export, id.clone(), base);
    let fetch = |report: &mut Report| {
        report.operation = Some(CommandName::Download);
        let mut output = Output::open(&args.output, args.force)?;
        let resumed = session.client.resume(&session.server, resume.clone()).policy(session.policy());
        match session.run(id.as_str(), resumed.sink(output.sink())).end {
            Ok(Outcome::Exported(exported)) => {
                let said = format!("{} ({})", args.output.display(), Size(exported.bytes));
                report.exported(exported, &args.output);
                Ok(Output::good(&args.output, &said))
            }
            Ok(_) => Err(Failure::internal()),
            Err(failure) => Err(output.explain(failure)),
        }
    };
    Ok(one(&session, &id, fetch))
}

pub(crate) fn cancel(global: &Global, args: &cli::Cancel) -> Result<u8, Failure> {
    let (id, base) = (TaskId::new(&args.task_id)?, BaseUuid::new(&args.uuid)?);
    let session = Session::open(global)?;
    let resume = Resume::new(args.kind, id.clone(), base);
    let cancel = |report: &mut Report| {
        report.operation = Some(CommandName::Cancel);
        let cancel = session.client.cancel(&session.server, resume.clone()).policy(session.policy());
        Ok(match session.run(id.as_str(), cancel).end? {
            Cancellation::Cancelled => Good::new("finished", "cancelled"),
            Cancellation::Finished => Good::new("finished", "it finished before it could be cancelled"),
        })
    };
    Ok(one(&session, &id, cancel))
}

/// The only input is the task.
fn one(session: &Session, id: &TaskId, work: impl Fn(&mut Report) -> Result<Good, Failure> + Sync) -> u8 {
    batch::each(session, std::slice::from_ref(id), 1, |_, id| {
        let mut report = Report::new(None, Some(id.to_string()), Err(Failure::internal()));
        report.task_id = Some(id.to_string());
        report.end = work(&mut report);
        report
    })
}
