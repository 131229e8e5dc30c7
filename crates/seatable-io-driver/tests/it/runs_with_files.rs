//! Whole runs with files, and with tokio's readers and writers.

use std::fs::{self, File};
use std::io::{self, Cursor, Seek};
use std::iter::repeat_with;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::StreamExt;
use seatable_io_driver::asynchronous::{ReaderSource, Sink, Source, WriterSink};
use seatable_io_driver::{ArchiveError, Error, Event, FileSink, FileSource};
use seatable_io_proto::InputError;
use seatable_io_sandbox::sample_dtable;
use seatable_io_task::{ErrorKind, Outcome, Reason};
use tempfile::tempdir;
use tokio::sync::{Notify, oneshot};

use crate::common::*;

#[tokio::test]
async fn a_file_on_disk_is_imported_and_exported() {
    let (client, folder) = (client(&[]), tempdir().unwrap());
    let [from, to] = ["new.dtable", "copy.dtable"].map(|name| folder.path().join(name));
    fs::write(&from, sample_dtable(700_000)).unwrap();
    let imported = client.import(&server(), 1, &from).run().await.unwrap();
    assert_eq!(imported.base.unwrap().name, "new");
    let exported = client.export(&server(), 1, "new").save_to(&to).run().await.unwrap();
    assert_eq!(exported.bytes, 700_000);
    assert!(fs::read(to).unwrap() == sample_dtable(700_000));
}

#[tokio::test]
async fn no_thread_continues_a_check_whose_run_was_stopped_or_dropped() {
    for is_stopped in [true, false] {
        let (client, folder) = (client(&[]), tempdir().unwrap());
        let (began, (ended, end)) = (Arc::new(Notify::new()), oneshot::channel());
        let (begins, mut ended) = (Arc::clone(&began), Some(ended));
        let sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap().with_check(move |file| {
            begins.notify_one();
            let late = Instant::now() + Duration::from_secs(60);
            let stopped = repeat_with(|| file.rewind()).find(|read| read.is_err() || Instant::now() > late);
            ended.take().unwrap().send(stopped).unwrap();
            Err(io::ErrorKind::InvalidData.into())
        });
        if is_stopped {
            let run = client.run(export()).sink(sink).until(began.notified()).run().await;
            assert_eq!(kind(run), ErrorKind::Cancelled);
        } else {
            let mut run = Box::pin(client.run(export()).sink(sink).run());
            tokio::select! { _ = &mut run => panic!("not checked"), () = began.notified() => {} }
        }
        assert_eq!(end.await.unwrap().unwrap().unwrap_err().kind(), io::ErrorKind::Other);
    }
}

#[tokio::test]
async fn a_file_that_appeared_meanwhile_is_left_alone_unless_it_may_be_replaced() {
    let (client, folder) = (client(&[]), tempdir().unwrap());
    let path = folder.path().join("a.dtable");
    let late = FileSink::create_new(&path).unwrap();
    fs::write(&path, "mine").unwrap();
    let end = fetch(&client, late).await;
    assert!(matches!(end, Err(Error::Sink { error, .. }) if error.kind() == io::ErrorKind::AlreadyExists));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    fetch(&client, FileSink::create(&path).unwrap()).await.unwrap();
    assert!(fs::read(&path).unwrap() == sample_dtable(5000));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_broken_download_is_started_again_on_disk() {
    let (client, folder) = (client(&["synchronous-export:cut@2000"]), tempdir().unwrap());
    let path = folder.path().join("a.dtable");
    fetch(&client, FileSink::create_new(&path).unwrap()).await.unwrap();
    assert!(fs::read(&path).unwrap() == sample_dtable(5000));
}

#[tokio::test(start_paused = true)]
async fn a_file_with_a_flipped_bit_is_exported_again_and_never_kept() {
    let mut damaged = sample_dtable(5000).to_vec();
    damaged[60] ^= 1;
    let (client, folder) = (client_with(damaged.into(), &[]), tempdir().unwrap());
    let path = folder.path().join("a.dtable");
    let end = fetch(&client, FileSink::create_new(&path).unwrap()).await;
    let Err(Error::Operation { error, .. }) = end else { panic!("{end:?}") };
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Unavailable, Some(&Reason::Damaged)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn fact_12_a_base_that_nobody_has_opened_is_exported_once_more_and_the_error_says_why() {
    let (client, folder) = (client_with(zip_of("content.json", b"\"\""), &[]), tempdir().unwrap());
    let (path, mut files) = (folder.path().join("a.dtable"), 0);
    let watch = |event| files += u32::from(matches!(event, Event::Failed { .. }));
    let end = client.run(export()).sink(FileSink::create_new(&path).unwrap()).watch(watch).run().await;
    let Err(Error::Operation { error, transport: Some(why), .. }) = end else { panic!("{end:?}") };
    assert_eq!((error.kind(), error.reason(), files), (ErrorKind::NotABase, Some(&Reason::NotABase), 2));
    assert_eq!(why.to_string(), "its content.json is \"\": nobody has opened the base yet");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_unpacks_to_too_much_is_not_exported_again() {
    let (client, folder) = (client(&[]), tempdir().unwrap());
    let (sink, mut files) = (FileSink::create_new(folder.path().join("a.dtable")).unwrap(), 0);
    let sink = sink.with_check(|_| Err(ArchiveError::Ratio.into()));
    let watch = |event| files += u32::from(matches!(event, Event::Failed { .. }));
    let end = client.run(export()).sink(sink).watch(watch).run().await;
    let Err(Error::Operation { error, transport: Some(why), .. }) = end else { panic!("{end:?}") };
    assert_eq!(
        (error.kind(), error.reason(), files),
        (ErrorKind::TooLarge, Some(&Reason::UnpacksTooLarge), 1)
    );
    assert_eq!(why.to_string(), "it unpacks to more than 200 times its size");
}

#[tokio::test]
async fn a_changed_or_missing_file_is_noticed_before_anything_is_sent() {
    let (client, folder) = (client(&[]), tempdir().unwrap());
    let path = folder.path().join("new.dtable");
    fs::write(&path, sample_dtable(1000)).unwrap();
    let source = FileSource::new(&path).unwrap();
    fs::write(&path, sample_dtable(2000)).unwrap();
    let end = send(&client, 1000, source.clone()).await;
    assert!(matches!(end, Err(Error::Source { error, .. }) if error.kind() == io::ErrorKind::InvalidData));
    fs::remove_file(&path).unwrap();
    let end = send(&client, 1000, source).await;
    assert!(matches!(end, Err(Error::Source { error, .. }) if error.kind() == io::ErrorKind::NotFound));
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_named_before_its_end() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("new.dtable");
    for (now, words) in
        [(600_000, "it has changed"), (500, "and now has 500"), (700_000, "and now has 700000")]
    {
        fs::write(&path, vec![1; 600_000]).unwrap();
        let mut source = FileSource::new(&path).unwrap();
        let mut pieces = source.open().await.unwrap();
        let mut sent = pieces.next().await.unwrap().unwrap().len();
        fs::write(&path, vec![2; now]).unwrap();
        File::options().append(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let error = loop {
            match pieces.next().await.unwrap() {
                Ok(piece) => sent += piece.len(),
                Err(error) => break error,
            }
        };
        assert!(sent <= 600_000);
        assert!(error.to_string().starts_with(&format!("{}: it ", path.display())), "{error}");
        assert!(error.kind() == io::ErrorKind::InvalidData && error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_reader_is_sent_once() {
    let client = client(&["import:429@0+1"]);
    let mut source = ReaderSource::new(Cursor::new(sample_dtable(700_000)));
    drop(source.open().await.unwrap());
    assert!(matches!(send(&client, 700_000, &mut source).await, Ok(Outcome::Imported(_))));
    let end = send(&client, 700_000, source).await;
    assert!(matches!(end, Err(Error::Source { error, .. }) if error.kind() == io::ErrorKind::Unsupported));
}

#[tokio::test]
async fn a_writer_receives_one_file_and_is_returned() {
    let mut sink = WriterSink::new(tokio::io::BufWriter::new(Vec::new()));
    fetch(&client(&[]), &mut sink).await.unwrap();
    assert_eq!(sink.begin(None).await.unwrap_err().kind(), io::ErrorKind::Unsupported);
    assert!(*sink.into_inner().get_ref() == sample_dtable(5000));
    let mut fresh = WriterSink::new(Vec::new());
    fresh.begin(None).await.unwrap();
    fresh.write(bytes::Bytes::new()).await.unwrap();
    assert!(fresh.begin(None).await.is_ok());
}

#[tokio::test]
async fn impossible_input_is_reported_before_any_request() {
    let (client, folder) = (client(&[]), tempdir().unwrap());
    let [text, missing] = ["notes.txt", "none.csv"].map(|name| folder.path().join(name));
    fs::write(&text, "").unwrap();
    let end = client.import(&server(), 1, &text).run().await;
    assert!(matches!(end, Err(Error::Input(InputError::Format))));
    let end = client.import(&server(), 1, &missing).run().await;
    assert!(matches!(end, Err(Error::Source { operation: None, .. })));
    let end = client.export(&server(), 1, "stock").save_to(&text).run().await;
    assert!(matches!(end, Err(Error::Sink { operation: None, .. })));
    let end = client.export(&server(), 1, "").save_to(&missing).run().await;
    assert!(matches!(end, Err(Error::Input(_))));
    assert!(client.export(&server(), 1, "stock").save_to(&text).overwrite().run().await.is_ok());
}
