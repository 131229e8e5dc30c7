use std::fmt;
use std::future::{Pending, pending, ready};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::Either;
use seatable_io_proto::{Endpoint, Server};
use seatable_io_task::{Operation, Resume};

use super::drive::Drive;
use super::exchange::Shared;
use super::{Sink, Source, Transport};
use crate::job::{CancelJob, ExportJob, ImportJob, Job, ResumeJob, ServerJob, TaskJob, output};
use crate::paces::Paces;
use crate::{Error, Event, Run};

/// How many requests of a client are in flight at a time by default.
const CONNECTIONS: usize = 64;

/// An async client over any transport. Clones are cheap and share everything, including connections.
///
/// All runs with the same [`Server`] (the same URL and token) share a [`Pace`](seatable_io_task::Pace), also those of clones:
/// the rate limit of the account applies to all of them, each base is exported by one of them at a time, and how the server
/// exports is found out once. [`Run::paced`] sets another. A task for [`run`](Self::run) has its own pace, or none; a
/// [`call`](Self::call) has none.
pub struct Client<T>(Arc<Shared<T>>);

impl<T: Transport> Client<T> {
    /// Creates a client from the configuration of its transport. [`Error::Config`] if the configuration cannot be used.
    pub fn new<K>(config: K) -> Result<Self, Error>
    where
        T: TryFrom<K, Error = Error>,
    {
        config.try_into().map(Self::with_transport)
    }

    /// Creates a client over a transport of your own.
    pub fn with_transport(transport: T) -> Self {
        Self(Arc::new(Shared::new(Arc::new(transport), Paces::default(), CONNECTIONS)))
    }

    /// Returns a client over the same transport with at most `connections` requests in flight (64), not counting those of this
    /// client, whose runs it shares the pace of a server with. Other requests wait for their turn, which does not count as silence.
    pub fn with_connections(&self, connections: usize) -> Self {
        let Shared { transport, paces, .. } = &*self.0;
        Self(Arc::new(Shared::new(Arc::clone(transport), paces.clone(), connections)))
    }

    /// Imports a file as a new base with the name of the file.
    ///
    /// Check a `.dtable` file first with [`check_archive`](crate::check_archive): the server creates the base before it
    /// checks the file.
    pub fn import(
        &self,
        server: &Server,
        workspace: u64,
        path: impl Into<PathBuf>,
    ) -> Ready<'_, T, ServerJob<ImportJob>> {
        let import = ImportJob { workspace, path: path.into(), name: None, folder: None };
        self.ready(ServerJob::new(server, &self.0.paces, import))
    }

    /// Exports a base to a file, which must not exist yet.
    pub fn export(
        &self,
        server: &Server,
        workspace: u64,
        base: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> Ready<'_, T, ServerJob<ExportJob>> {
        self.ready(ServerJob::new(server, &self.0.paces, ExportJob::new(workspace, base.into(), path.into())))
    }

    /// Waits for a task that was started earlier. If it is an export, set where to [`save`](Run::save_to) its file.
    pub fn resume(&self, server: &Server, resume: Resume) -> Ready<'_, T, ServerJob<ResumeJob>> {
        self.ready(ServerJob::new(server, &self.0.paces, ResumeJob { resume, path: None, overwrite: false }))
    }

    /// Cancels a task that was started earlier. [`ErrorKind::UnknownOutcome`](seatable_io_task::ErrorKind::UnknownOutcome) if the server may
    /// finish it all the same, as current servers do with an import that is running.
    pub fn cancel(&self, server: &Server, resume: Resume) -> Ready<'_, T, ServerJob<CancelJob>> {
        self.ready(ServerJob::new(server, &self.0.paces, CancelJob(resume)))
    }

    /// Runs any task. Give it a [`source`](Run::source) if it sends a file, and a [`sink`](Run::sink) if it receives
    /// one.
    pub fn run(&self, task: Operation) -> Ready<'_, T, TaskJob> {
        self.ready(TaskJob { task, source: (), sink: () })
    }

    fn ready<J>(&self, job: J) -> Ready<'_, T, J> {
        Run::new(self, job, pending())
    }

    /// Makes a single call that sends no file and is answered with JSON. It is not repeated.
    ///
    /// [`Error::Reply`] if the response is not the expected reply, [`Error::Transport`] if there is no response,
    /// [`Error::Source`] if the call sends a file.
    pub async fn call<E: Endpoint + Sync>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let request = endpoint.request(server);
        if request.body().file_len() > 0 {
            return Err(Error::sends_a_file());
        }
        self.0.transport.check()?;
        let (head, body) = self.0.call(request.clone(), E::RESPONSE_LIMIT).await?;
        E::reply(&head, &body).map_err(|error| Error::Reply(error.without_secrets(&request)))
    }
}

/// A run of a [`Client`] with the defaults of [`Run`].
pub type Ready<'c, T, J> = Run<&'c Client<T>, J, fn(Event), Pending<()>>;

impl<'c, T, J, W, U> Run<&'c Client<T>, J, W, U>
where
    T: Transport,
    J: Job<Source: Source, Sink: Sink, Output: Send> + Send + 'c,
    W: FnMut(Event) + Send + 'c,
    U: Future<Output = ()> + Send + 'c,
{
    /// Runs the task to its end.
    ///
    /// Dropping the future breaks off the request in flight and removes the temporary file. The server is not told: an export
    /// continues there, and an import may or may not happen. To cancel the task there, use [`until`](Run::until); to resume
    /// it later, keep the [`Event::Accepted`].
    ///
    /// [`Error::Operation`] if the task failed; [`Error::Source`] or [`Error::Sink`] if the local file was the reason.
    pub fn run(self) -> impl Future<Output = Result<J::Output, Error>> + Send + 'c {
        let Self { client, job, watch, until } = self;
        let begun = client.0.transport.check().and_then(|()| job.begin());
        let (task, source, sink) = match begun {
            Ok(begun) => begun,
            Err(error) => return Either::Left(ready(Err(error))),
        };
        // Not an `async fn`, which would store its arguments twice.
        let mut drive = Drive::new(&client.0, &task, source, sink, watch);
        Either::Right(async move { output::<J>(drive.run(task, pin!(until)).await?) })
    }
}

impl<T> Clone for Client<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Client<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
