//! `restore`: imports copies as new bases.

mod upload;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueHint;
use seatable_io_backup::{
    NoCopyReason, NotRestored, Restoration, RestoreError, RestoreOptions, SavedCopy, Timestamp, restore,
};
use seatable_io_ureq::dtable::Losses;
use seatable_io_ureq::proto::FileName;

use self::upload::Upload;
use super::import::{NewBase, input};
use super::verify;
use crate::batch::tally::Tally;
use crate::batch::{self, Jobs};
use crate::check::Sent;
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::report::{Attention, CommandName, Details, Good, Report};
use crate::session::Session;
use crate::store::{Store, lacking};
use crate::ui::shell::{path, with_input};
use crate::ui::{Size, State, now};
use crate::{stop, values};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Each copy is verified first, and imported as a new base. A base of the same name is never replaced: the server rejects \
the import, so choose another workspace or a suffix. --all restores every base of the folder, or names it in an error. If the \
exit code is 8, a base may or may not have been imported: check the workspace before retrying. If it is 10, a copy lacks attached \
files that an older one has, or --check found that a new base differs from its copy.

Examples:
  seatable-io restore /var/backups/seatable Sales --workspace 204 --suffix \" (restored)\"
  seatable-io restore /var/backups/seatable --all --workspace 310 --at 2026-11-01
  seatable-io restore /var/backups/seatable --all --workspace 310 --suffix \" (rehearsal)\" --check")]
pub(crate) struct Args {
    /// Backup folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Bases to restore: a name, a uuid, or the folder of the copies, such as `204 personal/Sales`
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "BASE")]
    pub(crate) bases: Vec<String>,
    /// Restore every base of the folder
    #[arg(long)]
    pub(crate) all: bool,
    /// ID of the workspace to import into
    #[arg(long, value_name = "ID", value_parser = values::number)]
    pub(crate) workspace: u64,
    /// Only copies from this workspace
    #[arg(long, value_name = "ID", value_parser = values::number)]
    pub(crate) from: Option<u64>,
    /// Latest copy at this time, such as 2026-11-23T02:00:00Z or the time in the name of a copy; a date means the end of that day,
    /// UTC
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_until)]
    pub(crate) at: Option<Timestamp>,
    /// Text to append to the names of the new bases
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) suffix: String,
    /// Prove each import: export the new base again, and compare it with the copy; a difference is exit code 10
    #[arg(long)]
    pub(crate) check: bool,
    /// Print the plan without carrying it out; request nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let session = Session::open(global)?;
    let store = Store::read_only(&args.dir, &session.screen, &session.signal())?;
    store.warn_of_broken(&session.screen);
    // `--all` excludes names.
    let options = RestoreOptions::default().bases(args.bases.clone());
    let options = options.from(args.from).at(args.at).suffix(args.suffix.as_str());
    let restorations = restore(&store.catalogue, &options, |file| store.size_of(file));
    let restorations = restorations.map_err(|error| explain(&error, args))?;
    let summary = |tally: &Tally| {
        let is_dry = args.dry_run;
        Some(if is_dry { tally.counts(&[]) } else { tally.summary(&[("finished", "restored")]) })
    };
    let restore = Restore { session: &session, args, store: &store };
    let work = |restoration: &Restoration| restore.one(restoration);
    let total = restorations.size_hint().1.unwrap_or_default();
    Ok(batch::run(&session.screen, args.jobs.jobs, total, restorations, work, summary))
}

fn explain(error: &RestoreError, args: &Args) -> Failure {
    match error {
        RestoreError::Ambiguous { .. } => Failure::usage(error.to_string())
            .hint("name one by its uuid or its folder, or choose a workspace with --from"),
        RestoreError::Name { .. } if args.suffix.is_empty() => Failure::usage(error.to_string())
            .hint("import its copy with import FILE --name NAME, and restore the other bases without it"),
        RestoreError::SameName(..) => Failure::usage(format!("{error} in one workspace"))
            .hint("restore them one by one, one of them with --suffix or into another workspace"),
        _ => not_chosen(error, &args.dir),
    }
}

/// Explains why no copy in a folder was chosen.
pub(super) fn not_chosen(error: &RestoreError, dir: &Path) -> Failure {
    match error {
        RestoreError::NoCopy(missing) => {
            let hint = match missing.first().map(|no_copy| &no_copy.reason) {
                Some(NoCopyReason::OtherWorkspaces { .. }) => {
                    "choose one of these workspaces with --from".to_owned()
                }
                Some(NoCopyReason::NotOldEnough { .. }) => "choose a later time with --at".to_owned(),
                _ => format!("seatable-io copies {} prints every copy with its folder", path(dir)),
            };
            Failure::new(Kind::NotFound, format!("{error} (in {})", dir.display())).hint(hint)
        }
        RestoreError::Ambiguous { .. } => {
            Failure::usage(error.to_string()).hint("name one by its uuid or its folder")
        }
        _ => Failure::usage(error.to_string()),
    }
}

/// The state that all bases share.
struct Restore<'a> {
    session: &'a Session,
    args: &'a Args,
    store: &'a Store,
}

impl Restore<'_> {
    fn one(&self, restoration: &Restoration) -> Report {
        let (copy, args) = (&restoration.copy, self.args);
        let input = Some(copy.base.name.clone());
        let mut details = Details::new(Some(CommandName::Restore), input);
        details.workspace_id = Some(args.workspace);
        details.bytes = Some(copy.bytes);
        details.fields.assets_missing = Some(copy.assets_missing);
        details.fields.file = Some(self.store.path(&copy.file).to_string_lossy().into_owned());
        details.of(|details| {
            self.warn_of_gone(restoration);
            let good = match &restoration.name {
                Err(error) => return Err(self.left_out(copy, error)),
                Ok(name) if args.dry_run => {
                    let (file, name, size) = (&copy.file, name.base(), Size(copy.bytes));
                    Good::new("planned", format!("{file}: to be imported as \"{name}\" ({size})"))
                }
                Ok(name) => self.attempt(copy, name, details)?,
            };
            let attention = restoration.richer.as_ref().map(|richer| self.poorer(copy, richer));
            Ok(good.with(attention))
        })
    }

    /// With `--all`, warns of a base that is no longer on the server, perhaps because it was deleted on purpose.
    fn warn_of_gone(&self, Restoration { copy, name, .. }: &Restoration) {
        let gone = self.store.catalogue.gone_since(&copy.base.uuid).filter(|_| self.args.all && name.is_ok());
        if let Some(since) = gone {
            let (label, date) = (copy.label(), since.date());
            let words = "has not been in the server's list since";
            self.session.screen.say(&format!("warning: {label} {words} {date}; its copy is restored, too"));
        }
    }

    /// Explains why one of all bases cannot be restored with the others.
    fn left_out(&self, copy: &SavedCopy, error: &NotRestored) -> Failure {
        let kind = if matches!(error, NotRestored::NotOldEnough(_)) { Kind::NotFound } else { Kind::Usage };
        let failure = Failure::new(kind, format!("{}: {error}; it is not restored", copy.label()));
        let restore = |options: &str| format!("to restore it too: {}", self.command(copy, options));
        failure.hint(match error {
            NotRestored::SameName(_) => restore(" --suffix ' (2)'"),
            NotRestored::NotOldEnough(_) => restore(""),
            _ => format!(
                "to import it under another name: {} import {} --workspace {} --name NAME",
                self.session.advice.command,
                path(&self.store.path(&copy.file)),
                self.args.workspace
            ),
        })
    }

    /// Returns the command that restores the newest copy of this base alone.
    fn command(&self, copy: &SavedCopy, options: &str) -> String {
        let command = format!("{} restore {}", self.session.advice.command, path(&self.args.dir));
        let options = format!(" --workspace {}{options}", self.args.workspace);
        with_input(&command, copy.base.uuid.as_str(), &options)
    }

    fn poorer(&self, copy: &SavedCopy, richer: &SavedCopy) -> Attention {
        let (label, started, other) = (copy.label(), copy.started, richer.started);
        let [own, others] = [copy, richer].map(|copy| lacking(copy.assets_missing));
        let command = self.command(copy, &format!(" --at {other} --suffix TEXT"));
        Attention {
            message: format!("{label}: the copy of {started} lacks {own}; that of {other} lacks {others}"),
            hint: Some(format!("to restore the more complete one: {command}")),
        }
    }

    /// Verifies a copy, and sends it if it is good.
    fn attempt(&self, copy: &SavedCopy, name: &FileName, details: &mut Details) -> Result<Good, Failure> {
        let label = copy.file.as_str();
        stop::go_on(&self.session.stop).map_err(|failure| failure.about(label))?;
        let began = Instant::now();
        let busy = self.session.screen.busy(label, "checking the file", State::Since(now()));
        let (file, losses) = self.verified(copy).map_err(|failure| self.damaged(copy, failure))?;
        drop(busy);
        let attention = input::warn(&self.session.screen, label, &losses);
        let sent = Sent { file: &file, format: name.format(), began };
        let import = self.session.import(self.args.workspace, name, copy.bytes, Upload { file: &file, copy });
        let base = NewBase { session: self.session, label, name };
        let good = base.send(import, self.args.check.then_some(sent), details)?;
        Ok(good.with(attention))
    }

    fn verified(&self, copy: &SavedCopy) -> Result<(File, Losses), Failure> {
        let file = verify::open(self.store, copy)?;
        let examined = verify::check(&file, Some(copy), &self.session.signal())?;
        Ok((file, examined.losses))
    }

    /// Adds the newest good copy that is older as a hint.
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
