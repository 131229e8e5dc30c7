//! `cancel`: cancels a task that was started earlier.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use seatable_io_ureq::Cancellation;
use seatable_io_ureq::proto::{BaseUuid, TaskId, TaskKind};
use seatable_io_ureq::task::Resume;

use crate::batch;
use crate::failure::Failure;
use crate::global::Global;
use crate::report::{CommandName, Details, Good};
use crate::session::Session;

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// ID of the task
    pub(crate) task_id: String,
    /// UUID of the base, as printed when the task was started
    #[arg(long)]
    pub(crate) uuid: String,
    /// Kind of the task
    #[arg(long, value_parser = kind())]
    pub(crate) kind: TaskKind,
}

fn kind() -> impl TypedValueParser<Value = TaskKind> {
    PossibleValuesParser::new(["import", "export"]).try_map(|kind| kind.parse::<TaskKind>())
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let (id, base) = (TaskId::new(&args.task_id)?, BaseUuid::new(&args.uuid)?);
    let session = Session::open(global)?;
    let resume = Resume::new(args.kind, id.clone(), base);
    let cancel = |details: &mut Details| {
        let cancel = session.client.cancel(&session.server, resume.clone()).policy(session.policy.clone());
        Ok(match session.run(id.as_str(), cancel, details)? {
            Cancellation::Cancelled => Good::new("finished", "cancelled"),
            Cancellation::Finished => Good::new("finished", "it finished before it could be cancelled"),
        })
    };
    Ok(batch::task(&session, CommandName::Cancel, &id, cancel))
}
