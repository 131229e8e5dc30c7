//! What a task does.

use seatable_io_proto::{
    BaseName, BaseUuid, ContentAddress, FileName, ImportFile, InputError, Password, StartExport,
    SynchronousExport,
};
use uuid::Uuid;

use crate::Route;
use crate::phase::Phase;

/// A file to import as a new base.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    pub(crate) file: ImportFile,
    pub(crate) wait: bool,
}

impl Import {
    /// A file of `len` bytes, sent to a workspace under the name `file`.
    ///
    /// Check a `.dtable` file first: the server creates the base before it checks the file.
    pub fn new(workspace: u64, file: FileName, len: u64) -> Result<Self, InputError> {
        // The boundary is set when the task is created.
        Ok(Self { file: ImportFile::new(workspace, file, len, Uuid::nil())?, wait: true })
    }

    /// Creates the base in a folder of the workspace. Servers of 2020 and 2021 ignore it.
    pub fn folder(self, folder: u64) -> Self {
        Self { file: self.file.folder(folder), ..self }
    }

    /// Ends the task with [`Outcome::Accepted`](crate::Outcome::Accepted) as soon as the server has started to import.
    ///
    /// Current servers import `.csv` and `.xlsx` files in one request, without a task. There the task ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported) before the file is sent.
    pub fn no_wait(self) -> Self {
        Self { wait: false, ..self }
    }
}

/// A base to export as a `.dtable` file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Export {
    pub(crate) workspace: u64,
    pub(crate) base: BaseName,
    password: Option<Password>,
    without_assets: bool,
    wait: bool,
    pub(crate) route: Route,
}

impl Export {
    /// A base, by its workspace and name.
    pub fn new(workspace: u64, base: BaseName) -> Self {
        Self { workspace, base, password: None, without_assets: false, wait: true, route: Route::default() }
    }

    /// Sets the password of an encrypted base. Servers of 2020 and 2021 do not support it: there the task ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn password(self, password: Password) -> Self {
        Self { password: Some(password), ..self }
    }

    /// Leaves out the assets (files and images). Servers of 2020 and 2021 do not support it: there the task ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn without_assets(self) -> Self {
        Self { without_assets: true, ..self }
    }

    /// Ends the task with [`Outcome::Accepted`](crate::Outcome::Accepted) as soon as the server has started to export.
    ///
    /// Current servers export in one request, without a task: there the task ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn no_wait(self) -> Self {
        Self { wait: false, ..self }
    }

    /// Starts with the route of an [earlier export](crate::Exported::route) from this server, which saves requests.
    pub fn route(self, route: Route) -> Self {
        Self { route, ..self }
    }

    /// The export in one request.
    pub(crate) fn synchronous(&self) -> SynchronousExport {
        let mut call = SynchronousExport::new(self.workspace, self.base.clone());
        if let Some(password) = &self.password {
            call = call.password(password.clone());
        }
        if self.without_assets { call.without_assets() } else { call }
    }

    /// Whether only the export in one request can do this.
    pub(crate) fn needs_synchronous(&self) -> bool {
        self.password.is_some() || self.without_assets || self.base.is_dots()
    }

    pub(crate) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    pub(crate) fn is_without_assets(&self) -> bool {
        self.without_assets
    }

    /// Whether the task ends as soon as the server has started to export.
    pub(crate) fn is_no_wait(&self) -> bool {
        !self.wait
    }
}

/// An export that can be started again.
#[derive(Clone, Debug)]
pub(crate) struct Exporting {
    pub(crate) export: Export,
    /// The base that a resumed task exports, which its name may no longer belong to.
    pub(crate) uuid: Option<BaseUuid>,
    /// How many times it was started again.
    pub(crate) again: u32,
}

impl Exporting {
    pub(crate) fn new(export: Export) -> Self {
        Self { export, uuid: None, again: 0 }
    }

    /// Whether only the export by a task can do this: the export in one request does not tell which base it is.
    pub(crate) fn needs_task(&self) -> bool {
        self.export.is_no_wait() || self.uuid.is_some()
    }

    /// Whether no server can do this.
    pub(crate) fn contradicts_itself(&self) -> bool {
        self.needs_task() && self.export.needs_synchronous()
    }

    /// The call that an export starts with.
    pub(crate) fn start(self: Box<Self>, routes: &Routes) -> Phase {
        let by_task = self.needs_task() || routes.starts_with_a_task();
        if self.export.needs_synchronous() || !by_task {
            return Phase::SynchronousExport(self);
        }
        match StartExport::new(self.export.workspace, self.export.base.clone()) {
            Ok(start) => Phase::StartExport(start, self),
            Err(_) => Phase::SynchronousExport(self),
        }
    }
}

/// The routes to an exported file that this server may have.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    pub(crate) start: bool,
    pub(crate) api: bool,
    pub(crate) site: bool,
    pub(crate) synchronous: bool,
    first: Route,
}

impl Routes {
    pub(crate) fn new(route: Route) -> Self {
        Self { start: true, api: true, site: true, synchronous: true, first: route }
    }

    /// The address that the file of a task is fetched from first.
    pub(crate) fn address(&self) -> ContentAddress {
        if self.site && (self.first == Route::Site || !self.api) {
            ContentAddress::Site
        } else {
            ContentAddress::Api
        }
    }

    /// What is known of the route, if it is not the default.
    pub(crate) fn known(&self) -> Option<Route> {
        let route = if self.address() == ContentAddress::Site { Route::Site } else { self.first };
        Some(route).filter(|route| *route != Route::default())
    }

    /// Begins with this route from now on. Returns whether that is a change.
    pub(crate) fn prefer(&mut self, route: Route) -> bool {
        std::mem::replace(&mut self.first, route) != route
    }

    fn starts_with_a_task(&self) -> bool {
        self.serves_tasks() && !(self.first == Route::Synchronous && self.synchronous)
    }

    /// Whether the file of a task may be served at all.
    pub(crate) fn serves_tasks(&self) -> bool {
        self.start && (self.api || self.site)
    }

    /// The server does not serve files at this address.
    pub(crate) fn lacks(&mut self, address: ContentAddress) {
        match address {
            ContentAddress::Api => self.api = false,
            ContentAddress::Site => self.site = false,
            // The machine fetches from no other address.
            _ => {}
        }
    }
}
