//! A task on the server.

use seatable_io_proto::{Base, BaseName, BaseUuid, FileName, TaskId, TaskKind};

use crate::export::Exporting;
use crate::{Imported, Place, Reason, Resume};

/// A task on the server.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    pub(crate) task: TaskId,
    pub(crate) uuid: BaseUuid,
    pub(crate) place: Option<Place>,
    /// The base as the server described it; `None` if the task was resumed.
    pub(crate) base: Option<Base>,
    pub(crate) polls: u32,
    pub(crate) doubt: Doubt,
    pub(crate) origin: Origin,
}

/// The origin of a task on the server.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// The requested name; `None` if the task was resumed.
    Import(Option<FileName>),
    /// `None` if the task was resumed and the place of its base is not known.
    Export(Option<Box<Exporting>>),
    /// The task was started elsewhere, and is only cancelled.
    Other(TaskKind),
}

/// The end of a task that the responses since the last readable one may have reported.
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

    /// Returns how many times the export was started again.
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
    pub(crate) fn started(task: TaskId, base: Base, workspace: Option<u64>, origin: Origin) -> Box<Self> {
        let name = BaseName::new(base.name.clone()).ok();
        let place = workspace.zip(name).map(|(workspace, name)| Place::new(workspace, name));
        let uuid = base.uuid.clone();
        Box::new(Self { task, uuid, place, base: Some(base), polls: 0, doubt: Doubt::None, origin })
    }

    pub(crate) fn to_resume(&self) -> Resume {
        let mut resume = Resume::new(self.kind(), self.task.clone(), self.uuid.clone());
        resume.place.clone_from(&self.place);
        resume
    }

    pub(crate) fn imported(&self) -> Imported {
        let requested = if let Origin::Import(name) = &self.origin { name.as_ref() } else { None };
        Imported::new(self.base.clone(), Some(self.task.clone()), requested)
    }
}
