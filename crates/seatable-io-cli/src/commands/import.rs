//! `import`: files become bases.

use std::path::Path;

use seatable_io_ureq::proto::{Base, FileName};
use seatable_io_ureq::task::{Accepted, Import, Imported, Operation, Outcome};
use seatable_io_ureq::{Source, seed};

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
    let import = Import::new(args.workspace, name.clone(), source.len())?;
    let import = if args.no_wait { import.no_wait() } else { import };
    send(session, &label, import, source, name, report)
}

/// Sends a file that was checked, of the size in the report. If it fails and there may be a base all the same, the listing is evidence.
pub(crate) fn send(
    session: &Session,
    label: &str,
    import: Import,
    source: impl Source,
    name: &FileName,
    report: &mut Report,
) -> Result<Good, Failure> {
    let task = Operation::import(session.server.clone(), import, session.import_policy(), seed()?);
    let ended = session.drive(label, task, source, ());
    if let Some(resume) = &ended.accepted {
        report.accepted(resume);
    }
    let until = ended.until;
    match ended.end.map_err(|failure| evidence::of(session, label, name, failure, until, report))? {
        Outcome::Imported(Imported { task, base, renamed_from, .. }) => {
            report.task_id = task.map(String::from);
            let base = base.or_else(|| evidence::find(session, name, report));
            let name = note(session, label, name, base, renamed_from, report);
            let said = format!("{label}: imported as {name} ({})", Size(report.bytes.unwrap_or_default()));
            Ok(Good::new("finished", said))
        }
        Outcome::Accepted(Accepted { resume, base, renamed_from, .. }) => {
            report.accepted(&resume);
            let name = note(session, label, name, base, renamed_from, report);
            let commands = session.advice.commands(&resume, None);
            let said = format!("{label}: import as {name} started, task {}", resume.task);
            Ok(Good { commands, ..Good::new("accepted", said) })
        }
        _ => Err(Failure::internal()),
    }
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
