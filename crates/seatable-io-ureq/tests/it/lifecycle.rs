use seatable_io_sandbox::{Call, Generation, ImportState};
use seatable_io_ureq::Event;
use seatable_io_ureq::proto::BaseName;
use seatable_io_ureq::task::Outcome;

use crate::support::*;

fn exports_and_imports(generation: Generation) {
    let sandbox = sandbox(generation);
    let mut sink = Memory::default();
    assert!(matches!(export(&sandbox.url(), &mut sink), Ok(Outcome::Exported(_))));
    assert!(sink.finished && sink.bytes == stock());

    assert!(matches!(import(&sandbox.url(), &sink.bytes), Ok(Outcome::Imported(_))));
    let state = sandbox.state();
    let copy = state.base(1, "copy").unwrap();
    assert_eq!(copy.import, ImportState::Finished);
    assert_eq!(copy.content.as_ref().unwrap().to_bytes().unwrap(), sink.bytes);
}

#[test]
fn a_base_is_exported_and_imported_on_a_2020_server() {
    exports_and_imports(Generation::Y2020);
}

#[test]
fn a_base_is_exported_and_imported_on_a_2021_server() {
    exports_and_imports(Generation::Y2021);
}

#[test]
fn a_base_is_exported_and_imported_on_a_current_server() {
    exports_and_imports(Generation::Current);
}

#[test]
fn an_empty_file_is_sent_and_refused_by_the_server() {
    let sandbox = sandbox(Generation::Current);
    let error = import(&sandbox.url(), &[]).unwrap_err();
    assert!(error.operation().is_some(), "{error}");
    assert_eq!(sandbox.state().count(Call::StartImport), 1);
}

#[test]
fn events_are_reported_in_order() {
    let sandbox = sandbox(Generation::Y2021);
    let (file, mut seen) = (stock(), Vec::new());
    let mut watch = |event: Event| match event {
        Event::Requesting { .. } => seen.push("requesting"),
        Event::Sent { bytes: count, .. } if count == file.len() as u64 => seen.push("sent"),
        Event::Responded { status, .. } if status == 200 => seen.push("responded"),
        Event::Accepted { .. } => seen.push("accepted"),
        _ => {}
    };
    let operation = import_of(&sandbox.url(), file.len(), quick());
    client().run(operation).source(&mut &*file).watch(&mut watch).run().unwrap();
    assert_eq!(seen, ["requesting", "sent", "responded", "accepted", "requesting", "responded"]);
}

#[test]
fn import_names_the_base_after_the_file_and_export_leaves_files_alone() {
    let sandbox = sandbox(Generation::Y2021);
    let folder = tempfile::tempdir().unwrap();
    let (server, path) = (server(&sandbox.url()), folder.path().join("from disk.dtable"));
    let base = BaseName::new("stock").unwrap();
    client().export(&server, 1, base.clone()).save_to(&path).policy(quick()).run().unwrap();
    let imported = client().import(&server, 1, &path).policy(quick()).run().unwrap();
    assert_eq!(imported.base.unwrap().name, "from disk");
    assert!(client().export(&server, 1, base).save_to(&path).policy(quick()).run().is_err());
    assert!(client().import(&server, 1, folder.path()).policy(quick()).run().is_err());
}

#[test]
fn a_client_finds_out_once_how_a_server_exports() {
    let sandbox = sandbox(Generation::Current);
    let (client, server, folder) = (client(), server(&sandbox.url()), tempfile::tempdir().unwrap());
    for name in ["a", "b", "c"] {
        let client = client.clone();
        client.export(&server, 1, "stock").save_to(folder.path().join(name)).policy(quick()).run().unwrap();
    }
    assert_eq!(sandbox.state().count(Call::StartExport), 1);
    assert_eq!(sandbox.state().count(Call::SynchronousExport), 3);
}
