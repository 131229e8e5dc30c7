//! Fact 18: exports whose file lacks assets.

use std::io::Cursor;

use bytes::Bytes;
use seatable_io_sandbox::{Generation, Sandbox, dtable_with_assets};
use zip::ZipArchive;

use crate::common::{Client, OLDER, secs};

const EXPORT: &str = "synchronous-export";
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
        assert!(client.sandbox.book(client.now).files.is_empty());
        client.now = secs(5);
        assert!(assets(client.content(&started.task(), &started.uuid()).response.body()).is_empty());
    }
}

#[test]
fn assets_are_lost_for_one_base_and_stay_on_the_server() {
    let mut client = client(Generation::Current, "synchronous-export/u:no-assets");
    let target = crate::common::SYNCHRONOUS.to_owned() + "?dtable_name=u";
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
fn fact_18_a_zero_is_no_number_of_assets() {
    assert!(format!("{EXPORT}:fewer-assets@0").parse::<seatable_io_sandbox::Fault>().is_err());
}
