//! Fact 15: the bases that an account lists, and those that it can export.

use seatable_io_sandbox::{Call, Generation, Sandbox, Share, sample_dtable};
use serde_json::{Value, json};

use crate::common::{ADMIN, Client, IMPORT, NOW, OLDER, Reply, TABLE, WORKSPACES, error, request, secs};

const LATER: [Generation; 2] = [Generation::Y2021, Generation::Current];

/// A personal workspace, a group that the account administers, one that it does not, and bases of another user.
fn account(generation: Generation) -> Client {
    let mut sandbox = Sandbox::new(generation)
        .with_folder(7)
        .with_group(2, 48, "team")
        .with_membership(3, 49, "club")
        .with_base(1, "own", sample_dtable(0))
        .with_base(2, "team's", sample_dtable(0))
        .with_base(3, "club's", sample_dtable(0))
        .with_shared_base(9, "shared", sample_dtable(0), Share::Base)
        .with_shared_base(9, "for the team", sample_dtable(0), Share::Group(48))
        .with_shared_base(9, "seen", sample_dtable(0), Share::View)
        .with_shared_base(9, "seen by the team", sample_dtable(0), Share::GroupView(48));
    let filed = sandbox.add_base(1, "filed", sample_dtable(0));
    sandbox.move_to_folder(filed, 7);
    sandbox.star(filed);
    sandbox.touch(filed, secs(86_400));
    Client::of(sandbox)
}

fn names(tables: &Value) -> Vec<&str> {
    let mut names: Vec<_> =
        tables.as_array().unwrap().iter().map(|table| table["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn fact_15_workspaces_on_2020_servers_have_owners() {
    let listing = account(Generation::Y2020).get(WORKSPACES).json();
    let [personal, team, club] = &listing["workspace_list"].as_array().unwrap()[..] else { panic!() };
    assert_eq!((&personal["id"], &personal["owner_type"]), (&json!(1), &json!("Personal")));
    assert_eq!(names(&personal["table_list"]), ["filed", "own"]);
    assert_eq!((&team["owner_type"], &team["owner_name"]), (&json!("Group"), &json!("team")));
    assert_eq!((&team["group_id"], names(&team["table_list"])), (&json!("48"), vec!["team's"]));
    assert_eq!(names(&club["table_list"]), ["club's"]);
}

#[test]
fn fact_15_later_workspaces_have_types_and_the_first_two_no_id() {
    for generation in LATER {
        let listing = account(generation).get(WORKSPACES).json();
        let [starred, shared, personal, team, club] = &listing["workspace_list"].as_array().unwrap()[..]
        else {
            panic!()
        };
        assert_eq!((&starred["id"], &starred["type"]), (&json!(""), &json!("starred")));
        assert_eq!(names(&starred["table_list"]), ["filed"]);
        assert_eq!((&shared["id"], &shared["type"]), (&json!(""), &json!("shared")));
        assert_eq!(names(&shared["shared_table_list"]), ["shared"]);
        assert_eq!(shared["shared_table_list"][0]["workspace_id"], 9);
        assert_eq!((&personal["id"], &personal["type"]), (&json!(1), &json!("personal")));
        assert_eq!((names(&personal["folders"][0]["items"]), &team["folders"]), (vec!["filed"], &json!([])));
        let loose = if generation == Generation::Current { &["filed", "own"][..] } else { &["own"] };
        assert_eq!(names(&personal["table_list"]), loose);
        assert_eq!(
            (&team["type"], &team["group_id"], &team["is_admin"]),
            (&json!("group"), &json!(48), &json!(true))
        );
        assert_eq!(names(&team["group_shared_dtables"]), ["for the team"]);
        assert_eq!((&club["is_admin"], names(&club["table_list"])), (&json!(false), vec!["club's"]));
    }
}

#[test]
fn fact_15_a_view_has_the_name_of_its_base_and_one_of_a_group_looks_like_a_base() {
    for generation in LATER {
        let listing = account(generation).get(WORKSPACES).json();
        let view = &listing["workspace_list"][1]["shared_view_list"][0];
        assert_eq!((&view["dtable_name"], &view["workspace_id"]), (&json!("seen"), &json!(9)));
        assert!(view["uuid"].is_null() && view["name"].is_null());
        let views = &listing["workspace_list"][3]["group_shared_views"];
        assert_eq!(names(views), ["seen by the team"]);
        assert!(views[0]["uuid"].is_string() && views[0]["view_share_id"].is_number());
    }
}

#[test]
fn fact_15_without_details_there_are_no_bases() {
    for generation in LATER {
        let mut client = account(generation);
        let listing = client.get(&format!("{WORKSPACES}?detail=false")).json();
        let list = listing["workspace_list"].as_array().unwrap();
        assert_eq!(list[0], json!({ "id": "", "name": "starred", "type": "starred" }));
        assert_eq!(list[2], json!({ "id": 1, "name": "personal", "type": "personal" }));
        assert_eq!((list.len(), &list[3]["name"], &list[3]["group_id"]), (5, &json!("team"), &json!(48)));
        assert!(list.iter().all(|workspace| workspace["table_list"].is_null()));
        assert_eq!(client.get(&format!("{WORKSPACES}?detail=no")).error(), error(400, "detail invalid"));
    }
}

#[test]
fn fact_15_the_bases_that_the_account_administers_are_listed() {
    for generation in LATER {
        let listing = account(generation).get(ADMIN).json();
        assert_eq!(names(&listing["personal"]), ["filed", "own"]);
        let [team] = &listing["groups"].as_array().unwrap()[..] else { panic!() };
        assert_eq!((&team["group_id"], &team["group_name"]), (&json!(48), &json!("team")));
        assert_eq!(names(&team["dtables"]), ["team's"]);
    }
    assert!(account(Generation::Y2020).get(ADMIN).is_page());
}

#[test]
fn fact_15_the_version_requires_no_token() {
    let info = |generation| {
        let mut client = account(generation);
        let reply = Reply::of(&client.send(request("GET", "/server-info/", "wrong")));
        assert_eq!(client.sandbox.state(NOW).count(Call::QueryServerInfo), 1);
        reply
    };
    assert!(info(Generation::Y2020).is_page());
    let reported = LATER.map(|generation| info(generation).json());
    assert_eq!([&reported[0]["version"], &reported[1]["version"]], ["2.2.7", "6.0.10"]);
    assert!(reported[0]["edition"].is_string());
}

#[test]
fn a_listing_needs_a_token_and_a_get() {
    for target in [WORKSPACES, ADMIN] {
        let mut client = account(Generation::Current);
        assert_eq!(Reply::of(&client.send(request("GET", target, "wrong"))).status(), 401);
        assert_eq!(client.post(target).status(), 405);
    }
}

#[test]
fn fact_15_the_order_of_bases_is_not_stable() {
    let mut client = account(Generation::Y2021);
    let first = client.get(ADMIN).json();
    client.now = secs(1);
    let second = client.get(ADMIN).json();
    assert_ne!(first["personal"], second["personal"]);
    assert_eq!(names(&first["personal"]), names(&second["personal"]));
}

#[test]
fn fact_15_a_listed_base_has_more_keys_on_current_servers() {
    for generation in OLDER {
        assert!(account(generation).get(WORKSPACES).text().find("\"starred\":").is_none());
    }
    let listing = account(Generation::Current).get(ADMIN).json();
    let filed =
        listing["personal"].as_array().unwrap().iter().find(|table| table["name"] == "filed").unwrap();
    assert_eq!((&filed["starred"], &filed["is_encrypted"]), (&json!(true), &json!(false)));
    assert_eq!(
        (&filed["created_at"], &filed["updated_at"]),
        (&json!("2020-02-29T09:58:23+00:00"), &json!("2020-03-01T09:58:23+00:00"),)
    );
}

#[test]
fn a_base_whose_import_was_cancelled_is_not_listed_on_older_servers() {
    for generation in OLDER {
        let mut client = Client::of(Sandbox::new(generation).with_task_time(secs(1)));
        let started = client.import("a.dtable", &sample_dtable(0));
        let count = |listing: Reply| listing.text().matches("\"uuid\":").count();
        assert_eq!(count(client.get(WORKSPACES)), 1);
        client.cancel(&started.task(), &started.uuid(), "import");
        assert_eq!(count(client.get(WORKSPACES)), 0);
    }
}

#[test]
fn an_import_with_a_folder_is_listed_in_it() {
    let mut client = account(Generation::Current);
    client.import_into("7", IMPORT, "a.dtable", &sample_dtable(0));
    client.import_into("7", TABLE, "b.csv", b"a");
    let listing = client.get(WORKSPACES).json();
    assert_eq!(names(&listing["workspace_list"][2]["folders"][0]["items"]), ["a", "b", "filed"]);
}

#[test]
fn fact_15_a_shared_base_is_exported_through_its_own_workspace_and_a_view_is_not() {
    let mut client = account(Generation::Y2021);
    let mut export = |workspace: u64, name: &str| {
        client.get(&format!("/api/v2.1/workspace/{workspace}/dtable/{name}/export-dtable/")).status()
    };
    assert_eq!(
        ["shared", "for%20the%20team", "seen", "seen%20by%20the%20team", "nothing"]
            .map(|name| export(9, name)),
        [200, 200, 403, 403, 403]
    );
    assert_eq!((export(2, "shared"), export(3, "club's")), (404, 200));
}

#[test]
fn a_guest_of_a_workspace_cannot_import() {
    for workspace in [3, 9] {
        let target = format!("/api/v2.1/workspace/{workspace}/import-dtable/");
        let reply = account(Generation::Current).import_at(&target, "n.dtable", &sample_dtable(0));
        assert_eq!(reply.error(), error(403, "Permission denied."));
    }
}
