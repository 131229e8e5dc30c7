//! The export of a base.

use seatable_io_proto::{BaseName, BaseUuid, Password, SynchronousExport};

use crate::Route;

/// A base to export as a `.dtable` file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Export {
    pub(crate) workspace: u64,
    pub(crate) base: BaseName,
    pub(crate) password: Option<Password>,
    pub(crate) without_assets: bool,
    pub(crate) wait: bool,
    pub(crate) route: Route,
}

impl Export {
    /// Exports a base, by its workspace and name.
    pub fn new(workspace: u64, base: BaseName) -> Self {
        Self { workspace, base, password: None, without_assets: false, wait: true, route: Route::default() }
    }

    /// Sets the password of an encrypted base. 2020 and 2021 servers do not support it: there the operation ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn password(self, password: Password) -> Self {
        Self { password: Some(password), ..self }
    }

    /// Leaves out the assets (files and images). 2020 and 2021 servers do not support it: there the operation ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn without_assets(self) -> Self {
        Self { without_assets: true, ..self }
    }

    /// Ends the operation with [`Outcome::Accepted`](crate::Outcome::Accepted) as soon as the server has started to export.
    ///
    /// Current servers export in one request, without a task: there the operation ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn no_wait(self) -> Self {
        Self { wait: false, ..self }
    }

    /// Starts with the route of an [earlier export](crate::Exported::route) from this server, which saves requests.
    pub fn route(self, route: Route) -> Self {
        Self { route, ..self }
    }

    /// Returns the call that exports in one request.
    pub(crate) fn synchronous(&self) -> SynchronousExport {
        let mut call = SynchronousExport::new(self.workspace, self.base.clone());
        if let Some(password) = &self.password {
            call = call.password(password.clone());
        }
        if self.without_assets { call.without_assets() } else { call }
    }

    /// Returns whether only the export in one request can do this.
    pub(crate) fn needs_synchronous(&self) -> bool {
        self.password.is_some() || self.without_assets || self.base.is_dots()
    }
}

/// An export that can be started again.
#[derive(Clone, Debug)]
pub(crate) struct Exporting {
    pub(crate) export: Export,
    /// The base of a resumed task, which its name may no longer belong to.
    pub(crate) uuid: Option<BaseUuid>,
    /// How many times it was started again.
    pub(crate) again: u32,
}

impl Exporting {
    pub(crate) fn new(export: Export) -> Self {
        Self { export, uuid: None, again: 0 }
    }

    /// Returns whether only the export by a task can do this: the export in one request does not show which base it is.
    pub(crate) fn needs_task(&self) -> bool {
        !self.export.wait || self.uuid.is_some()
    }

    /// Returns whether no server can do this.
    pub(crate) fn contradicts_itself(&self) -> bool {
        self.needs_task() && self.export.needs_synchronous()
    }
}
