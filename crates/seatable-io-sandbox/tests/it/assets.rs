//! Fact 18: exports whose file lacks assets.

use std::io::{Cursor, Write};

use bytes::Bytes;
use seatable_io_sandbox::{Fault, Generation, Sandbox, dtable_with_assets};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::common::{Client, OLDER, SYNCHRONOUS, secs};

const ALL: [&str; 3] = ["asset/files/a.pdf", "asset/files/b.pdf", "asset/images/c.png"];

fn dtable() -> Bytes {
    let assets =
        [("files/a.pdf", Some(&b"a"[..])), ("files/b.pdf", Some(b"bb")), ("images/c.png", Some(b"ccc"))];
    dtable_with_assets("t", &assets)
}

fn client(generation: Generation, fault: &str) -> Client {
    let sandbox = Sandbox::new(generation).with_base(1, "t", dtable());
    Client::of(sandbox.with_base(1, "u", dtable()).with_fault(fault.parse().unwrap()))
}

/// The assets in a file, which contains the text of the base.
fn assets(file: &Bytes) -> Vec<String> {
    let mut zip = ZipArchive::new(Cursor::new(file.clone())).unwrap();
    let content = std::io::read_to_string(zip.by_name("content.json").unwrap()).unwrap();
    assert!(ALL.iter().all(|name| content.contains(name)));
    let names = zip.file_names().map(|name| name.unwrap().into_owned());
    names.filter(|name| name.starts_with("asset/")).collect()
}

/// Exports base `t` as its generation does.
fn export(client: &mut Client) -> Vec<String> {
    if client.sandbox.generation() == Generation::Current {
        return assets(client.export_at_once().response.body());
    }
    let started = client.export();
    client.now += secs(10);
    assets(client.content(&started.task(), &started.uuid()).response.body())
}

#[test]
fn fact_18_exports_lack_all_assets_as_often_as_specified() {
    for generation in Generation::ALL {
        let mut client = client(generation, "any:no-assets*2+1");
        let exports = [(); 4].map(|()| export(&mut client).len());
        assert_eq!(exports, [3, 0, 0, 3], "{generation}");
    }
}

#[test]
fn fact_18_an_export_lacks_single_assets() {
    for generation in Generation::ALL {
        for (fault, left) in [("any:fewer-assets", &ALL[1..]), ("any:fewer-assets@2", &ALL[2..])] {
            assert_eq!(export(&mut client(generation, fault)), left);
        }
        assert!(export(&mut client(generation, "any:fewer-assets@4")).is_empty());
    }
}

#[test]
fn fact_18_assets_are_lost_when_the_file_is_created() {
    for generation in OLDER {
        let fault = "export:no-assets".parse().unwrap();
        let sandbox = Sandbox::new(generation).with_base(1, "t", dtable()).with_fault(fault);
        let mut client = Client::of(sandbox.with_task_time(secs(5)));
        let started = client.export();
        assert!(client.sandbox.state(client.now).files.is_empty());
        client.now = secs(5);
        assert!(assets(client.content(&started.task(), &started.uuid()).response.body()).is_empty());
    }
}

#[test]
fn assets_missing_from_one_export_stay_on_the_server() {
    let mut client = client(Generation::Current, "synchronous-export/u:no-assets");
    let target = SYNCHRONOUS.to_owned() + "?dtable_name=u";
    assert_eq!(export(&mut client), ALL);
    assert!(assets(client.get(&target).response.body()).is_empty());
    assert_eq!(client.base("u").unwrap().content.as_ref().unwrap().bytes(), Some(&dtable()));
    assert_eq!(assets(client.get(&target).response.body()), ALL);
}

#[test]
fn an_export_without_assets_does_not_change_the_file() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("t.dtable"), dtable()).unwrap();
    for generation in Generation::ALL {
        let sandbox = Sandbox::new(generation).with_folder_of_bases(dir.path()).unwrap();
        let mut client = Client::of(sandbox.with_fault("any:fewer-assets@2".parse().unwrap()));
        assert_eq!([export(&mut client).len(), export(&mut client).len()], [1, 3]);
    }
    assert_eq!(std::fs::read(dir.path().join("t.dtable")).unwrap(), dtable());
}

#[test]
fn a_file_without_assets_is_not_loaded_into_memory() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("t.dtable"), dtable()).unwrap();
    let sandbox = Sandbox::new(Generation::Current).with_folder_of_bases(dir.path()).unwrap();
    let mut client = Client::of(sandbox.with_fault("synchronous-export:fewer-assets".parse().unwrap()));
    let delivery = client.request("GET", &format!("{SYNCHRONOUS}?dtable_name=t"));
    assert!(
        delivery.response.body().bytes().is_none() && delivery.response.body().len() < dtable().len() as u64
    );
}

#[test]
fn folders_in_the_zip_are_not_assets() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.start_file("content.json", options).unwrap();
    zip.write_all(&ALL.concat().into_bytes()).unwrap();
    zip.add_directory("asset", options).unwrap();
    zip.add_directory("asset/files", options).unwrap();
    for name in ["asset/files/a.pdf", "asset/files/b.pdf"] {
        zip.start_file(name, options).unwrap();
    }
    let base = zip.finish().unwrap().into_inner();
    let sandbox = Sandbox::new(Generation::Current).with_base(1, "t", Bytes::from(base));
    let fault = "synchronous-export:fewer-assets".parse().unwrap();
    assert_eq!(export(&mut Client::of(sandbox.with_fault(fault))), ["asset/files/b.pdf"]);
}

#[test]
fn a_base_that_is_not_a_zip_is_exported_unchanged() {
    let sandbox = Sandbox::new(Generation::Current).with_base(1, "t", Bytes::from("no zip"));
    let mut client = Client::of(sandbox.with_fault("synchronous-export:no-assets".parse().unwrap()));
    assert_eq!(client.export_at_once().text(), "no zip");
}

#[test]
fn an_export_without_assets_has_none() {
    let mut client = client(Generation::Current, "synchronous-export:fewer-assets");
    let target = SYNCHRONOUS.to_owned() + "?dtable_name=t&ignore_asset=true";
    assert!([(); 2].iter().all(|()| assets(client.get(&target).response.body()).is_empty()));
}

#[test]
fn no_assets_is_not_a_number_of_assets() {
    assert!("synchronous-export:fewer-assets@0".parse::<Fault>().is_err());
}
