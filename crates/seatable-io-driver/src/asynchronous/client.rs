use std::pin::pin;
use std::sync::Arc;
use std::{fmt, io};

use seatable_io_proto::{Endpoint, Server};
use seatable_io_task::{Outcome, Task};

use super::drive::Drive;
use super::exchange::Shared;
use super::{Sink, Source, Transport};
use crate::{Error, Event};

/// An async client over any transport. Clones are cheap and share everything, including connections.
pub struct Client<T>(Arc<Shared<T>>);

impl<T: Transport> Client<T> {
    /// A client that has at most `connections` requests in flight. The others wait for their turn, which does not count
    /// as silence.
    pub fn over(transport: T, connections: usize) -> Self {
        Self(Arc::new(Shared::new(transport, connections)))
    }

    /// Runs a task to its end. It sends the file from `source`, or saves the one received in `sink`; `()` is for what it
    /// does not need. `watch` is told what happens.
    ///
    /// Dropping the future breaks off what is in flight and leaves no temporary file. The server is told nothing: an
    /// export that it has started goes on there, and an import may happen or not. To cancel there, use
    /// [`run_until`](Self::run_until); to come back later, keep the [`Event::Accepted`].
    ///
    /// [`Error::Task`] if the task did not succeed; [`Error::Source`] and [`Error::Sink`] if a file on this side was the
    /// reason.
    pub fn run(
        &self,
        task: Task,
        source: impl Source,
        sink: impl Sink,
        watch: impl FnMut(Event) + Send,
    ) -> impl Future<Output = Result<Outcome, Error>> + Send {
        self.run_until(task, source, sink, watch, std::future::pending())
    }

    /// Like [`run`](Self::run). If `end` is ready before the task is over, what is in flight is broken off, the task is
    /// cancelled on the server, and the future ends when that is done.
    ///
    /// A handle that ends any number of runs is a `tokio_util::sync::CancellationToken`, with its `cancelled()` as the
    /// `end` of each.
    pub fn run_until(
        &self,
        task: Task,
        source: impl Source,
        sink: impl Sink,
        watch: impl FnMut(Event) + Send,
        end: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = Result<Outcome, Error>> + Send {
        // Not an `async fn`, which would store its arguments twice.
        let mut drive = Drive::new(&self.0, &task, source, sink, watch);
        async move { drive.run(task, pin!(end)).await }
    }

    /// Makes one call, once, that sends no file and is answered with JSON.
    ///
    /// [`Error::Reply`] if the answer is not the reply, [`Error::Transport`] if there is none, [`Error::Source`] if the
    /// call sends a file.
    pub async fn call<E: Endpoint + Sync>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let request = endpoint.request(server);
        if request.body().file_len() > 0 {
            return Err(Error::Source(
                io::Error::new(io::ErrorKind::InvalidInput, "a single call sends none"),
                None,
            ));
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
