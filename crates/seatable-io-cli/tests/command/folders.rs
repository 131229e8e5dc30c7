//! Backup folders and their servers.

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::crashes::{inject, traced};
use super::*;

fn run(rig: &Rig, folder: &str, more: &[&str]) -> Done {
    rig.run(&[&["--json", "backup", folder], more].concat())
}

#[test]
fn a_disk_that_is_not_mounted_gets_no_backup() {
    let rig = rig(Current).base("a");
    fs::create_dir(rig.dir.path().join("empty")).unwrap();
    for (folder, words) in [("empty", "it has no backup.jsonl"), ("none", "does not exist")] {
        for command in [
            &["backup", folder][..],
            &["backup", folder, "--dry-run"],
            &["verify", folder],
            &["restore", folder, "a", "--workspace", "1"],
        ] {
            let done = rig.run(&[&["--json", "-q"], command].concat());
            let io = if command[0] == "verify" && folder == "none" { "No such file" } else { words };
            assert_eq!(done.failure(), failure(1, "failed", "io", None));
            assert!(done.err.contains(io) && done.err.lines().all(|line| !line.is_empty()), "{done:?}");
        }
    }
    assert!(rig.nothing_asked() && rig.left() == ["empty"]);
    assert!(run(&rig, "none", &[]).err.contains("\nhint: check the path, and whether its disk is mounted; "));
}

#[test]
fn init_makes_a_folder_where_there_is_nothing_or_an_empty_one() {
    let rig = rig(Current).base("a");
    fs::create_dir(rig.dir.path().join("empty")).unwrap();
    for folder in ["empty", "new/and/deeper"] {
        assert_eq!(run(&rig, folder, &["--init"]).code, Some(0), "{folder}");
        let again = run(&rig, folder, &["--init"]);
        assert_eq!(again.failure(), failure(1, "failed", "io", None));
        assert!(again.err.contains(" is already a backup folder\nhint: omit --init"), "{again:?}");
        assert_eq!(run(&rig, folder, &[]).code, Some(0), "{folder}");
    }
    for gone in fs::read_dir(rig.dir.path().join("empty"))
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
    {
        fs::remove_dir_all(gone.path()).unwrap();
    }
    assert_eq!(run(&rig, "empty", &["--init"]).code, Some(1), "there is only a catalogue, with copies");
    fs::create_dir_all(rig.dir.path().join("mine/photos")).unwrap();
    let mine = run(&rig, "mine", &["--init"]);
    assert_eq!(mine.failure(), failure(1, "failed", "io", None));
    assert!(mine.err.contains("mine is not empty: it contains photos"), "{mine:?}");
    assert_eq!(fs::read_dir(rig.dir.path().join("mine")).unwrap().count(), 1);
}

#[test]
fn init_can_be_repeated_until_there_is_a_copy() {
    let rig = rig(Current).base("a").fault(Call::ListAdministered, FaultKind::InvalidToken);
    assert_eq!(run(&rig, "b", &["--init"]).code, Some(3));
    let server = self::rig(Current).base("a");
    let done = server.run(&["backup", rig.dir.path().join("b").to_str().unwrap(), "--init"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn a_lost_catalogue_is_noticed() {
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    fs::write(rig.dir.path().join("b/backup.jsonl"), "").unwrap();
    let done = rig.run(&["-q", "--json", "verify", "b"]);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(10), vec!["empty", "unrecorded"]));
    assert!(done.err.starts_with("seatable-io: b/backup.jsonl records no copy\nhint: "), "{done:?}");
    assert_eq!(done.err.matches("hint: ").count(), 1, "{done:?}");
    let again = rig.run(&["-q", "backup", "b", "--init"]);
    assert!(again.code == Some(1) && again.err.contains("is already a backup folder"), "{again:?}");
    let done = backup(&rig, &["-q"]);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(10), vec!["empty", "finished"]));
    let done = backup(&rig, &["-q"]);
    assert_eq!((done.code, &done.err[..]), (Some(0), ""));
}

#[test]
fn a_folder_without_a_copy_is_not_good_news() {
    let rig = rig(Current);
    init(&rig);
    assert_eq!(rig.run(&["verify", "b"]).code, Some(10));
    assert_eq!(backup(&rig, &[]).code, Some(0), "an account without bases");
}

#[test]
fn a_last_line_without_its_line_feed_counts_and_stays() {
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    let path = rig.dir.path().join("b/backup.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.trim_end()).unwrap();
    assert!(is_good(&rig) && backup(&rig, &["--dry-run", "--max-age", "1h"]).line()["status"] == "skipped");
    assert_eq!(fs::read_to_string(&path).unwrap(), whole.trim_end(), "they only read");
    let done = backup(&rig, &[]);
    assert!(done.code == Some(0) && !done.err.contains("warning"), "{done:?}");
    let now = fs::read_to_string(&path).unwrap();
    assert!(now.starts_with(&whole) && now.lines().count() == 2 && is_good(&rig), "{now}");
    assert_eq!(files(&rig).len(), 2);
}

#[test]
fn a_torn_line_is_warned_about_wherever_the_catalogue_is_read() {
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    let path = rig.dir.path().join("b/backup.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}{{\"file\"")).unwrap();
    for command in [
        &["verify", "b"][..],
        &["restore", "b", "a", "--workspace", "1", "--dry-run"],
        &["backup", "b"],
        &["backup", "b"],
    ] {
        let done = rig.run(command);
        let is_torn = fs::read_to_string(&path).unwrap().ends_with("\"file\"");
        let warned = done.err.contains("warning: the last line of the catalogue is torn");
        assert!(done.code == Some(0) && (warned || !is_torn), "{done:?}");
        assert!(!is_torn || command[0] != "backup", "a backup removes it");
    }
    assert_eq!(catalogue(&rig).len(), 3);
}

#[test]
fn a_folder_has_copies_of_one_server() {
    let (first, second) = (account(Current), account(Current));
    backup(&first, &["--base", "con."]);
    let folder = first.dir.path().join("b");
    let asked = second.server.state().log.len();
    let other = |more: &[&str]| run(&second, folder.to_str().unwrap(), &[&["--base", "con."], more].concat());
    for more in [&[][..], &["--dry-run"], &["--moved-from", "https://elsewhere.example"]] {
        assert_eq!(other(more).failure(), failure(2, "failed", "usage", None));
    }
    assert_eq!(second.server.state().log.len(), asked, "no request was made");
    let hint = format!("add --moved-from {}/", first.server.url());
    assert!(other(&[]).err.contains(&hint), "{:?}", other(&[]));
    assert_eq!(other(&["--moved-from", &first.server.url()]).code, Some(0));
    assert_eq!(other(&[]).code, Some(0), "from then on the new address counts");
    assert_eq!(backup(&first, &["--base", "con."]).failure(), failure(2, "failed", "usage", None));
    assert!(files(&first).iter().all(|file| file.starts_with("1 personal/%63on%2E/")) && is_good(&first));
}

#[test]
fn a_disk_that_is_full_ends_the_run_with_one_message() {
    if !super::crashes::has_strace() {
        return;
    }
    let rig = ["a", "b", "c", "d"].iter().fold(rig(Current), |rig, name| rig.base(name));
    for error in ["ENOSPC", "EDQUOT", "EROFS"] {
        init(&rig);
        // Only the folder of the first base cannot be created.
        let done = inject(&rig, "mkdirat", &format!("error={error}"), 2).unwrap();
        assert_eq!((done.code, each(&done.lines(), "/error/kind")), (Some(1), vec!["io"; 4]), "{done:?}");
        assert_eq!(
            (done.err.matches("seatable-io:").count(), done.err.matches("hint:").count()),
            (1, 1),
            "{done:?}"
        );
        assert!(done.err.contains("\n4 failed, in ") && rig.asked(Call::SynchronousExport) == 0, "{done:?}");
        fs::remove_dir_all(rig.dir.path().join("b")).unwrap();
    }
    init(&rig);
    let done = inject(&rig, "mkdirat", "error=EACCES", "2+").unwrap();
    assert_eq!(done.err.matches("seatable-io:").count(), 4, "{done:?}");
}

#[test]
fn a_lock_file_replaces_locks_that_the_file_system_lacks() {
    if !super::crashes::has_strace() {
        return;
    }
    let rig = rig(Current).base("a");
    let lock = rig.dir.path().join("b/backup.running");
    for error in ["ENOLCK", "EOPNOTSUPP", "ENOSYS"] {
        init(&rig);
        let locked = || inject(&rig, "flock", &format!("error={error}"), "1+").unwrap();
        let done = locked();
        assert!(
            done.code == Some(0) && done.err.contains("warning: the file system of b has no locks ("),
            "{done:?}"
        );
        assert!(!lock.exists() && is_good(&rig));
        fs::write(&lock, "process 17 since 2026-11-23T02:00:00Z\n").unwrap();
        let done = locked();
        assert_eq!(done.failure(), failure(1, "failed", "io", None));
        let words = "another backup or prune of b is running, or was killed (process 17 since 2026-11-23T02:00:00Z)\nhint: ";
        assert!(
            done.err.contains(words) && done.err.contains(", delete b/backup.running\n") && lock.exists(),
            "{done:?}"
        );
        fs::remove_file(&lock).unwrap();
    }
    init(&rig);
    // The first write is the warning.
    let expressions = ["trace=flock,write", "inject=flock:error=ENOLCK", "inject=write:error=ENOSPC:when=2"];
    let (done, _) = traced(&rig, &expressions);
    assert!(done.err.contains("cannot write b/backup.running: No space left") && !lock.exists(), "{done:?}");
    fs::write(&lock, "").unwrap();
    let done = inject(&rig, "flock", "error=ENOLCK", "1+").unwrap();
    assert!(done.err.contains("another backup or prune of b is running, or was killed\nhint: "), "{done:?}");
    fs::remove_file(&lock).unwrap();
    assert_eq!(inject(&rig, "flock", "error=EIO", "1+").unwrap().failure(), failure(1, "failed", "io", None));
}
