//! Messages of operations that are cancelled, and of tasks that were started elsewhere.

use super::*;

#[test]
fn a_cancelled_operation_is_reported_with_the_task_that_may_continue() {
    assert_message(Scene::import().cancel(), "cancelled importing \"t1\" into workspace 1", None);
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).cancel().respond(200, STARTED).requests_to_cancel().is_cancelled();
    assert_message(&mut scene, "cancelled importing \"t1\" into workspace 1", None);
    let mut scene = Scene::import();
    scene
        .requests(Call::StartImport)
        .cancel()
        .respond(200, STARTED)
        .requests_to_cancel()
        .respond(200, SUCCESS);
    scene.requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND);
    assert_message(
        &mut scene,
        "\"t1\" may still be imported: U accepted the request to cancel, but finishes an import that is running",
        Some(Hint::CheckBaseLater),
    );
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).cancel().fails(Failure::Interrupted);
    assert_message(
        &mut scene,
        "cancelled exporting \"t1\" in workspace 1; the server may still be exporting it",
        None,
    );
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).cancel().respond(200, STARTED).requests_to_cancel().respond(403, "{}");
    assert_message(
        &mut scene,
        "\"t1\" may still be imported, because it could not be cancelled: U refused (403)",
        Some(Hint::CheckBaseLater),
    );
}

#[test]
fn an_import_that_was_unknown_when_it_was_cancelled_has_an_unknown_outcome() {
    let mut scene = Scene::import();
    scene
        .requests(Call::StartImport)
        .cancel()
        .respond(200, STARTED)
        .requests_to_cancel()
        .respond(400, UNKNOWN_TASK);
    assert_message(
        &mut scene,
        "\"t1\" may or may not have been imported: U no longer knows the task (400: task_id invalid)",
        Some(Hint::CheckBaseIsComplete),
    );
}

#[test]
fn a_cancelled_operation_mentions_no_retries() {
    let mut scene = Scene::export();
    scene
        .requests(Call::StartExport)
        .fails(Failure::NotSent)
        .requests(Call::StartExport)
        .cancel()
        .fails(Failure::NotSent);
    assert_message(&mut scene, "cancelled exporting \"t1\" in workspace 1", None);
}

#[test]
fn a_timeout_while_an_existing_task_is_cancelled_names_the_task() {
    let policy = Policy::default().timeout(Duration::from_secs(20));
    let operation = Operation::cancel_existing(server(), resume_of(TaskKind::Export), policy, SEED);
    let mut scene = Scene::from(operation);
    scene.requests(Call::CancelTask).now += Duration::from_secs(20);
    assert_message(
        scene.fails(Failure::TimedOut),
        "gave up cancelling task 1582970303923 after 20s: U did not answer in time; the task may still be running",
        Some(Hint::MoreTime),
    );
}

#[test]
fn the_error_of_a_cancelled_export_is_about_the_export_unless_cancelling_fails() {
    let requests_to_cancel = || {
        let mut scene = running_export();
        scene.cancel().requests(Call::CancelTask);
        scene
    };
    assert_message(requests_to_cancel().is_cancelled(), "cancelled exporting \"t1\" in workspace 1", None);
    assert_message(
        requests_to_cancel().respond(403, "{}"),
        "no permission to cancel the export of \"t1\" in workspace 1 on U (403); the export may still be running",
        Some(Hint::Permission),
    );
    let policy = Policy::default().timeout(Duration::from_secs(2)).cancel_on_timeout();
    let mut scene = exporting(policy);
    scene.requests(Call::StartExport).respond(200, STARTED).requests(Call::QueryStatus).now +=
        Duration::from_secs(2);
    scene.respond(200, RUNNING).requests(Call::CancelTask).is_cancelled();
    assert_message(
        &mut scene,
        "gave up exporting \"t1\" in workspace 1 after 2s; it was cancelled on the server",
        Some(Hint::MoreTime),
    );
    let policy = Policy::default().timeout(Duration::from_secs(2)).cancel_on_timeout();
    let mut scene = exporting(policy);
    scene.requests(Call::StartExport).respond(200, STARTED).requests(Call::QueryStatus).now +=
        Duration::from_secs(2);
    scene.respond(200, RUNNING).requests(Call::CancelTask).respond(403, "{}");
    assert_message(
        &mut scene,
        "gave up exporting \"t1\" in workspace 1 after 2s; it could not be cancelled: U refused (403); the export may \
         still be running",
        Some(Hint::MoreTime),
    );
}

#[test]
fn a_task_that_was_started_elsewhere_is_named_by_its_id() {
    let cancel =
        |kind| Scene::from(Operation::cancel_existing(server(), resume_of(kind), Policy::default(), SEED));
    let mut scene = cancel(TaskKind::Export);
    scene.requests(Call::CancelTask).respond(403, "{}");
    assert_message(
        &mut scene,
        "no permission to cancel task 1582970303923 on U (403); the task may still be running",
        Some(Hint::Permission),
    );
    let mut scene = cancel(TaskKind::Import);
    scene.requests_to_cancel().respond(200, SUCCESS).requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND);
    assert_message(
        &mut scene,
        "task 1582970303923 may still import its base: U accepted the request to cancel, but finishes an import that \
         is running",
        Some(Hint::CheckBaseLater),
    );
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    scene.requests(Call::QueryStatus).respond(400, UNKNOWN_TASK);
    assert_message(
        &mut scene,
        "task 1582970303923 may or may not have imported its base: U no longer knows the task (400: task_id invalid)",
        Some(Hint::CheckBaseIsComplete),
    );
}

#[test]
fn a_request_that_was_stopped_is_distinguished_from_a_silent_server() {
    for (why, words) in [
        (Failure::Interrupted, "the request was stopped before the response was complete"),
        (Failure::TimedOut, "U did not answer in time"),
    ] {
        let mut scene = Scene::import();
        scene.requests(Call::StartImport).cancel().fails(why);
        let reason = "\"t1\" may or may not have been imported";
        let reason = format!("{reason}: {words}; not retried, to avoid a duplicate");
        assert_message(&mut scene, &reason, Some(Hint::CheckBase));
    }
}
