//! `--server-wide`: every base of a server, by UUID, in folders by owner.

use seatable_io_sandbox::Generation::Current;

use super::accounts::{backup, catalogue, each, files, is_good};
use super::*;

/// Bases of the account, of two users with the same name and of a group; one has a password, and one has no name.
fn whole_server() -> Rig {
    let sandbox = Sandbox::new(Current)
        .with_other_user(7, "a@auth.local", "Anna")
        .with_other_user(8, "b@auth.local", "Anna")
        .with_other_group(9, 60, "R&D / \"50 %\"")
        .with_base(1, "Sales", sample_dtable(600))
        .with_protected_base(7, "Sales", sample_dtable(700), "nobody knows")
        .with_base(8, "Sales", sample_dtable(800))
        .with_base(9, "", sample_dtable(900));
    Rig::new(sandbox)
}

fn backup_all(rig: &Rig, more: &[&str]) -> Done {
    backup(rig, &[&["--server-wide"], more].concat())
}

/// The folders of the copies, without the times of the files.
fn folders(rig: &Rig) -> Vec<String> {
    let mut folders: Vec<_> =
        files(rig).iter().map(|file| file.rsplit_once('/').unwrap().0.to_owned()).collect();
    folders.dedup();
    folders
}

fn base_number(rig: &Rig, workspace: u64, name: &str) -> u64 {
    rig.server.with(|sandbox, now| sandbox.state(now).base(workspace, name).unwrap().id)
}

const FOLDERS: [&str; 4] =
    ["Anna 7/Sales", "Anna 8/Sales", "R&D %2F %2250 %25%22 9/%-", "Robert Teamplayer 1/Sales"];

#[test]
fn fact_27_every_base_of_a_server_is_listed_with_its_owner() {
    let rig = whole_server();
    let done = rig.run(&["--json", "list", "--server-wide"]);
    let lines = done.lines();
    let anna = "Anna";
    assert_eq!(each(&lines, "/owner/name"), ["Robert Teamplayer", anna, anna, "R&D / \"50 %\""]);
    assert_eq!(each(&lines, "/owner/id")[1..], ["a@auth.local", "b@auth.local", "group 60"]);
    assert_eq!(each(&lines, "/workspace"), each(&lines, "/owner/name"));
    assert_eq!((lines[1]["encrypted"].as_bool(), lines[1]["shared"].as_bool()), (Some(true), Some(false)));
    let plain = rig.run(&["list", "--server-wide", "--workspace", "8"]);
    assert!(plain.out().starts_with("8  Anna  Sales  20") && plain.out().lines().count() == 1, "{plain:?}");
    assert!(plain.err.contains("1 base; the server has bases in 4 workspaces"), "{plain:?}");
    assert!(rig.run(&["--json", "list"]).lines().iter().all(|line| line["owner"].is_null()));
}

#[test]
fn fact_27_every_base_of_a_server_is_copied_without_passwords_even_one_without_a_name() {
    let rig = whole_server();
    let done = backup_all(&rig, &[]);
    assert_eq!((done.code, done.lines().len()), (Some(0), 4), "{done:?}");
    assert_eq!(folders(&rig), FOLDERS);
    assert!(is_good(&rig));
    let owners: Vec<_> = catalogue(&rig).iter().map(|line| line["owner"].clone()).collect();
    assert_eq!(owners, ["5ea7@auth.local", "a@auth.local", "b@auth.local", "group 60"]);
    assert_eq!(rig.asked(Call::ExportByUuid), 4);
    assert_eq!(rig.asked(Call::SynchronousExport) + rig.asked(Call::StartExport), 0);
    let bytes: Vec<_> = catalogue(&rig).iter().map(|line| line["bytes"].as_u64().unwrap()).collect();
    assert_eq!(bytes, [600, 700, 800, 900], "each has its own file");
}

#[test]
fn folders_stay_when_an_owner_is_renamed_and_a_base_that_moves_gets_another() {
    let rig = whole_server();
    backup_all(&rig, &[]);
    rig.server.with(|sandbox, _| {
        sandbox.rename_owner(7, "Anna Miller");
        sandbox.add_base(7, "Zebra", sample_dtable(100));
    });
    let moving = base_number(&rig, 8, "Sales");
    rig.server.with(|sandbox, _| sandbox.move_to_workspace(moving, 9));
    let done = backup_all(&rig, &["--keep", "1"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(each(&done.lines(), "/workspace").iter().filter(|name| **name == "Anna Miller").count(), 2);
    let now = ["Anna 7/Sales", "Anna 7/Zebra", FOLDERS[2], "R&D %2F %2250 %25%22 9/Sales", FOLDERS[3]];
    assert_eq!(folders(&rig), now, "--keep deleted the copy in the former folder");
}

#[test]
fn copies_of_an_account_and_of_its_server_share_a_folder() {
    let rig = whole_server();
    assert_eq!(backup(&rig, &[]).code, Some(0));
    assert_eq!(backup_all(&rig, &[]).code, Some(0));
    let all: Vec<_> = ["1 personal/Sales"].into_iter().chain(FOLDERS).collect();
    assert_eq!(folders(&rig), all);
    let skipped = backup_all(&rig, &["--max-age", "20h"]);
    assert!(each(&skipped.lines(), "/status").iter().all(|status| *status == "skipped"), "{skipped:?}");
}

#[test]
fn a_base_of_a_server_is_restored_by_its_folder_its_uuid_or_its_workspace() {
    let rig = whole_server();
    backup_all(&rig, &[]);
    let restore = |more: &[&str]| {
        let all =
            [&["--json", "restore", "b", "--workspace", "1", "--suffix", " 2", "--dry-run"], more].concat();
        rig.run(&all)
    };
    let ambiguous = restore(&["Sales"]);
    assert_eq!(ambiguous.code, Some(2), "{ambiguous:?}");
    assert!(
        ambiguous.err.contains("Anna 7/Sales") && ambiguous.err.contains("Anna 8/Sales"),
        "{ambiguous:?}"
    );
    let uuid = rig.server.with(|sandbox, now| sandbox.state(now).base(8, "Sales").unwrap().uuid.clone());
    for named in [&["Anna 8/Sales"][..], &[&*uuid], &["Sales", "--from", "8"]] {
        let line = restore(named).line();
        assert!(line["file"].as_str().unwrap().starts_with("b/Anna 8/Sales/"), "{line}");
    }
}

#[test]
fn a_part_of_a_server_is_chosen_by_workspace_and_name() {
    let rig = whole_server();
    assert_eq!(backup_all(&rig, &["--workspace", "8", "--workspace", "9"]).lines().len(), 2);
    assert_eq!(folders(&rig), FOLDERS[1..3]);
    let done = backup_all(&rig, &["--base", "Plans", "--workspace", "7"]);
    assert_eq!(done.failure(), failure(4, "failed", "not_found", None));
    assert!(done.err.contains("not in the server's list: base Plans"), "{done:?}");
}

#[test]
fn assets_of_a_server_can_be_left_out_and_a_plan_exports_nothing() {
    let rig = whole_server();
    let planned = backup_all(&rig, &["--dry-run"]);
    assert_eq!(each(&planned.lines(), "/status"), ["planned"; 4]);
    assert_eq!((rig.asked(Call::ExportByUuid), files(&rig).len()), (0, 0));
    backup_all(&rig, &["--no-assets", "--workspace", "8"]);
    let log = &rig.server.state().log;
    assert!(log.iter().any(|entry| entry.target.ends_with("?ignore_asset=true")));
}

#[test]
fn fact_27_a_token_of_another_user_is_refused_with_the_reason() {
    let rig = Rig::new(Sandbox::new(Current).without_system_admin());
    for args in
        [&["--json", "list", "--server-wide"][..], &["--json", "backup", "b", "--init", "--server-wide"]]
    {
        let done = rig.run(args);
        assert_eq!(done.failure(), failure(3, "failed", "auth", Some(403)));
        assert!(done.err.contains("the token is not that of a system administrator of http"), "{done:?}");
        assert!(done.err.contains("hint: use the token of a system administrator"), "{done:?}");
    }
}

#[test]
fn fact_27_older_servers_cannot_be_copied_as_a_whole() {
    for generation in [Generation::Y2020, Generation::Y2021] {
        let done = rig(generation).run(&["--json", "list", "--server-wide"]);
        assert_eq!(done.failure(), failure(2, "failed", "usage", Some(404)));
        assert!(
            done.err.contains("hint: omit --server-wide, which only current servers support"),
            "{done:?}"
        );
    }
}

#[test]
fn a_list_that_changes_each_time_is_used_and_reported() {
    let sandbox = (0..250).fold(whole_server(), |rig, number| rig.base(&format!("base {number}")));
    let rig = sandbox.fault(Call::ListServerBases, FaultKind::Shift);
    let done = rig.run(&["--json", "list", "--server-wide"]);
    assert_eq!(done.code, Some(10), "{done:?}");
    let words = "the server's list changed each time it was read, so bases may be missing, or may be gone";
    assert!(done.err.contains(words), "{done:?}");
    let lines = done.lines();
    assert_eq!(lines.iter().filter(|line| line["status"] == "failed").count(), 1);
    assert_eq!(rig.asked(Call::ListServerBases), 5 * 3);
}

#[test]
fn fact_17_no_base_of_a_server_fails_because_of_the_limit_of_exports() {
    let rig = whole_server();
    rig.server.with(|sandbox, _| sandbox.add_fault("admin-export:429@1*2".parse().unwrap()));
    let done = backup_all(&rig, &["--jobs", "3"]);
    assert_eq!((done.code, rig.asked(Call::ExportByUuid)), (Some(0), 6), "{done:?}");
}

#[test]
fn fact_26_a_base_of_a_server_that_takes_too_long_is_tried_once_more_at_the_end() {
    let rig = whole_server();
    let late = Fault::new(Call::ExportByUuid, FaultKind::GatewayTimeout { acted: false });
    rig.server.with(|sandbox, _| sandbox.add_fault(late));
    let done = backup_all(&rig, &[]);
    assert_eq!((done.code, rig.asked(Call::ExportByUuid)), (Some(0), 5), "{done:?}");
    assert_eq!(folders(&rig), FOLDERS);
}

#[test]
fn options_that_contradict_a_whole_server_are_refused() {
    let rig = rig(Current);
    for args in [
        &["list", "--server-wide", "--shared"][..],
        &["backup", "b", "--init", "--server-wide", "--shared"],
        &["backup", "b", "--init", "--server-wide", "--password-file", "p"],
        &["sandbox", "--owners", "40"],
        &["sandbox", "--account", "20", "--owners", "4"],
        &["sandbox", "--account", ".", "--owners", "40"],
    ] {
        let done = rig.run(args);
        assert_eq!((done.code, rig.nothing_asked()), (Some(2), true), "{done:?}");
    }
}
