//! `export`: bases become files.

use std::fs;
use std::path::{Path, PathBuf};

use seatable_io_backup::default_file_name;
use seatable_io_ureq::proto::{BaseName, Password};
use seatable_io_ureq::task::{Accepted, Exported};
use seatable_io_ureq::{Client, Run, kind};

use crate::cli::{self, Global};
use crate::failure::Failure;
use crate::output::Output;
use crate::report::{CommandName, Good, Report};
use crate::session::Session;
use crate::ui::size::Size;
use crate::{batch, secret};

/// What all exports of a run share.
struct Common<'a> {
    session: &'a Session,
    args: &'a cli::Export,
    password: Option<Password>,
}

/// One base and where it is to go.
struct Place {
    base: BaseName,
    path: PathBuf,
    /// An earlier base goes there too.
    taken: bool,
}

pub(crate) fn run(global: &Global, args: &cli::Export) -> Result<u8, Failure> {
    if args.output.is_some() && args.bases.len() > 1 {
        let failure = Failure::usage("--output can only be used with a single BASE");
        return Err(failure.hint("use --output-dir for several"));
    }
    Output::check(args.output.as_deref(), global.json)?;
    let places = places(args)?;
    let password = secret::password(args.password_file.as_deref(), global)?;
    let session = Session::open(global)?;
    let common = Common { session: &session, args, password };
    Ok(batch::each(&session, &places, args.jobs.jobs, |_, place| common.one(place)))
}

fn places(args: &cli::Export) -> Result<Vec<Place>, Failure> {
    let mut places: Vec<Place> = Vec::new();
    for base in &args.bases {
        let base = BaseName::new(base).map_err(|error| Failure::from(error).about(&format!("{base:?}")))?;
        let folder = args.output_dir.as_deref().unwrap_or(Path::new(""));
        let path = args.output.clone().unwrap_or_else(|| folder.join(default_file_name(base.as_str())));
        let taken = places.iter().any(|other| same(&other.path, &path));
        places.push(Place { base, path, taken });
    }
    Ok(places)
}

/// Whether two paths may be one file: where case does not count, it does not count here.
fn same(one: &Path, other: &Path) -> bool {
    let folds = cfg!(any(windows, target_vendor = "apple"));
    one == other || (folds && one.to_string_lossy().to_lowercase() == other.to_string_lossy().to_lowercase())
}

impl Common<'_> {
    fn one(&self, place: &Place) -> Report {
        let base = place.base.as_str();
        let mut report =
            Report::new(Some(CommandName::Export), Some(base.to_owned()), Err(Failure::io("not begun")));
        report.workspace_id = Some(self.args.workspace);
        report.end = self.attempt(place, &mut report);
        report
    }

    fn attempt(&self, place: &Place, report: &mut Report) -> Result<Good, Failure> {
        self.session.go_on().map_err(|failure| failure.about(place.base.as_str()))?;
        if place.taken {
            let message =
                format!("\"{}\" and another BASE have the same file, {}", place.base, place.path.display());
            return Err(Failure::usage(message).hint("export it by itself, with --output"));
        }
        if self.args.no_wait {
            return self.start(place, report);
        }
        if let Some(folder) = &self.args.output_dir {
            fs::create_dir_all(folder).map_err(|error| {
                Failure::io(format!("cannot create the folder {}: {error}", folder.display()))
            })?;
        }
        let mut output = Output::open(&place.path, self.args.force)?;
        let export = self.export(place).sink(output.sink());
        let export = if Output::is_stdout(&place.path) { export.one_pass() } else { export };
        let ended = self.session.run(place.base.as_str(), export);
        if let Some(resume) = &ended.accepted {
            report.accepted(resume);
        }
        match ended.end {
            Ok(exported) => Ok(self.finished(place, exported, report)),
            Err(failure) => Err(output.explain(failure)),
        }
    }

    /// With `--no-wait`. Nothing is written, and the file is only named in the command that fetches it.
    fn start(&self, place: &Place, report: &mut Report) -> Result<Good, Failure> {
        let started = self.session.run(place.base.as_str(), self.export(place).no_wait()).end?;
        let Accepted { resume, base, .. } = started;
        report.accepted(&resume);
        report.base = base.or(report.base.take());
        let commands = self.session.advice.commands(&resume, Some(&place.path));
        let said = format!("{}: export started, task {}", place.base, resume.task);
        Ok(Good { commands, ..Good::new("accepted", said) })
    }

    fn finished(&self, place: &Place, exported: Exported, report: &mut Report) -> Good {
        report.exported(exported, &place.path);
        if let Some(renamed) = report.renamed() {
            self.session.screen.say(&format!("{}: {renamed}", place.base));
        }
        let size = Size(report.bytes.unwrap_or_default());
        Output::good(&place.path, &format!("{}: exported to {} ({size})", place.base, place.path.display()))
    }

    fn export(&self, place: &Place) -> Run<'_, Client, kind::Export> {
        let (args, password) = (self.args, self.password.as_ref());
        self.session.export(args.workspace, &place.base, password, args.no_assets)
    }
}
