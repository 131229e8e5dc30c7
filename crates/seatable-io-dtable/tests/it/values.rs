//! Values that are the same, and values that are not.

use seatable_io_dtable::{Dtable, Rules};
use serde_json::{Value, json};

use crate::compare::differences;
use crate::files::{content, dtable, zip};

/// The number of differences between two bases whose only cells have these values.
fn between(one: &str, other: &str, rules: &Rules) -> u64 {
    let base = |value: &str| {
        dtable(&format!(r#"{{"tables":[{{"rows":[{{"_id":"r","a":{value}}}],"columns":[{{"key":"a"}}]}}]}}"#))
    };
    differences(base(one), base(other), rules).1
}

#[test]
fn servers_rewrite_the_pages_of_apps_and_nothing_else() {
    let content = content().to_string();
    let count = |before: &str, after: &str, bytes: &[u8]| {
        let with = |path: &str, bytes: &[u8]| {
            Dtable::open(zip(&[("content.json", content.as_bytes()), (path, bytes)])).unwrap()
        };
        differences(with(before, b"{}"), with(after, bytes), &Rules::imported()).1
    };
    let [app, page] = ["asset/external-apps/7/0001/0001.json", "asset/page-design/0002/0002.json"];
    assert_eq!(count(app, &app.replace('7', "9"), b"{1}") + count(page, page, b"{1}"), 0);
    for path in ["asset/files/2026-11/0001.json", "asset/external-apps/7/0001/0001.png"] {
        assert_eq!(count(path, path, b"{1}"), 2, "{path}");
    }
    assert_eq!(count(app, &app.replace("0001.json", "0003.json"), b"{}"), 2);
}

#[test]
fn what_servers_change_by_themselves_is_no_difference() {
    let mut imported = content();
    imported["version"] = 1.into();
    let table = &mut imported["tables"][0];
    table["rows"].as_array_mut().unwrap().reverse();
    for row in table["rows"].as_array_mut().unwrap() {
        row["_ctime"] = "2030-01-01T00:00:00Z".into();
        row["Fm01"] = 3.into();
        row["Gone"] = Value::Null;
    }
    table["rows"][1]["Ef01"] = serde_json::from_str("15e-1").unwrap();
    table["rows"][0]["Fl01"] = json!([]);
    let (listed, count) =
        differences(dtable(&content().to_string()), dtable(&imported.to_string()), &Rules::imported());
    assert_eq!((listed, count), (vec![], 0));
}

#[test]
fn fact_18_custom_assets_get_new_uuids_and_are_compared_by_their_files() {
    let base = |urls: &[&str]| {
        let mut base = content();
        base["tables"][0]["rows"][0]["Fl01"] = urls.iter().map(|url| json!({"url": url})).collect();
        dtable(&base.to_string())
    };
    let [one, other] = ["custom-asset://0b7c.png", "custom-asset://91aa.png"];
    let count = |urls: &[&str], rules| differences(base(&[one]), base(urls), &rules).1;
    assert_eq!((count(&[other], Rules::imported()), count(&[other], Rules::default())), (0, 1));
    for lost in [&[""][..], &[], &["custom-asset://91aa.gif"], &[other, other]] {
        assert_eq!(count(lost, Rules::imported()), 1, "{lost:?}");
    }
}

#[test]
fn values_that_are_swapped_between_two_places_differ() {
    for (path, other) in [
        ("/tables/0/rows/0/0000", "/tables/0/rows/1/0000"),
        ("/tables/0/rows/0/0000", "/tables/1/rows/0/0000"),
        ("/tables/0/rows/0/0000", "/tables/0/rows/0/Gone"),
        ("/tables/0/columns/0/name", "/tables/0/columns/1/name"),
        ("/tables/0/rows", "/tables/1/rows"),
        ("/links/0/table1_id", "/links/0/table2_id"),
        ("/links/0/table1_table2_map/r1", "/links/0/table1_table2_map/r2"),
    ] {
        let mut swapped = content();
        let value = swapped.pointer(path).unwrap().clone();
        let value = std::mem::replace(swapped.pointer_mut(other).unwrap(), value);
        *swapped.pointer_mut(path).unwrap() = value;
        let (before, after) = (dtable(&content().to_string()), dtable(&swapped.to_string()));
        assert!(differences(before, after, &Rules::imported()).1 > 0, "{path} {other}");
    }
}

#[test]
fn only_the_folders_of_an_asset_do_not_count() {
    for (one, other, expected) in [
        ("/asset/files/2026-11/a b.pdf", "/asset/files/x_1/2026-12/a b.pdf", 0),
        ("/asset/files/a.pdf", "/asset/files/b.pdf", 1),
        ("-external-apps/asset/files/a.pdf", "/asset/files/a.pdf", 1),
        ("-external-apps/asset/files/1/a.pdf", "-external-apps/asset/files/2/a.pdf", 0),
        ("-other/asset/files/1/a.pdf", "-other/asset/files/2/a.pdf", 1),
        ("/asset/x/a.png),this/that", "/asset/x/a.png),what/that", 1),
        ("/asset/x/a.png and /b/c", "/asset/y/a.png and /d/c", 1),
        ("/asset/x/a file://dtable-bundle/asset/1/b", "/asset/y/a file://dtable-bundle/asset/2/b", 0),
        ("/asset/x/a file://dtable-bundle/asset/1/b", "/asset/x/a file://dtable-bundle/asset/1/c", 1),
    ] {
        let [one, other] =
            [one, other].map(|url| json!([{"url": format!("file://dtable-bundle{url}")}]).to_string());
        assert_eq!(between(&one, &other, &Rules::imported()), expected, "{one} {other}");
        assert_eq!(between(&one, &other, &Rules::default()), 1, "{one} {other}");
    }
}

#[test]
fn servers_remove_empty_items_of_lists() {
    for with_empty in ["[\"a\",\"\"]", "[null,\"a\"]", "[{},\"a\"]"] {
        let differing =
            [Rules::imported(), Rules::default()].map(|rules| between("[\"a\"]", with_empty, &rules));
        assert_eq!(differing, [0, 1], "{with_empty}");
    }
}

#[test]
fn values_that_only_look_the_same_differ() {
    for (one, other) in [
        (r#""\u00e9""#, r#""e\u0301""#),
        (r#""a""#, r#""a ""#),
        (r#""1""#, "1"),
        (r#""true""#, "true"),
        ("false", "null"),
        ("false", "true"),
        ("0", "null"),
        (r#""\ud83e""#, r#""\ufffd""#),
        (r#"" ""#, r#""""#),
        ("12345678901234567890", "12345678901234567000"),
        ("0.1", "0.10000000000000001"),
        ("1", "-1"),
        ("1", "10"),
        (r#"{"a":1}"#, r#"{"a":1,"b":0}"#),
        (r#"{"a":1,"b":2}"#, r#"{"a":2,"b":1}"#),
        ("[[1]]", "[1]"),
        (r#"["a,b"]"#, r#"["a","b"]"#),
        (r#"["asb"]"#, r#"["a","b"]"#),
    ] {
        let rules = Rules::imported();
        assert_eq!([between(one, other, &rules), between(other, one, &rules)], [1, 1], "{one} {other}");
    }
}

#[test]
fn the_ids_of_a_pair_are_not_one_text() {
    let base = |row: &str, other: &str| {
        dtable(
            &json!({"tables": [], "links": [{"_id": "l", "table1_table2_map": {row: [other]}}]}).to_string(),
        )
    };
    assert_eq!(differences(base("a", "bc"), base("ab", "c"), &Rules::default()).1, 2);
}

#[test]
fn values_that_only_look_different_are_the_same() {
    for (one, other) in [
        (r#""\u00e9""#, "\"é\""),
        (r#""\/""#, r#""/""#),
        ("[ 1,2 ]", "[1,2.0]"),
        ("{}", "[]"),
        (r#""""#, "null"),
        ("100", "1e2"),
        (r#"{"a":1,"b":null}"#, r#"{"b":"","a":1}"#),
    ] {
        assert_eq!(between(one, other, &Rules::default()), 0, "{one} {other}");
    }
}

#[test]
fn the_cells_of_a_column_that_is_computed_in_one_of_two_files_are_not_compared() {
    let computed = |base: &mut Value, ty: &str| {
        base["tables"][0]["columns"][0]["type"] = ty.into();
        base["tables"][0]["rows"][0]["0000"] = ty.into();
    };
    for types in [["formula", "text"], ["text", "formula"]] {
        let bases = types.map(|ty| {
            let mut base = content();
            computed(&mut base, ty);
            dtable(&base.to_string())
        });
        let [before, after] = bases;
        let changed = format!("Changed column: Bugs | Title | {}", types.join(" | "));
        assert_eq!(differences(before, after, &Rules::default()).0, [changed]);
    }
}
