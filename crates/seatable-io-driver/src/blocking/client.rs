use std::fmt;
use std::path::PathBuf;

use seatable_io_proto::{Endpoint, Server};
use seatable_io_task::{Operation, Policy, Resume};

use super::drive::Drive;
use super::{Sink, Source, Stop, Transport};
use crate::job::{CancelJob, ExportJob, ImportJob, Job, ResumeJob, ServerJob, TaskJob, output};
use crate::paces::Paces;
use crate::{CALL_LIMIT, Error, Event, Run};

/// How many bytes of the response to a single call are read at a time.
const PIECE: usize = 64 * 1024;

/// Creates a [`Transport`] for each run. A function that returns one is a `Connect`.
pub trait Connect {
    /// The transport of a run.
    type Transport: Transport;

    /// Creates a transport that has sent nothing yet.
    fn connect(&self) -> Self::Transport;
}

impl<T: Transport, F: Fn() -> T> Connect for F {
    type Transport = T;

    fn connect(&self) -> T {
        self()
    }
}

/// A blocking client over any transport. It can be used by any number of threads at once.
///
/// All runs with the same [`Server`] (the same URL and token) share a [`Pace`](seatable_io_task::Pace), also those of clones:
/// the rate limit of the account applies to all of them, each base is exported by one of them at a time, and how the server
/// exports is found out once. [`Run::paced`] sets another. A task for [`run`](Self::run) has its own pace, or none; a
/// [`call`](Self::call) has none.
#[derive(Clone)]
pub struct Client<C> {
    connect: C,
    paces: Paces,
}

impl<C: Connect> Client<C> {
    /// Creates a client from the configuration of its transport. [`Error::Config`] if the configuration cannot be used.
    pub fn new<K>(config: K) -> Result<Self, Error>
    where
        C: TryFrom<K, Error = Error>,
    {
        config.try_into().map(Self::with_transport)
    }

    /// Creates a client over a function that creates a transport of your own, for each run.
    pub fn with_transport(connect: C) -> Self {
        Self { connect, paces: Paces::default() }
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
    ) -> Ready<'_, C, ServerJob<ImportJob>> {
        let import = ImportJob { workspace, path: path.into(), name: None, folder: None };
        self.ready(ServerJob::new(server, &self.paces, import))
    }

    /// Exports a base to a file, which must not exist yet.
    pub fn export(
        &self,
        server: &Server,
        workspace: u64,
        base: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> Ready<'_, C, ServerJob<ExportJob>> {
        self.ready(ServerJob::new(server, &self.paces, ExportJob::new(workspace, base.into(), path.into())))
    }

    /// Waits for a task that was started earlier. If it is an export, set where to [`save`](Run::save_to) its file.
    pub fn resume(&self, server: &Server, resume: Resume) -> Ready<'_, C, ServerJob<ResumeJob>> {
        self.ready(ServerJob::new(server, &self.paces, ResumeJob { resume, path: None, overwrite: false }))
    }

    /// Cancels a task that was started earlier. [`ErrorKind::UnknownOutcome`](seatable_io_task::ErrorKind::UnknownOutcome) if the server may
    /// finish it all the same, as current servers do with an import that is running.
    pub fn cancel(&self, server: &Server, resume: Resume) -> Ready<'_, C, ServerJob<CancelJob>> {
        self.ready(ServerJob::new(server, &self.paces, CancelJob(resume)))
    }

    /// Runs any task. Give it a [`source`](Run::source) if it sends a file, and a [`sink`](Run::sink) if it receives
    /// one.
    pub fn run(&self, task: Operation) -> Ready<'_, C, TaskJob> {
        self.ready(TaskJob { task, source: (), sink: () })
    }

    fn ready<J>(&self, job: J) -> Ready<'_, C, J> {
        Run::new(self, job, Stop::new())
    }

    /// Makes a single call that sends no file and is answered with JSON. It is not repeated.
    ///
    /// [`Error::Reply`] if the response is not the expected reply, [`Error::Transport`] if there is no response,
    /// [`Error::Source`] if the call sends a file.
    pub fn call<E: Endpoint>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let request = endpoint.request(server);
        if !request.body().is_empty() {
            return Err(Error::sends_a_file());
        }
        let (mut transport, idle_timeout) = (self.connect.connect(), Policy::default().idle_timeout);
        let response = transport.send(request.clone().map(|_| None), CALL_LIMIT, idle_timeout)?;
        let (head, mut response) = response.into_parts();
        let (mut body, mut piece) = (Vec::new(), vec![0; PIECE]);
        while body.len() < E::RESPONSE_LIMIT
            && let count @ 1.. = transport.read(&mut response, &mut piece)?
        {
            body.extend_from_slice(&piece[..count]);
        }
        body.truncate(E::RESPONSE_LIMIT);
        E::reply(&head, &body).map_err(|error| Error::Reply(error.without_secrets(&request)))
    }
}

/// A run of a [`Client`] with the defaults of [`Run`].
pub type Ready<'c, C, J> = Run<&'c Client<C>, J, fn(Event), Stop>;

impl<C, J, W> Run<&Client<C>, J, W, Stop>
where
    C: Connect,
    J: Job<Source: Source, Sink: Sink>,
    W: FnMut(Event),
{
    /// Runs the task to its end.
    ///
    /// [`Error::Operation`] if the task failed; [`Error::Source`] or [`Error::Sink`] if the local file was the reason.
    pub fn run(self) -> Result<J::Output, Error> {
        let Self { client, job, mut watch, until } = self;
        let (task, mut source, mut sink) = job.begin()?;
        let mut transport = client.connect.connect();
        let drive = Drive::new(&mut transport, &task, &mut source, &mut sink, until, &mut watch);
        output::<J>(drive.run(task)?)
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
