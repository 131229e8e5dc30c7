//! Uploads, and responses during them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use seatable_io_hyper::proto::{FileName, Format};
use seatable_io_hyper::task::{ErrorKind, Import, Operation, Outcome};
use seatable_io_hyper::*;
use seatable_io_sandbox::{Call, Fault, FaultKind, ImportState};
use tokio::time::timeout;

use crate::common::*;

fn pieces(
    pieces: &[&'static [u8]],
) -> impl FnMut() -> stream::Iter<std::vec::IntoIter<io::Result<Bytes>>> + use<> {
    let pieces: Vec<Bytes> = pieces.iter().copied().map(Bytes::from_static).collect();
    move || stream::iter(pieces.iter().cloned().map(Ok).collect::<Vec<_>>())
}

fn content(scene: &Scene) -> Bytes {
    let state = scene.sandbox.state();
    let base = state.base(1, "new").unwrap();
    assert_eq!(base.import, ImportState::Finished);
    let content = base.content.as_ref().unwrap();
    content.read_at(0, usize::try_from(content.len()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_file_arrives_byte_for_byte() {
    let (scene, file) = (scene(), file(3_000_000));
    let mut disk = tempfile::NamedTempFile::new().unwrap();
    io::Write::write_all(&mut disk, &file).unwrap();
    let source = FileSource::new(disk.path()).unwrap();
    assert!(matches!(scene.send(source.len(), source).await, Ok(Outcome::Imported(_))));
    assert_eq!(content(&scene), file);
}

#[tokio::test]
async fn a_reader_arrives_byte_for_byte() {
    let (scene, file) = (scene(), file(700_000));
    let source = ReaderSource::new(io::Cursor::new(file.clone()));
    scene.send(700_000, source).await.unwrap();
    assert_eq!(content(&scene), file);
}

#[tokio::test]
async fn the_source_of_a_repeated_request_is_opened_again() {
    let (scene, file, opened) = (scene(), file(300_000), Arc::new(AtomicUsize::new(0)));
    scene.add_fault(Fault::new(Call::StartImport, FaultKind::Busy { retry_after: 0 }).times(2));
    let (counter, whole) = (opened.clone(), file.clone());
    let source = StreamSource(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        stream::iter([Ok(whole.clone())])
    });
    scene.send(300_000, source).await.unwrap();
    assert_eq!((opened.load(Ordering::Relaxed), content(&scene)), (3, file));
}

#[tokio::test]
async fn a_file_of_another_length_is_its_own_error_and_nothing_is_imported() {
    for (len, kind) in
        [(9, io::ErrorKind::UnexpectedEof), (7, io::ErrorKind::InvalidData), (1, io::ErrorKind::InvalidData)]
    {
        let scene = scene();
        let ended = scene.send(len, StreamSource(pieces(&[b"1234", b"", b"5678"]))).await;
        let Err(Error::Source { error, .. }) = ended else { panic!("{ended:?}") };
        assert_eq!(error.kind(), kind, "{len}");
        assert!(scene.sandbox.state().base(1, "new").is_none());
    }
}

#[tokio::test]
async fn a_file_that_breaks_in_the_middle_is_its_own_error() {
    let scene = scene();
    let source =
        || stream::iter([Ok(Bytes::from_static(b"PK")), Err(io::ErrorKind::PermissionDenied.into())]);
    let ended = scene.send(1000, StreamSource(source)).await;
    assert!(
        matches!(ended, Err(Error::Source { error, .. }) if error.kind() == io::ErrorKind::PermissionDenied)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_early_413_is_received_even_before_a_reset() {
    let scene = scene_at(|sandbox| sandbox.with_size_limit(1_000_000), &Config::default(), Duration::ZERO);
    let whole = Bytes::from(vec![0; 40_000_000]);
    for round in 0..100 {
        let error = operation_error(scene.send(40_000_000, whole.clone()).await);
        assert_eq!(error.status().map(|status| status.as_u16()), Some(413), "round {round}: {error}");
    }
}

#[tokio::test]
async fn an_early_response_is_received_while_the_file_is_blocked() {
    let (scene, hour) = (scene(), Duration::from_secs(3600));
    scene.add_fault(Fault::new(Call::StartImport, FaultKind::TooLarge));
    let endless = StreamSource(stream::pending::<io::Result<Bytes>>);
    let import = Import::new(1, FileName::new("new", Format::Dtable).unwrap(), 1000).unwrap();
    // Nothing else ends it within the hour.
    let operation = Operation::import(scene.server.clone(), import, policy().timeout(hour), SEED);
    let ended = timeout(Duration::from_secs(300), scene.client.run(operation).source(endless).run());
    let error = operation_error(ended.await.expect("the response is not read"));
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Rejected, 413));
}

#[tokio::test]
async fn sent_bytes_are_reported_frame_by_frame() {
    let (scene, mut reported) = (scene(), Vec::new());
    let watch = |event: Event| {
        if let Event::Sent { bytes, .. } = event {
            reported.push(bytes);
        }
    };
    scene.client.run(scene.import(2_000_000)).source(file(2_000_000)).watch(watch).run().await.unwrap();
    assert!(reported.is_sorted() && reported.last() == Some(&2_000_000), "{reported:?}");
}

#[tokio::test]
async fn a_slow_file_causes_no_idle_timeout() {
    let (scene, whole) = (scene(), file(1000));
    let source = StreamSource(move || {
        let parts: Vec<Bytes> = whole.chunks(125).map(Bytes::copy_from_slice).collect();
        stream::unfold(parts.into_iter(), |mut parts| async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Some((Ok(parts.next()?), parts))
        })
    });
    assert!(matches!(scene.send(1000, source).await, Ok(Outcome::Imported(_))));
}
