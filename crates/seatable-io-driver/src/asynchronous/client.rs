use std::fmt;
use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use seatable_io_proto::{BaseUuid, Endpoint, Secrets, Server, TaskId};
use seatable_io_task::{Operation, Resume, Scope};

use super::drive::Drive;
use super::exchange::Inner;
use super::{BoxFuture, Sink, Source, Transport};
use crate::kind::{Any, Cancel, Export, ExportByUuid, Import, Kind, List, Receives, Resumed, Status};
use crate::paces::Paces;
use crate::run::{Mode, Parts};
use crate::sealed::Sealed;
use crate::settings::Settings;
use crate::{Error, Event, Run};

/// How many requests of a client are in flight at a time by default.
const CONNECTIONS: usize = 64;

/// An async client over any transport. Clones are cheap and share everything, including connections.
///
/// All runs with the same [`Server`] (the same URL and token) share a [`Pace`](seatable_io_task::Pace), also those of clones:
/// the rate limit of the account applies to all of them, each base is exported by one of them at a time, and how the server
/// exports is found out once. [`Run::pace`] sets another. An operation for [`run`](Self::run) has its own pace, or none; a
/// [`call`](Self::call) has none.
pub struct Client<T>(Arc<Inner<T>>);

impl<T> Sealed for Client<T> {}

impl<T> Mode for Client<T> {
    type Source<'c> = Box<dyn Source + 'c>;
    type Sink<'c> = Box<dyn Sink + 'c>;
    type Watch<'c> = Box<dyn FnMut(Event) + Send + 'c>;
    type OnAccepted<'c> = Box<dyn FnMut(Resume) -> BoxFuture<'c, io::Result<()>> + Send + 'c>;
    type Until<'c> = BoxFuture<'c, ()>;
}

impl<T: Transport> Client<T> {
    /// Creates a client from the configuration of its transport.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the configuration cannot be used.
    #[cfg(feature = "config")]
    pub fn new(config: crate::Config) -> Result<Self, Error>
    where
        T: TryFrom<crate::Config, Error = Error>,
    {
        config.try_into().map(Self::with_transport)
    }

    /// Creates a client over a transport of your own.
    pub fn with_transport(transport: T) -> Self {
        Self(Arc::new(Inner::new(Arc::new(transport), Paces::default(), CONNECTIONS)))
    }

    /// Returns a client over the same transport with at most `connections` requests in flight (default 64). Its limit is separate
    /// from that of this client, whose paces it shares; a request that waits for its turn does not count as idle.
    pub fn with_connections(&self, connections: usize) -> Self {
        let Inner { transport, paces, .. } = &*self.0;
        Self(Arc::new(Inner::new(Arc::clone(transport), paces.clone(), connections)))
    }

    /// Imports a file as a new base with the name of the file.
    ///
    /// Check the file first with [`check_file`](crate::check_file): the server creates the base before it opens the file, and a
    /// failure leaves an empty one. It blocks while it reads the file. A run that succeeds means that the server reports the import as finished; to prove it, export
    /// the base, and [compare](crate::dtable::compare) the two files.
    #[doc(alias = "upload")]
    pub fn import(&self, server: &Server, workspace: u64, path: impl Into<PathBuf>) -> Run<'_, Self, Import> {
        Run::new(self, Import::new(workspace, path.into()), self.settings(server))
    }

    /// Exports a base. Set where to [save](Run::save_to) its file, or a [sink](Run::sink).
    #[doc(alias = "download")]
    pub fn export(&self, server: &Server, workspace: u64, base: impl Into<String>) -> Run<'_, Self, Export> {
        Run::new(self, Export::new(workspace, base.into()), self.settings(server))
    }

    /// Exports any base of a server by its UUID, without its password. The token must be that of an administrator of the server, and
    /// only current servers support it ([fact 27](seatable_io_proto::facts)). Set where to [save](Run::save_to) its file, or a
    /// [sink](Run::sink).
    pub fn export_by_uuid(&self, server: &Server, uuid: BaseUuid) -> Run<'_, Self, ExportByUuid> {
        Run::new(self, ExportByUuid::new(uuid), self.settings(server))
    }

    /// Waits for a task that was started earlier. If it is an export, set where to [save](Run::save_to) its file, or a
    /// [sink](Run::sink).
    pub fn resume(&self, server: &Server, resume: Resume) -> Run<'_, Self, Resumed> {
        Run::new(self, Resumed(resume), self.settings(server))
    }

    /// Cancels a task that was started earlier. The run fails with
    /// [`UnknownOutcome`](seatable_io_task::ErrorKind::UnknownOutcome) if the server may finish the task all the same, as
    /// current servers do with an import that is running.
    pub fn cancel(&self, server: &Server, resume: Resume) -> Run<'_, Self, Cancel> {
        Run::new(self, Cancel(resume), self.settings(server))
    }

    /// Polls a task once. A server reports that a task has finished only once, so remember it.
    #[doc(alias = "poll")]
    pub fn status(&self, server: &Server, task: TaskId) -> Run<'_, Self, Status> {
        Run::new(self, Status(task), self.settings(server))
    }

    /// Lists the workspaces and bases of the account, or all bases of the server.
    pub fn list(&self, server: &Server, scope: Scope) -> Run<'_, Self, List> {
        Run::new(self, List(scope), self.settings(server))
    }

    /// Runs any operation. Give it a [source](Run::source) if it sends a file, and a [sink](Run::sink) if it receives one.
    pub fn run(&self, operation: Operation) -> Run<'_, Self, Any> {
        Run::new(self, Any(operation), ())
    }

    fn settings(&self, server: &Server) -> Settings {
        Settings::new(server, &self.0.paces)
    }

    /// Makes a single call that sends no file and is answered with JSON. It is not repeated.
    ///
    /// # Errors
    ///
    /// [`Error::Reply`] if the response is not the expected reply, [`Error::Transport`] if there is no response,
    /// [`Error::Source`] if the call sends a file.
    pub async fn call<E: Endpoint + Sync>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let request = crate::call::request(endpoint, server)?;
        self.0.transport.check()?;
        let (mut head, body) = self.0.call(request.clone(), E::RESPONSE_LIMIT).await?;
        Secrets::add_from(&request, &mut head);
        E::reply(&head, &body).map_err(Error::Reply)
    }
}

impl<'c, T: Transport, K: Kind<Output: Send, Settings: Send> + Send + 'c> Run<'c, Client<T>, K> {
    /// Calls `watch` with every event.
    #[doc(alias = "progress")]
    pub fn watch(mut self, watch: impl FnMut(Event) + Send + 'c) -> Self {
        self.parts.watch = Some(Box::new(watch));
        self
    }

    /// Calls `accepted` with each task that the server has started, and waits for its future before the run goes on. Use it to
    /// keep the task in a durable place, so that another process can [resume](Client::resume) it.
    ///
    /// If `accepted` fails, the run stops with [`Error::NotRecorded`].
    pub fn on_accepted<F>(mut self, mut accepted: impl FnMut(Resume) -> F + Send + 'c) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'c,
    {
        self.parts.on_accepted = Some(Box::new(move |resume| Box::pin(accepted(resume))));
        self
    }

    /// Stops the run early when this future is ready, such as `token.cancelled()` of a `tokio_util::sync::CancellationToken`:
    /// the request in flight is broken off, and the task is cancelled on the server before the run returns.
    #[doc(alias = "abort")]
    pub fn until(mut self, end: impl Future<Output = ()> + Send + 'c) -> Self {
        self.parts.until = Some(Box::pin(end));
        self
    }

    /// Runs the operation to its end.
    ///
    /// Dropping the future breaks off the request in flight and removes the temporary file. The server does not learn of it: an
    /// export continues there, and an import may or may not happen. To cancel the task there, use [`until`](Self::until); to resume
    /// it later, use [`on_accepted`](Self::on_accepted).
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] if the operation failed; [`Error::Source`] or [`Error::Sink`] if the local file was the reason.
    pub fn run(self) -> impl Future<Output = Result<K::Output, Error>> + Send + 'c {
        // Boxed, because a future keeps room for what it has captured to its end.
        let run = Box::new(self);
        async move {
            let (mut drive, operation, until) = (*run).prepare()?;
            let ended = drive.run(operation, pin!(until)).await.map(Box::new).map_err(Box::new);
            if ended.is_err() {
                drive.discard().await;
            }
            crate::kind::output::<K>(ended.map(|outcome| *outcome).map_err(|error| *error)?)
        }
    }

    /// Not in the future itself, which would keep room for all of this.
    fn prepare(self) -> Result<(Drive<'c, T>, Operation, BoxFuture<'c, ()>), Error> {
        let client = self.client;
        client.0.transport.check()?;
        let (begun, file, Parts { source, sink, watch, on_accepted, until }) = self.begin()?;
        let mut drive = Drive::new(&client.0, &begun.operation);
        drive.source = source.or(begun.source.map(|source| Box::new(source) as _));
        drive.sink = sink.or(file.map(|file| Box::new(file) as _));
        drive.events.watch = watch;
        drive.on_accepted = on_accepted;
        Ok((drive, begun.operation, until.unwrap_or_else(|| Box::pin(pending()))))
    }
}

impl<'c, T: Transport, K: Receives> Run<'c, Client<T>, K> {
    /// Saves the file to this sink.
    pub fn sink(mut self, sink: impl Sink + 'c) -> Self {
        self.parts.sink = Some(Box::new(sink));
        self
    }
}

impl<'c, T: Transport> Run<'c, Client<T>, Import> {
    /// Sends this source of `len` bytes instead of the file, whose path then only names the base.
    pub fn source(mut self, len: u64, source: impl Source + 'c) -> Self {
        self.kind.source_len = Some(len);
        self.parts.source = Some(Box::new(source));
        self
    }
}

impl<'c, T: Transport> Run<'c, Client<T>, Any> {
    /// Sends the file from this source.
    pub fn source(mut self, source: impl Source + 'c) -> Self {
        self.parts.source = Some(Box::new(source));
        self
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
