use serde_json::{Value, json};

use super::*;
use crate::testing::{at, catalogue, copy, copy_in, listing, personal, server, there};

const NOW: i64 = 1_000_000;
const HOUR: i64 = 3600;

fn account() -> Value {
    json!([
        {"id": "", "shared_table_list": [{"uuid": "s", "name": "theirs", "workspace_id": 9}]},
        personal(204, &[("u1", "Größe"), ("u2", "plans")]),
        {"id": 205, "name": "team", "is_admin": true, "table_list": [{"uuid": "u3", "name": "plans"}]},
        {"id": 206, "name": "club", "is_admin": false, "table_list": [{"uuid": "m", "name": "songs"}]},
    ])
}

fn planned(options: &Options) -> Result<Vec<String>, NotListed> {
    let plans = plan(&listing(&account()), &Catalogue::default(), there, options, at(NOW))?;
    Ok(plans.iter().map(|plan| plan.folder().to_owned()).collect())
}

/// The action for base `u`, which changed at `updated` and has these copies.
fn action_for(copies: &[SavedCopy], updated: &str, options: &Options) -> Action {
    action_where(there, copies, updated, options)
}

/// The same for files of these sizes.
fn action_where(
    size_of: impl Fn(&CopyPath) -> Option<u64>,
    copies: &[SavedCopy],
    updated: &str,
    options: &Options,
) -> Action {
    let base = json!({"uuid": "u", "name": "a", "updated_at": updated});
    let listing = listing(&json!([{"id": 204, "is_admin": true, "table_list": [base]}]));
    let mut plans = plan(&listing, &catalogue(copies), size_of, options, at(NOW)).unwrap();
    plans.remove(0).action
}

fn skip(copy: SavedCopy, reason: fn(SavedCopy) -> SkipReason) -> Action {
    Action::Skip(reason(copy))
}

fn stamped(started: i64, updated: i64) -> SavedCopy {
    let mut copy = copy("u", "a", started);
    copy.base.updated_at = Some(at(updated).to_string());
    copy
}

#[test]
fn every_base_that_the_account_administers_is_copied() {
    let all = ["204 personal/Größe", "204 personal/plans", "205 team/plans"];
    assert_eq!(planned(&Options::default()).unwrap(), all);
    let shared = planned(&Options::default().shared(true)).unwrap();
    assert_eq!(shared, [&["9 shared/theirs"], &all[..]].concat());
}

#[test]
fn fact_19_bases_are_chosen_by_workspace_and_by_name_in_nfc() {
    let by_name = |name: &str| Options::default().bases(vec![name.to_owned()]);
    for name in ["Gro\u{308}ße", "Gr\u{f6}ße"] {
        assert_eq!(planned(&by_name(name)).unwrap(), ["204 personal/Größe"]);
    }
    assert_eq!(planned(&by_name("plans")).unwrap().len(), 2);
    let options = by_name("plans").workspaces(vec![205]);
    assert_eq!(planned(&options).unwrap(), ["205 team/plans"]);
}

#[test]
fn bases_that_are_not_listed_are_named_before_anything_is_done() {
    let options = Options::default().workspaces(vec![205, 9, 7]).bases(vec!["Größe".to_owned()]);
    let missing = planned(&options).unwrap_err();
    assert_eq!(missing.to_string(), "not in the server's list: workspace 9, workspace 7, base Größe");
    assert!(planned(&Options::default().workspaces(vec![9]).shared(true)).is_ok());
    let without_bases = Options::default().workspaces(vec![206]);
    assert_eq!(planned(&without_bases), Ok(Vec::new()));
    let options = Options::default().bases(vec!["songs".to_owned()]);
    assert_eq!(planned(&options).unwrap_err().bases, ["songs"]);
}

#[test]
fn a_base_with_a_young_copy_is_skipped() {
    let options = Options::default().max_age(Duration::from_secs(20 * 3600));
    let action = |age| action_for(&[copy("u", "a", NOW - age)], "", &options);
    assert_eq!(action(20 * HOUR), Action::Copy);
    assert_eq!(action(20 * HOUR - 1), skip(copy("u", "a", NOW - 20 * HOUR + 1), SkipReason::Recent));
    assert_eq!(action(-1), Action::Copy, "a copy from the future");
    let [young, future] = [NOW - 1, NOW + 1].map(|started| copy("u", "a", started));
    let skipped = skip(young.clone(), SkipReason::Recent);
    assert_eq!(action_for(&[young, future], "", &options), skipped, "before one from the future");
    assert_eq!(action_for(&[copy("v", "a", NOW)], "", &options), Action::Copy, "of another base");
}

#[test]
fn fact_16_a_base_whose_last_change_was_settled_when_it_was_copied_is_skipped() {
    let options = Options::default().changed(true);
    let action = |copies: &[SavedCopy], updated| action_for(copies, &at(updated).to_string(), &options);
    let settled = stamped(9000, 9000 - HOUR / 2);
    let skipped = skip(settled.clone(), SkipReason::Unchanged);
    assert_eq!(action(std::slice::from_ref(&settled), 9000 - HOUR / 2), skipped);
    assert_eq!(action(&[stamped(8999, 9000 - HOUR / 2)], 9000 - HOUR / 2), Action::Copy);
    assert_eq!(action(&[settled.clone(), stamped(9999, 9500)], 9000 - HOUR / 2), Action::Copy);
    assert_eq!(action(&[settled], 9001), Action::Copy);
    assert_eq!(action_for(&[copy("u", "a", 9000)], "", &options), Action::Copy);
}

#[test]
fn only_copies_whose_files_exist_with_their_size_count() {
    let options = Options::default().changed(true).max_age(Duration::MAX);
    for size in [None, Some(99), Some(101)] {
        let action = action_where(|_| size, &[stamped(9000, 1)], &at(1).to_string(), &options);
        assert_eq!(action, Action::Copy);
    }
}

#[test]
fn an_older_copy_counts_if_the_last_one_is_missing() {
    let [older, gone] = [stamped(9000, 1), stamped(9999, 1)];
    let size = |file: &CopyPath| (*file == older.file).then_some(100);
    let copies = [older.clone(), gone];
    let reasons: [(_, fn(_) -> _); 2] =
        [(None, SkipReason::Unchanged), (Some(Duration::MAX), SkipReason::Recent)];
    for (max_age, reason) in reasons {
        let options = Options::default().changed(true).max_age(max_age);
        let action = action_where(size, &copies, &at(1).to_string(), &options);
        assert_eq!(action, skip(older.clone(), reason));
    }
}

#[test]
fn a_copy_is_recorded_as_its_base_was_listed() {
    let base = json!({"uuid": "u", "name": "a", "created_at": "before", "updated_at": "then"});
    let listing = listing(&json!([{"id": 7, "name": "team", "is_admin": true, "table_list": [base]}]));
    let plans = plan(&listing, &Catalogue::default(), there, &Options::default(), at(NOW)).unwrap();
    let mut expected = copy_in(7, "u", "a", 5);
    expected.workspace = "team".to_owned();
    expected.base.updated_at = Some("then".to_owned());
    let SavedCopy { server, file, started, bytes, sha256, .. } = expected.clone();
    assert_eq!(plans[0].saved(&server, file, started, bytes, sha256), expected);
}

#[test]
fn another_base_may_have_got_the_name_after_the_listing() {
    let [before, after] = [[("u", "a")], [("v", "a")]].map(|bases| listing(&json!([personal(1, &bases)])));
    let plans = plan(&before, &Catalogue::default(), there, &Options::default(), at(NOW)).unwrap();
    let [own, other] = [before, after].map(|listing| listing.bases[0].base.clone());
    let is_of = [Some(&own), None, Some(&other)].map(|exported| plans[0].is_of(exported, None));
    assert_eq!(is_of, [true, true, false]);
    assert!(plans[0].is_of(Some(&own), Some("A")), "a name may change, a uuid does not");
}

#[test]
fn fact_22_without_a_uuid_a_base_is_recognized_by_its_name_in_nfc() {
    let listing = listing(&json!([personal(1, &[("u", "Mu\u{308}ller")])]));
    let plans = plan(&listing, &Catalogue::default(), there, &Options::default(), at(NOW)).unwrap();
    let names = ["M\u{fc}ller", "Mu\u{308}ller", "Muller", "m\u{fc}ller"];
    assert_eq!(names.map(|name| plans[0].is_of(None, Some(name))), [true, true, false, false]);
}

#[test]
fn a_file_that_exists_is_never_replaced() {
    let plans =
        plan(&listing(&account()), &Catalogue::default(), there, &Options::default(), at(NOW)).unwrap();
    let first = "204 personal/Größe/1970-01-12T134640Z.dtable";
    assert_eq!(plans[0].file(at(NOW), |_| false).as_str(), first);
    let third = plans[0].file(at(NOW), |file| !file.as_str().contains("-3"));
    assert_eq!(third.as_str(), "204 personal/Größe/1970-01-12T134640Z-3.dtable");
    assert!(CopyPath::new(third.as_str()).is_ok());
}

/// The actions for the bases of the account with these excluded ones: the folders of those that are skipped.
fn excluded(texts: &[&str], options: Options) -> Vec<String> {
    let options = options.exclude(texts.iter().map(|text| (*text).to_owned()).collect());
    let plans = plan(&listing(&account()), &Catalogue::default(), there, &options, at(NOW)).unwrap();
    let skipped = plans.iter().filter(|plan| plan.action == Action::Skip(SkipReason::Excluded));
    assert!(
        plans.iter().all(|plan| matches!(plan.action, Action::Copy | Action::Skip(SkipReason::Excluded)))
    );
    skipped.map(|plan| plan.folder().to_owned()).collect()
}

#[test]
fn fact_19_bases_are_excluded_by_name_in_nfc_in_every_workspace_or_by_uuid() {
    let by_default = |texts: &[&str]| excluded(texts, Options::default());
    assert_eq!(by_default(&["plans"]), ["204 personal/plans", "205 team/plans"]);
    assert_eq!(by_default(&["u3"]), ["205 team/plans"]);
    assert_eq!(by_default(&["Gro\u{308}ße", "u3"]), ["204 personal/Größe", "205 team/plans"]);
    assert_eq!(by_default(&["Plans", "u", ""]), [""; 0]);
}

#[test]
fn a_base_that_is_chosen_and_excluded_is_skipped() {
    let chosen = Options::default().bases(vec!["plans".to_owned()]);
    assert_eq!(excluded(&["u2"], chosen.clone()), ["204 personal/plans"]);
    assert_eq!(excluded(&["Größe"], chosen), [""; 0], "one that is not chosen has no plan");
}

#[test]
fn an_excluded_base_is_skipped_for_that_reason_and_keeps_its_folder() {
    let twins = listing(&json!([personal(204, &[("u", "A"), ("v", "a")])]));
    let folders = |options: &Options| {
        let plans = plan(&twins, &Catalogue::default(), there, options, at(NOW)).unwrap();
        plans.into_iter().map(|plan| plan.folder().to_owned()).collect::<Vec<_>>()
    };
    let options = Options::default().exclude(vec!["u".to_owned()]);
    assert_eq!(folders(&options), folders(&Options::default()));
    let options = Options::default().max_age(Duration::MAX).exclude(vec!["a".to_owned()]);
    assert_eq!(action_for(&[copy("u", "a", NOW)], "", &options), Action::Skip(SkipReason::Excluded));
}

#[test]
fn exclusions_that_fit_no_listed_base_are_named_as_they_were_given() {
    let texts = ["plans", "Gro\u{308}ße", "u1", "m", "s", "gone", "A\u{308}"].map(str::to_owned);
    let options = Options::default().exclude(texts.to_vec()).workspaces(vec![205]);
    assert_eq!(options.excluded_in_vain(&listing(&account())), ["gone", "A\u{308}"]);
    assert!(Options::default().excluded_in_vain(&listing(&account())).is_empty());
}

#[test]
fn fact_27_a_base_of_a_whole_server_is_exported_by_its_uuid_whatever_its_name() {
    let wide = server(&[(7, "a@auth.local", "Anna", "u", "Sales"), (7, "a@auth.local", "Anna", "v", "")]);
    let plans = plan(&wide, &Catalogue::default(), there, &Options::default(), at(0)).unwrap();
    let uuids: Vec<_> = plans.iter().map(|plan| plan.uuid_to_export().unwrap().as_str()).collect();
    assert_eq!(uuids, ["v", "u"]);
    assert!(plans[1].is_of(None, Some("renamed meanwhile")) && plans[1].is_of(None, None));
    assert!(!plans[1].is_of(Some(&plans[0].listed.base), None));
    let copy =
        plans[1].saved("https://seatable.example/", copy("u", "a", 1).file, at(0), 1, Checksum::new([0; 32]));
    assert_eq!((copy.workspace.as_str(), copy.owner.as_deref()), ("Anna", Some("a@auth.local")));
    let own = listing(&json!([personal(204, &[("u", "Sales")])]));
    let plans = plan(&own, &Catalogue::default(), there, &Options::default(), at(0)).unwrap();
    assert!(plans[0].uuid_to_export().is_none() && !plans[0].is_of(None, Some("Sales 2")));
}
