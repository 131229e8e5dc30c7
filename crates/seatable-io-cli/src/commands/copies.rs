//! `copies`: lists the copies of a backup folder.

use std::path::PathBuf;

use clap::ValueHint;
use seatable_io_backup::{SavedCopy, find_bases};

use super::restore::not_chosen;
use crate::failure::Failure;
use crate::global::Global;
use crate::report::{CommandName, Details, Good, LOOK, Report};
use crate::stop;
use crate::store::{Store, lacking};
use crate::ui::shell::path;
use crate::ui::{Screen, Size, count, visible, width};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Prints the folder of the copies, which is also a name for the base, the time at which the export began, in UTC, the size, and the number \
of assets that are missing, as the catalogue records them. Needs no server and no token, and reads no copy; `verify` does. A copy whose \
file is missing or has another size is marked, and the exit code is then 10.

The lines of --json have: file, a path; started; bytes; sha256; assets_missing; workspace. Their status is finished, or missing or \
resized for a copy that is marked.

Examples:
  seatable-io copies /var/backups/seatable
  seatable-io copies /var/backups/seatable Sales \"204 personal/Orders\"")]
pub(crate) struct Args {
    /// Backup folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Only these bases: a name, a uuid, or the folder of the copies, such as `204 personal/Sales`
    #[arg(value_name = "BASE")]
    pub(crate) bases: Vec<String>,
}

/// A longer label does not move the columns of other copies.
const WIDEST: usize = 40;

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let screen = Screen::new(global);
    let stop = stop::on_first_signal(&screen)?;
    let store = Store::read_only(&args.dir, &screen, &stop::signal(&stop, global.timeout))?;
    store.warn_of_broken(&screen);
    let bases = find_bases(&store.catalogue, &args.bases);
    let bases = bases.map_err(|error| not_chosen(&error, &args.dir))?;
    let labels = bases.iter().flat_map(|base| store.catalogue.copies_of(base));
    let widths = labels.map(|copy| width(&visible(copy.label()))).filter(|width| *width <= WIDEST);
    let widest = widths.max().unwrap_or_default();
    let (mut copies, mut bytes, mut marked) = (0, 0_u64, 0);
    for base in &bases {
        let mut own: Vec<_> = store.catalogue.copies_of(base).collect();
        own.sort_by_key(|copy| copy.started);
        for copy in &own {
            stop::go_on(&stop)?;
            let damage = Damage::of(&store, copy);
            (copies, bytes) = (copies + 1, bytes.saturating_add(copy.bytes));
            marked += u64::from(damage.is_some());
            screen.result(&report(&store, copy, damage, widest));
            if screen.is_broken() {
                return Ok(screen.exit(0));
            }
        }
    }
    let [copies, bases] = [count_copies(copies), count(bases.len() as u64, "base")];
    screen.say(&format!("{copies} of {bases} ({})", Size(bytes)));
    if marked == 0 {
        return Ok(screen.exit(0));
    }
    let words = if marked == 1 { "has no file" } else { "have no file" };
    let hint = format!("seatable-io verify {} names each", path(&args.dir));
    screen.warn(&format!("{} {words}, or one of another size", count_copies(marked)), &hint, &[]);
    Ok(screen.exit(LOOK))
}

/// `1 copy`, `2 copies`.
pub(super) fn count_copies(number: u64) -> String {
    if number == 1 { "1 copy".to_owned() } else { format!("{number} copies") }
}

/// Why the file of a copy is not the one that was saved.
#[derive(Clone, Copy, Debug)]
pub(super) enum Damage {
    Missing,
    /// It has this size.
    Resized(u64),
}

impl Damage {
    pub(super) fn of(store: &Store, copy: &SavedCopy) -> Option<Damage> {
        match store.size_of(&copy.file) {
            None => Some(Damage::Missing),
            Some(size) => (size != copy.bytes).then_some(Damage::Resized(size)),
        }
    }

    pub(super) fn words(self) -> String {
        match self {
            Damage::Missing => "the file is missing".to_owned(),
            Damage::Resized(size) => format!("the file has {}", Size(size)),
        }
    }
}

fn report(store: &Store, copy: &SavedCopy, damage: Option<Damage>, widest: usize) -> Report {
    let label = visible(copy.label());
    let space = " ".repeat(widest.saturating_sub(width(&label)));
    let (started, size) = (copy.started, Size(copy.bytes).to_string());
    let missing = (copy.assets_missing > 0).then(|| format!("lacks {}", lacking(copy.assets_missing)));
    let notes: Vec<_> = missing.into_iter().chain(damage.map(Damage::words)).collect();
    let text = format!("{label}{space}  {started}  {size:>11}  {}", notes.join("; "));
    let status = match damage {
        None => "finished",
        Some(Damage::Missing) => "missing",
        Some(Damage::Resized(_)) => "resized",
    };
    let details = describe(CommandName::Copies, store, copy);
    details.ended(Ok(Good::new(status, text.trim_end())))
}

/// Returns the details of a copy.
pub(super) fn describe(command: CommandName, store: &Store, copy: &SavedCopy) -> Details {
    let mut details = Details::new(Some(command), Some(copy.base.name.clone()));
    details.of_base(&copy.base, copy.workspace_id);
    details.bytes = Some(copy.bytes);
    details.fields.assets_missing = Some(copy.assets_missing);
    details.fields.file = Some(store.path(&copy.file).to_string_lossy().into_owned());
    details.fields.sha256 = Some(copy.sha256.to_string());
    details.fields.started = Some(copy.started.to_string());
    details.fields.workspace = Some(copy.workspace.clone());
    details
}
