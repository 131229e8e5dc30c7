//! `restore`: copies become bases again.

use std::path::Path;

use seatable_io_backup::{Restoration, RestoreError, RestoreOptions, SavedCopy, restore};
use seatable_io_proto::FileName;
use seatable_io_task::Import;
use seatable_io_ureq::FileSource;

use super::lock::CATALOGUE;
use super::store::Store;
use super::verify;
use crate::args::{self, Global};
use crate::failure::{Failure, Kind};
use crate::jobs::Batch;
use crate::line::{Good, Operation, Report};
use crate::session::Session;
use crate::{import, size::Size};

/// How the status of a base is called in the summary.
const NAMES: [(&str, &str); 5] = [
    ("finished", "restored"),
    ("planned", "planned"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("unknown", "unknown"),
];

pub(crate) fn run(global: &Global, args: &args::Restore) -> Result<u8, Failure> {
    let store = Store::read_only(&args.dir)?;
    let restorations = restore(&store.catalogue, &options(args)).map_err(|error| explain(&error, args))?;
    let session = Session::open(global)?;
    for broken in store.catalogue.broken() {
        session.screen.say(&format!("warning: {broken}; there may be more copies than it records"));
    }
    let batch = Batch {
        screen: &session.screen,
        complain: &|failure| session.complain(failure),
        jobs: args.jobs.jobs,
        summary: &|tally| Some(tally.counts(&NAMES)),
    };
    Ok(batch.each(&restorations, |_, restoration| {
        one(&session, args, restoration, &store.path(&restoration.copy.file))
    }))
}

fn options(args: &args::Restore) -> RestoreOptions {
    RestoreOptions {
        bases: (!args.all).then(|| args.bases.clone()),
        from: args.from,
        until: args.at,
        suffix: args.suffix.clone(),
    }
}

fn explain(error: &RestoreError, args: &args::Restore) -> Failure {
    let catalogue = args.dir.join(CATALOGUE);
    match error {
        RestoreError::Ambiguous { .. } => Failure::usage(format!("{error} with `--from`")),
        RestoreError::NoCopy(_) if !catalogue.exists() => {
            Failure::io(format!("{} is not a backup folder: it has no {CATALOGUE}", args.dir.display()))
        }
        RestoreError::NoCopy(_) => Failure::new(Kind::NotFound, format!("{error} in {}", args.dir.display())),
        RestoreError::Name { .. } if args.suffix.is_empty() => Failure::usage(format!(
            "{error}: `import` can send its newest file with `--name`, and the other bases can be named here"
        )),
        _ => Failure::usage(error.to_string()),
    }
}

fn one(session: &Session, args: &args::Restore, restoration: &Restoration, path: &Path) -> Report {
    let copy = &restoration.copy;
    let input = Some(copy.base.name.clone());
    let mut report = Report::new(Some(Operation::Restore), input, Err(Failure::io("not begun")));
    report.workspace_id = Some(args.workspace);
    report.note("file", path.to_string_lossy());
    report.bytes = Some(copy.bytes);
    report.end = match &restoration.name {
        Err(error) => Err(Failure::from(error.clone()).about(&format!("\"{}\"", copy.base.name))),
        Ok(name) if args.dry_run => {
            let said = format!("{}: to be imported as \"{}\" ({})", copy.file, name.base(), Size(copy.bytes));
            Ok(Good::new("planned", said))
        }
        Ok(name) => attempt(session, args, copy, name, path, &mut report),
    };
    report
}

/// A copy that is not good is not sent.
fn attempt(
    session: &Session,
    args: &args::Restore,
    copy: &SavedCopy,
    name: &FileName,
    path: &Path,
    report: &mut Report,
) -> Result<Good, Failure> {
    let label = copy.file.as_str();
    let named = |failure: Failure| failure.about(label);
    session.go_on().map_err(named)?;
    let damaged =
        |failure: Failure| Failure { message: format!("{}; nothing was sent", failure.message), ..failure };
    // What was verified is what is sent: a change from here on is noticed.
    let source = FileSource::new(path);
    verify::against(path, copy).map_err(damaged).map_err(named)?;
    let source = source.map_err(|error| Failure::io(format!("cannot read the file: {error}")))?;
    let import = Import::new(args.workspace, name.clone(), source.len())?;
    import::send(session, label, import, source, name, report)
}
