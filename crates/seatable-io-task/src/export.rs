//! The export of a base.

use http::Request;
use seatable_io_proto::{
    BaseName, BaseUuid, Body, Endpoint as _, ExportByUuid, InputError, Password, Server, StartExport,
    SynchronousExport,
};

use crate::{Call, Place, Route};

/// A base to export as a `.dtable` file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Export {
    pub(crate) target: Target,
    pub(crate) password: Option<Password>,
    pub(crate) without_assets: bool,
    pub(crate) wait: bool,
    pub(crate) route: Route,
}

/// The base of an export.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Place(Place),
    Uuid(ExportByUuid),
}

impl Export {
    /// Exports a base, by its workspace and name.
    pub fn new(workspace: u64, base: BaseName) -> Self {
        Self::of(Target::Place(Place::new(workspace, base)))
    }

    /// Exports any base of a server, by its UUID. The token must be that of an administrator of the server, and no password is needed
    /// ([fact 27](seatable_io_proto::facts)). Only current servers support it: on others the operation ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported), as it does everywhere with a [`password`](Self::password) or
    /// [`no_wait`](Self::no_wait).
    ///
    /// # Errors
    ///
    /// [`InputError::DotsAsUuid`] for the UUID `.` or `..`.
    pub fn by_uuid(uuid: BaseUuid) -> Result<Self, InputError> {
        Ok(Self::of(Target::Uuid(ExportByUuid::new(uuid)?)))
    }

    fn of(target: Target) -> Self {
        Self { target, password: None, without_assets: false, wait: true, route: Route::default() }
    }

    /// Sets the password of an encrypted base. 2020 and 2021 servers do not support it: there the operation ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn password(self, password: Password) -> Self {
        Self { password: Some(password), ..self }
    }

    /// Leaves out the assets (files and images). 2020 and 2021 servers do not support it: there the operation ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    #[doc(alias = "ignore_asset")]
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

    /// Returns the place of the base, unless it is exported by its UUID.
    pub(crate) fn place(&self) -> Option<&Place> {
        if let Target::Place(place) = &self.target { Some(place) } else { None }
    }

    /// Returns the call that starts a task, if the base can be exported by one.
    pub(crate) fn start(&self) -> Option<StartExport> {
        let place = self.place().filter(|_| !self.needs_synchronous())?;
        StartExport::new(place.workspace, place.name.clone()).ok()
    }

    /// Returns the call that exports in one request.
    pub(crate) fn call(&self) -> Call {
        match self.target {
            Target::Place(_) => Call::SynchronousExport,
            Target::Uuid(_) => Call::ExportByUuid,
        }
    }

    /// Returns the request that exports in one.
    pub(crate) fn request(&self, server: &Server) -> Request<Body> {
        match &self.target {
            Target::Place(place) => self.synchronous(place).request(server),
            Target::Uuid(call) if self.without_assets => call.clone().without_assets().request(server),
            Target::Uuid(call) => call.request(server),
        }
    }

    fn synchronous(&self, place: &Place) -> SynchronousExport {
        let mut call = SynchronousExport::new(place.workspace, place.name.clone());
        if let Some(password) = &self.password {
            call = call.password(password.clone());
        }
        if self.without_assets { call.without_assets() } else { call }
    }

    /// Returns whether only the export in one request can do this.
    pub(crate) fn needs_synchronous(&self) -> bool {
        let by_name = self.place().is_some_and(|place| !place.name.is_dots());
        self.password.is_some() || self.without_assets || !by_name
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
        let has_useless_password = self.export.password.is_some() && self.export.place().is_none();
        has_useless_password || self.needs_task() && self.export.needs_synchronous()
    }
}
