//! `backup`: a copy of each base of an account.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use seatable_io_backup::{Action, BasePlan, CopyPath, GaveUp, Options, Retries, SavedCopy, SkipReason, plan};
use seatable_io_ureq::proto::{BaseName, Password};
use seatable_io_ureq::task::Exported;
use seatable_io_ureq::{Client, Run, kind};

use super::list;
use crate::advice::option;
use crate::batch::tally::Tally;
use crate::batch::{self, Batch};
use crate::cli::{self, Global};
use crate::failure::{Failure, Kind};
use crate::report::{Attention, CommandName, Good, Report};
use crate::secret;
use crate::session::Session;
use crate::store::Store;
use crate::store::copied::{Copied, lacking};
use crate::store::now;
use crate::store::part::Part;
use crate::ui::size::Size;

mod deletions;

use deletions::note;

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
    args: &'a cli::Backup,
    password: Option<Password>,
    store: Mutex<Store>,
    retries: Mutex<Retries>,
    /// Nothing can be written any more.
    is_full: AtomicBool,
}

pub(crate) fn run(global: &Global, args: &cli::Backup) -> Result<u8, Failure> {
    let password = secret::password(args.password_file.as_deref(), global)?;
    let session = Session::open(global)?;
    let store = open(args, &session)?;
    store.warn_of_broken(&session.screen);
    let listing = session.list(list::shared(args.shared))?;
    let mut codes = vec![super::report_gaps(&session, &listing, CommandName::Backup)];
    codes.push(super::report_lost(&session.screen, &args.dir, &store));
    let options = Options::default().workspaces(args.workspace.clone()).bases(args.base.clone());
    let options = options.shared(args.shared).max_age(args.max_age).changed(args.changed);
    let jobs = plan(&listing, &store.catalogue, |file| store.size_of(file), &options, now()?)
        .map_err(|missing| Failure::new(Kind::NotFound, missing.to_string()))?;
    let backup = Backup {
        session: &session,
        args,
        password,
        store: Mutex::new(store),
        retries: Mutex::default(),
        is_full: AtomicBool::new(false),
    };
    let batch = Batch {
        screen: &session.screen,
        complain: &|failure| session.complain(failure),
        jobs: args.jobs.jobs,
        summary: &|tally| Some(summary(tally, args.dry_run)),
    };
    codes.insert(0, batch.each(jobs.len(), jobs.iter(), |_, job| backup.one(job)));
    Ok(batch::exit_code(&codes))
}

/// Opens the folder, if it is one for copies of this server.
fn open(args: &cli::Backup, session: &Session) -> Result<Store, Failure> {
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

    fn one(&self, job: &BasePlan) -> Report {
        let listed = &job.listed;
        let input = Some(listed.base.name.clone());
        let mut report = Report::new(Some(CommandName::Backup), input, Err(Failure::io("not begun")));
        report.workspace_id = Some(listed.workspace);
        report.note("workspace", &*listed.workspace_name);
        report.end = match &job.action {
            Action::Skip { copy, reason, .. } => Ok(self.skip(job, copy, *reason, &mut report)),
            _ if self.args.dry_run => {
                let superseded = self.superseded(job).into_iter();
                report.deletions = superseded.map(|(_, deletion)| deletion).collect();
                Ok(Good::new("planned", format!("{}: to be exported", job.folder())))
            }
            _ => self.copy(job, &mut report).map_err(|failure| self.explain(failure, job, &mut report)),
        };
        report.base = Some(listed.base.clone());
        report
    }

    fn skip(&self, job: &BasePlan, copy: &SavedCopy, reason: SkipReason, report: &mut Report) -> Good {
        if !self.args.dry_run {
            // That can wait for the next copy.
            let _ = self.store().sweep(&copy.file);
        }
        note(&self.store(), copy, report);
        let (reason, why) = match reason {
            SkipReason::Unchanged => ("unchanged", "has the server's time of the last change"),
            _ => ("recent", "is recent enough"),
        };
        report.note("reason", reason);
        Good::new("skipped", format!("{}: skipped, its copy of {} {why}", job.folder(), copy.started))
    }

    fn copy(&self, job: &BasePlan, report: &mut Report) -> Result<Good, Failure> {
        self.go_on()?;
        let started = now()?;
        let file = job.file(started, |file| self.store().is_taken(file));
        let part = self.store().prepare(&file)?;
        let exported = self.export(job, &file, part, report);
        let (copied, bytes) = exported.inspect_err(|_| self.store().unmark(&file))?;
        let mut copy = job.saved(self.session.server.url(), file, started, bytes, copied.sha256);
        copy.assets_missing = copied.assets_missing;
        note(&self.store(), &copy, report);
        let attention = self.compare(&copy);
        if let Some(missing) = copied.missing().filter(|_| attention.is_none() && !self.args.no_assets) {
            self.session.screen.say(&format!("{}: warning: {missing}", job.folder()));
        }
        self.store().record(&copy)?;
        self.delete_superseded(job, report)?;
        let said = format!("{}: exported at {started} ({})", job.folder(), Size(bytes));
        Ok(Good { attention, ..Good::new("finished", said) })
    }

    /// Nothing is begun after a signal, or when nothing can be written any more.
    fn go_on(&self) -> Result<(), Failure> {
        self.session.go_on()?;
        if self.is_full.load(Ordering::Relaxed) {
            let failure = Failure::io("not begun, since nothing more can be written to the folder");
            return Err(Failure { is_told: true, ..failure });
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

    fn explain(&self, failure: Failure, job: &BasePlan, report: &mut Report) -> Failure {
        let folder = job.folder();
        if failure.is_full && self.is_full.swap(true, Ordering::Relaxed) {
            return Failure { is_told: true, ..failure.about(folder) };
        }
        if failure.is_full {
            let hint = "free some space there, and run the command again with --max-age; bases that follow were not exported";
            return failure.about(folder).hint(hint);
        }
        let failure = self.session.advise(failure, &job.listed);
        if !failure.exported_too_long() {
            return failure.about(folder);
        }
        let gave_up = self.retries.lock().unwrap_or_else(PoisonError::into_inner).gave_up(job);
        let message = format!("{folder}: {gave_up}");
        report.again = (gave_up == GaveUp::Retry).then(|| message.clone());
        Failure { message, ..failure }
    }

    /// Exports a base to a file that is examined before it gets its name.
    fn export(
        &self,
        job: &BasePlan,
        file: &CopyPath,
        mut part: Part,
        report: &mut Report,
    ) -> Result<(Copied, u64), Failure> {
        let ended = self.session.run(job.folder(), self.run(job)?.sink(&mut part));
        if let Some(resume) = &ended.accepted {
            report.accepted(resume);
        }
        match (ended.end?, part.copied()) {
            (Exported { base, name, .. }, _) if !job.is_of(base.as_ref(), name.as_deref()) => {
                let _ = self.store().remove(file);
                Err(Failure::new(Kind::NotFound, "another base has this name now; run the command again"))
            }
            (Exported { bytes, .. }, Some(copied)) => Ok((copied, bytes)),
            _ => Err(Failure::new(Kind::BadAnswer, "the outcome is not that of an export")),
        }
    }

    fn run(&self, job: &BasePlan) -> Result<Run<'_, Client, kind::Export>, Failure> {
        let base = BaseName::new(job.listed.base.name.as_str()).map_err(|error| {
            let failure = Failure::from(error).about(&format!("base {}", job.listed.base.uuid));
            failure.hint("give the base a name in a browser, then run the command again")
        })?;
        let password = self.password.as_ref().filter(|_| job.listed.is_encrypted != Some(false));
        Ok(self.session.export(job.listed.workspace, &base, password, self.args.no_assets))
    }
}
