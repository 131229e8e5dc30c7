//! Without a response that ends it: the server is unavailable, time is over, or the operation is cancelled.

use super::*;

#[test]
fn of_a_server_that_cannot_be_reached() {
    let policy = Policy::default().retries(1);
    let mut scene = Scene::importing(import_of(Format::Dtable), policy.clone());
    scene
        .requests(Call::StartImport)
        .fails(Failure::NotSent)
        .requests(Call::StartImport)
        .fails(Failure::NotSent);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1: no connection to U, after one retry in 571 ms; nothing was imported",
        Some(Hint::Connection),
    );
    let mut scene = exporting(policy.retries(2));
    for _ in 0..3 {
        scene.requests(Call::StartExport).fails(Failure::NotSent);
    }
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: no connection to U, after 2 retries in 1s",
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
        let policy = Policy::default().retries(0).timeout(Duration::from_millis(1));
        let mut scene = exporting(policy);
        scene.requests(Call::StartExport).respond(status, body);
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
    scene.requests(Call::StartExport).fails(Failure::Untrusted);
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
        scene.requests(Call::SynchronousExport).fails(Failure::TimedOut);
    }
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: U did not answer in time, after 13 retries in 4m; the server may still be \
         exporting it",
        Some(Hint::Later),
    );
    let mut scene = Scene::export();
    for _ in 0..4 {
        scene
            .requests(Call::StartExport)
            .respond(200, STARTED)
            .requests(Call::QueryStatus)
            .respond(200, FINISHED);
        scene.requests(Call::ExportContent).respond(404, r#"{"error_msg":"file not found."}"#);
    }
    says(
        &mut scene,
        "cannot download \"t1\" in workspace 1 on U (404: file not found), after 3 retries",
        Some(Hint::Later),
    );
    let mut scene = Scene::export();
    scene
        .requests(Call::StartExport)
        .respond(200, STARTED)
        .requests(Call::QueryStatus)
        .respond(200, FINISHED);
    scene.requests(Call::ExportContent).fails(Failure::TimedOut).requests(Call::StartExport).respond(409, "");
    says(&mut scene, "cannot export \"t1\" in workspace 1 on U (409), after one retry", None);
}

#[test]
fn of_time() {
    let policy = |seconds| Policy::default().timeout(Duration::from_secs(seconds));
    for (seconds, words) in [(5400, "1h30m"), (45, "45s"), (7205, "2h5s"), (0, "0 ms")] {
        let mut scene = Scene::importing(import_of(Format::Dtable), policy(seconds));
        scene.requests_anything().now += Duration::from_secs(seconds);
        if seconds > 0 {
            scene.fails(Failure::NotSentInTime);
        }
        let words = format!("gave up importing \"t1\" into workspace 1 after {words}");
        let error = scene.ends_with(ErrorKind::Timeout).message().to_string();
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
        let mut scene = exporting(Policy::default().timeout(Duration::from_secs(20)));
        for _ in 0..made {
            scene.requests(Call::StartExport).fails(Failure::NotSent);
        }
        scene.requests(Call::StartExport).now += Duration::from_secs(20);
        scene.fails(Failure::NotSent);
        let gave_up = "gave up exporting \"t1\" in workspace 1 after 20s: no connection to U";
        says(&mut scene, &format!("{gave_up}{words}"), Some(Hint::Connection));
    }
}

#[test]
fn of_a_server_that_stays_busy_has_the_time_and_its_limit() {
    let mut scene = exporting(Policy::default().timeout(Duration::from_secs(20)));
    scene.requests(Call::StartExport).respond(429, "").requests(Call::StartExport).now +=
        Duration::from_secs(10);
    scene.respond_with(429, &[("retry-after", "60")], "");
    let words = scene.ends_with(ErrorKind::Unavailable).message().to_string();
    assert!(words.ends_with("for now (429), after one retry in 10s of 20s"), "{words}");
}

#[test]
fn of_time_that_a_server_wasted_is_not_that_more_of_it_helps() {
    for (status, hint) in [(502, Hint::Later), (403, Hint::LetThrough)] {
        let mut scene = exporting(Policy::default().timeout(Duration::from_secs(20)));
        scene.requests(Call::StartExport).respond(status, HTML).requests(Call::StartExport).now +=
            Duration::from_secs(20);
        let error = scene.respond(status, HTML).ends_with(ErrorKind::Timeout);
        assert_eq!(error.hint(), Some(hint), "{error}");
    }
    let mut scene = exporting(Policy::default().timeout(Duration::from_secs(20)));
    scene.requests(Call::StartExport).now += Duration::from_secs(20);
    let hint = scene.fails(Failure::Interrupted).ends_with(ErrorKind::Timeout).hint();
    assert_eq!(hint, Some(Hint::Later));
    let mut scene = exporting(Policy::default().timeout(Duration::from_secs(20)));
    scene.requests(Call::StartExport).now += Duration::from_secs(20);
    assert_eq!(scene.fails(Failure::TimedOut).ends_with(ErrorKind::Timeout).hint(), Some(Hint::MoreTime));
}

#[test]
fn of_no_retry_where_only_the_route_changed() {
    for cancel in [false, true] {
        let mut policy = Policy::default().timeout(Duration::from_secs(20));
        policy.cancel_on_timeout = cancel;
        let mut scene = exporting(policy);
        scene.requests(Call::StartExport).respond(405, NOT_ALLOWED).requests(Call::SynchronousExport);
        scene.now += Duration::from_secs(20);
        let words = scene.fails(Failure::TimedOut).ends_with(ErrorKind::Timeout).to_string();
        assert!(!words.contains("retr"), "{words}");
    }
}

#[test]
fn of_all_retries_since_the_last_good_poll() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED);
    scene.requests(Call::QueryStatus).respond(502, HTML).requests(Call::QueryStatus).respond(200, RUNNING);
    scene.requests(Call::QueryStatus).respond(429, "").requests(Call::QueryStatus).respond(502, HTML);
    let words =
        scene.requests(Call::QueryStatus).respond(401, "{}").ends_with(ErrorKind::Unauthorized).to_string();
    assert!(words.contains("(401), after 2 retries;"), "{words}");
}

#[test]
fn of_cancelling() {
    says(Scene::import().cancel(), "cancelled importing \"t1\" into workspace 1", None);
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).cancel().respond(200, STARTED).requests_to_cancel().is_cancelled();
    says(&mut scene, "cancelled importing \"t1\" into workspace 1", None);
    let mut scene = Scene::import();
    scene
        .requests(Call::StartImport)
        .cancel()
        .respond(200, STARTED)
        .requests_to_cancel()
        .respond(200, SUCCESS);
    scene.requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND);
    says(
        &mut scene,
        "\"t1\" may still be imported: U accepted the request to cancel, but finishes an import that is running",
        Some(Hint::CheckBaseLater),
    );
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).cancel().fails(Failure::Interrupted);
    says(&mut scene, "cancelled exporting \"t1\" in workspace 1; the server may still be exporting it", None);
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).cancel().respond(200, STARTED).requests_to_cancel().respond(403, "{}");
    says(
        &mut scene,
        "\"t1\" may still be imported, because it could not be cancelled: U refused (403)",
        Some(Hint::CheckBaseLater),
    );
}

#[test]
fn of_a_task_that_was_gone_when_it_was_cancelled() {
    let mut scene = Scene::import();
    scene
        .requests(Call::StartImport)
        .cancel()
        .respond(200, STARTED)
        .requests_to_cancel()
        .respond(400, UNKNOWN_TASK);
    says(
        &mut scene,
        "\"t1\" may or may not have been imported: U no longer knows the task (400: task_id invalid)",
        Some(Hint::CheckBaseIsComplete),
    );
}

#[test]
fn of_cancelling_mentions_no_retries() {
    let mut scene = Scene::export();
    scene
        .requests(Call::StartExport)
        .fails(Failure::NotSent)
        .requests(Call::StartExport)
        .cancel()
        .fails(Failure::NotSent);
    says(&mut scene, "cancelled exporting \"t1\" in workspace 1", None);
}

#[test]
fn of_time_that_is_over_while_a_task_of_others_is_cancelled() {
    let policy = Policy::default().timeout(Duration::from_secs(20));
    let operation = Operation::cancel_existing(server(), resume_of(TaskKind::Export), policy, SEED);
    let mut scene = Scene::from(operation);
    scene.requests(Call::CancelTask).now += Duration::from_secs(20);
    says(
        scene.fails(Failure::TimedOut),
        "gave up cancelling task 1582970303923 after 20s: U did not answer in time; the task may still be running",
        Some(Hint::MoreTime),
    );
}

#[test]
fn of_an_export_that_is_cancelled_is_about_the_export_unless_that_fails() {
    let requests_to_cancel = || {
        let mut scene = running_export();
        scene.cancel().requests(Call::CancelTask);
        scene
    };
    says(requests_to_cancel().is_cancelled(), "cancelled exporting \"t1\" in workspace 1", None);
    says(
        requests_to_cancel().respond(403, "{}"),
        "no permission to cancel the export of \"t1\" in workspace 1 on U (403); the export may still be running",
        Some(Hint::Permission),
    );
    let policy = Policy::default().timeout(Duration::from_secs(2)).cancel_on_timeout();
    let mut scene = exporting(policy);
    scene.requests(Call::StartExport).respond(200, STARTED).requests(Call::QueryStatus).now +=
        Duration::from_secs(2);
    scene.respond(200, RUNNING).requests(Call::CancelTask).is_cancelled();
    says(
        &mut scene,
        "gave up exporting \"t1\" in workspace 1 after 2s; it was cancelled on the server",
        Some(Hint::MoreTime),
    );
    let policy = Policy::default().timeout(Duration::from_secs(2)).cancel_on_timeout();
    let mut scene = exporting(policy);
    scene.requests(Call::StartExport).respond(200, STARTED).requests(Call::QueryStatus).now +=
        Duration::from_secs(2);
    scene.respond(200, RUNNING).requests(Call::CancelTask).respond(403, "{}");
    says(
        &mut scene,
        "gave up exporting \"t1\" in workspace 1 after 2s; it could not be cancelled: U refused (403); the export may \
         still be running",
        Some(Hint::MoreTime),
    );
}

#[test]
fn of_a_task_that_was_started_elsewhere() {
    let cancel =
        |kind| Scene::from(Operation::cancel_existing(server(), resume_of(kind), Policy::default(), SEED));
    let mut scene = cancel(TaskKind::Export);
    scene.requests(Call::CancelTask).respond(403, "{}");
    says(
        &mut scene,
        "no permission to cancel task 1582970303923 on U (403); the task may still be running",
        Some(Hint::Permission),
    );
    let mut scene = cancel(TaskKind::Import);
    scene.requests_to_cancel().respond(200, SUCCESS).requests(Call::QueryStatus).respond(404, TASK_NOT_FOUND);
    says(
        &mut scene,
        "task 1582970303923 may still import its base: U accepted the request to cancel, but finishes an import that \
         is running",
        Some(Hint::CheckBaseLater),
    );
    let mut scene = Scene::resuming(resume_of(TaskKind::Import));
    scene.requests(Call::QueryStatus).respond(400, UNKNOWN_TASK);
    says(
        &mut scene,
        "task 1582970303923 may or may not have imported its base: U no longer knows the task (400: task_id invalid)",
        Some(Hint::CheckBaseIsComplete),
    );
}

#[test]
fn of_a_broken_file_sent_in_one_request() {
    let export = export_of("t1").route(Route::Synchronous);
    let mut scene = Scene::from(Operation::export(server(), export, Policy::default(), SEED).one_pass());
    scene.requests(Call::SynchronousExport).file(ZIP, Some(1000));
    says(
        &mut scene,
        "cannot export \"t1\" in workspace 1: the file from U is damaged (1000 bytes were announced, but 100 were \
         received)",
        Some(Hint::Later),
    );
}

#[test]
fn of_a_request_that_was_stopped() {
    for (why, words) in [
        (Failure::Interrupted, "the request was stopped before the response was complete"),
        (Failure::TimedOut, "U did not answer in time"),
    ] {
        let mut scene = Scene::import();
        scene.requests(Call::StartImport).cancel().fails(why);
        let reason = "\"t1\" may or may not have been imported";
        let reason = format!("{reason}: {words}; not retried, to avoid a duplicate");
        says(&mut scene, &reason, Some(Hint::CheckBase));
    }
}

#[test]
fn of_a_table_that_was_never_sent() {
    let policy = Policy::default().retries(0);
    let mut scene = Scene::importing(import_of(Format::Csv), policy);
    scene.requests(Call::FindTableImport).fails(Failure::Interrupted);
    says(
        &mut scene,
        "cannot import \"t1\" into workspace 1: the connection to U broke; nothing was imported",
        Some(Hint::Later),
    );
}
