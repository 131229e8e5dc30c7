//! Exported files: whole, damaged, too large, not a base.

use std::time::Duration;

use seatable_io_proto::{ArchiveFault, TaskKind};

use super::export::{EMPTY_LEN, finished, route};
use super::scene::*;
use crate::{Call, ErrorKind, Failure, Intake, Operation, Policy, Reason, Route};

#[test]
fn a_broken_download_is_repaired_by_a_new_export() {
    type Break = fn(&mut Scene);
    let breaks: [Break; 4] = [
        |scene| {
            scene.file(&ZIP[..9], EMPTY_LEN);
        },
        |scene| {
            scene.file(&ZIP[..9], None);
        },
        |scene| {
            scene.fails(Failure::Interrupted);
        },
        |scene| {
            scene.respond(502, HTML);
        },
    ];
    for break_download in breaks {
        let mut scene = finished();
        break_download(&mut scene);
        scene.task_finishes(Call::StartExport);
        assert_eq!(route(scene.requests(Call::ExportContent).file(ZIP, EMPTY_LEN)), Route::Api);
    }
}

#[test]
fn a_whole_zip_of_another_length_than_announced_is_broken() {
    let mut scene = finished();
    scene.file(ZIP, Some(101)).requests(Call::StartExport);
}

#[test]
fn fact_21_a_file_that_is_not_a_base_is_exported_again_once() {
    type Deliver = fn(&mut Scene);
    let check: Deliver = |scene| {
        let _ = scene.exchange().head(&file_head(None));
        let _ = scene.exchange().chunk(ZIP);
        scene.fails(Failure::NotABase);
    };
    let empty: Deliver = |scene| {
        scene.file(EMPTY_ZIP, None);
    };
    for (deliver, words) in
        [(check, "not a base, after one retry; "), (empty, "not a base (the zip archive is empty)")]
    {
        let mut scene = finished();
        deliver(&mut scene);
        scene.task_finishes(Call::StartExport);
        deliver(scene.requests(Call::ExportContent));
        let error = scene.ends_with(ErrorKind::NotABase);
        assert!(error.to_string().contains(words), "{error}");

        let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
        deliver(scene.requests(Call::SynchronousExport));
        deliver(scene.requests(Call::SynchronousExport));
        scene.ends_with(ErrorKind::NotABase);
    }
}

#[test]
fn a_page_instead_of_a_file_is_requested_again_once() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for _ in 0..2 {
        scene.requests(Call::SynchronousExport).respond_with(200, &[("content-type", "text/html")], HTML);
    }
    scene.ends_with(ErrorKind::BadAnswer);
}

#[test]
fn a_file_that_the_drivers_own_check_finds_damaged_is_exported_again() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    let _ = scene.exchange().chunk(ZIP);
    scene.fails(Failure::Damaged);
    assert_eq!(scene.operation().progress().reason, Some(Reason::Damaged));
    scene.requests(Call::StartExport);
}

#[test]
fn a_whole_file_whose_exchange_failed_is_not_accepted() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    assert!(scene.exchange().chunk(ZIP));
    scene.fails(Failure::Interrupted).requests(Call::StartExport);
}

#[test]
fn a_file_that_cannot_be_written_ends_the_operation() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    let _ = scene.exchange().chunk(ZIP);
    let error = scene.fails(Failure::LocalFile).ends_with(ErrorKind::LocalFile);
    assert!(!error.may_still_run() && error.resume().is_some());
}

#[test]
fn a_file_that_breaks_off_is_exported_again_three_times_in_one_request_too() {
    let mut scene = Scene::exporting(export_of("t1").route(Route::Synchronous));
    for why in [Failure::Interrupted, Failure::TimedOut, Failure::Damaged, Failure::Interrupted] {
        scene.requests(Call::SynchronousExport).exchange().head(&file_head(None));
        assert!(scene.exchange().chunk(&ZIP[..9]));
        scene.fails(why);
    }
    let error = scene.ends_with(ErrorKind::Unavailable);
    assert!(error.to_string().contains("after 3 retries"), "{error}");
}

#[test]
fn a_file_that_is_written_too_slowly_is_not_blamed_on_the_server() {
    let mut scene = finished();
    let _ = scene.exchange().head(&file_head(EMPTY_LEN));
    scene.now += Duration::from_secs(3600);
    let error = scene.fails(Failure::LocalTimedOut).ends_with(ErrorKind::Timeout);
    assert_eq!(error.reason(), Some(&Reason::LocalTimedOut));
}

fn exporting_at_most(bytes: u64) -> Scene {
    let export = export_of("t1").route(Route::Synchronous);
    let operation = Operation::export(server(), export, Policy::default().max_size(bytes), SEED);
    let mut scene = Scene::from(operation);
    scene.requests(Call::SynchronousExport);
    scene
}

#[test]
fn a_file_that_is_announced_as_too_large_never_reaches_the_sink() {
    let mut scene = exporting_at_most(99);
    assert_eq!(scene.exchange().head(&file_head(Some(100))), Intake::Read);
    assert!(!scene.exchange().chunk(ZIP));
    let error = scene.fails(Failure::Interrupted).ends_with(ErrorKind::TooLarge);
    assert_eq!(error.reason(), Some(&Reason::TooLarge { size: 100, is_announced: true, limit: 99 }));
    exporting_at_most(100).file(ZIP, Some(100)).ends_well();
}

#[test]
fn a_file_whose_length_is_not_announced_ends_before_the_first_byte_too_many() {
    let mut scene = exporting_at_most(99);
    assert_eq!(scene.exchange().head(&file_head(None)), Intake::Save { len: None });
    assert!(scene.exchange().chunk(&ZIP[..99]) && !scene.exchange().chunk(&ZIP[99..]));
    let error = scene.finishes().ends_with(ErrorKind::TooLarge);
    assert_eq!(error.reason(), Some(&Reason::TooLarge { size: 100, is_announced: false, limit: 99 }));
    exporting_at_most(100).file(ZIP, None).ends_well();
}

#[test]
fn a_file_that_is_too_large_leaves_nothing_to_cancel() {
    let policy = Policy::default().max_size(99);
    let mut scene: Scene = Operation::resume(server(), resume_of(TaskKind::Export), policy, SEED).into();
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent);
    let _ = scene.exchange().head(&file_head(Some(100)));
    assert!(!scene.finishes().ends_with(ErrorKind::TooLarge).may_still_run());
}

#[test]
fn a_download_that_cannot_be_repeated_and_whose_time_is_over_has_timed_out() {
    for (hours, kind) in [(1, ErrorKind::Timeout), (0, ErrorKind::Unavailable)] {
        let mut scene = Scene::resuming(resume_of(TaskKind::Export));
        scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent);
        let _ = scene.exchange().head(&file_head(EMPTY_LEN));
        scene.now += hours * Duration::from_secs(3600);
        scene.fails(Failure::LocalTimedOut).ends_with(kind);
    }
}

#[test]
fn a_check_of_the_driver_counts_only_if_the_file_is_whole() {
    for why in [Failure::Damaged, Failure::NotABase, Failure::TooLarge] {
        let mut scene = finished();
        let _ = scene.exchange().head(&file_head(EMPTY_LEN));
        assert!(scene.exchange().chunk(&ZIP[..99]));
        scene.fails(why);
        let fault = ArchiveFault::Length { announced: 100, received: 99 };
        assert_eq!(scene.operation().progress().reason, Some(Reason::Archive(fault)));
        scene.requests(Call::StartExport);
    }
}
