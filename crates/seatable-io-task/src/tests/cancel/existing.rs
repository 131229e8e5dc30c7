//! Tasks that were started earlier or by someone else, and are cancelled.

use super::*;

fn cancelling(kind: TaskKind) -> Scene {
    Operation::cancel_existing(server(), resume_of(kind), Policy::default(), SEED).into()
}

#[test]
fn a_task_of_someone_else_is_cancelled_or_unknown() {
    for kind in [TaskKind::Import, TaskKind::Export] {
        let mut scene = cancelling(kind);
        let requested = scene.requests_to_cancel().requested();
        assert!(requested.ends_with(&format!("&dtable_uuid=d09b6bcc&task_type={kind}")), "{requested}");
        assert_eq!(scene.is_cancelled().ends_well(), Outcome::Cancelled);
        let mut scene = cancelling(kind);
        let error = scene.requests_to_cancel().respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownTask);
        assert!(!error.may_still_run());
    }
    cancelling(TaskKind::Import)
        .requests(Call::QueryStatus)
        .respond(404, TASK_NOT_FOUND)
        .ends_with(ErrorKind::UnknownTask);
}

#[test]
fn an_import_of_someone_else_may_have_finished_or_may_still_finish() {
    let mut scene = cancelling(TaskKind::Import);
    assert_eq!(scene.requests(Call::QueryStatus).respond(200, FINISHED).ends_well(), Outcome::Finished);
    let mut scene = cancelling(TaskKind::Import);
    scene.requests_to_cancel().respond(200, SUCCESS).requests(Call::QueryStatus);
    scene.respond(404, TASK_NOT_FOUND).ends_with(ErrorKind::UnknownOutcome);
}

#[test]
fn a_task_that_a_lost_request_may_have_cancelled_is_unknown() {
    for kind in [TaskKind::Import, TaskKind::Export] {
        let mut scene = cancelling(kind);
        scene.requests_to_cancel().fails(Failure::TimedOut);
        scene.requests(Call::CancelTask).respond(400, UNKNOWN_TASK).ends_with(ErrorKind::UnknownTask);
    }
}

#[test]
fn a_resumed_task_can_be_cancelled_at_once() {
    let mut scene = Scene::resuming(resume_of(TaskKind::Export));
    scene.cancel().requests_to_cancel().respond(200, "{'success': true}").ends_with(ErrorKind::Cancelled);
}
