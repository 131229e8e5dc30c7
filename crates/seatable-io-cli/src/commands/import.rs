//! `import`: files become bases.

use std::path::Path;

use seatable_io_ureq::kind::{self, Kind};
use seatable_io_ureq::proto::{Base, FileName};
use seatable_io_ureq::task::{Accepted, Imported};
use seatable_io_ureq::{Client, Run};

use crate::batch;
use crate::cli::{self, Global};
use crate::failure::Failure;
use crate::report::{CommandName, Good, Report};
use crate::session::Session;
use crate::ui::size::Size;

mod evidence;
mod input;

/// Every name is checked before anything is sent.
pub(crate) fn run(global: &Global, args: &cli::Import) -> Result<u8, Failure> {
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

fn one(session: &Session, args: &cli::Import, file: &Path, name: Option<&FileName>) -> Report {
    let label = file.to_string_lossy();
    let mut report =
        Report::new(Some(CommandName::Import), Some(label.to_string()), Err(Failure::io("not begun")));
    report.workspace_id = Some(args.workspace);
    report.end = attempt(session, args, file, name, &mut report);
    report
}

fn attempt(
    session: &Session,
    args: &cli::Import,
    file: &Path,
    name: Option<&FileName>,
    report: &mut Report,
) -> Result<Good, Failure> {
    let label = file.to_string_lossy();
    session.go_on().map_err(|failure| failure.about(&label))?;
    let (source, name) = input::check(file, name, &session.signal())?;
    report.bytes = Some(source.len());
    let import = session.import(args.workspace, name, source.len(), source);
    if args.no_wait {
        start(session, &label, import, name, report)
    } else {
        send(session, &label, import, name, report)
    }
}

/// Sends a file that was checked, of the size in the report.
pub(crate) fn send<'a>(
    session: &'a Session,
    label: &'a str,
    import: Run<'a, Client, kind::Import>,
    name: &FileName,
    report: &mut Report,
) -> Result<Good, Failure> {
    let Imported { task, base, renamed_from, .. } = finish(session, label, import, name, report)?;
    report.task_id = task.map(String::from);
    let base = base.or_else(|| evidence::find(session, name, report));
    let name = note(session, label, name, base, renamed_from, report);
    let said = format!("{label}: imported as {name} ({})", Size(report.bytes.unwrap_or_default()));
    Ok(Good::new("finished", said))
}

/// With `--no-wait`.
fn start<'a>(
    session: &'a Session,
    label: &'a str,
    import: Run<'a, Client, kind::Import>,
    name: &FileName,
    report: &mut Report,
) -> Result<Good, Failure> {
    let Accepted { resume, base, renamed_from, .. } = finish(session, label, import.no_wait(), name, report)?;
    report.accepted(&resume);
    let name = note(session, label, name, base, renamed_from, report);
    let commands = session.advice.commands(&resume, None);
    let said = format!("{label}: import as {name} started, task {}", resume.task);
    Ok(Good { commands, ..Good::new("accepted", said) })
}

/// If it fails and there may be a base all the same, the listing is evidence.
fn finish<'a, K: Kind>(
    session: &'a Session,
    label: &'a str,
    import: Run<'a, Client, K>,
    name: &FileName,
    report: &mut Report,
) -> Result<K::Output, Failure> {
    let ended = session.run(label, import);
    if let Some(resume) = &ended.accepted {
        report.accepted(resume);
    }
    ended.end.map_err(|failure| evidence::of(session, label, name, failure, ended.until, report))
}

/// Notes what became of the file, and warns of a name that the server changed. Returns the name of the base.
fn note(
    session: &Session,
    label: &str,
    sent: &FileName,
    base: Option<Base>,
    renamed_from: Option<String>,
    report: &mut Report,
) -> String {
    report.base = base.or(report.base.take());
    report.renamed_from = renamed_from;
    if let Some(renamed) = report.renamed() {
        session.screen.say(&format!("{label}: {renamed}"));
    }
    format!("\"{}\"", report.name().unwrap_or(sent.base()))
}
