//! `verify`: checks copies without a server.

mod ages;

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek};
use std::iter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueHint;
use seatable_io_backup::{SavedCopy, Stale};
use seatable_io_ureq::dtable::AssetScan;
use seatable_io_ureq::{Stop, StopSignal};

use self::ages::Folder;
use crate::batch::{self, MOST_JOBS, tally::Tally};
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::report::{Attention, CommandName, Details, Good, Report};
use crate::store::{Examined, Store, examine, found, unread};
use crate::ui::{Expected, Reading, Screen, Size, State, count, cut, now, shell};
use crate::{stop, values};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
A file is good if its zip is complete, every checksum matches, and its content.json is that of a base. A folder is good \
if every copy that its backup.jsonl records exists with its size and SHA-256, and is good. Missing assets are counted, and -v and \
--json name them: servers leave out files that they cannot read. If a copy is bad or missing, the exit code is 5. If the catalogue \
records no copy, or a .dtable file has no line in it, it is 10.

--max-age names every base without a copy from that time (exit code 10), also one that has never been copied because it fails. \
Bases that the last backup found gone from the server, or excluded, are only counted. With --quick, copies are not read, so that \
it can run every hour; a damaged copy of the right size is not noticed then.

Copies are checked in parallel. Their lines have the order of the copies, but with --jobs each is printed as soon as its copy is \
checked. Lines of --json also have: assets (count, bytes, of_apps, custom, and dtables: .dtable files among the attachments, \
which are not checked); assets_missing; missing (names, at most 4 MiB of them); missing_cut (whether there are more). A base that \
--max-age names has status stale, and the start of its last copy as started.

Examples:
  seatable-io verify /var/backups/seatable
  seatable-io -q verify /var/backups/seatable --max-age 26h --quick
  seatable-io verify Sales.dtable")]
pub(crate) struct Args {
    /// .dtable files or backup folders
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Also name every base whose last copy is older than this, such as 26h; for backup folders
    #[arg(long, value_name = "DURATION", value_parser = values::with_days)]
    pub(crate) max_age: Option<Duration>,
    /// Only check that every copy exists with its size, without reading it; for backup folders
    #[arg(long)]
    pub(crate) quick: bool,
    /// How many copies to check at the same time (default: the number of processors)
    #[arg(short, long, value_name = "N", value_parser = values::number_in(1..=MOST_JOBS))]
    pub(crate) jobs: Option<u8>,
}

/// The longest name of an asset that is shown.
const LONGEST: usize = 200;

/// A path of the command line: a file, a known problem, or a backup folder.
struct Place {
    path: PathBuf,
    found: Result<Option<Folder>, Failure>,
}

/// One path to verify.
type Item<'a> = (PathBuf, Subject<'a>);

enum Subject<'a> {
    File,
    /// A file that the catalogue records.
    Copy(&'a Store, SavedCopy),
    /// A base without a young copy, and whether it is the first one of its folder.
    Stale(&'a Stale, bool),
    /// A result that is known without reading a file.
    Known(Result<Good, Failure>),
}

impl Subject<'_> {
    /// Returns the number of bytes to read.
    fn size(&self, path: &Path) -> u64 {
        match self {
            Subject::File => fs::metadata(path).map_or(0, |about| about.len()),
            Subject::Copy(_, copy) => copy.bytes,
            Subject::Stale(..) | Subject::Known(_) => 0,
        }
    }
}

impl Place {
    /// There may be millions of copies, so items are made one by one.
    fn items(&self) -> Box<dyn Iterator<Item = Item<'_>> + Send + '_> {
        let only = |subject| Box::new(iter::once((self.path.clone(), subject)));
        let Folder { store, files, ages } = match &self.found {
            Ok(Some(folder)) => folder,
            Ok(None) => return only(Subject::File),
            Err(failure) => return only(Subject::Known(Err(failure.clone()))),
        };
        let is_empty = store.catalogue.is_empty();
        let broken = store.catalogue.broken().iter().map(ToString::to_string);
        let broken = broken.chain(store.more_broken()).map(|words| Err(bad(words)));
        let empty = is_empty.then(|| Ok(Good::to_look_at("empty", empty(&store.catalogue_path()))));
        let catalogue = broken.chain(empty).map(|end| (store.catalogue_path(), Subject::Known(end)));
        let copies = store.catalogue.copies();
        let copies = copies.map(|copy| (store.path(&copy.file), Subject::Copy(store, copy)));
        let stale = (0..)
            .zip(&ages.stale)
            .map(|(at, stale)| (ages::label(&self.path, &stale.folder), Subject::Stale(stale, at == 0)));
        let files = files.iter().map(move |path| {
            let known = Ok(Good::to_look_at("unrecorded", unrecorded(path, is_empty)));
            (path.clone(), Subject::Known(known))
        });
        Box::new(catalogue.chain(copies).chain(stale).chain(files))
    }
}

/// The state that all items share.
struct Verify<'a> {
    screen: &'a Screen,
    json: bool,
    timeout: Duration,
    stop: Stop,
    max_age: Option<Duration>,
    quick: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let screen = Screen::new(global);
    let stop = stop::on_first_signal(&screen)?;
    let (&Global { json, timeout, .. }, &Args { max_age, quick, .. }) = (global, args);
    let verify = Verify { screen: &screen, json, timeout, stop, max_age, quick };
    let place = |path: &PathBuf| Place { path: path.clone(), found: verify.find(path) };
    let places: Vec<_> = args.paths.iter().map(place).collect();
    verify.reject_files(&places)?;
    let items = || places.iter().flat_map(Place::items);
    let work = |item: &Item<'_>| verify.one(item);
    let summary = |tally: &Tally| Some(summary(tally, &ages::counts(&places)));
    let add = |(count, bytes): (usize, u64), (path, subject): Item<'_>| {
        (count + 1, bytes.saturating_add(subject.size(&path)))
    };
    let (total, bytes) = items().fold((0, 0), add);
    if !quick {
        screen.bars.expect(|| Expected::Bytes(bytes));
    }
    Ok(batch::run(&screen, args.jobs, total, items(), work, summary))
}

fn summary(tally: &Tally, more: &str) -> String {
    if tally.ends.is_empty() {
        return format!("there is no copy to verify{more}");
    }
    let names = [
        ("finished", "good"),
        ("present", "with the right size (not read)"),
        ("failed", "bad"),
        ("unrecorded", "not in the catalogue"),
        ("cancelled", "not checked"),
    ];
    tally.summary_with(&names, more)
}

impl Verify<'_> {
    fn find(&self, path: &Path) -> Result<Option<Folder>, Failure> {
        match fs::metadata(path).map_err(Failure::cannot("read", "it"))? {
            about if about.is_dir() => self.folder(path).map(Some),
            // This comes before opening, since opening a pipe would wait for its writer.
            about if !about.is_file() => Err(bad("it is not a regular file")),
            _ => Ok(None),
        }
    }

    fn folder(&self, folder: &Path) -> Result<Folder, Failure> {
        // In this order, copies that a running backup records in between are not missed.
        let found = found(folder);
        let store = Store::read_only(folder, self.screen, &stop::signal(&self.stop, self.timeout))?;
        let (left, unrecorded) = store.unrecorded(&found);
        for file in left {
            let words = "was left by a run that was stopped; the next backup of its base removes it";
            self.screen.say(&format!("warning: {} {words}", folder.join(file).display()));
        }
        let files = unrecorded.into_iter().map(|file| folder.join(file)).collect();
        let ages = self.ages(&store)?;
        Ok(Folder { store, files, ages })
    }

    fn one(&self, (path, subject): &Item<'_>) -> Report {
        let label = path.to_string_lossy();
        let details = Details::new(Some(CommandName::Verify), Some(label.to_string()));
        details.of(|details| {
            stop::go_on(&self.stop)
                .and_then(|()| self.check(path, subject, details))
                .map_err(|failure| failure.about(&label))
        })
    }

    fn check(&self, path: &Path, subject: &Subject<'_>, details: &mut Details) -> Result<Good, Failure> {
        let mut reading = Reading::new(&self.screen.bars, subject.size(path));
        let (file, recorded) = match subject {
            Subject::Known(end) => return end.clone(),
            Subject::Stale(stale, is_first) => return Ok(ages::stale(path, stale, *is_first, details)),
            Subject::Copy(store, copy) if self.quick => return quick(path, store, copy, details),
            Subject::File => (File::open(path).map_err(Failure::cannot("read", "it"))?, None),
            Subject::Copy(store, copy) => (open(store, copy)?, Some(copy)),
        };
        let label = path.to_string_lossy();
        let _busy = self.screen.busy(&label, "checking the file", State::Since(now()));
        let file = reading.of(&file);
        let examined = check(file, recorded, &stop::signal(&self.stop, self.timeout))?;
        self.warn(&label, &examined);
        let Examined { copied, held, losses } = examined;
        details.bytes = Some(copied.bytes);
        details.fields.assets_missing = Some(copied.assets_missing);
        details.fields.sha256 = Some(copied.sha256.to_string());
        if self.json {
            details.fields.assets = Some(held);
            (details.fields.missing, details.fields.missing_cut) =
                (Some(losses.missing_names), Some(losses.is_cut));
        }
        let nested = match held.dtables {
            0 => String::new(),
            1 => "; contains 1 .dtable file as an attachment, which is not checked".to_owned(),
            many => format!("; contains {many} .dtable files as attachments, which are not checked"),
        };
        Ok(Good::new("finished", format!("{label}: good{nested}")))
    }

    /// Prints the warning for missing assets, and with `-v` their names.
    fn warn(&self, label: &str, Examined { copied, held, losses }: &Examined) {
        let kinds = [(held.of_apps, "of apps"), (held.custom, "custom")];
        let kinds =
            kinds.iter().filter(|(number, _)| *number > 0).map(|(number, kind)| format!(", {number} {kind}"));
        let (assets, size) = (count(held.count, "asset"), Size(held.bytes));
        self.screen.detail(&format!("{label}: {assets} ({size}){}", kinds.collect::<String>()));
        if let Some(missing) = copied.missing() {
            self.screen.say(&format!("{label}: warning: {missing}"));
        }
        for name in &losses.missing_names {
            self.screen.detail(&format!("{label}: missing: {}", cut(name, LONGEST)));
        }
        if losses.is_cut {
            let more = match copied.assets_missing.saturating_sub(losses.missing_names.len() as u64) {
                0 => "more may be missing".to_owned(),
                more if copied.assets_missing < AssetScan::MOST => format!("{more} more are missing"),
                more => format!("at least {more} more are missing"),
            };
            self.screen.detail(&format!("{label}: {more}"));
        }
    }
}

/// Returns the warning for a catalogue that records no copy.
pub(super) fn empty(catalogue: &Path) -> Attention {
    Attention {
        message: format!("{} records no copy", catalogue.display()),
        hint: Some(
            "if there were copies, bring the catalogue back, for instance from a second place".to_owned(),
        ),
    }
}

/// Returns the warning for a file that is not recorded. If the whole catalogue is lost, its hint is enough.
fn unrecorded(file: &Path, is_lost: bool) -> Attention {
    let shown = file.to_string_lossy();
    let hint = || format!("seatable-io verify {} checks it, and import can import it", shell::path(file));
    Attention {
        message: format!("{shown} is not in the catalogue, so restore and prune ignore it"),
        hint: (!is_lost).then(hint),
    }
}

/// Opens the file that the catalogue records.
pub(super) fn open(store: &Store, copy: &SavedCopy) -> Result<File, Failure> {
    store.read(&copy.file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => bad("the catalogue records it, but the file does not exist"),
        ErrorKind::InvalidInput => bad(error.to_string()),
        _ => Failure::cannot("read", "it")(error),
    })
}

/// Checks the size of a copy without reading it.
fn quick(path: &Path, store: &Store, copy: &SavedCopy, details: &mut Details) -> Result<Good, Failure> {
    let about = open(store, copy)?.metadata().map_err(Failure::cannot("read", "it"))?;
    if about.len() != copy.bytes {
        return Err(other_size(about.len(), copy.bytes));
    }
    details.bytes = Some(about.len());
    Ok(Good::new("present", format!("{}: exists with its size, not read", path.display())))
}

fn other_size(bytes: u64, recorded: u64) -> Failure {
    bad(format!("it has {bytes} bytes, and the catalogue records {recorded}"))
}

/// Reads a file to its end, and compares it with its record in the catalogue.
pub(super) fn check(
    file: impl Read + Seek,
    copy: Option<&SavedCopy>,
    signal: &StopSignal,
) -> Result<Examined, Failure> {
    let examined = examine(&mut signal.reader(file)).map_err(|error| unread(error, signal))?;
    let copied = examined.copied;
    match copy {
        Some(SavedCopy { bytes, .. }) if *bytes != copied.bytes => Err(other_size(copied.bytes, *bytes)),
        Some(SavedCopy { sha256, .. }) if *sha256 != copied.sha256 => {
            Err(bad("its SHA-256 is not the one that the catalogue records"))
        }
        _ => Ok(examined),
    }
}

fn bad(words: impl Into<String>) -> Failure {
    Failure::new(Kind::BadFile, words)
}
