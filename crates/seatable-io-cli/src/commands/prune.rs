//! `prune`: deletes copies of a backup folder.

mod forget;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::ValueHint;
use seatable_io_backup::{CopyPath, KeepReason, RetentionPolicy, SavedCopy, Timestamp};
use seatable_io_ureq::Stop;
use seatable_io_ureq::proto::BaseUuid;

use super::copies::{Damage, count_copies, describe};
use super::keep::{Keep, Zone};
use crate::batch::tally::Tally;
use crate::failure::Failure;
use crate::global::Global;
use crate::report::{CommandName, Details, Good, Report};
use crate::store::{Store, lacking, now};
use crate::ui::{Screen, Size};
use crate::{batch, stop, values};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
The --keep options apply to each base of the folder, also to those that are no longer on the server. Hours, days, weeks, months and years \
are those of local time (TZ), and only those that have copies count. Copies are compared by the assets that they lack: none is \
deleted in favour of a poorer one. The newest copy of a base and the newest of its most complete ones always stay; so does the oldest \
while there are fewer periods than an option keeps; and so do copies from the future, which a wrong clock made, and which do not count. \
--dry-run prints each copy with the reasons why it stays.

--gone counts from the first backup whose complete list lacked the base, and a later backup may find it again: let one run before.

Needs no server and no token. Completes an interrupted run first. While a backup into the folder is running, the command exits at once \
with 1.

The lines of --json, one for each deleted copy and with --dry-run for each copy, have status deleted, planned or kept, and reason: \
superseded, forgotten or gone; or the first of reasons, which has all the reasons why a copy stays.

Examples:
  seatable-io prune /var/backups/seatable --keep-daily 14 --keep-weekly 8 --keep-monthly 12 --dry-run
  seatable-io prune /var/backups/seatable --forget \"204 personal/Sales/2026-11-23T020000Z.dtable\"")]
pub(crate) struct Args {
    /// Backup folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Delete all copies of each base that no listing has shown for this long, such as 90d, even the last one
    #[arg(long, value_name = "DURATION", value_parser = values::with_days)]
    pub(crate) gone: Option<Duration>,
    /// Delete this copy; a path as in the catalogue, or one that leads to the file; may be given several times
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) forget: Vec<PathBuf>,
    /// Print what would happen to each copy, and change nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) keep: Keep,
}

/// A copy that is deleted or stays.
struct Item {
    copy: SavedCopy,
    fate: Fate,
}

enum Fate {
    Superseded,
    Forgotten,
    Gone,
    Stays(Vec<KeepReason>),
}

/// The state that all copies share.
struct Prune<'a> {
    screen: &'a Screen,
    args: &'a Args,
    stop: Stop,
    policy: RetentionPolicy,
    zone: Zone,
    now: Timestamp,
    store: Mutex<Store>,
    /// The number of copies that stay.
    kept: AtomicU64,
    /// Whether nothing more can be written.
    is_full: AtomicBool,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let policy = args.keep.policy();
    if policy.is_empty() && args.gone.is_none() && args.forget.is_empty() {
        let failure = Failure::usage("no option says which copies to delete");
        return Err(failure.hint(
            "add --keep, --keep-hourly, --keep-daily, --keep-weekly, --keep-monthly, --keep-yearly, --keep-within, --gone or --forget",
        ));
    }
    let screen = Screen::new(global);
    let stop = stop::on_first_signal(&screen)?;
    let signal = stop::signal(&stop, global.timeout);
    let open = if args.dry_run { Store::read_only } else { Store::open };
    let store = open(&args.dir, &screen, &signal)?;
    store.warn_of_broken(&screen);
    let forgotten = forget::find(&store, &args.dir, &args.forget)?;
    let bases: Vec<_> = store.catalogue.bases().collect();
    let total = if args.dry_run { store.catalogue.copies().count() } else { 0 };
    let prune = Prune {
        screen: &screen,
        args,
        stop,
        zone: Zone::of(&policy, &screen),
        policy,
        now: now()?,
        store: Mutex::new(store),
        kept: AtomicU64::default(),
        is_full: AtomicBool::default(),
    };
    // Forgotten copies are deleted first: they do not count for the others.
    let forgotten = forgotten.into_iter().map(|copy| Item { copy, fate: Fate::Forgotten });
    let items = forgotten.chain(bases.iter().flat_map(|base| prune.items(base)));
    Ok(batch::run(&screen, 1, total, items, |item| prune.one(item), |tally| Some(prune.summary(tally))))
}

impl Prune<'_> {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the copies of a base to delete, and with `--dry-run` those that stay, too.
    fn items(&self, base: &BaseUuid) -> Vec<Item> {
        let store = self.store();
        let is_gone = self.args.gone.is_some_and(|limit| store.catalogue.is_gone_for(base, limit, self.now));
        // Without a policy, all copies stay.
        let size_of = |file: &CopyPath| if self.policy.is_empty() { None } else { store.size_of(file) };
        let offset = |time| self.zone.offset(time);
        let mut items = Vec::new();
        for copy in store.catalogue.retention(base, &self.policy, self.now, offset, size_of) {
            let fate = match copy.reasons {
                _ if is_gone => Fate::Gone,
                reasons if reasons.is_empty() => Fate::Superseded,
                reasons => Fate::Stays(reasons),
            };
            let stays = matches!(fate, Fate::Stays(_));
            self.kept.fetch_add(u64::from(stays), Ordering::Relaxed);
            if !stays || self.args.dry_run {
                items.push(Item { copy: copy.copy, fate });
            }
        }
        items
    }

    fn one(&self, item: &Item) -> Report {
        let details = describe(CommandName::Prune, &self.store(), &item.copy);
        details.of(|details| {
            stop::go_on(&self.stop)?;
            self.work(item, details).map_err(|failure| failure.about(item.copy.label()))
        })
    }

    fn work(&self, Item { copy, fate }: &Item, details: &mut Details) -> Result<Good, Failure> {
        let damage = Damage::of(&self.store(), copy);
        let reason = match fate {
            Fate::Stays(reasons) => return Ok(stays(copy, reasons, damage, details)),
            Fate::Superseded => "superseded",
            Fate::Forgotten => "forgotten",
            Fate::Gone => "gone",
        };
        details.fields.reason = Some(reason);
        if damage.is_some() {
            // Only what is freed counts.
            details.bytes = None;
        }
        let was_best = matches!(fate, Fate::Forgotten) && self.is_best(copy);
        self.delete(copy)?;
        if was_best {
            self.warn(copy);
        }
        let (label, started) = (copy.label(), copy.started);
        let size = damage.map_or_else(|| Size(copy.bytes).to_string(), Damage::words);
        Ok(if self.args.dry_run {
            Good::new(
                "planned",
                format!("{label}: the copy of {started} is to be deleted: {reason} ({size})"),
            )
        } else {
            Good::new("deleted", format!("{label}: deleted the copy of {started}: {reason} ({size})"))
        })
    }

    /// Returns whether a copy is the newest of the most complete ones of its base.
    fn is_best(&self, copy: &SavedCopy) -> bool {
        let store = self.store();
        let best = store.catalogue.most_complete(&copy.base.uuid, |file| store.size_of(file));
        best.is_some_and(|best| best.file == copy.file)
    }

    fn delete(&self, copy: &SavedCopy) -> Result<(), Failure> {
        let mut store = self.store();
        if self.args.dry_run {
            store.catalogue.remove(&copy.file);
            return Ok(());
        }
        let deleted = store.delete(&copy.file);
        deleted.map_err(|failure| {
            let is_reported = failure.is_full && self.is_full.swap(true, Ordering::Relaxed);
            Failure { is_reported, ..failure }
        })
    }

    /// Warns that the newest of the most complete copies of a base goes.
    fn warn(&self, copy: &SavedCopy) {
        let store = self.store();
        let next = store.catalogue.most_complete(&copy.base.uuid, |file| store.size_of(file));
        let (label, started) = (copy.label(), copy.started);
        let words = match next {
            None => "is the last one of its base whose file exists".to_owned(),
            Some(next) => format!(
                "is the newest of the most complete ones of its base; the next, of {}, lacks {}",
                next.started,
                lacking(next.assets_missing)
            ),
        };
        self.screen.say(&format!("warning: {label}: the copy of {started} {words}"));
    }

    /// `12 copies deleted (3.40 GiB), 140 kept`.
    fn summary(&self, tally: &Tally) -> String {
        let (status, words) =
            if self.args.dry_run { ("planned", "to be deleted") } else { ("deleted", "deleted") };
        let (number, bytes) = tally.ends.get(status).copied().unwrap_or_default();
        let size = if bytes > 0 { format!(" ({})", Size(bytes)) } else { String::new() };
        let deleted = format!("{} {words}{size}", count_copies(number as u64));
        let kept = format!("{} kept", self.kept.load(Ordering::Relaxed));
        let others = [("failed", "not deleted"), ("cancelled", "not reached")].into_iter();
        let others =
            others.filter_map(|(status, words)| Some(format!("{} {words}", tally.ends.get(status)?.0)));
        [deleted, kept].into_iter().chain(others).collect::<Vec<_>>().join(", ")
    }
}

fn stays(copy: &SavedCopy, reasons: &[KeepReason], damage: Option<Damage>, details: &mut Details) -> Good {
    let words: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    let names: Vec<_> = reasons.iter().map(|reason| reason.as_str()).collect();
    details.fields.reason = names.first().copied();
    details.fields.reasons = Some(names);
    let damage = damage.map(|damage| format!("; {}", damage.words())).unwrap_or_default();
    let (label, started, words) = (copy.label(), copy.started, words.join(", "));
    Good::new("kept", format!("{label}: the copy of {started} stays: {words}{damage}"))
}
