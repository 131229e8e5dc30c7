//! Files, readers and writers of tokio in whole lives.
#![cfg(feature = "tokio")]
#![allow(missing_docs)]

mod common;

use std::fs;
use std::io::{self, Cursor};
use std::time::Instant;

use common::*;
use seatable_io_driver::asynchronous::{FileSink, ReaderSource, Sink, Source, WriterSink};
use seatable_io_driver::{Error, FileSource, start_export, start_import};
use seatable_io_proto::BaseName;
use seatable_io_sandbox::sample_dtable;
use seatable_io_task::{Outcome, Policy, Step};
use tempfile::tempdir;

#[tokio::test]
async fn a_file_goes_from_disk_to_disk() {
    let (client, folder) = (client(&[]), tempdir().unwrap());
    let [from, to] = ["new.dtable", "copy.dtable"].map(|name| folder.path().join(name));
    fs::write(&from, sample_dtable(700_000)).unwrap();
    let imported = client.import(&server(), 1, &from, Policy::default()).await.unwrap();
    assert_eq!(imported.base.unwrap().name, "new");
    let new = BaseName::new("new").unwrap();
    let exported = client.export(&server(), 1, new, &to, Policy::default()).await.unwrap();
    assert_eq!(exported.bytes, 700_000);
    assert!(fs::read(to).unwrap() == sample_dtable(700_000));
}

#[tokio::test]
async fn what_came_meanwhile_is_left_alone_unless_it_may_be_replaced() {
    let (client, folder) = (client(&[]), tempdir().unwrap());
    let path = folder.path().join("a.dtable");
    let late = FileSink::new(&path, false).unwrap();
    fs::write(&path, "mine").unwrap();
    let end = fetch(&client, late).await;
    assert!(matches!(end, Err(Error::Sink(error)) if error.kind() == io::ErrorKind::AlreadyExists));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    fetch(&client, FileSink::new(&path, true).unwrap()).await.unwrap();
    assert!(fs::read(&path).unwrap() == sample_dtable(5000));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_download_that_breaks_begins_anew_on_disk() {
    let (client, folder) = (client(&["synchronous-export:cut@2000"]), tempdir().unwrap());
    let path = folder.path().join("a.dtable");
    fetch(&client, FileSink::new(&path, false).unwrap()).await.unwrap();
    assert!(fs::read(&path).unwrap() == sample_dtable(5000));
}

#[tokio::test]
async fn a_file_that_changed_or_went_is_found_before_anything_is_sent() {
    let (client, folder) = (client(&[]), tempdir().unwrap());
    let path = folder.path().join("new.dtable");
    fs::write(&path, sample_dtable(1000)).unwrap();
    let source = FileSource::new(&path).unwrap();
    fs::write(&path, sample_dtable(2000)).unwrap();
    let end = send(&client, 1000, source.clone()).await;
    assert!(matches!(end, Err(Error::Source(error)) if error.kind() == io::ErrorKind::InvalidData));
    fs::remove_file(&path).unwrap();
    let end = send(&client, 1000, source).await;
    assert!(matches!(end, Err(Error::Source(error)) if error.kind() == io::ErrorKind::NotFound));
}

#[tokio::test]
async fn a_reader_is_sent_once() {
    let client = client(&["import:429@0+1"]);
    let mut source = ReaderSource::new(Cursor::new(sample_dtable(700_000)));
    drop(source.open().await.unwrap());
    assert!(matches!(send(&client, 700_000, &mut source).await, Ok(Outcome::Imported(_))));
    let end = send(&client, 700_000, source).await;
    assert!(matches!(end, Err(Error::Source(error)) if error.kind() == io::ErrorKind::Unsupported));
}

#[tokio::test]
async fn a_writer_gets_it_once_and_is_given_back() {
    let mut sink = WriterSink::new(tokio::io::BufWriter::new(Vec::new()));
    fetch(&client(&[]), &mut sink).await.unwrap();
    assert_eq!(sink.begin(None).await.unwrap_err().kind(), io::ErrorKind::Unsupported);
    assert!(*sink.into_inner().get_ref() == sample_dtable(5000));
    let mut fresh = WriterSink::new(Vec::new());
    fresh.begin(None).await.unwrap();
    fresh.write(bytes::Bytes::new()).await.unwrap();
    assert!(fresh.begin(None).await.is_ok());
}

#[test]
fn a_seed_of_zero_is_replaced_and_another_is_kept() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("new.csv");
    fs::write(&path, "a,b").unwrap();
    let boundary = |seed| {
        let (now, policy) = (Instant::now(), Policy { seed, ..Policy::default() });
        let (mut task, _) = start_import(&server(), 1, &path, policy, now).unwrap();
        let Step::Send(request) = task.step(now) else { panic!("nothing is asked") };
        request.headers()["content-type"].clone()
    };
    assert_ne!(boundary(0), boundary(0));
    assert_eq!(boundary(7), boundary(7));
}

#[test]
fn what_cannot_be_is_told_before_anything_is_asked() {
    let (folder, now) = (tempdir().unwrap(), Instant::now());
    let text = folder.path().join("notes.txt");
    fs::write(&text, "").unwrap();
    let policy = Policy::default();
    assert!(matches!(start_import(&server(), 1, &text, policy.clone(), now), Err(Error::Config(_))));
    let missing = folder.path().join("none.csv");
    assert!(matches!(start_import(&server(), 1, &missing, policy.clone(), now), Err(Error::Source(_))));
    let base = BaseName::new("a").unwrap();
    assert!(matches!(start_export(&server(), 1, base, &text, policy, now), Err(Error::Sink(_))));
}
