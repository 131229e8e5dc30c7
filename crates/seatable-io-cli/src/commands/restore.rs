//! `restore`: copies become bases again.

use std::fs::File;

use seatable_io_backup::{
    NoCopyReason, NotRestored, Restoration, RestoreError, RestoreOptions, SavedCopy, restore,
};
use seatable_io_ureq::proto::FileName;

use self::upload::Upload;
use super::verify;
use crate::store::Store;
use crate::store::copied::lacking;

mod upload;
use super::import;
use crate::advice::{path, with_input};
use crate::batch::Batch;
use crate::batch::tally::Tally;
use crate::cli::{self, Global};
use crate::failure::{Failure, Kind};
use crate::report::{Attention, CommandName, Good, Report};
use crate::session::Session;
use crate::ui::bars::now;
use crate::ui::layout::Clock;
use crate::ui::size::Size;

/// How the status of a base is called in the summary.
const NAMES: [(&str, &str); 5] = [
    ("finished", "restored"),
    ("planned", "planned"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("unknown", "unknown"),
];

pub(crate) fn run(global: &Global, args: &cli::Restore) -> Result<u8, Failure> {
    let session = Session::open(global)?;
    let store = Store::read_only(&args.dir, &session.screen, &session.signal())?;
    store.warn_of_broken(&session.screen);
    let options = options(args);
    let restorations = restore(&store.catalogue, &options, |file| store.size_of(file));
    let restorations = restorations.map_err(|error| explain(&error, args))?;
    let batch = Batch {
        screen: &session.screen,
        complain: &|failure| session.complain(failure),
        jobs: args.jobs.jobs,
        summary: &|tally| Some(summary(tally, args.dry_run)),
    };
    let restore = Restore { session: &session, args, store: &store };
    let total = restorations.size_hint().1.unwrap_or_default();
    Ok(batch.each(total, restorations, |_, restoration| restore.one(restoration)))
}

fn summary(tally: &Tally, is_dry: bool) -> String {
    if is_dry { tally.counts(&NAMES) } else { tally.summary(&NAMES, &[]) }
}

fn options(args: &cli::Restore) -> RestoreOptions {
    // `--all` excludes names.
    let options = RestoreOptions::default().bases(args.bases.clone());
    options.from(args.from).at(args.at).suffix(args.suffix.as_str())
}

fn explain(error: &RestoreError, args: &cli::Restore) -> Failure {
    let dir = args.dir.display();
    match error {
        RestoreError::NoCopy(missing) => {
            let hint = match missing.first().map(|no_copy| &no_copy.reason) {
                Some(NoCopyReason::OtherWorkspaces { .. }) => {
                    "choose one of these workspaces with --from".to_owned()
                }
                Some(NoCopyReason::NotOldEnough { .. }) => "choose a later time with --at".to_owned(),
                _ => format!("seatable-io verify {} prints every copy with its folder", path(&args.dir)),
            };
            Failure::new(Kind::NotFound, format!("{error} (in {dir})")).hint(hint)
        }
        RestoreError::Ambiguous { .. } => Failure::usage(error.to_string())
            .hint("name one by its uuid or its folder, or choose a workspace with --from"),
        RestoreError::Name { .. } if args.suffix.is_empty() => Failure::usage(error.to_string())
            .hint("import its copy with import FILE --name NAME, and restore the other bases without it"),
        RestoreError::SameName(..) => Failure::usage(format!("{error} in one workspace"))
            .hint("restore them one by one, one of them with --suffix or into another workspace"),
        _ => Failure::usage(error.to_string()),
    }
}

/// What all bases of a run share.
struct Restore<'a> {
    session: &'a Session,
    args: &'a cli::Restore,
    store: &'a Store,
}

impl Restore<'_> {
    fn one(&self, restoration: &Restoration) -> Report {
        let (copy, args) = (&restoration.copy, self.args);
        let input = Some(copy.base.name.clone());
        let mut report = Report::new(Some(CommandName::Restore), input, Err(Failure::io("not begun")));
        report.workspace_id = Some(args.workspace);
        report.note("file", self.store.path(&copy.file).to_string_lossy());
        report.note("assets_missing", copy.assets_missing);
        report.bytes = Some(copy.bytes);
        let end = match &restoration.name {
            Err(error) => Err(self.left_out(copy, error)),
            Ok(name) if args.dry_run => {
                let said =
                    format!("{}: to be imported as \"{}\" ({})", copy.file, name.base(), Size(copy.bytes));
                Ok(Good::new("planned", said))
            }
            Ok(name) => self.attempt(copy, name, &mut report),
        };
        let richer = restoration.richer.as_ref();
        report.end =
            end.map(|good| Good { attention: richer.map(|richer| self.poorer(copy, richer)), ..good });
        report
    }

    /// One of all bases that cannot be restored with the others.
    fn left_out(&self, copy: &SavedCopy, error: &NotRestored) -> Failure {
        let kind = if matches!(error, NotRestored::NotOldEnough(_)) { Kind::NotFound } else { Kind::Usage };
        let failure = Failure::new(kind, format!("{}: {error}; it is not restored", copy.label()));
        match error {
            NotRestored::SameName(_) => {
                failure.hint(format!("to restore it too: {}", self.command(copy, " --suffix ' (2)'")))
            }
            NotRestored::NotOldEnough(_) => {
                failure.hint(format!("to restore it too: {}", self.command(copy, "")))
            }
            _ => failure.hint(format!(
                "to import it under another name: {} import {} --workspace {} --name NAME",
                self.session.advice.command,
                path(&self.store.path(&copy.file)),
                self.args.workspace
            )),
        }
    }

    /// The command that restores the newest copy of this base alone.
    fn command(&self, copy: &SavedCopy, options: &str) -> String {
        let command = format!("{} restore {}", self.session.advice.command, path(&self.args.dir));
        let options = format!(" --workspace {}{options}", self.args.workspace);
        with_input(&command, copy.base.uuid.as_str(), &options)
    }

    fn poorer(&self, copy: &SavedCopy, richer: &SavedCopy) -> Attention {
        let message = format!(
            "{}: the copy of {} lacks {}; that of {} lacks {}",
            copy.label(),
            copy.started,
            lacking(copy.assets_missing),
            richer.started,
            lacking(richer.assets_missing)
        );
        let hint = format!(
            "to restore the more complete one: {}",
            self.command(copy, &format!(" --at {} --suffix TEXT", richer.started))
        );
        Attention { message, hint: Some(hint) }
    }

    /// A copy that is not good is not sent.
    fn attempt(&self, copy: &SavedCopy, name: &FileName, report: &mut Report) -> Result<Good, Failure> {
        let label = copy.file.as_str();
        let named = |failure: Failure| failure.about(label);
        self.session.go_on().map_err(named)?;
        let busy = self.session.screen.busy(label, "checking the file", Clock::Since(now()));
        let file = self.verified(copy).map_err(|failure| self.damaged(copy, failure))?;
        drop(busy);
        let import = self.session.import(self.args.workspace, name, copy.bytes, Upload { file, copy });
        import::send(self.session, label, import, name, report)
    }

    fn verified(&self, copy: &SavedCopy) -> Result<File, Failure> {
        let file = verify::open(self.store, copy)?;
        verify::check(&file, Some(copy), &self.session.signal())?;
        Ok(file)
    }

    /// Names the newest good copy that is older.
    fn damaged(&self, copy: &SavedCopy, failure: Failure) -> Failure {
        let copies = self.store.catalogue.copies_of(&copy.base.uuid);
        let mut older = copies.skip_while(|other| other.file != copy.file).skip(1);
        let good = older.find(|other| self.verified(other).is_ok());
        let hint = match good {
            Some(good) => {
                let at = format!(" --at {}", good.started);
                format!("the copy of {} is good: {}", good.started, self.command(copy, &at))
            }
            None => "no older copy is good".to_owned(),
        };
        let message = format!("{}: {}; nothing was sent", copy.file, failure.message);
        Failure { message, ..failure }.hint(hint)
    }
}
