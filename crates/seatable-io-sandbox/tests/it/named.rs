//! Faults for one base or one workspace.

use proptest::prelude::*;
use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, Sandbox, sample_dtable};

use crate::common::{Client, OLDER, PREVIEW, TABLE, request};

const CSV: &[u8] = b"a";

/// Bases with two names in two workspaces.
fn client(generation: Generation, fault: &str) -> Client {
    let sandbox = Sandbox::new(generation).with_group(2, 48, "team");
    let bases = [(1, "Sales"), (1, "Orders"), (2, "Sales"), (2, "Orders")];
    let add = |sandbox: Sandbox, (workspace, name)| sandbox.with_base(workspace, name, sample_dtable(0));
    Client::of(bases.into_iter().fold(sandbox, add).with_fault(fault.parse().unwrap()))
}

/// The statuses of the exports of personal Sales and Orders, and of those of the team.
fn exports(fault: &str) -> [u16; 4] {
    let mut client = client(Generation::Current, fault);
    [(1, "Sales"), (1, "Orders"), (2, "Sales"), (2, "Orders")].map(|(workspace, name)| {
        let target =
            format!("/api/v2.1/workspace/{workspace}/synchronous-export/export-dtable/?dtable_name={name}");
        client.get(&target).status()
    })
}

proptest! {
    #[test]
    fn any_name_is_parsed_from_its_text(name in ".+") {
        let fault = Fault::new(Call::QueryStatus, FaultKind::Cut { after: 7 }).only(name).times(3).after(2);
        prop_assert_eq!(fault.to_string().parse(), Ok(fault));
    }
}

#[test]
fn a_name_follows_its_call() {
    let fault: Fault = "import/a%2Fb/c%3A %25:lost".parse().unwrap();
    assert_eq!(fault, Fault::new(Call::StartImport, FaultKind::Lost).only("a/b/c: %"));
    let why = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
    assert!(why("import/:lost").contains("there is no name after `/`"));
    assert!(why("import/%ff:lost").contains("`%ff` is not UTF-8"));
}

#[test]
fn a_fault_can_be_for_a_base_a_workspace_or_both() {
    assert_eq!(exports("synchronous-export:502*always"), [502; 4]);
    assert_eq!(exports("synchronous-export/Sales:502*always"), [502, 200, 502, 200]);
    assert_eq!(exports("synchronous-export/team:502*always"), [200, 200, 502, 502]);
    assert_eq!(exports("any/personal/Orders:502*always"), [200, 502, 200, 200]);
    assert_eq!(exports("any/Sale:502*always"), [200; 4]);
}

#[test]
fn only_requests_for_its_base_count() {
    assert_eq!(exports("any/Sales:502"), [502, 200, 200, 200]);
    assert_eq!(exports("any/Sales:502+1"), [200, 200, 502, 200]);
    assert_eq!(exports("any/team/Sales:502+1"), [200; 4]);
}

#[test]
fn a_base_keeps_its_own_name_in_faults() {
    let statuses = |fault: &str| {
        let mut client = client(Generation::Current, fault);
        let target = "/api/v2.1/workspace/1/synchronous-export/export-dtable/?dtable_name=sales";
        client.get(target).status()
    };
    assert_eq!(["any/Sales:502", "any/sales:502"].map(statuses), [502, 200]);
}

#[test]
fn requests_for_a_task_belong_to_its_base() {
    for generation in OLDER {
        let mut client = client(generation, "any/Sales:502*always+1");
        let start = |name: &str| format!("/api/v2.1/workspace/1/dtable/{name}/export-dtable/");
        for (name, status) in [("Orders", 200), ("Sales", 502)] {
            let export = client.get(&start(name));
            let (task, uuid) = (export.task(), export.uuid());
            let requested =
                [client.status(&task), client.content(&task, &uuid), client.cancel(&task, &uuid, "export")];
            let got = requested.map(|reply| reply.status());
            assert_eq!(got, if status == 502 { [502; 3] } else { [200, 200, 400] });
        }
    }
}

#[test]
fn an_import_belongs_to_the_base_that_it_creates() {
    for generation in Generation::ALL {
        let mut client = client(generation, "import/New:502*2+1");
        let mut import = |name: &str| client.import(&format!("{name}.dtable"), &sample_dtable(0)).status();
        assert_eq!(["Old", "New", "Other"].map(&mut import), [200; 3]);
        assert_eq!(["Another", "New", "New", "New"].map(import), [200, 502, 502, 400]);
        let faults: Vec<_> =
            client.sandbox.state(client.now).log.iter().map(|entry| entry.fault.is_some()).collect();
        assert_eq!(faults, [false, false, false, false, true, true, false]);
    }
}

#[test]
fn a_fault_for_a_workspace_counts_an_import_once() {
    let mut client = client(Generation::Current, "import/team:502+1");
    let mut import = |workspace: u64, name: &str| {
        let target = format!("/api/v2.1/workspace/{workspace}/import-dtable/");
        client.import_at(&target, &format!("{name}.dtable"), &sample_dtable(0)).status()
    };
    let imports = [(1, "a"), (2, "b"), (1, "c"), (2, "d"), (2, "e")];
    assert_eq!(imports.map(|(workspace, name)| import(workspace, name)), [200, 200, 200, 502, 200]);
}

#[test]
fn a_fault_for_a_new_base_makes_no_other_fault_count_a_request_twice() {
    let mut client = client(Generation::Current, "import:502+1");
    client.sandbox.add_fault("import/None:500".parse().unwrap());
    let mut import = |name: &str| client.import(&format!("{name}.dtable"), &sample_dtable(0)).status();
    assert_eq!(["a", "b", "c"].map(&mut import), [200, 502, 200]);
}

#[test]
fn a_fault_can_break_the_connection_for_one_new_base() {
    for fault in ["import/New:refused", "import/New:upload-cut", "import/New:413"] {
        let mut client = client(Generation::Current, fault);
        assert_eq!(client.import("Old.dtable", &sample_dtable(0)).status(), 200);
        let head = crate::common::upload("form-data; name=dtable; filename=New.dtable", &sample_dtable(0));
        let token = client.sandbox.token().to_owned();
        let delivery = client.send(crate::common::with_token(head, &token));
        assert!(delivery.response.status() == 413 || delivery.delivered().unwrap().is_none(), "{fault}");
        assert!(client.base("New").is_none() && client.base("Old").is_some());
    }
}

#[test]
fn tables_belong_to_the_base_that_they_become() {
    let mut client = client(Generation::Current, "any/New:fail@no*2");
    assert_eq!(client.import_at(TABLE, "Old.csv", CSV).status(), 200);
    assert_eq!(client.import_at(TABLE, "New.csv", CSV).error().1, "no");
    client.import("Late.csv", CSV);
    let mut confirm = |name: &str| {
        let mut confirm = request("POST", PREVIEW, client.sandbox.token());
        confirm.headers_mut().insert("Content-Type", "application/json".parse().unwrap());
        *confirm.body_mut() = format!(r#"{{"dtable_name": "{name}", "included_tables": {{}}}}"#).into();
        client.send(confirm);
        client.sandbox.state(client.now).log.last().unwrap().fault.is_some()
    };
    assert_eq!(["Late", "New"].map(&mut confirm), [false, true]);
}
