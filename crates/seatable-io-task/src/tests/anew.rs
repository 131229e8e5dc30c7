//! Counters and records of a call, which are reset for the next.

use std::time::Duration;

use seatable_io_proto::Format;

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Policy, Route};

/// Shorter than any second wait.
const FIRST_WAIT: Duration = Duration::from_millis(625);

fn downloading() -> Scene {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport);
    finish(&mut scene);
    scene
}

/// Continues from the start of an export to its download.
fn finish(scene: &mut Scene) {
    scene
        .respond(200, STARTED)
        .requests(Call::QueryStatus)
        .respond(200, FINISHED)
        .requests(Call::ExportContent);
}

/// Makes as many retries as the policy allows.
fn retry(scene: &mut Scene, call: Call) {
    for _ in 0..Policy::default().retries {
        scene.fails(Failure::NotSent).requests(call);
    }
}

/// Lets the server be busy until the operation waits for half a minute.
fn be_busy(scene: &mut Scene, call: Call) {
    for _ in 0..7 {
        scene.respond_with(429, &[("retry-after", "0")], "").requests(call);
    }
    assert!(scene.waited > Duration::from_secs(20));
}

#[test]
fn each_retry_waits_twice_as_long_as_the_last() {
    let mut scene = Scene::import();
    for middle in [500, 1000, 2000, 4000, 8000] {
        scene.requests(Call::StartImport).fails(Failure::NotSent).requests(Call::StartImport);
        let wait = u64::try_from(scene.waited.as_millis()).unwrap();
        assert!((middle * 3 / 4..=middle * 5 / 4).contains(&wait), "{wait} is not about {middle}");
    }
}

#[test]
fn no_two_waits_are_the_same() {
    let second = Duration::from_secs(1);
    let policy = Policy::default().backoff(second..=second);
    let mut scene = Scene::importing(import_of(Format::Dtable), policy);
    let mut waits = Vec::new();
    for _ in 0..4 {
        scene.requests(Call::StartImport).fails(Failure::NotSent).requests(Call::StartImport);
        waits.push(scene.waited);
    }
    waits.sort();
    waits.dedup();
    assert_eq!(waits.len(), 4);
}

#[test]
fn each_new_export_waits_twice_as_long_as_the_last() {
    let mut scene = downloading();
    for middle in [500, 1000, 2000] {
        scene.fails(Failure::Interrupted).requests(Call::StartExport);
        let wait = u64::try_from(scene.waited.as_millis()).unwrap();
        assert!((middle * 3 / 4..=middle * 5 / 4).contains(&wait), "{wait} is not about {middle}");
        finish(&mut scene);
    }
}

#[test]
fn a_busy_server_and_other_problems_are_counted_separately() {
    let mut scene = Scene::import();
    for _ in 0..4 {
        scene.requests(Call::StartImport).fails(Failure::NotSent);
    }
    scene.requests(Call::StartImport).respond(429, "").requests(Call::StartImport);
    assert!(scene.waited <= FIRST_WAIT, "{:?}", scene.waited);
    be_busy(&mut scene, Call::StartImport);
    scene.fails(Failure::NotSent).requests(Call::StartImport);
    scene.respond(429, "").requests(Call::StartImport);
    assert!(scene.waited > Duration::from_secs(20), "{:?}", scene.waited);
    for _ in 0..8 {
        scene.fails(Failure::NotSent).requests(Call::StartImport);
    }
    scene.fails(Failure::NotSent).ends_with(ErrorKind::Unavailable);
}

#[test]
fn an_answered_poll_resets_all_counters() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    be_busy(&mut scene, Call::QueryStatus);
    retry(&mut scene, Call::QueryStatus);
    scene.respond(200, RUNNING);
    assert_eq!(scene.operation().progress().reason, None);
    scene.requests(Call::QueryStatus).respond(429, "").requests(Call::QueryStatus);
    assert!(scene.waited <= FIRST_WAIT, "{:?}", scene.waited);
}

#[test]
fn a_new_export_resets_all_counters() {
    let mut scene = downloading();
    retry(&mut scene, Call::ExportContent);
    be_busy(&mut scene, Call::ExportContent);
    scene
        .fails(Failure::Interrupted)
        .requests(Call::StartExport)
        .respond(429, "")
        .requests(Call::StartExport);
    assert!(scene.waited <= FIRST_WAIT, "{:?}", scene.waited);
    retry(&mut scene, Call::StartExport);
}

#[test]
fn the_next_route_resets_all_counters_and_is_tried_at_once() {
    let mut scene = downloading();
    retry(&mut scene, Call::ExportContent);
    scene.respond(404, HTML);
    assert_eq!(scene.operation().progress().reason, None);
    scene.requests(Call::ExportContent);
    assert_eq!(scene.waited, Duration::ZERO);
    retry(&mut scene, Call::ExportContent);
}

#[test]
fn a_new_export_remembers_where_the_file_is() {
    let mut scene = downloading();
    scene
        .respond(404, HTML)
        .requests(Call::ExportContent)
        .fails(Failure::Interrupted)
        .requests(Call::StartExport);
    finish(&mut scene);
    assert!(scene.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
}

#[test]
fn a_new_export_remembers_that_no_file_of_a_task_is_served() {
    let mut scene = downloading();
    scene
        .respond(404, HTML)
        .requests(Call::ExportContent)
        .respond(404, HTML)
        .requests(Call::SynchronousExport);
    scene.fails(Failure::Interrupted).requests(Call::SynchronousExport);
}

#[test]
fn an_address_with_an_error_page_is_tried_again_after_a_new_export() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Site));
    scene.requests(Call::StartExport);
    finish(&mut scene);
    scene.respond_with(200, &[("content-type", "text/html")], HTML).requests(Call::SynchronousExport);
    scene.respond(404, HTML).requests(Call::StartExport);
    finish(&mut scene);
    assert!(scene.requested().starts_with("GET https://cloud.seatable.io/dtable-export-content/"));
    scene.respond(404, HTML).requests(Call::ExportContent);
    assert!(scene.requested().contains("/api/v2.1/dtable-export-content/"));
}

#[test]
fn cancelling_resets_all_counters_and_begins_at_once() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, STARTED).requests(Call::QueryStatus);
    retry(&mut scene, Call::QueryStatus);
    scene.respond_with(429, &[("retry-after", "20")], "").cancel();
    assert_eq!(scene.requests(Call::QueryStatus).exchange().progress().reason, None);
    assert_eq!(scene.waited, Duration::ZERO);
    scene.fails(Failure::NotSent).requests(Call::CancelTask);
    assert_eq!(scene.waited, Duration::ZERO);
    scene.fails(Failure::NotSent).requests(Call::CancelTask);
    assert!(scene.waited <= FIRST_WAIT, "{:?}", scene.waited);
}
