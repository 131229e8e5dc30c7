//! `show`, and the copies that it is given.

use serde_json::json;

use super::bases::{Offline, bugs, tables};
use super::*;

#[test]
fn tables_columns_links_and_assets_are_shown() {
    let done = Offline::with(&bugs()).run(&["show", "a.dtable"]);
    let expected = "\
a.dtable: 2 tables with 5 rows, 2 links with 4 pairs, 1 collaborator, format version 9
  Bugs: 2 rows
    Title     text
    Status    single-select, 2 options
    Effort    number
    Checked   checkbox
    Files     file
    Double    formula, {Effort} * 2
    Assigned  link, to Team
  Team: 3 rows
    Name   text
    User   collaborator
    Bugs   link, to Bugs
    Chief  link, to Team
  Links:
    Bugs - Assigned  3 pairs, to Team
    Team - Chief     1 pair, to Team
  Assets: 1 file (3 B); missing: 1 asset (-v names them)
";
    assert_eq!((done.code, done.out(), done.err.as_str()), (Some(0), expected, ""));
}

#[test]
fn a_line_has_all_parts() {
    let line = Offline::with(&bugs()).run(&["show", "a.dtable", "--json"]).line();
    assert_eq!((&line["format_version"], &line["collaborators"]), (&json!(9), &json!(1)));
    assert_eq!(line["tables"][1]["rows"], 3);
    let double = json!({"key": "Fm01", "name": "Double", "type": "formula", "options": 0, "link": null, "formula": "{Effort} * 2"});
    assert_eq!(
        (&line["tables"][0]["columns"][5], line["tables"][0]["columns"][1]["options"].as_u64()),
        (&double, Some(2))
    );
    assert_eq!(
        line["links"][0],
        json!({"id": "Ln01", "name": "Bugs - Assigned", "tables": ["Bugs", "Team"], "pairs": 3})
    );
    let missing = json!(["asset/files/b.pdf"]);
    let assets = json!({"count": 1, "bytes": 3, "of_apps": 0, "custom": 0, "dtables": 0});
    assert_eq!(
        [&line["assets"], &line["assets_missing"], &line["missing"], &line["missing_cut"]],
        [&assets, &json!(1), &missing, &json!(false)]
    );
}

#[test]
fn missing_assets_are_named_with_v() {
    let done = Offline::with(&bugs()).run(&["show", "-v", "a.dtable"]);
    assert!(done.out().ends_with("missing: 1 asset\n    missing: asset/files/b.pdf\n"), "{done:?}");
}

#[test]
fn a_name_stays_on_its_line_and_tables_of_one_name_are_told_apart() {
    let content =
        tables(&[("a", "x\n\u{1b}[2J", &[]), ("b", "Plan", &[]), ("c", "plan", &["r"]), ("d", "", &[])]);
    let done = Offline::with(&content).run(&["show", "a.dtable"]);
    let names: Vec<_> =
        done.out().lines().filter_map(|line| line.split_once(" row")?.0.strip_prefix("  ")).collect();
    assert_eq!(names, ["x\\n\\u{1b}[2J: 0", "Plan: 0", "plan (c): 1", "d: 0"]);
}

/// Two bases: one with two copies, of one and of two rows; the other one with three rows.
fn folder() -> Offline {
    let offline = Offline::with(&bugs());
    offline.copy("u", "Sales", "2026-11-01T00:00:00Z", &tables(&[("a", "T", &["1"])]));
    offline.copy("v", "Plan", "2026-11-02T00:00:00Z", &tables(&[("a", "T", &["1", "2", "3"])]));
    offline.copy("u", "Sales", "2026-11-03T00:00:00Z", &tables(&[("a", "T", &["1", "2"])]));
    offline
}

#[test]
fn a_base_in_a_folder_is_its_newest_copy_at_the_time() {
    let offline = folder();
    let rows = |more: &[&str]| {
        let line = offline.run(&[&["--json", "show", "b"], more].concat()).line();
        line["tables"][0]["rows"].as_u64().unwrap()
    };
    assert_eq!([rows(&["Sales"]), rows(&["u"]), rows(&["7 personal/Sales"]), rows(&["Plan"])], [2, 2, 2, 3]);
    assert_eq!([rows(&["Sales", "--at", "2026-11-02"]), rows(&["Plan", "--at", "2026-11-02"])], [1, 3]);
    let line = offline.run(&["--json", "show", "b", "Plan"]).line();
    assert_eq!(line["input"], "b/7 personal/Plan/2026-11-02T000000Z.dtable");
}

#[test]
fn a_base_that_is_not_there_is_4_and_an_ambiguous_one_is_2() {
    let offline = folder();
    let none = offline.run(&["show", "b", "Orders"]);
    assert!(none.code == Some(4) && none.err.contains("there is no copy of Orders (in b)"), "{none:?}");
    let early = offline.run(&["show", "b", "Plan", "--at", "2026-11-01"]);
    assert!(early.code == Some(4) && early.err.contains("hint: choose a later time with --at"), "{early:?}");
    offline.copy("w", "Plan", "2026-11-04T00:00:00Z", &tables(&[]));
    let two = offline.run(&["--json", "show", "b", "Plan"]);
    assert_eq!(
        (two.failure(), two.line()["input"].as_str()),
        (failure(2, "failed", "usage", None), Some("b Plan"))
    );
    assert!(two.err.contains("hint: name one by its uuid or its folder\n"), "{two:?}");
}

#[test]
fn a_copy_that_is_not_the_recorded_file_asks_for_a_look() {
    let offline = folder();
    offline.file("b/7 personal/Sales/2026-11-03T000000Z.dtable", &tables(&[("a", "Other", &[])]));
    let done = offline.run(&["-q", "show", "b", "Sales"]);
    assert!(done.code == Some(10) && done.err.contains("it is not the file that was saved"), "{done:?}");
    assert_eq!(offline.run(&["-q", "show", "b", "Plan"]).code, Some(0));
    fs::remove_file(offline.path("b/7 personal/Plan/2026-11-02T000000Z.dtable")).unwrap();
    let gone = offline.run(&["--json", "show", "b", "Plan"]);
    assert_eq!(gone.failure(), failure(5, "failed", "bad_file", None));
}

#[test]
#[cfg(unix)]
fn a_copy_that_is_a_link_is_not_followed() {
    let offline = folder();
    let copy = offline.path("b/7 personal/Plan/2026-11-02T000000Z.dtable");
    fs::remove_file(&copy).unwrap();
    std::os::unix::fs::symlink(offline.path("a.dtable"), &copy).unwrap();
    let done = offline.run(&["show", "b", "Plan"]);
    assert!(done.code == Some(5) && done.err.contains("symbolic link"), "{done:?}");
}

#[test]
fn rows_that_only_a_server_can_read_ask_for_a_look() {
    let offline = Offline::with(&bugs());
    let bytes = seatable_io_sandbox::dtable_of(bugs().to_string().as_bytes(), &[("archive", b"rows")]);
    fs::write(offline.path("big.dtable"), bytes).unwrap();
    for args in [
        &["show", "big.dtable"][..],
        &["diff", "a.dtable", "big.dtable"],
        &["convert", "big.dtable", "--output", "o"],
    ] {
        let done = offline.run(args);
        assert!(done.code == Some(10) && done.err.contains("big.dtable: it has more rows"), "{done:?}");
    }
}

#[test]
fn words_that_name_no_copy_are_explained() {
    let offline = folder();
    let device = if cfg!(windows) {
        (&["show", "NUL"][..], 1, "cannot read NUL: ")
    } else {
        (&["show", "/dev/null"][..], 5, "/dev/null is not a regular file")
    };
    for (args, code, words) in [
        device,
        (&["show", "b"][..], 2, "b is a folder, and no base in it is named"),
        (&["show", "a.dtable", "Sales"], 2, "a.dtable is not a backup folder, so it has no base Sales"),
        (&["show", "a.dtable", "--at", "2026-11-01"], 2, "hint: omit it for a file"),
        (&["show", "nothing"], 1, "cannot read nothing: "),
        (&["show", "b/backup.jsonl"], 5, "b/backup.jsonl: the file is not a complete zip"),
    ] {
        let done = offline.run(args);
        assert!(done.code == Some(code) && done.err.contains(words) && done.out.is_empty(), "{done:?}");
    }
}
