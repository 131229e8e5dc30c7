//! `status`: shows whether a task has finished.

use seatable_io_ureq::proto::{TaskId, TaskStatus};

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
    let look = |details: &mut Details| {
        let status = session.client.status(&session.server, id.clone()).policy(session.policy.clone());
        Ok(match session.run(id.as_str(), status, details)? {
            TaskStatus::Running => Good::new("running", "running"),
            TaskStatus::Finished => Good::new("finished", "finished"),
        })
    };
    Ok(batch::task(&session, CommandName::Status, &id, look))
}
