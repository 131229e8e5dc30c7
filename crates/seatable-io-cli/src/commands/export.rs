//! `export`: exports bases into files.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use seatable_io_backup::encode_name;
use seatable_io_ureq::proto::{BaseName, Password};
use seatable_io_ureq::task::Accepted;
use seatable_io_ureq::{Client, Run, kind};

use crate::batch::Jobs;
use crate::failure::Failure;
use crate::files::is_dash;
use crate::global::Global;
use crate::output::Output;
use crate::report::{CommandName, Details, Good};
use crate::session::Session;
use crate::ui::Size;
use crate::{batch, secret, stop, values};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
A file appears whole or not at all: it is written under a temporary name in the same folder, checked, and renamed.

Examples:
  seatable-io export Sales --workspace 7
  seatable-io export Sales Projects --workspace 7 --output-dir backup --force
  seatable-io export Sales --workspace 7 --output - | gpg -e -r me > Sales.dtable.gpg")]
pub(crate) struct Args {
    /// Names of the bases to export
    #[arg(required = true, value_name = "BASE")]
    pub(crate) bases: Vec<String>,
    /// ID of the workspace that contains the bases
    #[arg(long, value_name = "ID", value_parser = values::number)]
    pub(crate) workspace: u64,
    /// File to write, with a single BASE; `-` is standard output
    #[arg(short, long, value_name = "PATH", conflicts_with = "output_dir", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Folder for the files, created if necessary [default: the current one]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output_dir: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    pub(crate) force: bool,
    /// Exit as soon as the server has started the export, and print the commands that continue it;
    /// 2020 and 2021 servers only
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Leave out attached files and images; current servers only
    #[arg(long)]
    pub(crate) no_assets: bool,
    /// File with the password of the bases; `-` is standard input; current servers only
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

/// The state that all exports share.
struct Common<'a> {
    session: &'a Session,
    args: &'a Args,
    password: Option<Password>,
}

/// One base and its destination.
struct Place {
    base: BaseName,
    path: PathBuf,
    /// Whether an earlier base has the same destination.
    taken: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    if args.output.is_some() && args.bases.len() > 1 {
        let failure = Failure::usage("--output can only be used with a single BASE");
        return Err(failure.hint("use --output-dir for several"));
    }
    Output::check(args.output.as_deref(), global.json)?;
    let places = places(args)?;
    let password = secret::password(args.password_file.as_deref(), global)?;
    let session = Session::open(global)?;
    let common = Common { session: &session, args, password };
    Ok(batch::each(&session, &places, args.jobs.jobs, |place| {
        let mut details = Details::new(Some(CommandName::Export), Some(place.base.to_string()));
        details.workspace_id = Some(args.workspace);
        details.of(|details| common.attempt(place, details))
    }))
}

fn places(args: &Args) -> Result<Vec<Place>, Failure> {
    let mut places: Vec<Place> = Vec::new();
    for base in &args.bases {
        let base = BaseName::new(base).map_err(|error| Failure::from(error).about(&format!("{base:?}")))?;
        let folder = args.output_dir.as_deref().unwrap_or(Path::new(""));
        let path = args.output.clone().unwrap_or_else(|| folder.join(encode_name(base.as_str(), ".dtable")));
        let taken = places.iter().any(|other| same(&other.path, &path));
        places.push(Place { base, path, taken });
    }
    Ok(places)
}

/// Returns whether two paths may be one file: some file systems ignore case.
fn same(one: &Path, other: &Path) -> bool {
    let folds = cfg!(any(windows, target_vendor = "apple"));
    one == other || (folds && one.to_string_lossy().to_lowercase() == other.to_string_lossy().to_lowercase())
}

impl Common<'_> {
    fn attempt(&self, place: &Place, details: &mut Details) -> Result<Good, Failure> {
        let (base, path) = (place.base.as_str(), place.path.display());
        stop::go_on(&self.session.stop).map_err(|failure| failure.about(base))?;
        if place.taken {
            let message = format!("\"{base}\" and another BASE have the same file, {path}");
            return Err(Failure::usage(message).hint("export it by itself, with --output"));
        }
        if self.args.no_wait {
            return self.start(place, details);
        }
        if let Some(folder) = &self.args.output_dir {
            fs::create_dir_all(folder).map_err(Failure::cannot("create the folder", folder.display()))?;
        }
        let mut output = Output::open(&place.path, self.args.force)?;
        let export = self.export(place).sink(output.sink());
        let export = if is_dash(&place.path) { export.one_pass() } else { export };
        let ended = self.session.run(base, export, details);
        let exported = ended.map_err(|failure| output.explain(failure))?;
        details.exported(exported, &place.path);
        if let Some(renamed) = details.renamed() {
            self.session.screen.say(&format!("{base}: {renamed}"));
        }
        let size = Size(details.bytes.unwrap_or_default());
        Ok(Output::good(&place.path, &format!("{base}: exported to {path} ({size})")))
    }

    /// Starts an export with `--no-wait`. The file is not written, only named in the command that downloads it.
    fn start(&self, place: &Place, details: &mut Details) -> Result<Good, Failure> {
        let export = self.export(place).no_wait();
        let Accepted { resume, base, .. } = self.session.run(place.base.as_str(), export, details)?;
        details.accepted(&resume);
        details.base = base.or(details.base.take());
        let commands = self.session.advice.commands(&resume, Some(&place.path));
        let text = format!("{}: export started, task {}", place.base, resume.task);
        Ok(Good { commands, ..Good::new("accepted", text) })
    }

    fn export(&self, place: &Place) -> Run<'_, Client, kind::Export> {
        let (args, password) = (self.args, self.password.as_ref());
        self.session.export(args.workspace, &place.base, password, args.no_assets)
    }
}
