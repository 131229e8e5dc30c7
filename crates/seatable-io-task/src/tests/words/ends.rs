//! Without an answer that ends it: a server that is unavailable, time that is over, a task that is cancelled.

use super::*;

#[test]
fn of_a_server_that_cannot_be_reached() {
    let policy = Policy::default().retries(1);
    let mut scene = Scene::importing(import_of(Format::Dtable), policy.clone());
    scene.asks(Call::StartImport).fails(Failure::NotSent).asks(Call::StartImport).fails(Failure::NotSent);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1: no connection to U, after one retry; nothing was imported",
        Some(Hint::Connection),
    );
    let mut scene = exporting(policy.retries(2));
    for _ in 0..3 {
        scene.asks(Call::StartExport).fails(Failure::NotSent);
    }
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: no connection to U, after 2 retries",
        Some(Hint::Connection),
    );
}

#[test]
fn of_a_server_that_is_unavailable() {
    for (status, body, words, hint) in [
        (429, "", "U refuses more requests for now (429)", Hint::Later),
        (500, INTERNAL_ERROR, "U failed (500: Internal Server Error)", Hint::Later),
        (502, HTML, "U is unavailable (502)", Hint::Later),
        (504, HTML, "U did not answer in time (504)", Hint::Later),
        (403, HTML, "a proxy or CDN in front of U refused the request (403)", Hint::LetThrough),
    ] {
        let policy = Policy::default().retries(0).patience(Duration::from_millis(1));
        let mut scene = exporting(policy);
        scene.asks(Call::StartExport).answer(status, body);
        let left = if [502, 504, 403, 500].contains(&status) {
            "; the server may still be exporting it"
        } else {
            ""
        };
        says(&mut scene, &format!("cannot export \"t1\" in workspace 1: {words}{left}"), Some(hint));
    }
}

#[test]
fn of_a_certificate() {
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).fails(Failure::Untrusted);
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: the certificate of U is not trusted",
        Some(Hint::Certificate),
    );
}

#[test]
fn of_exporting_again() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..14 {
        scene.asks(Call::SynchronousExport).fails(Failure::TimedOut);
    }
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: U did not answer in time, after 13 retries; the server may still be \
         exporting it",
        Some(Hint::Later),
    );
    let mut scene = Scene::export();
    for _ in 0..4 {
        scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
        scene.asks(Call::Content).answer(404, r#"{"error_msg":"file not found."}"#);
    }
    says(
        &mut scene,
        "cannot download \"t1\" in workspace 1 on U (404: file not found), after 3 retries",
        Some(Hint::Later),
    );
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
    scene.asks(Call::Content).fails(Failure::TimedOut).asks(Call::StartExport).answer(409, "");
    says(&mut scene, "cannot export \"t1\" in workspace 1 on U (409), after one retry", None);
}

#[test]
fn of_time() {
    let policy = |seconds| Policy::default().patience(Duration::from_secs(seconds));
    for (seconds, words) in [(5400, "1h30m"), (45, "45s"), (7205, "2h5s"), (0, "0 ms")] {
        let mut scene = Scene::importing(import_of(Format::Dtable), policy(seconds));
        scene.asks_anything().now += Duration::from_secs(seconds);
        if seconds > 0 {
            scene.fails(Failure::NotSentInTime);
        }
        let words = format!("gave up importing \"t1\" into workspace 1 after {words}");
        let error = scene.ends_with(ErrorKind::TimedOut).reason().to_string();
        assert!(error.starts_with(&words) && error.ends_with("; nothing was imported"), "{error}");
    }
    says(
        &mut exporting(policy(0)),
        "gave up exporting \"t1\" in workspace 1 after 0 ms",
        Some(Hint::MoreTime),
    );
}

#[test]
fn of_retries_that_were_made() {
    for (made, words) in [(0, ""), (1, ", after one retry")] {
        let mut scene = exporting(Policy::default().patience(Duration::from_secs(20)));
        for _ in 0..made {
            scene.asks(Call::StartExport).fails(Failure::NotSent);
        }
        scene.asks(Call::StartExport).now += Duration::from_secs(20);
        scene.fails(Failure::NotSent);
        let gave_up = "gave up exporting \"t1\" in workspace 1 after 20s: no connection to U";
        says(&mut scene, &format!("{gave_up}{words}"), Some(Hint::Connection));
    }
}

#[test]
fn of_time_that_a_server_wasted_is_not_that_more_of_it_helps() {
    for (status, hint) in [(502, Hint::Later), (403, Hint::LetThrough)] {
        let mut scene = exporting(Policy::default().patience(Duration::from_secs(20)));
        scene.asks(Call::StartExport).answer(status, HTML).asks(Call::StartExport).now +=
            Duration::from_secs(20);
        let error = scene.answer(status, HTML).ends_with(ErrorKind::TimedOut);
        assert_eq!(error.hint(), Some(hint), "{error}");
    }
    let mut scene = exporting(Policy::default().patience(Duration::from_secs(20)));
    scene.asks(Call::StartExport).now += Duration::from_secs(20);
    let hint = scene.fails(Failure::Interrupted).ends_with(ErrorKind::TimedOut).hint();
    assert_eq!(hint, Some(Hint::Later));
    let mut scene = exporting(Policy::default().patience(Duration::from_secs(20)));
    scene.asks(Call::StartExport).now += Duration::from_secs(20);
    assert_eq!(scene.fails(Failure::TimedOut).ends_with(ErrorKind::TimedOut).hint(), Some(Hint::MoreTime));
}

#[test]
fn of_no_retry_where_only_the_route_changed() {
    for cancel in [false, true] {
        let mut policy = Policy::default().patience(Duration::from_secs(20));
        policy.cancel_on_timeout = cancel;
        let mut scene = exporting(policy);
        scene.asks(Call::StartExport).answer(405, NOT_ALLOWED).asks(Call::SynchronousExport);
        scene.now += Duration::from_secs(20);
        let words = scene.fails(Failure::TimedOut).ends_with(ErrorKind::TimedOut).to_string();
        assert!(!words.contains("retr"), "{words}");
    }
}

#[test]
fn of_all_retries_since_the_last_good_poll() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).answer(200, STARTED);
    scene.asks(Call::Status).answer(502, HTML).asks(Call::Status).answer(200, RUNNING);
    scene.asks(Call::Status).answer(429, "").asks(Call::Status).answer(502, HTML);
    let words = scene.asks(Call::Status).answer(401, "{}").ends_with(ErrorKind::Unauthorized).to_string();
    assert!(words.contains("(401), after 2 retries;"), "{words}");
}

#[test]
fn of_cancelling() {
    says(Scene::import().cancel(), "cancelled importing \"t1\" into workspace 1", None);
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().is_cancelled();
    says(&mut scene, "cancelled importing \"t1\" into workspace 1", None);
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().answer(200, SUCCESS);
    scene.asks(Call::Status).answer(404, TASK_NOT_FOUND);
    says(
        &mut scene,
        "\"t1\" may still be imported: U accepted the request to cancel, but finishes an import that is running",
        Some(Hint::CheckBaseLater),
    );
    let mut scene = Scene::export();
    scene.asks(Call::StartExport).cancel().fails(Failure::Interrupted);
    says(&mut scene, "cancelled exporting \"t1\" in workspace 1; the server may still be exporting it", None);
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().answer(403, "{}");
    says(
        &mut scene,
        "\"t1\" may still be imported, because it could not be cancelled: U refused (403)",
        Some(Hint::CheckBaseLater),
    );
}

#[test]
fn of_a_task_that_was_gone_when_it_was_cancelled() {
    let mut scene = Scene::import();
    scene.asks(Call::StartImport).cancel().answer(200, STARTED).asks_to_cancel().answer(400, UNKNOWN_TASK);
    says(
        &mut scene,
        "\"t1\" may or may not have been imported: U no longer knows the task (400: task_id invalid)",
        Some(Hint::CheckBaseIsComplete),
    );
}

#[test]
fn of_cancelling_no_retries_are_told() {
    let mut scene = Scene::export();
    scene
        .asks(Call::StartExport)
        .fails(Failure::NotSent)
        .asks(Call::StartExport)
        .cancel()
        .fails(Failure::NotSent);
    says(&mut scene, "cancelled exporting \"t1\" in workspace 1", None);
}

#[test]
fn of_time_that_is_over_while_a_task_of_others_is_cancelled() {
    let policy = Policy::default().patience(Duration::from_secs(20));
    let task = Task::cancel_only(server(), resume_of(TaskKind::Export), policy, SEED);
    let mut scene = Scene::from(task);
    scene.asks(Call::Cancel).now += Duration::from_secs(20);
    says(
        scene.fails(Failure::TimedOut),
        "gave up cancelling task 1582970303923 after 20s: U did not answer in time; the task may still be running",
        Some(Hint::MoreTime),
    );
}

#[test]
fn of_an_export_that_is_cancelled_is_about_the_export_unless_that_fails() {
    let asks_to_cancel = || {
        let mut scene = running_export();
        scene.cancel().asks(Call::Cancel);
        scene
    };
    says(asks_to_cancel().is_cancelled(), "cancelled exporting \"t1\" in workspace 1", None);
    says(
        asks_to_cancel().answer(403, "{}"),
        "no permission to cancel the export of \"t1\" in workspace 1 on U (403); the export may still be running",
        Some(Hint::Permission),
    );
    let policy = Policy::default().patience(Duration::from_secs(2)).cancel_on_timeout();
    let mut scene = exporting(policy);
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).now += Duration::from_secs(2);
    scene.answer(200, RUNNING).asks(Call::Cancel).is_cancelled();
    says(
        &mut scene,
        "gave up exporting \"t1\" in workspace 1 after 2s; it was cancelled on the server",
        Some(Hint::MoreTime),
    );
    let policy = Policy::default().patience(Duration::from_secs(2)).cancel_on_timeout();
    let mut scene = exporting(policy);
    scene.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).now += Duration::from_secs(2);
    scene.answer(200, RUNNING).asks(Call::Cancel).answer(403, "{}");
    says(
        &mut scene,
        "gave up exporting \"t1\" in workspace 1 after 2s; it could not be cancelled: U refused (403); the export may \
         still be running",
        Some(Hint::MoreTime),
    );
}

#[test]
fn of_a_task_that_was_started_elsewhere() {
    let cancel = |kind| Scene::from(Task::cancel_only(server(), resume_of(kind), Policy::default(), SEED));
    let mut scene = cancel(TaskKind::Export);
    scene.asks(Call::Cancel).answer(403, "{}");
    says(
        &mut scene,
        "no permission to cancel task 1582970303923 on U (403); the task may still be running",
        Some(Hint::Permission),
    );
    let mut scene = cancel(TaskKind::Import);
    scene.asks_to_cancel().answer(200, SUCCESS).asks(Call::Status).answer(404, TASK_NOT_FOUND);
    says(
        &mut scene,
        "task 1582970303923 may still import its base: U accepted the request to cancel, but finishes an import that \
         is running",
        Some(Hint::CheckBaseLater),
    );
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    scene.asks(Call::Status).answer(400, UNKNOWN_TASK);
    says(
        &mut scene,
        "task 1582970303923 may or may not have imported its base: U no longer knows the task (400: task_id invalid)",
        Some(Hint::CheckBaseIsComplete),
    );
}

#[test]
fn of_a_broken_file_sent_in_one_request() {
    let export = export_of("t1").route(Route::Synchronous);
    let mut scene = Scene::from(Task::export(server(), export, Policy::default(), SEED).one_pass());
    scene.asks(Call::SynchronousExport).file(ZIP, Some(1000));
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: the file from U is damaged (1000 bytes were announced, but 100 were \
         received)",
        Some(Hint::Later),
    );
}

#[test]
fn of_what_was_broken_off() {
    for (why, words) in [
        (Failure::Interrupted, "the request was stopped before the answer was complete"),
        (Failure::TimedOut, "U did not answer in time"),
    ] {
        let mut scene = Scene::import();
        scene.asks(Call::StartImport).cancel().fails(why);
        let reason = "\"t1\" may or may not have been imported";
        let reason = format!("{reason}: {words}; not retried, to avoid a duplicate");
        says(&mut scene, &reason, Some(Hint::CheckBase));
    }
}

#[test]
fn of_a_table_that_was_never_sent() {
    let policy = Policy::default().retries(0);
    let mut scene = Scene::importing(import_of(Format::Csv), policy);
    scene.asks(Call::FindTableImport).fails(Failure::Interrupted);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1: the connection to U broke; nothing was imported",
        Some(Hint::Later),
    );
}
