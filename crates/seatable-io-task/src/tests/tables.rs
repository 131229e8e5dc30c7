//! Fact 14: `.csv` and `.xlsx` files, which each generation imports in another way.

use seatable_io_proto::Format;

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Import, Outcome, Policy, Reason};

fn importing(import: Import) -> Scene {
    Scene::importing(import, Policy::default())
}

fn csv() -> Scene {
    importing(import_of(Format::Csv))
}

#[test]
fn fact_14_a_current_server_imports_a_table_in_one_request() {
    for format in [Format::Csv, Format::Xlsx] {
        let mut scene = importing(import_of(format));
        assert!(scene.requested().starts_with("GET "));
        scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED);
        assert!(scene.requested().ends_with("/synchronous-import/import-excel-csv-to-base/"));
        scene.requests(Call::ImportTable).respond(200, SUCCESS);
        let Outcome::Imported(imported) = scene.ends_well() else { panic!() };
        assert_eq!((imported.base, imported.task), (None, None));
    }
}

#[test]
fn an_older_server_imports_a_csv_like_a_base() {
    let mut scene = csv();
    scene
        .requests(Call::FindTableImport)
        .respond(404, HTML)
        .requests(Call::StartImport)
        .respond(200, DONE_AT_ONCE);
    let Outcome::Imported(imported) = scene.ends_well() else { panic!() };
    assert_eq!((imported.task, imported.renamed_from), (None, None));

    let mut scene = csv();
    scene.requests(Call::FindTableImport).respond(404, HTML).requests(Call::StartImport);
    scene.respond(200, &DONE_AT_ONCE.replace("t1", "t1 (2)"));
    assert!(
        matches!(scene.ends_well(), Outcome::Imported(imported) if imported.renamed_from.as_deref() == Some("t1"))
    );

    let mut scene = csv();
    scene
        .requests(Call::FindTableImport)
        .respond(404, HTML)
        .requests(Call::StartImport)
        .respond(200, STARTED);
    scene.requests(Call::QueryStatus).respond(200, FINISHED).ends_well();
}

#[test]
fn no_xlsx_is_sent_to_an_older_server() {
    let mut scene = importing(import_of(Format::Xlsx));
    scene.requests(Call::FindTableImport).respond(404, HTML);
    assert_eq!(scene.ends_with(ErrorKind::Rejected).reason(), Some(&Reason::NoXlsx));
}

#[test]
fn a_table_import_that_does_not_wait_needs_a_task() {
    for format in [Format::Csv, Format::Xlsx] {
        let mut scene = importing(import_of(format).no_wait());
        scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED);
        assert_eq!(scene.ends_with(ErrorKind::Unsupported).reason(), Some(&Reason::NoTaskToResume));
    }

    let mut scene = importing(import_of(Format::Csv).no_wait());
    scene
        .requests(Call::FindTableImport)
        .respond(404, HTML)
        .requests(Call::StartImport)
        .respond(200, STARTED);
    assert!(matches!(scene.ends_well(), Outcome::Accepted(..)));
}

#[test]
fn a_preview_is_never_confirmed() {
    let mut scene = csv();
    scene
        .requests(Call::FindTableImport)
        .respond(404, HTML)
        .requests(Call::StartImport)
        .respond(200, PREVIEW);
    assert_eq!(scene.ends_with(ErrorKind::Rejected).reason(), Some(&Reason::Preview));
}

#[test]
fn a_preview_of_a_dtable_leaves_the_outcome_unknown() {
    let mut scene = Scene::import();
    scene.requests(Call::StartImport).respond(200, PREVIEW);
    assert_eq!(scene.ends_with(ErrorKind::UnknownOutcome).reason(), Some(&Reason::Preview));
}

#[test]
fn the_probe_is_repeated_and_decides_only_with_a_clear_response() {
    let mut scene = csv();
    scene.requests(Call::FindTableImport).fails(Failure::Interrupted);
    scene.requests(Call::FindTableImport).respond(502, HTML);
    scene.requests(Call::FindTableImport).respond_with(429, &[("retry-after", "3")], "");
    scene.requests(Call::FindTableImport).respond(401, r#"{"detail":"Invalid token"}"#);
    scene.ends_with(ErrorKind::Unauthorized);
    csv().requests(Call::FindTableImport).respond(200, HTML).ends_with(ErrorKind::BadAnswer);
}

#[test]
fn fact_14_a_table_that_takes_too_long_is_unknown_and_not_sent_again() {
    type Upload = fn(&mut Scene);
    let uploads: [(Upload, bool); 5] = [
        (|scene| _ = scene.respond(504, r#"{"error_msg":"Timeout Error."}"#), true),
        (|scene| _ = scene.respond(500, INTERNAL_ERROR), true),
        (|scene| _ = scene.respond(200, "{}"), true),
        (|scene| _ = scene.fails(Failure::TimedOut), true),
        (|scene| _ = scene.respond(400, r#"{"error_msg":"Excel format error"}"#), false),
    ];
    for (upload, is_unknown) in uploads {
        let mut scene = csv();
        upload(scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED).requests(Call::ImportTable));
        let kind = scene.end().unwrap_err().kind();
        assert_eq!(kind, if is_unknown { ErrorKind::UnknownOutcome } else { ErrorKind::Rejected });
    }
}

#[test]
fn an_address_that_is_gone_after_the_probe_ends_the_import() {
    let mut scene = csv();
    scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED);
    scene.requests(Call::ImportTable).respond(404, HTML).ends_with(ErrorKind::NotFound);
}

#[test]
fn a_table_is_cancelled_before_it_is_sent_and_unknown_after() {
    csv().cancel().ends_with(ErrorKind::Cancelled);
    let mut scene = csv();
    scene.requests(Call::FindTableImport).cancel().respond(405, NOT_ALLOWED);
    assert!(!scene.ends_with(ErrorKind::Cancelled).may_still_run());
    let mut scene = csv();
    scene.requests(Call::FindTableImport).respond(405, NOT_ALLOWED).requests(Call::ImportTable).cancel();
    assert!(scene.fails(Failure::Interrupted).ends_with(ErrorKind::UnknownOutcome).may_still_run());
}
