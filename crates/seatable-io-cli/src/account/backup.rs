//! `backup`: a copy of each base of an account.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatable_io_backup::{Action, Job, Options, Reason, plan};
use seatable_io_proto::{BaseName, Password};
use seatable_io_task::{Export, Exported, Outcome, Task};
use seatable_io_ureq::{FileSink, seed};

use super::copies::{Copied, examine};
use super::store::Store;
use super::{list, now};
use crate::args::{self, Global};
use crate::failure::{Failure, Kind};
use crate::jobs::Batch;
use crate::line::{Good, Operation, Report};
use crate::session::Session;
use crate::size::Size;
use crate::tally::Tally;
use crate::{export, secret};

/// How the status of a base is called in the summary.
const NAMES: [(&str, &str); 5] = [
    ("finished", "exported"),
    ("planned", "planned"),
    ("unchanged", "unchanged"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
];

/// What all bases of a run share.
struct Backup<'a> {
    session: &'a Session,
    args: &'a args::Backup,
    password: Option<Password>,
    store: Mutex<Store>,
    /// The folders of bases that were tried, and will be again.
    tried: Mutex<BTreeSet<String>>,
}

pub(crate) fn run(global: &Global, args: &args::Backup) -> Result<u8, Failure> {
    let password = secret::password(args.password_file.as_deref(), global)?;
    let session = Session::open(global)?;
    let store = if args.dry_run { Store::read_only(&args.dir) } else { Store::open(&args.dir) }?;
    for broken in store.catalogue.broken() {
        session.screen.say(&format!("warning: {broken}; what it recorded does not count"));
    }
    let listing = session.list(list::shared(args.shared))?;
    let gaps = super::report_gaps(&session, &listing, Operation::Backup);
    let options = Options {
        workspaces: args.workspace.clone(),
        bases: args.base.clone(),
        shared: args.shared,
        max_age: args.max_age,
        changed: args.changed,
    };
    let jobs = plan(&listing, &store.catalogue, |file| store.size_of(file), &options, now()?)
        .map_err(|missing| Failure::new(Kind::NotFound, missing.to_string()))?;
    let backup =
        Backup { session: &session, args, password, store: Mutex::new(store), tried: Mutex::default() };
    let batch = Batch {
        screen: &session.screen,
        complain: &|failure| session.complain(failure),
        jobs: args.jobs.jobs,
        summary: &|tally| Some(summary(tally)),
    };
    let code = batch.each(&jobs, |_, job| backup.one(job));
    Ok(if code == 0 { gaps } else { code })
}

fn summary(tally: &Tally) -> String {
    if tally.ends.is_empty() { "there is nothing to back up".to_owned() } else { tally.counts(&NAMES) }
}

impl Backup<'_> {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one(&self, job: &Job) -> Report {
        let listed = &job.listed;
        let input = Some(listed.base.name.clone());
        let mut report = Report::new(Some(Operation::Backup), input, Err(Failure::io("not begun")));
        report.workspace_id = Some(listed.workspace);
        report.note("workspace", listed.workspace_name.as_str());
        let end = match &job.action {
            Action::Skip(copy, reason) => {
                if !self.args.dry_run {
                    // That can wait for the next copy.
                    let _ = self.store().sweep(&copy.file);
                }
                report.note("output", self.store().path(&copy.file).to_string_lossy());
                report.note("sha256", copy.sha256.to_string());
                report.note("assets_missing", copy.assets_missing);
                report.bytes = Some(copy.bytes);
                let why = match reason {
                    Reason::SameStamp => "no change since",
                    _ => "recent enough",
                };
                Ok(Good::new("unchanged", format!("{}: unchanged, {why} ({})", job.folder(), copy.started)))
            }
            Action::Copy if self.args.dry_run => {
                Ok(Good::new("planned", format!("{}: to be exported", job.folder())))
            }
            Action::Copy => {
                self.copy(job, &mut report).map_err(|failure| self.explain(failure, job, &mut report))
            }
        };
        report.base = Some(listed.base.clone());
        report.end = end;
        report
    }

    fn copy(&self, job: &Job, report: &mut Report) -> Result<Good, Failure> {
        self.session.go_on()?;
        let started = now()?;
        let file = job.file(started, |file| self.store().is_taken(file));
        let path = self.store().prepare(&file)?;
        let exported = self.export(job, &path, report);
        let (copied, bytes) = exported.inspect_err(|_| self.store().unmark(&file))?;
        report.bytes = Some(bytes);
        report.note("output", path.to_string_lossy());
        report.note("sha256", copied.sha256.to_string());
        report.note("assets_missing", copied.assets_missing);
        let mut copy = job.saved(self.session.server.url(), file, started, bytes, copied.sha256);
        copy.assets_missing = copied.assets_missing;
        if let Some(missing) = copied.missing().filter(|_| !self.args.no_assets) {
            self.session.screen.say(&format!("{}: warning: {missing}", job.folder()));
        }
        let mut store = self.store();
        store.record(copy)?;
        if let Some(keep) = self.args.keep.and_then(|keep| NonZeroUsize::new(usize::try_from(keep).ok()?)) {
            store.thin_out(&job.listed.base.uuid, keep)?;
        }
        let said = format!("{}: exported at {started} ({})", job.folder(), Size(bytes));
        Ok(Good::new("finished", said))
    }

    /// A base that took the server too long is tried once more when nothing else is exported.
    fn explain(&self, failure: Failure, job: &Job, report: &mut Report) -> Failure {
        let folder = job.folder();
        if !failure.exported_too_long {
            return failure.about(folder);
        }
        let gave_up = "the server gave up after 60 seconds";
        let is_first = self.tried.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        report.again = is_first
            .then(|| format!("{folder}: {gave_up}; it will be tried again, alone, when all others are done"));
        let jobs = if self.args.jobs.jobs > 1 { "fewer `--jobs`, " } else { "" };
        let no_assets = if self.args.no_assets { "" } else { "`--no-assets`, " };
        let message = format!(
            "{folder}: {gave_up}, also when nothing else was exported; what helps: a quiet hour, {jobs}{no_assets}or \
             `manage.py export_dtable` on the server itself"
        );
        Failure { message, ..failure }
    }

    /// Exports a base to a file that is examined before it gets its name.
    fn export(&self, job: &Job, path: &Path, report: &mut Report) -> Result<(Copied, u64), Failure> {
        let examined = Arc::new(Mutex::new(None));
        let found = Arc::clone(&examined);
        let sink =
            FileSink::create_new(path).map_err(|error| Failure::io(format!("cannot write it: {error}")))?;
        let sink = sink.with_check(move |file| {
            let copied = examine(file)?;
            *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(copied);
            Ok(())
        });
        let export = self.task(job)?;
        let task = Task::export(self.session.server.clone(), export, self.session.policy(), seed()?);
        let ended = self.session.drive(job.folder(), task, (), sink);
        if let Some(resume) = &ended.accepted {
            report.accepted(resume);
        }
        let copied = *examined.lock().unwrap_or_else(PoisonError::into_inner);
        match (ended.end?, copied) {
            (Outcome::Exported(Exported { base, name, .. }), _)
                if !job.is_of(base.as_ref(), name.as_deref()) =>
            {
                let _ = fs::remove_file(path);
                Err(Failure::new(Kind::NotFound, "another base has this name now; run the command again"))
            }
            (Outcome::Exported(Exported { bytes, .. }), Some(copied)) => Ok((copied, bytes)),
            _ => Err(Failure::new(Kind::BadAnswer, "the outcome is not that of an export")),
        }
    }

    fn task(&self, job: &Job) -> Result<Export, Failure> {
        let base = BaseName::new(job.listed.base.name.as_str())?;
        let password = self.password.as_ref().filter(|_| job.listed.is_encrypted != Some(false));
        Ok(export::request(job.listed.workspace, base, password, self.args.no_assets))
    }
}
