//! The command lines of whole accounts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};
use seatable_io_backup::Timestamp;

use super::Jobs;
use crate::{duration, values};

#[derive(Args, Debug)]
#[command(after_help = "\
It lists what the owner of the token administers: workspace ID, workspace, base, last change.

Examples:
  seatable-io list
  seatable-io list --workspace 204 --json")]
pub(crate) struct List {
    /// Only the bases of this workspace; may be given several times
    #[arg(long, value_name = "ID", value_parser = values::number, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) workspace: Vec<u64>,
    /// Also bases that others shared with the account or with one of its groups
    #[arg(long)]
    pub(crate) shared: bool,
}

#[derive(Args, Debug)]
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
pub(crate) struct Backup {
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
    #[arg(long, value_name = "ID", value_parser = values::number, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) workspace: Vec<u64>,
    /// Only bases of this name; may be given several times
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub(crate) base: Vec<String>,
    /// Also bases that others shared with the account or with one of its groups
    #[arg(long)]
    pub(crate) shared: bool,
    /// After a new copy, delete older copies of the same base, except the newest N and more complete ones [default: keep all]
    #[arg(long, value_name = "N", value_parser = values::number_in(1..=u64::MAX), allow_negative_numbers = true,
          value_hint = ValueHint::Other)]
    pub(crate) keep: Option<u64>,
    /// Skip bases that have a copy younger than this, such as 20h
    #[arg(long, value_name = "DURATION", value_parser = duration::with_days, allow_negative_numbers = true,
          value_hint = ValueHint::Other)]
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

#[derive(Args, Debug)]
#[command(after_help = "\
A file is good if its zip is complete, every checksum matches, and its content.json is that of a base. A folder is good \
if every copy that its backup.jsonl records exists with its size and SHA-256, and is good. Missing assets are counted: \
servers leave out what they cannot read. If a copy is bad or missing, the exit code is 5. If the catalogue records no copy, or a \
.dtable file has no line in it, it is 10.

Examples:
  seatable-io verify /var/backups/seatable
  seatable-io verify Sales.dtable")]
pub(crate) struct Verify {
    /// .dtable files or backup folders
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Each copy is verified first, and imported as a new base. A base of the same name is never replaced: the server rejects \
the import, so choose another workspace or a suffix. With --all every base of the folder is restored, or named in an error. If the \
exit code is 8, a base may or may not have been imported: look before you try again. If it is 10, a copy lacks attached files that \
an older one has.

Examples:
  seatable-io restore /var/backups/seatable Sales --workspace 204 --suffix \" (restored)\"
  seatable-io restore /var/backups/seatable --all --workspace 310 --at 2026-11-01")]
pub(crate) struct Restore {
    /// Backup folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Bases to restore: a name, a uuid, or the folder of the copies, such as `204 personal/Sales`
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "BASE", value_hint = ValueHint::Other)]
    pub(crate) bases: Vec<String>,
    /// Restore every base of the folder
    #[arg(long)]
    pub(crate) all: bool,
    /// ID of the workspace to import into
    #[arg(long, value_name = "ID", value_parser = values::number, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) workspace: u64,
    /// Only copies from this workspace
    #[arg(long, value_name = "ID", value_parser = values::number, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) from: Option<u64>,
    /// Only copies not later than this: a date, whose end in UTC counts, or a time such as 2026-11-23T02:00:00Z or that in the name
    /// of a copy
    #[arg(long, value_name = "TIME", value_parser = values::time, value_hint = ValueHint::Other)]
    pub(crate) at: Option<Timestamp>,
    /// Text to append to the names of the new bases
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, value_hint = ValueHint::Other)]
    pub(crate) suffix: String,
    /// Print what would be done, and ask nothing of the server
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}
