//! The next request of an operation, with the data that belongs to it.

use http::Request;
use seatable_io_proto::{
    Body, CancelTask, ContentAddress, Endpoint as _, ExportContent, FindTableImport, ImportTable,
    ListAdministered, ListWorkspaces, Listing, QueryStatus, Server, StartExport, StartImport, TaskId,
    TaskKind,
};

use crate::export::{Exporting, Target};
use crate::pace::BaseKey;
use crate::pages::Pages;
use crate::remote::{Doubt, Origin, Remote};
use crate::{Call, Export, Import};

/// The next request, with the data that belongs to it.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    FindTableImport(Box<Import>),
    ImportTable(Box<Import>),
    StartImport(Box<Import>),
    StartExport(StartExport, Box<Exporting>),
    /// By the place of the base or by its UUID, which are two calls.
    SynchronousExport(Box<Exporting>),
    QueryStatus(Box<Remote>),
    ExportContent(Box<Remote>, ContentAddress),
    /// The poll before an import is cancelled: it may have finished already.
    QueryStatusBeforeCancel(Box<Remote>),
    CancelTask(Box<Remote>),
    /// The poll after an import was cancelled: it shows whether the server has deleted the base.
    QueryStatusAfterCancel(Box<Remote>),
    QueryStatusOnce(TaskId, Doubt),
    ListAdministered {
        with_shared: bool,
    },
    /// With the listing so far.
    ListWorkspaces(ListWorkspaces, Listing),
    ListServerBases(Box<Pages>),
}

impl Phase {
    pub(crate) fn call(&self) -> Call {
        match self {
            Self::FindTableImport(_) => Call::FindTableImport,
            Self::ImportTable(_) => Call::ImportTable,
            Self::StartImport(_) => Call::StartImport,
            Self::StartExport(..) => Call::StartExport,
            Self::SynchronousExport(exporting) => exporting.export.call(),
            Self::QueryStatus(_)
            | Self::QueryStatusBeforeCancel(_)
            | Self::QueryStatusAfterCancel(_)
            | Self::QueryStatusOnce(..) => Call::QueryStatus,
            Self::ExportContent(..) => Call::ExportContent,
            Self::CancelTask(..) => Call::CancelTask,
            Self::ListAdministered { .. } => Call::ListAdministered,
            Self::ListWorkspaces(..) => Call::ListWorkspaces,
            Self::ListServerBases(_) => Call::ListServerBases,
        }
    }

    /// Returns the call whose turn the request takes: the polls around the request to cancel are as urgent as that one.
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
            Self::SynchronousExport(exporting) => exporting.export.request(server),
            Self::QueryStatus(remote)
            | Self::QueryStatusBeforeCancel(remote)
            | Self::QueryStatusAfterCancel(remote) => QueryStatus::new(remote.task.clone()).request(server),
            Self::QueryStatusOnce(task, _) => QueryStatus::new(task.clone()).request(server),
            Self::ListAdministered { .. } => ListAdministered.request(server),
            Self::ListWorkspaces(list, _) => list.request(server),
            Self::ListServerBases(pages) => pages.request(server),
            Self::ExportContent(remote, address) => {
                ExportContent::new(remote.task.clone(), remote.uuid.clone(), *address).request(server)
            }
            Self::CancelTask(remote) => {
                CancelTask::new(remote.task.clone(), remote.uuid.clone(), remote.kind()).request(server)
            }
        }
    }

    /// Returns the task on the server, if there is one.
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

    /// Returns the export that has not started yet.
    pub(crate) fn export(&self) -> Option<&Export> {
        match self {
            Self::StartExport(_, exporting) | Self::SynchronousExport(exporting) => Some(&exporting.export),
            _ => None,
        }
    }

    /// Returns whether the operation ends as soon as the server has started its task.
    pub(crate) fn is_no_wait(&self) -> bool {
        match self {
            Self::FindTableImport(import) => !import.wait,
            phase => phase.export().is_some_and(|export| !export.wait),
        }
    }

    /// Returns the workspace of the base, if it is known.
    pub(crate) fn workspace(&self) -> Option<u64> {
        match self {
            Self::FindTableImport(import) | Self::ImportTable(import) | Self::StartImport(import) => {
                Some(import.file.workspace())
            }
            phase => match phase.export() {
                Some(export) => export.place().map(|place| place.workspace),
                None => phase.remote()?.place.as_ref().map(|place| place.workspace),
            },
        }
    }

    /// Returns the base that is exported, if it is.
    pub(crate) fn base_key(&self) -> Option<BaseKey> {
        let named = |export: &Export| match &export.target {
            Target::Place(place) => BaseKey::Place(place.clone()),
            Target::Uuid(call) => BaseKey::Uuid(call.uuid().clone()),
        };
        match self {
            Self::QueryStatus(remote) if remote.kind() == TaskKind::Export => Some(match &remote.place {
                Some(place) => BaseKey::Place(place.clone()),
                None => BaseKey::Uuid(remote.uuid.clone()),
            }),
            phase => phase.export().map(named),
        }
    }

    /// Returns whether it concerns an import on the server.
    pub(crate) fn imports(&self) -> bool {
        self.remote().is_some_and(|remote| remote.kind() == TaskKind::Import)
    }

    /// Returns the doubt that the responses to the polls of this phase leave.
    pub(crate) fn doubt(&mut self) -> Option<&mut Doubt> {
        match self {
            Self::QueryStatus(remote)
            | Self::QueryStatusBeforeCancel(remote)
            | Self::QueryStatusAfterCancel(remote) => Some(&mut remote.doubt),
            Self::QueryStatusOnce(_, doubt) => Some(doubt),
            _ => None,
        }
    }

    /// Returns the phase that cancels the task that is polled.
    pub(crate) fn cancels(self) -> Self {
        match self {
            Self::QueryStatus(remote) | Self::QueryStatusBeforeCancel(remote) => Self::CancelTask(remote),
            phase => phase,
        }
    }

    /// Returns whether the response is the file.
    pub(crate) fn fetches(&self) -> bool {
        matches!(self, Self::ExportContent(..) | Self::SynchronousExport(_))
    }

    /// Returns the export that can be started again, if `may` allows it.
    pub(crate) fn into_exporting(self, may: impl Fn(&Exporting) -> bool) -> Result<Box<Exporting>, Self> {
        match self {
            Self::StartExport(_, exporting) | Self::SynchronousExport(exporting) if may(&exporting) => {
                Ok(exporting)
            }
            Self::ExportContent(remote, address) => match *remote {
                Remote { origin: Origin::Export(Some(exporting)), .. } if may(&exporting) => Ok(exporting),
                remote => Err(Self::ExportContent(Box::new(remote), address)),
            },
            phase => Err(phase),
        }
    }
}
