//! Messages without a response that ends the operation: the server is unavailable, or time is over.

use super::*;

#[test]
fn a_server_that_cannot_be_reached_is_reported_with_the_retries() {
    let policy = Policy::default().retries(1);
    let mut scene = Scene::importing(import_of(Format::Dtable), policy.clone());
    scene
        .requests(Call::StartImport)
        .fails(Failure::NotSent)
        .requests(Call::StartImport)
        .fails(Failure::NotSent);
    assert_message(
        &mut scene,
        "cannot import \"t1\" into workspace 1: no connection to U, after one retry in 571 ms; nothing was imported",
        Some(Hint::Connection),
    );
    let mut scene = exporting(policy.retries(2));
    for _ in 0..3 {
        scene.requests(Call::StartExport).fails(Failure::NotSent);
    }
    assert_message(
        &mut scene,
        "cannot export \"t1\" in workspace 1: no connection to U, after 2 retries in 1s",
        Some(Hint::Connection),
    );
}

#[test]
fn an_unavailable_server_is_reported_with_its_status() {
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
        assert_message(
            &mut scene,
            &format!("cannot export \"t1\" in workspace 1: {words}{left}"),
            Some(hint),
        );
    }
}

#[test]
fn an_untrusted_certificate_is_named() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).fails(Failure::Untrusted);
    assert_message(
        &mut scene,
        "cannot export \"t1\" in workspace 1: the certificate of U is not trusted",
        Some(Hint::Certificate),
    );
}

#[test]
fn new_exports_are_counted_as_retries() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..14 {
        scene.requests(Call::SynchronousExport).fails(Failure::TimedOut);
    }
    assert_message(
        &mut scene,
        "cannot export \"t1\" in workspace 1: U did not answer in time, after 13 retries in 4m; the server may still be \
         exporting it",
        Some(Hint::Later),
    );
    let mut scene = Scene::export();
    for _ in 0..4 {
        scene.task_finishes(Call::StartExport);
        scene.requests(Call::ExportContent).respond(404, r#"{"error_msg":"file not found."}"#);
    }
    assert_message(
        &mut scene,
        "cannot download \"t1\" in workspace 1 on U (404: file not found), after 3 retries",
        Some(Hint::Later),
    );
    let mut scene = Scene::export();
    scene.task_finishes(Call::StartExport);
    scene.requests(Call::ExportContent).fails(Failure::TimedOut).requests(Call::StartExport).respond(409, "");
    assert_message(&mut scene, "cannot export \"t1\" in workspace 1 on U (409), after one retry", None);
}

#[test]
fn a_timeout_is_shown_in_suitable_units() {
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
    assert_message(
        &mut exporting(policy(0)),
        "gave up exporting \"t1\" in workspace 1 after 0 ms",
        Some(Hint::MoreTime),
    );
}

#[test]
fn only_retries_that_were_made_are_counted() {
    for (made, words) in [(0, ""), (1, ", after one retry")] {
        let mut scene = exporting(Policy::default().timeout(Duration::from_secs(20)));
        for _ in 0..made {
            scene.requests(Call::StartExport).fails(Failure::NotSent);
        }
        scene.requests(Call::StartExport).now += Duration::from_secs(20);
        scene.fails(Failure::NotSent);
        let gave_up = "gave up exporting \"t1\" in workspace 1 after 20s: no connection to U";
        assert_message(&mut scene, &format!("{gave_up}{words}"), Some(Hint::Connection));
    }
}

#[test]
fn a_server_that_stays_busy_is_reported_with_the_time_and_its_limit() {
    let mut scene = exporting(Policy::default().timeout(Duration::from_secs(20)));
    scene.requests(Call::StartExport).respond(429, "").requests(Call::StartExport).now +=
        Duration::from_secs(10);
    scene.respond_with(429, &[("retry-after", "60")], "");
    let words = scene.ends_with(ErrorKind::Unavailable).message().to_string();
    assert!(words.ends_with("for now (429), after one retry in 10s of 20s"), "{words}");
}

#[test]
fn the_hint_after_a_timeout_depends_on_the_last_problem() {
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
fn a_change_of_route_does_not_count_as_a_retry() {
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
fn all_retries_since_the_last_good_poll_are_counted() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED);
    scene.requests(Call::QueryStatus).respond(502, HTML).requests(Call::QueryStatus).respond(200, RUNNING);
    scene.requests(Call::QueryStatus).respond(429, "").requests(Call::QueryStatus).respond(502, HTML);
    let words =
        scene.requests(Call::QueryStatus).respond(401, "{}").ends_with(ErrorKind::Unauthorized).to_string();
    assert!(words.contains("(401), after 2 retries;"), "{words}");
}

#[test]
fn a_damaged_file_is_reported_with_both_lengths() {
    let export = export_of("t1").route(Route::Synchronous);
    let mut scene = Scene::from(Operation::export(server(), export, Policy::default(), SEED).one_pass());
    scene.requests(Call::SynchronousExport).file(ZIP, Some(1000));
    assert_message(
        &mut scene,
        "cannot export \"t1\" in workspace 1: the file from U is damaged (1000 bytes were announced, but 100 were \
         received)",
        Some(Hint::Later),
    );
}

#[test]
fn a_file_that_fails_the_drivers_check_is_reported_with_the_words_of_that_check() {
    let export = export_of("t1").route(Route::Synchronous);
    let mut scene = Scene::from(Operation::export(server(), export, Policy::default(), SEED).one_pass());
    let _ = scene.requests(Call::SynchronousExport).exchange().head(&file_head(None));
    let _ = scene.exchange().chunk(ZIP);
    let error = scene.fails(Failure::Damaged).end().unwrap_err();
    let words = error.message_with("its entry a is packed with XZ").to_string();
    assert!(words.contains(" is damaged (its entry a is packed with XZ)"), "{words}");
    assert!(error.message().to_string().ends_with(" is damaged"), "{error}");
}

#[test]
fn a_table_that_was_never_sent_was_not_imported() {
    let policy = Policy::default().retries(0);
    let mut scene = Scene::importing(import_of(Format::Csv), policy);
    scene.requests(Call::FindTableImport).fails(Failure::Interrupted);
    assert_message(
        &mut scene,
        "cannot import \"t1\" into workspace 1: the connection to U broke; nothing was imported",
        Some(Hint::Later),
    );
}
