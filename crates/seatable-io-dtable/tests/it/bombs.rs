//! Files that are made to need too much memory or time, and claims that contradict each other.

use std::io::Cursor;
use std::ops::ControlFlow;

use seatable_io_dtable::{ArchiveError, Cell, Dtable, Rules, check_archive, compare};
use serde_json::{Value, json};

use crate::files::{File, zip};

fn open(content: &str) -> Result<Dtable<File>, ArchiveError> {
    Dtable::open(zip(&[("content.json", content.as_bytes())]))
}

/// The reason why a base is not opened.
fn refused(content: &str) -> String {
    open(content).unwrap_err().to_string()
}

fn rows(dtable: &mut Dtable<File>) -> Result<u64, ArchiveError> {
    let mut count = 0;
    let flow = dtable.rows(|_, _| {
        count += 1;
        ControlFlow::<()>::Continue(())
    })?;
    assert!(flow.is_continue());
    Ok(count)
}

/// How many differences there are, of any kind.
fn differences(before: &str, after: &str) -> u64 {
    let comparison =
        compare(&mut open(before).unwrap(), &mut open(after).unwrap(), &Rules::default()).unwrap();
    comparison.counts().map(|(_, _, count)| count).sum()
}

const TOO_MUCH: &str = "a row or a column of it has more than 16 MiB or 131,072 keys, or all columns, options, links and \
    collaborators together have more than 64 MiB";

#[test]
fn a_quarter_of_a_million_parts_are_kept() {
    let tables = |count: usize| format!("{{\"tables\":[{}]}}", vec!["{}"; count].join(","));
    let most = 64 * 1024 * 1024 / 256;
    assert_eq!(open(&tables(most)).unwrap().base().tables.len(), most);
    assert_eq!(refused(&tables(most + 1)), TOO_MUCH);
}

#[test]
fn a_row_has_16_mib_and_131_072_keys_at_most_and_is_counted_anyway() {
    let row = |len: usize| format!("{{\"tables\":[{{\"rows\":[{{\"a\":\"{}\"}}]}}]}}", "x".repeat(len));
    let longest = (16 << 20) - "{\"a\":\"\"}".len();
    assert_eq!(rows(&mut open(&row(longest)).unwrap()).unwrap(), 1);
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count).map(|key| format!("\"{key}\":0")).collect();
        format!("{{\"tables\":[{{\"rows\":[{{{}}}]}}]}}", keys.join(","))
    };
    assert_eq!(rows(&mut open(&keys(131_072)).unwrap()).unwrap(), 1);
    for content in [row(longest + 1), keys(131_073)] {
        let mut dtable = open(&content).unwrap();
        assert_eq!(dtable.base().tables[0].rows, 1);
        assert_eq!(rows(&mut dtable).unwrap_err().to_string(), TOO_MUCH);
    }
}

#[test]
fn a_key_or_a_column_of_more_than_16_mib_is_refused() {
    let long = "x".repeat(16 << 20);
    assert_eq!(refused(&format!("{{\"{long}\":1,\"tables\":[]}}")), TOO_MUCH);
    assert_eq!(refused(&format!("{{\"tables\":[{{\"columns\":[{{\"name\":\"{long}\"}}]}}]}}")), TOO_MUCH);
    assert!(
        open(&format!("{{\"views\":[\"{long}\",1{long}],\"tables\":[]}}", long = "1".repeat(17 << 20)))
            .is_ok()
    );
}

#[test]
fn a_row_that_is_linked_to_700_000_others_is_read() {
    let others: Vec<_> = (0..700_000).map(|row| format!("\"row-{row:022}\"")).collect();
    let map = format!("{{\"a\":[{}]}}", others.join(","));
    let mut dtable = open(&format!("{{\"tables\":[],\"links\":[{{\"table1_table2_map\":{map}}}]}}")).unwrap();
    assert_eq!(dtable.base().links[0].pairs(), 700_000);
    let mut last = String::new();
    let _ = dtable.pairs(|_, _, other| {
        other.clone_into(&mut last);
        ControlFlow::<()>::Continue(())
    });
    assert_eq!(last, "row-0000000000000000699999");
}

#[test]
fn a_value_with_a_thousand_levels_is_read_and_compared() {
    let cell = |inner: &str| format!("{}{inner}{}", "[".repeat(995), "]".repeat(995));
    let base = |inner: &str| {
        json!({"tables": [{"columns": [{"key": "a", "type": "multiple-select"}]}]}).to_string().replacen(
            "[{\"columns\"",
            &format!("[{{\"rows\":[{{\"_id\":\"r\",\"a\":{}}}],\"columns\"", cell(inner)),
            1,
        )
    };
    assert_eq!([differences(&base("1"), &base("1")), differences(&base("1"), &base("2"))], [0, 1]);
    let mut dtable = open(&base("1")).unwrap();
    let copy = dtable.base().clone();
    let _ = dtable.rows(|_, row| {
        let field = &copy.tables[0].fields(false)[0];
        assert_eq!(field.json(row, &copy).unwrap(), cell("1"));
        assert_eq!(field.text(row, &copy, false), cell("1")[1..cell("1").len() - 1]);
        ControlFlow::<()>::Continue(())
    });
}

#[test]
fn a_long_name_is_not_repeated_for_each_cell_or_link_or_difference() {
    let name = "n".repeat(1 << 18);
    let ids = vec!["a"; 100];
    let people = json!([{"email": "a", "name": name}]);
    let columns = json!([{"key": "0000", "type": "collaborator", "name": name, "data": {"link_id": "l"}}]);
    let table = json!({"_id": "t", "name": name, "rows": [{"_id": name, "0000": ids}], "columns": columns});
    let links = vec![json!({"_id": "l", "table1_id": "t", "table2_id": "t"}); 100];
    let content = json!({"tables": [table], "collaborators": people, "links": links}).to_string();
    let mut dtable = open(&content).unwrap();
    let base = dtable.base().clone();
    let _ = dtable.rows(|_, row| {
        let field = &base.tables[0].fields(true)[0];
        let raw = serde_json::to_string(&ids).unwrap();
        assert_eq!(
            (field.text(row, &base, false), field.json(row, &base)),
            ((&*raw).into(), Some(raw.clone()))
        );
        ControlFlow::<()>::Continue(())
    });
    assert!(base.names(&[], |name| name).links.iter().all(|name| name.len() < 500));
    let mut other =
        open(&content.replace("[\"a\"", "[\"b\",\"a\"").replace("\"id\":\"t\"", "\"id\":\"u\"")).unwrap();
    let comparison = compare(&mut dtable, &mut other, &Rules::default()).unwrap();
    let texts = comparison.differences().iter().flat_map(|it| [&it.table, &it.name, &it.row, &it.label]);
    assert!(!comparison.is_same() && texts.flatten().all(|text| text.chars().count() <= 201));
}

#[test]
fn many_parts_of_one_id_and_name_need_little_time() {
    let column = json!({"key": "", "name": "n", "type": "text"});
    let table = json!({"columns": vec![column; 30_000]});
    let dtable = open(&json!({"tables": [table]}).to_string()).unwrap();
    let fields = dtable.base().tables[0].fields(false);
    assert_eq!((fields[0].name.as_str(), fields[29_999].name.as_str()), ("n", "n () 29999"));
    let rows = |from: usize| {
        let rows: Vec<_> = (from..from + 20_000).map(|value| json!({"a": value})).collect();
        json!({"tables": [{"rows": rows, "columns": [{"key": "a", "type": "number"}]}]}).to_string()
    };
    assert_eq!([differences(&rows(0), &rows(0)), differences(&rows(0), &rows(5_000))], [0, 5_000]);
}

#[test]
fn a_list_that_is_there_twice_is_refused_with_its_place() {
    for (content, name, place) in [
        (r#"{"tables":[],"tables":[]}"#, "tables", 22),
        (r#"{"tables":[{"rows":[],"rows":[]}]}"#, "rows", 29),
        (r#"{"tables":[{"columns":[],"columns":null}]}"#, "columns", 35),
        (r#"{"tables":[],"links":[],"links":[]}"#, "links", 32),
        (r#"{"collaborators":[],"collaborators":[],"tables":[]}"#, "collaborators", 36),
        (r#"{"tables":[],"links":[{"table1_table2_map":{},"table1_table2_map":{}}]}"#, "linked rows", 66),
        (r#"{"tables":[],"links":[{"table2_table1_map":{},"table2_table1_map":{}}]}"#, "linked rows", 66),
    ] {
        let reason =
            format!("its content.json is not that of a base: a second list of {name} is at byte {place}");
        assert_eq!(refused(content), reason);
    }
    let both =
        r#"{"tables":[],"links":[{"table1_table2_map":{},"table2_table1_map":{}},{"table1_table2_map":{}}]}"#;
    assert!(open(both).is_ok() && open(r#"{"tables":[{"rows":[]},{"rows":[]}]}"#).is_ok());
}

#[test]
fn of_two_values_of_one_key_the_last_counts_as_in_python() {
    let row = r#"{"_id":"x","a":1,"b":2,"a":3,"_id":"r"}"#;
    let column = r#"{"key":"k","name":"A","key":"a","name":"B"}"#;
    let content = format!(r#"{{"tables":[{{"name":"S","name":"T","rows":[{row}],"columns":[{column}]}}]}}"#);
    let mut dtable = open(&content).unwrap();
    let table = &dtable.base().tables[0];
    assert_eq!((&*table.name, &*table.columns[0].key, &*table.columns[0].name), ("T", "a", "B"));
    let _ = dtable.rows(|_, row| {
        // In any order of the questions.
        for key in ["a", "b", "a", "_id", "a"] {
            let expected = if key == "b" { Cell::Number("2") } else { Cell::Number("3") };
            assert_eq!(row.cell(key), if key == "_id" { Cell::Text("r".into()) } else { expected });
        }
        assert_eq!(row.cells().count(), 3);
        ControlFlow::<()>::Continue(())
    });
}

#[test]
fn tables_columns_options_and_rows_of_one_id_are_compared_one_by_one() {
    let column = |name: &str| {
        json!({"key": "k", "name": name, "type": "text", "data": {"options": [
        {"id": "1", "name": name}, {"id": "1", "name": "b"}]}})
    };
    let base = |names: [&str; 2], values: [&str; 3]| {
        let rows = values.map(|value| json!({"_id": "r", "k": value}));
        let table = |name: &str| json!({"name": name, "rows": rows, "columns": [column(name), column("z")]});
        json!({"tables": names.map(table)}).to_string()
    };
    let same = base(["a", "b"], ["1", "2", "1"]);
    assert_eq!(differences(&same, &base(["a", "b"], ["1", "1", "2"])), 0);
    assert_eq!(differences(&same, &base(["a", "c"], ["1", "1", "2"])), 3, "a table, a column and an option");
    assert_eq!(differences(&same, &base(["a", "b"], ["1", "2", "2"])), 2, "a row in each table");
}

#[test]
fn a_row_without_a_table_an_unknown_link_and_a_link_to_itself_are_shown() {
    let content = json!({"tables": [{"_id": "t", "name": "T", "columns": [{"key": "a", "name": "L", "type": "link", "data": {"link_id": "l"}}]}],
        "links": [{"_id": "l", "table1_id": "t", "table2_id": "t", "table1_table2_map": {"x": ["x", "gone"]}}, {"_id": "m", "table2_table1_map": {"x": 7}}]});
    let dtable = open(&content.to_string()).unwrap();
    let base = dtable.base();
    assert_eq!(
        [base.linked(&base.links[0]), base.linked(&base.links[1])],
        [[Some(0), Some(0)], [None, None]]
    );
    assert_eq!([base.links[0].pairs(), base.links[1].pairs()], [2, 0]);
    assert_eq!(base.names(&[], |name| name).links, ["T - L", "m"]);
}

/// A zip whose directory names the only entry this many times.
fn many_entries_of_one_place(count: usize) -> Vec<u8> {
    let one = zip(&[("content.json", br#"{"tables":[]}"#)]).into_inner();
    let directory = one.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let end = one.windows(4).position(|bytes| bytes == b"PK\x05\x06").unwrap();
    let mut bytes = one[..end].to_vec();
    for number in 1..count {
        let mut header = one[directory..end].to_vec();
        header[46..58].copy_from_slice(format!("{number:012}").as_bytes());
        bytes.extend(header);
    }
    let (len, count) = (u32::try_from(bytes.len() - directory).unwrap(), u16::try_from(count).unwrap());
    let mut tail = one[end..].to_vec();
    tail[8..10].copy_from_slice(&count.to_le_bytes());
    tail[10..12].copy_from_slice(&count.to_le_bytes());
    tail[12..16].copy_from_slice(&len.to_le_bytes());
    [bytes, tail].concat()
}

#[test]
fn sixty_thousand_entries_of_one_place_overlap() {
    assert!(check_archive(Cursor::new(many_entries_of_one_place(1))).is_ok());
    let refused = check_archive(Cursor::new(many_entries_of_one_place(65_534))).unwrap_err();
    assert_eq!(refused.to_string(), "entries of the zip overlap");
}

#[test]
fn entries_with_long_names_and_names_that_lead_outside_are_only_names() {
    let names: Vec<_> = (0..99).map(|number| format!("../{number}/{}", "x".repeat(65_000))).collect();
    let mut entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    entries.extend([("content.json", &br#"{"tables":[]}"#[..]), ("/etc/passwd", b"x")]);
    assert!(check_archive(zip(&entries)).is_ok());
}

#[test]
fn an_unknown_kind_of_value_is_not_lost() {
    let value = |ty: &str, value: Value| {
        let table = json!({"rows": [{"a": value}], "columns": [{"key": "a", "name": "A", "type": ty}]});
        let mut dtable = open(&json!({"tables": [table]}).to_string()).unwrap();
        let (base, mut texts) = (dtable.base().clone(), Vec::new());
        let _ = dtable.rows(|_, row| {
            let fields = base.tables[0].fields(true);
            texts = fields.iter().map(|field| field.text(row, &base, false).into_owned()).collect();
            ControlFlow::<()>::Continue(())
        });
        texts
    };
    let file = json!({"name": "a", "url": "file://dtable-bundle-external-apps/asset/files/a.pdf"});
    assert_eq!(value("file", file), ["asset/external-apps/files/a.pdf"]);
    assert_eq!(value("image", "file://dtable-bundle/asset/images/b.png".into()), ["asset/images/b.png"]);
    assert_eq!(value("multiple-select", json!({"x": 1})), [r#"{"x":1}"#; 2]);
    assert_eq!(value("multiple-select", json!(["1", 7, true, [2]])), ["1, 7, true, [2]"; 2]);
    assert_eq!(value("multiple-select", json!(["", "1"])), [", 1"; 2]);
    assert_eq!(value("single-select", 7.into()), ["7", "7"]);
    assert_eq!(value("collaborator", json!([])), ["", ""]);
}
