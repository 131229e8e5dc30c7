//! `download`: downloads the file of an export that was started earlier.

use std::path::PathBuf;

use clap::ValueHint;
use seatable_io_ureq::proto::{BaseUuid, TaskId, TaskKind};
use seatable_io_ureq::task::{Outcome, Resume};

use crate::batch;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::Output;
use crate::report::{CommandName, Details};
use crate::session::Session;
use crate::ui::Size;

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// ID of the export
    pub(crate) task_id: String,
    /// UUID of the base, as printed when the task was started
    #[arg(long)]
    pub(crate) uuid: String,
    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let (id, base) = (TaskId::new(&args.task_id)?, BaseUuid::new(&args.uuid)?);
    Output::check(Some(&args.output), global.json)?;
    let session = Session::open(global)?;
    let resume = Resume::new(TaskKind::Export, id.clone(), base);
    let fetch = |details: &mut Details| {
        let mut output = Output::open(&args.output, args.force)?;
        let resumed = session.client.resume(&session.server, resume.clone()).policy(session.policy.clone());
        let ended = session.run(id.as_str(), resumed.sink(output.sink()), details);
        let Outcome::Exported(exported) = ended.map_err(|failure| output.explain(failure))? else {
            return Err(Failure::internal());
        };
        let text = format!("{} ({})", args.output.display(), Size(exported.bytes));
        details.exported(exported, &args.output);
        Ok(Output::good(&args.output, &text))
    };
    Ok(batch::task(&session, CommandName::Download, &id, fetch))
}
