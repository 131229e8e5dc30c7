use std::fmt;
use std::path::PathBuf;

use seatable_io_proto::Password;
use seatable_io_task::{Pace, Policy, Resume, Route};

use crate::kind::{Begun, Export, ExportByUuid, Import, Kind, NoWait, Receives};
use crate::sealed::Sealed;
use crate::settings::{Destination, Settings};
use crate::{Error, FileSink};

/// The types that a run calls, blocking or async. Only the two clients implement it.
pub trait Mode: Sealed {
    /// Reads the file to send.
    type Source<'c>;
    /// Stores the file received.
    type Sink<'c>;
    /// Is called with every event.
    type Watch<'c>;
    /// Is called with each task that the server has started.
    type OnAccepted<'c>;
    /// Stops the run early.
    type Until<'c>;
}

/// An operation with its files and events, ready to run. The methods of a client return it.
///
/// `C` is the client, and `K` the [kind](crate::kind) of operation.
#[must_use = "nothing happens until `run` is called"]
pub struct Run<'c, C: Mode, K: Kind> {
    pub(crate) client: &'c C,
    pub(crate) kind: K,
    pub(crate) settings: K::Settings,
    pub(crate) destination: Destination,
    pub(crate) parts: Parts<'c, C>,
}

/// The parts that a caller adds to a run.
pub(crate) struct Parts<'c, C: Mode> {
    pub(crate) source: Option<C::Source<'c>>,
    pub(crate) sink: Option<C::Sink<'c>>,
    pub(crate) watch: Option<C::Watch<'c>>,
    pub(crate) on_accepted: Option<C::OnAccepted<'c>>,
    pub(crate) until: Option<C::Until<'c>>,
}

impl<'c, C: Mode, K: Kind> Run<'c, C, K> {
    pub(crate) fn new(client: &'c C, kind: K, settings: K::Settings) -> Self {
        let parts = Parts { source: None, sink: None, watch: None, on_accepted: None, until: None };
        Self { client, kind, settings, destination: Destination::default(), parts }
    }

    /// Creates the operation and, unless the caller has a sink, the file that it saves.
    pub(crate) fn begin(self) -> Result<(Begun, Option<FileSink>, Parts<'c, C>), Error> {
        let begun = self.kind.begin(self.settings)?;
        let needs_file = begun.needs_sink && self.parts.sink.is_none();
        let file = needs_file.then(|| self.destination.sink()).transpose()?;
        Ok((begun, file, self.parts))
    }

    /// Ends the run with [`Accepted`](seatable_io_task::Accepted) when the server has started the import or export: at once,
    /// without a request, if there is a task to resume. Current servers export in one request, without a task: there an export
    /// ends with [`Unsupported`](seatable_io_task::ErrorKind::Unsupported).
    pub fn no_wait(self) -> Run<'c, C, NoWait<K>>
    where
        NoWait<K>: Kind<Settings = K::Settings>,
    {
        let Self { client, kind, settings, destination, parts } = self;
        Run { client, kind: NoWait(kind), settings, destination, parts }
    }

    fn change(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl<C: Mode, K: Kind<Settings = Settings>> Run<'_, C, K> {
    /// Sets how long the run waits, and how often it repeats a request.
    pub fn policy(self, policy: Policy) -> Self {
        self.change(|run| run.settings.policy = policy)
    }

    /// Replaces the pace that all runs of the client share that have the same server, such as by one with an
    /// [`Allowance`](seatable_io_task::Allowance). All runs of a pace must belong to one async client, or all to blocking
    /// clients.
    #[doc(alias = "rate limit")]
    pub fn pace(self, pace: &Pace) -> Self {
        self.change(|run| run.settings.pace = pace.clone())
    }
}

impl<C: Mode, K: Receives<Settings = Settings>> Run<'_, C, K> {
    /// Fails instead of writing to the sink a second time. For sinks that cannot start over, such as a pipe.
    pub fn one_pass(self) -> Self {
        self.change(|run| run.settings.one_pass = true)
    }

    /// Saves the file at this path, under which it appears when it is complete ([`FileSink`](crate::FileSink)). The path must
    /// not exist yet, unless [`overwrite`](Self::overwrite) is set.
    pub fn save_to(self, path: impl Into<PathBuf>) -> Self {
        self.change(|run| run.destination.path = Some(path.into()))
    }

    /// Replaces the file if it already exists.
    pub fn overwrite(self) -> Self {
        self.change(|run| run.destination.overwrite = true)
    }
}

impl<C: Mode> Run<'_, C, Import> {
    /// Names the base differently from the file.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.change(|run| run.kind.name = Some(name.into()))
    }

    /// Creates the base in a folder of the workspace. 2020 and 2021 servers ignore it.
    #[doc(alias = "folder_id")]
    pub fn folder(self, folder: u64) -> Self {
        self.change(|run| run.kind.folder = Some(folder))
    }

    /// Continues the task of an earlier import instead of sending the file, if there is one. With the task that
    /// [`on_accepted`](Self::on_accepted) has kept, an interrupted program does not send the file again. If it was interrupted
    /// before that, look into the workspace first: the server may have received the file.
    pub fn or_resume(self, resume: Option<Resume>) -> Self {
        self.change(|run| run.kind.resume = resume)
    }
}

impl<C: Mode> Run<'_, C, Export> {
    /// Sets the password of an encrypted base (current servers only).
    pub fn password(self, password: Password) -> Self {
        self.change(|run| run.kind.password = Some(password))
    }

    /// Leaves out the assets, that is files and images (current servers only).
    #[doc(alias = "ignore_asset")]
    pub fn without_assets(self) -> Self {
        self.change(|run| run.kind.without_assets = true)
    }

    /// Starts with the [route](seatable_io_task::Exported::route) of an earlier export from this server, which saves requests.
    pub fn route(self, route: Route) -> Self {
        self.change(|run| run.kind.route = route)
    }

    /// Continues the task of an earlier export instead of starting one, if there is one.
    pub fn or_resume(self, resume: Option<Resume>) -> Self {
        self.change(|run| run.kind.resume = resume)
    }
}

impl<C: Mode> Run<'_, C, ExportByUuid> {
    /// Leaves out the assets, that is files and images.
    #[doc(alias = "ignore_asset")]
    pub fn without_assets(self) -> Self {
        self.change(|run| run.kind.without_assets = true)
    }
}

impl<C: Mode, K: Kind + fmt::Debug> fmt::Debug for Run<'_, C, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("kind", &self.kind).finish_non_exhaustive()
    }
}
