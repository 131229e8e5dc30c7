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

/// The assets in a file, which has the text of the base in any case.
fn assets(file: &Bytes) -> Vec<String> {
    let mut zip = ZipArchive::new(Cursor::new(file.clone())).unwrap();
    let content = std::io::read_to_string(zip.by_name("content.json").unwrap()).unwrap();
    assert!(ALL.iter().all(|name| content.contains(name)));
    let names = zip.file_names().map(|name| name.unwrap().into_owned());
    names.filter(|name| name.starts_with("asset/")).collect()
}

/// Exports base `t` the way of its generation.
fn export(client: &mut Client) -> Vec<String> {
    if client.sandbox.generation() == Generation::Current {
        return assets(client.export_at_once().response.body());
    }
    let started = client.export();
    client.now += secs(10);
    assets(client.content(&started.task(), &started.uuid()).response.body())
}

#[test]
fn fact_18_exports_lack_all_assets_as_often_as_ordered() {
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
fn fact_18_assets_are_lost_where_the_file_is_made() {
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
fn assets_are_lost_for_one_base_and_stay_on_the_server() {
    let mut client = client(Generation::Current, "synchronous-export/u:no-assets");
    let target = SYNCHRONOUS.to_owned() + "?dtable_name=u";
    assert_eq!(export(&mut client), ALL);
    assert!(assets(client.get(&target).response.body()).is_empty());
    assert_eq!(client.base("u").unwrap().content.as_ref().unwrap().bytes(), Some(&dtable()));
    assert_eq!(assets(client.get(&target).response.body()), ALL);
}

#[test]
fn assets_of_a_file_are_lost_without_touching_it() {
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
fn a_file_that_is_not_in_memory_stays_out_of_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("t.dtable"), dtable()).unwrap();
    let sandbox = Sandbox::new(Generation::Current).with_folder_of_bases(dir.path()).unwrap();
    let mut client = Client::of(sandbox.with_fault("synchronous-export:fewer-assets".parse().unwrap()));
    let answer = client.request("GET", &format!("{SYNCHRONOUS}?dtable_name=t"));
    assert!(answer.response.body().bytes().is_none() && answer.response.body().len() < dtable().len() as u64);
}

#[test]
fn folders_in_the_file_are_not_counted_as_assets() {
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
fn a_base_that_is_not_a_zip_is_exported_as_it_is() {
    let sandbox = Sandbox::new(Generation::Current).with_base(1, "t", Bytes::from("no zip"));
    let mut client = Client::of(sandbox.with_fault("synchronous-export:no-assets".parse().unwrap()));
    assert_eq!(client.export_at_once().text(), "no zip");
}

#[test]
fn an_export_that_leaves_assets_out_has_none() {
    let mut client = client(Generation::Current, "synchronous-export:fewer-assets");
    let target = SYNCHRONOUS.to_owned() + "?dtable_name=t&ignore_asset=true";
    assert!([(); 2].iter().all(|()| assets(client.get(&target).response.body()).is_empty()));
}

#[test]
fn no_assets_is_not_a_number_of_assets() {
    assert!("synchronous-export:fewer-assets@0".parse::<Fault>().is_err());
}
