use std::fs;
use std::io::ErrorKind;

use seatable_io_ureq::{FileSink, FileSource, Sink, WriterSink};

#[test]
fn a_file_that_is_there_is_left_alone_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    fs::write(&path, "mine").unwrap();
    assert_eq!(FileSink::new(&path, false).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_came_meanwhile_is_left_alone_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    let mut sink = FileSink::new(&path, false).unwrap();
    fs::write(&path, "theirs").unwrap();
    sink.begin(None).and_then(|()| sink.write(b"ours")).unwrap();
    assert_eq!(sink.finish().unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_may_be_replaced_is_there_until_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    fs::write(&path, "old").unwrap();
    let mut sink = FileSink::new(&path, true).unwrap();
    sink.begin(Some(3)).and_then(|()| sink.write(b"new")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    sink.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn a_file_begins_anew_without_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = FileSink::new(folder.path().join("a.dtable"), false).unwrap();
    sink.begin(Some(9)).and_then(|()| sink.write(b"long text")).unwrap();
    sink.begin(Some(3)).and_then(|()| sink.write(b"new")).unwrap();
    sink.finish().unwrap();
    assert_eq!(fs::read(folder.path().join("a.dtable")).unwrap(), b"new");
}

#[test]
fn a_folder_is_not_replaced_by_a_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(FileSink::new(folder.path(), true).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_folder_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    assert!(FileSource::new(folder.path()).is_err());
    assert!(FileSource::new(folder.path().join("none")).is_err());
}

#[cfg(unix)]
#[test]
fn a_new_file_has_the_rights_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("a.dtable"), folder.path().join("other"));
    FileSink::new(&path, false).unwrap().finish().unwrap();
    fs::write(&other, "").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(path), mode(other));
}

#[test]
fn a_pipe_cannot_begin_anew() {
    let mut sink = WriterSink::new(Vec::new());
    sink.begin(None).unwrap();
    sink.begin(None).and_then(|()| sink.write(b"x")).unwrap();
    assert!(sink.begin(None).is_err());
    assert_eq!(sink.into_inner(), b"x");
}
