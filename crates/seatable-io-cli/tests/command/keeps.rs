//! `backup --keep`, and the messages about copies that lack files which others have.

use seatable_io_sandbox::Content;
use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

/// The server with one base: complete, or without the file that it names.
fn night(rig: &Rig, is_complete: bool, more: &[&str]) -> Done {
    let content: Content = if is_complete { sample_dtable(900).into() } else { lacking().into() };
    rig.server.with(|sandbox, _| *sandbox = Sandbox::new(Current).with_base(1, "a", content));
    let done = backup(rig, more);
    age(rig, 86_400);
    done
}

/// The number of missing assets of each copy whose file exists, in the order of the catalogue.
fn lacks(rig: &Rig) -> Vec<u64> {
    let (mut lines, mut seen) = (catalogue(rig), BTreeSet::new());
    // A name is reused after its file is deleted: its last line counts.
    lines.reverse();
    lines.retain(|line| seen.insert(line["file"].clone().to_string()) && line.get("started").is_some());
    lines.reverse();
    lines.iter().map(|line| line["assets_missing"].as_u64().unwrap()).collect()
}

#[test]
fn fact_18_a_file_server_that_is_down_for_a_week_costs_no_complete_copy() {
    let rig = rig(Current);
    for _ in 0..3 {
        assert_eq!(night(&rig, true, &["--keep", "2"]).code, Some(0));
    }
    let twice = night(&rig, false, &["--keep", "9"]);
    assert!(!twice.err.contains("warning"), "it is reported once: {twice:?}");
    night(&rig, true, &["--keep", "2"]);
    let first = night(&rig, false, &["--keep", "2", "-q"]);
    assert_eq!((first.code, first.lines()[0]["status"].as_str()), (Some(10), Some("finished")));
    let expected = "seatable-io: 1 personal/a: the new copy lacks 1 asset; the one before, of 20";
    assert!(first.err.starts_with(expected) && first.err.contains(", lacks none\nhint: "), "{first:?}");
    assert_eq!(first.lines()[0]["attention"]["message"].as_str(), first.err[13..].split('\n').next());
    for _ in 0..6 {
        let again = night(&rig, false, &["--keep", "2"]);
        assert!(
            again.code == Some(0) && again.err.contains("1 personal/a: warning: 1 asset is missing"),
            "{again:?}"
        );
    }
    assert_eq!(lacks(&rig), [0, 0, 1, 1]);
    night(&rig, true, &["--keep", "2"]);
    night(&rig, true, &["--keep", "2"]);
    assert_eq!(lacks(&rig), [0, 0]);
}

/// `.ci/long kills` does all of it; the ordinary tests do a part.
#[cfg(target_os = "linux")]
#[test]
fn the_complete_copy_survives_a_poorer_one_wherever_the_run_is_killed_or_fails() {
    use super::crashes::{copy_folder, has_strace, inject, kills};
    if !has_strace() {
        return;
    }
    let rig = rig(Current);
    (0..2).for_each(|_| drop(night(&rig, true, &[])));
    let (folder, template) = (rig.dir.path().join("b"), rig.dir.path().join("template"));
    let newest = rig.dir.path().join("b").join(catalogue(&rig)[1]["file"].as_str().unwrap());
    fs::rename(&folder, &template).unwrap();
    rig.server.with(|sandbox, _| *sandbox = Sandbox::new(Current).with_base(1, "a", lacking()));
    let mut deleted = 0;
    for call in ["write", "fsync", "linkat", "unlinkat", "ftruncate"] {
        for effect in ["signal=KILL", "error=EIO"] {
            for nth in (1..).step_by(if kills().is_some() || call != "write" { 1 } else { 3 }) {
                let _ = fs::remove_dir_all(&folder);
                copy_folder(&template, &folder);
                let Some(done) = inject(&rig, call, effect, nth) else { break };
                assert!(
                    done.code != Some(0) && newest.exists() && lacks(&rig).contains(&0),
                    "{call} {effect} {nth}: {done:?}"
                );
                deleted += usize::from(lacks(&rig) == [0, 1]);
                let again = backup(&rig, &["--keep", "1", "--max-age", "1h"]);
                assert!(
                    [Some(0), Some(10)].contains(&again.code) && newest.exists(),
                    "{call} {effect} {nth}: {again:?}"
                );
                assert_eq!(
                    (is_good(&rig), files(&rig).len()),
                    (true, lacks(&rig).len()),
                    "{call} {effect} {nth}"
                );
            }
        }
    }
    assert!(deleted > 0, "the older complete copy goes");
}

#[test]
fn a_copy_without_assets_never_pushes_out_a_complete_one() {
    let rig = Rig::new(Sandbox::new(Current).with_base(1, "a", lacking()));
    backup(&rig, &[]);
    let mut lines = catalogue(&rig);
    lines[0]["assets_missing"] = 0.into();
    set_catalogue(&rig, &lines);
    age(&rig, 60);
    let done = backup(&rig, &["--no-assets", "--keep", "1"]);
    assert!(done.code == Some(10) && done.err.contains("hint: omit --no-assets"), "{done:?}");
    assert_eq!(lacks(&rig), [0, 1]);
}

#[test]
fn each_deletion_is_a_line_and_is_counted() {
    let rig = rig(Current);
    for _ in 0..3 {
        night(&rig, true, &[]);
    }
    let files_before = files(&rig);
    let dry = backup(&rig, &["--keep", "2", "--dry-run"]);
    assert_eq!(each(&dry.lines(), "/status"), ["planned"; 3]);
    assert_eq!(each(&dry.lines(), "/reason"), ["-", "superseded", "superseded"]);
    assert!(
        dry.err.ends_with("1 planned, 2 copies to be deleted\n") && files(&rig) == files_before,
        "{dry:?}"
    );
    let done = night(&rig, true, &["--keep", "2"]);
    let lines = done.lines();
    assert_eq!(each(&lines, "/status"), ["finished", "deleted", "deleted"]);
    assert_eq!(each(&lines, "/output")[1..], each(&dry.lines(), "/output")[1..]);
    assert_eq!((&lines[1]["input"], &lines[1]["bytes"]), (&"a".into(), &900.into()));
    assert_eq!(lines[1]["base"], lines[0]["base"]);
    assert!(done.err.contains("1 exported (900 B), 2 copies deleted, in "), "{done:?}");
    let one = rig.run(&["backup", "b", "--keep", "2"]);
    assert!(
        one.out().contains("1 personal/a: deleted the copy of 20")
            && one.err.contains(", 1 copy deleted, in "),
        "{one:?}"
    );
    assert_eq!(files(&rig).len(), 2);
}

#[test]
fn the_rules_apply_to_the_bases_of_this_run() {
    let rig = rig(Current).base("a").base("b");
    for _ in 0..4 {
        backup(&rig, &[]);
        age(&rig, 86_400);
    }
    // Copies of one to four days, and one of now. The test may take an hour.
    let done = backup(&rig, &["--base", "a", "--keep-within", "2d1h"]);
    assert_eq!(each(&done.lines(), "/status"), ["finished", "deleted", "deleted"], "{done:?}");
    let count = |folder: &str| files(&rig).iter().filter(|file| file.starts_with(folder)).count();
    assert_eq!([count("1 personal/a/"), count("1 personal/b/")], [3, 4]);
}

#[test]
fn a_copy_that_cannot_be_deleted_is_not_reported_as_deleted() {
    let rig = rig(Current);
    night(&rig, true, &[]);
    let file = rig.dir.path().join("b").join(catalogue(&rig)[0]["file"].as_str().unwrap());
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let done = night(&rig, true, &["--keep", "1"]);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(1), vec!["failed"]), "{done:?}");
    assert!(done.err.contains("the new copy is good, but "), "{done:?}");
}

#[test]
fn restore_names_the_older_copy_that_is_more_complete() {
    let rig = rig(Current);
    night(&rig, true, &[]);
    night(&rig, false, &[]);
    let older = catalogue(&rig)[0]["started"].as_str().unwrap().to_owned();
    for more in [&["--dry-run"][..], &["--suffix", "2"]] {
        let done = rig.run(&[&["--json", "-q", "restore", "b", "a", "--workspace", "1"], more].concat());
        assert_eq!((done.code, &done.line()["assets_missing"]), (Some(10), &1.into()), "{done:?}");
        assert!(done.err.contains(&format!("lacks 1 asset; that of {older} lacks none\nhint: ")), "{done:?}");
    }
    let done = restore_at(&rig, &older);
    assert_eq!((done.code, &done.line()["assets_missing"]), (Some(0), &0.into()), "{done:?}");
}

fn restore_at(rig: &Rig, time: &str) -> Done {
    rig.run(&["--json", "restore", "b", "a", "--workspace", "1", "--at", time, "--suffix", " (older)"])
}

#[test]
fn restore_names_the_newest_good_copy_before_a_damaged_one() {
    let rig = rig(Current);
    for _ in 0..4 {
        night(&rig, true, &[]);
    }
    let lines = catalogue(&rig);
    for (damaged, good) in [(3, 2), (2, 1)] {
        fs::write(rig.dir.path().join("b").join(lines[damaged]["file"].as_str().unwrap()), "no zip").unwrap();
        let done = rig.run(&["--json", "restore", "b", "a", "--workspace", "1", "--suffix", "2"]);
        assert_eq!(done.failure(), failure(5, "failed", "bad_file", None));
        let good = lines[good]["started"].as_str().unwrap();
        let hint = format!("hint: the copy of {good} is good: seatable-io restore b ");
        assert!(
            done.err.contains(&hint) && done.err.contains(&format!(" --workspace 1 --at {good}\n")),
            "{done:?}"
        );
    }
    let time = lines[1]["started"].as_str().unwrap().replace(':', "");
    assert_eq!(restore_at(&rig, &time).code, Some(0), "the time in the name of its file");
}
