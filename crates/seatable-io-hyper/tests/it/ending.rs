//! Runs that end early.

use std::future::ready;
use std::time::Duration;

use futures_util::stream;
use seatable_io_hyper::task::{ErrorKind, Operation};
use seatable_io_hyper::*;
use seatable_io_sandbox::{Call, Fault, FaultKind, TaskState};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::common::*;

/// Creates a scene whose server works for a minute on each task.
fn slow() -> Scene {
    scene_with(|sandbox| sandbox.with_task_time(Duration::from_secs(60)))
}

#[tokio::test]
async fn a_future_that_is_ready_cancels_on_the_server() {
    let scene = slow();
    for (operation, source) in [(scene.export(), file(0)), (scene.import(1000), file(1000))] {
        let error = operation_error(
            scene
                .client
                .run(operation)
                .source(source)
                .sink(Memory::default())
                .until(sleep(Duration::from_millis(100)))
                .run()
                .await,
        );
        assert_eq!((error.kind(), error.may_still_run()), (ErrorKind::Cancelled, false));
    }
    let state = scene.sandbox.state();
    assert!(state.tasks.iter().all(|task| task.state == TaskState::Cancelled), "{:?}", state.tasks);
    assert_eq!((state.tasks.len(), state.count(Call::CancelTask)), (2, 2));
}

#[tokio::test]
async fn one_cancellation_token_ends_all_runs_that_share_it() {
    let (scene, stop) = (slow(), CancellationToken::new());
    let run = || scene.client.run(scene.export()).sink(Memory::default()).until(stop.cancelled()).run();
    let (first, second, ()) = tokio::join!(run(), run(), async {
        sleep(Duration::from_millis(100)).await;
        stop.cancel();
    });
    assert_eq!(operation_error(first).kind(), ErrorKind::Cancelled);
    assert_eq!(operation_error(second).kind(), ErrorKind::Cancelled);
    assert_eq!(scene.sandbox.state().unfinished().count(), 0);
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_begins_makes_no_request() {
    let scene = slow();
    let error = operation_error(scene.client.run(scene.export()).until(ready(())).run().await);
    assert_eq!((error.kind(), scene.requests()), (ErrorKind::Cancelled, 0));
}

#[tokio::test]
async fn an_interrupted_upload_has_an_unknown_outcome() {
    let scene = scene();
    let source = StreamSource(stream::pending);
    let error = operation_error(
        scene
            .client
            .run(scene.import(1000))
            .source(source)
            .until(sleep(Duration::from_millis(50)))
            .run()
            .await,
    );
    assert_eq!((error.kind(), error.is_cancelled()), (ErrorKind::UnknownOutcome, true));
    assert!(scene.sandbox.state().tasks.is_empty());
}

#[tokio::test]
async fn a_download_is_interrupted_even_while_the_disk_is_slow() {
    let (scene, memory) = (scene(), Memory { pause: Duration::from_secs(60), ..Memory::default() });
    let error = operation_error(
        scene.client.run(scene.export()).sink(memory).until(sleep(Duration::from_millis(100))).run().await,
    );
    assert_eq!((error.kind(), scene.sandbox.state().count(Call::CancelTask)), (ErrorKind::Cancelled, 0));
}

/// Accepts a first piece, and never finishes.
struct Stuck(FileSink);
impl Sink for Stuck {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, std::io::Result<()>> {
        Box::pin(async move { self.0.begin(len).await })
    }
    fn write(&mut self, bytes: bytes::Bytes) -> BoxFuture<'_, std::io::Result<()>> {
        Box::pin(async move {
            self.0.write(bytes).await?;
            std::future::pending().await
        })
    }
    fn finish(&mut self) -> BoxFuture<'_, std::io::Result<()>> {
        Box::pin(async move { self.0.finish().await })
    }
}

#[tokio::test]
async fn a_dropped_run_sends_nothing_to_the_server_and_leaves_no_file() {
    let (scene, folder) = (scene(), tempfile::tempdir().unwrap());
    scene.add_fault(Fault::new(Call::ExportContent, FaultKind::Chunked));
    let sink = Stuck(FileSink::create_new(folder.path().join("a.dtable")).unwrap());
    let run = scene.client.run(scene.export()).sink(sink).run();
    assert!(tokio::time::timeout(Duration::from_millis(300), run).await.is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(scene.sandbox.state().count(Call::CancelTask), 0);
}

#[tokio::test]
async fn a_dropped_run_can_be_resumed() {
    let (scene, mut kept) = (scene_with(|sandbox| sandbox.with_task_time(Duration::from_millis(300))), None);
    let watch = |event: Event| {
        if let Event::Accepted { resume, .. } = event {
            kept = Some(resume.clone());
        }
    };
    let run = scene.client.run(scene.export()).sink(Memory::default()).watch(watch).run();
    assert!(tokio::time::timeout(Duration::from_millis(100), run).await.is_err());
    let (operation, memory) =
        (Operation::resume(scene.server.clone(), kept.unwrap(), policy(), SEED), Memory::default());
    scene.client.run(operation).sink(memory.clone()).run().await.unwrap();
    assert_eq!((memory.content().len(), scene.sandbox.state().tasks.len()), (100_000, 1));
}

#[tokio::test]
async fn no_request_outlives_the_deadline() {
    let scene = scene_at(|sandbox| sandbox, &Config::default(), Duration::ZERO);
    scene.add_fault(Fault::new(Call::StartExport, FaultKind::Silent).always());
    let short = policy().timeout(Duration::from_millis(200));
    let export =
        seatable_io_hyper::task::Export::new(1, seatable_io_hyper::proto::BaseName::new("projects").unwrap());
    let operation = Operation::export(scene.server.clone(), export, short, SEED);
    let ended = tokio::time::timeout(Duration::from_secs(2), scene.client.run(operation).run()).await;
    assert_eq!(operation_error(ended.unwrap()).kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_run_that_waits_for_a_connection_has_sent_nothing() {
    let scene = scene_at(|sandbox| sandbox, &Config::default(), Duration::ZERO);
    let scene = Scene { client: scene.client.with_connections(1), ..scene };
    scene.add_fault(Fault::new(Call::StartExport, FaultKind::Silent));
    let first = scene.client.run(scene.export()).until(sleep(Duration::from_millis(300))).run();
    let second = async {
        sleep(Duration::from_millis(50)).await;
        scene
            .client
            .run(scene.import(1000))
            .source(file(1000))
            .until(sleep(Duration::from_millis(50)))
            .run()
            .await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(operation_error(first).may_still_run());
    assert_eq!(operation_error(second).kind(), ErrorKind::Cancelled);
    assert_eq!(scene.sandbox.state().count(Call::StartImport), 0);
}
