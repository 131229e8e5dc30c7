//! `status`, `download`, `cancel`: tasks that were started before.

use seatable_io_ureq::proto::{BaseUuid, TaskId, TaskKind};
use seatable_io_ureq::seed;
use seatable_io_ureq::task::{Operation, Outcome, Resume};

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
        let task = Operation::poll_once(session.server.clone(), id.clone(), session.policy(), seed()?);
        match session.drive(id.as_str(), task, (), ()).end? {
            Outcome::Running => Ok(Good::new("running", "running")),
            Outcome::Finished => Ok(Good::new("finished", "finished")),
            _ => Err(Failure::internal()),
        }
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
        let task = Operation::resume(session.server.clone(), resume.clone(), session.policy(), seed()?);
        match session.drive(id.as_str(), task, (), output.sink()).end {
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
        let task =
            Operation::cancel_existing(session.server.clone(), resume.clone(), session.policy(), seed()?);
        match session.drive(id.as_str(), task, (), ()).end? {
            Outcome::Cancelled => Ok(Good::new("finished", "cancelled")),
            Outcome::Finished => Ok(Good::new("finished", "it finished before it could be cancelled")),
            _ => Err(Failure::internal()),
        }
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
