//! Tasks that are resumed elsewhere.

use seatable_io_proto::{BaseName, FileName, Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Export, Failure, Import, Operation, Outcome, Place, Policy, Resume, Route};

fn place() -> Place {
    Place::new(4711, BaseName::new("t1").unwrap())
}

fn placed(kind: TaskKind) -> Resume {
    let mut resume = resume_of(kind);
    resume.server = Some("https://cloud.seatable.io/".to_owned());
    resume.place = Some(place());
    resume
}

#[test]
fn a_started_task_is_resumed_with_the_place_of_its_base() {
    let file = FileName::new("t1", Format::Dtable).unwrap();
    let import = Scene::importing(Import::new(4711, file, FILE_LEN).unwrap(), Policy::default());
    let export = Scene::exporting(Export::new(4711, BaseName::new("t1").unwrap()));
    for (mut scene, call) in [(import, Call::StartImport), (export, Call::StartExport)] {
        scene.requests(call).respond(200, STARTED);
        assert_eq!(scene.operation().to_resume().unwrap().place, Some(place()));
    }
}

#[test]
fn the_known_route_is_part_of_the_data_to_resume_a_task() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Site).no_wait());
    scene.requests(Call::StartExport).respond(200, STARTED);
    assert!(
        matches!(scene.ends_well(), Outcome::Accepted(accepted) if accepted.resume.route == Some(Route::Site))
    );

    let mut resume = placed(TaskKind::Export);
    resume.route = Some(Route::Synchronous);
    assert_eq!(Scene::resuming(resume.clone()).operation().to_resume().as_ref(), Some(&resume));
    let mut cancel =
        Scene::from(Operation::cancel_existing(server(), resume.clone(), Policy::default(), SEED));
    assert_eq!(cancel.operation().to_resume(), Some(resume));

    let mut learned = super::export::finished();
    learned.respond(404, HTML).requests(Call::ExportContent).respond(403, "{}");
    assert_eq!(learned.ends_with(ErrorKind::Forbidden).resume().unwrap().route, Some(Route::Site));
}

#[test]
fn a_resumed_task_keeps_its_place() {
    for kind in [TaskKind::Import, TaskKind::Export] {
        let mut scene = Scene::resuming(placed(kind));
        assert_eq!(scene.operation().to_resume().unwrap(), placed(kind));
        scene.requests(Call::QueryStatus).respond(403, "{}");
        assert_eq!(scene.ends_with(ErrorKind::Forbidden).resume(), Some(&placed(kind)));
    }
}

#[test]
fn a_resumed_operation_that_does_not_wait_ends_without_a_request() {
    let resume = |resume| Operation::resume(server(), resume, Policy::default(), SEED).no_wait();
    for kind in [TaskKind::Import, TaskKind::Export] {
        let ended = Scene::from(resume(placed(kind))).ends_well();
        assert!(matches!(ended, Outcome::Accepted(it) if it.resume == placed(kind)));
    }
    let mut elsewhere = placed(TaskKind::Import);
    elsewhere.server = Some("https://other.example/".to_owned());
    Scene::from(resume(elsewhere)).ends_with(ErrorKind::Mismatch);
}

#[test]
fn a_request_to_cancel_is_made_even_by_an_operation_that_does_not_wait() {
    let cancel = Operation::cancel_existing(server(), placed(TaskKind::Export), Policy::default(), SEED);
    Scene::from(cancel.no_wait()).requests(Call::CancelTask);
}

#[test]
fn an_operation_that_cannot_be_cancelled_can_be_resumed() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus).cancel();
    scene.fails(Failure::Interrupted).requests(Call::QueryStatus).fails(Failure::Interrupted);
    scene.requests(Call::CancelTask).respond(403, "{}");
    assert!(scene.ends_with(ErrorKind::UnknownOutcome).resume().is_some());
}

#[test]
fn a_task_is_not_resumed_on_another_server() {
    for kind in [TaskKind::Import, TaskKind::Export] {
        let mut resume = placed(kind);
        resume.server = Some("https://other.example/".to_owned());
        let error = Scene::resuming(resume.clone()).ends_with(ErrorKind::Mismatch);
        assert!(error.to_string().contains("the task is on another server"), "{error}");
        let cancel = Operation::cancel_existing(server(), resume, Policy::default(), SEED);
        Scene::from(cancel).ends_with(ErrorKind::Mismatch);
    }
}

#[test]
fn a_resumed_export_is_not_replaced_by_one_of_another_base() {
    let mut resume = placed(TaskKind::Export);
    resume.base = seatable_io_proto::BaseUuid::new("d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482").unwrap();
    let mut scene = Scene::resuming(resume);
    for uuid in ["d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482", "another"] {
        scene
            .requests(Call::QueryStatus)
            .respond(200, FINISHED)
            .requests(Call::ExportContent)
            .fails(Failure::Interrupted);
        let started = STARTED.replace("d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482", uuid);
        scene.requests(Call::StartExport).respond(200, &started);
    }
    let error = scene.ends_with(ErrorKind::Mismatch);
    assert!(error.may_still_run() && error.to_string().contains("another base has this name now"), "{error}");
}

#[test]
fn a_resumed_export_is_not_replaced_by_one_that_does_not_show_its_base() {
    let mut scene = Scene::resuming(placed(TaskKind::Export));
    let login: &[(&str, &str)] = &[("location", "/accounts/login/")];
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent).respond(404, HTML);
    scene.requests(Call::ExportContent).respond_with(302, login, "").ends_with(ErrorKind::BadAnswer);
}

#[test]
fn a_resumed_export_whose_place_is_known_is_exported_again() {
    let mut scene = Scene::resuming(placed(TaskKind::Export));
    scene
        .requests(Call::QueryStatus)
        .respond(200, FINISHED)
        .requests(Call::ExportContent)
        .fails(Failure::Interrupted);
    assert!(scene.requested().contains("/workspace/4711/dtable/t1/export-dtable/"));
}

#[test]
fn an_operation_that_is_cancelled_before_its_first_step_has_thirty_seconds() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    let deadline = scene.now + Policy::default().cancel_timeout;
    scene.cancel().requests(Call::QueryStatus);
    assert_eq!(scene.exchange().deadline(), deadline);
}
