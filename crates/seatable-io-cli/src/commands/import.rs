//! `import`: imports files as new bases.

pub(crate) mod input;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueHint;
use seatable_io_backup::Evidence;
use seatable_io_ureq::kind::{self, Kind};
use seatable_io_ureq::proto::{Base, FileName, Format};
use seatable_io_ureq::task::{Accepted, Imported};
use seatable_io_ureq::{Client, Run};

use self::input::Input;
use crate::batch::Jobs;
use crate::check::Sent;
use crate::failure::Failure;
use crate::global::Global;
use crate::report::{CommandName, Details, Good};
use crate::session::Session;
use crate::ui::Size;
use crate::{batch, stop, values};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Each file is checked before anything is sent, and one that a server cannot import as a whole is refused. An import that may have \
happened is not repeated; the exit code is 8. A server may report an import as finished that has lost something: --check finds it. It \
compares tables, columns, rows, links and assets of a .dtable file, and rows and texts of others; --timeout is for all of it.

Examples:
  seatable-io import Sales.dtable --workspace 7
  seatable-io import Sales.dtable --workspace 7 --check
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
    /// Prove the import: export the new base again, and compare it with FILE; a difference is exit code 10
    #[arg(long, conflicts_with = "no_wait")]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    if args.name.is_some() && args.files.len() > 1 {
        let failure = Failure::usage("--name can only be used with a single FILE");
        return Err(failure.hint("import each FILE by itself"));
    }
    let mut inputs = Vec::with_capacity(args.files.len());
    for file in &args.files {
        let name = input::file_name(file, args.name.as_deref());
        inputs.push((file, name.map_err(|failure| failure.about(&file.to_string_lossy()))?));
    }
    let session = Session::open(global)?;
    Ok(batch::each(&session, &inputs, args.jobs.jobs, |(file, name)| {
        let mut details = Details::new(Some(CommandName::Import), Some(file.to_string_lossy().into_owned()));
        details.workspace_id = Some(args.workspace);
        details.of(|details| attempt(&session, args, file, name.as_ref(), details))
    }))
}

fn attempt(
    session: &Session,
    args: &Args,
    file: &Path,
    name: Option<&FileName>,
    details: &mut Details,
) -> Result<Good, Failure> {
    let label = file.to_string_lossy();
    stop::go_on(&session.stop).map_err(|failure| failure.about(&label))?;
    let began = Instant::now();
    let Input { source, name, losses } = input::check(file, name, &session.signal())?;
    let attention = input::warn(&session.screen, &label, &losses);
    details.bytes = Some(source.len());
    details.fields.assets_missing = (name.format() == Format::Dtable).then_some(losses.missing);
    // A check needs the same file, even if another one takes its place meanwhile.
    let sent = args.check.then(|| source.open_file()).transpose();
    let sent = sent.map_err(|error| Failure::io(format!("cannot read {error}")))?;
    let sent = sent.as_ref().map(|file| Sent { file, format: name.format(), began });
    let import = session.import(args.workspace, name, source.len(), source);
    let base = NewBase { session, label: &label, name };
    let good = if args.no_wait { base.start(import, details) } else { base.send(import, sent, details) };
    good.map(|good| good.with(attention))
}

/// A base that is imported, with its name as it is sent.
pub(crate) struct NewBase<'a> {
    pub(crate) session: &'a Session,
    pub(crate) label: &'a str,
    pub(crate) name: &'a FileName,
}

impl<'a> NewBase<'a> {
    /// Sends a checked file, whose size is in the details. If it is given, the new base is compared with it.
    pub(crate) fn send(
        &self,
        import: Run<'a, Client, kind::Import>,
        sent: Option<Sent<'_>>,
        details: &mut Details,
    ) -> Result<Good, Failure> {
        let Imported { task, base, renamed_from, .. } = self.finish(import, details)?;
        details.task_id = task.map(String::from);
        let base = base.or_else(|| self.find(details));
        let name = self.note(base, renamed_from, details);
        let checked = sent.map(|sent| sent.check(self.session, self.label, &name, details));
        let (checked, attention) = checked.unwrap_or_default();
        let size = Size(details.bytes.unwrap_or_default());
        let text = format!("{}: imported as \"{name}\" ({size}){checked}", self.label);
        Ok(Good::new("finished", text).with(attention))
    }

    /// Starts an import with `--no-wait`.
    fn start(&self, import: Run<'a, Client, kind::Import>, details: &mut Details) -> Result<Good, Failure> {
        let Accepted { resume, base, renamed_from, .. } = self.finish(import.no_wait(), details)?;
        details.accepted(&resume);
        let name = self.note(base, renamed_from, details);
        let commands = self.session.advice.commands(&resume, None);
        let text = format!("{}: import as \"{name}\" started, task {}", self.label, resume.task);
        Ok(Good { commands, ..Good::new("accepted", text) })
    }

    /// Runs an import. After a failure that may have created a base, the listing is evidence.
    fn finish<K: Kind>(
        &self,
        import: Run<'a, Client, K>,
        details: &mut Details,
    ) -> Result<K::Output, Failure> {
        let began = Instant::now();
        let end = self.session.run(self.label, import, details);
        end.map_err(|failure| self.explain(failure, self.session.until(began), details))
    }

    /// Records the new base, and warns if the server changed its name. Returns that name.
    fn note(&self, base: Option<Base>, renamed_from: Option<String>, details: &mut Details) -> String {
        details.base = base.or(details.base.take());
        details.renamed_from = renamed_from;
        if let Some(renamed) = details.renamed() {
            self.session.screen.say(&format!("{}: {renamed}", self.label));
        }
        details.name().unwrap_or(self.name.base()).to_owned()
    }

    /// Looks for the base after a failure that may have created one; if the server may still be importing, as late as the
    /// deadline allows. If the outcome is unknown, the listing decides the hint.
    fn explain(&self, failure: Failure, until: Option<Instant>, details: &mut Details) -> Failure {
        let Some(error) = failure.error.as_ref().filter(|error| error.may_have_created_base()) else {
            return failure;
        };
        if let (true, Some(until)) = (error.may_still_run(), until) {
            self.session.linger(self.label, until);
        }
        let Some(evidence) = self.look(until, details) else { return failure };
        details.listed(evidence.base().map(|listed| &listed.base));
        if failure.is_unknown() { failure.hint(evidence.to_string()) } else { failure }
    }

    /// Finds the base of an import if the server did not describe it.
    fn find(&self, details: &Details) -> Option<Base> {
        self.look(None, details)?.base().map(|listed| listed.base.clone())
    }

    fn look(&self, until: Option<Instant>, details: &Details) -> Option<Evidence> {
        let listing = self.session.look_around(until)?;
        Some(match &details.base {
            Some(base) => Evidence::of_base(&base.uuid, &listing),
            None => Evidence::of(&listing, details.workspace_id?, self.name),
        })
    }
}
