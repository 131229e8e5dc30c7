//! `import`: imports files as new bases.

mod evidence;
mod input;

use std::path::{Path, PathBuf};

use clap::ValueHint;
use seatable_io_ureq::kind::{self, Kind};
use seatable_io_ureq::proto::{Base, FileName};
use seatable_io_ureq::task::{Accepted, Imported};
use seatable_io_ureq::{Client, Run};

use crate::batch::Jobs;
use crate::failure::Failure;
use crate::global::Global;
use crate::report::{CommandName, Details, Good, Report};
use crate::session::Session;
use crate::ui::Size;
use crate::{batch, values};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
A .dtable file is checked before anything is sent. An import that may have happened is not repeated; the exit code is 8.

Examples:
  seatable-io import Sales.dtable --workspace 7
  seatable-io import plan.csv --workspace 7 --name \"Plan 2026\"
  seatable-io --json import *.dtable --workspace 7 --jobs 3")]
pub(crate) struct Args {
    /// Files to import: .dtable, .csv or .xlsx
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// ID of the workspace to import into
    #[arg(long, value_name = "ID", value_parser = values::number)]
    pub(crate) workspace: u64,
    /// Name of the new base, with a single FILE [default: the name of the file without its extension]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Exit as soon as the server has started the import, and print the commands that continue it
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    if args.name.is_some() && args.files.len() > 1 {
        let failure = Failure::usage("--name can only be used with a single FILE");
        return Err(failure.hint("import each FILE by itself"));
    }
    let mut names = Vec::with_capacity(args.files.len());
    for file in &args.files {
        let name = input::file_name(file, args.name.as_deref());
        names.push(name.map_err(|failure| failure.about(&file.to_string_lossy()))?);
    }
    let session = Session::open(global)?;
    Ok(batch::each(&session, &args.files, args.jobs.jobs, |index, file| {
        one(&session, args, file, names.get(index).and_then(Option::as_ref))
    }))
}

fn one(session: &Session, args: &Args, file: &Path, name: Option<&FileName>) -> Report {
    let mut details = Details::new(Some(CommandName::Import), Some(file.to_string_lossy().into_owned()));
    details.workspace_id = Some(args.workspace);
    details.of(|details| attempt(session, args, file, name, details))
}

fn attempt(
    session: &Session,
    args: &Args,
    file: &Path,
    name: Option<&FileName>,
    details: &mut Details,
) -> Result<Good, Failure> {
    let label = file.to_string_lossy();
    session.go_on().map_err(|failure| failure.about(&label))?;
    let (source, name) = input::check(file, name, &session.signal())?;
    details.bytes = Some(source.len());
    let import = session.import(args.workspace, name, source.len(), source);
    if args.no_wait {
        start(session, &label, import, name, details)
    } else {
        send(session, &label, import, name, details)
    }
}

/// Sends a checked file, whose size is in the details.
pub(crate) fn send<'a>(
    session: &'a Session,
    label: &'a str,
    import: Run<'a, Client, kind::Import>,
    name: &FileName,
    details: &mut Details,
) -> Result<Good, Failure> {
    let Imported { task, base, renamed_from, .. } = finish(session, label, import, name, details)?;
    details.task_id = task.map(String::from);
    let base = base.or_else(|| evidence::find(session, name, details));
    let name = note(session, label, name, base, renamed_from, details);
    let text = format!("{label}: imported as {name} ({})", Size(details.bytes.unwrap_or_default()));
    Ok(Good::new("finished", text))
}

/// Starts an import with `--no-wait`.
fn start<'a>(
    session: &'a Session,
    label: &'a str,
    import: Run<'a, Client, kind::Import>,
    name: &FileName,
    details: &mut Details,
) -> Result<Good, Failure> {
    let Accepted { resume, base, renamed_from, .. } =
        finish(session, label, import.no_wait(), name, details)?;
    details.accepted(&resume);
    let name = note(session, label, name, base, renamed_from, details);
    let commands = session.advice.commands(&resume, None);
    let text = format!("{label}: import as {name} started, task {}", resume.task);
    Ok(Good { commands, ..Good::new("accepted", text) })
}

/// Runs an import. After a failure that may have created a base, the listing is evidence.
fn finish<'a, K: Kind>(
    session: &'a Session,
    label: &'a str,
    import: Run<'a, Client, K>,
    name: &FileName,
    details: &mut Details,
) -> Result<K::Output, Failure> {
    let ended = session.run(label, import);
    if let Some(resume) = &ended.accepted {
        details.accepted(resume);
    }
    ended.end.map_err(|failure| evidence::of(session, label, name, failure, ended.until, details))
}

/// Records the new base, and warns if the server changed its name. Returns that name.
fn note(
    session: &Session,
    label: &str,
    sent: &FileName,
    base: Option<Base>,
    renamed_from: Option<String>,
    details: &mut Details,
) -> String {
    details.base = base.or(details.base.take());
    details.renamed_from = renamed_from;
    if let Some(renamed) = details.renamed() {
        session.screen.say(&format!("{label}: {renamed}"));
    }
    format!("\"{}\"", details.name().unwrap_or(sent.base()))
}
