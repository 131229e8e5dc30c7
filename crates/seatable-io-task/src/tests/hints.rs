//! The next step after a failure.

use http::Response;
use seatable_io_proto::{Access, Endpoint as _, ListWorkspaces, ListedBase, Password};

use super::scene::*;
use crate::{Call, Export, Hint, OperationError, Route};

const DENIED: &str = r#"{"error_msg":"Permission denied."}"#;

/// A base that the listing of a current server describes with these properties.
fn listed(access: Access, more: &str) -> ListedBase {
    let body = format!(
        r#"{{"workspace_list": [{{"id": 1, "name": "personal", "type": "personal",
            "table_list": [{{"uuid": "d0", "name": "t1"{more}}}]}}]}}"#
    );
    let listing = ListWorkspaces::parse(Response::new(body)).unwrap();
    let mut base = listing.bases.into_iter().next().unwrap();
    base.access = access;
    base
}

fn refused(export: Export, status: u16, body: &str) -> OperationError {
    let mut scene = Scene::exporting(export.route(Route::Synchronous));
    while !scene.is_over() {
        scene.requests(Call::SynchronousExport).respond(status, body);
    }
    scene.end().unwrap_err()
}

#[test]
fn fact_28_a_shared_base_may_have_been_shared_without_export() {
    let error = refused(export_of("t1"), 403, DENIED);
    for access in [Access::Shared, Access::SharedWithGroup] {
        assert_eq!(error.hint_for(&listed(access, "")), Some(Hint::SharedWithoutExport));
    }
    assert_eq!(error.hint_for(&listed(Access::Member, "")), Some(Hint::PermissionOrPassword));
    let gone = refused(export_of("t1"), 404, NO_BASE);
    assert_eq!(gone.hint_for(&listed(Access::Shared, "")), Some(Hint::List));
}

#[test]
fn a_password_is_mentioned_unless_the_listing_says_that_there_is_none() {
    let with = export_of("t1").password(Password::new("x").unwrap());
    let (with, without) = (refused(with, 403, DENIED), refused(export_of("t1"), 403, DENIED));
    let hint = |error: &OperationError, more| error.hint_for(&listed(Access::Personal, more)).unwrap();
    assert_eq!(hint(&without, r#", "is_encrypted": false"#), Hint::Permission);
    assert_eq!(hint(&without, r#", "is_encrypted": true"#), Hint::Password);
    assert_eq!(hint(&with, r#", "is_encrypted": true"#), Hint::OtherPassword);
    assert_eq!(hint(&with, ""), Hint::PermissionOrPassword);
    let shared = listed(Access::Shared, r#", "is_encrypted": true"#);
    assert_eq!(without.hint_for(&shared), Some(Hint::Password));
}

#[test]
fn a_server_that_lists_no_passwords_has_none() {
    let mut scene = Scene::export();
    scene.requests(Call::StartExport).respond(403, DENIED);
    let error = scene.end().unwrap_err();
    assert_eq!(error.hint_for(&listed(Access::Personal, "")), Some(Hint::Permission));
}

#[test]
fn fact_28_a_base_out_of_storage_is_to_be_migrated_if_the_server_fails() {
    let out = listed(Access::Personal, r#", "in_storage": false"#);
    let error = refused(export_of("t1"), 500, INTERNAL_ERROR);
    assert_eq!(error.hint_for(&out), Some(Hint::Migrate));
    for more in ["", r#", "in_storage": true"#] {
        assert_eq!(error.hint_for(&listed(Access::Personal, more)), Some(Hint::Later));
    }
    assert_eq!(refused(export_of("t1"), 401, "{}").hint_for(&out), Some(Hint::AccountToken));
}
