//! What runs do.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use seatable_io_proto::{BaseName, FileName, Format, InputError, Password, Server};
use seatable_io_task::{Export, Exported, Import, Imported, Operation, Outcome, Pace, Policy, Resume};

use crate::paces::Paces;
use crate::{Error, FileSink, FileSource, seed};

/// What a [`Run`](crate::Run) does: creates a task with its files, and converts its outcome.
pub trait Job {
    /// The source of the file to send; `()` if none is sent.
    type Source;
    /// The sink of the file received; `()` if none is received.
    type Sink;
    /// What a successful run returns.
    type Output;

    /// Creates the task with its files. Nothing is sent yet.
    fn begin(self) -> Result<(Operation, Self::Source, Self::Sink), Error>;

    /// Converts the outcome of the task; `None` if another kind of task has it.
    fn output(outcome: Outcome) -> Option<Self::Output>;
}

/// Any task, with files of any kind.
#[derive(Debug)]
pub struct TaskJob<So = (), Si = ()> {
    pub(crate) task: Operation,
    pub(crate) source: So,
    pub(crate) sink: Si,
}

impl<So, Si> Job for TaskJob<So, Si> {
    type Source = So;
    type Sink = Si;
    type Output = Outcome;

    fn begin(self) -> Result<(Operation, So, Si), Error> {
        Ok((self.task, self.source, self.sink))
    }

    fn output(outcome: Outcome) -> Option<Outcome> {
        Some(outcome)
    }
}

/// What to do, on which server, with which policy.
#[derive(Clone, Debug)]
pub struct ServerJob<J> {
    pub(crate) server: Server,
    pub(crate) policy: Policy,
    pub(crate) pace: Pace,
    pub(crate) what: J,
}

impl<J> ServerJob<J> {
    pub(crate) fn new(server: &Server, paces: &Paces, what: J) -> Self {
        Self { server: server.clone(), policy: Policy::default(), pace: paces.of(server), what }
    }
}

/// Imports a file as a new base.
#[derive(Clone, Debug)]
pub struct ImportJob {
    pub(crate) workspace: u64,
    pub(crate) path: PathBuf,
    pub(crate) name: Option<String>,
    pub(crate) folder: Option<u64>,
}

impl Job for ServerJob<ImportJob> {
    type Source = FileSource;
    type Sink = ();
    type Output = Imported;

    fn begin(self) -> Result<(Operation, FileSource, ()), Error> {
        let ImportJob { workspace, path, name, folder } = self.what;
        let source = FileSource::new(&path).map_err(|error| Error::Source(error, None))?;
        let import = Import::new(workspace, file_name(&path, name.as_deref())?, source.len())?;
        let import = match folder {
            Some(folder) => import.folder(folder),
            None => import,
        };
        let task = Operation::import(self.server, import, self.policy, seed()?);
        Ok((task.paced(&self.pace), source, ()))
    }

    fn output(outcome: Outcome) -> Option<Imported> {
        match outcome {
            Outcome::Imported(imported) => Some(imported),
            _ => None,
        }
    }
}

/// The given name, or that of the file, with the extension of the file.
fn file_name(path: &Path, base: Option<&str>) -> Result<FileName, InputError> {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    match base {
        Some(base) => FileName::new(base, Format::from_file_name(name).ok_or(InputError::Format)?),
        None => name.parse(),
    }
}

/// Exports a base to a file.
#[derive(Clone, Debug)]
pub struct ExportJob {
    pub(crate) workspace: u64,
    pub(crate) base: String,
    pub(crate) path: PathBuf,
    pub(crate) password: Option<Password>,
    pub(crate) without_assets: bool,
    pub(crate) overwrite: bool,
}

impl ExportJob {
    pub(crate) fn new(workspace: u64, base: String, path: PathBuf) -> Self {
        Self { workspace, base, path, password: None, without_assets: false, overwrite: false }
    }
}

impl Job for ServerJob<ExportJob> {
    type Source = ();
    type Sink = FileSink;
    type Output = Exported;

    fn begin(self) -> Result<(Operation, (), FileSink), Error> {
        let ExportJob { workspace, base, path, password, without_assets, overwrite } = self.what;
        let mut export = Export::new(workspace, BaseName::new(base)?);
        if let Some(password) = password {
            export = export.password(password);
        }
        if without_assets {
            export = export.without_assets();
        }
        let sink = sink(path, overwrite)?;
        let task = Operation::export(self.server, export, self.policy, seed()?);
        Ok((task.paced(&self.pace), (), sink))
    }

    fn output(outcome: Outcome) -> Option<Exported> {
        match outcome {
            Outcome::Exported(exported) => Some(exported),
            _ => None,
        }
    }
}

fn sink(path: PathBuf, overwrite: bool) -> Result<FileSink, Error> {
    let sink = if overwrite { FileSink::create(path) } else { FileSink::create_new(path) };
    sink.map_err(|error| Error::Sink(error, None))
}

/// Waits for a task that was started earlier.
#[derive(Clone, Debug)]
pub struct ResumeJob {
    pub(crate) resume: Resume,
    pub(crate) path: Option<PathBuf>,
    pub(crate) overwrite: bool,
}

impl Job for ServerJob<ResumeJob> {
    type Source = ();
    type Sink = Option<FileSink>;
    type Output = Outcome;

    fn begin(self) -> Result<(Operation, (), Option<FileSink>), Error> {
        let ResumeJob { resume, path, overwrite } = self.what;
        let sink = path.map(|path| sink(path, overwrite)).transpose()?;
        let task = Operation::resume(self.server, resume, self.policy, seed()?);
        Ok((task.paced(&self.pace), (), sink))
    }

    fn output(outcome: Outcome) -> Option<Outcome> {
        Some(outcome)
    }
}

/// How a task ended that was to be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cancellation {
    /// The server has cancelled the task.
    Cancelled,
    /// The import had finished before it was cancelled, so the base remains.
    Finished,
}

/// Cancels a task that was started earlier.
#[derive(Clone, Debug)]
pub struct CancelJob(pub(crate) Resume);

impl Job for ServerJob<CancelJob> {
    type Source = ();
    type Sink = ();
    type Output = Cancellation;

    fn begin(self) -> Result<(Operation, (), ()), Error> {
        let task = Operation::cancel_existing(self.server, self.what.0, self.policy, seed()?);
        Ok((task.paced(&self.pace), (), ()))
    }

    fn output(outcome: Outcome) -> Option<Cancellation> {
        match outcome {
            Outcome::Cancelled => Some(Cancellation::Cancelled),
            Outcome::Finished => Some(Cancellation::Finished),
            _ => None,
        }
    }
}

/// The output of a successful run.
pub(crate) fn output<J: Job>(outcome: Outcome) -> Result<J::Output, Error> {
    let mismatch = || Error::Config("the outcome is that of another kind of task".to_owned());
    J::output(outcome).ok_or_else(mismatch)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use seatable_io_proto::{BaseUuid, TaskId, TaskKind, Token};
    use seatable_io_task::{Allowance, Step};
    use tempfile::{TempDir, tempdir};

    use super::*;

    fn import(folder: &TempDir) -> ImportJob {
        let path = folder.path().join("new.dtable");
        std::fs::write(&path, "x").unwrap();
        ImportJob { workspace: 1, path, name: None, folder: None }
    }

    /// The first step of a job, at the pace of an account.
    fn first<J>(what: J, pace: &Pace) -> Step
    where
        ServerJob<J>: Job,
    {
        let server = Server::new("https://example.com", Token::new("x").unwrap()).unwrap();
        let job = ServerJob { pace: pace.clone(), ..ServerJob::new(&server, &Paces::default(), what) };
        job.begin().unwrap().0.step(Duration::ZERO)
    }

    #[test]
    fn the_boundary_of_an_upload_is_never_the_same() {
        let folder = tempdir().unwrap();
        let boundary = || {
            let Step::Send(exchange) = first(import(&folder), &Pace::default()) else {
                panic!("nothing is asked")
            };
            exchange.request().headers()["content-type"].clone()
        };
        assert_ne!(boundary(), boundary());
    }

    #[test]
    fn jobs_of_every_kind_keep_to_the_pace_of_their_account() {
        let (folder, pace) = (tempdir().unwrap(), Pace::new(Allowance::default().requests(NonZeroU32::MIN)));
        let resume = || {
            let (task, base) = (TaskId::new("1").unwrap(), BaseUuid::new("u").unwrap());
            ResumeJob { resume: Resume::new(TaskKind::Import, task, base), path: None, overwrite: false }
        };
        let sent = first(resume(), &pace);
        assert!(matches!(sent, Step::Send(_)));
        let export = ExportJob::new(1, "a".to_owned(), folder.path().join("a.dtable"));
        for step in [first(resume(), &pace), first(import(&folder), &pace), first(export, &pace)] {
            assert!(matches!(step, Step::Wait(..)));
        }
    }
}
