use std::path::PathBuf;

use seatable_io_proto::Password;
use seatable_io_task::{Pace, Policy};

use crate::Event;
use crate::job::{ExportJob, ImportJob, ResumeJob, ServerJob, TaskJob};

/// A task that is ready to run. The methods of a client return it.
///
/// `J` is the job, `W` the function that is called with events, and `U` what stops the run early.
#[must_use = "nothing happens until `run` is called"]
#[derive(Clone, Debug)]
pub struct Run<C, J, W, U> {
    pub(crate) client: C,
    pub(crate) job: J,
    pub(crate) watch: W,
    pub(crate) until: U,
}

impl<C, J, U> Run<C, J, fn(Event), U> {
    pub(crate) fn new(client: C, job: J, until: U) -> Self {
        Self { client, job, watch: |_| (), until }
    }
}

impl<C, J, W, U> Run<C, J, W, U> {
    /// Calls `watch` with every event.
    pub fn watch<F: FnMut(Event)>(self, watch: F) -> Run<C, J, F, U> {
        let Self { client, job, until, .. } = self;
        Run { client, job, watch, until }
    }

    /// Stops the run early: the request in flight is broken off, and the task is cancelled on the server before the run
    /// returns. A blocking run takes a [`Stop`](crate::blocking::Stop), an async one a future, such as `token.cancelled()`
    /// of a `tokio_util::sync::CancellationToken`.
    pub fn until<E>(self, until: E) -> Run<C, J, W, E> {
        let Self { client, job, watch, .. } = self;
        Run { client, job, watch, until }
    }

    fn with<K>(self, change: impl FnOnce(J) -> K) -> Run<C, K, W, U> {
        let Self { client, job, watch, until } = self;
        Run { client, job: change(job), watch, until }
    }
}

impl<C, J, W, U> Run<C, ServerJob<J>, W, U> {
    /// Sets how long the run waits, and how often it repeats a request.
    pub fn policy(self, policy: Policy) -> Self {
        self.with(|job| ServerJob { policy, ..job })
    }

    /// Replaces the pace that all runs of the client share that have the same server, such as by one with an
    /// [`Allowance`](seatable_io_task::Allowance). All runs of a pace must belong to one async client, or all to blocking
    /// clients.
    pub fn paced(self, pace: &Pace) -> Self {
        self.with(|job| ServerJob { pace: pace.clone(), ..job })
    }

    fn change(self, change: impl FnOnce(&mut J)) -> Self {
        self.with(|mut job| {
            change(&mut job.what);
            job
        })
    }
}

impl<C, W, U> Run<C, ServerJob<ImportJob>, W, U> {
    /// Names the base differently from the file.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.change(|import| import.name = Some(name.into()))
    }

    /// Creates the base in a folder of the workspace. Servers of 2020 and 2021 ignore it.
    pub fn folder(self, folder: u64) -> Self {
        self.change(|import| import.folder = Some(folder))
    }
}

impl<C, W, U> Run<C, ServerJob<ExportJob>, W, U> {
    /// Sets the password of an encrypted base (current servers only).
    pub fn password(self, password: Password) -> Self {
        self.change(|export| export.password = Some(password))
    }

    /// Leaves out the assets, that is files and images (current servers only).
    pub fn without_assets(self) -> Self {
        self.change(|export| export.without_assets = true)
    }

    /// Replaces the file if it already exists.
    pub fn overwrite(self) -> Self {
        self.change(|export| export.overwrite = true)
    }
}

impl<C, W, U> Run<C, ServerJob<ResumeJob>, W, U> {
    /// Saves the file of an export at this path.
    pub fn save_to(self, path: impl Into<PathBuf>) -> Self {
        self.change(|resume| resume.path = Some(path.into()))
    }

    /// Replaces the file if it already exists.
    pub fn overwrite(self) -> Self {
        self.change(|resume| resume.overwrite = true)
    }
}

impl<C, So, Si, W, U> Run<C, TaskJob<So, Si>, W, U> {
    /// Sends the file from this source.
    pub fn source<S>(self, source: S) -> Run<C, TaskJob<S, Si>, W, U> {
        self.with(|TaskJob { task, sink, .. }| TaskJob { task, source, sink })
    }

    /// Saves the file to this sink.
    pub fn sink<S>(self, sink: S) -> Run<C, TaskJob<So, S>, W, U> {
        self.with(|TaskJob { task, source, .. }| TaskJob { task, source, sink })
    }
}
