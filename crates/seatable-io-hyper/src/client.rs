use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use http::{Request, Response};
use hyper::rt::Timer;
use seatable_io_proto::{Endpoint, Server};
use seatable_io_task::{Outcome, Task};
use tokio::sync::Semaphore;
use tower_service::Service;

use crate::error::BoxError;
use crate::exchange::Exchange;
use crate::run::Run;
use crate::{Config, Error, Event, Files, Sink, Source, UploadBody};

/// How much of an answer [`Client::call`] reads, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

#[cfg(feature = "tokio")]
type DefaultService = crate::Pool;
#[cfg(not(feature = "tokio"))]
type DefaultService = std::convert::Infallible;

/// An async client. Clones are cheap and share everything, connections too.
pub struct Client<S = DefaultService>(Arc<Exchange<S>>);

#[cfg(feature = "tokio")]
impl Client {
    /// Over hyper-util's pool and tokio. [`Error::Config`] where [`Roots::Pem`](crate::Roots::Pem) holds no
    /// certificate, or one that cannot be read.
    #[expect(clippy::needless_pass_by_value, reason = "as in the sister adapter")]
    pub fn new(config: Config) -> Result<Self, Error> {
        let pool = crate::pool::pool(&config)?;
        Ok(Self::over(pool, hyper_util::rt::TokioTimer::new(), &config))
    }
}

impl<S> Client<S> {
    /// Over any service and any runtime's timer. Of the configuration, `roots` and `connect` are the service's
    /// business.
    ///
    /// An error of the service's `poll_ready` means that nothing was sent. Of the errors of a request, only those
    /// of hyper-util's client for a connection that could not be made, and hyper's own for a request that it gave
    /// back unsent, mean so; the others leave open what the server got.
    pub fn over(service: S, timer: impl Timer + Send + Sync + 'static, config: &Config) -> Self {
        let turns = Semaphore::new(config.connections.clamp(1, Semaphore::MAX_PERMITS));
        Self(Arc::new(Exchange { service, timer: Box::new(timer), silence: config.silence, turns }))
    }

    /// Now, as the timer has it: for the making of a [`Task`].
    pub fn now(&self) -> Instant {
        self.0.timer.now()
    }
}

impl<S, B> Client<S>
where
    S: Service<Request<UploadBody>, Response = Response<B>, Error: Into<BoxError>, Future: Send>,
    S: Clone + Send + Sync,
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send,
{
    /// Steps a task to its end. `watch` hears what happens; `|_| ()` where nobody listens.
    ///
    /// Dropping the future breaks off what is in flight, and leaves no temporary file; the server is told
    /// nothing, so an export that it took on runs on there, and an import may happen or not. To cancel there, use
    /// [`run_until`](Self::run_until) or a [`Stop`](crate::Stop); to come back to it later, keep what
    /// [`Event::Accepted`] says.
    ///
    /// [`Error::Task`] where the task did not end well; [`Error::Source`] and [`Error::Sink`] where a file here did
    /// not: the task is left as it is then, without another word to the server.
    pub fn run(
        &self,
        task: Task,
        files: Files<impl Source, impl Sink>,
        watch: impl FnMut(Event<'_>) + Send,
    ) -> impl Future<Output = Result<Outcome, Error>> + Send {
        self.run_until(task, files, watch, std::future::pending())
    }

    /// As [`run`](Self::run); where `end` is ready before the task is over, what is in flight is broken off, the
    /// task is cancelled on the server, and this ends when that is done.
    pub fn run_until(
        &self,
        task: Task,
        files: Files<impl Source, impl Sink>,
        watch: impl FnMut(Event<'_>) + Send,
        end: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = Result<Outcome, Error>> + Send {
        // Boxed, and no `async fn`: what an `async fn` is given takes its place twice.
        let mut run = Run::new(&self.0, Box::new(task), files, watch);
        async move { run.drive(pin!(end)).await }
    }

    /// Makes one call, once, that sends no file and is answered with JSON.
    ///
    /// [`Error::Reply`] for an answer that is no good, [`Error::Transport`] for none.
    pub async fn call<E: Endpoint + Sync>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let asked = endpoint.request(server);
        let (head, body) = asked.clone().into_parts();
        let (body, upload) = UploadBody::new(&body, None);
        let request = Request::from_parts(head, body);
        let answer = async {
            let _turn = self.0.turns.acquire().await;
            let service = self.0.ready().await?;
            let answer = self.0.send(service, request, &upload, self.0.silence, |_| ()).await?;
            let (head, body) = answer.into_parts();
            Ok((head, self.0.collect(body, ANSWER_LIMIT).await?))
        };
        let (head, body) = answer.await.map_err(Error::Transport)?;
        E::reply(&head, &body).map_err(|error| Error::Reply(error.without_secrets(&asked)))
    }
}

impl<S> Clone for Client<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
