//! `diff`.

use serde_json::json;

use super::bases::{Offline, bugs, tables};
use super::*;

/// The second copy of [`changed`].
fn with_changes() -> Value {
    let mut base = bugs();
    base["tables"][0]["name"] = "Issues".into();
    base["tables"][0]["columns"][2]["type"] = "percent".into();
    base["tables"][0]["columns"][1]["data"]["options"][1]["name"] = "Closed".into();
    base["tables"][0]["rows"][1]["0000"] = Value::Null;
    base["tables"][1]["rows"][2]["_id"] = "m4".into();
    base["links"][0]["table1_table2_map"]["-r2"] = json!(["m2"]);
    base["tables"].as_array_mut().unwrap().push(tables(&[("new", "New\u{1b}", &["1"])])["tables"][0].clone());
    base
}

fn changed() -> Offline {
    let offline = Offline::with(&bugs());
    offline.file("b.dtable", &with_changes());
    offline
}

#[test]
fn each_difference_is_a_line_and_all_are_counted() {
    let done = changed().run(&["diff", "a.dtable", "b.dtable"]);
    let expected = "\
~ table Bugs: Bugs -> Issues
~ Bugs: option Status: Done -> Closed
~ Bugs: column Effort: number -> percent
+ table New\\u{1b}
+ Team: row m4
~ Bugs: row -r2 (=1+1), Title: =1+1 -> (empty)
- Team: row m3
+ Issues: row -r2, linked in Assigned: m2
- Bugs: row -r2, linked in Assigned: m1
9 differences: 1 table added, 1 table changed, 1 column changed, 1 option changed, 1 row added, 1 row removed, 1 row changed, \
1 link added, 1 link removed
";
    assert_eq!((done.code, done.out(), done.err.as_str()), (Some(0), expected, ""));
}

#[test]
fn the_exit_code_depends_on_the_option_and_on_a_difference() {
    let offline = changed();
    let code = |args: &[&str]| offline.run(&[&["-q", "diff"], args].concat()).code;
    assert_eq!(code(&["a.dtable", "b.dtable", "--exit-code"]), Some(10));
    assert_eq!(code(&["a.dtable", "a.dtable", "--exit-code"]), Some(0));
    let done = offline.run(&["diff", "a.dtable", "a.dtable"]);
    assert_eq!(done.out(), "no difference in tables, columns, options, rows, links and assets\n");
    assert!(done.err.contains("warning: a.dtable is compared with itself"), "{done:?}");
}

#[test]
fn a_line_has_the_differences_and_their_counts() {
    let offline = changed();
    let line = offline.run(&["--json", "diff", "a.dtable", "b.dtable", "--exit-code"]).line();
    assert_eq!(
        (&line["input"], &line["other"], &line["same"]),
        (&json!("a.dtable"), &json!("b.dtable"), &json!(false))
    );
    assert_eq!(line["counts"][0], json!({"part": "table", "change": "added", "count": 1}));
    let cell = json!({"change": "changed", "part": "cell", "table": "Bugs", "name": "Title", "row": "-r2", "label": "=1+1",
                      "before": "=1+1", "after": ""});
    assert!(line["differences"].as_array().unwrap().contains(&cell), "{line}");
    assert_eq!(line["attention"]["message"], "a.dtable and b.dtable differ");
    let same = offline.run(&["--json", "diff", "a.dtable", "a.dtable"]).line();
    assert_eq!(
        (&same["same"], &same["differences"], &same["counts"]),
        (&json!(true), &json!([]), &json!([]))
    );
}

#[test]
fn more_than_a_thousand_are_counted() {
    let offline = Offline::with(&tables(&[("a", "T", &[])]));
    let ids: Vec<_> = (0..1200).map(|id| id.to_string()).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    offline.file("b.dtable", &tables(&[("a", "T", &ids)]));
    let done = offline.run(&["diff", "a.dtable", "b.dtable"]);
    assert_eq!(done.out().lines().count(), 1001);
    assert!(done.out().ends_with("\n1200 differences: 1200 rows added; not all are printed\n"), "{done:?}");
    let cut = |other: &str| offline.run(&["--json", "diff", "a.dtable", other]).line()["cut"].clone();
    assert_eq!([cut("b.dtable"), cut("a.dtable")], [true, false]);
}

/// A base with copies of one, two and three rows, and a file with four.
fn folder() -> Offline {
    let offline = Offline::with(&tables(&[("a", "T", &["1", "2", "3", "4"])]));
    for (day, rows) in [(1, &["1"][..]), (2, &["1", "2"]), (3, &["1", "2", "3"])] {
        offline.copy("u", "Sales", &format!("2026-11-0{day}T00:00:00Z"), &tables(&[("a", "T", rows)]));
    }
    offline
}

#[test]
fn copies_of_a_folder_and_files_are_compared_in_their_order() {
    let offline = folder();
    let rows = |args: &[&str]| {
        let done = offline.run(&[&["diff"], args].concat());
        let rows = done
            .out()
            .lines()
            .filter_map(|line| Some(line.replace(" T: row ", "").split_once(" (")?.0.to_owned()));
        rows.collect::<Vec<_>>().join(" ")
    };
    let [first, second] = ["2026-11-01", "2026-11-02"];
    assert_eq!(rows(&["b", "Sales", "--at", first, "--at", second]), "+2");
    assert_eq!(rows(&["b", "Sales", "--at", second, "--at", first]), "-2");
    assert_eq!(rows(&["b", "Sales", "--at", second]), "+3");
    assert_eq!(rows(&["b", "Sales", "b", "u", "--at", first, "--at", second]), "+2");
    assert_eq!(rows(&["b", "Sales", "b", "Sales", "--at", second]), "+3");
    assert_eq!(rows(&["a.dtable", "b", "Sales", "--at", second]), "-3 -4");
    assert_eq!(rows(&["b", "Sales", "a.dtable", "--at", second]), "+3 +4");
    assert_eq!(rows(&["b", "Sales", "a.dtable"]), "+4");
}

#[test]
fn other_numbers_of_copies_are_wrong_usage() {
    let offline = folder();
    for (args, words) in [
        (&["a.dtable"][..], "2 values required"),
        (&["b", "Sales"], "hint: name a second one, or a time with --at"),
        (&["a.dtable", "b"], "b is a folder, and no base in it is named"),
        (&["a.dtable", "a.dtable", "a.dtable"], "two copies are compared, not 3"),
        (&["a.dtable", "a.dtable", "--at", "2026-11-01"], "--at is given more often than there are copies"),
        (
            &["b", "Sales", "--at", "2026-11-01", "--at", "2026-11-01", "--at", "2026-11-01"],
            "--at is given more often",
        ),
    ] {
        let done = offline.run(&[&["diff"], args].concat());
        assert!(done.code == Some(2) && done.err.contains(words), "{args:?} {done:?}");
    }
}

#[test]
fn the_file_that_cannot_be_read_is_named() {
    let offline = Offline::with(&bugs());
    fs::write(offline.path("x.dtable"), "no zip").unwrap();
    for args in [["a.dtable", "x.dtable"], ["x.dtable", "a.dtable"]] {
        let done = offline.run(&[&["--json", "diff"], &args[..]].concat());
        assert_eq!(done.failure(), failure(5, "failed", "bad_file", None));
        assert!(done.err.contains("x.dtable: the file is not a complete zip"), "{done:?}");
    }
}
