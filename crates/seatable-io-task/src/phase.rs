//! The states of a task.

use std::time::Duration;

use http::{Request, StatusCode};
use seatable_io_proto::{
    Base, BaseName, BaseUuid, Body, CancelTask, ContentAddress, Endpoint as _, ExportContent, FileName,
    FindTableImport, ImportTable, ListAdministered, ListWorkspaces, Listing, QueryStatus, ReplyError, Server,
    StartExport, StartImport, TaskId, TaskKind,
};

use crate::job::Exporting;
use crate::pace::Exported;
use crate::problem::Problem;
use crate::{Call, Export, Import, OperationError, Outcome, Reason, Resume};

/// Where a task is between two requests.
#[derive(Clone, Debug)]
pub(crate) enum State {
    // Boxed, because a task is moved often.
    Attempt(Box<Attempt>),
    Over(Box<Result<Outcome, OperationError>>),
}

impl State {
    pub(crate) fn request(phase: Phase) -> Self {
        Attempt::new(phase).into()
    }

    pub(crate) fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Attempt(attempt) => Some(attempt),
            Self::Over(_) => None,
        }
    }
}

impl From<Attempt> for State {
    fn from(attempt: Attempt) -> Self {
        Self::Attempt(Box::new(attempt))
    }
}

impl From<Result<Outcome, OperationError>> for State {
    fn from(end: Result<Outcome, OperationError>) -> Self {
        Self::Over(Box::new(end))
    }
}

/// The next request, and what earlier attempts at it leave.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) phase: Phase,
    /// When to make it; zero means at once.
    pub(crate) not_before: Duration,
    /// Retries in a row.
    pub(crate) retries: u32,
    /// How many times in a row the server was busy.
    pub(crate) busy: u32,
    /// Why it is repeated.
    pub(crate) reason: Option<Reason>,
}

impl Attempt {
    pub(crate) fn new(phase: Phase) -> Self {
        Self { phase, not_before: Duration::ZERO, retries: 0, busy: 0, reason: None }
    }

    /// Whether it waits because the server was busy.
    pub(crate) fn is_busy(&self) -> bool {
        let response = self.reason.as_ref().and_then(Reason::reply_error);
        response.is_some_and(|response| Problem::of(self.phase.call(), response) == Problem::Busy)
    }

    /// The status of the response that was a problem.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.reason.as_ref().and_then(Reason::reply_error).map(ReplyError::status)
    }
}

/// What to request next, with what is known only in this state.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    FindTableImport(Box<Import>),
    ImportTable(Box<Import>),
    StartImport(Box<Import>),
    StartExport(StartExport, Box<Exporting>),
    SynchronousExport(Box<Exporting>),
    QueryStatus(Box<Remote>),
    ExportContent(Box<Remote>, ContentAddress),
    /// The poll before an import is cancelled: it may have finished already.
    QueryStatusBeforeCancel(Box<Remote>),
    CancelTask(Box<Remote>),
    /// The poll after an import was cancelled: it shows whether the server has deleted the base.
    QueryStatusAfterCancel(Box<Remote>),
    QueryStatusOnce(TaskId, Doubt),
    /// `shared`: also list what others shared.
    ListAdministered {
        shared: bool,
    },
    /// With what is already known.
    ListWorkspaces(ListWorkspaces, Listing),
}

/// A task on the server.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    pub(crate) task: TaskId,
    pub(crate) uuid: BaseUuid,
    pub(crate) place: Option<(u64, BaseName)>,
    /// The server's record of the base; `None` if the task was resumed.
    pub(crate) base: Option<Base>,
    pub(crate) polls: u32,
    pub(crate) doubt: Doubt,
    pub(crate) origin: Origin,
}

/// What a task on the server came from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// With the name that was requested; `None` if the task was resumed.
    Import(Option<FileName>),
    /// `None` if the task was resumed and the place of its base is not known.
    Export(Option<Box<Exporting>>),
    /// The task was started elsewhere, and is only cancelled.
    Other(TaskKind),
}

/// What the responses since the last readable one may have said about the end of a task.
#[derive(Clone, Debug, Default)]
pub(crate) enum Doubt {
    #[default]
    None,
    /// That the task failed, for this reason.
    Failed(Reason),
    /// Anything: a response was lost.
    Lost,
}

impl Doubt {
    pub(crate) fn may_have_failed(&mut self, reason: &Reason) {
        if !matches!(self, Self::Lost) {
            *self = Self::Failed(reason.clone());
        }
    }
}

impl Remote {
    pub(crate) fn kind(&self) -> TaskKind {
        match self.origin {
            Origin::Import(_) => TaskKind::Import,
            Origin::Export(_) => TaskKind::Export,
            Origin::Other(kind) => kind,
        }
    }

    /// How many times the export was started again.
    pub(crate) fn again(&self) -> u32 {
        match &self.origin {
            Origin::Export(Some(exporting)) => exporting.again,
            _ => 0,
        }
    }

    pub(crate) fn resumed(resume: Resume, origin: Origin) -> Box<Self> {
        let Resume { task, base, place, .. } = resume;
        Box::new(Self { task, uuid: base, place, base: None, polls: 0, doubt: Doubt::None, origin })
    }

    /// A task that the server has just started.
    pub(crate) fn started(task: TaskId, base: Base, workspace: u64, origin: Origin) -> Box<Self> {
        let place = BaseName::new(base.name.clone()).ok().map(|name| (workspace, name));
        let uuid = base.uuid.clone();
        Box::new(Self { task, uuid, place, base: Some(base), polls: 0, doubt: Doubt::None, origin })
    }

    pub(crate) fn to_resume(&self) -> Resume {
        let mut resume = Resume::new(self.kind(), self.task.clone(), self.uuid.clone());
        resume.place.clone_from(&self.place);
        resume
    }
}

impl Phase {
    pub(crate) fn call(&self) -> Call {
        match self {
            Self::FindTableImport(_) => Call::FindTableImport,
            Self::ImportTable(_) => Call::ImportTable,
            Self::StartImport(_) => Call::StartImport,
            Self::StartExport(..) => Call::StartExport,
            Self::SynchronousExport(_) => Call::SynchronousExport,
            Self::QueryStatus(_)
            | Self::QueryStatusBeforeCancel(_)
            | Self::QueryStatusAfterCancel(_)
            | Self::QueryStatusOnce(..) => Call::QueryStatus,
            Self::ExportContent(..) => Call::ExportContent,
            Self::CancelTask(..) => Call::CancelTask,
            Self::ListAdministered { .. } => Call::ListAdministered,
            Self::ListWorkspaces(..) => Call::ListWorkspaces,
        }
    }

    /// The call whose turn the request takes: the polls around the request to cancel are as urgent as that one.
    pub(crate) fn paced_as(&self) -> Call {
        match self {
            Self::QueryStatusBeforeCancel(_) | Self::QueryStatusAfterCancel(_) => Call::CancelTask,
            phase => phase.call(),
        }
    }

    pub(crate) fn request(&self, server: &Server) -> Request<Body> {
        match self {
            Self::FindTableImport(import) => FindTableImport::new(import.file.workspace()).request(server),
            Self::ImportTable(import) => ImportTable::new(import.file.clone()).request(server),
            Self::StartImport(import) => StartImport::new(import.file.clone()).request(server),
            Self::StartExport(start, _) => start.request(server),
            Self::SynchronousExport(exporting) => exporting.export.synchronous().request(server),
            Self::QueryStatus(remote)
            | Self::QueryStatusBeforeCancel(remote)
            | Self::QueryStatusAfterCancel(remote) => QueryStatus::new(remote.task.clone()).request(server),
            Self::QueryStatusOnce(task, _) => QueryStatus::new(task.clone()).request(server),
            Self::ListAdministered { .. } => ListAdministered.request(server),
            Self::ListWorkspaces(list, _) => list.request(server),
            Self::ExportContent(remote, address) => {
                ExportContent::new(remote.task.clone(), remote.uuid.clone(), *address).request(server)
            }
            Self::CancelTask(remote) => {
                CancelTask::new(remote.task.clone(), remote.uuid.clone(), remote.kind()).request(server)
            }
        }
    }

    /// The task on the server, if there is one.
    pub(crate) fn remote(&self) -> Option<&Remote> {
        match self {
            Self::QueryStatus(remote)
            | Self::ExportContent(remote, _)
            | Self::QueryStatusBeforeCancel(remote)
            | Self::CancelTask(remote)
            | Self::QueryStatusAfterCancel(remote) => Some(remote),
            _ => None,
        }
    }

    /// The export that has not started yet.
    pub(crate) fn export(&self) -> Option<&Export> {
        match self {
            Self::StartExport(_, exporting) | Self::SynchronousExport(exporting) => Some(&exporting.export),
            _ => None,
        }
    }

    /// Whether the task ends as soon as the server has started it.
    pub(crate) fn is_no_wait(&self) -> bool {
        match self {
            Self::FindTableImport(import) => !import.wait,
            phase => phase.export().is_some_and(Export::is_no_wait),
        }
    }

    /// The workspace of the base, if it is known.
    pub(crate) fn workspace(&self) -> Option<u64> {
        match self {
            Self::FindTableImport(import) | Self::ImportTable(import) | Self::StartImport(import) => {
                Some(import.file.workspace())
            }
            phase => match phase.export() {
                Some(export) => Some(export.workspace),
                None => phase.remote()?.place.as_ref().map(|(workspace, _)| *workspace),
            },
        }
    }

    /// The base, while it is exported.
    pub(crate) fn exported(&self) -> Option<Exported> {
        match self {
            Self::StartExport(_, exporting) | Self::SynchronousExport(exporting) => {
                Some(Exported::Named(exporting.export.workspace, exporting.export.base.clone()))
            }
            Self::QueryStatus(remote) if matches!(remote.origin, Origin::Export(_)) => {
                Some(match &remote.place {
                    Some((workspace, base)) => Exported::Named(*workspace, base.clone()),
                    None => Exported::Uuid(remote.uuid.clone()),
                })
            }
            _ => None,
        }
    }

    /// Whether it concerns an import on the server.
    pub(crate) fn imports(&self) -> bool {
        self.remote().is_some_and(|remote| remote.kind() == TaskKind::Import)
    }

    /// What answers to the polls of this phase may have said.
    pub(crate) fn doubt(&mut self) -> Option<&mut Doubt> {
        match self {
            Self::QueryStatus(remote)
            | Self::QueryStatusBeforeCancel(remote)
            | Self::QueryStatusAfterCancel(remote) => Some(&mut remote.doubt),
            Self::QueryStatusOnce(_, doubt) => Some(doubt),
            _ => None,
        }
    }

    /// The request that cancels a task on the server.
    pub(crate) fn cancels(self) -> State {
        match self {
            Self::QueryStatus(remote) | Self::QueryStatusBeforeCancel(remote) => {
                State::request(Self::CancelTask(remote))
            }
            phase => State::request(phase),
        }
    }

    /// Whether the response is the file.
    pub(crate) fn fetches(&self) -> bool {
        matches!(self, Self::ExportContent(..) | Self::SynchronousExport(_))
    }

    /// The export that can be started again, if `may` allows it.
    pub(crate) fn into_exporting(self, may: impl Fn(&Exporting) -> bool) -> Result<Box<Exporting>, Self> {
        match self {
            Self::SynchronousExport(exporting) if may(&exporting) => Ok(exporting),
            Self::ExportContent(remote, address) => match *remote {
                Remote { origin: Origin::Export(Some(exporting)), .. } if may(&exporting) => Ok(exporting),
                remote => Err(Self::ExportContent(Box::new(remote), address)),
            },
            phase => Err(phase),
        }
    }
}
