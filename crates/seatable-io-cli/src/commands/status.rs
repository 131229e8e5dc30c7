//! `status`: shows whether a task has finished.

use seatable_io_ureq::proto::TaskId;
use seatable_io_ureq::seed;
use seatable_io_ureq::task::{Operation, Outcome};

use crate::batch;
use crate::failure::Failure;
use crate::global::Global;
use crate::report::{CommandName, Details, Good};
use crate::session::Session;

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Prints `running` or `finished`, both with exit code 0. A server reports completion only once and then forgets \
the task: asking again ends with exit code 4.")]
pub(crate) struct Args {
    /// ID of the task
    pub(crate) task_id: String,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let id = TaskId::new(&args.task_id)?;
    let session = Session::open(global)?;
    let look = |_: &mut Details| {
        let task = Operation::poll_once(session.server.clone(), id.clone(), session.policy(), seed()?);
        match session.drive(id.as_str(), task, (), ()).end? {
            Outcome::Running => Ok(Good::new("running", "running")),
            Outcome::Finished => Ok(Good::new("finished", "finished")),
            _ => Err(Failure::internal()),
        }
    };
    Ok(batch::task(&session, CommandName::Status, &id, look))
}
