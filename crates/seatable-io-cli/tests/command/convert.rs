//! `convert`.

use rusqlite::Connection;
use serde_json::json;

use super::bases::{Offline, bugs, tables};
use super::*;

pub(super) fn convert(offline: &Offline, more: &[&str]) -> Done {
    offline.run(&[&["convert", "a.dtable", "--output"], more].concat())
}

/// The base in CSV files, as a reader of its own splits them.
pub(super) fn csv(offline: &Offline, file: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(offline.path(file)).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

pub(super) fn query(database: &Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let value = |place| match row.get_ref_unwrap(place) {
            rusqlite::types::ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text)),
            other => format!("{other:?}"),
        };
        Ok((0..columns).map(value).collect::<Vec<_>>().join(" "))
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// The base in a database whose foreign keys hold.
pub(super) fn sqlite(offline: &Offline, file: &str) -> Connection {
    let database = Connection::open(offline.path(file)).unwrap();
    database.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    assert!(query(&database, "PRAGMA foreign_key_check").is_empty());
    assert_eq!(query(&database, "PRAGMA integrity_check"), ["'ok'"]);
    database
}

#[test]
fn a_folder_gets_a_csv_file_for_each_table_and_link() {
    let offline = Offline::with(&bugs());
    let done = convert(&offline, &["out"]);
    let text = "a.dtable: converted to out: 2 tables with 5 rows, 2 links with 4 pairs\n";
    assert_eq!((done.code, done.out(), done.err.as_str()), (Some(0), text, ""));
    assert_eq!(offline.left("out"), ["Bugs - Assigned.csv", "Bugs.csv", "Team - Chief.csv", "Team.csv"]);
    let rows = [
        ["_id", "Title", "Status", "Effort", "Checked", "Files", "Double"],
        ["r1", "Crash, \"hard\"\nand fast", "Open", "1.5", "", "", ""],
        ["'-r2", "'=1+1", "gone", "12345678901234567890", "true", "asset/files/a.pdf, asset/files/b.pdf", ""],
    ];
    assert_eq!(csv(&offline, "out/Bugs.csv"), rows);
    let pairs = [["_id", "linked_id"], ["'-r2", "m1"], ["r1", "m2"], ["r1", "m1"]];
    assert_eq!(csv(&offline, "out/Bugs - Assigned.csv"), pairs);
    assert_eq!(fs::read(offline.path("out/Team - Chief.csv")).unwrap(), b"_id,linked_id\r\nm1,m2\r\n");
}

#[test]
fn raw_texts_are_as_they_were() {
    let mut base = bugs();
    base["tables"][0]["columns"][0]["name"] = "=x".into();
    let offline = Offline::with(&base);
    convert(&offline, &["raw", "--raw"]);
    convert(&offline, &["safe"]);
    let cells = |file: &str| [csv(&offline, file)[0][1].clone(), csv(&offline, file)[2][0].clone()];
    assert_eq!(
        (cells("raw/Bugs.csv"), cells("safe/Bugs.csv")),
        (["=x", "-r2"].map(str::to_owned), ["'=x", "'-r2"].map(str::to_owned))
    );
}

#[test]
fn python_reads_the_csv_files_alike() {
    let offline = Offline::with(&bugs());
    convert(&offline, &["out"]);
    let script = "import csv, json; print(json.dumps(list(csv.reader(open('out/Bugs.csv', newline='', encoding='utf-8'), strict=True))))";
    let Ok(output) = Command::new("python3").args(["-c", script]).current_dir(offline.path("")).output()
    else {
        return eprintln!("skipped: python3 is not installed");
    };
    let rows: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows, csv(&offline, "out/Bugs.csv"));
}

#[test]
fn a_database_has_rows_links_and_names_that_can_be_joined() {
    let offline = Offline::with(&bugs());
    assert_eq!(convert(&offline, &["a.sqlite"]).code, Some(0));
    let database = sqlite(&offline, "a.sqlite");
    assert_eq!(
        query(&database, "SELECT _id, Status, \"Status id\", Effort, Checked FROM Bugs ORDER BY rowid"),
        ["'r1' 'Open' '1001' Real(1.5) Null", "'-r2' 'gone' 'gone' '12345678901234567890' Integer(1)"]
    );
    let join = "SELECT b._id, t.Name FROM Bugs b JOIN \"Bugs - Assigned\" l USING (_id) JOIN Team t ON t._id = l.linked_id \
                ORDER BY l.rowid";
    assert_eq!(query(&database, join), ["'-r2' 'Ada'", "'r1' 'Bo'", "'r1' 'Ada'"]);
    assert_eq!(query(&database, "SELECT * FROM \"Team - Chief\""), ["'m1' 'm2'"]);
    assert_eq!(
        query(&database, "SELECT * FROM _collaborators"),
        ["'a@auth.local' 'Ada L.' 'ada@example.com'"]
    );
    let options = ["'Bugs' 'Status' '1001' 'Open'", "'Bugs' 'Status' '1002' 'Done'"];
    assert_eq!(query(&database, "SELECT * FROM _options"), options);
    let columns = "SELECT \"column\", key, type, formula, link FROM _columns WHERE type IN ('formula', 'link') AND \"table\" = 'Bugs'";
    assert_eq!(
        query(&database, columns),
        ["'Double' 'Fm01' 'formula' '{Effort} * 2' Null", "'Assigned' 'As01' 'link' Null 'Bugs - Assigned'"]
    );
    assert!(database.execute("INSERT INTO \"Bugs - Assigned\" VALUES ('r1', 'nobody')", []).is_err());
}

#[test]
fn json_lines_have_rows_and_pairs() {
    let offline = Offline::with(&bugs());
    assert_eq!(convert(&offline, &["a.jsonl"]).code, Some(0));
    let text = fs::read_to_string(offline.path("a.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let title = "Crash, \"hard\"\nand fast";
    let cells = json!({"Title": title, "Status": {"id": "1001", "name": "Open"}, "Effort": 1.5});
    assert_eq!(lines[0], json!({"table": "Bugs", "_id": "r1", "cells": cells}));
    assert_eq!(lines[2]["cells"]["User"], json!([{"id": "a@auth.local", "name": "Ada L."}]));
    assert_eq!((lines.len(), &lines[4]), (9, &json!({"table": "Team", "_id": "m3", "cells": {}})));
    assert_eq!(lines[5], json!({"link": "Bugs - Assigned", "_id": "-r2", "linked_id": "m1"}));
    assert!(text.contains(":12345678901234567890,"), "{text}");
    let done = convert(&offline, &["-"]);
    assert_eq!((done.code, done.out(), done.err.as_str()), (Some(0), text.as_str(), ""));
}

#[test]
fn a_row_is_one_line_that_cannot_move_the_cursor() {
    let content = r#"{"tables": [{"_id": "a", "name": "T", "columns": [{"key": "0000", "name": "A\u202e", "type": "geolocation"},
        {"key": "0001", "name": "B", "type": "text"}], "rows": [{"_id": "r", "0000": {
            "lng":TAB1.50, "x": "C1"}, "0001": "x\u009b2J"}]}]}"#;
    let content = content.replace("TAB", "\t").replace("C1", "\u{9b}");
    let offline = Offline::with(&json!({"tables": []}));
    fs::write(offline.path("a.dtable"), seatable_io_sandbox::dtable_of(content.as_bytes(), &[])).unwrap();
    let done = convert(&offline, &["-"]);
    let line: Value = serde_json::from_str(done.out()).unwrap();
    assert_eq!(line["cells"], json!({"A\u{202e}": {"lng": 1.5, "x": "\u{9b}"}, "B": "x\u{9b}2J"}));
    assert!(done.out().contains("1.50") && !done.out().contains(['\u{9b}', '\u{202e}']), "{done:?}");
    assert_eq!(done.out().lines().count(), 1);
}

#[test]
fn a_line_has_the_output_and_its_parts() {
    let offline = Offline::with(&bugs());
    let line = convert(&offline, &["out", "--json"]).line();
    assert_eq!((&line["output"], &line["links_left_out"]), (&json!("out"), &json!([])));
    assert_eq!(line["tables"][1], json!({"name": "Team", "rows": 3, "file": "Team.csv"}));
    let chief =
        json!({"name": "Team - Chief", "tables": ["Team", "Team"], "pairs": 1, "file": "Team - Chief.csv"});
    assert_eq!((&line["links"][1], &line["pairs_dangling"]), (&chief, &Value::Null));
    let usage = convert(&offline, &["-", "--json"]);
    assert_eq!(usage.failure(), failure(2, "failed", "usage", None));
}

#[test]
fn chosen_tables_leave_out_the_links_of_others() {
    let offline = Offline::with(&bugs());
    let done = convert(&offline, &["out", "--table", "Team"]);
    assert_eq!(offline.left("out"), ["Team - Chief.csv", "Team.csv"]);
    let words =
        "warning: the link Bugs - Assigned (3 pairs), whose tables are not both chosen, is left out\n";
    assert!(done.code == Some(0) && done.err.ends_with(words), "{done:?}");
    let unknown = convert(&offline, &["x.jsonl", "--table", "Team", "--table", "Tea"]);
    assert!(
        unknown.code == Some(4)
            && unknown.err.contains("there is no table Tea\nhint: its tables: Bugs, Team\n"),
        "{unknown:?}"
    );
    assert!(!offline.path("x.jsonl").exists());
}

#[test]
fn tables_of_one_name_are_chosen_together_or_by_their_names_in_the_output() {
    let offline = Offline::with(&tables(&[("a", "Plan", &["1"]), ("b", "Plan", &["2"]), ("c", "x", &[])]));
    let files = |name: &str, output: &str| {
        convert(&offline, &[output, "--table", name]);
        offline.left(output)
    };
    assert_eq!(files("Plan", "one"), ["Plan (b).csv", "Plan.csv"]);
    assert_eq!(files("Plan (b)", "two"), ["Plan (b).csv"]);
    assert_eq!(csv(&offline, "two/Plan (b).csv")[1], ["2", "text 2"]);
}

#[test]
fn pairs_with_rows_that_do_not_exist_are_left_out_of_a_database_and_counted() {
    let mut base = bugs();
    base["links"][0]["table1_table2_map"] = json!({"r1": ["m1", "m9"], "r9": ["m1"], "m1": ["r1"]});
    let offline = Offline::with(&base);
    let done = convert(&offline, &["a.sqlite"]);
    let words = "a.dtable: warning: 3 pairs of the link Bugs - Assigned left out: a row does not exist\n";
    assert_eq!((done.code, done.err.as_str()), (Some(0), words));
    assert!(done.out().ends_with("2 links with 2 pairs\n"), "{done:?}");
    assert_eq!(query(&sqlite(&offline, "a.sqlite"), "SELECT * FROM \"Bugs - Assigned\""), ["'r1' 'm1'"]);
    let line = convert(&offline, &["b.sqlite", "--json"]).line();
    assert_eq!((&line["pairs_dangling"], &line["links"][0]["pairs"]), (&json!(3), &json!(1)));
    convert(&offline, &["out"]);
    assert_eq!(csv(&offline, "out/Bugs - Assigned.csv").len(), 1 + 4);
}

#[test]
fn a_link_whose_table_does_not_exist_is_named() {
    let mut base = bugs();
    base["links"][1]["table2_id"] = "gone".into();
    let offline = Offline::with(&base);
    for output in ["a.sqlite", "out", "a.jsonl"] {
        let done = convert(&offline, &[output]);
        let words = "the link Team - Chief (1 pair), one of whose tables the file lacks, is left out";
        assert!(done.code == Some(0) && done.err.contains(words), "{done:?}");
    }
    assert_eq!(offline.left("out"), ["Bugs - Assigned.csv", "Bugs.csv", "Team.csv"]);
}

#[test]
fn rows_of_one_id_are_no_rows_of_a_database() {
    let offline = Offline::with(&tables(&[("a", "One", &["r"]), ("b", "Two", &["r", "s", "r"])]));
    let done = convert(&offline, &["a.sqlite", "--json"]);
    assert_eq!(done.failure(), failure(5, "failed", "bad_file", None));
    assert!(
        done.err.contains("a.dtable: table Two has several rows with the ID r\nhint: convert it to CSV"),
        "{done:?}"
    );
    assert_eq!(offline.left(""), ["a.dtable"]);
    convert(&offline, &["out"]);
    assert_eq!(csv(&offline, "out/Two.csv").len(), 1 + 3);
}

#[test]
fn a_table_with_too_many_columns_is_no_table_of_a_database() {
    let mut base = tables(&[("a", "T", &["r"])]);
    let mut columns = |count: usize| {
        let column =
            |place| json!({"key": format!("{place:04}"), "name": format!("c{place}"), "type": "text"});
        base["tables"][0]["columns"] = (0..count).map(column).collect();
        Offline::with(&base)
    };
    assert_eq!(convert(&columns(1999), &["a.sqlite"]).code, Some(0));
    let done = convert(&columns(2000), &["a.sqlite"]);
    let words = "table T would have 2001 columns, and SQLite allows 2000\nhint: convert it to CSV files";
    assert!(done.code == Some(2) && done.err.contains(words), "{done:?}");
}

#[test]
fn a_folder_without_tables_is_still_an_output() {
    let offline = Offline::with(&json!({"tables": []}));
    for output in ["out", "a.sqlite", "a.jsonl"] {
        assert!(convert(&offline, &[output]).out().ends_with("0 tables with 0 rows, no links\n"));
    }
    assert!(offline.path("out").is_dir() && offline.left("out").is_empty());
    assert!(query(&sqlite(&offline, "a.sqlite"), "SELECT * FROM _columns").is_empty());
}
