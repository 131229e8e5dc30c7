//! The names that a base is requested and found by: facts 19 and 22.

use super::export::{finished, route};
use super::scene::*;
use crate::{Call, ErrorKind, Exported, Outcome, Route};

const NOT_NFC: &str = "Gro\u{308}ße";

fn exported(scene: &mut Scene) -> Exported {
    match scene.ends_well() {
        Outcome::Exported(exported) => exported,
        other => panic!("{other:?}"),
    }
}

fn names(exported: &Exported) -> (Option<&str>, Option<&str>) {
    (exported.name.as_deref(), exported.renamed_from.as_deref())
}

#[test]
fn fact_19_a_base_that_is_not_found_is_requested_once_more_by_its_name_in_nfc() {
    let mut scene = Scene::exporting(export_of(NOT_NFC));
    assert!(scene.requests(Call::StartExport).requested().contains("/dtable/Gro%CC%88%C3%9Fe/"));
    scene.respond(404, NO_BASE);
    assert!(scene.requests(Call::StartExport).requested().contains("/dtable/Gr%C3%B6%C3%9Fe/"));
    scene.respond(404, NO_BASE).ends_with(ErrorKind::NotFound);

    let mut scene = Scene::exporting(export_of(NOT_NFC).route(Route::Synchronous));
    scene.requests(Call::SynchronousExport).respond(404, NO_BASE);
    assert!(scene.requests(Call::SynchronousExport).requested().ends_with("?dtable_name=Gr%C3%B6%C3%9Fe"));
    assert_eq!(route(scene.file(ZIP, None)), Route::Synchronous);
}

#[test]
fn a_base_is_requested_by_its_name_as_given_first_and_only_a_missing_one_in_nfc() {
    Scene::export().requests(Call::StartExport).respond(404, NO_BASE).ends_with(ErrorKind::NotFound);
    let mut scene = Scene::exporting(export_of(NOT_NFC));
    scene.requests(Call::StartExport).respond(403, "{}").ends_with(ErrorKind::Forbidden);
}

#[test]
fn a_new_export_goes_by_the_name_that_was_found() {
    let mut scene = Scene::exporting(export_of(NOT_NFC));
    scene.requests(Call::StartExport).respond(404, NO_BASE).requests(Call::StartExport).respond(200, STARTED);
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent).respond(500, HTML);
    assert!(scene.requests(Call::StartExport).requested().contains("/dtable/Gr%C3%B6%C3%9Fe/"));
}

#[test]
fn fact_22_a_base_of_another_name_is_reported_with_both_names() {
    let mut scene = Scene::exporting(export_of("muller"));
    scene.requests(Call::StartExport).respond(200, &STARTED.replace(r#""name":"t1""#, r#""name":"Müller""#));
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent).file(ZIP, None);
    assert_eq!(names(&exported(&mut scene)), (Some("Müller"), Some("muller")));
    let mut same = finished();
    assert_eq!(names(&exported(same.file(ZIP, None))), (Some("t1"), None));
}

#[test]
fn fact_22_the_head_of_an_export_in_one_request_has_the_name() {
    for (file, expected) in
        [("M%C3%BCller", (Some("Müller"), Some("muller"))), ("muller", (Some("muller"), None))]
    {
        let mut scene = Scene::exporting(export_of("muller").route(Route::Synchronous));
        scene.requests(Call::SynchronousExport);
        let disposition = format!("attachment;filename*=UTF-8''{file}.dtable");
        let _ = scene.exchange().head(&head(200, &[("content-disposition", &disposition)]));
        let _ = scene.exchange().chunk(ZIP);
        assert_eq!(names(&exported(scene.finishes())), expected);
    }
}

#[test]
fn fact_19_a_name_in_another_normal_form_is_not_another_name() {
    let mut scene = Scene::exporting(export_of(NOT_NFC));
    scene.requests(Call::StartExport).respond(200, &STARTED.replace(r#""name":"t1""#, r#""name":"Größe""#));
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent).file(ZIP, None);
    assert_eq!(names(&exported(&mut scene)), (Some("Größe"), None));
}

#[test]
fn a_resumed_export_without_a_name_is_not_renamed() {
    let mut scene = Scene::resuming(resume_of(seatable_io_proto::TaskKind::Export));
    scene.requests(Call::QueryStatus).respond(200, FINISHED).requests(Call::ExportContent);
    let _ = scene.exchange().head(&head(200, &[("content-disposition", "attachment; filename=a.dtable")]));
    let _ = scene.exchange().chunk(ZIP);
    assert_eq!(names(&exported(scene.finishes())), (Some("a"), None));
}
