//! Operations that run out of time over a transport without sockets, in virtual time.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http::{Request, Response, StatusCode};
use seatable_io_driver::asynchronous::{BoxFuture, Client, Sink, StreamSource, Transport, Upload};
use seatable_io_driver::{Error, Event, StopSignal, TransportError};
use seatable_io_proto::{BaseName, FileName, Format, QueryStatus, TaskId};
use seatable_io_sandbox::sample_dtable;
use seatable_io_task::{ErrorKind, Export, Failure, Import, Operation, Outcome, Policy, Reason, Route};

use crate::common::*;

#[tokio::test(start_paused = true)]
async fn a_silent_server_times_out_after_a_minute_and_during_an_upload_after_three() {
    for (fault, seconds) in [("status:silent*always", 60), ("import:silent", 180)] {
        let (client, mut failed) = (client(&[fault]), None);
        let start = tokio::time::Instant::now();
        let watch = |event: Event| {
            if let Event::Failed { error, .. } = event {
                failed.get_or_insert((error.failure(), start.elapsed().as_secs()));
            }
        };
        let end = client.run(import(1000)).source(sample_dtable(1000)).watch(watch).run().await;
        assert!(end.is_err());
        assert_eq!(failed, Some((Failure::TimedOut, seconds)));
    }
}

#[tokio::test(start_paused = true)]
async fn no_request_outlives_the_deadline() {
    let client = client(&["synchronous-export:silent*always", "export:silent*always"]);
    let start = tokio::time::Instant::now();
    let policy = Policy::default().timeout(Duration::from_secs(20));
    let export = Export::new(1, BaseName::new("stock").unwrap());
    let end = client.run(Operation::export(server(), export, policy, SEED)).run().await;
    assert_eq!((kind(end), start.elapsed().as_secs()), (ErrorKind::Timeout, 20));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_yields_no_bytes_times_out_and_a_slow_one_does_not() {
    let client = client(&[]);
    let still = || stream::pending::<io::Result<Bytes>>();
    let start = tokio::time::Instant::now();
    let end = send(&client, 10, StreamSource(still)).await;
    let Err(Error::Operation { error, transport: Some(why), .. }) = end else { panic!("{end:?}") };
    assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::UnknownOutcome, 180));
    assert_eq!(error.reason(), Some(&Reason::LocalTimedOut));
    assert_eq!(why.to_string(), "nothing was read from the file for 180 s");
    let slow = || {
        stream::unfold(0, |sent| async move {
            tokio::time::sleep(Duration::from_secs(170)).await;
            (sent < 10).then(|| (Ok(Bytes::from_static(b"1")), sent + 1))
        })
    };
    let end = send(&client, 10, StreamSource(slow)).await;
    assert!(!matches!(end, Err(Error::Operation { error, .. }) if error.kind() == ErrorKind::UnknownOutcome));
}

/// A sink that needs a minute for one of its steps.
struct Slow(&'static str);

impl Slow {
    fn wait_in(&self, step: &str) -> BoxFuture<'_, io::Result<()>> {
        let seconds = if self.0 == step { 60 } else { 0 };
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(())
        })
    }
}

impl Sink for Slow {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        self.wait_in("begin")
    }

    fn write(&mut self, _: Bytes) -> BoxFuture<'_, io::Result<()>> {
        self.wait_in("write")
    }

    fn check(&mut self, _: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        self.wait_in("check")
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        self.wait_in("finish")
    }
}

/// An export with a timeout of half a minute.
fn short_export() -> Operation {
    let export = Export::new(1, BaseName::new("stock").unwrap()).route(Route::Synchronous);
    Operation::export(server(), export, Policy::default().timeout(Duration::from_secs(30)), SEED)
}

fn reason(end: Result<Outcome, Error>) -> Option<Reason> {
    let error = end.unwrap_err();
    let error = error.operation().expect("an operation's error");
    assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::UnknownOutcome), "{error}");
    error.reason().cloned()
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_runs_out_of_time_because_of_its_file_says_so() {
    for step in ["begin", "write", "check"] {
        let end = client(&[]).run(short_export()).sink(Slow(step)).run().await;
        assert_eq!(reason(end), Some(Reason::LocalTimedOut), "{step}");
    }
    assert!(client(&[]).run(short_export()).sink(Slow("finish")).run().await.is_ok());
    let import = Import::new(1, FileName::new("new", Format::Dtable).unwrap(), 10).unwrap();
    let operation =
        Operation::import(server(), import, Policy::default().timeout(Duration::from_secs(30)), SEED);
    let still = || stream::pending::<io::Result<Bytes>>();
    let end = client(&[]).run(operation).source(StreamSource(still)).run().await;
    assert_eq!(reason(end), Some(Reason::LocalTimedOut));
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_runs_out_of_time_because_of_the_server_says_so() {
    let client = Client::with_transport(Trickle(tokio::time::Instant::now()));
    assert_eq!(reason(client.run(short_export()).sink(Slow("nothing")).run().await), Some(Reason::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waited_for_a_connection_until_the_end_is_not_blamed_on_the_server() {
    let client = Client::with_transport(Trickle(tokio::time::Instant::now())).with_connections(1);
    let first = client.run(export()).sink(Memory::default()).run();
    let second = client.run(short_export()).sink(Memory::default()).run();
    let (_, second) = tokio::join!(tokio::time::timeout(Duration::from_secs(600), first), second);
    assert_eq!(reason(second), Some(Reason::NotSentInTime));
}

/// Answers each request with four bytes at once, and four more every 50 seconds.
struct Trickle(tokio::time::Instant);

impl Transport for Trickle {
    type Permit = ();
    type ResponseBody = bool;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep_until(&self, moment: Duration) {
        tokio::time::sleep_until(self.0 + moment).await;
    }

    async fn permit(&self) -> Result<(), TransportError> {
        Ok(())
    }

    async fn send(&self, (): (), _: Request<Upload>) -> Result<Response<bool>, TransportError> {
        Ok(Response::builder().header("content-type", "application/zip").body(false).unwrap())
    }

    async fn next(&self, begun: &mut bool) -> Result<Option<Bytes>, TransportError> {
        if std::mem::replace(begun, true) {
            tokio::time::sleep(Duration::from_secs(50)).await;
        }
        Ok(Some(Bytes::from_static(b"PK\x03\x04")))
    }
}

/// Begins to read the file, and then responds with the status, without a body, or breaks the connection if there is none.
struct Early(tokio::time::Instant, Option<StatusCode>);

impl Transport for Early {
    type Permit = ();
    type ResponseBody = ();

    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep_until(&self, moment: Duration) {
        tokio::time::sleep_until(self.0 + moment).await;
    }

    async fn permit(&self) -> Result<(), TransportError> {
        Ok(())
    }

    async fn send(&self, (): (), request: Request<Upload>) -> Result<Response<()>, TransportError> {
        let mut upload = request.into_body();
        while upload.next().now_or_never().is_some() {}
        let status =
            self.1.ok_or_else(|| TransportError::new(Failure::Interrupted, "the connection broke"))?;
        Ok(Response::builder().status(status).body(()).unwrap())
    }

    async fn next(&self, (): &mut ()) -> Result<Option<Bytes>, TransportError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_the_server_does_not_wait_for_is_not_the_reason() {
    for (status, failure) in
        [(None, Failure::Interrupted), (Some(StatusCode::BAD_GATEWAY), Failure::TimedOut)]
    {
        let (start, mut failed) = (tokio::time::Instant::now(), None);
        let watch = |event| {
            if let Event::Failed { error, .. } = event {
                failed = Some(error.failure());
            }
        };
        let import = Import::new(1, FileName::new("new", Format::Dtable).unwrap(), 10).unwrap();
        let operation =
            Operation::import(server(), import, Policy::default().timeout(Duration::from_secs(30)), SEED);
        let still = StreamSource(stream::pending::<io::Result<Bytes>>);
        let end = Client::with_transport(Early(start, status))
            .run(operation)
            .source(still)
            .watch(watch)
            .run()
            .await;
        assert_eq!((kind(end), failed), (ErrorKind::UnknownOutcome, Some(failure)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_call_lasts_at_most_five_minutes() {
    let start = tokio::time::Instant::now();
    let status = QueryStatus::new(TaskId::new("1").unwrap());
    let end = Client::with_transport(Trickle(start)).call(&status, &server()).await;
    assert!(matches!(end, Err(Error::Transport(error)) if error.failure() == Failure::TimedOut));
    assert_eq!(start.elapsed().as_secs(), 300);
}
