//! Each difference is named.

use seatable_io_dtable::{Change, Dtable, Part, Rules, compare};
use serde_json::{Value, json};

use crate::files::{File, content, dtable, zip};

/// The differences between two bases in a few words each, and how many parts differ.
pub(crate) fn differences(
    mut before: Dtable<File>,
    mut after: Dtable<File>,
    rules: &Rules,
) -> (Vec<String>, u64) {
    let comparison = compare(&mut before, &mut after, rules).unwrap();
    let listed = comparison.differences().iter().map(|it| {
        let words = [&it.table, &it.name, &it.row, &it.label, &it.before, &it.after];
        let words: Vec<_> = words.into_iter().flatten().map(String::as_str).collect();
        format!("{:?} {}: {}", it.change, it.part, words.join(" | "))
    });
    assert_eq!(comparison.is_same(), comparison.counts().next().is_none());
    (listed.collect(), comparison.counts().map(|(_, _, count)| count).sum())
}

/// The only difference after this change of the base.
fn only(change: impl FnOnce(&mut Value)) -> String {
    let mut changed = content();
    change(&mut changed);
    let (before, after) = (dtable(&content().to_string()), dtable(&changed.to_string()));
    let (listed, count) = differences(before, after, &Rules::default());
    assert_eq!((listed.len(), count), (1, 1), "{listed:?}");
    listed.into_iter().next().unwrap()
}

#[test]
fn a_table_is_named() {
    assert_eq!(only(|base| base["tables"][1]["name"] = "Crew".into()), "Changed table: Team | Team | Crew");
    let table = json!({"_id": "New1", "name": "New", "rows": [{"_id": "x"}], "columns": []});
    assert_eq!(only(|base| base["tables"].as_array_mut().unwrap().push(table)), "Added table: New");
}

#[test]
fn parts_that_are_added_are_listed_in_their_order() {
    let mut changed = content();
    let tables = ["b", "a", "c"].map(|id| json!({"_id": id, "name": id}));
    changed["tables"].as_array_mut().unwrap().extend(tables);
    let (before, after) = (dtable(&content().to_string()), dtable(&changed.to_string()));
    let expected = ["Added table: b", "Added table: a", "Added table: c"];
    assert_eq!(differences(before, after, &Rules::default()).0, expected);
}

#[test]
fn a_column_is_named() {
    assert_eq!(
        only(|base| base["tables"][0]["columns"][2]["name"] = "Cost".into()),
        "Changed column: Bugs | Effort | Effort | Cost"
    );
    assert_eq!(
        only(|base| base["tables"][0]["columns"][6]["data"]["formula"] = "1".into()),
        "Changed column: Bugs | Double | {Effort} * 2 | 1"
    );
}

#[test]
fn an_option_is_named() {
    let options = "/tables/0/columns/1/data/options";
    assert_eq!(
        only(|base| base.pointer_mut(options).unwrap()[1]["name"] = "Closed".into()),
        "Changed option: Bugs | Status | Done | Closed"
    );
    assert_eq!(
        only(|base| base
            .pointer_mut(options)
            .unwrap()
            .as_array_mut()
            .unwrap()
            .push(json!({"id": "9", "name": "Late"}))),
        "Added option: Bugs | Status | Late"
    );
}

#[test]
fn a_row_is_named_by_its_id_and_its_first_column() {
    let rows = |base: &mut Value| base["tables"][0]["rows"].as_array_mut().unwrap().remove(0);
    assert_eq!(only(|base| drop(rows(base))), "Removed row: Bugs | r1 | Crash");
    let row = json!({"_id": "r3", "0000": "Leak"});
    assert_eq!(
        only(|base| base["tables"][0]["rows"].as_array_mut().unwrap().push(row)),
        "Added row: Bugs | r3 | Leak"
    );
}

#[test]
fn a_cell_is_named_with_both_values() {
    let row = |base: &mut Value, key: &str, value: Value| base["tables"][0]["rows"][1][key] = value;
    assert_eq!(
        only(|base| row(base, "0000", "Typos".into())),
        "Changed cell: Bugs | Title | r2 | Typo | Typo | Typos"
    );
    assert_eq!(
        only(|base| row(base, "St01", "1001".into())),
        "Changed cell: Bugs | Status | r2 | Typo | Done | Open"
    );
    assert_eq!(
        only(|base| row(base, "Ch01", Value::Null)),
        "Changed cell: Bugs | Checked | r2 | Typo | true | "
    );
    assert_eq!(only(|base| row(base, "Ef01", Value::Null)), "Changed cell: Bugs | Effort | r2 | Typo | 0 | ");
}

#[test]
fn long_cells_are_shown_where_they_differ_and_alike_ones_as_json() {
    let cell = |key: &str, before: Value, after: Value| {
        let [mut one, mut other] = [content(), content()];
        one["tables"][0]["rows"][1][key] = before;
        other["tables"][0]["rows"][1][key] = after;
        let found =
            compare(&mut dtable(&one.to_string()), &mut dtable(&other.to_string()), &Rules::default());
        let cell = found.unwrap().differences()[0].clone();
        [cell.before.unwrap(), cell.after.unwrap()]
    };
    let long = |end: &str| format!("{}{end}", "x".repeat(300));
    let shown = |end: &str| format!("…{}{end}", "x".repeat(25));
    assert_eq!(cell("Nt01", long("one").into(), long("two").into()), [shown("one"), shown("two")]);
    let whole = cell("Nt01", long("").into(), "y".into());
    assert_eq!(whole, [format!("{}…", "x".repeat(100)), "y".to_owned()]);
    let file = |size: u8| json!([{"url": "file://dtable-bundle/asset/a", "size": size}]);
    assert_eq!(cell("Fl01", file(1), file(2)), [file(1).to_string(), file(2).to_string()]);
    let note = json!({"text": "a", "preview": "b"});
    assert_eq!(cell("Nt01", "a".into(), note.clone()), ["a".to_owned(), note.to_string()]);
}

#[test]
fn a_link_is_named_by_its_column_and_both_rows() {
    let map = "/links/0/table1_table2_map";
    assert_eq!(
        only(|base| base.pointer_mut(map).unwrap()["r1"] = json!(["m2"])),
        "Removed link: Bugs | Assigned | r1 | m1"
    );
    assert_eq!(
        only(|base| base.pointer_mut(map).unwrap()["r2"] = json!(["m1", "m2"])),
        "Added link: Bugs | Assigned | r2 | m2"
    );
    let alone = "/links/1/table2_table1_map";
    assert_eq!(
        only(|base| base.pointer_mut(alone).unwrap()["m1"] = json!([])),
        "Removed link: Team | Chief | m2 | m1"
    );
}

#[test]
fn an_asset_is_named_by_its_place_unless_folders_do_not_count() {
    let content = content().to_string();
    let with = |entries: &[(&str, &[u8])]| {
        Dtable::open(zip(&[&[("content.json", content.as_bytes())], entries].concat())).unwrap()
    };
    let [a, b]: [&[(&str, &[u8])]; 2] = [&[("asset/x/a", b"1")], &[("asset/y/a", b"1")]];
    assert_eq!(
        differences(with(a), with(b), &Rules::default()).0,
        ["Removed asset: asset/x/a", "Added asset: asset/y/a"]
    );
    assert_eq!(differences(with(a), with(b), &Rules::imported()).1, 0);
    assert_eq!(differences(with(a), with(&[]), &Rules::imported()).0, ["Removed asset: a"]);
    let other: &[(&str, &[u8])] = &[("asset/x/a", b"2")];
    assert_eq!(differences(with(a), with(other), &Rules::imported()).1, 2, "one is lost, and one is new");
    assert_eq!(differences(with(a), with(other), &Rules::default()).0, ["Changed asset: asset/x/a"]);
}

#[test]
fn the_first_thousand_are_listed_and_all_are_counted() {
    let row = |index| json!({"_id": format!("n{index}")});
    let mut changed = content();
    changed["tables"][0]["rows"].as_array_mut().unwrap().extend((0..1500).map(row));
    let (mut before, mut after) = (dtable(&content().to_string()), dtable(&changed.to_string()));
    let comparison = compare(&mut before, &mut after, &Rules::default()).unwrap();
    assert_eq!((comparison.differences().len(), comparison.is_cut()), (1000, true));
    assert_eq!(comparison.counts().collect::<Vec<_>>(), [(Part::Row, Change::Added, 1500)]);
    changed["tables"][0]["rows"].as_array_mut().unwrap().truncate(2 + 1000);
    let comparison = compare(&mut before, &mut dtable(&changed.to_string()), &Rules::default()).unwrap();
    assert_eq!((comparison.differences().len(), comparison.is_cut()), (1000, false));
}

#[test]
fn a_column_that_is_added_removed_or_of_another_type_is_named() {
    let columns = |base: &mut Value| base["tables"][0]["columns"].as_array_mut().unwrap().remove(3);
    let mut changed = content();
    columns(&mut changed);
    let (before, after) = (dtable(&content().to_string()), dtable(&changed.to_string()));
    assert_eq!(differences(before, after, &Rules::default()).0, ["Removed column: Bugs | Checked"]);
    let column = json!({"key": "New1", "name": "New", "type": "text"});
    assert_eq!(
        only(|base| base["tables"][1]["columns"].as_array_mut().unwrap().push(column)),
        "Added column: Team | New"
    );
    assert_eq!(
        only(|base| base["tables"][0]["columns"][2]["type"] = "rate".into()),
        "Changed column: Bugs | Effort | number | rate"
    );
    assert_eq!(
        only(|base| base["tables"][1]["columns"][3]["data"]["link_id"] = "Ln01".into()),
        "Changed column: Team | Chief | Ln02 | Ln01"
    );
}

#[test]
fn another_setting_of_a_column_is_a_difference_unless_it_was_imported() {
    let set = |base: &mut Value| base["tables"][0]["columns"][2]["data"]["format"] = "percent".into();
    assert_eq!(only(set), "Changed column: Bugs | Effort");
    let mut changed = content();
    set(&mut changed);
    let (before, after) = (dtable(&content().to_string()), dtable(&changed.to_string()));
    assert_eq!(differences(before, after, &Rules::imported()).1, 0);
}

#[test]
fn a_table_or_an_option_that_is_removed_is_named() {
    let mut changed = content();
    changed["tables"].as_array_mut().unwrap().remove(0);
    changed["links"] = json!([]);
    let mut before = content();
    before["links"] = json!([]);
    let (before, after) = (dtable(&before.to_string()), dtable(&changed.to_string()));
    assert_eq!(differences(before, after, &Rules::default()).0, ["Removed table: Bugs"]);
    let options = |base: &mut Value| {
        drop(base["tables"][0]["columns"][1]["data"]["options"].as_array_mut().unwrap().remove(1));
    };
    let mut changed = content();
    options(&mut changed);
    let (before, after) = (dtable(&content().to_string()), dtable(&changed.to_string()));
    assert_eq!(differences(before, after, &Rules::default()).0, ["Removed option: Bugs | Status | Done"]);
}

#[test]
fn a_pair_that_only_the_lists_of_the_second_table_lack_is_named_from_there() {
    let map = "/links/0/table2_table1_map";
    assert_eq!(
        only(|base| base.pointer_mut(map).unwrap()["m1"] = json!(["r2"])),
        "Removed link: Team | Bugs | m1 | r1"
    );
    assert_eq!(
        only(|base| base.pointer_mut(map).unwrap()["m2"] = json!(["r1", "r2"])),
        "Added link: Team | Bugs | m2 | r2"
    );
    // Lists that only one of the files has are no difference: a server completes them.
    let mut changed = content();
    changed["links"][0].as_object_mut().unwrap().remove("table2_table1_map");
    changed["links"][1]["table1_table2_map"] = json!({});
    let (before, after) = (dtable(&content().to_string()), dtable(&changed.to_string()));
    assert_eq!(differences(before, after, &Rules::default()).1, 0);
}

#[test]
fn a_link_without_pairs_and_another_table_of_a_link_are_named() {
    let link = json!({"_id": "Ln03", "table1_id": "Tm01", "table2_id": "0000"});
    assert_eq!(only(|base| base["links"].as_array_mut().unwrap().push(link)), "Added link: Team | Ln03");
    assert_eq!(
        only(|base| base["links"][0]["table2_id"] = "0000".into()),
        "Changed link: Bugs | Assigned | Tm01 | 0000"
    );
    let (mut before, mut after) = (content(), content());
    before["links"][1]["table2_table1_map"] = json!({});
    after["links"].as_array_mut().unwrap().pop();
    let (before, after) = (dtable(&before.to_string()), dtable(&after.to_string()));
    assert_eq!(differences(before, after, &Rules::default()).0, ["Removed link: Team | Chief"]);
}
