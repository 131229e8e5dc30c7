use std::fmt;
use std::io;
use std::path::PathBuf;

use seatable_io_proto::{BaseUuid, Endpoint, Secrets, Server, TaskId};
use seatable_io_task::{Operation, Policy, Resume, Scope};

use super::drive::Drive;
use super::{Limits, Sink, Source, Stop, Transport};
use crate::kind::{Any, Cancel, Export, ExportByUuid, Import, Kind, List, Receives, Resumed, Status};
use crate::paces::Paces;
use crate::run::{Mode, Parts};
use crate::sealed::Sealed;
use crate::settings::Settings;
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
/// exports is found out once. [`Run::pace`] sets another. An operation for [`run`](Self::run) has its own pace, or none; a
/// [`call`](Self::call) has none.
#[derive(Clone)]
pub struct Client<C> {
    connect: C,
    paces: Paces,
}

impl<C> Sealed for Client<C> {}

impl<C> Mode for Client<C> {
    type Source<'c> = Box<dyn Source + 'c>;
    type Sink<'c> = Box<dyn Sink + 'c>;
    type Watch<'c> = Box<dyn FnMut(Event) + 'c>;
    type OnAccepted<'c> = Box<dyn FnMut(Resume) -> io::Result<()> + 'c>;
    type Until<'c> = Stop;
}

impl<C: Connect> Client<C> {
    /// Creates a client from the configuration of its transport.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the configuration cannot be used.
    #[cfg(feature = "config")]
    pub fn new(config: crate::Config) -> Result<Self, Error>
    where
        C: TryFrom<crate::Config, Error = Error>,
    {
        config.try_into().map(Self::with_transport)
    }

    /// Creates a client over a function that creates a transport of your own, for each run.
    pub fn with_transport(connect: C) -> Self {
        Self { connect, paces: Paces::default() }
    }

    /// Imports a file as a new base with the name of the file.
    ///
    /// Check the file first with [`check_file`](crate::check_file): the server creates the base before it opens the file, and a
    /// failure leaves an empty one. A run that succeeds means that the server reports the import as finished; to prove it, export
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
        Settings::new(server, &self.paces)
    }

    /// Makes a single call that sends no file and is answered with JSON. It is not repeated.
    ///
    /// # Errors
    ///
    /// [`Error::Reply`] if the response is not the expected reply, [`Error::Transport`] if there is no response,
    /// [`Error::Source`] if the call sends a file.
    pub fn call<E: Endpoint>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let request = crate::call::request(endpoint, server)?;
        let limits = Limits { time_left: CALL_LIMIT, idle_timeout: Policy::default().idle_timeout };
        let mut transport = self.connect.connect();
        let (mut head, mut response) = transport.send(request.clone().map(|_| None), limits)?.into_parts();
        let (mut body, mut piece) = (Vec::new(), vec![0; PIECE]);
        while body.len() < E::RESPONSE_LIMIT
            && let count @ 1.. = transport.read(&mut response, &mut piece)?
        {
            body.extend_from_slice(&piece[..count]);
        }
        body.truncate(E::RESPONSE_LIMIT);
        Secrets::add_from(&request, &mut head);
        E::reply(&head, &body).map_err(Error::Reply)
    }
}

impl<'c, C: Connect, K: Kind> Run<'c, Client<C>, K> {
    /// Calls `watch` with every event.
    #[doc(alias = "progress")]
    pub fn watch(mut self, watch: impl FnMut(Event) + 'c) -> Self {
        self.parts.watch = Some(Box::new(watch));
        self
    }

    /// Calls `accepted` with each task that the server has started, before the run goes on. Use it to keep the task in a
    /// durable place, so that another process can [resume](Client::resume) it.
    ///
    /// If `accepted` fails, the run stops with [`Error::NotRecorded`].
    pub fn on_accepted(mut self, accepted: impl FnMut(Resume) -> io::Result<()> + 'c) -> Self {
        self.parts.on_accepted = Some(Box::new(accepted));
        self
    }

    /// Stops the run early: the request in flight is broken off, and the task is cancelled on the server before the run
    /// returns.
    #[doc(alias = "abort")]
    pub fn until(mut self, stop: Stop) -> Self {
        self.parts.until = Some(stop);
        self
    }

    /// Runs the operation to its end.
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] if the operation failed; [`Error::Source`] or [`Error::Sink`] if the local file was the reason.
    pub fn run(self) -> Result<K::Output, Error> {
        let client = self.client;
        let (begun, file, Parts { source, sink, watch, on_accepted, until }) = self.begin()?;
        let transport = client.connect.connect();
        let mut drive = Drive::new(transport, &begun.operation, until.unwrap_or_default());
        drive.source = source.or(begun.source.map(|source| Box::new(source) as _));
        drive.sink = sink.or(file.map(|file| Box::new(file) as _));
        drive.events.watch = watch;
        drive.on_accepted = on_accepted;
        crate::kind::output::<K>(drive.run(begun.operation)?)
    }
}

impl<'c, C: Connect, K: Receives> Run<'c, Client<C>, K> {
    /// Saves the file to this sink.
    pub fn sink(mut self, sink: impl Sink + 'c) -> Self {
        self.parts.sink = Some(Box::new(sink));
        self
    }
}

impl<'c, C: Connect> Run<'c, Client<C>, Import> {
    /// Sends this source of `len` bytes instead of the file, whose path then only names the base.
    pub fn source(mut self, len: u64, source: impl Source + 'c) -> Self {
        self.kind.source_len = Some(len);
        self.parts.source = Some(Box::new(source));
        self
    }
}

impl<'c, C: Connect> Run<'c, Client<C>, Any> {
    /// Sends the file from this source.
    pub fn source(mut self, source: impl Source + 'c) -> Self {
        self.parts.source = Some(Box::new(source));
        self
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
