use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::download::{Ending, ResponseBody};
use super::exchange::{answer, deliver};
use super::shared::SharedSandbox;
use crate::{Sandbox, ServerState};

/// A [`Sandbox`] in the same process, without sockets, as a `tower_service::Service`. Clones share the sandbox.
///
/// Virtual time follows the clock of the tokio runtime, so a test that pauses it takes no time, however long its tasks run:
///
/// ```
/// use std::time::Duration;
///
/// use hyper_util::rt::TokioTimer;
/// use seatable_io_hyper::{Client, Hyper, Policy, Server, Token};
/// use seatable_io_sandbox::{Call, Generation, Sandbox, SandboxService, sample_dtable};
///
/// # /*
/// #[tokio::test(start_paused = true)]
/// # */
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// async fn an_export_of_an_hour_survives_a_broken_download() -> Result<(), Box<dyn std::error::Error>> {
///     let sandbox = Sandbox::new(Generation::Y2021)
///         .with_base(1, "projects", sample_dtable(1000))
///         .with_task_time(Duration::from_secs(3600))
///         .with_fault("content:cut@500".parse()?);
///     let service = SandboxService::new(sandbox);
///     let server = Server::new(&service.url(), Token::new(&service.token())?)?;
///     let client = Client::with_transport(Hyper::new(service.clone(), TokioTimer::new()));
///
///     let folder = tempfile::tempdir()?;
///     let policy = Policy::default().timeout(Duration::from_secs(3 * 3600));
///     let export = client.export(&server, 1, "projects").policy(policy).save_to(folder.path().join("projects.dtable"));
///     assert_eq!(export.run().await?.bytes, 1000);
///     assert_eq!(service.state().count(Call::StartExport), 2);
///     Ok(())
/// }
/// # an_export_of_an_hour_survives_a_broken_download().unwrap();
/// ```
///
/// A paused clock jumps to the next wait as soon as all tasks of the runtime wait. It does not for work in tokio's
/// `spawn_blocking`, but it does for work on other threads: `seatable-io-hyper` needs its feature `tokio` here, which is on by
/// default, or the check of a file exceeds any time limit.
///
/// The service accepts requests with any body, whether their URI is absolute or not, with or without a `Host`. What the
/// [`Wire`](crate::Wire) does, the client sees as through a connection:
///
/// - a response that is lost, a request that is refused and an upload that is cut are errors of the service, of the kind
///   [`ConnectionAborted`](io::ErrorKind::ConnectionAborted), after exactly as much of the upload was read as through a
///   connection. They cannot be told apart: the request may have been received;
/// - a response that is cut is one whose body ends with such an error;
/// - a silent server is a future that is never ready;
/// - a 413 comes before the body is read, which is then dropped;
/// - an export that waits for its task sleeps in the future of its request; others are not delayed.
#[derive(Clone, Debug)]
pub struct SandboxService(SharedSandbox);

impl SandboxService {
    /// Starts virtual time. If the clock of a runtime is to be paused, call this in that runtime, as all other methods.
    pub fn new(sandbox: Sandbox) -> Self {
        SandboxService(SharedSandbox::in_runtime(sandbox))
    }

    /// Returns a base URL, with the path prefix and without a trailing `/`. Its host is `localhost`; any other will do.
    pub fn url(&self) -> String {
        format!("http://localhost{}", self.with(|sandbox, _| sandbox.settings.prefix.clone()))
    }

    /// Returns the only valid token.
    pub fn token(&self) -> String {
        self.with(|sandbox, _| sandbox.token().to_owned())
    }

    /// Returns the current state of the server.
    pub fn state(&self) -> ServerState {
        self.with(|sandbox, now| sandbox.state(now).clone())
    }

    /// Reads or changes the sandbox, such as by [`Sandbox::add_fault`] or [`Sandbox::restart_tasks`], while requests wait.
    pub fn with<R>(&self, work: impl FnOnce(&mut Sandbox, Duration) -> R) -> R {
        self.0.with(work)
    }
}

impl<B> Service<Request<B>> for SandboxService
where
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<ResponseBody>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let (sandbox, mut body) = (self.0.clone(), Box::pin(body));
        // A client that writes to a connection announces a length that it knows.
        if let Some(length @ 1..) = body.size_hint().exact() {
            head.headers.entry(CONTENT_LENGTH).or_insert(length.into());
        }
        Box::pin(async move {
            let answered = answer(&sandbox, head, &mut body).await?;
            deliver(answered.delivery, &mut body, Ending::Fail).await
        })
    }
}
