//! The bases of a whole server: its list, page by page, and exports by UUID.

use seatable_io_proto::{Listing, Password};

use super::scene::*;
use crate::{
    Allowance, Call, ErrorKind, Export, Failure, Hint, Operation, Outcome, Pace, Policy, Route, Scope,
};

const DENIED: &str = r#"{"detail":"You do not have permission to perform this action."}"#;

fn listing() -> Scene {
    Operation::list(server(), Scope::ServerWide, Policy::default(), SEED).into()
}

/// A page with these bases, each named by one letter.
fn page(uuids: &str, has_next: bool) -> String {
    let base = |uuid| format!(r#"{{"uuid": "{uuid}", "name": "base {uuid}", "workspace_id": 1}}"#);
    let bases: Vec<_> = uuids.chars().map(base).collect();
    format!(r#"{{"page_info": {{"has_next_page": {has_next}}}, "dtables": [{}]}}"#, bases.join(","))
}

impl Scene {
    /// Reads a pass with these pages.
    fn reads(&mut self, pages: &[&str]) -> &mut Self {
        for (number, uuids) in (1..).zip(pages) {
            self.requests(Call::ListServerBases);
            let query = format!("page={number}&per_page=100");
            assert_eq!(self.exchange().request().uri().query(), Some(&*query), "of {pages:?}");
            self.respond(200, &page(uuids, number < pages.len()));
        }
        self
    }

    /// Returns the listed bases, and whether others may be missing.
    fn lists(&mut self) -> (String, bool) {
        let Outcome::Listed(Listing { bases, changing, .. }) = self.ends_well() else { panic!("no listing") };
        (bases.iter().map(|listed| listed.base.uuid.as_str()).collect(), changing)
    }
}

fn listed(uuids: &str) -> (String, bool) {
    (uuids.to_owned(), false)
}

#[test]
fn fact_27_two_equal_passes_show_that_no_base_is_missing() {
    assert_eq!(listing().reads(&["ab", "c"]).reads(&["ca", "b"]).lists(), listed("abc"));
    assert_eq!(listing().reads(&[""]).reads(&[""]).lists(), listed(""));
}

#[test]
fn a_base_that_is_created_meanwhile_needs_no_other_pass() {
    assert_eq!(listing().reads(&["ab", "c"]).reads(&["ab", "cd"]).lists(), listed("abcd"));
}

#[test]
fn a_base_that_moved_to_a_page_that_was_read_is_found_in_another_pass() {
    // While the second page was requested, a was deleted, and c moved to the first.
    let mut scene = listing();
    scene.reads(&["ab", "d"]).reads(&["bc", "d"]).reads(&["bc", "d"]);
    assert_eq!(scene.lists(), listed("bcd"));
}

#[test]
fn a_pass_that_lists_a_base_twice_proves_nothing() {
    // In the second pass, the first page of the first has b instead of c; so c could be missing in both.
    let mut scene = listing();
    scene.reads(&["ab", "b"]).reads(&["ab", "b"]).reads(&["ab", "c"]).reads(&["ab", "c"]);
    assert_eq!(scene.lists(), listed("abc"));
    // It proves nothing even if the page after the repeated one is good.
    let mut scene = listing();
    scene.reads(&["ab", "bc", "d"]).reads(&["ab", "bc", "d"]).reads(&["ab", "cd", "e"]);
    assert_eq!(scene.reads(&["ab", "cd", "e"]).lists(), listed("abcde"));
    // The second of the two may list a base twice.
    assert_eq!(listing().reads(&["ab", "c"]).reads(&["ab", "bc"]).lists(), listed("abc"));
    assert_eq!(listing().reads(&["aab"]).reads(&["ab"]).reads(&["ab"]).lists(), listed("ab"));
}

#[test]
fn five_passes_that_prove_nothing_list_all_that_any_of_them_did() {
    let mut scene = listing();
    scene.reads(&["abc"]).reads(&["bcd"]).reads(&["cde"]).reads(&["def"]).reads(&["efg"]);
    assert_eq!(scene.lists(), ("abcdefg".to_owned(), true));
}

#[test]
fn the_listing_has_the_last_words_about_a_base() {
    let mut scene = listing();
    let renamed = page("a", false).replace("base a", "renamed");
    scene.reads(&["a"]).requests(Call::ListServerBases).respond(200, &renamed);
    let Outcome::Listed(listing) = scene.ends_well() else { panic!("no listing") };
    assert_eq!(listing.bases[0].base.name, "renamed");
}

#[test]
fn a_server_that_repeats_its_pages_or_stops_in_the_middle_proves_nothing() {
    for stop in ["ab", ""] {
        let mut scene = listing();
        for _ in 0..5 {
            scene.requests(Call::ListServerBases).respond(200, &page("ab", true));
            scene.requests(Call::ListServerBases).respond(200, &page(stop, true));
        }
        assert_eq!(scene.lists(), ("ab".to_owned(), true), "{stop:?}");
    }
}

#[test]
fn a_server_that_does_not_say_whether_there_are_more_pages_is_read_until_one_is_empty() {
    let mut scene = listing();
    for uuids in ["ab", "c", "", "ab", "c", ""] {
        let page = page(uuids, true).replace(r#""has_next_page": true"#, "");
        scene.requests(Call::ListServerBases).respond(200, &page);
    }
    assert_eq!(scene.lists(), listed("abc"));
}

#[test]
fn entries_that_are_not_understood_are_counted_in_one_pass_only() {
    let mut scene = listing();
    for uuids in ["a", "b", "b"] {
        let odd = page(uuids, false).replace(r#""dtables": ["#, r#""dtables": [7, "#);
        scene.requests(Call::ListServerBases).respond(200, &odd);
    }
    let Outcome::Listed(listing) = scene.ends_well() else { panic!("no listing") };
    assert_eq!((listing.not_understood, listing.changing), (1, false));
    let mut restless = self::listing();
    for uuid in ["a", "b", "c", "d", "e"] {
        let odd = page(uuid, false).replace(r#""dtables": ["#, r#""dtables": [7, "#);
        restless.requests(Call::ListServerBases).respond(200, &odd);
    }
    let Outcome::Listed(listing) = restless.ends_well() else { panic!("no listing") };
    assert_eq!((listing.not_understood, listing.changing), (1, true));
}

#[test]
fn a_server_without_end_is_not_listed() {
    let (mut scene, mut number) = (listing(), 0);
    while !scene.is_over() {
        number += 1;
        let base = format!(r#"{{"uuid": "{number}", "name": "a", "workspace_id": 1}}"#);
        scene.respond(200, &page("", true).replace("[]", &format!("[{base}]")));
    }
    assert_eq!(number, 20_000);
    assert!(scene.ends_with(ErrorKind::BadAnswer).to_string().contains("more than 1,000,000 bases"));
}

#[test]
fn a_page_is_requested_again_after_a_problem() {
    let mut scene = listing();
    scene.reads(&["a"]).requests(Call::ListServerBases).respond(200, &page("a", true));
    scene.requests(Call::ListServerBases).respond(502, HTML);
    scene.requests(Call::ListServerBases).fails(Failure::Interrupted);
    scene.requests(Call::ListServerBases);
    assert_eq!(scene.exchange().request().uri().query(), Some("page=2&per_page=100"));
    assert_eq!(scene.respond(200, &page("b", false)).lists(), listed("ab"));
}

#[test]
fn fact_27_a_token_of_another_user_is_refused() {
    let scenes = [
        (listing(), Call::ListServerBases, "list the bases"),
        (Scene::exporting(export_by_uuid("d0")), Call::ExportByUuid, "export the base d0"),
    ];
    for (mut scene, call, words) in scenes {
        let error = scene.requests(call).respond(403, DENIED).ends_with(ErrorKind::Forbidden);
        let message = "the token is not that of a system administrator of https://cloud.seatable.io/ \
                       (403: You do not have permission to perform this action)";
        assert_eq!(error.message().to_string(), format!("cannot {words}: {message}"));
        assert_eq!(error.hint(), Some(Hint::SystemAdministrator));
    }
}

#[test]
fn fact_23_a_403_that_is_a_page_says_nothing_about_the_token() {
    for mut scene in [listing(), Scene::exporting(export_by_uuid("d0"))] {
        while !scene.is_over() {
            scene.respond(403, HTML);
        }
        assert_eq!(scene.ends_with(ErrorKind::Unavailable).hint(), Some(Hint::LetThrough));
    }
}

#[test]
fn fact_27_older_servers_support_neither_call() {
    let error = listing().requests(Call::ListServerBases).respond(404, HTML).end().unwrap_err();
    assert_eq!((error.kind(), error.hint()), (ErrorKind::Unsupported, Some(Hint::CurrentServer)));
    let words = "cannot list the bases: https://cloud.seatable.io/ does not list all its bases (404)";
    assert_eq!(error.message().to_string(), words);
    let mut scene = Scene::exporting(export_by_uuid("d0"));
    let error = scene.requests(Call::ExportByUuid).respond(404, HTML).ends_with(ErrorKind::Unsupported);
    assert!(error.to_string().contains("does not export bases by their UUIDs (404); only current servers"));
}

#[test]
fn fact_27_a_base_is_exported_by_its_uuid_with_or_without_assets() {
    for (export, ignores) in [
        (export_by_uuid("d0"), "false"),
        (export_by_uuid("d0").without_assets(), "true"),
        (export_by_uuid("d0").route(Route::Api), "false"),
    ] {
        let mut scene = Scene::exporting(export);
        let address =
            "GET https://cloud.seatable.io/api/v2.1/admin/dtables/d0/synchronous-export/export-dtable/";
        assert_eq!(scene.requested(), format!("{address}?ignore_asset={ignores}"));
        let Outcome::Exported(exported) = scene.file(ZIP, None).ends_well() else { panic!("no file") };
        assert_eq!((exported.route, exported.renamed_from, exported.task), (Route::Synchronous, None, None));
    }
}

#[test]
fn an_export_by_uuid_that_was_damaged_is_made_again_by_uuid() {
    let mut scene = Scene::exporting(export_by_uuid("d0"));
    scene.requests(Call::ExportByUuid).file(&ZIP[..9], None);
    scene.requests(Call::ExportByUuid).respond(500, INTERNAL_ERROR);
    assert!(matches!(scene.requests(Call::ExportByUuid).file(ZIP, None).ends_well(), Outcome::Exported(_)));
}

#[test]
fn fact_26_an_export_by_uuid_that_took_too_long_is_not_made_again_at_once() {
    let mut scene = Scene::exporting(export_by_uuid("d0"));
    scene.requests(Call::ExportByUuid).respond(504, r#"{"error_msg":"Timeout Error."}"#);
    let error = scene.ends_with(ErrorKind::Unavailable);
    assert!(error.exported_too_long() && error.may_still_run());
    assert_eq!(error.hint(), Some(Hint::ExportAlone));
}

#[test]
fn a_base_that_was_deleted_meanwhile_is_not_looked_for_under_another_name() {
    let mut scene = Scene::exporting(export_by_uuid("d0"));
    scene.requests(Call::ExportByUuid).respond(404, r#"{"error_msg":"Base not found."}"#);
    let error = scene.ends_with(ErrorKind::NotFound);
    assert_eq!(error.message().to_string(), "no base with the UUID d0 on https://cloud.seatable.io/ (404)");
}

#[test]
fn an_export_by_uuid_needs_no_password_and_cannot_be_left_to_itself() {
    let ends = |export: Export| Scene::exporting(export).ends_with(ErrorKind::Unsupported);
    let with_password = ends(export_by_uuid("d0").password(Password::new("geheim").unwrap()));
    assert_eq!(with_password.hint(), Some(Hint::OmitPassword));
    assert!(!with_password.to_string().contains("geheim"));
    assert_eq!(ends(export_by_uuid("d0").no_wait()).hint(), Some(Hint::Wait));
}

#[test]
fn fact_17_exports_by_uuid_and_by_name_share_one_allowance() {
    let pace =
        Pace::new(Allowance::default().export_starts(20.try_into().unwrap())).route(Route::Synchronous);
    let paced =
        |export| Scene::from(Operation::export(server(), export, Policy::default(), SEED).paced(&pace));
    let (mut one, mut other, mut third) =
        (paced(export_by_uuid("d0")), paced(export_of("t1")), paced(export_by_uuid("d1")));
    one.requests(Call::ExportByUuid);
    other.requests(Call::SynchronousExport);
    third.requests(Call::ExportByUuid);
    assert_eq!([one.waited, other.waited, third.waited].map(|wait| wait.as_millis()), [0, 3050, 6100]);
}

#[test]
fn one_base_is_exported_by_one_operation_at_a_time() {
    let pace = Pace::default();
    let paced = |uuid: &str| {
        let export = export_by_uuid(uuid);
        Scene::from(Operation::export(server(), export, Policy::default(), SEED).paced(&pace))
    };
    let (mut one, mut same, mut other) = (paced("d0"), paced("d0"), paced("d1"));
    one.requests(Call::ExportByUuid);
    assert!(same.waits_until() > same.now);
    assert_eq!(other.requests(Call::ExportByUuid).waited.as_millis(), 0);
}

#[test]
fn an_export_by_uuid_shows_nothing_about_the_route_to_other_bases() {
    for (route, body, next) in [
        (Route::Synchronous, HTML, Call::SynchronousExport),
        (Route::Api, r#"{"error_msg":"Base not found."}"#, Call::StartExport),
    ] {
        let pace = Pace::default().route(route);
        let paced =
            |export| Scene::from(Operation::export(server(), export, Policy::default(), SEED).paced(&pace));
        assert!(paced(export_by_uuid("d0")).requests(Call::ExportByUuid).respond(404, body).end().is_err());
        paced(export_of("t1")).requests(next);
    }
}

#[test]
fn only_an_administrator_of_the_server_is_asked_for_even_if_the_base_has_a_password() {
    let json = r#"{"dtables": [{"uuid": "d0", "name": "a", "workspace_id": 1, "is_encrypted": true}]}"#;
    let page =
        <seatable_io_proto::ListServerBases as seatable_io_proto::Endpoint>::parse(http::Response::new(json));
    let listed = page.unwrap().listing.bases.remove(0);
    let mut scene = Scene::exporting(export_by_uuid("d0"));
    let error = scene.requests(Call::ExportByUuid).respond(403, DENIED).ends_with(ErrorKind::Forbidden);
    assert_eq!(error.hint_for(&listed), Some(Hint::SystemAdministrator));
}
