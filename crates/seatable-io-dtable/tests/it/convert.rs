//! Rows as other programs read them.

use std::ops::ControlFlow;

use seatable_io_dtable::Sql;
use serde_json::{Value, json};

use crate::files::{content, dtable};

/// The fields of the rows of a table, as `show` makes text of them.
fn fields<T>(content: &Value, table: usize, mut show: impl FnMut(&str, &Shown<'_>) -> T) -> Vec<T> {
    let mut dtable = dtable(&content.to_string());
    let (base, mut shown) = (dtable.base().clone(), Vec::new());
    let fields = base.tables[table].fields(true);
    let _ = dtable.rows(|place, row| {
        let fields = fields.iter().filter(|_| place == table);
        shown.extend(fields.map(|field| show(&field.name, &Shown { field, row, base: &base })));
        ControlFlow::<()>::Continue(())
    });
    shown
}

struct Shown<'a> {
    field: &'a seatable_io_dtable::Field<'a>,
    row: &'a seatable_io_dtable::Row<'a>,
    base: &'a seatable_io_dtable::Base,
}

/// A table with one column of this type, and one row with this value.
fn one(ty: &str, value: impl Into<Value>) -> Value {
    let options = json!({"options": [{"id": "1", "name": "One"}, {"id": "2", "name": "Two"}]});
    let column = json!({"key": "aaaa", "name": "A", "type": ty, "data": options});
    let people = json!([{"email": "x@auth.local", "name": "Xa"}]);
    json!({"tables": [{"rows": [{"_id": "r", "aaaa": value.into()}], "columns": [column]}], "collaborators": people})
}

#[test]
fn links_are_left_out_and_ids_stand_beside_names() {
    let names = fields(&content(), 0, |name, _| name.to_owned());
    let names: Vec<_> = names.iter().take(9).map(String::as_str).collect();
    assert_eq!(
        names,
        ["Title", "Status", "Status id", "Effort", "Checked", "Files", "Notes", "Double", "Created"]
    );
}

#[test]
fn names_of_fields_and_tables_are_unique_in_any_case() {
    let column = |key: &str, name: &str| json!({"key": key, "name": name, "type": "text"});
    let columns = [column("a", "Name"), column("b", "NAME"), column("c", ""), column("d", "_ID")];
    let base = dtable(
        &json!({"tables": [{"_id": "1", "name": "T", "columns": columns}, {"_id": "2", "name": "t"}]})
            .to_string(),
    );
    let base = base.base();
    let names: Vec<_> = base.tables[0].fields(false).into_iter().map(|field| field.name).collect();
    assert_eq!(names, ["Name", "NAME (b)", "c", "_ID (d)"]);
    assert_eq!(base.names(&["T"], |name| name).tables, ["T (1)", "t (2)"]);
    assert_eq!(base.names(&["T"], |name| name + "s").tables, ["Ts", "ts (2)"]);
}

#[test]
fn a_link_is_named_by_its_table_and_column() {
    let content = content().to_string();
    assert_eq!(dtable(&content).base().names(&[], |name| name).links, ["Bugs - Assigned", "Team - Chief"]);
    let gone = content.replace("\"table1_id\":\"0000\"", "\"table1_id\":\"gone\"");
    assert_eq!(dtable(&gone).base().names(&["ln01"], |name| name).links, ["Ln01 (Ln01)", "Team - Chief"]);
}

#[test]
fn a_text_that_a_spreadsheet_would_calculate_is_quoted() {
    let text = |ty: &str, value: Value| {
        fields(&one(ty, value), 0, |_, it| it.field.text(it.row, it.base, true).into_owned()).remove(0)
    };
    let raw = |value: Value| {
        fields(&one("text", value), 0, |_, it| it.field.text(it.row, it.base, false).into_owned()).remove(0)
    };
    for formula in ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1"] {
        assert_eq!(text("text", formula.into()), format!("'{formula}"));
        assert_eq!(raw(formula.into()), formula);
    }
    assert_eq!([text("number", (-5).into()), text("text", "a=1".into())], ["-5", "a=1"]);
    assert_eq!(text("text", Value::Null), "");
}

#[test]
fn values_keep_their_types_in_a_database() {
    let sql = |ty: &str, value: Value| {
        fields(&one(ty, value), 0, |_, it| format!("{:?}", it.field.sql(it.row, it.base))).join(" ")
    };
    let text = |text: &str| format!("{:?}", Sql::Text(text.into()));
    assert_eq!(sql("number", 7.into()), "Integer(7)");
    assert_eq!(sql("number", json!(1.5)), "Real(1.5)");
    assert_eq!(
        sql("number", serde_json::from_str("12345678901234567890").unwrap()),
        text("12345678901234567890")
    );
    assert_eq!(sql("checkbox", true.into()), "Integer(1)");
    assert_eq!(sql("single-select", "2".into()), [text("Two"), text("2")].join(" "));
    assert_eq!(sql("multiple-select", json!(["2", "1"])), [text("Two, One"), text(r#"["2","1"]"#)].join(" "));
    assert_eq!(
        sql("collaborator", json!(["x@auth.local"])),
        [text("Xa"), text(r#"["x@auth.local"]"#)].join(" ")
    );
    assert_eq!(sql("long-text", json!({"text": "a", "preview": "b"})), text("a"));
    assert_eq!(sql("new-type", json!({"a": 1})), text(r#"{"a":1}"#));
    assert_eq!(sql("image", json!(["a/b.png"])), text(r#"["a/b.png"]"#));
    assert_eq!(sql("text", "".into()), "Null");
}

#[test]
fn values_keep_what_they_are_in_json() {
    let json =
        |ty: &str, value: Value| fields(&one(ty, value), 0, |_, it| it.field.json(it.row, it.base)).remove(0);
    let some = |json: &str| Some(json.to_owned());
    assert_eq!(json("single-select", "2".into()), some(r#"{"id":"2","name":"Two"}"#));
    assert_eq!(json("single-select", "9".into()), some(r#"{"id":"9","name":"9"}"#));
    assert_eq!(json("multiple-select", json!(["1", 7])), some(r#"[{"id":"1","name":"One"},7]"#));
    assert_eq!(json("collaborator", json!(["x@auth.local"])), some(r#"[{"id":"x@auth.local","name":"Xa"}]"#));
    assert_eq!(json("long-text", json!({"text": "a\n"})), some(r#""a\n""#));
    assert_eq!(json("number", json!(1.50)), some("1.5"));
    assert_eq!(json("geolocation", json!({"lng": 1.0})), some(r#"{"lng":1.0}"#));
    assert_eq!(json("checkbox", Value::Null), None);
    // A line of JSON lines has no line breaks.
    let pretty = |json: &str| json.replacen("[7.0]", "[\n7.0,\r\n{\"a\":\n1}]", 1);
    let content = pretty(&one("new-type", json!([7.0])).to_string());
    let mut dtable = dtable(&content);
    let (base, mut lines) = (dtable.base().clone(), vec![]);
    let _ = dtable.rows(|_, row| {
        lines.extend(base.tables[0].fields(false)[0].json(row, &base));
        ControlFlow::<()>::Continue(())
    });
    assert_eq!(lines, ["[ 7.0,  {\"a\": 1}]"]);
}
