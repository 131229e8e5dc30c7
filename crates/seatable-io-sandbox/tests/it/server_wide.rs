//! The calls of an administrator of a whole server.

use seatable_io_sandbox::{Generation, RateLimits, Sandbox, sample_dtable};
use serde_json::{Value, json};

use crate::common::{Client, NOW, OLDER, error};

const BASES: &str = "/api/v2.1/admin/dtables/";

/// A server with bases of the account, of a group, and of others.
fn server() -> Sandbox {
    Sandbox::new(Generation::Current)
        .with_group(2, 48, "team")
        .with_other_user(7, "a1@auth.local", "Anna")
        .with_other_group(8, 60, "staff")
        .with_base(1, "own", sample_dtable(0))
        .with_base(2, "team's", sample_dtable(0))
        .with_protected_base(7, "secret", sample_dtable(7), "geheim")
        .with_base(8, "staff's", sample_dtable(0))
}

/// Lists a page: the names, and whether there is another page.
fn page(client: &mut Client, query: &str) -> (Vec<String>, bool) {
    let json = client.get(&format!("{BASES}{query}")).json();
    let bases = json["dtables"].as_array().unwrap();
    let names = bases.iter().map(|base| base["name"].as_str().unwrap().to_owned());
    (names.collect(), json["page_info"]["has_next_page"].as_bool().unwrap())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn fact_27_all_bases_of_a_server_are_listed_in_pages() {
    let mut client = Client::of(server());
    assert_eq!(page(&mut client, "?page=1&per_page=3"), (names(&["own", "team's", "secret"]), true));
    assert_eq!(page(&mut client, "?page=2&per_page=3"), (names(&["staff's"]), false));
    assert_eq!(page(&mut client, "?page=3&per_page=3"), (Vec::new(), false));
    assert_eq!(page(&mut client, "?page=2&per_page=2"), (names(&["secret", "staff's"]), false));
    let all = names(&["own", "team's", "secret", "staff's"]);
    assert_eq!(
        [page(&mut client, ""), page(&mut client, "?page=x&per_page=1")],
        [(all.clone(), false), (all, false)]
    );
    assert_eq!(client.get(&format!("{BASES}?page=0")).status(), 500);
}

#[test]
fn fact_27_each_base_has_its_owner_who_may_be_renamed_or_deleted() {
    let mut sandbox = server();
    sandbox.rename_owner(8, "personnel");
    sandbox.delete_owner(7);
    let json = Client::of(sandbox).get(BASES).json();
    let owner = |base: &Value| json!([base["email"], base["group_id"], base["owner"], base["owner_deleted"]]);
    let owners: Vec<_> = json["dtables"].as_array().unwrap().iter().map(owner).collect();
    let known = json!([
        ["5ea7@auth.local", null, "Robert Teamplayer", false],
        [null, 48, "team", false],
        ["a1@auth.local", null, null, true],
        [null, 60, "personnel", false],
    ]);
    assert_eq!(Value::from(owners), known);
}

#[test]
fn fact_27_any_base_is_exported_by_its_uuid_without_its_password() {
    let mut client = Client::of(server());
    let uuid = client.sandbox.state(NOW).base(7, "secret").unwrap().uuid.clone();
    let export = format!("{BASES}{uuid}/synchronous-export/export-dtable/?ignore_asset=false");
    assert_eq!(client.get(&export).response.body(), &sample_dtable(7));
    let missing = client.get(&export.replace(&uuid, "d0"));
    assert_eq!(missing.error(), error(404, "Base not found."));
    assert_eq!(client.post(&export).status(), 405);
}

#[test]
fn fact_27_other_users_are_refused() {
    let mut client = Client::of(server().without_system_admin());
    for address in [BASES.to_owned(), format!("{BASES}d0/synchronous-export/export-dtable/")] {
        let denied = error(403, "You do not have permission to perform this action.");
        assert_eq!(client.get(&address).error(), denied);
    }
}

#[test]
fn fact_27_older_servers_have_neither_call() {
    for generation in OLDER {
        let mut client = Client::new(generation);
        for address in [BASES.to_owned(), format!("{BASES}d0/synchronous-export/export-dtable/")] {
            let reply = client.get(&address);
            assert!(reply.status() == 404 && reply.is_page(), "{address}");
        }
    }
}

#[test]
fn fact_17_exports_by_uuid_have_the_limit_of_those_in_one_request() {
    let limits = RateLimits { requests: None, synchronous_exports: Some(2) };
    let mut client = Client::of(server().with_rate_limits(limits));
    let uuid = client.sandbox.state(NOW).base(8, "staff's").unwrap().uuid.clone();
    let by_uuid = format!("{BASES}{uuid}/synchronous-export/export-dtable/");
    let by_name = "/api/v2.1/workspace/1/synchronous-export/export-dtable/?dtable_name=own";
    let status = [&by_uuid, by_name, &by_uuid, BASES].map(|target| client.get(target).status());
    assert_eq!(status, [200, 200, 429, 200]);
}

#[test]
fn shifting_pages_repeat_some_bases_and_lack_others() {
    let shifts = server().with_fault("admin-dtables:shift*always".parse().unwrap());
    let mut client = Client::of(shifts);
    let (first, _) = page(&mut client, "?page=1&per_page=2");
    let (second, _) = page(&mut client, "?page=2&per_page=2");
    assert!(first.iter().any(|name| second.contains(name)), "{first:?} {second:?}");
}

#[test]
fn a_fault_hits_the_export_of_one_base_by_its_uuid() {
    let mut client = Client::of(server().with_fault("admin-export/secret:504*always".parse().unwrap()));
    let export = |name: &str, workspace| {
        let uuid = server().state(NOW).base(workspace, name).unwrap().uuid.clone();
        format!("{BASES}{uuid}/synchronous-export/export-dtable/")
    };
    assert_eq!(client.get(&export("secret", 7)).status(), 504);
    assert_eq!(client.get(&export("staff's", 8)).status(), 200);
}

#[test]
fn a_base_can_move_to_another_owner_and_be_deleted() {
    let mut sandbox = server();
    let id = sandbox.state(NOW).base(7, "secret").unwrap().id;
    sandbox.move_to_workspace(id, 8);
    assert!(sandbox.state(NOW).base(7, "secret").is_none());
    assert_eq!(sandbox.state(NOW).base(8, "secret").unwrap().id, id);
    sandbox.delete(id);
    assert!(sandbox.state(NOW).base(8, "secret").is_none());
}

#[test]
fn a_generated_server_has_this_many_bases_and_owners() {
    let mut client = Client::of(Sandbox::new(Generation::Current).with_generated_server(300, 40));
    let json = client.get(&format!("{BASES}?per_page=1000")).json();
    let bases = json["dtables"].as_array().unwrap();
    assert_eq!(bases.len(), 300);
    let count = |key: &dyn Fn(&Value) -> String| {
        bases.iter().map(key).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(count(&|base| format!("{}{}", base["email"], base["group_id"])), 40);
    assert!(count(&|base| base["owner"].to_string()) < 40, "no two have the same name");
    assert!(bases.iter().any(|base| base["owner_deleted"] == true));
    assert_eq!(bases.iter().filter(|base| base["name"] == "").count(), 1);
    assert!(bases.iter().any(|base| base["is_encrypted"] == true));
}
