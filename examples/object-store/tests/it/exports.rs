//! Exports from a sandbox with faults.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, join, join_all, select};
use object_sink::ObjectSink;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use seatable_io_hyper::proto::{Server, Token};
use seatable_io_hyper::{Client, Config, Error, ErrorKind, Event, Policy};
use seatable_io_sandbox::{Call, Generation, Sandbox, SandboxServer, dtable_of, sample_dtable};

use crate::stores::places;

const LEN: usize = 10_000_000;

fn sandbox(faults: &[&str]) -> SandboxServer {
    let mut sandbox = Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(LEN));
    for fault in faults {
        sandbox = sandbox.with_fault(fault.parse().unwrap());
    }
    SandboxServer::start(sandbox).unwrap()
}

/// Exports a base to the object of its name.
async fn export(sandbox: &SandboxServer, store: &Arc<dyn ObjectStore>, base: &str) -> Result<u64, Error> {
    let server = Server::new(&sandbox.url(), Token::new(&sandbox.token())?)?;
    let sink = ObjectSink::create_new(store.clone(), Path::from(format!("{base}.dtable")));
    let client = Client::new(Config::default())?;
    Ok(client.export(&server, 1, base).policy(quick()).sink(sink).run().await?.bytes)
}

fn quick() -> Policy {
    let [short, long] = [1, 10].map(Duration::from_millis);
    let mut policy = Policy::default();
    (policy.backoff, policy.poll, policy.new_exports) = (short..=long, short..=long, 1);
    policy
}

#[tokio::test]
async fn a_download_that_breaks_begins_again_and_leaves_nothing_else() {
    for fault in ["synchronous-export:cut@9000000", "synchronous-export:cut-chunked@9000000"] {
        for place in places() {
            let sandbox = sandbox(&[fault]);
            assert_eq!(export(&sandbox, &place.store, "stock").await.unwrap(), LEN as u64, "{}", place.name);
            assert_eq!(sandbox.state().count(Call::SynchronousExport), 2);
            assert_eq!(place.all().await, ["stock.dtable"], "{}", place.name);
            assert!(place.bytes("stock.dtable").await.unwrap() == sample_dtable(LEN), "{}", place.name);
        }
    }
}

#[tokio::test]
async fn downloads_that_always_break_leave_nothing() {
    for fault in ["cut@9000000", "cut-chunked@9000000", "truncated", "login", "empty"] {
        for place in places() {
            let sandbox = sandbox(&[&format!("synchronous-export:{fault}*always")]);
            let error = export(&sandbox, &place.store, "stock").await.unwrap_err();
            assert!(error.operation().is_some(), "{fault}: {error}");
            assert_eq!(place.all().await, [""; 0], "{fault} {}", place.name);
        }
    }
}

#[tokio::test]
async fn a_file_that_is_not_a_base_leaves_nothing() {
    for place in places() {
        let sandbox = sandbox(&[]);
        sandbox.with(|sandbox, _| sandbox.add_base(1, "list", dtable_of(b"[]", &[])));
        let error = export(&sandbox, &place.store, "list").await.unwrap_err();
        assert_eq!(error.operation().unwrap().kind(), ErrorKind::NotABase, "{error}");
        assert_eq!(place.all().await, [""; 0], "{}", place.name);
    }
}

#[tokio::test]
async fn an_existing_object_is_noticed_before_the_download() {
    for place in places() {
        let sandbox = sandbox(&[]);
        place.store.put(&Path::from("stock.dtable"), "another".into()).await.unwrap();
        let error = export(&sandbox, &place.store, "stock").await.unwrap_err();
        let Error::Sink { error, .. } = error else { panic!("{error}") };
        assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(place.all().await, ["stock.dtable"], "{}", place.name);
        assert_eq!(place.bytes("stock.dtable").await.unwrap(), b"another");
    }
}

#[tokio::test]
async fn an_export_without_assets_is_a_base() {
    for place in places() {
        let sandbox = sandbox(&["any:no-assets"]);
        let bytes = export(&sandbox, &place.store, "stock").await.unwrap();
        assert_eq!(place.bytes("stock.dtable").await.unwrap().len() as u64, bytes, "{}", place.name);
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_or_dropped_during_the_download_leaves_nothing() {
    for place in places() {
        for is_dropped in [false, true] {
            let sandbox = sandbox(&[]);
            let server = Server::new(&sandbox.url(), Token::new(&sandbox.token()).unwrap()).unwrap();
            let client = Client::new(Config::default()).unwrap();
            let (received, mut half) = tokio::sync::mpsc::unbounded_channel();
            let watch = move |event| match event {
                Event::Received { bytes, .. } if bytes > 9_000_000 => received.send(()).unwrap_or_default(),
                _ => {}
            };
            let sink = ObjectSink::create_new(place.store.clone(), Path::from("stock.dtable"));
            let run = client.export(&server, 1, "stock").sink(sink).watch(watch);
            if is_dropped {
                let mut run = Box::pin(run.run());
                assert!(matches!(select(&mut run, pin!(half.recv())).await, Either::Right(_)));
                drop(run);
                place.until_only(&[]).await;
            } else {
                let stopped = run.until(async move { half.recv().await.unwrap_or_default() }).run().await;
                assert_eq!(stopped.unwrap_err().operation().unwrap().kind(), ErrorKind::Cancelled);
                assert_eq!(place.all().await, [""; 0], "{}", place.name);
            }
        }
    }
}

#[tokio::test]
async fn exports_into_one_store_do_not_disturb_each_other() {
    for place in places() {
        let sandbox = sandbox(&["synchronous-export/stock:cut@9000000"]);
        for (base, len) in [("orders", 9_500_000), ("notes", 1000)] {
            sandbox.with(|sandbox, _| sandbox.add_base(1, base, sample_dtable(len)));
        }
        let runs = ["stock", "orders", "notes", "none"].map(|base| export(&sandbox, &place.store, base));
        let [stock, orders, notes, none] = join_all(runs).await.try_into().unwrap();
        assert_eq!((stock.unwrap(), orders.unwrap(), notes.unwrap()), (LEN as u64, 9_500_000, 1000));
        assert_eq!(none.unwrap_err().operation().unwrap().kind(), ErrorKind::NotFound);
        assert_eq!(place.all().await, ["notes.dtable", "orders.dtable", "stock.dtable"], "{}", place.name);
        assert!(place.bytes("orders.dtable").await.unwrap() == sample_dtable(9_500_000));
    }
}

#[tokio::test]
async fn of_two_exports_to_one_object_one_fails_and_nothing_else_is_left() {
    // moto_server looks for the object and creates it in two steps, unlike S3.
    for place in places().into_iter().filter(|place| place.name != "S3") {
        let sandbox = sandbox(&[]);
        let [one, two] = [(); 2].map(|()| export(&sandbox, &place.store, "stock"));
        let (one, two) = join(one, two).await;
        assert!(one.is_ok() != two.is_ok(), "{}: {one:?} {two:?}", place.name);
        assert_eq!(place.all().await, ["stock.dtable"], "{}", place.name);
        assert!(place.bytes("stock.dtable").await.unwrap() == sample_dtable(LEN), "{}", place.name);
    }
}
