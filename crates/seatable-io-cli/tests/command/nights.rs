//! `backup` when something goes wrong.

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

#[test]
fn a_base_that_fails_does_not_stop_the_others() {
    let sandbox = Sandbox::new(Current)
        .with_base(1, "a", sample_dtable(5000).slice(..3000))
        .with_protected_base(1, "b", sample_dtable(900), "p");
    let rig = Rig::new(sandbox).base("c");
    let done = backup(&rig, &["--jobs", "3", "--timeout", "20s"]);
    let mut lines = done.lines();
    lines.sort_by_key(|line| line["input"].as_str().unwrap().to_owned());
    assert_eq!(each(&lines, "/status"), ["failed", "failed", "finished"]);
    assert_eq!(each(&lines, "/error/kind"), ["unavailable", "auth", "-"]);
    assert!(done.err.ends_with("1 exported, 2 failed\n"), "{done:?}");
    assert_eq!((done.code, files(&rig).len()), (Some(9), 1), "that of the first in the list");
    assert!(is_good(&rig));
}

#[test]
fn the_password_is_for_encrypted_bases() {
    let rig =
        Rig::new(Sandbox::new(Current).with_protected_base(1, "b", sample_dtable(900), "p#1")).base("c");
    rig.file("password", b"p#1\n");
    let done = backup(&rig, &["--password-file", "password"]);
    assert_eq!(each(&done.lines(), "/status"), ["finished", "finished"]);
    assert_eq!(rig.server.book().log.iter().filter(|entry| entry.target.contains("p%231")).count(), 1);
}

#[test]
fn what_older_servers_cannot_do_is_refused() {
    for generation in [Generation::Y2020, Generation::Y2021] {
        let rig = rig(generation).base("a");
        rig.file("password", b"p");
        for more in [&["--no-assets"][..], &["--password-file", "password"]] {
            assert_eq!(backup(&rig, more).failure(), failure(2, "failed", "usage", Some(404)));
        }
        assert!(files(&rig).is_empty());
    }
}

#[test]
fn without_assets_all_are_missing_but_the_copy_is_good() {
    let rig = rig(Current).base("a");
    let line = backup(&rig, &["--no-assets"]).line();
    assert!(line["bytes"].as_u64().unwrap() < 5000 && line["assets_missing"] == 0, "{line}");
    assert!(is_good(&rig));
}

#[test]
fn a_second_run_exits_at_once() {
    let rig = Rig::new(Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(60))).base("a");
    let first = rig.start(&["--json", "backup", "b"]);
    until(|| rig.asked(Call::Status) > 0);
    let asked = rig.server.book().log.len();
    let done = backup(&rig, &[]);
    assert_eq!(done.failure(), failure(1, "failed", "io", None));
    assert!(done.err.contains("another backup into b is running"), "{done:?}");
    assert!(rig.server.book().log.iter().skip(asked).all(|entry| entry.call == Call::Status));
    assert!(backup(&rig, &["--dry-run"]).code == Some(0) && is_good(&rig), "they only read");
    Command::new("kill").args(["-s", "TERM", &first.id().to_string()]).status().unwrap();
    let done = rig.end(first);
    assert_eq!(done.failure(), failure(143, "cancelled", "cancelled", None));
    assert!(files(&rig).is_empty() && catalogue(&rig).is_empty());
}

#[test]
fn a_torn_last_line_is_removed_and_another_broken_one_is_warned_about() {
    let rig = account(Current);
    backup(&rig, &["--workspace", "30"]);
    let path = rig.dir.path().join("b/backup.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}{}", &whole[..whole.len() - 1])).unwrap();
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

/// While the export of the first base waits because of a 429, the server becomes another.
fn meanwhile(other: Sandbox) -> (Done, Rig) {
    let busy = Fault::new(Call::Export, What::Busy { retry_after: 1 });
    let rig = rig(Generation::Y2021).base("a").base("b");
    rig.server.with(|sandbox, _| sandbox.order(busy));
    let child = rig.start(&["--json", "backup", "b"]);
    until(|| rig.asked(Call::Export) == 1);
    rig.server.with(|sandbox, _| *sandbox = other);
    (rig.end(child), rig)
}

#[test]
fn a_base_that_vanishes_or_is_renamed_after_the_listing_fails_and_the_others_go_on() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "renamed", sample_dtable(5000));
    let (done, rig) = meanwhile(sandbox.with_base(1, "b", sample_dtable(900)));
    assert_eq!(each(&done.lines(), "/error/kind"), ["not_found", "-"]);
    assert_eq!((done.code, catalogue(&rig).len()), (Some(4), 1));
}

#[test]
fn a_base_that_took_the_name_of_another_is_not_taken_for_it() {
    let other = Sandbox::new(Generation::Y2021).with_seed(7).with_base(1, "a", sample_dtable(900));
    let (done, rig) = meanwhile(other);
    assert_eq!(each(&done.lines(), "/status"), ["failed", "failed"]);
    assert!(catalogue(&rig).is_empty() && files(&rig).is_empty(), "{done:?}");
}
