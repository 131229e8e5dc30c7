//! The sink as a run calls it, step by step.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use object_sink::{ObjectSink, PARTS};
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::throttle::{ThrottleConfig, ThrottledStore};
use seatable_io_hyper::bytes::Bytes;
use seatable_io_hyper::{Sink, StopSignal};
use seatable_io_sandbox::sample_dtable;

use crate::stores::{Place, places};

fn sink(place: &Place) -> ObjectSink {
    ObjectSink::create_new(place.store.clone(), Path::from("a/stock.dtable"))
}

async fn write(sink: &mut ObjectSink, bytes: &Bytes) {
    for piece in bytes.chunks(1_000_000) {
        sink.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
}

#[tokio::test]
async fn an_object_appears_only_when_it_is_finished() {
    let file = sample_dtable(10_000_000);
    for place in places() {
        let mut sink = sink(&place);
        sink.begin(Some(10_000_000)).await.unwrap();
        write(&mut sink, &file).await;
        assert_eq!(place.bytes("a/stock.dtable").await, None, "{}", place.name);
        sink.check(StopSignal::default()).await.unwrap();
        let all = place.all().await;
        assert!(all.len() == 1 && all[0].starts_with(PARTS), "{}: {all:?}", place.name);
        sink.finish().await.unwrap();
        assert_eq!(place.all().await, ["a/stock.dtable"], "{}", place.name);
        assert!(place.bytes("a/stock.dtable").await.unwrap() == file, "{}", place.name);
    }
}

#[tokio::test]
async fn a_file_that_begins_again_replaces_the_part_whether_it_was_complete_or_not() {
    let [wrong, file] = [9_000_000, 10_000_000].map(sample_dtable);
    for place in places() {
        for is_complete in [false, true] {
            let mut sink = ObjectSink::create(place.store.clone(), Path::from("stock.dtable"));
            sink.begin(None).await.unwrap();
            write(&mut sink, &wrong).await;
            if is_complete {
                sink.check(StopSignal::default()).await.unwrap();
            }
            sink.begin(None).await.unwrap();
            write(&mut sink, &file).await;
            sink.check(StopSignal::default()).await.unwrap();
            sink.finish().await.unwrap();
            assert_eq!(place.all().await, ["stock.dtable"], "{}", place.name);
            assert!(place.bytes("stock.dtable").await.unwrap() == file, "{}", place.name);
        }
    }
}

#[tokio::test]
async fn a_part_that_is_discarded_or_dropped_leaves_nothing_whether_it_was_complete_or_not() {
    let file = sample_dtable(10_000_000);
    for place in places() {
        for (is_complete, is_dropped) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut sink = sink(&place);
            sink.begin(None).await.unwrap();
            write(&mut sink, &file).await;
            if is_complete {
                sink.check(StopSignal::default()).await.unwrap();
            }
            if is_dropped {
                drop(sink);
                place.until_only(&[]).await;
            } else {
                sink.discard().await;
                assert_eq!(place.all().await, [""; 0], "{}", place.name);
            }
        }
    }
}

#[tokio::test]
async fn a_future_that_is_dropped_leaves_nothing() {
    let file = sample_dtable(10_000_000);
    for place in places() {
        for polls in 0..12 {
            let mut sink = sink(&place);
            let mut run = Box::pin(async {
                sink.begin(None).await.unwrap();
                write(&mut sink, &file).await;
                sink.check(StopSignal::default()).await.unwrap();
            });
            for _ in 0..polls {
                let _ = futures_util::poll!(&mut run);
                tokio::task::yield_now().await;
            }
            drop(run);
            sink.discard().await;
            assert_eq!(place.all().await, [""; 0], "{} after {polls}", place.name);
        }
    }
}

#[tokio::test]
async fn a_file_that_is_cut_off_or_damaged_fails_its_check() {
    let file = sample_dtable(3_000_000);
    let mut damaged = file.to_vec();
    damaged[100] ^= 1;
    for place in places() {
        for wrong in
            [file.slice(..file.len() - 1), Bytes::new(), damaged.clone().into(), Bytes::from("<html>")]
        {
            let mut sink = sink(&place);
            sink.begin(None).await.unwrap();
            write(&mut sink, &wrong).await;
            let error = sink.check(StopSignal::default()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData, "{}: {error}", place.name);
            sink.discard().await;
            assert_eq!(place.all().await, [""; 0], "{}", place.name);
        }
    }
}

#[tokio::test]
#[expect(clippy::default_trait_access, reason = "hyper does not export the type")]
async fn a_check_that_is_stopped_is_not_one_that_found_damage() {
    let stop = StopSignal::new(std::default::Default::default(), Some(std::time::Instant::now()));
    for place in places() {
        let mut sink = sink(&place);
        sink.begin(None).await.unwrap();
        write(&mut sink, &sample_dtable(1000)).await;
        assert_eq!(sink.check(stop.clone()).await.unwrap_err().kind(), ErrorKind::TimedOut);
    }
}

#[tokio::test]
async fn an_object_that_appears_during_the_download_is_not_replaced() {
    for place in places() {
        let mut sink = sink(&place);
        sink.begin(None).await.unwrap();
        write(&mut sink, &sample_dtable(1000)).await;
        sink.check(StopSignal::default()).await.unwrap();
        place.store.put(&Path::from("a/stock.dtable"), "another".into()).await.unwrap();
        let error = sink.finish().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{}: {error}", place.name);
        sink.discard().await;
        assert_eq!(place.all().await, ["a/stock.dtable"], "{}", place.name);
        assert_eq!(place.bytes("a/stock.dtable").await.unwrap(), b"another");
    }
}

#[tokio::test]
async fn nothing_can_be_written_before_the_beginning_or_after_the_check() {
    for place in places() {
        let mut sink = sink(&place);
        assert!(sink.write(Bytes::from("a")).await.is_err());
        assert!(sink.check(StopSignal::default()).await.is_err() && sink.finish().await.is_err());
        sink.begin(None).await.unwrap();
        write(&mut sink, &sample_dtable(1000)).await;
        sink.check(StopSignal::default()).await.unwrap();
        assert!(sink.write(Bytes::from("a")).await.is_err());
        sink.finish().await.unwrap();
        assert!(sink.finish().await.is_err());
        assert_eq!(place.bytes("a/stock.dtable").await.unwrap().len(), 1000);
    }
}

#[tokio::test(start_paused = true)]
async fn two_parts_at_most_are_uploaded_while_the_next_one_is_filled() {
    let hour = Duration::from_secs(3600);
    let slow = ThrottleConfig { wait_put_per_call: hour, ..ThrottleConfig::default() };
    let store = Arc::new(ThrottledStore::new(InMemory::new(), slow));
    let mut sink = ObjectSink::create(store, Path::from("stock.dtable"));
    sink.begin(None).await.unwrap();
    let start = tokio::time::Instant::now();
    let mut waits = Vec::new();
    for _ in 0..5 {
        sink.write(vec![0; 8 << 20].into()).await.unwrap();
        waits.push(start.elapsed().as_secs() / hour.as_secs());
    }
    assert_eq!(waits, [0, 0, 1, 1, 2]);
}
