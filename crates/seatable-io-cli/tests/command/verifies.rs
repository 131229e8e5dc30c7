//! `verify`: several copies at once, and the assets of each.

use seatable_io_sandbox::Generation::Current;
use serde_json::json;

use super::accounts::{backup, each, files};
use super::*;

/// These depend on the size of a pipe and on `/proc`.
#[cfg(target_os = "linux")]
mod at_once;

fn verify(rig: &Rig, args: &[&str]) -> Done {
    rig.run(&[&["--json", "verify"], args].concat())
}

/// A base that lacks these assets.
fn lacking(names: &[&str]) -> Vec<u8> {
    let assets: Vec<_> = names.iter().map(|name| (*name, None)).collect();
    dtable_with_assets("", &assets).to_vec()
}

/// A base with another byte in the description of its last entry.
fn patched(at: usize, value: u8) -> Vec<u8> {
    let mut zip = sample_dtable(900).to_vec();
    let last = zip.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    zip[last + at] = value;
    zip
}

#[test]
fn lines_have_the_order_of_the_copies_although_they_are_checked_in_parallel() {
    let rig = rig(Current);
    let large = dtable_with_assets("", &[("files/large", Some(&vec![7; 3_000_000]))]);
    rig.file("large.dtable", &large);
    let mut names = vec!["large.dtable".to_owned()];
    for at in 1..9_usize {
        let bad = usize::from(at.is_multiple_of(3));
        names.push(format!("{at}.dtable"));
        rig.file(&names[at], &sample_dtable(900)[bad..]);
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for jobs in [&[][..], &["--jobs", "1"], &["--jobs", "4"]] {
        let done = verify(&rig, &[&names, jobs].concat());
        let lines = done.lines();
        let status = |at: usize| if at > 0 && at.is_multiple_of(3) { "failed" } else { "finished" };
        let expected: BTreeSet<_> = (0..9).map(|at| (names[at], status(at))).collect();
        let inputs = each(&lines, "/input");
        assert_eq!(inputs.iter().copied().zip(each(&lines, "/status")).collect::<BTreeSet<_>>(), expected);
        assert!(jobs.contains(&"4") || inputs == names, "{inputs:?}");
        assert!(done.code == Some(5) && done.err.contains("\n7 good (2.87 MiB), 2 bad, in "), "{done:?}");
    }
}

#[test]
fn one_of_two_copies_that_are_checked_at_once_is_bad_and_the_first_failure_counts() {
    let rig = rig(Current);
    rig.file("bad.dtable", b"no zip");
    rig.file("good.dtable", &sample_dtable(900));
    for (paths, code) in [
        (["bad.dtable", "good.dtable"], 5),
        (["good.dtable", "bad.dtable"], 5),
        (["none.dtable", "bad.dtable"], 1),
        (["bad.dtable", "none.dtable"], 5),
        (["good.dtable", "good.dtable"], 0),
    ] {
        let done = verify(&rig, &[&paths[..], &["--jobs", "2"]].concat());
        let lines = done.lines();
        let is_good = |line: &Value| (line["input"] == "good.dtable") == (line["status"] == "finished");
        assert!(done.code == Some(code) && lines.len() == 2 && lines.iter().all(is_good), "{done:?}");
    }
}

#[test]
fn a_quiet_check_prints_only_bad_copies() {
    let rig = rig(Current);
    rig.file("bad.dtable", b"no zip");
    rig.file("good.dtable", &lacking(&["files/a.pdf"]));
    let quiet = |paths: &[&str]| rig.run(&[&["-q", "verify", "--jobs", "2"], paths].concat());
    let good = quiet(&["good.dtable", "good.dtable"]);
    assert_eq!((good.code, good.out(), good.err.as_str()), (Some(0), "", ""));
    let bad = quiet(&["good.dtable", "bad.dtable"]);
    assert_eq!((bad.code, bad.out()), (Some(5), ""));
    assert_eq!(bad.err, "seatable-io: bad.dtable: the file is not a complete zip\n");
}

#[test]
fn missing_assets_are_named_by_v_and_json_and_counted_otherwise() {
    let rig = rig(Current);
    let names = ["images/two \u{1b}[2J.png", "files/2026/one.pdf"];
    rig.file("lacking.dtable", &lacking(&names));
    rig.file("whole.dtable", &dtable_with_assets("", &[("files/2026/one.pdf", Some(b"1"))]));
    let lines = verify(&rig, &["lacking.dtable", "whole.dtable"]).lines();
    let own = |line: &Value| json!([line["assets_missing"], line["missing"], line["missing_cut"]]);
    let paths = names.map(|name| format!("asset/{name}"));
    assert_eq!([own(&lines[0]), own(&lines[1])], [json!([2, paths, false]), json!([0, [], false])]);
    let verbose = rig.run(&["-v", "verify", "lacking.dtable", "whole.dtable"]).err;
    assert!(verbose.contains("lacking.dtable: warning: 2 assets are missing\n"), "{verbose}");
    for name in ["asset/files/2026/one.pdf", r"asset/images/two \u{1b}[2J.png"] {
        assert_eq!(verbose.matches(&format!("Z lacking.dtable: missing: {name}\n")).count(), 1, "{verbose}");
    }
    let plain = rig.run(&["verify", "lacking.dtable"]).err;
    assert!(plain.contains("2 assets are missing") && !plain.contains("one.pdf"), "{plain}");
}

#[test]
fn more_missing_assets_than_are_named_are_mentioned() {
    let rig = rig(Current);
    let names: Vec<_> = (0..80).map(|at| format!("files/{at:02}{}", "x".repeat(60_000))).collect();
    rig.file("a.dtable", &lacking(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    let line = verify(&rig, &["a.dtable"]).line();
    let shown = line["missing"].as_array().unwrap().len();
    assert_eq!((line["assets_missing"].as_u64(), shown, &line["missing_cut"]), (Some(80), 69, &true.into()));
    let err = rig.run(&["-v", "verify", "a.dtable"]).err;
    assert!(err.contains("Z a.dtable: 11 more are missing\n"), "{err:.300}");
    assert!(err.lines().all(|line| line.len() < 300), "names are cut");
}

#[test]
fn assets_are_counted_by_kind_and_files_within_are_mentioned_once() {
    let rig = rig(Current);
    let names = ["files/a.pdf", "files/b.dtable", "images/C.DTABLE", "external-apps/files/d", "custom/e"];
    rig.file("a.dtable", &dtable_with_assets("", &names.map(|name| (name, Some(&b"12"[..])))));
    rig.file("b.dtable", &dtable_with_assets("", &[("files/x.dtable", Some(b"1"))]));
    let lines = verify(&rig, &["a.dtable", "b.dtable"]).lines();
    let counts = json!({"count": 5, "bytes": 10, "of_apps": 1, "custom": 1, "dtables": 2});
    assert_eq!(lines[0]["assets"], counts);
    let done = rig.run(&["-v", "verify", "a.dtable", "b.dtable"]);
    assert_eq!(
        done.out(),
        "a.dtable: good; contains 2 .dtable files as attachments, which are not checked\n\
        b.dtable: good; contains 1 .dtable file as an attachment, which is not checked\n"
    );
    assert!(done.err.contains("Z a.dtable: 5 assets (10 B), 1 of apps, 1 custom\n"), "{done:?}");
}

#[test]
fn fact_25_an_entry_that_no_server_can_read_is_named_and_not_restored() {
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    let copy = rig.dir.path().join("b").join(&files(&rig)[0]);
    for (at, value, words) in [
        (10, 9, "its entry asset/files/sample.bin is packed with Deflate64, which servers cannot read"),
        (8, 1, "its entry asset/files/sample.bin is encrypted, which servers cannot read"),
    ] {
        fs::write(&copy, patched(at, value)).unwrap();
        let verified = verify(&rig, &["b"]);
        assert_eq!(verified.failure(), failure(5, "failed", "bad_file", None));
        let restored = rig.run(&["--json", "restore", "b", "a", "--workspace", "1", "--suffix", "2"]);
        assert_eq!(restored.failure(), failure(5, "failed", "bad_file", None));
        assert!(verified.err.contains(words) && restored.err.contains(words), "{verified:?} {restored:?}");
    }
    assert_eq!(rig.asked(Call::StartImport), 0);
}

#[test]
fn the_name_of_an_entry_neither_moves_the_cursor_nor_fills_the_screen() {
    let rig = rig(Current);
    let name = format!("files/\u{1b}[2J\n{}", "y".repeat(50_000));
    let mut zip = dtable_with_assets("", &[(&name, Some(b"unmistakable"))]).to_vec();
    let content = zip.windows(12).position(|bytes| bytes == b"unmistakable").unwrap();
    zip[content] ^= 1;
    rig.file("a.dtable", &zip);
    let done = verify(&rig, &["a.dtable"]);
    assert!(done.err.contains(r"a.dtable: its entry asset/files/\u{1b}[2J\nyyy"), "{:.300}", done.err);
    assert!(done.err.contains("y… is damaged\n") && done.err.len() < 400, "{:.300}", done.err);
}
