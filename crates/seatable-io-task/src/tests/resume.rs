//! What continues a task elsewhere.

use seatable_io_proto::{BaseName, FileName, Format, TaskKind};

use super::scene::*;
use crate::{Call, ErrorKind, Export, Failure, Import, Outcome, Policy, Resume, Route, Task};

fn place() -> (u64, BaseName) {
    (4711, BaseName::new("t1").unwrap())
}

fn placed(kind: TaskKind) -> Resume {
    let mut resume = resume_of(kind);
    resume.place = Some(place());
    resume
}

#[test]
fn a_started_task_is_resumed_with_the_place_of_its_base() {
    let file = FileName::new("t1", Format::Dtable).unwrap();
    let import = Scene::importing(Import::new(4711, file, FILE_LEN).unwrap(), Policy::default());
    let export = Scene::exporting(Export::new(4711, BaseName::new("t1").unwrap()));
    for (mut scene, call) in [(import, Call::StartImport), (export, Call::StartExport)] {
        scene.asks(call).answer(200, STARTED);
        assert_eq!(scene.task().to_resume().unwrap().place, Some(place()));
    }
}

#[test]
fn the_known_route_is_part_of_what_resumes_a_task() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Site).no_wait());
    scene.asks(Call::StartExport).answer(200, STARTED);
    assert!(matches!(scene.ends_well(), Outcome::Accepted(it) if it.resume.route == Some(Route::Site)));

    let mut resume = placed(TaskKind::Export);
    resume.route = Some(Route::Synchronous);
    assert_eq!(Scene::resuming(resume.clone()).task().to_resume().as_ref(), Some(&resume));
    let mut cancel = Scene::from(Task::cancel_only(server(), resume.clone(), Policy::default(), SEED));
    assert_eq!(cancel.task().to_resume(), Some(resume));

    let mut learned = super::export::finished();
    learned.answer(404, HTML).asks(Call::Content).answer(403, "{}");
    assert_eq!(learned.ends_with(ErrorKind::Forbidden).resume().unwrap().route, Some(Route::Site));
}

#[test]
fn a_resumed_task_keeps_its_place() {
    for kind in [TaskKind::Import, TaskKind::Export] {
        let mut scene = Scene::resuming(placed(kind));
        assert_eq!(scene.task().to_resume().unwrap(), placed(kind));
        scene.asks(Call::Status).answer(403, "{}");
        assert_eq!(scene.ends_with(ErrorKind::Forbidden).resume(), Some(&placed(kind)));
    }
}

#[test]
fn what_was_lost_is_in_doubt_even_if_it_cannot_be_cancelled() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED).asks(Call::Status).cancel();
    scene.fails(Failure::Interrupted).asks(Call::Cancel).answer(403, "{}");
    assert!(scene.ends_with(ErrorKind::Unknown).resume().unwrap().doubt);
}

#[test]
fn an_answered_poll_clears_the_doubt_of_a_resumed_task() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    scene.asks(Call::Status).answer(200, RUNNING);
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK).ends_with(ErrorKind::TaskFailed);
}

#[test]
fn a_resumed_export_whose_place_is_known_is_exported_again() {
    let mut scene = Scene::resuming(placed(TaskKind::Export));
    scene.asks(Call::Status).answer(200, FINISHED).asks(Call::Content).fails(Failure::Interrupted);
    assert!(scene.asked().contains("/workspace/4711/dtable/t1/export-dtable/"));
}

#[test]
fn a_task_that_is_cancelled_before_its_first_step_has_thirty_seconds() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    let deadline = scene.now + Policy::default().cancel_patience;
    scene.cancel().asks(Call::Cancel);
    assert_eq!(scene.exchange().deadline(), deadline);
}
