//! What a base in a file contains.

use std::ops::ControlFlow;

use seatable_io_dtable::{ArchiveError, Cell, Dtable, Shape};
use serde_json::json;

use crate::files::{content, dtable, zip};

#[test]
fn fact_24_tables_columns_and_links_are_read_though_rows_come_first() {
    let dtable = dtable(&content().to_string());
    let base = dtable.base();
    let tables: Vec<_> = base.tables.iter().map(|it| (it.name.as_str(), it.rows, it.columns.len())).collect();
    assert_eq!(tables, [("Bugs", 2, 9), ("Team", 2, 4)]);
    assert_eq!(base.links.iter().map(seatable_io_dtable::Link::pairs).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(base.format_version, Some(9));
    assert_eq!(base.collaborator("a@auth.local").unwrap().name, "Ada L.");
}

#[test]
fn fact_24_a_link_with_one_side_only_is_found_by_its_column() {
    let dtable = dtable(&content().to_string());
    let base = dtable.base();
    assert_eq!(base.linked(&base.links[0]), [Some(0), Some(1)]);
    assert_eq!(base.linked(&base.links[1]), [Some(1), Some(1)]);
}

#[test]
fn rows_come_in_order_with_cells_of_deleted_columns() {
    let (mut dtable, mut seen) = (dtable(&content().to_string()), Vec::new());
    let flow = dtable.rows(|table, row| {
        seen.push((table, row.id().into_owned(), row.cell("Gone").is_empty()));
        ControlFlow::<()>::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    let rows = [(0, "r1", false), (0, "r2", true), (1, "m1", true), (1, "m2", true)];
    assert_eq!(seen, rows.map(|(table, id, gone)| (table, id.to_owned(), gone)));
}

#[test]
fn reading_stops_where_its_reader_breaks() {
    let (mut dtable, mut count) = (dtable(&content().to_string()), 0);
    let flow = dtable.rows(|_, row| {
        count += 1;
        if row.id() == "r2" { ControlFlow::Break("here") } else { ControlFlow::Continue(()) }
    });
    assert_eq!((flow.unwrap(), count), (ControlFlow::Break("here"), 2));
}

#[test]
fn pairs_are_those_of_the_first_table_if_it_lists_them() {
    let (mut dtable, mut pairs) = (dtable(&content().to_string()), Vec::new());
    let flow = dtable.pairs(|link, first, second| {
        pairs.push(format!("{link} {first} {second}"));
        ControlFlow::<()>::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    assert_eq!(pairs, ["0 r1 m1", "0 r1 m2", "0 r2 m1", "1 m2 m1"]);
}

#[test]
fn numbers_keep_their_digits_and_half_a_surrogate_is_shown() {
    let json = r#"{"tables":[{"rows":[{"a":12345678901234567890.10,"b":"x\ud83e","c":{"a":[1.0]},"d":"","e":{ }}]}]}"#;
    let _ = dtable(json).rows(|_, row| {
        assert_eq!(row.cell("a"), Cell::Number("12345678901234567890.10"));
        assert!(matches!(row.cell("b"), Cell::Text(text) if text.starts_with("x\u{fffd}")));
        assert_eq!(row.cell("c"), Cell::Json(r#"{"a":[1.0]}"#));
        assert!(row.cell("d").is_empty() && row.cell("e").is_empty() && row.cell("f").is_empty());
        ControlFlow::<()>::Continue(())
    });
}

#[test]
fn cells_are_shown_as_people_read_them() {
    let mut dtable = dtable(&content().to_string());
    let (base, mut shown) = (dtable.base().clone(), Vec::new());
    let _ = dtable.rows(|table, row| {
        for column in &base.tables[table].columns {
            let text = column.text(&row.cell(&column.key), &base).into_owned();
            shown.extend(Some(text).filter(|text| !text.is_empty()));
        }
        ControlFlow::<()>::Continue(())
    });
    let created = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"];
    let first = ["Crash", "Open", "1.5", "asset/files/2026-11/a.pdf", created[0]];
    let second = [
        "Typo",
        "Done",
        "0",
        "true",
        "see ![b](file://dtable-bundle/asset/images/2026-11/b.png)",
        created[1],
    ];
    assert_eq!(shown, [&first[..], &second, &["Ada", "Ada L.", "Bo"]].concat());
}

#[test]
fn a_list_where_an_object_belongs_is_named_with_its_place() {
    for (content, expected) in [
        (json!({"tables": {}}), "a list of tables"),
        (json!({"tables": [{"rows": {"a": 1}}]}), "a list of rows"),
        (json!({"tables": [{"columns": [[]]}]}), "an object"),
        (json!({"tables": [{"rows": [7]}]}), "a row"),
        (json!({"tables": [], "links": [{"table1_table2_map": {"a": ["b", 7]}}]}), "a row ID"),
        (json!({"tables": [], "links": [[]]}), "a link"),
    ] {
        let file = zip(&[("content.json", content.to_string().as_bytes())]);
        let Err(ArchiveError::Malformed(text)) = Dtable::open(file) else { panic!("{content}") };
        assert!(text.starts_with(&format!("{expected} was expected at byte ")), "{text}");
    }
}

#[test]
fn missing_parts_are_empty_ones() {
    let dtable = dtable(r#"{"tables": [{}, {"rows": null, "columns": null}], "links": null}"#);
    assert_eq!((dtable.base().tables.len(), dtable.base().links.len()), (2, 0));
}

#[test]
fn fact_24_the_table_that_a_link_lacks_is_the_other_one_with_its_column() {
    let column = json!({"key": "a", "name": "L", "type": "link", "data": {"link_id": "l"}});
    let tables: Vec<_> = ["t", "u", "v"].map(|id| json!({"_id": id, "name": id})).into();
    let mut content = json!({"tables": tables, "links": [
        {"_id": "l", "table1_id": "u"}, {"_id": "l", "table2_id": "u"}, {"_id": "l", "table1_id": "u", "table2_id": "v"}, {"_id": "l"}]});
    content["tables"][1]["columns"] = json!([column]);
    content["tables"][2]["columns"] = json!([column]);
    let dtable = dtable(&content.to_string());
    let linked: Vec<_> = dtable.base().links.iter().map(|link| dtable.base().linked(link)).collect();
    assert_eq!(linked, [[Some(1), Some(2)], [Some(2), Some(1)], [Some(1), Some(2)], [None, None]]);
}

#[test]
fn fact_24_each_type_has_its_shape_and_some_are_computed() {
    use Shape::*;
    for (shape, types) in [
        (Text, "text url email date auto-number ctime mtime"),
        (LongText, "long-text"),
        (Number, "number percent dollar euro rate duration"),
        (Bool, "checkbox"),
        (Option, "single-select"),
        (Options, "multiple-select"),
        (Collaborators, "collaborator creator last-modifier"),
        (Assets, "image file"),
        (Link, "link"),
        (Json, "geolocation digital-sign formula link-formula button new-type"),
    ] {
        for ty in types.split(' ') {
            let base = json!({"tables": [{"columns": [{"key": "a", "type": ty}]}]}).to_string();
            let dtable = dtable(&base);
            let column = &dtable.base().tables[0].columns[0];
            assert_eq!(column.shape(), shape, "{ty}");
            let computed =
                ["formula", "link-formula", "creator", "ctime", "last-modifier", "mtime", "button"];
            assert_eq!(column.is_computed(), computed.contains(&ty), "{ty}");
        }
    }
}
