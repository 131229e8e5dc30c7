//! The names of the files and tables that `convert` writes, and outputs that exist or cannot be written.

use serde_json::json;

use super::bases::{Offline, bugs, tables};
use super::convert::{convert, csv, query, sqlite};
use super::*;

#[test]
fn names_never_leave_the_output_and_are_never_one_file_or_table() {
    let long = "x".repeat(300);
    let names = [
        "../up",
        "/etc/x",
        "Plan",
        "PLAN",
        "\u{e4}",
        "A\u{308}",
        "",
        "con",
        "a\0b",
        "\"q\"",
        "_options",
        "sqlite_x",
        "_SQLITE_X",
        &long,
    ];
    let ids: Vec<_> = (0..names.len()).map(|place| format!("t{place}")).collect();
    let rows: Vec<_> = ids.iter().map(|id| [id.as_str()]).collect();
    let all: Vec<_> =
        names.iter().zip(&ids).zip(&rows).map(|((name, id), rows)| (id.as_str(), *name, &rows[..])).collect();
    let offline = Offline::with(&tables(&all));
    for output in ["deep/down/out", "deep/down/a.sqlite", "deep/down/a.jsonl"] {
        fs::create_dir_all(offline.path("deep/down")).unwrap();
        assert_eq!(convert(&offline, &[output]).code, Some(0), "{output}");
    }
    let files = offline.left("deep");
    assert_eq!((files.len(), offline.left("").len()), (names.len() + 2, names.len() + 3));
    for file in files.iter().filter(|file| file.contains(".csv")) {
        assert!(file.starts_with("down/out/") && file.matches('/').count() == 2, "{file}");
    }
    let line = offline.run(&["--json", "convert", "a.dtable", "--output", "again"]).line();
    for (table, id) in line["tables"].as_array().unwrap().iter().zip(&ids) {
        let file = format!("again/{}", table["file"].as_str().unwrap());
        assert_eq!(csv(&offline, &file)[1][0], *id, "{file}");
    }
    let database = sqlite(&offline, "deep/down/a.sqlite");
    let line = offline.run(&["--json", "convert", "a.dtable", "--output", "again.sqlite"]).line();
    for (table, id) in line["tables"].as_array().unwrap().iter().zip(&ids) {
        let name = table["name"].as_str().unwrap().replace('"', "\"\"");
        assert_eq!(query(&database, &format!("SELECT _id FROM \"{name}\"")), [format!("'{id}'")]);
    }
}

#[test]
fn names_of_columns_are_told_apart_and_quoted() {
    let mut base = tables(&[("a", "T", &["r"])]);
    let names = ["A", "a", "", "_ID", "x\"; DROP TABLE T; --", "n\0l", "rowid"];
    let column =
        |(place, name): (usize, &&str)| json!({"key": format!("{place:04}"), "name": name, "type": "text"});
    base["tables"][0]["columns"] = names.iter().enumerate().map(column).collect();
    base["tables"][0]["rows"][0] =
        json!({"_id": "r", "0001": "one", "0002": "two", "0004": "four", "0006": "six"});
    let offline = Offline::with(&base);
    convert(&offline, &["a.sqlite"]);
    convert(&offline, &["out"]);
    let expected =
        ["_id", "A", "a (0001)", "0002", "_ID (0003)", "x\"; DROP TABLE T; --", "n\u{fffd}l", "rowid"];
    assert_eq!(csv(&offline, "out/T.csv")[0], expected);
    let database = sqlite(&offline, "a.sqlite");
    let found = query(&database, "SELECT name FROM pragma_table_info('T')");
    assert_eq!(found, expected.map(|name| format!("'{name}'")));
    assert_eq!(query(&database, "SELECT * FROM T"), ["'r' Null 'one' 'two' Null 'four' Null 'six'"]);
}

#[test]
fn an_existing_output_is_left_alone_before_the_copy_is_read() {
    let offline = Offline::with(&bugs());
    fs::write(offline.path("a.dtable"), "no zip").unwrap();
    fs::create_dir(offline.path("out")).unwrap();
    fs::write(offline.path("a.sqlite"), "theirs").unwrap();
    for (output, hint) in
        [("out", "--force replaces the files of the same names"), ("a.sqlite", "--force replaces it")]
    {
        let done = convert(&offline, &[output, "--json"]);
        assert_eq!(done.failure(), failure(1, "failed", "io", None));
        assert!(done.err.contains(&format!("{output} already exists\nhint: {hint}\n")), "{done:?}");
        assert_eq!(convert(&offline, &[output, "--force"]).code, Some(5));
    }
    assert_eq!(fs::read(offline.path("a.sqlite")).unwrap(), b"theirs");
    assert_eq!(offline.left(""), ["a.dtable", "a.sqlite"]);
}

#[test]
fn force_replaces_only_the_files_that_are_written() {
    let offline = Offline::with(&bugs());
    fs::create_dir(offline.path("out")).unwrap();
    for (file, text) in [("out/Bugs.csv", "old"), ("out/notes.txt", "theirs"), ("a.jsonl", "old")] {
        fs::write(offline.path(file), text).unwrap();
    }
    assert_eq!(convert(&offline, &["out", "--force"]).code, Some(0));
    assert_eq!(convert(&offline, &["a.jsonl", "--force"]).code, Some(0));
    let files = ["Bugs - Assigned.csv", "Bugs.csv", "Team - Chief.csv", "Team.csv", "notes.txt"];
    assert_eq!(
        (offline.left("out"), csv(&offline, "out/Bugs.csv").len()),
        (files.map(str::to_owned).to_vec(), 3)
    );
    assert_eq!(fs::read(offline.path("out/notes.txt")).unwrap(), b"theirs");
    assert!(fs::read_to_string(offline.path("a.jsonl")).unwrap().starts_with("{\"table\""));
}

#[test]
fn outputs_that_cannot_be_written_are_explained() {
    let offline = Offline::with(&bugs());
    fs::create_dir(offline.path("a.sqlite")).unwrap();
    fs::write(offline.path("b.sqlite-wal"), "").unwrap();
    for (more, code, words) in [
        (&["no/out"][..], 1, "cannot write no/out: its folder does not exist"),
        (&["out.csv"], 2, "hint: name a folder for CSV files, or a file that ends in .sqlite or .jsonl"),
        (&["out.XLSX"], 2, "a base is not converted to a .xlsx file"),
        (&["a.dtable/x"], 1, "cannot write a.dtable/x: "),
        (&["b.sqlite"], 1, "b.sqlite-wal exists"),
        (&["b.jsonl", "--raw"], 2, "--raw is for CSV files"),
    ] {
        let done = convert(&offline, more);
        assert!(done.code == Some(code) && done.err.contains(words), "{more:?} {done:?}");
    }
    assert_eq!(offline.left(""), ["a.dtable", "b.sqlite-wal"]);
}

#[test]
#[cfg(unix)]
fn an_output_gets_the_permissions_of_a_new_file_or_those_of_the_old_one() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let offline = Offline::with(&bugs());
    let mode = |file: &std::path::Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
    let new = offline.path("new");
    fs::write(&new, "").unwrap();
    convert(&offline, &["a.sqlite"]);
    assert_eq!(mode(&offline.path("a.sqlite")), mode(&new));
    fs::set_permissions(&new, PermissionsExt::from_mode(0o600)).unwrap();
    symlink(&new, offline.path("link.jsonl")).unwrap();
    assert_eq!(convert(&offline, &["link.jsonl", "--force"]).code, Some(0));
    assert!(fs::symlink_metadata(offline.path("link.jsonl")).unwrap().is_symlink());
    assert!(mode(&new) == 0o600 && fs::metadata(&new).unwrap().len() > 0);
}

#[test]
#[cfg(unix)]
fn a_signal_leaves_nothing_behind() {
    let ids: Vec<_> = (0..200_000).map(|id| format!("row {id}")).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let offline = Offline::with(&tables(&[("a", "T", &ids)]));
    for output in ["out", "a.sqlite", "a.jsonl"] {
        let child =
            bare(&["convert", "a.dtable", "--output", output]).current_dir(offline.path("")).spawn().unwrap();
        until(|| !offline.left("").iter().all(|file| file == "a.dtable"));
        signal(&child, "INT");
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(130) && err.contains("not read to the end because of a signal"),
            "{err}"
        );
        assert_eq!(fs::read_dir(offline.path("")).unwrap().count(), 1);
    }
}
