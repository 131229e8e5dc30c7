//! Other services, other timers, and the promise that futures can be sent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Sleep, Timer};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use seatable_io_hyper::task::Outcome;
use seatable_io_hyper::*;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tower_service::Service;

use crate::common::*;

/// One connection, for one request after another.
#[derive(Clone)]
struct Single(Arc<Mutex<SendRequest<UploadBody>>>);

impl Service<Request<UploadBody>> for Single {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = hyper::Result<Response<Incoming>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<UploadBody>) -> Self::Future {
        let (sender, path) = (self.0.clone(), request.uri().path_and_query().cloned().unwrap());
        let host = request.uri().authority().unwrap().as_str().parse().unwrap();
        request.headers_mut().insert(http::header::HOST, host);
        *request.uri_mut() = path.into();
        Box::pin(async move {
            let mut sender = sender.lock().await;
            sender.ready().await?;
            sender.send_request(request).await
        })
    }
}

#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Timer for Counting {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        TokioTimer::new().sleep(duration)
    }
    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        TokioTimer::new().sleep_until(deadline)
    }
}

#[tokio::test]
async fn a_single_connection_and_another_timer_suffice_for_whole_runs() {
    let (scene, timer) = (scene(), Counting::default());
    let stream = TcpStream::connect(scene.sandbox.address()).await.unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let client = Client::with_transport(Hyper::new(Single(Arc::new(Mutex::new(sender))), timer.clone()));
    let imported = client.run(scene.import(3_000)).source(file(3_000)).run().await;
    assert!(matches!(imported, Ok(Outcome::Imported(_))));
    let memory = Memory::default();
    client.run(scene.export()).sink(memory.clone()).run().await.unwrap();
    assert_eq!(memory.content(), file(100_000));
    assert!(timer.0.load(Ordering::Relaxed) > 5);
}

#[tokio::test]
async fn a_connector_of_the_caller_gets_a_pool() {
    let scene = scene();
    let client = Client::with_transport(Hyper::with_connector(HttpConnector::new(), &Config::default()));
    assert!(client.run(scene.export()).sink(Memory::default()).run().await.is_ok());
}

/// Refuses every other request before it is sent, as a limiting layer may.
#[derive(Clone)]
struct Refusing<S>(S, Arc<AtomicUsize>);

impl<S: Service<Request<UploadBody>, Error: Into<Box<dyn std::error::Error + Send + Sync>>>>
    Service<Request<UploadBody>> for Refusing<S>
{
    type Response = S::Response;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = futures_util::future::ErrInto<S::Future, Self::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        if self.1.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            return Poll::Ready(Err("not now".into()));
        }
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<UploadBody>) -> Self::Future {
        futures_util::TryFutureExt::err_into(self.0.call(request))
    }
}

#[tokio::test]
async fn a_request_to_a_service_that_was_not_ready_is_repeated() {
    let scene = scene();
    let pool = legacy::Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let client = Client::with_transport(Hyper::new(Refusing(pool, Arc::default()), TokioTimer::new()));
    let imported = client.run(scene.import(3_000)).source(file(3_000)).run().await;
    assert!(matches!(imported, Ok(Outcome::Imported(_))), "{imported:?}");
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn futures_can_be_sent_and_are_small() {
    let (scene, folder) = (scene(), tempfile::tempdir().unwrap());
    let sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap();
    let source = ReaderSource::new(tokio::io::empty());
    let run = is_send(scene.client.run(scene.export()).source(source).sink(sink).run());
    println!(
        "run: {} bytes, operation: {}",
        size_of_val(&run),
        size_of::<seatable_io_hyper::task::Operation>()
    );
    assert!(size_of_val(&run) < if cfg!(feature = "tracing") { 700 } else { 640 });
    let (client, operation) = (scene.client.clone(), scene.export());
    let run = async move { client.run(operation).sink(Memory::default()).run().await };
    tokio::spawn(run).await.unwrap().unwrap();
    let query =
        seatable_io_hyper::proto::QueryStatus::new(seatable_io_hyper::proto::TaskId::new("1").unwrap());
    drop(is_send(scene.client.call(&query, &scene.server)));
    drop(is_send(scene.client.import(&scene.server, 1, folder.path()).policy(policy()).run()));
}
