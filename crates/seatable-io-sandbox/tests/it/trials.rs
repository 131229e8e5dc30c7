//! Accounts for trying out backups: generated ones, and those from a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use seatable_io_sandbox::{Base, Content, GENERATED_PASSWORD, Generation, Sandbox, Share, sample_dtable};
use serde_json::Value;
use tempfile::TempDir;
use zip::ZipArchive;

use crate::common::{Client, NOW, OLDER, Reply, WORKSPACES};

fn generated(generation: Generation, count: usize) -> Sandbox {
    Sandbox::new(generation).with_generated_bases(count)
}

/// All entries of a `.dtable`, completely read, so that their CRCs are checked.
fn entries(base: &Base) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(base.content.as_ref().unwrap().to_bytes().unwrap())).unwrap();
    let count = zip.len();
    let read = |place| {
        let mut entry = zip.by_index(place).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(read).collect()
}

fn content_json(base: &Base) -> Value {
    let entries = entries(base);
    serde_json::from_slice(&entries.iter().find(|(name, _)| name == "content.json").unwrap().1).unwrap()
}

#[test]
fn each_generated_base_is_complete_and_contains_its_name() {
    let mut sandbox = generated(Generation::Current, 200);
    for base in sandbox.state(NOW).bases.values() {
        assert_eq!(content_json(base)["tables"][0]["rows"][0]["0000"], base.name.as_str());
    }
}

#[test]
fn generated_bases_are_in_three_workspaces_and_shared() {
    let mut sandbox = generated(Generation::Current, 200);
    let state = sandbox.state(NOW);
    let count = |is: &dyn Fn(&Base) -> bool| state.bases.values().filter(|base| is(base)).count();
    assert_eq!([1, 2, 3, 9].map(|workspace| count(&|base| base.workspace == workspace)), [80, 40, 40, 41]);
    assert_eq!(count(&|base| base.share == Some(Share::Base)), 20);
    assert_eq!(count(&|base| base.share == Some(Share::Group(48))), 20);
    assert_eq!(count(&|base| base.share == Some(Share::View)), 1);
    assert_eq!(count(&|base| base.password.as_deref() == Some(GENERATED_PASSWORD)), 11);
    assert!(count(&|base| base.starred) == 23 && count(&|base| base.folder.is_some()) > 0);
    assert_eq!(count(&|base| base.content.as_ref().unwrap().len() > 5 << 20), 1);
}

#[test]
fn generated_bases_of_a_workspace_have_different_names() {
    for generation in Generation::ALL {
        let mut sandbox = generated(generation, 3000);
        let bases = &sandbox.state(NOW).bases;
        let names: BTreeSet<_> = bases.values().map(|base| (base.workspace, &base.name)).collect();
        assert_eq!((names.len(), bases.len()), (3001, 3001));
        assert!(bases.values().all(|base| base.name.chars().count() <= 255));
    }
}

#[test]
fn fact_11_only_current_servers_have_generated_bases_whose_names_are_dots() {
    for generation in Generation::ALL {
        let mut sandbox = generated(generation, 50);
        let bases = &sandbox.state(NOW).bases;
        let dots = bases.values().filter(|base| matches!(base.name.as_str(), "." | ".."));
        assert_eq!(dots.count(), if generation == Generation::Current { 2 } else { 0 });
    }
}

#[test]
fn fact_18_some_generated_bases_name_an_asset_that_the_zip_lacks() {
    let mut sandbox = generated(Generation::Current, 200);
    let bases = &sandbox.state(NOW).bases;
    let lack = bases.values().filter(|base| content_json(base).to_string().contains("asset/files/gone.pdf"));
    let names: Vec<_> = lack.map(|base| entries(base).into_iter().map(|(name, _)| name)).collect();
    assert_eq!(names.len(), 18);
    for names in names {
        assert!(names.eq(["content.json", "asset/images/here.png"]));
    }
}

#[test]
fn fact_18_an_asset_may_be_percent_encoded_in_content_json_and_not_in_the_zip() {
    let mut sandbox = generated(Generation::Current, 13);
    let base = sandbox.state(NOW).bases.values().last().unwrap();
    let url = content_json(base)["tables"][0]["rows"][0]["0002"][0]["url"].clone();
    assert_eq!(url, "file://dtable-bundle/asset/files/%C3%9Cbersicht%20100%20%25.txt");
    assert!(entries(base).contains(&("asset/files/Übersicht 100 %.txt".to_owned(), b"100 %".to_vec())));
}

/// The names in each workspace of a listing.
fn listed(client: &mut Client) -> Vec<(String, Vec<String>)> {
    let listing = client.get(WORKSPACES).json();
    let workspaces = listing["workspace_list"].as_array().unwrap().iter().skip(1);
    let names = |tables: &Value| -> Vec<String> {
        let tables = tables.as_array().into_iter().flatten();
        tables.map(|table| table["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = |one: &Value| [names(&one["table_list"]), names(&one["shared_table_list"])].concat();
    workspaces.map(|one| (format!("{} {}", one["id"], one["name"]), all(one))).collect()
}

#[test]
fn the_folder_of_a_base_determines_its_workspace() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "personal/b", "team/c%2Fd", "club/e", "shared/f"] {
        let path = dir.path().join(format!("{name}.dtable"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, sample_dtable(1000)).unwrap();
    }
    fs::write(dir.path().join("notes.txt"), "").unwrap();
    let sandbox = Sandbox::new(Generation::Y2021).with_folder_of_bases(dir.path()).unwrap();
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let known = [
        ("\"\" \"shared\"", names(&["f"])),
        ("1 \"personal\"", names(&["a", "b"])),
        ("2 \"club\"", names(&["e"])),
        ("3 \"team\"", names(&["c/d"])),
    ];
    assert_eq!(listed(&mut Client::of(sandbox)), known.map(|(name, bases)| (name.to_owned(), bases)));
}

/// A folder with these files.
fn folder(names: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, sample_dtable(1000)).unwrap();
    }
    dir
}

/// The UUIDs of the bases of a folder, by workspace and name.
fn uuids(generation: Generation, folder: &Path) -> BTreeMap<(u64, String), String> {
    let mut sandbox = Sandbox::new(generation).with_folder_of_bases(folder).unwrap();
    let bases = &sandbox.state(NOW).bases;
    bases.values().map(|base| ((base.workspace, base.name.clone()), base.uuid.clone())).collect()
}

#[test]
fn the_path_of_a_file_determines_the_uuid_of_its_base() {
    for generation in Generation::ALL {
        let dir =
            folder(&["b.dtable", "personal/d.dtable", "team/b.dtable", "team/c.dtable", "shared/b.dtable"]);
        let before = uuids(generation, dir.path());
        assert_eq!(before.values().collect::<BTreeSet<_>>().len(), 5, "{before:?}");
        fs::write(dir.path().join("a.dtable"), "").unwrap();
        fs::write(dir.path().join("b.dtable"), sample_dtable(9)).unwrap();
        let later = uuids(generation, dir.path());
        assert!(later.len() == 6 && before.iter().all(|(name, uuid)| later[name] == *uuid));
        let moved = folder(&["team/c.dtable"]);
        assert_eq!(uuids(generation, moved.path())[&(2, "c".to_owned())], before[&(2, "c".to_owned())]);
    }
}

#[test]
fn the_uuid_of_a_file_has_the_form_of_its_generation() {
    let dir = folder(&["a.dtable"]);
    for generation in Generation::ALL {
        let known = Client::new(generation).base("t").unwrap().uuid.clone();
        let uuid = uuids(generation, dir.path()).into_values().next().unwrap();
        let shape = |uuid: &str| uuid.replace(|char: char| char.is_ascii_hexdigit(), "x");
        assert_eq!(shape(&uuid), shape(&known));
    }
}

#[test]
fn an_export_has_the_current_content_of_the_file() {
    let dir = folder(&["t.dtable"]);
    for generation in OLDER {
        let mut client = Client::of(Sandbox::new(generation).with_folder_of_bases(dir.path()).unwrap());
        for size in [2000, 500, 1500] {
            fs::write(dir.path().join("t.dtable"), sample_dtable(size)).unwrap();
            let started = client.export();
            let file = client.content(&started.task(), &started.uuid());
            assert_eq!(file.response.body(), &sample_dtable(size));
        }
    }
    let mut client = Client::of(Sandbox::new(Generation::Current).with_folder_of_bases(dir.path()).unwrap());
    fs::write(dir.path().join("t.dtable"), sample_dtable(700)).unwrap();
    assert_eq!(client.export_at_once().response.body(), &sample_dtable(700));
    fs::remove_file(dir.path().join("t.dtable")).unwrap();
    assert_eq!(client.export_at_once().status(), 500);
}

#[test]
fn the_error_for_a_missing_folder_has_its_path() {
    let error = Sandbox::new(Generation::Current).with_folder_of_bases("/nowhere/at all".as_ref());
    assert!(error.unwrap_err().to_string().starts_with("/nowhere/at all: "));
}

#[test]
fn a_file_is_exported_in_pieces() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("big.dtable");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let content = Content::of_file(&path).unwrap();
    let mut client = Client::of(Sandbox::new(Generation::Current).with_base(1, "big", content.clone()));
    let target = "/api/v2.1/workspace/1/synchronous-export/export-dtable/?dtable_name=big";
    let response = client.request("GET", target).response;
    assert_eq!(response.headers()["content-length"], (1_u64 << 40).to_string());
    assert_eq!((response.body(), response.body().bytes()), (&content, None));
    assert_eq!(response.body().read_at((1 << 40) - 3, 10).unwrap(), [0; 3].as_slice());
    client.sandbox.add_fault("synchronous-export:cut@5".parse().unwrap());
    assert_eq!(Reply::of(&client.request("GET", target)).response.body().len(), 5);
}
