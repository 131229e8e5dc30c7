//! Bases in files and backup folders, for the commands that read them without a server.

use std::path::Path;

use seatable_io_sandbox::dtable_of;
use serde_json::json;

use super::*;

/// A folder to run the command in, without a server.
pub(super) struct Offline(pub(super) TempDir);

impl Offline {
    /// With `a.dtable`, which has these tables, links and collaborators.
    pub(super) fn with(content: &Value) -> Offline {
        let offline = Offline(TempDir::new().unwrap());
        offline.file("a.dtable", content);
        offline
    }

    pub(super) fn file(&self, name: &str, content: &Value) -> u64 {
        let asset: [(&str, &[u8]); 1] = [("asset/files/a.pdf", b"pdf")];
        let bytes = dtable_of(content.to_string().as_bytes(), &asset);
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), &bytes).unwrap();
        bytes.len() as u64
    }

    /// A copy in the backup folder `b` of a base in workspace 7.
    pub(super) fn copy(&self, uuid: &str, name: &str, time: &str, content: &Value) {
        let file = format!("7 personal/{name}/{}.dtable", time.replace(':', ""));
        let bytes = self.file(&format!("b/{file}"), content);
        let line = json!({
            "file": file, "server": "https://seatable.example/", "workspace_id": 7, "workspace": "personal",
            "base": {"uuid": uuid, "name": name, "updated_at": null}, "started": time, "bytes": bytes,
            "sha256": "0".repeat(64), "assets_missing": 0,
        });
        let before = fs::read_to_string(self.path("b/backup.jsonl")).unwrap_or_default();
        fs::write(self.path("b/backup.jsonl"), format!("{before}{line}\n")).unwrap();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn run(&self, args: &[&str]) -> Done {
        let output = bare(args).current_dir(self.0.path()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("panicked"), "{err}");
        Done { code: output.status.code(), out: output.stdout, err }
    }

    /// The names of all files below a folder, with their folders.
    pub(super) fn left(&self, folder: &str) -> Vec<String> {
        fn below(folder: &Path, prefix: &str, names: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
                if entry.file_type().unwrap().is_dir() {
                    below(&entry.path(), &format!("{name}/"), names);
                } else {
                    names.push(name);
                }
            }
        }
        let mut names = Vec::new();
        below(&self.path(folder), "", &mut names);
        names.sort();
        names
    }
}

/// Two tables with a link, and one from the second to itself.
pub(super) fn bugs() -> Value {
    json!({
        "format_version": 9,
        "tables": [
            {"_id": "0000", "name": "Bugs", "rows": [
                {"_id": "r1", "0000": "Crash, \"hard\"\nand fast", "St01": "1001", "Ef01": 1.5, "Gone": "of a deleted column"},
                {"_id": "-r2", "0000": "=1+1", "St01": "gone", "Ef01": 12_345_678_901_234_567_890_u64, "Ch01": true,
                 "Fl01": [{"name": "a.pdf", "url": "file://dtable-bundle/asset/files/a.pdf"},
                          {"name": "b.pdf", "url": "file://dtable-bundle/asset/files/b.pdf"}]},
            ], "columns": [
                {"key": "0000", "name": "Title", "type": "text"},
                {"key": "St01", "name": "Status", "type": "single-select",
                 "data": {"options": [{"id": "1001", "name": "Open"}, {"id": "1002", "name": "Done"}]}},
                {"key": "Ef01", "name": "Effort", "type": "number"},
                {"key": "Ch01", "name": "Checked", "type": "checkbox"},
                {"key": "Fl01", "name": "Files", "type": "file"},
                {"key": "Fm01", "name": "Double", "type": "formula", "data": {"formula": "{Effort} * 2"}},
                {"key": "As01", "name": "Assigned", "type": "link", "data": {"link_id": "Ln01"}},
            ]},
            {"_id": "Tm01", "name": "Team", "rows": [
                {"_id": "m1", "0000": "Ada", "Us01": ["a@auth.local"]}, {"_id": "m2", "0000": "Bo"}, {"_id": "m3"},
            ], "columns": [
                {"key": "0000", "name": "Name", "type": "text"},
                {"key": "Us01", "name": "User", "type": "collaborator"},
                {"key": "As02", "name": "Bugs", "type": "link", "data": {"link_id": "Ln01"}},
                {"key": "Ch02", "name": "Chief", "type": "link", "data": {"link_id": "Ln02"}},
            ]},
        ],
        "links": [
            {"_id": "Ln01", "table1_id": "0000", "table2_id": "Tm01",
             "table1_table2_map": {"r1": ["m2", "m1"], "-r2": ["m1"]}, "table2_table1_map": {"m1": ["r1", "-r2"], "m2": ["r1"]}},
            {"_id": "Ln02", "table1_id": "Tm01", "table2_id": "Tm01", "table1_table2_map": {"m1": ["m2"]}},
        ],
        "collaborators": [{"email": "a@auth.local", "name": "Ada L.", "contact_email": "ada@example.com"}],
    })
}

/// A base with these tables of one text column each, given their IDs, names and rows.
pub(super) fn tables(tables: &[(&str, &str, &[&str])]) -> Value {
    let table = |(id, name, rows): &(&str, &str, &[&str])| {
        let rows: Vec<_> =
            rows.iter().map(|row| json!({"_id": row, "0000": format!("text {row}")})).collect();
        json!({"_id": id, "name": name, "rows": rows, "columns": [{"key": "0000", "name": "A", "type": "text"}]})
    };
    json!({"tables": tables.iter().map(table).collect::<Vec<_>>()})
}
