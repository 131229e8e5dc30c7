//! What a task is asked to do.

use seatable_io_proto::{
    BaseName, ContentAddress, FileName, InputError, Password, StartExport, StartImport, SynchronousExport,
};

use crate::{Call, Route};

/// A file to import as a new base.
#[derive(Clone, Debug)]
pub struct Import {
    pub(crate) start: StartImport,
    pub(crate) file: FileName,
    pub(crate) workspace: u64,
    pub(crate) wait: bool,
}

impl Import {
    /// A file of `len` bytes, sent as `file` to a workspace. Its content is the driver's business.
    ///
    /// Check a `.dtable` file before: the server makes the base before it looks at the file.
    pub fn new(workspace: u64, file: FileName, len: u64) -> Result<Self, InputError> {
        let start = StartImport::new(workspace, file.clone(), len)?;
        Ok(Self { start, file, workspace, wait: true })
    }

    /// Puts the base into a folder of the workspace (current servers; older ones ignore it).
    pub fn folder(mut self, folder: u64) -> Self {
        self.start = self.start.folder(folder);
        self
    }

    /// Whether to wait until the server is done (the default), or only until it took the file on.
    pub fn wait(mut self, wait: bool) -> Self {
        self.wait = wait;
        self
    }
}

/// A base to export as a `.dtable` file.
#[derive(Clone, Debug)]
pub struct Export {
    pub(crate) start: Option<StartExport>,
    pub(crate) synchronous: SynchronousExport,
    pub(crate) base: BaseName,
    pub(crate) workspace: u64,
    pub(crate) needs_synchronous: bool,
    pub(crate) route: Route,
    pub(crate) one_pass: bool,
}

impl Export {
    /// A base, by its workspace and name.
    pub fn new(workspace: u64, base: BaseName) -> Self {
        let start = StartExport::new(workspace, base.clone()).ok();
        Self {
            needs_synchronous: start.is_none(),
            start,
            synchronous: SynchronousExport::new(workspace, base.clone()),
            base,
            workspace,
            route: Route::default(),
            one_pass: false,
        }
    }

    /// The password of a protected base. Servers of 2020 and 2021 do not know passwords: the task ends
    /// with [`Unsupported`](crate::ErrorKind::Unsupported) there.
    pub fn password(mut self, password: Password) -> Self {
        self.synchronous = self.synchronous.password(password);
        self.needs_synchronous = true;
        self
    }

    /// Leaves the assets (files and images) out. Servers of 2020 and 2021 cannot: as for a password.
    pub fn without_assets(mut self) -> Self {
        self.synchronous = self.synchronous.ignore_assets(true);
        self.needs_synchronous = true;
        self
    }

    /// Begins with the route that an [earlier export](crate::Exported::route) from this server found.
    pub fn route(mut self, route: Route) -> Self {
        self.route = route;
        self
    }

    /// For a sink that cannot go back, as a pipe: a download that breaks after its first byte ends the task.
    pub fn one_pass(mut self) -> Self {
        self.one_pass = true;
        self
    }
}

/// What a task was made for.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// `None`: resumed, the file is not at hand.
    Import(Option<Import>),
    /// `None`: resumed, and it is not known where the base is.
    Export(Option<Export>),
    Look,
}

/// The ways to an exported file that this server may have.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    pub(crate) start: bool,
    api: bool,
    pub(crate) site: bool,
    pub(crate) synchronous: bool,
    prefer_synchronous: bool,
    /// Where content is, or was last, asked for.
    pub(crate) at: ContentAddress,
}

impl Routes {
    pub(crate) fn new(route: Route) -> Self {
        let (api, prefer_synchronous) = (route != Route::Site, route == Route::Synchronous);
        Self { start: true, api, site: true, synchronous: true, prefer_synchronous, at: ContentAddress::Api }
    }

    /// Where to fetch the file of a task first.
    pub(crate) fn address(&self) -> ContentAddress {
        if self.api { ContentAddress::Api } else { ContentAddress::Site }
    }

    /// Whether an export begins with a task.
    pub(crate) fn task_first(&self) -> bool {
        self.by_task() && !(self.prefer_synchronous && self.synchronous)
    }

    /// Whether a task's file can be had at all.
    pub(crate) fn by_task(&self) -> bool {
        self.start && (self.api || self.site)
    }

    /// This server has not what was asked for.
    pub(crate) fn strike(&mut self, call: Call) {
        match (call, self.at) {
            (Call::StartExport, _) => self.start = false,
            (Call::Content, ContentAddress::Api) => self.api = false,
            (Call::Content, ContentAddress::Site) => self.site = false,
            (Call::SynchronousExport, _) => self.synchronous = false,
            (Call::StartImport | Call::Status | Call::Cancel, _) => {}
        }
    }
}
