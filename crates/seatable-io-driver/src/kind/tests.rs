use std::num::NonZeroU32;
use std::time::Duration;

use seatable_io_proto::{BaseUuid, Server, Token};
use seatable_io_task::{Allowance, Pace, Step};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::paces::Paces;

fn settings() -> Settings {
    let server = Server::new("https://example.com", Token::new("x").unwrap()).unwrap();
    Settings::new(&server, &Paces::default())
}

fn import(folder: &TempDir) -> Import {
    let path = folder.path().join("new.dtable");
    std::fs::write(&path, "x").unwrap();
    Import::new(settings(), 1, path)
}

fn export(folder: &TempDir) -> Export {
    let mut export = Export::new(settings(), 1, "a".to_owned());
    export.destination.path = Some(folder.path().join("a.dtable"));
    export
}

fn resume(kind: TaskKind) -> Resume {
    Resume::new(kind, TaskId::new("15").unwrap(), BaseUuid::new("u").unwrap())
}

fn first(kind: impl Kind) -> Step {
    kind.begin(false).unwrap().operation.step(Duration::ZERO)
}

/// The path and the query of the first request.
fn first_request(kind: impl Kind) -> String {
    let Step::Send(exchange) = first(kind) else { panic!("nothing is requested") };
    exchange.request().uri().path_and_query().unwrap().to_string()
}

#[test]
fn the_boundary_of_an_upload_is_never_the_same() {
    let folder = tempdir().unwrap();
    let boundary = || {
        let Step::Send(exchange) = first(import(&folder)) else { panic!("nothing is requested") };
        exchange.request().headers()["content-type"].clone()
    };
    assert_ne!(boundary(), boundary());
}

fn paced(mut kind: impl ToServer, pace: &Pace) -> Step {
    kind.settings().set_pace(pace);
    first(kind)
}

#[test]
fn every_kind_keeps_to_the_pace_of_its_account() {
    let (folder, pace) = (tempdir().unwrap(), Pace::new(Allowance::default().requests(NonZeroU32::MIN)));
    let status = || Status { settings: settings(), task: TaskId::new("1").unwrap() };
    assert!(matches!(paced(status(), &pace), Step::Send(_)));
    let resumed = Resumed {
        settings: settings(),
        resume: resume(TaskKind::Import),
        destination: Destination::default(),
    };
    for step in [
        paced(status(), &pace),
        paced(import(&folder), &pace),
        paced(NoWait(import(&folder)), &pace),
        paced(export(&folder), &pace),
        paced(NoWait(export(&folder)), &pace),
        paced(List { settings: settings(), shared: Shared::Excluded }, &pace),
        paced(resumed, &pace),
    ] {
        assert!(matches!(step, Step::Wait(..)));
    }
}

#[test]
fn a_task_that_was_kept_is_resumed_instead_of_started_again() {
    let folder = tempdir().unwrap();
    let import = |kept| first_request(Import { resume: kept, ..import(&folder) });
    assert!(import(None).contains("import"));
    assert!(import(Some(resume(TaskKind::Import))).contains("status/?task_id=15"));
    let export = |kept| first_request(Export { resume: kept, ..export(&folder) });
    assert!(export(None).contains("export"));
    assert!(export(Some(resume(TaskKind::Export))).contains("status/?task_id=15"));
}

#[test]
fn a_task_of_the_other_kind_is_not_resumed() {
    let folder = tempdir().unwrap();
    let import = Import { resume: Some(resume(TaskKind::Export)), ..import(&folder) };
    let export = Export { resume: Some(resume(TaskKind::Import)), ..export(&folder) };
    let words = |begun: Result<Begun, Error>| begun.unwrap_err().to_string();
    assert_eq!(words(import.begin(false)), "the task to resume is an export, not an import");
    assert_eq!(words(export.begin(false)), "the task to resume is an import, not an export");
}

#[test]
fn an_export_without_a_place_for_its_file_does_not_begin() {
    let export = || Export::new(settings(), 1, "a".to_owned());
    let resumed =
        |kind| Resumed { settings: settings(), resume: resume(kind), destination: Destination::default() };
    assert!(matches!(export().begin(false), Err(Error::Sink { .. })));
    assert!(matches!(resumed(TaskKind::Export).begin(false), Err(Error::Sink { .. })));
    assert!(export().begin(true).is_ok() && resumed(TaskKind::Export).begin(true).is_ok());
    assert!(resumed(TaskKind::Import).begin(false).is_ok() && NoWait(export()).begin(false).is_ok());
}

#[test]
fn a_sink_of_the_caller_takes_precedence_over_a_path() {
    let folder = tempdir().unwrap();
    assert!(export(&folder).begin(true).unwrap().sink.is_none());
    assert!(export(&folder).begin(false).unwrap().sink.is_some());
}
