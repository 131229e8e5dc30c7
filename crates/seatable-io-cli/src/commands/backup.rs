//! `backup`: a copy of each base of an account.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use seatable_io_backup::{Action, CopyPath, Job, Options, SavedCopy, SkipReason, plan};
use seatable_io_ureq::proto::{BaseName, Password};
use seatable_io_ureq::seed;
use seatable_io_ureq::task::{Export, Exported, Operation, Outcome};

use super::{list, verify};
use crate::batch::tally::Tally;
use crate::batch::{self, Batch};
use crate::commands::export;
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::report::{Attention, BackupFields, CommandName, Details, Fields, Good, Report};
use crate::secret;
use crate::session::Session;
use crate::store::{Copied, Part, Store, found, lacking, now};
use crate::ui::shell::option;
use crate::ui::{Screen, Size};

use self::deletions::fields;

mod deletions;
use crate::batch::Jobs;
use crate::values;
use clap::ValueHint;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(clap::Args, Debug)]
#[command(after_help = "\
A base that fails does not stop the others; the exit code is that of the first one that failed, in the order of `list`. \
Run the same command again to make up for it; --max-age skips what was copied. A base that the server cannot export within \
its 60 seconds is tried once more when all others are done, alone. While another backup into the same folder \
is running, the command exits at once with 1.

--changed relies on the time of the last change as the server gives it. Current servers count only changes of rows and \
links, not of columns, views, scripts, forms or rules; they write the time up to ten minutes late and may lose it. So \
combine --changed with a full backup now and then.

Copies are compared by the attached files that they lack: --keep never deletes a copy for the sake of poorer ones, and the newest \
of the most complete copies of a base always stays. If a new copy lacks more than the one before, the exit code is 10.

Files:
  DIR/WORKSPACE/BASE/TIME.dtable  a copy; the time is when its export began, in UTC
  DIR/backup.jsonl  the catalogue: a line for each complete, checked copy, and one for each that is deleted

Examples:
  seatable-io backup /var/backups/seatable --init
  seatable-io backup /var/backups/seatable --max-age 20h --keep 14 --jobs 2
  seatable-io backup /var/backups/seatable --dry-run")]
pub(crate) struct Args {
    /// Backup folder, which contains copies of one server
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Make a backup folder of DIR, which must be empty or not exist
    #[arg(long)]
    pub(crate) init: bool,
    /// The copies are of the same server at this address before, not of another server
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) moved_from: Option<String>,
    /// Only the bases of this workspace; may be given several times
    #[arg(long, value_name = "ID", value_parser = values::number)]
    pub(crate) workspace: Vec<u64>,
    /// Only bases of this name; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) base: Vec<String>,
    /// Also bases that others shared with the account or with one of its groups
    #[arg(long)]
    pub(crate) shared: bool,
    /// After a new copy, delete older copies of the same base, except the newest N and more complete ones [default: keep all]
    #[arg(long, value_name = "N", value_parser = values::number_in(1..=u64::MAX))]
    pub(crate) keep: Option<u64>,
    /// Skip bases that have a copy younger than this, such as 20h
    #[arg(long, value_name = "DURATION", value_parser = values::with_days)]
    pub(crate) max_age: Option<Duration>,
    /// Skip bases that do not seem to have changed since their last copy; see below
    #[arg(long)]
    pub(crate) changed: bool,
    /// Leave out attached files and images; current servers only
    #[arg(long)]
    pub(crate) no_assets: bool,
    /// File with the password of encrypted bases; `-` is standard input; current servers only
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) password_file: Option<PathBuf>,
    /// Print what would be done, and request only the listing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

/// How the status of a base is called in the summary.
const NAMES: [(&str, &str); 5] = [
    ("finished", "exported"),
    ("planned", "planned"),
    ("skipped", "skipped"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
];

/// What all bases of a run share.
struct Backup<'a> {
    session: &'a Session,
    args: &'a Args,
    password: Option<Password>,
    store: Mutex<Store>,
    /// The folders of bases that were tried, and will be again.
    tried: Mutex<BTreeSet<String>>,
    /// Nothing can be written any more.
    is_full: AtomicBool,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let password = secret::password(args.password_file.as_deref(), global)?;
    let session = Session::open(global)?;
    let store = open(args, &session)?;
    store.warn_of_broken(&session.screen);
    let listing = session.list(list::shared(args.shared))?;
    let mut codes = vec![list::report_gaps(&session, &listing, CommandName::Backup)];
    codes.push(report_lost(&session.screen, &args.dir, &store));
    let options = Options {
        workspaces: args.workspace.clone(),
        bases: args.base.clone(),
        shared: args.shared,
        max_age: args.max_age,
        changed: args.changed,
    };
    let jobs = plan(&listing, &store.catalogue, |file| store.size_of(file), &options, now()?)
        .map_err(|missing| Failure::new(Kind::NotFound, missing.to_string()))?;
    let backup = Backup {
        session: &session,
        args,
        password,
        store: Mutex::new(store),
        tried: Mutex::default(),
        is_full: AtomicBool::new(false),
    };
    let batch = Batch {
        screen: &session.screen,
        jobs: args.jobs.jobs,
        summary: &|tally| Some(summary(tally, args.dry_run)),
    };
    codes.insert(0, batch.each(jobs.len(), jobs.iter(), |_, job| backup.one(job)));
    Ok(batch::exit_code(&codes))
}

/// Opens the folder, if it is one for copies of this server.
fn open(args: &Args, session: &Session) -> Result<Store, Failure> {
    let (dir, screen, signal) = (&args.dir, &session.screen, session.signal());
    let store = match (args.init, args.dry_run) {
        (false, false) => Store::open(dir, screen, &signal),
        (false, true) => Store::read_only(dir, screen, &signal),
        (true, false) => Store::init(dir, screen, &signal),
        (true, true) => Store::dry_init(dir),
    }?;
    let checked = store.catalogue.check_server(session.server.url(), args.moved_from.as_deref());
    checked.map_err(|other| {
        Failure::usage(format!(
            "{} holds copies of {}, not of {}",
            dir.display(),
            other.server,
            session.server.url()
        ))
        .hint(format!(
            "use another folder for each server; if it is the same server at a new address, add {}",
            option("--moved-from", &other.server)
        ))
    })?;
    Ok(store)
}

/// Reports a catalogue that records no copy although there are some; returns the exit code if nothing else fails, or 0.
fn report_lost(screen: &Screen, folder: &Path, store: &Store) -> u8 {
    if !store.catalogue.is_empty() || store.unrecorded(&found(folder)).1.is_empty() {
        return 0;
    }
    let catalogue = store.catalogue_path();
    let good = Good { attention: Some(verify::empty(&catalogue)), ..Good::new("empty", "") };
    let input = Some(catalogue.to_string_lossy().into_owned());
    let report = Details::new(Some(CommandName::Backup), input).ended(Ok(good));
    batch::print(screen, &report)
}

fn summary(tally: &Tally, is_dry: bool) -> String {
    if tally.ends.is_empty() {
        return "there is nothing to back up".to_owned();
    }
    let copies = if tally.deleted == 1 { "copy" } else { "copies" };
    let deleted = match (tally.deleted, is_dry) {
        (0, _) => None,
        (count, true) => Some(format!("{count} {copies} to be deleted")),
        (count, false) => Some(format!("{count} {copies} deleted")),
    };
    let deleted: Vec<_> = deleted.into_iter().collect();
    if is_dry {
        return [&[tally.counts(&NAMES)], &deleted[..]].concat().join(", ");
    }
    tally.summary(&NAMES, &deleted)
}

impl Backup<'_> {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one(&self, job: &Job) -> Report {
        let listed = &job.listed;
        let input = Some(listed.base.name.clone());
        let mut details = Details::new(Some(CommandName::Backup), input);
        details.workspace_id = Some(listed.workspace);
        let workspace = Some(listed.workspace_name.to_string());
        details.fields = Fields::Backup(BackupFields { workspace, ..BackupFields::default() });
        details.of(|details| {
            let end = match &job.action {
                Action::Skip(copy, reason) => Ok(self.skip(job, copy, *reason, details)),
                Action::Copy if self.args.dry_run => {
                    let superseded = self.superseded(job).into_iter();
                    details.deletions = superseded.map(|(_, deletion)| deletion).collect();
                    Ok(Good::new("planned", format!("{}: to be exported", job.folder())))
                }
                Action::Copy => {
                    self.copy(job, details).map_err(|failure| self.explain(failure, job, details))
                }
            };
            details.base = Some(listed.base.clone());
            end
        })
    }

    fn skip(&self, job: &Job, copy: &SavedCopy, reason: SkipReason, details: &mut Details) -> Good {
        if !self.args.dry_run {
            // That can wait for the next copy.
            let _ = self.store().sweep(&copy.file);
        }
        let (reason, why) = match reason {
            SkipReason::Unchanged => ("unchanged", "has the server's time of the last change"),
            _ => ("recent", "is recent enough"),
        };
        self.note(copy, &job.listed.workspace_name, Some(reason), details);
        Good::new("skipped", format!("{}: skipped, its copy of {} {why}", job.folder(), copy.started))
    }

    fn copy(&self, job: &Job, details: &mut Details) -> Result<Good, Failure> {
        self.go_on()?;
        let started = now()?;
        let file = job.file(started, |file| self.store().is_taken(file));
        let part = self.store().prepare(&file)?;
        let exported = self.export(job, &file, part, details);
        let (copied, bytes) = exported.inspect_err(|_| self.store().unmark(&file))?;
        let mut copy = job.saved(self.session.server.url(), file, started, bytes, copied.sha256);
        copy.assets_missing = copied.assets_missing;
        self.note(&copy, &job.listed.workspace_name, None, details);
        let attention = self.compare(&copy);
        if let Some(missing) = copied.missing().filter(|_| attention.is_none() && !self.args.no_assets) {
            self.session.screen.say(&format!("{}: warning: {missing}", job.folder()));
        }
        self.store().record(&copy)?;
        self.delete_superseded(job, details)?;
        let said = format!("{}: exported at {started} ({})", job.folder(), Size(bytes));
        Ok(Good { attention, ..Good::new("finished", said) })
    }

    /// Records the file of a copy.
    fn note(&self, copy: &SavedCopy, workspace: &str, reason: Option<&'static str>, details: &mut Details) {
        details.bytes = Some(copy.bytes);
        details.fields = fields(&self.store(), copy, workspace, reason);
    }

    /// Nothing is begun after a signal, or when nothing can be written any more.
    fn go_on(&self) -> Result<(), Failure> {
        self.session.go_on()?;
        if self.is_full.load(Ordering::Relaxed) {
            let failure = Failure::io("not begun, since nothing more can be written to the folder");
            return Err(Failure { is_reported: true, ..failure });
        }
        Ok(())
    }

    /// Whether a new copy is poorer than the one before.
    fn compare(&self, copy: &SavedCopy) -> Option<Attention> {
        let store = self.store();
        let before = store.catalogue.poorer_than_before(&copy.base.uuid, copy.assets_missing)?;
        let message = format!(
            "{}: the new copy lacks {}; the one before, of {}, lacks {}",
            copy.label(),
            lacking(copy.assets_missing),
            before.started,
            lacking(before.assets_missing)
        );
        let why = if self.args.no_assets {
            "leave out --no-assets"
        } else {
            "have the server's file storage and the log of its exports checked"
        };
        let hint = format!("{why}; --keep never deletes the more complete copy for the sake of this one");
        Some(Attention { message, hint: Some(hint) })
    }

    /// A base that took the server too long is tried once more when nothing else is exported.
    fn explain(&self, failure: Failure, job: &Job, details: &mut Details) -> Failure {
        let folder = job.folder();
        if failure.is_full && self.is_full.swap(true, Ordering::Relaxed) {
            return Failure { is_reported: true, ..failure.about(folder) };
        }
        if failure.is_full {
            let hint = "free some space there, and run the command again with --max-age; bases that follow were not exported";
            return failure.about(folder).hint(hint);
        }
        let failure = self.session.advise(failure, &job.listed);
        if !failure.exported_too_long() {
            return failure.about(folder);
        }
        let gave_up = "the server gave up after 60 seconds";
        let is_first = self.tried.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        details.again = is_first
            .then(|| format!("{folder}: {gave_up}; it will be tried again, alone, when all others are done"));
        Failure { message: format!("{folder}: {gave_up}, also when nothing else was exported"), ..failure }
    }

    /// Exports a base to a file that is examined before it gets its name.
    fn export(
        &self,
        job: &Job,
        file: &CopyPath,
        mut part: Part,
        details: &mut Details,
    ) -> Result<(Copied, u64), Failure> {
        let export = self.task(job)?;
        let task = Operation::export(self.session.server.clone(), export, self.session.policy(), seed()?);
        let ended = self.session.drive(job.folder(), task, (), &mut part);
        if let Some(resume) = &ended.accepted {
            details.accepted(resume);
        }
        match (ended.end?, part.copied()) {
            (Outcome::Exported(Exported { base, name, .. }), _)
                if !job.is_of(base.as_ref(), name.as_deref()) =>
            {
                let _ = self.store().remove(file);
                Err(Failure::new(Kind::NotFound, "another base has this name now; run the command again"))
            }
            (Outcome::Exported(Exported { bytes, .. }), Some(copied)) => Ok((copied, bytes)),
            _ => Err(Failure::new(Kind::BadAnswer, "the outcome is not that of an export")),
        }
    }

    fn task(&self, job: &Job) -> Result<Export, Failure> {
        let base = BaseName::new(job.listed.base.name.as_str()).map_err(|error| {
            let failure = Failure::from(error).about(&format!("base {}", job.listed.base.uuid));
            failure.hint("give the base a name in a browser, then run the command again")
        })?;
        let password = self.password.as_ref().filter(|_| job.listed.is_encrypted != Some(false));
        Ok(export::request(job.listed.workspace, base, password, self.args.no_assets))
    }
}
