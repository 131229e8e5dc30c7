//! `backup` into a folder that another run uses or left unfinished, whose catalogue is broken, or that has an odd name.

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

#[test]
fn a_copy_that_a_crash_left_before_its_deletion_is_deleted() {
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    let (old, mut copy) = ("1 personal/a/2020-01-01T020000Z.dtable", catalogue(&rig).remove(0));
    let folder = rig.dir.path().join("b");
    fs::rename(folder.join(copy["file"].as_str().unwrap()), folder.join(old)).unwrap();
    fs::write(folder.join("1 personal/a/mine.dtable"), "").unwrap();
    copy["file"] = old.into();
    set_catalogue(&rig, &[copy, serde_json::json!({"file": old, "removed": "2026-11-23T02:00:00Z"})]);
    let verified = rig.run(&["verify", "b"]);
    assert!(
        verified.err.contains("2020-01-01T020000Z.dtable was left by a run that was stopped"),
        "{verified:?}"
    );
    assert!(verified.code == Some(10) && verified.err.matches("is not in the catalogue").count() == 1);
    backup(&rig, &[]);
    assert!(files(&rig).len() == 2 && !files(&rig).contains(&old.to_owned()));
}

#[test]
fn removed_copies_are_searched_in_every_folder() {
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    let mut lines = catalogue(&rig);
    for folder in ["b/1 personal/a/old.dtable/x", "b/2 team/c"] {
        fs::create_dir_all(rig.dir.path().join(folder)).unwrap();
    }
    let left = rig.file("b/2 team/c/old.dtable", b"");
    for folder in ["1 gone/c", "1 personal/a", "2 team/c"] {
        let (mut copy, file) = (lines[0].clone(), format!("{folder}/old.dtable"));
        copy["file"] = file.as_str().into();
        lines.extend([copy, serde_json::json!({"file": file, "removed": "2026-11-23T02:00:00Z"})]);
    }
    set_catalogue(&rig, &lines);
    assert_eq!(backup(&rig, &["--max-age", "20h"]).code, Some(0));
    assert!(!left.exists() && rig.dir.path().join("b/1 personal/a/old.dtable/x").exists());
}

#[test]
fn a_second_run_exits_at_once() {
    let rig = Rig::new(Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(60))).base("a");
    init(&rig);
    let mut first = rig.start(&["--json", "backup", "b"]);
    until(|| rig.asked(Call::QueryStatus) > 0);
    let asked = rig.server.state().log.len();
    let done = backup(&rig, &[]);
    assert_eq!(done.failure(), failure(1, "failed", "io", None));
    assert!(done.err.contains("another backup or prune of b is running"), "{done:?}");
    assert!(rig.server.state().log.iter().skip(asked).all(|entry| entry.call == Call::QueryStatus));
    assert!(
        backup(&rig, &["--dry-run"]).code == Some(0) && rig.run(&["verify", "b"]).code == Some(10),
        "they only read"
    );
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(catalogue(&rig).is_empty());
    assert_eq!(backup(&rig, &["--timeout", "1s"]).code, Some(7), "the lock of a killed run is gone");
}

#[test]
fn a_torn_last_line_is_removed_and_another_broken_one_is_warned_about() {
    let rig = account(Current);
    backup(&rig, &["--workspace", "30"]);
    let path = rig.dir.path().join("b/backup.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}{}", &whole[..whole.len() - 2])).unwrap();
    assert!(is_good(&rig));
    let done = backup(&rig, &["--workspace", "30", "--max-age", "1h"]);
    assert_eq!((done.code, fs::read_to_string(&path).unwrap()), (Some(0), whole.clone()));
    fs::write(&path, format!("what?\n{whole}")).unwrap();
    let done = backup(&rig, &["--workspace", "30"]);
    assert!(done.code == Some(0) && done.err.contains("warning: line 1 of the catalogue"), "{done:?}");
    let lines = rig.run(&["--json", "verify", "b"]);
    assert_eq!((lines.code, each(&lines.lines(), "/status").len()), (Some(5), 3));
    assert_eq!(each(&lines.lines(), "/error/kind")[0], "bad_file");
}

#[test]
fn beyond_a_hundred_broken_lines_the_others_are_counted() {
    let rig = account(Current);
    backup(&rig, &["--workspace", "30"]);
    let path = rig.dir.path().join("b/backup.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{}{whole}", "{}\n".repeat(103))).unwrap();
    let done = backup(&rig, &["--workspace", "30"]);
    assert_eq!(done.err.matches("warning: line ").count(), 100);
    assert!(done.err.contains("warning: 3 more lines of the catalogue are broken"), "{done:?}");
    let lines = rig.run(&["--json", "verify", "b"]);
    assert_eq!(each(&lines.lines(), "/error/kind").iter().filter(|kind| **kind == "bad_file").count(), 101);
}

#[test]
fn a_file_is_not_a_backup_folder() {
    let rig = rig(Current).base("a");
    rig.file("b", b"mine");
    for more in [&[][..], &["--init"], &["--dry-run"], &["--init", "--dry-run"]] {
        let done = rig.run(&[&["--json", "backup", "b"], more].concat());
        assert_eq!(done.failure(), failure(1, "failed", "io", None));
        assert!(more.contains(&"--init") || done.err.contains("b is not a folder"), "{done:?}");
    }
    assert!(rig.nothing_asked());
    assert_eq!(rig.run(&["--json", "verify", "b/b"]).failure(), failure(1, "failed", "io", None));
    assert_eq!(
        rig.run(&["--json", "restore", "b", "a", "--workspace", "1"]).failure(),
        failure(1, "failed", "io", None)
    );
}

#[cfg(unix)]
#[test]
fn a_folder_may_have_any_name() {
    use std::os::unix::ffi::OsStrExt;
    let rig = rig(Current).base("a");
    let folder = rig.dir.path().join(OsStr::from_bytes(b"b\xff"));
    fs::create_dir(&folder).unwrap();
    let run = |args: &[&str]| {
        rig.run(&[&args.iter().map(OsStr::new).collect::<Vec<_>>()[..], &[folder.as_os_str()]].concat())
    };
    fs::write(folder.join("backup.jsonl"), "").unwrap();
    assert_eq!(run(&["backup"]).code, Some(0));
    fs::write(folder.join(OsStr::from_bytes(b"\xfe.dtable")), "").unwrap();
    let done = run(&["verify"]);
    assert!(done.code == Some(10) && done.err.contains("is not in the catalogue"), "{done:?}");
    let done = run(&["backup", "--max-age", "1h"]);
    assert!(done.err.starts_with("1 skipped, in "), "{done:?}");
}

#[test]
fn names_that_are_not_a_path_segment_are_copied_if_possible() {
    let rig = rig(Current).base("..").base(".").base("");
    let done = backup(&rig, &[]);
    assert_eq!(each(&done.lines(), "/status"), ["failed", "finished", "finished"]);
    assert!(files(&rig)[0].starts_with("1 personal/%2E/") && files(&rig)[1].starts_with("1 personal/.%2E/"));
    assert!(is_good(&rig));
}
