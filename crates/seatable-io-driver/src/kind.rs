//! The kinds of [`Run`](crate::Run), each with the value that it returns.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use seatable_io_proto::{
    BaseName, BaseUuid, FileName, Format, InputError, Listing, Password, TaskId, TaskKind, TaskStatus,
};
use seatable_io_task::{Accepted, Exported, Imported, Operation, Outcome, Place, Resume, Route, Scope};

use crate::sealed::Sealed;
use crate::settings::Settings;
use crate::{Error, FileSource};

/// A kind of operation. Implemented by the types of this module only.
pub trait Kind: Sealed + Sized {
    /// The value that a successful run returns.
    type Output;
    /// The settings of the run; `()` if the operation has its own.
    #[doc(hidden)]
    type Settings;

    /// Creates the operation. Nothing is sent yet.
    #[doc(hidden)]
    fn begin(self, settings: Self::Settings) -> Result<Begun, Error>;

    /// Converts the outcome of the operation; `None` if it is that of another kind.
    #[doc(hidden)]
    fn output(outcome: Outcome) -> Option<Self::Output>;
}

/// A kind that may receive a file.
pub trait Receives: Kind {}

/// The output of a successful run.
pub(crate) fn output<K: Kind>(outcome: Outcome) -> Result<K::Output, Error> {
    K::output(outcome)
        .ok_or_else(|| io::Error::other("the outcome is that of another kind of operation").into())
}

/// An operation with the file that its kind names.
#[doc(hidden)]
#[derive(Debug)]
pub struct Begun {
    pub(crate) operation: Operation,
    pub(crate) source: Option<FileSource>,
    pub(crate) needs_sink: bool,
}

impl From<Operation> for Begun {
    fn from(operation: Operation) -> Self {
        Self { operation, source: None, needs_sink: false }
    }
}

/// Imports a file as a new base. Returns [`Imported`].
#[derive(Clone, Debug)]
pub struct Import {
    pub(crate) workspace: u64,
    pub(crate) path: PathBuf,
    /// The length of the caller's source, which is sent instead of the file.
    pub(crate) source_len: Option<u64>,
    pub(crate) name: Option<String>,
    pub(crate) folder: Option<u64>,
    pub(crate) resume: Option<Resume>,
}

impl Import {
    pub(crate) fn new(workspace: u64, path: PathBuf) -> Self {
        Self { workspace, path, source_len: None, name: None, folder: None, resume: None }
    }

    fn create(self, settings: Settings, wait: bool) -> Result<Begun, Error> {
        if let Some(resume) = self.resume {
            return Ok(resumed(settings, resume, TaskKind::Import, wait)?.into());
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
        Ok(Begun { source, ..settings.operation(Operation::import, import)?.into() })
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

/// Resumes a task, which must be of this kind.
fn resumed(settings: Settings, resume: Resume, kind: TaskKind, wait: bool) -> Result<Operation, Error> {
    if resume.kind != kind {
        let words = format!("the task to resume is an {}, not an {kind}", resume.kind);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, words).into());
    }
    let operation = settings.operation(Operation::resume, resume)?;
    Ok(if wait { operation } else { operation.no_wait() })
}

/// Exports a base to a file. Returns [`Exported`].
#[derive(Clone, Debug)]
pub struct Export {
    pub(crate) workspace: u64,
    pub(crate) base: String,
    pub(crate) password: Option<Password>,
    pub(crate) without_assets: bool,
    pub(crate) route: Route,
    pub(crate) resume: Option<Resume>,
}

impl Export {
    pub(crate) fn new(workspace: u64, base: String) -> Self {
        Self { workspace, base, password: None, without_assets: false, route: Route::default(), resume: None }
    }

    fn create(self, settings: Settings, wait: bool) -> Result<Operation, Error> {
        let base = BaseName::new(self.base)?;
        if let Some(mut resume) = self.resume {
            resume.place.get_or_insert(Place::new(self.workspace, base));
            return resumed(settings, resume, TaskKind::Export, wait);
        }
        let mut export = seatable_io_task::Export::new(self.workspace, base).route(self.route);
        if let Some(password) = self.password {
            export = export.password(password);
        }
        let export = if self.without_assets { export.without_assets() } else { export };
        let export = if wait { export } else { export.no_wait() };
        settings.operation(Operation::export, export)
    }
}

/// Exports any base of a server to a file, by its UUID. Returns [`Exported`].
#[derive(Clone, Debug)]
pub struct ExportByUuid {
    pub(crate) uuid: BaseUuid,
    pub(crate) without_assets: bool,
}

impl ExportByUuid {
    pub(crate) fn new(uuid: BaseUuid) -> Self {
        Self { uuid, without_assets: false }
    }

    fn create(self, settings: Settings) -> Result<Operation, Error> {
        let export = seatable_io_task::Export::by_uuid(self.uuid)?;
        let export = if self.without_assets { export.without_assets() } else { export };
        settings.operation(Operation::export, export)
    }
}

/// An import or export that ends when the server has started its task. Returns [`Accepted`].
#[derive(Clone, Debug)]
pub struct NoWait<K>(pub(crate) K);

/// Waits for a task that was started earlier and, if it is an export, fetches its file. Returns
/// [`Outcome::Imported`] or [`Outcome::Exported`].
#[derive(Clone, Debug)]
pub struct Resumed(pub(crate) Resume);

/// Cancels a task that was started earlier. Returns a [`Cancellation`].
#[derive(Clone, Debug)]
pub struct Cancel(pub(crate) Resume);

/// Polls a task once. Returns a [`TaskStatus`].
#[derive(Clone, Debug)]
pub struct Status(pub(crate) TaskId);

/// Lists the bases of an account or a whole server. Returns a [`Listing`].
#[derive(Clone, Debug)]
pub struct List(pub(crate) Scope);

/// Any operation, with a policy and a pace of its own. Returns its [`Outcome`].
#[derive(Debug)]
pub struct Any(pub(crate) Operation);

/// How a task ended that was to be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cancellation {
    /// The server has cancelled the task.
    Cancelled,
    /// The import had finished before it was cancelled, so the base remains.
    Finished,
}

/// Implements a kind: how it begins, and which outcomes it has.
macro_rules! kind {
    ($kind:ty => $output:ty {
        |$this:ident, $settings:ident| $begin:expr,
        $($outcome:pat => $value:expr),+ $(,)?
    }) => {
        impl Sealed for $kind {}

        impl Kind for $kind {
            type Output = $output;
            type Settings = Settings;

            fn begin(self, $settings: Settings) -> Result<Begun, Error> {
                let $this = self;
                $begin
            }

            fn output(outcome: Outcome) -> Option<$output> {
                match outcome {
                    $($outcome => Some($value),)+
                    #[allow(unreachable_patterns, reason = "some kinds have every outcome")]
                    _ => None,
                }
            }
        }
    };
}

kind!(Import => Imported {
    |import, settings| import.create(settings, true),
    Outcome::Imported(imported) => imported,
});

kind!(NoWait<Import> => Accepted {
    |import, settings| import.0.create(settings, false),
    Outcome::Accepted(accepted) => accepted,
});

kind!(Export => Exported {
    |export, settings| Ok(Begun { needs_sink: true, ..export.create(settings, true)?.into() }),
    Outcome::Exported(exported) => exported,
});

kind!(ExportByUuid => Exported {
    |export, settings| Ok(Begun { needs_sink: true, ..export.create(settings)?.into() }),
    Outcome::Exported(exported) => exported,
});

kind!(NoWait<Export> => Accepted {
    |export, settings| Ok(export.0.create(settings, false)?.into()),
    Outcome::Accepted(accepted) => accepted,
});

kind!(Resumed => Outcome {
    |resumed, settings| {
        let needs_sink = resumed.0.kind == TaskKind::Export;
        Ok(Begun { needs_sink, ..settings.operation(Operation::resume, resumed.0)?.into() })
    },
    outcome => outcome,
});

kind!(Cancel => Cancellation {
    |cancel, settings| Ok(settings.operation(Operation::cancel_existing, cancel.0)?.into()),
    Outcome::Cancelled => Cancellation::Cancelled,
    Outcome::Finished => Cancellation::Finished,
});

kind!(Status => TaskStatus {
    |status, settings| Ok(settings.operation(Operation::poll_once, status.0)?.into()),
    Outcome::Running => TaskStatus::Running,
    Outcome::Finished => TaskStatus::Finished,
});

kind!(List => Listing {
    |list, settings| Ok(settings.operation(Operation::list, list.0)?.into()),
    Outcome::Listed(listing) => listing,
});

impl Sealed for Any {}

impl Kind for Any {
    type Output = Outcome;
    type Settings = ();

    fn begin(self, (): ()) -> Result<Begun, Error> {
        Ok(self.0.into())
    }

    fn output(outcome: Outcome) -> Option<Outcome> {
        Some(outcome)
    }
}

impl Receives for Export {}
impl Receives for ExportByUuid {}
impl Receives for Resumed {}
impl Receives for Any {}

#[cfg(test)]
mod tests;
