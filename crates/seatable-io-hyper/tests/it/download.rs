//! Downloads and their sinks.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use seatable_io_hyper::proto::{BaseName, BaseUuid, TaskId, TaskKind};
use seatable_io_hyper::task::{ErrorKind, Export, Operation, Outcome, Resume};
use seatable_io_hyper::*;
use seatable_io_sandbox::{Call, Fault, FaultKind};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::common::*;

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_file_appears_whole_under_its_name() {
    let (scene, folder) = (scene(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a.dtable");
    let ended = scene.fetch(FileSink::create_new(&path).unwrap()).await;
    assert!(matches!(ended, Ok(Outcome::Exported(exported)) if exported.bytes == 100_000));
    assert_eq!(fs::read(&path).unwrap(), file(100_000));
    assert_eq!(names(folder.path()), ["a.dtable"]);
}

#[tokio::test]
async fn a_broken_download_is_started_again() {
    let (scene, memory) = (scene(), Memory::default());
    scene.add_fault(Fault::new(Call::ExportContent, FaultKind::Cut { after: 50_000 }));
    scene.add_fault(Fault::new(Call::ExportContent, FaultKind::CutChunked { after: 50_000 }));
    scene.fetch(memory.clone()).await.unwrap();
    assert_eq!(memory.content(), file(100_000));
    assert!(*memory.finished.lock().unwrap());
}

#[tokio::test]
async fn a_response_without_a_file_never_reaches_the_sink() {
    let (scene, memory) = (scene(), Memory::default());
    scene.add_fault(Fault::new(Call::ExportContent, FaultKind::LoginPage).always());
    let error = operation_error(scene.fetch(memory.clone()).await);
    assert!(memory.content().is_empty() && !*memory.finished.lock().unwrap(), "{error}");
}

/// Accepts a first piece, and no other.
struct Full(bool);

impl Sink for Full {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move { Ok(()) })
    }
    fn write(&mut self, _: Bytes) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            if std::mem::replace(&mut self.0, true) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        })
    }
    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move { Ok(()) })
    }
}

#[tokio::test]
async fn a_full_disk_is_not_mistaken_for_a_network_failure() {
    let scene = scene_with(|sandbox| sandbox.with_base(1, "large", file(5_000_000)));
    let export = Export::new(1, BaseName::new("large").unwrap());
    let operation = Operation::export(scene.server.clone(), export, policy(), SEED);
    let ended = scene.client.run(operation).sink(Full(false)).run().await;
    assert!(matches!(ended, Err(Error::Sink { error, .. }) if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!(scene.sandbox.state().tasks.len(), 1);
}

#[tokio::test]
async fn a_slow_sink_does_not_cause_an_idle_timeout() {
    let (scene, memory) = (scene(), Memory { pause: Duration::from_millis(600), ..Memory::default() });
    scene.fetch(memory.clone()).await.unwrap();
    assert_eq!(memory.content(), file(100_000));
    assert_eq!(scene.sandbox.state().tasks.len(), 1);
}

#[tokio::test]
async fn a_server_that_falls_silent_causes_an_idle_timeout() {
    let scene = scene();
    scene.add_fault(Fault::new(Call::QueryStatus, FaultKind::Silent).always());
    let error = operation_error(scene.fetch(Vec::new()).await);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(scene.sandbox.state().count(Call::QueryStatus), 3);
}

/// A server whose file never ends; counts the bytes that it could send.
async fn endless() -> (seatable_io_hyper::proto::Server, Arc<AtomicUsize>) {
    let (listener, sent) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Arc::new(AtomicUsize::new(0)));
    let (server, counter) =
        (server(&format!("http://{}", listener.local_addr().unwrap()), "0123"), sent.clone());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(FINISHED).await.unwrap();
        read_head(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\n\r\nPK\x03\x04")
            .await
            .unwrap();
        while let Ok(count) = stream.write(&[0; 8192]).await {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    });
    (server, sent)
}

#[tokio::test]
async fn a_blocked_sink_stops_the_network_instead_of_filling_memory() {
    let (server, sent) = endless().await;
    let resume = Resume::new(TaskKind::Export, TaskId::new("1").unwrap(), BaseUuid::new("d09b").unwrap());
    let operation = Operation::resume(server, resume, policy(), SEED);
    let sink = Memory { pause: Duration::from_secs(60), ..Memory::default() };
    let client = Client::new(Config::default()).unwrap();
    let error = operation_error(
        client.run(operation).sink(sink).until(tokio::time::sleep(Duration::from_millis(500))).run().await,
    );
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    let sent = sent.load(Ordering::Relaxed);
    assert!((1..20_000_000).contains(&sent), "{sent}");
}
