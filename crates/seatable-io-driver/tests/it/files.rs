//! Files on disk, which are complete or do not exist.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use seatable_io_driver::blocking::{Sink, Source};
use seatable_io_driver::{ArchiveError, FileSink, FileSource, StopSignal};

#[test]
fn an_existing_file_is_left_alone_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    fs::write(&path, "mine").unwrap();
    assert_eq!(FileSink::create_new(&path).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_appears_meanwhile_is_left_alone_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    let mut sink = FileSink::create_new(&path).unwrap();
    fs::write(&path, "theirs").unwrap();
    sink.begin(None).and_then(|()| sink.write(b"ours")).unwrap();
    assert_eq!(sink.finish().unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_may_be_replaced_exists_until_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    fs::write(&path, "old").unwrap();
    let mut sink = FileSink::create(&path).unwrap();
    sink.begin(Some(3)).and_then(|()| sink.write(b"new")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    sink.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_permissions_and_no_one_else_can_read_the_new_one_before() {
    use std::os::unix::fs::PermissionsExt;
    for mode in [0o600, 0o666, 0o440] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.dtable");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let mut sink = FileSink::create(&path).unwrap();
        sink.begin(None).unwrap();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let found = entry.unwrap().metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(found & !mode, 0, "{mode:o}");
        }
        sink.finish().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[test]
fn a_file_that_begins_again_has_none_of_its_earlier_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap();
    sink.begin(Some(9)).and_then(|()| sink.write(b"long text")).unwrap();
    sink.begin(Some(3)).and_then(|()| sink.write(b"new")).unwrap();
    sink.finish().unwrap();
    assert_eq!(fs::read(folder.path().join("a.dtable")).unwrap(), b"new");
}

#[test]
fn a_path_that_can_never_be_a_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    let impossible = if cfg!(windows) { ("a?b", "") } else { (&*"x".repeat(300), "the name is too long") };
    for (path, words) in [
        impossible,
        ("folder", "it is a folder"),
        ("folder/", "that of a folder"),
        ("new/", "that of a folder"),
        ("new/.", "that of a folder"),
        ("nowhere/a.dtable", "its folder does not exist"),
    ] {
        for create in [FileSink::create, FileSink::create_new] {
            let error = create(folder.path().join(path)).unwrap_err();
            assert!(error.to_string().contains(words), "{path}: {error}");
        }
    }
    assert!(FileSink::create_new("").is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_names_the_path_and_not_the_temporary_file() {
    let error = FileSink::create_new("/proc/a.dtable").unwrap_err().to_string();
    assert!(error.starts_with("/proc/a.dtable: ") && !error.contains(".part"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_to_anything_but_a_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for target in ["/dev/null", "/dev", "missing", "link"] {
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(target, &link).unwrap();
        for create in [FileSink::create, FileSink::create_new] {
            assert_ne!(create(&link).unwrap_err().kind(), ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read_link(&link).unwrap().to_str(), Some(target));
        fs::remove_file(&link).unwrap();
    }
    assert_eq!(FileSink::create("/dev/null").unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_stays_and_its_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (link, file) = (folder.path().join("link"), folder.path().join("there/file"));
    fs::create_dir(folder.path().join("there")).unwrap();
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink("there/file", &link).unwrap();
    assert_eq!(FileSink::create_new(&link).unwrap_err().kind(), ErrorKind::AlreadyExists);
    let mut sink = FileSink::create(&link).unwrap();
    sink.begin(None).and_then(|()| sink.write(b"new")).and_then(|()| sink.finish()).unwrap();
    assert_eq!(
        (fs::read_link(&link).unwrap().to_str(), fs::read(&file).unwrap()),
        (Some("there/file"), b"new".to_vec())
    );
}

#[test]
fn a_written_file_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap();
    let whole = seatable_io_sandbox::sample_dtable(600);
    sink.begin(None).and_then(|()| sink.write(&whole[..500])).unwrap();
    let error = sink.check(&StopSignal::default()).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidData && error.get_ref().unwrap().is::<ArchiveError>());
    sink.write(&whole[500..])
        .and_then(|()| sink.check(&StopSignal::default()))
        .and_then(|()| sink.finish())
        .unwrap();
    assert_eq!(fs::read(folder.path().join("a.dtable")).unwrap(), whole);
}

#[test]
fn a_folder_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    assert!(FileSource::new(folder.path()).is_err());
    assert!(FileSource::new(folder.path().join("none")).is_err());
}

#[cfg(unix)]
#[test]
fn a_new_file_has_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("a.dtable"), folder.path().join("other"));
    let mut sink = FileSink::create_new(&path).unwrap();
    sink.begin(None).and_then(|()| sink.finish()).unwrap();
    fs::write(&other, "").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(path), mode(other));
}

#[test]
fn an_incomplete_file_has_another_name_and_is_removed_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let names = || {
        let entries = fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let mut sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap();
    assert!(names().is_empty());
    assert_eq!(sink.write(b"x").unwrap_err().kind(), ErrorKind::InvalidInput);
    sink.begin(None).and_then(|()| sink.write(b"PK")).unwrap();
    assert!(names()[0].starts_with(".seatable-io-") && !names()[0].contains("dtable"));
    drop(sink);
    assert!(names().is_empty());
}

#[test]
fn a_file_that_changed_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    fs::write(&path, "12345").unwrap();
    let source = FileSource::new(&path).unwrap();
    assert_eq!((source.len(), source.is_empty(), source.path()), (5, false, path.as_path()));
    assert!(source.open_file().is_ok());
    fs::write(&path, "").unwrap();
    assert!(FileSource::new(&path).unwrap().is_empty());
    fs::write(&path, "123456").unwrap();
    assert_eq!(source.open_file().unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_named_before_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    for (now, words) in [("abcde", "it has changed"), ("abc", "and now has 3"), ("abcdefg", "and now has 7")]
    {
        fs::write(&path, "12345").unwrap();
        let mut source = FileSource::new(&path).unwrap();
        let mut reader = source.open().unwrap();
        reader.read_exact(&mut [0; 2]).unwrap();
        fs::write(&path, now).unwrap();
        File::options().append(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{}: it ", path.display())), "{error}");
        assert!(error.kind() == ErrorKind::InvalidData && error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_check_of_the_caller_reads_the_file_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, read) = std::sync::mpsc::channel();
    let sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap();
    let mut sink = sink.with_check(move |file| {
        let mut text = String::new();
        std::io::Read::read_to_string(file, &mut text)?;
        sender.send(text).map_err(std::io::Error::other)
    });
    sink.begin(None)
        .and_then(|()| sink.write(b"no zip"))
        .and_then(|()| sink.check(&StopSignal::default()))
        .unwrap();
    sink.write(b" at all").and_then(|()| sink.finish()).unwrap();
    assert_eq!(read.recv().unwrap(), "no zip");
    assert_eq!(fs::read(folder.path().join("a.dtable")).unwrap(), b"no zip at all");
}

/// Only on file systems that can reserve space.
#[test]
fn a_file_that_does_not_fit_is_refused_before_its_first_byte() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let kind = Command::new("stat").args(["-f", "-c", "%T"]).arg(folder.path()).output();
    let kind = kind.map(|found| String::from_utf8_lossy(&found.stdout).trim().to_owned());
    if !kind.as_ref().is_ok_and(|kind| ["ext2/ext3", "xfs", "btrfs"].contains(&kind.as_str())) {
        return eprintln!("not tested on {kind:?}");
    }
    let path = folder.path().join("a.dtable");
    let refused = FileSink::create(&path).unwrap().begin(Some(1 << 60)).unwrap_err();
    assert!(refused.to_string().starts_with(&format!("{}: ", path.display())), "{refused}");
    assert!(matches!(refused.kind(), ErrorKind::StorageFull | ErrorKind::FileTooLarge), "{refused}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_sink_whose_run_has_failed_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap();
    sink.begin(None).unwrap();
    sink.write(b"part").unwrap();
    assert_eq!(names(folder.path()).len(), 1);
    sink.discard();
    assert!(names(folder.path()).is_empty());
}

#[test]
fn leftovers_are_removed_and_named_unless_they_are_in_use_or_new() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap();
    sink.begin(None).unwrap();
    let in_use = names(folder.path());
    let [old, new, other] = [".seatable-io-old.part", ".seatable-io-new.part", ".seatable-io-other"];
    for name in [old, new, other] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    for name in [old, other, &in_use[0]] {
        let file = File::options().write(true).open(folder.path().join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    }
    assert_eq!(FileSink::remove_leftovers(folder.path()).unwrap(), [folder.path().join(old)]);
    let mut left = names(folder.path());
    left.retain(|name| !in_use.contains(name));
    assert_eq!(left, [new, other]);
}
