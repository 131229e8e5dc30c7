//! Bases that are made of `.csv` and `.xlsx` files, and files that come back as they were.

use std::io::Read as _;

use bytes::Bytes;
use seatable_io_sandbox::{Generation, dtable_with_assets, workbook};
use serde_json::{Value, json};

use crate::common::{Client, TABLE, server};

/// The `content.json` of base `n`.
fn content(client: &mut Client) -> Value {
    let bytes = client.base("n").unwrap().content.as_ref().unwrap().to_bytes().unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    zip.by_name("content.json").unwrap().read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The name and the type of each column, and the cells of each row, of the first table.
fn table(client: &mut Client) -> (Vec<[String; 2]>, Vec<Vec<Value>>) {
    let table = content(client)["tables"][0].clone();
    let columns = table["columns"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let named = columns.iter().map(|column| [text(&column["name"]), text(&column["type"])]).collect();
    let cells = |row: &Value| columns.iter().map(|column| row[text(&column["key"])].clone()).collect();
    (named, table["rows"].as_array().unwrap().iter().map(cells).collect())
}

const CSV: &str = "name;done;tags.all;note\n a ;yes;\"p, q\";\"1\n\"\"2\"\"\"\n\nb;maybe;p;3\nc;no;;4\n";

#[test]
fn a_csv_becomes_a_base_with_its_rows_and_guessed_types() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        let address =
            if generation == Generation::Current { TABLE } else { "/api/v2.1/workspace/1/import-dtable/" };
        assert_eq!(client.import_at(address, "n.csv", CSV.as_bytes()).status(), 200);
        let (columns, rows) = table(&mut client);
        let named =
            [["name", "text"], ["done", "checkbox"], ["tags_all", "multiple-select"], ["note", "text"]];
        assert_eq!(columns, named);
        let first = [json!("a"), json!(true), json!(["0", "1"]), json!("1\n\"2\"")];
        let second = [json!("b"), json!(false), json!(["0"]), json!("3")];
        assert_eq!(rows[..2], [first, second]);
    }
}

#[test]
fn options_are_the_texts_between_commas() {
    let mut client = Client::new(Generation::Current);
    client.import_at(TABLE, "n.csv", b"a,b\n1,\"x, y\"\n2,\"y,\"\n");
    let (columns, rows) = table(&mut client);
    assert_eq!(columns[1], ["b", "multiple-select"]);
    assert_eq!(rows, [[json!("1"), json!(["0", "1"])], [json!("2"), json!(["1"])]]);
}

#[test]
fn a_workbook_becomes_a_table_with_the_name_of_its_sheet() {
    let mut client = Client::new(Generation::Current);
    let sheet = workbook("R&D", &[&["part", "count"], &["<bolt>", "7"], &["nut", "0.5"]]);
    assert_eq!(client.import_at(TABLE, "n.xlsx", &sheet).status(), 200);
    let (columns, rows) = table(&mut client);
    assert_eq!(columns, [["part", "text"], ["count", "number"]]);
    assert_eq!(rows, [[json!("<bolt>"), json!(7)], [json!("nut"), json!(0.5)]]);
    assert_eq!(content(&mut client)["tables"][0]["name"], "R&D");
}

#[test]
fn rows_are_lost_on_demand_and_assets_are_not() {
    let file = dtable_with_assets("x", &[("files/a.pdf", Some(b"a"))]);
    for (fault, rows) in [("import:lose-rows", 0), ("import/other:lose-rows", 1)] {
        let mut client = Client::of(server(Generation::Y2021).with_fault(fault.parse().unwrap()));
        assert_eq!(client.import("n.dtable", &file).status(), 200);
        client.sandbox.advance(std::time::Duration::from_secs(1));
        assert_eq!(content(&mut client)["tables"][0]["rows"].as_array().unwrap().len(), rows);
        let bytes: Bytes = client.base("n").unwrap().content.as_ref().unwrap().to_bytes().unwrap();
        assert!(bytes.windows(17).any(|window| window == b"asset/files/a.pdf"), "{fault}");
    }
}
