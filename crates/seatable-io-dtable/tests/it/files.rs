//! Makes `.dtable` files of the shapes that servers export.

use std::io::{Cursor, Write as _};

use seatable_io_dtable::Dtable;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(crate) type File = Cursor<Vec<u8>>;

/// A zip of these entries.
pub(crate) fn zip(entries: &[(&str, &[u8])]) -> File {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        // What is not packed is read faster.
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    Cursor::new(zip.finish().unwrap().into_inner())
}

/// A base with this `content.json`, and two assets.
pub(crate) fn dtable(content: &str) -> Dtable<File> {
    let assets: [(&str, &[u8]); 2] =
        [("asset/files/2026-11/a.pdf", b"pdf"), ("asset/images/2026-11/b.png", b"png")];
    Dtable::open(zip(&[&[("content.json", content.as_bytes())], &assets[..]].concat())).unwrap()
}

/// Two tables with a link between them, and one from the second to itself. As in the files of servers, rows come before columns.
pub(crate) fn content() -> Value {
    json!({
        "version": 7, "format_version": 9, "statistics": [],
        "links": [
            {"_id": "Ln01", "table1_id": "0000", "table2_id": "Tm01",
             "table1_table2_map": {"r1": ["m1", "m2"], "r2": ["m1"]},
             "table2_table1_map": {"m1": ["r1", "r2"], "m2": ["r1"]}},
            {"_id": "Ln02", "table2_id": "Tm01", "table2_table1_map": {"m1": ["m2"]}},
        ],
        "tables": [
            {"_id": "0000", "name": "Bugs", "rows": [
                {"_id": "r1", "_ctime": "2026-11-01T00:00:00Z", "0000": "Crash", "St01": "1001", "Ef01": 1.50,
                 "Gone": "of a deleted column", "Fl01": [{"name": "a.pdf", "url": "file://dtable-bundle/asset/files/2026-11/a.pdf"}]},
                {"_id": "r2", "_ctime": "2026-11-02T00:00:00Z", "0000": "Typo", "St01": "1002", "Ef01": 0, "Ch01": true,
                 "Nt01": {"text": "see ![b](file://dtable-bundle/asset/images/2026-11/b.png)", "preview": "see"}},
            ], "columns": [
                {"key": "0000", "name": "Title", "type": "text", "data": null},
                {"key": "St01", "name": "Status", "type": "single-select",
                 "data": {"options": [{"id": "1001", "name": "Open"}, {"id": "1002", "name": "Done"}]}},
                {"key": "Ef01", "name": "Effort", "type": "number", "data": {"format": "number"}},
                {"key": "Ch01", "name": "Checked", "type": "checkbox"},
                {"key": "Fl01", "name": "Files", "type": "file"},
                {"key": "Nt01", "name": "Notes", "type": "long-text"},
                {"key": "Fm01", "name": "Double", "type": "formula", "data": {"formula": "{Effort} * 2"}},
                {"key": "As01", "name": "Assigned", "type": "link", "data": {"link_id": "Ln01"}},
                {"key": "_ctime", "name": "Created", "type": "ctime"},
            ], "id_row_map": {"r1": {}}},
            {"_id": "Tm01", "name": "Team", "rows": [
                {"_id": "m1", "0000": "Ada", "Us01": ["a@auth.local"]}, {"_id": "m2", "0000": "Bo"},
            ], "columns": [
                {"key": "0000", "name": "Name", "type": "text"},
                {"key": "Us01", "name": "User", "type": "collaborator"},
                {"key": "As02", "name": "Bugs", "type": "link", "data": {"link_id": "Ln01"}},
                {"key": "Ch02", "name": "Chief", "type": "link", "data": {"link_id": "Ln02"}},
            ]},
        ],
        "collaborators": [{"email": "a@auth.local", "name": "Ada L.", "contact_email": "ada@example.com"}],
    })
}
