use serde_json::json;

use super::*;
use crate::testing::{at, copy, listing, personal, there};
use crate::{BasePlan, Cause, Options, plan};

const HOUR: i64 = 3600;
const NOW: i64 = 1_000_000;

fn base(uuid: &str, name: &str) -> BasePlan {
    let listing = listing(&json!([personal(204, &[(uuid, name)])]));
    plan(&listing, &Catalogue::default(), there, &Options::default(), at(NOW)).unwrap().remove(0)
}

fn failed() -> EventKind {
    EventKind::Failed(Cause::new("auth", None, "no"))
}

fn ages(copies: &[SavedCopy], events: &[BaseEvent], size_of: impl Fn(&CopyPath) -> Option<u64>) -> Ages {
    let mut read = crate::testing::catalogue(copies);
    for event in events {
        read.note(event);
    }
    read.ages(Duration::from_secs(26 * 3600), at(NOW), size_of)
}

/// The folders of the bases that are named, and their last copies.
fn stale(ages: &Ages) -> Vec<(&str, LastCopy)> {
    ages.stale.iter().map(|stale| (stale.folder.as_str(), stale.last)).collect()
}

#[test]
fn a_base_is_stale_if_its_last_copy_is_too_old() {
    let copies = |age: i64| [copy("v", "b", NOW), copy("u", "a", NOW - 99 * HOUR), copy("u", "a", NOW - age)];
    assert_eq!(stale(&ages(&copies(26 * HOUR - 1), &[], there)), []);
    let old = LastCopy::Old(at(NOW - 26 * HOUR));
    assert_eq!(stale(&ages(&copies(26 * HOUR), &[], there)), [("204 personal/a", old)]);
}

#[test]
fn bases_are_sorted_by_folder_and_have_all_that_is_known() {
    let copies = [copy("v", "b", 2), copy("u", "renamed", 1), copy("u", "a", 3)];
    let events = [base("u", "a").event(failed(), at(7)), base("v", "b").event(EventKind::Listed, at(8))];
    let ages = ages(&copies, &events, there);
    let [old_a, old_b] = [3, 2].map(|started| LastCopy::Old(at(started)));
    assert_eq!(stale(&ages), [("204 personal/a", old_a), ("204 personal/b", old_b)]);
    let Stale { base, workspace_id, failing_since, .. } = &ages.stale[0];
    assert_eq!((base.uuid.as_str(), *workspace_id, *failing_since), ("u", 204, Some(at(7))));
    assert_eq!(ages.stale[1].failing_since, None, "it was listed again, and did not fail");
}

#[test]
fn two_bases_with_one_name_are_two() {
    let ages = ages(&[copy("u", "a", NOW), copy("v", "a", 2)], &[], there);
    assert_eq!(ages.stale.iter().map(|stale| stale.base.uuid.as_str()).collect::<Vec<_>>(), ["v"]);
}

#[test]
fn only_copies_whose_files_exist_with_their_size_count() {
    let [old, young] = [copy("u", "a", 5), copy("u", "a", NOW - 1)];
    let size = |file: &CopyPath| Some(if *file == young.file { 99 } else { 100 });
    let copies = [old, young.clone()];
    assert_eq!(stale(&ages(&copies, &[], size)), [("204 personal/a", LastCopy::Old(at(5)))]);
    assert_eq!(stale(&ages(&copies, &[], |_| None)), [("204 personal/a", LastCopy::Missing)]);
}

#[test]
fn a_copy_from_the_future_is_not_young_and_hides_no_young_one() {
    let future = copy("u", "a", NOW + 1);
    let last = [("204 personal/a", LastCopy::Future(at(NOW + 1)))];
    assert_eq!(stale(&ages(&[copy("u", "a", 1), future.clone()], &[], there)), last);
    assert_eq!(stale(&ages(&[copy("u", "a", NOW - 1), future.clone()], &[], there)), []);
    assert_eq!(stale(&ages(&[future, copy("u", "a", NOW)], &[], there)), []);
}

#[test]
fn bases_that_are_gone_or_excluded_are_counted_and_not_stale() {
    let copies = [copy("u", "a", 1), copy("v", "b", 1), copy("w", "c", 1), copy("x", "d", 1)];
    let events = [
        base("u", "a").event(EventKind::Gone, at(2)),
        base("v", "b").event(EventKind::Gone, at(2)),
        base("w", "c").event(EventKind::Excluded, at(2)),
    ];
    let ages = ages(&copies, &events, there);
    assert_eq!((ages.gone, ages.excluded), (2, 1));
    assert_eq!(stale(&ages), [("204 personal/d", LastCopy::Old(at(1)))]);
}

#[test]
fn a_base_that_never_had_a_copy_is_named_if_it_failed() {
    let events = [
        base("u", "a").event(failed(), at(2)),
        base("v", "b").event(EventKind::Excluded, at(2)),
        base("w", "c").event(EventKind::Gone, at(2)),
    ];
    let ages = ages(&[], &events, there);
    assert_eq!((ages.gone, ages.excluded), (0, 1), "nothing is left of a base that is gone");
    assert_eq!(stale(&ages), [("204 personal/a", LastCopy::Never)]);
    assert_eq!(ages.stale[0].failing_since, Some(at(2)));
}

#[test]
fn a_base_whose_copies_were_all_removed_has_none() {
    let (mut read, copy) = (Catalogue::default(), copy("u", "a", NOW));
    read.insert(&copy);
    read.note(&base("u", "a").event(failed(), at(NOW)));
    read.remove(&copy.file);
    let ages = read.ages(Duration::from_secs(1), at(NOW), there);
    assert_eq!(stale(&ages), [("204 personal/a", LastCopy::Never)]);
}
