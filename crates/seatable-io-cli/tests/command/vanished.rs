//! `backup` and `restore` with bases that are no longer on the server.

use seatable_io_sandbox::{Generation::Current, Share};

use super::accounts::*;
use super::*;

/// The server has these bases of the account from now on. The uuid of a base depends on its place.
fn serve(rig: &Rig, names: &[&str]) {
    let bases =
        names.iter().fold(Sandbox::new(Current), |it, name| it.with_base(1, name, sample_dtable(900)));
    rig.server.with(|sandbox, _| *sandbox = bases);
}

/// A backup of two bases, of which the second was deleted afterwards.
fn deleted() -> Rig {
    let rig = rig(Current);
    serve(&rig, &["a", "Notes"]);
    backup(&rig, &[]);
    serve(&rig, &["a"]);
    rig
}

fn named(events: &[(&str, &str)]) -> Vec<(String, String)> {
    events.iter().map(|(base, event)| ((*base).to_owned(), (*event).to_owned())).collect()
}

#[test]
fn a_base_that_vanished_is_named_once() {
    let rig = deleted();
    let warning = "warning: 1 personal/Notes is no longer in the server's list; its copies stay\n";
    let done = backup(&rig, &["--keep", "1"]);
    let lines = done.lines();
    assert_eq!((done.code, each(&lines, "/status")), (Some(0), vec!["gone", "finished", "deleted"]));
    assert_eq!((&lines[0]["base"]["name"], &lines[0]["workspace_id"]), (&"Notes".into(), &1.into()));
    assert!(lines[0]["since"].is_string() && done.err.starts_with(warning), "{done:?}");
    let again = backup(&rig, &["--keep", "1"]);
    assert!(each(&again.lines(), "/status")[0] == "finished" && !again.err.contains("warning"), "{again:?}");
    assert_eq!(events(&rig), named(&[("Notes", "gone")]));
    assert!(files(&rig)[0].starts_with("1 personal/Notes/") && is_good(&rig));
}

#[test]
fn a_dry_run_names_it_and_records_nothing() {
    let rig = deleted();
    for _ in 0..2 {
        let done = backup(&rig, &["--dry-run"]);
        assert_eq!(each(&done.lines(), "/status"), ["gone", "planned"]);
        assert!(done.err.contains("1 personal/Notes is no longer"), "{done:?}");
    }
    assert_eq!(events(&rig), []);
}

#[test]
fn a_base_that_is_listed_again_is_reported_and_may_vanish_again() {
    let rig = deleted();
    backup(&rig, &[]);
    age(&rig, 86_400);
    serve(&rig, &["a", "Notes"]);
    let done = backup(&rig, &["--base", "a"]);
    assert_eq!(each(&done.lines(), "/status"), ["listed", "finished"]);
    assert!(
        done.err.starts_with("1 personal/Notes is in the server's list again, where it was missing since 20")
    );
    serve(&rig, &["a"]);
    assert_eq!(each(&backup(&rig, &[]).lines(), "/status"), ["gone", "finished"]);
    assert_eq!(events(&rig), named(&[("Notes", "gone"), ("Notes", "listed"), ("Notes", "gone")]));
}

#[test]
fn a_listing_with_gaps_proves_nothing() {
    let rig = deleted().fault(Call::ListAdministered, FaultKind::PermissionDenied);
    let done = backup(&rig, &[]);
    assert!(done.code == Some(10) && !done.err.contains("no longer"), "{done:?}");
    assert_eq!(events(&rig), []);
}

#[test]
fn a_listing_without_shared_bases_proves_nothing_about_them() {
    let sandbox = Sandbox::new(Current).with_base(1, "a", sample_dtable(900));
    let rig = Rig::new(sandbox.with_shared_base(50, "lent", sample_dtable(700), Share::Base));
    assert_eq!(each(&backup(&rig, &["--shared"]).lines(), "/status"), ["finished", "finished"]);
    assert_eq!(each(&backup(&rig, &[]).lines(), "/status"), ["finished"]);
    serve(&rig, &["a"]);
    assert_eq!(each(&backup(&rig, &["--shared", "--base", "a"]).lines(), "/status"), ["gone", "finished"]);
    assert_eq!(events(&rig), named(&[("lent", "gone")]));
}

#[test]
fn the_token_of_another_account_is_noticed() {
    let rig = deleted();
    serve(&rig, &[]);
    let done = rig.run(&["--json", "-q", "backup", "b"]);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(10), vec!["gone"; 3]));
    let message =
        "seatable-io: none of the 2 bases with copies is in the server's list; their copies stay\nhint: ";
    assert!(done.err.starts_with(message), "{done:?}");
    assert_eq!(backup(&rig, &[]).code, Some(0), "it is reported once");
}

#[test]
fn bases_that_are_not_chosen_are_not_gone() {
    let rig = rig(Current).base("a").base("b");
    backup(&rig, &[]);
    for more in [["--base", "a"], ["--workspace", "1"], ["--exclude", "b"]] {
        assert!(!backup(&rig, &more).err.contains("no longer"));
    }
}

#[test]
fn a_new_address_of_the_server_makes_no_base_vanish() {
    let (old, new) = (rig(Current).base("a"), rig(Current).base("a"));
    backup(&old, &[]);
    let folder = old.dir.path().join("b");
    let url = format!("{}/", old.server.url());
    let done = new.run(&["--json", "backup", folder.to_str().unwrap(), "--moved-from", &url]);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(0), vec!["finished"]), "{done:?}");
    assert_eq!(events(&old), []);
}

#[test]
fn restore_of_all_bases_names_those_that_are_gone() {
    let rig = deleted();
    backup(&rig, &[]);
    let restore = |more: &[&str]| rig.run(&[&["restore", "b", "--workspace", "1"], more].concat());
    let warning = "warning: 1 personal/Notes has not been in the server's list since 20";
    let planned = restore(&["--all", "--dry-run"]);
    assert!(planned.err.contains(warning) && planned.err.ends_with("2 planned\n"), "{planned:?}");
    let done = restore(&["--all", "--suffix", " (old)"]);
    assert!(done.err.matches(warning).count() == 1 && done.err.contains("2 restored"), "{done:?}");
    let one = restore(&["Notes"]);
    assert!(one.code == Some(0) && !one.err.contains("warning"), "it was asked for: {one:?}");
}
