//! Generated bases, judged by a tree of their JSON.

use std::ops::ControlFlow;

use proptest::prelude::*;
use seatable_io_dtable::{Cell, Dtable, Rules, compare};
use serde_json::{Map, Value, json};

use crate::files::{File, zip};

fn open(content: &Value) -> Dtable<File> {
    Dtable::open(zip(&[("content.json", content.to_string().as_bytes())])).unwrap()
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|it| it.into_iter().collect()),
        ]
    })
}

/// A table whose rows have unique IDs, and cells of three columns and a deleted one.
fn table(id: usize) -> impl Strategy<Value = Value> {
    let row = prop::collection::btree_map("(0000|aaaa|bbbb|gone)", value(), 0..4);
    prop::collection::vec(row, 0..5).prop_map(move |rows| {
        let row = |(place, cells): (usize, std::collections::BTreeMap<String, Value>)| {
            let mut row: Map<_, _> = cells.into_iter().collect();
            row.insert("_id".to_owned(), format!("r{place}").into());
            Value::from(row)
        };
        let rows: Vec<_> = rows.into_iter().enumerate().map(row).collect();
        let columns: Vec<_> =
            ["0000", "aaaa", "bbbb"].map(|key| json!({"key": key, "name": key, "type": "text"})).into();
        json!({"_id": format!("t{id}"), "name": format!("T{id}"), "rows": rows, "columns": columns})
    })
}

fn base() -> impl Strategy<Value = Value> {
    let pairs = prop::collection::btree_map("r[0-9]", prop::collection::vec("r[0-9]", 0..4), 0..4);
    (table(0), table(1), pairs).prop_map(|(first, second, pairs)| {
        let link = json!({"_id": "l", "table1_id": "t0", "table2_id": "t1", "table1_table2_map": pairs});
        json!({"links": [link], "tables": [first, second]})
    })
}

fn is_empty(value: &Value) -> bool {
    *value == Value::Null || [json!(""), json!([]), json!({})].contains(value)
}

fn rows(base: &Value) -> impl Iterator<Item = (usize, &Map<String, Value>)> {
    let tables = base["tables"].as_array().unwrap().iter().enumerate();
    tables.flat_map(|(place, table)| {
        table["rows"].as_array().unwrap().iter().map(move |row| (place, row.as_object().unwrap()))
    })
}

/// The JSON that a cell was read from.
fn json_of(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Bool(value) => value.to_string(),
        Cell::Number(json) | Cell::Json(json) => (*json).to_owned(),
        Cell::Text(text) => json!(text).to_string(),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn every_row_and_cell_is_read(base in base()) {
        let mut expected = rows(&base);
        let flow = open(&base).rows(|table, row| {
            let (place, cells) = expected.next().unwrap();
            assert_eq!((table, row.id().into_owned()), (place, cells["_id"].as_str().unwrap().to_owned()));
            for (key, value) in cells {
                let cell = row.cell(key);
                if is_empty(value) {
                    assert!(cell.is_empty(), "{key} {cell:?}");
                } else {
                    assert_eq!(json_of(&cell), value.to_string(), "{key}");
                }
            }
            ControlFlow::<()>::Continue(())
        });
        prop_assert!(flow.unwrap().is_continue());
        prop_assert!(expected.next().is_none());
    }

    #[test]
    fn every_pair_is_read(base in base()) {
        let map = base["links"][0]["table1_table2_map"].as_object().unwrap();
        let expected: Vec<_> = map
            .iter()
            .flat_map(|(row, others)| others.as_array().unwrap().iter().map(move |other| (row, other.as_str().unwrap())))
            .map(|(row, other)| format!("{row} {other}"))
            .collect();
        let (mut dtable, mut read) = (open(&base), Vec::new());
        let _ = dtable.pairs(|_, first, second| {
            read.push(format!("{first} {second}"));
            ControlFlow::<()>::Continue(())
        });
        prop_assert_eq!(&read, &expected);
        prop_assert_eq!(dtable.base().links[0].pairs(), expected.len() as u64);
    }

    #[test]
    fn a_base_is_the_same_as_itself_in_another_order(base in base()) {
        let mut other = base.clone();
        for table in other["tables"].as_array_mut().unwrap() {
            table["rows"].as_array_mut().unwrap().reverse();
        }
        prop_assert!(compare(&mut open(&base), &mut open(&other), &Rules::default()).unwrap().is_same());
    }

    #[test]
    fn a_change_of_any_cell_is_found(base in base(), place in any::<prop::sample::Index>(), new in value()) {
        let all: Vec<_> = rows(&base).map(|(table, row)| (table, row["_id"].clone())).collect();
        prop_assume!(!all.is_empty());
        let (table, id) = place.get(&all);
        let mut other = base.clone();
        let changed = other["tables"][*table]["rows"].as_array_mut().unwrap();
        let row = changed.iter_mut().find(|row| row["_id"] == *id).unwrap();
        let old = row.get("aaaa").cloned().unwrap_or_default();
        row["aaaa"] = new.clone();
        let comparison = compare(&mut open(&base), &mut open(&other), &Rules::default()).unwrap();
        let same = meaning(&old) == meaning(&new);
        prop_assert_eq!(comparison.is_same(), same, "{:?}", comparison);
        let [cell] = comparison.differences() else { return Ok(()) };
        prop_assert_eq!((cell.name.as_deref(), cell.row.as_deref()), (Some("aaaa"), id.as_str()));
    }
}

/// A value without what is empty in objects, and with numbers by their value.
fn meaning(value: &Value) -> Value {
    match value {
        value if is_empty(value) => Value::Null,
        Value::Number(number) => format!("{:e}", number.as_f64().unwrap()).into(),
        Value::Array(items) => items.iter().map(meaning).collect(),
        Value::Object(map) => {
            let kept = map.iter().map(|(key, value)| (key.clone(), meaning(value)));
            kept.filter(|(_, value)| !value.is_null()).collect()
        }
        other => other.clone(),
    }
}
