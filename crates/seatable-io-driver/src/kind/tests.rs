use std::num::NonZeroU32;
use std::time::Duration;

use seatable_io_proto::{BaseUuid, Server, Token};
use seatable_io_task::{Allowance, ErrorKind, Pace, Step};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::paces::Paces;
use crate::run::{Mode, Run};

fn settings() -> Settings {
    let server = Server::new("https://example.com", Token::new("x").unwrap()).unwrap();
    Settings::new(&server, &Paces::default())
}

fn import(folder: &TempDir) -> Import {
    let path = folder.path().join("new.dtable");
    std::fs::write(&path, "x").unwrap();
    Import::new(1, path)
}

fn export() -> Export {
    Export::new(1, "a".to_owned())
}

fn resume(kind: TaskKind) -> Resume {
    Resume::new(kind, TaskId::new("15").unwrap(), BaseUuid::new("u").unwrap())
}

fn begin(kind: impl Kind<Settings = Settings>) -> Result<Begun, Error> {
    kind.begin(settings())
}

fn first(kind: impl Kind<Settings = Settings>) -> Step {
    begin(kind).unwrap().operation.step(Duration::ZERO)
}

/// The path and the query of the first request.
fn first_request(kind: impl Kind<Settings = Settings>) -> String {
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

fn paced(kind: impl Kind<Settings = Settings>, pace: &Pace) -> Step {
    let mut settings = settings();
    settings.pace = pace.clone();
    kind.begin(settings).unwrap().operation.step(Duration::ZERO)
}

#[test]
fn every_kind_keeps_to_the_pace_of_its_account() {
    let (folder, pace) = (tempdir().unwrap(), Pace::new(Allowance::default().requests(NonZeroU32::MIN)));
    let status = || Status(TaskId::new("1").unwrap());
    assert!(matches!(paced(status(), &pace), Step::Send(_)));
    for step in [
        paced(status(), &pace),
        paced(import(&folder), &pace),
        paced(NoWait(import(&folder)), &pace),
        paced(export(), &pace),
        paced(NoWait(export()), &pace),
        paced(ExportByUuid::new(BaseUuid::new("d0").unwrap()), &pace),
        paced(List(Scope::Administered), &pace),
        paced(Resumed(resume(TaskKind::Import)), &pace),
    ] {
        assert!(matches!(step, Step::Wait(..)));
    }
}

#[test]
fn a_run_for_a_sink_that_cannot_start_over_keeps_to_the_pace_too() {
    let mut settings = settings();
    settings.pace = Pace::new(Allowance::default().requests(NonZeroU32::MIN));
    settings.one_pass = true;
    let step = || export().begin(settings.clone()).unwrap().operation.step(Duration::ZERO);
    assert!(matches!((step(), step()), (Step::Send(_), Step::Wait(..))));
}

#[test]
fn a_task_that_was_kept_is_resumed_instead_of_started_again() {
    let folder = tempdir().unwrap();
    let import = |kept| first_request(Import { resume: kept, ..import(&folder) });
    assert!(import(None).contains("import"));
    assert!(import(Some(resume(TaskKind::Import))).contains("status/?task_id=15"));
    let export = |kept| first_request(Export { resume: kept, ..export() });
    assert!(export(None).contains("export"));
    assert!(export(Some(resume(TaskKind::Export))).contains("status/?task_id=15"));
}

#[test]
fn a_run_that_does_not_wait_returns_a_task_that_was_kept_without_a_request() {
    let folder = tempdir().unwrap();
    let accepted = |step: Step| match step {
        Step::Done(Ok(Outcome::Accepted(accepted))) => accepted.resume,
        other => panic!("{other:?}"),
    };
    let kept = resume(TaskKind::Import);
    let import = NoWait(Import { resume: Some(kept.clone()), ..import(&folder) });
    assert_eq!(accepted(first(import)).task, kept.task);
    let kept = resume(TaskKind::Export);
    let export = NoWait(Export { resume: Some(kept.clone()), ..export() });
    let accepted = accepted(first(export));
    assert_eq!((accepted.task, accepted.base), (kept.task, kept.base));
}

#[test]
fn an_export_that_was_kept_has_its_own_place_or_else_that_of_the_run() {
    let place_of = |place: Option<Place>| {
        let mut kept = resume(TaskKind::Export);
        kept.place = place;
        let begun = begin(Export { resume: Some(kept), ..export() }).unwrap();
        begun.operation.to_resume().unwrap().place
    };
    let place = |workspace, name: &str| Some(Place::new(workspace, BaseName::new(name).unwrap()));
    assert_eq!((place_of(None), place_of(place(7, "b"))), (place(1, "a"), place(7, "b")));
}

#[test]
fn an_import_says_into_which_folder_of_the_workspace() {
    let folder = tempdir().unwrap();
    let form = |id| {
        let import = Import { folder: id, ..import(&folder) };
        let Step::Send(exchange) = first(import) else { panic!("nothing is requested") };
        let body = exchange.request().body();
        String::from_utf8([&body.head()[..], body.tail()].concat()).unwrap()
    };
    assert!(form(Some(4711)).contains("\r\n\r\n4711\r\n") && !form(None).contains("folder"));
}

#[test]
fn a_task_that_was_kept_is_not_accepted_by_another_server() {
    let mut kept = resume(TaskKind::Export);
    kept.server = Some("https://other.example/".to_owned());
    let Step::Done(Err(error)) = first(NoWait(Export { resume: Some(kept), ..export() })) else { panic!() };
    assert_eq!(error.kind(), ErrorKind::Mismatch);
}

#[test]
fn a_task_of_the_other_kind_is_not_resumed() {
    let folder = tempdir().unwrap();
    let import = Import { resume: Some(resume(TaskKind::Export)), ..import(&folder) };
    let export = Export { resume: Some(resume(TaskKind::Import)), ..export() };
    let words = |begun: Result<Begun, Error>| begun.unwrap_err().to_string();
    assert_eq!(words(begin(import)), "the task to resume is an export, not an import");
    assert_eq!(words(begin(export)), "the task to resume is an import, not an export");
}

struct NoClient;

impl Sealed for NoClient {}

impl Mode for NoClient {
    type Source<'c> = ();
    type Sink<'c> = ();
    type Watch<'c> = ();
    type OnAccepted<'c> = ();
    type Until<'c> = ();
}

#[test]
fn an_export_without_a_destination_does_not_begin() {
    fn nowhere(kind: impl Kind<Settings = Settings>) -> Result<Begun, Error> {
        Run::new(&NoClient, kind, settings()).begin().map(|(begun, ..)| begun)
    }
    assert!(matches!(nowhere(export()), Err(Error::Sink { .. })));
    assert!(matches!(nowhere(Resumed(resume(TaskKind::Export))), Err(Error::Sink { .. })));
    assert!(begin(export()).is_ok() && begin(Resumed(resume(TaskKind::Export))).is_ok());
    assert!(nowhere(Resumed(resume(TaskKind::Import))).is_ok() && nowhere(NoWait(export())).is_ok());
}

#[test]
fn a_file_may_be_replaced_whether_that_is_said_before_or_after_its_path() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.dtable");
    std::fs::write(&path, "x").unwrap();
    let run = || Run::new(&NoClient, export(), settings());
    assert!(run().save_to(&path).begin().is_err());
    assert!(run().save_to(&path).overwrite().begin().is_ok());
    assert!(run().overwrite().save_to(&path).begin().is_ok());
}
