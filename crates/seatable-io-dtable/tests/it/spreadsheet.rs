//! A base is compared with the `.csv` or `.xlsx` file that it was imported from.

use std::io;

use seatable_io_dtable::{Change, Part, Spreadsheet, Value, compare_spreadsheet};
use serde_json::{Value as Json, json};

use crate::files::dtable;

type Row = Vec<Value<'static>>;

/// Sheets in memory.
struct Sheets(Vec<(Option<&'static str>, Vec<Row>)>);

impl Spreadsheet for Sheets {
    fn sheets(&self) -> Vec<Option<String>> {
        self.0.iter().map(|(name, _)| name.map(str::to_owned)).collect()
    }

    fn rows(&mut self, sheet: usize, row: &mut dyn FnMut(&[Value<'_>])) -> io::Result<()> {
        self.0[sheet].1.iter().for_each(|cells| row(cells));
        Ok(())
    }
}

fn texts(lines: &[&'static str]) -> Vec<Row> {
    let row = |line: &&'static str| line.split('|').map(|text| Value::Text(text.into())).collect();
    lines.iter().map(row).collect()
}

/// A table of these columns, each with its type, whose keys are `k0`, `k1` and so on.
fn table(name: &str, columns: &[(&str, &str)], rows: &[Json]) -> Json {
    let options = json!({"options": [{"id": "1", "name": "red"}, {"id": "2", "name": "blue"}]});
    let column = |(place, (name, ty)): (usize, &(&str, &str))| json!({"key": format!("k{place}"), "name": name, "type": ty, "data": options});
    let columns: Vec<_> = columns.iter().enumerate().map(column).collect();
    let row = |(place, cells): (usize, &Json)| {
        let cells = cells.as_array().unwrap().iter().enumerate();
        let cells = cells.map(|(place, cell)| (format!("k{place}"), cell.clone()));
        cells.chain([("_id".to_owned(), format!("r{place}").into())]).collect::<Json>()
    };
    json!({"_id": name, "name": name, "rows": rows.iter().enumerate().map(row).collect::<Vec<_>>(), "columns": columns})
}

/// The differences in a few words each, and how many parts differ.
fn differences(mut sent: Sheets, tables: &[Json]) -> (Vec<String>, u64) {
    let mut imported = dtable(&json!({"tables": tables}).to_string());
    let comparison = compare_spreadsheet(&mut sent, &mut imported).unwrap();
    let listed = comparison.differences().iter().map(|it| {
        let words = [&it.table, &it.name, &it.row, &it.label, &it.before, &it.after];
        let words: Vec<_> = words.into_iter().flatten().map(String::as_str).collect();
        format!("{:?} {}: {}", it.change, it.part, words.join(" | "))
    });
    (listed.collect(), comparison.counts().map(|(_, _, count)| count).sum())
}

/// The differences between lines of a `.csv` and a table of two columns of text, or of these types.
fn of_csv(lines: &[&'static str], types: [&str; 2], rows: &[Json]) -> Vec<String> {
    let columns = [("a", types[0]), ("b", types[1])];
    let (listed, count) = differences(Sheets(vec![(None, texts(lines))]), &[table("t", &columns, rows)]);
    assert!(listed.len() as u64 >= count, "{listed:?}");
    listed
}

const TEXTS: [&str; 2] = ["text"; 2];

#[test]
fn a_table_that_came_as_it_was_is_the_same() {
    let rows = [json!(["1", "x"]), json!(["2", "y"]), json!(["1", "x"])];
    assert_eq!(of_csv(&["a|b", "1|x", "2|y", "1|x"], TEXTS, &rows), [""; 0]);
    assert_eq!(of_csv(&["a|b", "1|x", "1|x", "2|y"], TEXTS, &rows), [""; 0], "in another order");
}

#[test]
fn a_lost_row_is_named_by_its_number_and_its_first_column() {
    let lines = ["a|b", "1|x", "2|y", "3|z", "2|y"];
    let rows = |lost: usize| {
        let rows = [json!(["1", "x"]), json!(["2", "y"]), json!(["3", "z"]), json!(["2", "y"])];
        rows.into_iter()
            .enumerate()
            .filter(|(place, _)| *place != lost)
            .map(|(_, row)| row)
            .collect::<Vec<_>>()
    };
    assert_eq!(of_csv(&lines, TEXTS, &rows(0)), ["Removed row: t | 2 | 1"]);
    assert_eq!(of_csv(&lines, TEXTS, &rows(2)), ["Removed row: t | 4 | 3"]);
    assert_eq!(of_csv(&lines, TEXTS, &rows(3)), ["Removed row: t | 5 | 2"], "one of two that are alike");
    assert_eq!(of_csv(&lines, TEXTS, &[]).len(), 4);
}

#[test]
fn a_row_that_only_the_base_has_is_named_by_its_id() {
    let rows = [json!(["1", "x"]), json!(["new", "n"]), json!(["2", "y"]), json!(["2", "y"])];
    assert_eq!(
        of_csv(&["a|b", "1|x", "2|y"], TEXTS, &rows),
        ["Added row: t | r1 | new", "Added row: t | r3 | 2"]
    );
}

#[test]
fn a_cell_that_changed_is_named_with_both_values() {
    let lines = ["a|b", "1|x", "2|y", "3|z"];
    let rows = [json!(["1", "x"]), json!(["2", "x"]), json!(["3", "z"])];
    assert_eq!(of_csv(&lines, TEXTS, &rows), ["Changed cell: t | b | 3 | 2 | y | x"]);
    let swapped = [json!(["1", "x"]), json!(["y", "2"]), json!(["3", "z"])];
    assert_eq!(
        of_csv(&lines, TEXTS, &swapped),
        ["Changed cell: t | a | 3 | 2 | 2 | y", "Changed cell: t | b | 3 | 2 | y | 2"]
    );
    let moved = of_csv(&["a|b", "|x"], TEXTS, &[json!(["x", ""])]);
    assert_eq!(moved, ["Changed cell: t | a | 2 |  |  | x", "Changed cell: t | b | 2 |  | x | "]);
    let lost = [json!(["1", "x"]), json!(["3"])];
    assert_eq!(
        of_csv(&lines, TEXTS, &lost),
        [
            "Changed cell: t | a | 3 | 2 | 2 | 3",
            "Changed cell: t | b | 3 | 2 | y | ",
            "Removed row: t | 4 | 3"
        ]
    );
}

#[test]
fn a_column_that_is_lost_is_named_even_if_it_had_no_name() {
    let rows = [json!(["1", "x"])];
    assert_eq!(of_csv(&["a|b|c", "1|x|"], TEXTS, &rows), ["Removed column: t | c"]);
    assert_eq!(of_csv(&["a|b", "1|x|beyond"], TEXTS, &rows), ["Removed column: t | Field3"]);
    assert_eq!(of_csv(&["a|b||", "1|x||"], TEXTS, &rows), [""; 0], "neither name nor value");
    assert_eq!(of_csv(&["a", "1"], TEXTS, &rows), ["Added column: t | b"]);
    let filled_once = [json!(["1", "x"]), json!(["2", ""])];
    assert_eq!(of_csv(&["a", "1", "2"], TEXTS, &filled_once), ["Added column: t | b"]);
    assert_eq!(of_csv(&["a", "1"], TEXTS, &[json!(["1", ""])]), [""; 0], "an empty column");
}

#[test]
fn rows_without_a_value_do_not_count() {
    assert_eq!(of_csv(&["a|b", "", "1|x", " | "], TEXTS, &[json!(["1", "x"]), json!(["", null])]), [""; 0]);
}

#[test]
fn spaces_around_a_value_and_the_kind_of_line_ends_do_not_count() {
    let rows = [json!(["1 2", "x\ny\nz"])];
    assert_eq!(of_csv(&[" a|b ", "\t1 2 |x\r\ny\rz "], ["text", "long-text"], &rows), [""; 0]);
    let rows = [json!(["12", {"text": "x\ny"}])];
    let found = of_csv(&["a|b", "1 2|x\ny"], ["text", "long-text"], &rows);
    assert_eq!(found, ["Changed cell: t | a | 2 | 1 2 | 1 2 | 12"], "a space within a value counts");
}

#[test]
fn checkboxes_are_the_words_of_servers_and_other_texts_are_lost() {
    let lines = ["a|b", "1|yes", "2|no", "3|", "4|√", "5|false"];
    let rows =
        [json!(["1", true]), json!(["2", false]), json!(["3", false]), json!(["4", true]), json!(["5"])];
    assert_eq!(of_csv(&lines, ["text", "checkbox"], &rows), [""; 0]);
    let lost =
        of_csv(&["a|b", "1|x", "2|maybe"], ["text", "checkbox"], &[json!(["1", false]), json!(["2", false])]);
    assert_eq!(
        lost,
        ["Changed cell: t | b | 2 | 1 | x | false", "Changed cell: t | b | 3 | 2 | maybe | false"]
    );
    let wrong =
        of_csv(&["a|b", "1|yes", "2|no"], ["text", "checkbox"], &[json!(["1", false]), json!(["2", true])]);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert_eq!(of_csv(&["a|b", "1|yes"], TEXTS, &[json!(["1", "true"])]).len(), 1, "only in checkboxes");
}

#[test]
fn several_options_are_the_pieces_between_commas() {
    let types = ["text", "multiple-select"];
    let lines = ["a|b", "1|red, blue", "2|blue,,", "3|red，blue"];
    let rows = [json!(["1", ["1", "2"]]), json!(["2", ["2"]]), json!(["3", ["1", "2"]])];
    assert_eq!(of_csv(&lines, types, &rows), [""; 0]);
    let lost = of_csv(&["a|b", "1|red, blue"], types, &[json!(["1", ["1"]])]);
    assert_eq!(lost, ["Changed cell: t | b | 2 | 1 | red, blue | red"]);
    assert_eq!(of_csv(&["a|b", "1|red, blue"], types, &[json!(["1", ["2", "1"]])]).len(), 1);
    assert_eq!(of_csv(&["a|b", "1|red, blue"], TEXTS, &[json!(["1", "red,blue"])]).len(), 1);
}

#[test]
fn a_text_that_becomes_another_number_is_a_difference() {
    let types = ["text", "number"];
    assert_eq!(of_csv(&["a|b", "1|7", "2|0.5"], types, &[json!(["1", 7]), json!(["2", 0.5])]), [""; 0]);
    let lost = of_csv(&["a|b", "1|007", "2|1.50"], types, &[json!(["1", 7]), json!(["2", 1.5])]);
    assert_eq!(lost, ["Changed cell: t | b | 2 | 1 | 007 | 7", "Changed cell: t | b | 3 | 2 | 1.50 | 1.5"]);
}

#[test]
fn numbers_dates_and_truth_values_of_a_workbook_are_values() {
    let text = |text: &'static str| Value::Text(text.into());
    let day = |time| text(time);
    let rows = vec![
        vec![text("n"), text("d"), text("t"), Value::Number(2026.0)],
        vec![Value::Number(0.1), day("2026-11-30 00:00:00"), Value::Bool(true), Value::Number(3.0)],
        vec![Value::Number(1e20), day("2026-11-30 09:30:00"), Value::Bool(false), text("3x")],
    ];
    let columns = [("n", "number"), ("d", "date"), ("t", "text"), ("2026", "text")];
    let came = |digits: Json, time: &str| {
        let imported = [json!([0.10, "2026-11-30", "True", "3"]), json!([digits, time, "False", "3x"])];
        differences(Sheets(vec![(Some("S"), rows.clone())]), &[table("S", &columns, &imported)]).0
    };
    assert_eq!(came(json!(100_000_000_000_000_000_000.0), "2026-11-30 09:30"), [""; 0]);
    assert_eq!(came(json!(1e20), "2026-11-30").len(), 1, "a time of day is lost");
    assert_eq!(came(json!(1e20), "2026-11-30 09:31").len(), 1);
    assert_eq!(came(json!(1e19), "2026-11-30 09:30:00").len(), 1, "a digit is lost");
}

#[test]
fn sheets_are_found_by_their_names_or_their_places() {
    let sheet = |name, value| (Some(name), texts(&["a", value]));
    let sheets = || Sheets(vec![sheet("A/B", "1"), (Some("Empty"), vec![]), sheet("C", "3")]);
    let came = |name: &str, value: &str| table(name, &[("a", "text")], &[json!([value])]);
    assert_eq!(differences(sheets(), &[came("C", "3"), came("A_B", "1")]).0, [""; 0]);
    assert_eq!(differences(sheets(), &[came("C", "3")]).0, ["Removed table: A_B"]);
    assert_eq!(
        differences(sheets(), &[came("A_B", "1"), came("Table2", "3")]).0,
        ["Changed table: C | C | C | Table2"]
    );
    let more = [came("A_B", "1"), came("C", "3"), came("D", "4"), came("E", "")];
    assert_eq!(differences(sheets(), &more).0, ["Added table: D"]);
    let unnamed = Sheets(vec![(None, texts(&["a", "1"]))]);
    assert_eq!(differences(unnamed, &[came("any", "1")]).0, [""; 0]);
    assert_eq!(differences(sheets(), &[]).0, ["Removed table: A_B", "Removed table: C"]);
}

#[test]
fn all_rows_that_differ_are_counted_and_a_thousand_are_listed() {
    let lines: Vec<Row> = (0..1500).map(|row| vec![Value::Text(format!("{row}").into())]).collect();
    let mut imported = dtable(&json!({"tables": [table("t", &[("0", "text")], &[])]}).to_string());
    let comparison = compare_spreadsheet(&mut Sheets(vec![(None, lines)]), &mut imported).unwrap();
    assert_eq!(comparison.differences().len(), 1000);
    assert_eq!(comparison.counts().collect::<Vec<_>>(), [(Part::Row, Change::Removed, 1499)]);
}
