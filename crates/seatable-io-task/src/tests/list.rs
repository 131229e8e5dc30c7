//! Listings.

use seatable_io_proto::Listing;

use super::scene::*;
use crate::{Call, ErrorKind, Failure, Operation, Outcome, Policy, Scope};

const ADMINISTERED: &str = r#"{"personal": [{"uuid": "u", "name": "a", "workspace_id": 7}], "groups": []}"#;
const WORKSPACES: &str = r#"{"workspace_list": [
    {"id": "", "type": "shared", "name": "shared", "shared_table_list": [{"uuid": "s", "name": "b", "workspace_id": 9}]},
    {"id": 7, "type": "personal", "name": "personal", "table_list": [{"uuid": "u", "name": "a"}]}]}"#;

fn listing(scope: Scope) -> Scene {
    Operation::list(server(), scope, Policy::default(), SEED).into()
}

fn uuids(scene: &mut Scene) -> Vec<String> {
    let Outcome::Listed(Listing { bases, .. }) = scene.ends_well() else { panic!("no listing") };
    bases.iter().map(|listed| listed.base.uuid.to_string()).collect()
}

#[test]
fn fact_15_administered_bases_are_listed_first_and_then_only_workspaces() {
    let mut scene = listing(Scope::Administered);
    scene.requests(Call::ListAdministered).respond(200, ADMINISTERED).requests(Call::ListWorkspaces);
    assert_eq!(scene.exchange().request().uri().query(), Some("detail=false"));
    assert_eq!(uuids(scene.respond(200, r#"{"workspace_list": []}"#)), ["u"]);
}

#[test]
fn shared_bases_are_listed_on_demand() {
    let mut scene = listing(Scope::WithShared);
    scene.requests(Call::ListAdministered).respond(200, ADMINISTERED).requests(Call::ListWorkspaces);
    assert_eq!(scene.exchange().request().uri().query(), None);
    assert_eq!(uuids(scene.respond(200, WORKSPACES)), ["u", "s"]);
}

#[test]
fn fact_15_a_server_that_cannot_list_administered_bases_lists_all_bases() {
    let mut scene = listing(Scope::Administered);
    scene.requests(Call::ListAdministered).respond(404, HTML).requests(Call::ListWorkspaces);
    assert_eq!(uuids(scene.respond(200, WORKSPACES)), ["u", "s"]);
}

#[test]
fn a_workspace_is_named_as_in_the_list_of_workspaces() {
    let mut scene = listing(Scope::Administered);
    let groups = r#"[{"group_name": "group", "dtables": [{"uuid": "u", "name": "a", "workspace_id": 7}]}]"#;
    scene
        .requests(Call::ListAdministered)
        .respond(200, &format!(r#"{{"personal": [], "groups": {groups}}}"#));
    scene
        .requests(Call::ListWorkspaces)
        .respond(200, r#"{"workspace_list": [{"id": 7, "name": "workspace"}]}"#);
    let Outcome::Listed(listing) = scene.ends_well() else { panic!("no listing") };
    assert_eq!(&*listing.bases[0].workspace_name, "workspace");
}

#[test]
fn if_administered_bases_are_not_listed_the_other_listing_is_used_and_is_unconfirmed() {
    for (status, body, times) in [
        (500, HTML, 14),
        (502, HTML, 14),
        (403, "{}", 1),
        (405, NOT_ALLOWED, 1),
        (200, "[]", 1),
        (302, "", 1),
    ] {
        let mut scene = listing(Scope::Administered);
        for _ in 0..times {
            scene.requests(Call::ListAdministered).respond(status, body);
        }
        scene.requests(Call::ListWorkspaces);
        assert_eq!(scene.exchange().request().uri().query(), None, "with the bases");
        let Outcome::Listed(listing) = scene.respond(200, WORKSPACES).ends_well() else {
            panic!("no listing")
        };
        assert!(listing.unconfirmed && listing.bases.len() == 2, "{status}");
    }
    let mut certain = listing(Scope::Administered);
    certain
        .requests(Call::ListAdministered)
        .respond(404, HTML)
        .requests(Call::ListWorkspaces)
        .respond(200, WORKSPACES);
    assert!(matches!(certain.ends_well(), Outcome::Listed(listing) if !listing.unconfirmed));
}

#[test]
fn a_server_that_cannot_be_reached_has_no_other_listing() {
    let mut scene = listing(Scope::Administered);
    for _ in 0..14 {
        scene.requests(Call::ListAdministered).fails(Failure::NotSent);
    }
    scene.ends_with(ErrorKind::Unavailable);
    listing(Scope::Administered)
        .requests(Call::ListAdministered)
        .respond(401, "{}")
        .ends_with(ErrorKind::Unauthorized);
}

#[test]
fn a_listing_may_be_longer_than_other_replies() {
    let mut scene = listing(Scope::Administered);
    let padded = format!("{ADMINISTERED}{}", " ".repeat(1 << 20));
    scene.requests(Call::ListAdministered).respond(200, &padded).requests(Call::ListWorkspaces);
}

#[test]
fn a_listing_survives_transient_problems_only() {
    let mut scene = listing(Scope::Administered);
    scene.requests(Call::ListAdministered).fails(Failure::Interrupted);
    scene
        .requests(Call::ListAdministered)
        .respond(502, HTML)
        .requests(Call::ListAdministered)
        .respond(429, "");
    scene.requests(Call::ListAdministered).respond(200, ADMINISTERED).requests(Call::ListWorkspaces);
    let error = scene.respond(401, r#"{"detail": "Invalid token"}"#).ends_with(ErrorKind::Unauthorized);
    assert!(!error.may_still_run() && error.resume().is_none());
}

#[test]
fn a_listing_that_is_cancelled_is_over() {
    let mut scene = listing(Scope::Administered);
    scene.requests(Call::ListAdministered).cancel().respond(200, ADMINISTERED);
    scene.ends_with(ErrorKind::Cancelled);
}
