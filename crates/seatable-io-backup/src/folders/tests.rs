use std::collections::BTreeSet;

use seatable_io_proto::Listing;
use serde_json::json;

use super::*;
use crate::testing::{at, catalogue, copy, listing, personal, server};
use crate::{Checksum, CopyPath, Options, SavedCopy, plan};

fn assigned(bases: &[(&str, &str)], catalogue: &Catalogue) -> Vec<String> {
    let listing = listing(&json!([personal(204, bases)]));
    let mut folders = Folders::of(catalogue);
    listing.bases.iter().map(|listed| folders.assign(listed)).collect()
}

#[test]
fn a_folder_is_named_after_the_workspace_and_the_base() {
    let folders = assigned(&[("u", "Sales/2026"), ("v", "")], &Catalogue::default());
    assert_eq!(folders, ["204 personal/%-", "204 personal/Sales%2F2026"]);
}

#[test]
fn names_that_some_file_system_considers_the_same_get_different_folders() {
    for (one, other) in [("Sales", "sales"), ("Gro\u{308}ße", "Größe"), ("STRASSE", "straße"), ("ſ", "S")]
    {
        let folders = assigned(&[("u", one), ("v", other)], &Catalogue::default());
        assert!(folders[0].len() < folders[1].len(), "{folders:?}");
        assert!(folders[1].ends_with(" u") || folders[1].ends_with(" v"), "{folders:?}");
    }
    let odd = assigned(&[("v", "A"), ("w", "a"), ("x", "a w")], &Catalogue::default());
    assert_eq!(odd, ["204 personal/A", "204 personal/a w", "204 personal/a w x"]);
}

#[test]
fn uuids_that_differ_only_in_case_have_different_folders() {
    let bases = [("abc", "a"), ("abC", "A"), ("aBc", "a"), ("ABC", "A")];
    let folders = assigned(&bases, &Catalogue::default());
    let keys: BTreeSet<_> = folders.iter().map(|folder| folded(folder)).collect();
    assert_eq!(keys.len(), 4, "{folders:?}");
    let copies = [copy("abC", "x", 1), copy("aBc", "y", 2)];
    assert!(assigned(&bases, &catalogue(&copies)).iter().all(|folder| keys.contains(&folded(folder))));
}

#[test]
fn a_folder_with_copies_of_another_base_is_not_shared() {
    let known = catalogue(&[copy("gone", "sales", 1), copy("v", "Plans", 2)]);
    let folders = assigned(&[("u", "Sales"), ("v", "Plans")], &known);
    assert_eq!(folders, ["204 personal/Plans", "204 personal/Sales u"]);
    let known = catalogue(&[copy("gone", "Sales", 1), copy("u", "Sales", 2)]);
    assert_eq!(assigned(&[("u", "Sales")], &known), ["204 personal/Sales u"], "nor is one that was");
}

#[test]
fn a_folder_is_free_once_its_copies_are_removed() {
    let mut known = catalogue(&[copy("gone", "Sales", 1), copy("gone", "Sales", 2), copy("gone", "b", 3)]);
    known.remove(&copy("gone", "Sales", 1).file);
    assert_eq!(assigned(&[("u", "Sales")], &known), ["204 personal/Sales u"]);
    known.remove(&copy("gone", "Sales", 2).file);
    assert_eq!(assigned(&[("u", "Sales")], &known), ["204 personal/Sales"]);
}

#[test]
fn folders_of_similar_names_are_distinguished() {
    let known = catalogue(&[copy("gone", "a64097", 1)]);
    assert_eq!(assigned(&[("u", "a101268")], &known), ["204 personal/a101268"]);
}

#[test]
fn a_workspace_without_a_name_has_a_folder() {
    let listing = listing(&json!([{"id": 7, "table_list": [{"uuid": "u", "name": "a"}]}]));
    assert_eq!(Folders::of(&Catalogue::default()).assign(&listing.bases[0]), "7/a");
}

/// Copies every base of these listings, one listing after the other, and returns the folders of the last.
fn copied(listings: &[Listing]) -> Vec<String> {
    let (mut known, mut folders) = (Catalogue::default(), Vec::new());
    for (time, listing) in (0..).zip(listings) {
        let plans = plan(listing, &known, |_| None, &Options::default(), at(time)).unwrap();
        for plan in &plans {
            let (file, sum) = (plan.file(at(time), |_| false), Checksum::new([7; 32]));
            assert!(CopyPath::new(file.as_str()).is_ok(), "{file}");
            known.insert(&plan.saved("https://seatable.example/", file, at(time), 100, sum));
        }
        folders = plans.iter().map(|plan| plan.folder().to_owned()).collect();
    }
    folders
}

#[test]
fn fact_27_on_a_whole_server_folders_begin_with_the_owner() {
    let listing = server(&[
        (7, "a@auth.local", "Anna", "t", "Plans"),
        (7, "a@auth.local", "Anna", "u", "Sales"),
        (8, "b@auth.local", "R&D / \"50 %\"", "v", "Sales"),
        (9, "c@auth.local", "", "w", "Sales"),
        (10, "d@auth.local", "..", "x", ""),
    ]);
    let known =
        ["Anna 7/Plans", "Anna 7/Sales", "R&D %2F %2250 %25%22 8/Sales", "c@auth.local 9/Sales", ".. 10/%-"];
    assert_eq!(copied(&[listing]), known);
}

#[test]
fn the_folder_of_an_owner_stays_when_the_owner_is_renamed_for_new_bases_too() {
    let before =
        server(&[(7, "a@auth.local", "Anna", "u", "Sales"), (8, "b@auth.local", "Ben", "v", "Sales")]);
    let after = server(&[
        (7, "a@auth.local", "Anna Miller", "u", "Sales"),
        (7, "a@auth.local", "Anna Miller", "w", "Zebra"),
        (8, "b@auth.local", "Ben", "v", "Sales"),
    ]);
    assert_eq!(copied(&[before, after.clone()]), ["Anna 7/Sales", "Anna 7/Zebra", "Ben 8/Sales"]);
    assert_eq!(copied(&[after])[0], "Anna Miller 7/Sales");
}

#[test]
fn a_base_that_moves_to_another_owner_gets_another_folder() {
    let anna = |uuid| (7, "a@auth.local", "Anna", uuid, "Sales");
    let ben = |uuid| (8, "b@auth.local", "Ben", uuid, "Sales");
    assert_eq!(copied(&[server(&[anna("u")]), server(&[ben("u")])]), ["Ben 8/Sales"]);
    // Someone else takes over the workspace.
    let other = server(&[(7, "b@auth.local", "Ben", "u", "Sales")]);
    assert_eq!(copied(&[server(&[anna("u")]), other]), ["Ben 7/Sales"]);
    // An owner with two workspaces has two folders.
    let second = server(&[anna("u"), (8, "a@auth.local", "Anna", "v", "Sales")]);
    assert_eq!(copied(&[server(&[anna("u")]), second]), ["Anna 7/Sales", "Anna 8/Sales"]);
}

#[test]
fn two_owners_of_one_name_have_different_folders() {
    let two = server(&[(7, "a@auth.local", "Anna", "u", "Sales"), (8, "b@auth.local", "anna", "v", "Sales")]);
    assert_eq!(copied(&[two]), ["Anna 7/Sales", "anna 8/Sales"]);
    // Even if they had the same workspace one after the other.
    let first = server(&[(7, "a@auth.local", "Anna", "u", "Sales")]);
    let other = server(&[(7, "b@auth.local", "anna", "v", "Plans")]);
    let folder = format!("anna 7 {}/Plans", hash("b@auth.local"));
    assert_eq!(copied(&[first.clone(), other.clone()]), [folder.as_str()]);
    assert_eq!(copied(&[first, other.clone(), other]), [folder], "and it stays");
}

#[test]
fn long_names_of_owners_differ_by_their_workspaces() {
    let name = "ä".repeat(250);
    let two = server(&[(7, "a@auth.local", &name, "u", "a"), (8, "b@auth.local", &name, "v", "a")]);
    let folders = copied(&[two]);
    assert_ne!(folders[0], folders[1]);
    assert!(folders.iter().all(|folder| folder.starts_with("ää") && folder.len() < 260), "{folders:?}");
}

#[test]
fn copies_of_an_account_and_of_its_server_do_not_meet() {
    let account = listing(&json!([{"id": 204, "name": "17", "type": "personal",
        "table_list": [{"uuid": "u", "name": "Sales"}]}]));
    let wide =
        server(&[(17, "a@auth.local", "204", "v", "Sales"), (204, "b@auth.local", "17", "u", "Sales")]);
    let with_hash = format!("204 17 {}/Sales", hash("a@auth.local"));
    assert_eq!(copied(&[account.clone(), wide.clone()]), [with_hash.as_str(), "17 204/Sales"]);
    // The other way round, the bases have different folders in one.
    assert_eq!(copied(&[wide.clone(), account.clone()]), ["204 17/Sales u"]);
    assert_eq!(copied(&[account.clone(), wide, account]), ["204 17/Sales"]);
}

#[test]
fn a_copy_in_no_folder_gives_its_owner_none() {
    let stray = SavedCopy {
        file: CopyPath::new("a.dtable").unwrap(),
        owner: Some("a@auth.local".to_owned()),
        workspace_id: 7,
        ..copy("u", "a", 1)
    };
    let listing = server(&[(7, "a@auth.local", "Anna", "u", "Sales")]);
    assert_eq!(Folders::of(&catalogue(&[stray])).assign(&listing.bases[0]), "Anna 7/Sales");
}

#[test]
fn an_owner_whose_copies_are_removed_has_no_folder() {
    let renamed = server(&[(7, "a@auth.local", "Anna Miller", "u", "Sales")]);
    let mut old = copy("u", "Sales", 1);
    (old.file, old.owner, old.workspace_id) =
        (CopyPath::new("Anna 7/Sales/1.dtable").unwrap(), Some("a@auth.local".to_owned()), 7);
    let mut known = catalogue(&[old.clone()]);
    assert_eq!(Folders::of(&known).assign(&renamed.bases[0]), "Anna 7/Sales");
    known.remove(&old.file);
    assert_eq!(Folders::of(&known).assign(&renamed.bases[0]), "Anna Miller 7/Sales");
}
