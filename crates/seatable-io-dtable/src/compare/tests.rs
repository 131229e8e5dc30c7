//! Comparisons that need several rounds, which are short here.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Change::{Added, Changed, Removed};
use super::Part::{Link, Row};
use super::*;

fn open(content: &Value) -> Dtable<Cursor<Vec<u8>>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("content.json", SimpleFileOptions::default()).unwrap();
    zip.write_all(content.to_string().as_bytes()).unwrap();
    Dtable::open(Cursor::new(zip.finish().unwrap().into_inner())).unwrap()
}

fn differences(before: &Value, after: &Value) -> Comparison {
    compare(&mut open(before), &mut open(after), &Rules::default()).unwrap()
}

fn counts(comparison: &Comparison) -> Vec<(Part, Change, u64)> {
    comparison.counts().collect()
}

/// A base whose tables have these rows: an ID, and the cells of two columns.
fn tables<const N: usize>(rows: [Vec<(String, &str, &str)>; N]) -> Value {
    let table = |(place, rows): (usize, Vec<(String, &str, &str)>)| {
        let row = |(id, a, b): (String, &str, &str)| json!({"_id": id, "a": a, "b": b});
        let rows: Vec<_> = rows.into_iter().map(row).collect();
        json!({"_id": place.to_string(), "name": format!("T{place}"), "rows": rows, "columns": [
            {"key": "a", "name": "A", "type": "text"}, {"key": "b", "name": "B", "type": "text"}]})
    };
    json!({"tables": rows.into_iter().enumerate().map(table).collect::<Vec<_>>()})
}

fn forty() -> Vec<(String, &'static str, &'static str)> {
    (0..40).map(|row| (format!("r{row}"), "x", "")).collect()
}

#[test]
fn each_row_is_found_in_its_round() {
    let mut changed = forty();
    changed.reverse();
    (changed[3].1, changed[20].0) = ("y", "new".to_owned());
    changed.remove(30);
    let comparison = differences(&tables([forty(), forty()]), &tables([changed, forty()]));
    assert_eq!(counts(&comparison), [(Row, Added, 1), (Row, Removed, 2), (Row, Changed, 1)]);
    let listed: Vec<_> = comparison.differences().iter().filter_map(|it| it.row.as_deref()).collect();
    assert!(
        ["new", "r19", "r36", "r9"].iter().all(|id| listed.contains(id)) && listed.len() == 4,
        "{listed:?}"
    );
}

#[test]
fn each_pair_is_found_in_its_round() {
    let base = |first: Vec<String>, second: Vec<String>| {
        let link = |id: &str, others: Vec<String>| json!({"_id": id, "table1_table2_map": {"r": others}});
        json!({"tables": [], "links": [link("1", first), link("2", second)]})
    };
    let rows = |from: usize| (from..from + 40).map(|row| row.to_string()).collect::<Vec<_>>();
    let moved = differences(&base(rows(0), rows(10)), &base(rows(3), rows(10)));
    assert_eq!(counts(&moved), [(Link, Added, 3), (Link, Removed, 3)]);
    let mut swapped = [rows(0), rows(0)];
    swapped[0].pop();
    let [less, all] = swapped.clone();
    let swapped = differences(&base(all.clone(), less.clone()), &base(less, all));
    assert_eq!(counts(&swapped), [(Link, Added, 1), (Link, Removed, 1)], "which link a pair is of counts");
    let [added, removed] = swapped.differences() else { panic!("{swapped:?}") };
    let [added, removed] = if added.change == Added { [added, removed] } else { [removed, added] };
    assert_eq!(
        (added.name.as_deref(), added.after.as_deref(), &added.before),
        (Some("2"), Some("39"), &None)
    );
    assert_eq!(
        (removed.name.as_deref(), removed.before.as_deref(), &removed.after),
        (Some("1"), Some("39"), &None)
    );
}

#[test]
fn a_value_counts_in_its_table_and_its_column() {
    let row = |a, b| vec![("r".to_owned(), a, b)];
    let swapped = differences(&tables([row("1", ""), row("2", "")]), &tables([row("2", ""), row("1", "")]));
    assert_eq!(counts(&swapped), [(Part::Row, Change::Changed, 2)]);
    let moved = differences(&tables([row("1", "")]), &tables([row("", "1")]));
    assert_eq!(counts(&moved), [(Part::Row, Change::Changed, 1)]);
    let cells: Vec<_> =
        moved.differences().iter().map(|it| (it.name.as_deref(), it.after.as_deref())).collect();
    assert_eq!(cells, [(Some("A"), Some("")), (Some("B"), Some("1"))]);
}

#[test]
fn rows_that_share_an_id_are_found_as_often_as_they_are_there() {
    let rows = |values: &[&'static str], other| {
        let mut rows: Vec<_> = values.iter().map(|value| (String::new(), *value, "")).collect();
        rows.push(("other".to_owned(), other, ""));
        tables([rows])
    };
    let count = |before: &[&'static str], after: &[&'static str]| {
        let comparison = differences(&rows(before, "1"), &rows(after, "2"));
        let listed = |part| comparison.differences().iter().filter(|it| it.part == part).count();
        let total: u64 = comparison.counts().map(|(_, _, count)| count).sum();
        (total - 1, listed(Part::Row), listed(Part::Cell) - 1)
    };
    assert_eq!(count(&["x", "x"], &["x", "x"]), (0, 0, 0));
    assert_eq!(count(&["x", "x"], &["z", "w"]), (2, 1, 1), "which of them changed is known for the last");
    assert_eq!(count(&["x", "y"], &["x", "z"]), (1, 1, 0));
    assert_eq!(count(&["x"], &["x", "x"]), (1, 1, 0));
    assert_eq!(count(&["x", "y", "z"], &["y"]), (2, 2, 0));
}

#[test]
fn too_many_rows_of_one_id_are_an_error_rather_than_a_full_memory() {
    let rows = |count: usize, a| tables([(0..count).map(|_| (String::new(), a, "")).collect::<Vec<_>>()]);
    assert_eq!(counts(&differences(&rows(64, "x"), &rows(64, "y"))), [(Part::Row, Change::Changed, 64)]);
    let error = compare(&mut open(&rows(65, "x")), &mut open(&rows(65, "y")), &Rules::default()).unwrap_err();
    assert!(matches!(error, CompareError::Before(ArchiveError::Malformed(_))), "{error:?}");
}

#[test]
fn cells_are_kept_as_long_as_there_is_room_and_rows_are_counted_anyway() {
    let long = ["x".repeat(300), "y".repeat(300)];
    let rows = |text: &'static str| forty().into_iter().map(|(id, ..)| (id, text, "")).collect::<Vec<_>>();
    let [before, after] = long.map(|text| tables([rows(text.leak())]));
    let comparison = differences(&before, &after);
    assert_eq!(counts(&comparison), [(Part::Row, Change::Changed, 40)]);
    // Each round of some four rows has room for 500 bytes, and a row counts 330.
    let listed = comparison.differences();
    assert!((10..40).contains(&listed.len()), "{}", listed.len());
    assert!(listed.iter().all(|it| it.label.as_ref().is_some_and(|label| label.len() == 200)));
}
