//! The kinds of [`Run`](crate::Run), each with the value that it returns.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use seatable_io_proto::{
    BaseName, FileName, Format, InputError, Listing, Password, TaskId, TaskKind, TaskStatus,
};
use seatable_io_task::{Accepted, Exported, Imported, Operation, Outcome, Place, Resume, Route, Shared};

use crate::file::no_sink;
use crate::run::Settings;
use crate::sealed::Sealed;
use crate::{Error, FileSink, FileSource};

/// A kind of operation. Implemented by the types of this module only.
pub trait Kind: Sealed + Sized {
    /// The value that a successful run returns.
    type Output;

    /// Creates the operation with its files. Nothing is sent yet. `has_sink`: the caller has a sink of its own.
    #[doc(hidden)]
    fn begin(self, has_sink: bool) -> Result<Begun, Error>;

    /// Converts the outcome of the operation; `None` if it is that of another kind.
    #[doc(hidden)]
    fn output(outcome: Outcome) -> Option<Self::Output>;
}

/// A kind whose operation is created from the settings of its run.
pub trait ToServer: Kind {
    #[doc(hidden)]
    fn settings(&mut self) -> &mut Settings;
}

/// A kind that may receive a file.
pub trait Receives: Kind {}

/// A kind that may save a file at a path.
pub trait Saves: ToServer + Receives {
    #[doc(hidden)]
    fn destination(&mut self) -> &mut Destination;
}

/// The output of a successful run.
pub(crate) fn output<K: Kind>(outcome: Outcome) -> Result<K::Output, Error> {
    K::output(outcome)
        .ok_or_else(|| io::Error::other("the outcome is that of another kind of operation").into())
}

/// An operation with the files that its kind names.
#[derive(Debug)]
pub struct Begun {
    pub(crate) operation: Operation,
    pub(crate) source: Option<FileSource>,
    pub(crate) sink: Option<FileSink>,
}

impl Begun {
    fn without_files(operation: Operation) -> Self {
        Self { operation, source: None, sink: None }
    }
}

/// Where a file is saved.
#[derive(Clone, Debug, Default)]
pub struct Destination {
    pub(crate) path: Option<PathBuf>,
    pub(crate) overwrite: bool,
}

impl Destination {
    fn sink(self, has_sink: bool) -> Result<Option<FileSink>, Error> {
        let Some(path) = self.path.filter(|_| !has_sink) else { return Ok(None) };
        let sink = if self.overwrite { FileSink::create(path) } else { FileSink::create_new(path) };
        sink.map(Some).map_err(Error::from_sink)
    }

    /// The sink of an export, which must have one.
    fn sink_of_export(self, has_sink: bool) -> Result<Option<FileSink>, Error> {
        let sink = self.sink(has_sink)?;
        if sink.is_none() && !has_sink { Err(Error::from_sink(no_sink())) } else { Ok(sink) }
    }
}

/// Imports a file as a new base. Returns [`Imported`].
#[derive(Clone, Debug)]
pub struct Import {
    pub(crate) settings: Settings,
    pub(crate) workspace: u64,
    pub(crate) path: PathBuf,
    /// The length of the caller's source, which is sent instead of the file.
    pub(crate) source_len: Option<u64>,
    pub(crate) name: Option<String>,
    pub(crate) folder: Option<u64>,
    pub(crate) resume: Option<Resume>,
}

impl Import {
    pub(crate) fn new(settings: Settings, workspace: u64, path: PathBuf) -> Self {
        Self { settings, workspace, path, source_len: None, name: None, folder: None, resume: None }
    }

    fn create(self, wait: bool) -> Result<Begun, Error> {
        if let Some(resume) = self.resume {
            return resumed(self.settings, resume, TaskKind::Import).map(Begun::without_files);
        }
        let source = match self.source_len {
            Some(_) => None,
            None => Some(FileSource::new(&self.path).map_err(Error::from_source)?),
        };
        let len = self.source_len.or(source.as_ref().map(FileSource::len)).unwrap_or_default();
        let name = file_name(&self.path, self.name.as_deref())?;
        let mut import = seatable_io_task::Import::new(self.workspace, name, len)?;
        if let Some(folder) = self.folder {
            import = import.folder(folder);
        }
        let import = if wait { import } else { import.no_wait() };
        let create = |server, policy, seed| Operation::import(server, import, policy, seed);
        Ok(Begun { operation: self.settings.operation(create)?, source, sink: None })
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

/// Waits for a task, which must be of this kind.
fn resumed(settings: Settings, resume: Resume, kind: TaskKind) -> Result<Operation, Error> {
    if resume.kind != kind {
        let words = format!("the task to resume is an {}, not an {kind}", resume.kind);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, words).into());
    }
    settings.operation(|server, policy, seed| Operation::resume(server, resume, policy, seed))
}

impl Kind for Import {
    type Output = Imported;

    fn begin(self, _: bool) -> Result<Begun, Error> {
        self.create(true)
    }

    fn output(outcome: Outcome) -> Option<Imported> {
        match outcome {
            Outcome::Imported(imported) => Some(imported),
            _ => None,
        }
    }
}

/// Exports a base to a file. Returns [`Exported`].
#[derive(Clone, Debug)]
pub struct Export {
    pub(crate) settings: Settings,
    pub(crate) workspace: u64,
    pub(crate) base: String,
    pub(crate) destination: Destination,
    pub(crate) password: Option<Password>,
    pub(crate) without_assets: bool,
    pub(crate) route: Route,
    pub(crate) resume: Option<Resume>,
}

impl Export {
    pub(crate) fn new(settings: Settings, workspace: u64, base: String) -> Self {
        let (destination, route) = (Destination::default(), Route::default());
        Self {
            settings,
            workspace,
            base,
            destination,
            password: None,
            without_assets: false,
            route,
            resume: None,
        }
    }

    fn create(self, wait: bool) -> Result<Operation, Error> {
        let base = BaseName::new(self.base)?;
        if let Some(mut resume) = self.resume {
            resume.place.get_or_insert(Place::new(self.workspace, base));
            return resumed(self.settings, resume, TaskKind::Export);
        }
        let mut export = seatable_io_task::Export::new(self.workspace, base).route(self.route);
        if let Some(password) = self.password {
            export = export.password(password);
        }
        let export = if self.without_assets { export.without_assets() } else { export };
        let export = if wait { export } else { export.no_wait() };
        self.settings.operation(|server, policy, seed| Operation::export(server, export, policy, seed))
    }
}

impl Kind for Export {
    type Output = Exported;

    fn begin(mut self, has_sink: bool) -> Result<Begun, Error> {
        let destination = std::mem::take(&mut self.destination);
        let operation = self.create(true)?;
        Ok(Begun { operation, source: None, sink: destination.sink_of_export(has_sink)? })
    }

    fn output(outcome: Outcome) -> Option<Exported> {
        match outcome {
            Outcome::Exported(exported) => Some(exported),
            _ => None,
        }
    }
}

/// An import or export that ends when the server has started its task. Returns [`Accepted`].
#[derive(Clone, Debug)]
pub struct NoWait<K>(pub(crate) K);

impl Kind for NoWait<Import> {
    type Output = Accepted;

    fn begin(self, _: bool) -> Result<Begun, Error> {
        self.0.create(false)
    }

    fn output(outcome: Outcome) -> Option<Accepted> {
        accepted(outcome)
    }
}

impl Kind for NoWait<Export> {
    type Output = Accepted;

    fn begin(self, _: bool) -> Result<Begun, Error> {
        self.0.create(false).map(Begun::without_files)
    }

    fn output(outcome: Outcome) -> Option<Accepted> {
        accepted(outcome)
    }
}

fn accepted(outcome: Outcome) -> Option<Accepted> {
    match outcome {
        Outcome::Accepted(accepted) => Some(accepted),
        _ => None,
    }
}

/// Waits for a task that was started earlier and, if it is an export, fetches its file. Returns
/// [`Outcome::Imported`] or [`Outcome::Exported`].
#[derive(Clone, Debug)]
pub struct Resumed {
    pub(crate) settings: Settings,
    pub(crate) resume: Resume,
    pub(crate) destination: Destination,
}

impl Kind for Resumed {
    type Output = Outcome;

    fn begin(self, has_sink: bool) -> Result<Begun, Error> {
        let sink = match self.resume.kind {
            TaskKind::Export => self.destination.sink_of_export(has_sink)?,
            TaskKind::Import => None,
        };
        let kind = self.resume.kind;
        Ok(Begun { operation: resumed(self.settings, self.resume, kind)?, source: None, sink })
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

/// Cancels a task that was started earlier. Returns a [`Cancellation`].
#[derive(Clone, Debug)]
pub struct Cancel {
    pub(crate) settings: Settings,
    pub(crate) resume: Resume,
}

impl Kind for Cancel {
    type Output = Cancellation;

    fn begin(self, _: bool) -> Result<Begun, Error> {
        let create = |server, policy, seed| Operation::cancel_existing(server, self.resume, policy, seed);
        self.settings.operation(create).map(Begun::without_files)
    }

    fn output(outcome: Outcome) -> Option<Cancellation> {
        match outcome {
            Outcome::Cancelled => Some(Cancellation::Cancelled),
            Outcome::Finished => Some(Cancellation::Finished),
            _ => None,
        }
    }
}

/// Polls a task once. Returns a [`TaskStatus`].
#[derive(Clone, Debug)]
pub struct Status {
    pub(crate) settings: Settings,
    pub(crate) task: TaskId,
}

impl Kind for Status {
    type Output = TaskStatus;

    fn begin(self, _: bool) -> Result<Begun, Error> {
        let create = |server, policy, seed| Operation::poll_once(server, self.task, policy, seed);
        self.settings.operation(create).map(Begun::without_files)
    }

    fn output(outcome: Outcome) -> Option<TaskStatus> {
        match outcome {
            Outcome::Running => Some(TaskStatus::Running),
            Outcome::Finished => Some(TaskStatus::Finished),
            _ => None,
        }
    }
}

/// Lists the bases of an account. Returns a [`Listing`].
#[derive(Clone, Debug)]
pub struct List {
    pub(crate) settings: Settings,
    pub(crate) shared: Shared,
}

impl Kind for List {
    type Output = Listing;

    fn begin(self, _: bool) -> Result<Begun, Error> {
        let create = |server, policy, seed| Operation::list(server, self.shared, policy, seed);
        self.settings.operation(create).map(Begun::without_files)
    }

    fn output(outcome: Outcome) -> Option<Listing> {
        match outcome {
            Outcome::Listed(listing) => Some(listing),
            _ => None,
        }
    }
}

/// Any operation, with a policy and a pace of its own. Returns its [`Outcome`].
#[derive(Debug)]
pub struct Any(pub(crate) Operation);

impl Kind for Any {
    type Output = Outcome;

    fn begin(self, _: bool) -> Result<Begun, Error> {
        Ok(Begun::without_files(self.0))
    }

    fn output(outcome: Outcome) -> Option<Outcome> {
        Some(outcome)
    }
}

macro_rules! to_server {
    ($($kind:ty: $settings:ident $(. $more:ident)*),*) => {$(
        impl ToServer for $kind {
            fn settings(&mut self) -> &mut Settings {
                &mut self.$settings$(.$more)*
            }
        }

        impl Sealed for $kind {}
    )*};
}

to_server!(Import: settings, Export: settings, Resumed: settings, Cancel: settings, Status: settings, List: settings);

impl<K: ToServer> ToServer for NoWait<K>
where
    Self: Kind,
{
    fn settings(&mut self) -> &mut Settings {
        self.0.settings()
    }
}

impl<K> Sealed for NoWait<K> {}
impl Sealed for Any {}

impl Receives for Export {}
impl Receives for Resumed {}
impl Receives for Any {}

impl Saves for Export {
    fn destination(&mut self) -> &mut Destination {
        &mut self.destination
    }
}

impl Saves for Resumed {
    fn destination(&mut self) -> &mut Destination {
        &mut self.destination
    }
}

#[cfg(test)]
mod tests;
