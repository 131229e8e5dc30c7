//! Other users who can write to a backup folder cannot make a backup touch anything outside, or wait.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use seatable_io_backup::Timestamp;
use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

/// A rig with a backup folder and, beside it, a private file and folder.
fn beside() -> (Rig, PathBuf, PathBuf) {
    let rig = rig(Current).base("a");
    init(&rig);
    let (file, folder) = (rig.file("mine", b"a line\nno line"), rig.dir.path().join("theirs"));
    fs::create_dir(&folder).unwrap();
    (rig, file, folder)
}

#[test]
fn a_catalogue_that_is_a_link_is_neither_read_nor_written() {
    let (rig, file, _) = beside();
    let catalogue = rig.dir.path().join("b/backup.jsonl");
    for link in [|from: &Path, to: &Path| symlink(from, to), |from: &Path, to: &Path| fs::hard_link(from, to)]
    {
        fs::remove_file(&catalogue).unwrap();
        link(&file, &catalogue).unwrap();
        let done = rig.run(&["--json", "backup", "b"]);
        assert_eq!(done.failure(), failure(1, "failed", "io", None));
        assert!(done.err.contains("link") && done.err.contains("\nhint: "), "{done:?}");
        assert_eq!(fs::read(&file).unwrap(), b"a line\nno line");
    }
    assert!(rig.nothing_asked());
}

#[test]
fn a_folder_that_is_a_link_is_not_followed() {
    let (rig, _, theirs) = beside();
    let place = |path: &str| rig.dir.path().join("b").join(path);
    symlink(&theirs, place("1 personal")).unwrap();
    let done = backup(&rig, &[]);
    assert_eq!(done.failure(), failure(1, "failed", "io", None));
    assert!(
        done.err.contains("b/1 personal/a: \"1 personal\" is a symbolic link, which is not followed"),
        "{done:?}"
    );
    fs::remove_file(place("1 personal")).unwrap();
    fs::create_dir(place("1 personal")).unwrap();
    symlink(&theirs, place("1 personal/a")).unwrap();
    assert_eq!(backup(&rig, &[]).code, Some(1));
    assert_eq!(fs::read_dir(&theirs).unwrap().count(), 0);
}

#[test]
fn a_link_within_the_folder_is_not_followed_either() {
    let (rig, ..) = beside();
    let place = |path: &str| rig.dir.path().join("b").join(path);
    fs::create_dir(place("2 team")).unwrap();
    symlink("2 team", place("1 personal")).unwrap();
    assert_eq!(backup(&rig, &[]).code, Some(1));
    assert_eq!(fs::read_dir(place("2 team")).unwrap().count(), 0);
    fs::rename(place("backup.jsonl"), place("old.jsonl")).unwrap();
    symlink("old.jsonl", place("backup.jsonl")).unwrap();
    for args in [&["backup", "b"][..], &["verify", "b"], &["restore", "b", "a", "--workspace", "1"]] {
        let done = rig.run(args);
        assert!(done.code == Some(1) && done.err.contains("is a symbolic link"), "{done:?}");
    }
}

#[test]
fn nothing_is_deleted_or_called_good_through_a_link() {
    let (rig, _, theirs) = beside();
    backup(&rig, &[]);
    age(&rig, 60);
    let folder = rig.dir.path().join("b/1 personal/a");
    fs::rename(&folder, theirs.join("a")).unwrap();
    symlink(theirs.join("a"), &folder).unwrap();
    fs::write(theirs.join("a/.seatable-io-x.dtable.part"), "").unwrap();
    assert_eq!(backup(&rig, &["--keep", "1"]).code, Some(1));
    assert_eq!(backup(&rig, &["--max-age", "20h"]).code, Some(1), "a link is not a copy");
    let verified = rig.run(&["--json", "verify", "b"]);
    assert_eq!(verified.failure(), failure(5, "failed", "bad_file", None));
    let restored = rig.run(&["restore", "b", "a", "--suffix", "2", "--workspace", "1"]);
    assert!(restored.code == Some(5) && rig.asked(Call::StartImport) == 0, "{restored:?}");
    assert_eq!(fs::read_dir(theirs.join("a")).unwrap().count(), 2);
}

/// The names under which a copy may be received in the next minute.
fn marks() -> impl Iterator<Item = String> {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    (now..now + 60).map(|second| {
        let time = Timestamp::from_unix(second).unwrap().to_string().replace(':', "");
        format!("b/1 personal/a/.seatable-io-{time}.dtable.part")
    })
}

#[test]
fn a_link_under_the_name_of_a_part_is_removed_and_not_written_through() {
    let (rig, file, _) = beside();
    fs::create_dir_all(rig.dir.path().join("b/1 personal/a")).unwrap();
    marks().for_each(|mark| symlink(&file, rig.dir.path().join(mark)).unwrap());
    assert_eq!(backup(&rig, &[]).code, Some(0));
    assert_eq!((fs::read(&file).unwrap(), files(&rig).len()), (b"a line\nno line".to_vec(), 1));
}

#[test]
fn a_folder_under_the_name_of_a_part_does_not_stop_its_base() {
    let (rig, ..) = beside();
    marks().for_each(|mark| fs::create_dir_all(rig.dir.path().join(mark).join("x")).unwrap());
    fs::create_dir_all(rig.dir.path().join("b/1 personal/a/x.dtable/y")).unwrap();
    rig.file("b/1 personal/a/.seatable-io-x.dtable.part", b"");
    assert_eq!(backup(&rig, &[]).code, Some(0));
    assert!(is_good(&rig) && files(&rig).len() == 1);
}

#[test]
fn files_and_folders_of_a_backup_are_for_its_owner_only() {
    let rig = rig(Current).base("a");
    let line = format!("umask 000; exec {} backup x/b --init", env!("CARGO_BIN_EXE_seatable-io"));
    assert_eq!(rig.done(rig.shell(&line).output().unwrap()).code, Some(0));
    let mut open = vec![rig.dir.path().join("x")];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let about = fs::metadata(&path).unwrap();
        let expected = if about.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(
            (about.permissions().mode() & 0o777, about.nlink() > 1),
            (expected, about.is_dir()),
            "{path:?}"
        );
        if about.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        seen += 1;
    }
    assert_eq!(seen, 7, "x, b, the catalogue, the lock, a workspace, a base, a copy");
}

#[test]
fn readers_of_the_catalogue_cannot_hold_the_lock() {
    let (rig, ..) = beside();
    let reader = fs::File::open(rig.dir.path().join("b/backup.jsonl")).unwrap();
    reader.lock().unwrap();
    assert_eq!(backup(&rig, &[]).code, Some(0));
}

#[test]
fn special_files_are_not_waited_for() {
    let (rig, ..) = beside();
    let catalogue = rig.dir.path().join("b/backup.jsonl");
    backup(&rig, &[]);
    let copy = rig.dir.path().join("b").join(&files(&rig)[0]);
    let pipe = |path: &Path| {
        fs::remove_file(path).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    pipe(&copy);
    assert_eq!(rig.run(&["verify", "b"]).code, Some(5));
    let restored = rig.run(&["restore", "b", "a", "--suffix", "2", "--workspace", "1"]);
    assert!(restored.code == Some(5) && rig.asked(Call::StartImport) == 0, "{restored:?}");
    assert_eq!(rig.run(&["verify".as_ref(), copy.as_os_str()]).code, Some(5));
    pipe(&catalogue);
    for args in [&["backup", "b"][..], &["verify", "b"], &["restore", "b", "a", "--workspace", "1"]] {
        let done = rig.run(args);
        assert!(done.code == Some(1) && done.err.contains("is not a regular file"), "{done:?}");
    }
}

#[test]
fn a_copy_that_changes_after_it_was_verified_is_never_sent_whole() {
    let (rig, ..) = beside();
    backup(&rig, &[]);
    let copy = rig.dir.path().join("b").join(&files(&rig)[0]);
    let busy = Fault::new(Call::StartImport, FaultKind::Busy { retry_after: 2 });
    rig.server.with(|sandbox, _| sandbox.add_fault(busy));
    let restore = rig.start(&["--json", "restore", "b", "a", "--suffix", "2", "--workspace", "1"]);
    until(|| rig.asked(Call::StartImport) > 0);
    let mut bytes = fs::read(&copy).unwrap();
    bytes[100] ^= 1;
    fs::write(&copy, bytes).unwrap();
    let done = rig.end(restore);
    assert_eq!(done.failure(), failure(8, "unknown", "io", None));
    assert!(done.err.contains("has changed since it was verified"), "{done:?}");
    assert_eq!(rig.server.state().bases.len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_check_of_minutes_ends_at_the_timeout_and_after_a_signal() {
    let rig = rig(Current);
    fs::File::create(rig.dir.path().join("a.dtable")).unwrap().set_len(64 << 30).unwrap();
    let late = rig.run(&["verify", "a.dtable", "--timeout", "1"]);
    assert!(late.code == Some(7) && late.err.contains("a.dtable: it could not be read"), "{late:?}");
    init(&rig);
    fs::rename(rig.dir.path().join("a.dtable"), rig.dir.path().join("b/backup.jsonl")).unwrap();
    for args in [["verify", "b", "--timeout", "1"], ["backup", "b", "--timeout", "1"]] {
        let late = rig.run(&args);
        assert!(
            late.code == Some(7) && late.err.contains("b/backup.jsonl: it could not be read"),
            "{late:?}"
        );
    }
    fs::rename(rig.dir.path().join("b/backup.jsonl"), rig.dir.path().join("a.dtable")).unwrap();
    let child = rig.start(&["verify", "--jobs", "1", "a.dtable", "a.dtable", "a.dtable"]);
    let status = format!("/proc/{}/status", child.id());
    let listens = |line: &str| {
        let signals = line.strip_prefix("SigCgt:").map(|mask| u64::from_str_radix(mask.trim(), 16).unwrap());
        signals.is_some_and(|mask| mask & 1 << 14 != 0)
    };
    until(|| fs::read_to_string(&status).is_ok_and(|status| status.lines().any(listens)));
    signal(&child, "TERM");
    let done = rig.end(child);
    assert!(done.code == Some(143) && done.err.matches("seatable-io: ").count() <= 1, "{done:?}");
    assert!(done.err.contains("3 not checked, in "), "{done:?}");
}
