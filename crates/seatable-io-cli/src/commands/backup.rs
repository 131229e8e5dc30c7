//! `backup`: copies each base of an account.

mod base;
mod events;
mod metrics;
mod notices;
mod ping;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::ValueHint;
use seatable_io_backup::{
    Action, BaseEvent, BasePlan, Catalogue, Options, RetentionPolicy, Retries, Timestamp, all_gone, changes,
    plan,
};
use seatable_io_ureq::proto::Password;

use self::notices::{Notices, Outcome};
use super::keep::{Keep, Zone};
use super::{list, verify};
use crate::batch::tally::Tally;
use crate::batch::{self, Jobs};
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::report::{CommandName, Details, Good};
use crate::session::Session;
use crate::store::{Store, found, now};
use crate::ui::shell::option;
use crate::ui::{Expected, Screen};
use crate::{secret, values};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
A base that fails does not stop the others; the exit code is that of the first one that failed, in the order of `list`. \
Run the command again to retry failures; --max-age skips recent copies. A base that the server cannot export within its 60 \
seconds is tried once more, alone, when all others are done. While another backup or `prune` of the same folder \
is running, the command exits at once with 1.

--changed relies on the time of the last change as the server gives it. Current servers count only changes of rows and \
links, not of columns, views, scripts, forms or rules; they write the time up to ten minutes late and may lose it. So \
combine --changed with a full backup now and then.

With --server-wide, the name of the folder WORKSPACE begins with that of the owner, and stays when the owner is renamed.

--exclude skips bases that the backup cannot or need not copy, such as one whose password nobody has; a run without it copies \
them again. A failure that was there at the last run for the same reason ends with `as since` and a date, and --json has the time \
as since. A base with copies that the server no longer lists is named once, in a warning or a line with status gone; its copies \
stay.

Without a --keep option nothing is deleted. With some, the copies of a base that none of them keeps are deleted once its new copy is in \
place; those of other bases stay, and `prune` deletes them. Copies are compared by the assets that they lack: none is deleted in favour \
of a poorer one, and the newest of the most complete copies of a base always stays. If a new copy lacks more than the one before, the \
exit code is 10.

The URL of --ping-file receives POST requests: URL/start at the beginning, and URL/EXITCODE with the summary and the errors at the end, \
however a run ends; so each code but 0 is a failure there. A service that does not answer delays the end by 10 seconds at most, and \
costs a warning.

Files:
  DIR/WORKSPACE/BASE/TIME.dtable  a copy; the time is when its export began, in UTC
  DIR/backup.jsonl  the catalogue: a line for each complete, checked copy, for each that is deleted, and for each base that \
begins to fail, is excluded or is gone

Examples:
  seatable-io backup /var/backups/seatable --init
  seatable-io backup /var/backups/seatable --max-age 20h --keep-daily 14 --keep-monthly 12 --jobs 2
  seatable-io backup /var/backups/seatable --dry-run")]
pub(crate) struct Args {
    /// Backup folder, which contains copies of one server
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Make a backup folder of DIR, which must be empty or not exist
    #[arg(long)]
    pub(crate) init: bool,
    /// Former address of the same server, if DIR holds copies of that address
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) moved_from: Option<String>,
    /// Only the bases of this workspace; may be given several times
    #[arg(long, value_name = "ID", value_parser = values::number)]
    pub(crate) workspace: Vec<u64>,
    /// Only bases of this name; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) base: Vec<String>,
    /// Skip bases of this name, or the base with this uuid; may be given several times
    #[arg(long, value_name = "NAME|UUID")]
    pub(crate) exclude: Vec<String>,
    /// Also bases that others shared with the account or with one of its groups
    #[arg(long)]
    pub(crate) shared: bool,
    /// All bases of the server, in folders by owner; needs the token of a system administrator, but no passwords; current servers
    /// only
    #[arg(long, conflicts_with_all = ["shared", "password_file"])]
    pub(crate) server_wide: bool,
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
    /// Print the plan without carrying it out; request only the listing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    #[command(flatten)]
    pub(crate) keep: Keep,
    #[command(flatten)]
    pub(crate) notices: Notices,
}

impl Args {
    fn options(&self) -> Options {
        Options::default()
            .workspaces(self.workspace.clone())
            .bases(self.base.clone())
            .exclude(self.exclude.clone())
            .shared(self.shared)
            .server_wide(self.server_wide)
            .max_age(self.max_age)
            .changed(self.changed)
    }
}

/// The state that all bases share.
struct Backup<'a> {
    session: &'a Session,
    args: &'a Args,
    password: Option<Password>,
    /// The copies that stay.
    policy: RetentionPolicy,
    zone: Zone,
    store: Mutex<Store>,
    retries: Mutex<Retries>,
    /// The time that is recorded for events.
    began: Timestamp,
    /// The new failures.
    failures: Mutex<Vec<BaseEvent>>,
    /// Whether nothing more can be written.
    is_full: AtomicBool,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    notices::around(global, args, |outcome| back_up(global, args, outcome))
}

fn back_up(global: &Global, args: &Args, outcome: &mut Outcome) -> Result<u8, Failure> {
    let password = secret::password(args.password_file.as_deref(), global)?;
    let session = Session::open(global)?;
    let mut store = open(args, &session)?;
    store.warn_of_broken(&session.screen);
    let listing = session.list(list::scope(args.shared, args.server_wide))?;
    let mut codes = vec![list::report_gaps(&session, &listing, CommandName::Backup)];
    codes.push(report_lost(&session.screen, &args.dir, &store));
    let (options, began) = (args.options(), now()?);
    let plans = plan(&listing, &store.catalogue, |file| store.size_of(file), &options, began)
        .map_err(|missing| Failure::new(Kind::NotFound, missing.to_string()))?;
    let policy = args.keep.policy();
    events::warn_of_excluded(&session.screen, &options, &listing);
    let changes = changes(&listing, &plans, &store.catalogue, &options, began);
    let all_gone = all_gone(&changes, &store.catalogue, &options);
    codes.push(events::report(&session.screen, &mut store, &changes));
    codes.push(events::report_all_gone(&session.screen, &args.dir, all_gone));
    let work = || plans.iter().map(|plan| work(plan, &store.catalogue)).collect();
    session.screen.bars.expect(|| Expected::Work(work()));
    let backup = Backup {
        session: &session,
        args,
        password,
        zone: Zone::of(&policy, &session.screen),
        policy,
        store: Mutex::new(store),
        retries: Mutex::default(),
        began,
        failures: Mutex::default(),
        is_full: AtomicBool::new(false),
    };
    let (screen, inputs) = (&session.screen, plans.iter());
    let summary = |tally: &Tally| Some(outcome.note(tally, summary(tally, args.dry_run)));
    codes
        .insert(0, batch::run(screen, args.jobs.jobs, plans.len(), inputs, |plan| backup.one(plan), summary));
    backup.record_failures();
    outcome.plans = Some(plans);
    Ok(batch::exit_code(&codes))
}

/// Returns about how much work a base is, in bytes: those of its last copy, and those that could be received while the server
/// exports, which is never done at once.
fn work(plan: &BasePlan, catalogue: &Catalogue) -> u64 {
    const EXPORT: u64 = 8 * 1024 * 1024;
    match plan.action {
        Action::Copy => {
            let last = catalogue.copies_of(&plan.listed.base.uuid).next();
            last.map_or(0, |copy| copy.bytes).saturating_add(EXPORT)
        }
        _ => 0,
    }
}

/// Opens the folder, and checks that its copies are of this server.
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
        let (own, other) = (session.server.url(), &other.server);
        let moved = option("--moved-from", other);
        Failure::usage(format!("{} holds copies of {other}, not of {own}", dir.display())).hint(format!(
            "use another folder for each server; if it is the same server at a new address, add {moved}"
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
    let good = Good::to_look_at("empty", verify::empty(&catalogue));
    let input = Some(catalogue.to_string_lossy().into_owned());
    let report = Details::new(Some(CommandName::Backup), input).ended(Ok(good));
    batch::print(screen, &report)
}

fn summary(tally: &Tally, is_dry: bool) -> String {
    if tally.ends.is_empty() {
        return "there is nothing to back up".to_owned();
    }
    if is_dry { tally.counts(&[]) } else { tally.summary(&[("finished", "exported")]) }
}
