use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;
use std::{fmt, io};

use seatable_io_proto::{Endpoint, Server};
use seatable_io_task::{Outcome, Task};

use super::drive::Drive;
use super::exchange::{Limits, Shared};
use super::{Sink, Source, Transport};
use crate::{Error, Event};

/// An async client over any transport. Clones are cheap and share everything, connections too.
pub struct Client<T>(Arc<Shared<T>>);

impl<T: Transport> Client<T> {
    /// Over this transport.
    pub fn over(transport: T, limits: Limits) -> Self {
        Self(Arc::new(Shared::new(transport, limits)))
    }

    /// Now, as the transport has it: for the making of a [`Task`].
    pub fn now(&self) -> Instant {
        self.0.transport.now()
    }

    /// Steps a task to its end. It sends the file from `source`, or saves the one received in `sink`; `()` for what
    /// it does not need. `watch` hears what happens; `|_| ()` where nobody listens.
    ///
    /// Dropping the future breaks off what is in flight, and leaves no temporary file; the server is told
    /// nothing, so an export that it took on runs on there, and an import may happen or not. To cancel there, use
    /// [`run_until`](Self::run_until); to come back to it later, keep what [`Event::Accepted`] says.
    ///
    /// [`Error::Task`] where the task did not end well; [`Error::Source`] and [`Error::Sink`] where a file here did
    /// not: the task is left as it is then, without another word to the server.
    pub fn run(
        &self,
        task: Task,
        source: impl Source,
        sink: impl Sink,
        watch: impl FnMut(Event<'_>) + Send,
    ) -> impl Future<Output = Result<Outcome, Error>> + Send {
        self.run_until(task, source, sink, watch, std::future::pending())
    }

    /// As [`run`](Self::run); where `end` is ready before the task is over, what is in flight is broken off, the
    /// task is cancelled on the server, and this ends when that is done.
    ///
    /// A handle that ends any number of runs is a `tokio_util::sync::CancellationToken`, with its `cancelled()` as
    /// the `end` of each.
    pub fn run_until(
        &self,
        task: Task,
        source: impl Source,
        sink: impl Sink,
        watch: impl FnMut(Event<'_>) + Send,
        end: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = Result<Outcome, Error>> + Send {
        // No `async fn`: what an `async fn` is given takes its place twice.
        let mut drive = Drive::new(&self.0, task, source, sink, watch);
        async move { drive.drive(pin!(end)).await }
    }

    /// Makes one call, once, that sends no file and is answered with JSON.
    ///
    /// [`Error::Reply`] for an answer that is no good, [`Error::Transport`] for none; [`Error::Source`] where a file
    /// would have to be sent.
    pub async fn call<E: Endpoint + Sync>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let request = endpoint.request(server);
        if request.body().file_len() > 0 {
            return Err(Error::Source(io::Error::new(io::ErrorKind::InvalidInput, "a call sends none")));
        }
        let (head, body) = self.0.call(request.clone()).await?;
        E::reply(&head, &body).map_err(|error| Error::Reply(error.without_secrets(&request)))
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
