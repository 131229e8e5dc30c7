//! Any bytes as a `.dtable` file, and as the `content.json` of one.

use std::collections::BTreeSet;
use std::io::{Cursor, Read, Seek, Write as _};
use std::ops::ControlFlow;

use seatable_io_dtable::{
    Archive, ArchiveError, AssetScan, Base, Change, Comparison, Dtable, Part, ROW_ID, Row, Rules, Sql,
    compare,
};
use serde::de::IgnoredAny;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

type File = Cursor<Vec<u8>>;

/// A zip that is opened has entries of different names, and one whose base is read can be read again in the same way.
pub fn dtable_zip(data: &[u8]) {
    let Ok(mut archive) = Archive::open(Cursor::new(data)) else { return };
    let names: Vec<_> = archive.names().map(String::from).collect();
    assert!(archive.with_backslashes().all(|name| name.contains('\\') && names.contains(&name.into_owned())));
    let (mut scan, mut len) = (AssetScan::new(&names), 0);
    let base = archive.base(|bytes| {
        scan.chunk(bytes);
        len += bytes.len();
    });
    assert!(scan.missing() <= len as u64 && scan.names().len() as u64 <= scan.missing());
    let are_good = archive.check_entries().is_ok();
    let again = Archive::open(Cursor::new(data)).and_then(|mut again| again.check_entries());
    assert_eq!(again.is_ok(), are_good, "{again:?}");
    if let Ok(base) = base {
        assert!(names.iter().any(|name| name == "content.json"));
        let mut dtable = Dtable::open(Cursor::new(data)).expect("a base");
        assert_eq!(dtable.base(), &base);
        check(&mut dtable);
        is_the_same(&mut dtable, &mut Dtable::open(Cursor::new(data)).expect("a base"));
    }
}

/// A base that is opened is JSON, is the same as itself, and has as many rows and pairs as it says. It differs from another
/// one as much as that one differs from it.
pub fn dtable_content(data: &[u8]) {
    let mut texts = data.splitn(2, |byte| *byte == 0xff);
    let [first, second] = [texts.next(), texts.next()].map(Option::unwrap_or_default);
    let (Some(mut before), Some(mut again)) = (open(first), open(first)) else { return };
    check(&mut before);
    is_the_same(&mut before, &mut again);
    if let Some(mut after) = open(second) {
        for rules in [Rules::default(), Rules::imported()] {
            let (there, back) =
                (compare(&mut before, &mut after, &rules), compare(&mut after, &mut before, &rules));
            let (Ok(there), Ok(back)) = (there, back) else { continue };
            assert_eq!(there.is_same(), back.is_same());
            for (part, change, count) in there.counts().filter(|(_, change, _)| *change != Change::Changed) {
                let reverse = if change == Change::Added { Change::Removed } else { Change::Added };
                assert_eq!(counted(&back, part, reverse), count, "{there:?} {back:?}");
            }
            if there.is_same() {
                assert_eq!(sizes(before.base()), sizes(after.base()));
            }
        }
    }
}

/// A file is the same as itself, by all rules. Only a row that is too long to be read prevents that.
fn is_the_same<F: Read + Seek>(one: &mut Dtable<F>, other: &mut Dtable<F>) {
    for rules in [Rules::default(), Rules::imported()] {
        let Ok(comparison) = compare(one, other, &rules) else { continue };
        assert!(comparison.is_same(), "{comparison:?}");
    }
}

fn counted(comparison: &Comparison, part: Part, change: Change) -> u64 {
    let counts = comparison.counts().filter(|it| (it.0, it.1) == (part, change));
    counts.map(|(_, _, count)| count).sum()
}

/// The IDs of tables and links, with the number of rows and pairs.
fn sizes(base: &Base) -> (BTreeSet<(&str, &str, u64)>, u64) {
    let tables = base.tables.iter().map(|table| (table.id.as_str(), table.name.as_str(), table.rows));
    (tables.collect(), base.links.iter().map(seatable_io_dtable::Link::pairs).sum())
}

/// A base with this `content.json`, and an asset that depends on it.
fn open(content: &[u8]) -> Option<Dtable<File>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("content.json", content), ("asset/files/a", &content[..content.len().min(1)])] {
        zip.start_file(name, SimpleFileOptions::default()).expect("memory");
        zip.write_all(bytes).expect("memory");
    }
    let file = zip.finish().expect("memory");
    let is_json = str::from_utf8(content).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    match Dtable::open(Cursor::new(file.into_inner())) {
        Ok(dtable) => {
            assert!(is_json);
            Some(dtable)
        }
        Err(ArchiveError::NotJson) => {
            assert!(!is_json);
            None
        }
        Err(_) => None,
    }
}

/// A base can be read as it says, is the same as itself, and its rows are written in forms that others read.
fn check<F: Read + Seek>(dtable: &mut Dtable<F>) {
    let base = dtable.base().clone();
    let names = base.names(&["reserved"], |name| name);
    assert_eq!((names.tables.len(), names.links.len()), (base.tables.len(), base.links.len()));
    are_unique(names.tables.iter().chain(&names.links).map(String::as_str).chain(["reserved"]));
    let fields: Vec<_> = base.tables.iter().map(|table| table.fields(true)).collect();
    for fields in &fields {
        are_unique(fields.iter().map(|field| field.name.as_str()).chain([ROW_ID]));
    }
    let mut rows = vec![0; base.tables.len()];
    let flow = dtable.rows(|table, row| {
        rows[table] += 1;
        check_row(row);
        for field in &fields[table] {
            check_field(field, row, &base);
        }
        ControlFlow::<()>::Continue(())
    });
    if flow.is_ok() {
        assert!(base.tables.iter().map(|table| table.rows).eq(rows));
    }
    let mut pairs = vec![0; base.links.len()];
    let flow = dtable.pairs(|link, _, _| {
        pairs[link] += 1;
        ControlFlow::<()>::Continue(())
    });
    assert!(flow.expect("what was read before").is_continue());
    assert!(base.links.iter().map(seatable_io_dtable::Link::pairs).eq(pairs));
}

fn are_unique<'a>(names: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(!name.is_empty() && seen.insert(name.to_lowercase()), "{name} twice");
    }
}

fn check_row(row: &Row<'_>) {
    let keys: Vec<_> = row.cells().map(|(key, _)| key.to_owned()).collect();
    assert!(keys.is_sorted_by(|one, next| one < next));
    assert!(row.cells().all(|(key, cell)| row.cell(key) == cell));
}

fn check_field(field: &seatable_io_dtable::Field<'_>, row: &Row<'_>, base: &Base) {
    let (cell, json) = (row.cell(&field.column.key), field.json(row, base));
    assert_eq!(json.is_none(), cell.is_empty());
    if let Some(json) = json {
        assert!(!json.contains(['\n', '\r']) && serde_json::from_str::<IgnoredAny>(&json).is_ok(), "{json}");
    }
    let text = field.text(row, base, true);
    assert!(!text.starts_with(['=', '+', '@', '\t', '\r']), "{text}");
    match field.sql(row, base) {
        Sql::Null => assert!(cell.is_empty()),
        Sql::Real(real) => assert!(real.is_finite()),
        _ => assert!(!cell.is_empty()),
    }
}
