use seatable_io_proto::Listing;
use serde_json::{Value, json};

use super::*;
use crate::SavedCopy;
use crate::plan;
use crate::testing::{at, catalogue, copy, listing, personal, server, there};

const DAY: i64 = 86_400;

/// The changes that a listing shows at this time: base, event, since.
fn shown(listing: &Listing, catalogue: &Catalogue, options: &Options, now: i64) -> Vec<(String, Value)> {
    let plans = plan(listing, catalogue, there, options, at(now)).unwrap();
    let changes = changes(listing, &plans, catalogue, options, at(now));
    assert!(changes.iter().all(|event| event.since == at(now)));
    let one = |event: &BaseEvent| {
        let line: Value = serde_json::from_str(&event.line()).unwrap();
        (event.base.uuid.to_string(), line["event"].clone())
    };
    changes.iter().map(one).collect()
}

/// The same, recorded in the catalogue.
fn night(listing: &Listing, catalogue: &mut Catalogue, options: &Options, now: i64) -> Vec<(String, Value)> {
    let plans = plan(listing, catalogue, there, options, at(now)).unwrap();
    let before = shown(listing, catalogue, options, now);
    for event in changes(listing, &plans, catalogue, options, at(now)) {
        catalogue.note(&event);
    }
    before
}

fn account(bases: &[(&str, &str)]) -> Listing {
    listing(&json!([personal(204, bases)]))
}

fn events(events: &[(&str, &str)]) -> Vec<(String, Value)> {
    events.iter().map(|(base, event)| ((*base).to_owned(), (*event).into())).collect()
}

fn gone(catalogue: &Catalogue, base: &str) -> Option<i64> {
    catalogue.gone_since(&base.parse().unwrap()).map(Timestamp::as_unix)
}

fn exclude(name: &str) -> Options {
    Options::default().exclude(vec![name.to_owned()])
}

#[test]
fn a_base_that_a_listing_lacks_is_gone_since_the_first_one() {
    let mut read = catalogue(&[copy("u", "a", 1), copy("v", "a", 2)]);
    let (both, one, options) =
        (account(&[("u", "a"), ("v", "a")]), account(&[("v", "a")]), Options::default());
    assert_eq!(night(&both, &mut read, &options, 10), []);
    assert_eq!(night(&one, &mut read, &options, 20), events(&[("u", "gone")]));
    assert_eq!(night(&one, &mut read, &options, 30), [], "it is recorded once");
    assert_eq!((gone(&read, "u"), gone(&read, "v")), (Some(20), None));
}

#[test]
fn a_base_that_is_listed_again_is_gone_anew_the_next_time() {
    let mut read = catalogue(&[copy("u", "a", 1)]);
    let (there, none, options) = (account(&[("u", "a")]), account(&[]), Options::default());
    night(&none, &mut read, &options, 20);
    assert_eq!(night(&there, &mut read, &options, 30), events(&[("u", "listed")]));
    assert_eq!((gone(&read, "u"), night(&there, &mut read, &options, 40)), (None, vec![]));
    assert_eq!(night(&none, &mut read, &options, 50), events(&[("u", "gone")]));
    assert_eq!(gone(&read, "u"), Some(50));
}

#[test]
fn another_base_with_the_same_name_is_not_the_one_that_is_gone() {
    let mut read = catalogue(&[copy("u", "a", 1)]);
    let shown = night(&account(&[("w", "a")]), &mut read, &Options::default(), 20);
    assert_eq!((shown, gone(&read, "w")), (events(&[("u", "gone")]), None));
}

#[test]
fn only_a_complete_listing_shows_that_a_base_is_gone() {
    let mut read = catalogue(&[copy("u", "a", 1), copy("v", "b", 2)]);
    let options = Options::default();
    let [mut gaps, mut unconfirmed, mut changing] = [(); 3].map(|()| account(&[("v", "b")]));
    (gaps.not_understood, unconfirmed.unconfirmed, changing.changing) = (1, true, true);
    for listing in [&gaps, &unconfirmed, &changing] {
        assert_eq!((night(listing, &mut read, &options, 20), gone(&read, "u")), (vec![], None));
    }
    // Any listing shows that a base exists.
    night(&account(&[]), &mut read, &options, 30);
    assert_eq!(night(&gaps, &mut read, &options, 40), events(&[("v", "listed")]));
}

#[test]
fn a_listing_without_shared_bases_says_nothing_about_them() {
    let shared = SavedCopy { workspace: "shared".to_owned(), ..copy("s", "a", 1) };
    let read = catalogue(&[shared, copy("u", "a", 2)]);
    let none = account(&[]);
    assert_eq!(shown(&none, &read, &Options::default(), 9), events(&[("u", "gone")]));
    let with_shared = Options::default().shared(true);
    assert_eq!(shown(&none, &read, &with_shared, 9), events(&[("s", "gone"), ("u", "gone")]));
}

#[test]
fn fact_27_only_the_list_of_a_whole_server_shows_that_a_base_of_others_is_gone() {
    let of_anna = SavedCopy { owner: Some("a@auth.local".to_owned()), ..copy("a", "a", 1) };
    let shared = SavedCopy { workspace: "shared".to_owned(), ..copy("s", "b", 1) };
    let mut read = catalogue(&[of_anna, shared, copy("u", "c", 1)]);
    let with_shared = Options::default().shared(true);
    assert_eq!(shown(&account(&[]), &read, &with_shared, 9), events(&[("s", "gone"), ("u", "gone")]));
    let whole = Options::default().server_wide(true).exclude(vec!["v".to_owned()]);
    let one = server(&[(7, "b@auth.local", "Ben", "v", "v")]);
    let all = [("a", "gone"), ("s", "gone"), ("u", "gone"), ("v", "excluded")];
    assert_eq!(night(&one, &mut read, &whole, 9), events(&all));
    assert_eq!(night(&account(&[]), &mut read, &with_shared, 10), [], "Ben's base was never copied");
    assert_eq!(night(&server(&[]), &mut read, &whole, 11), events(&[("v", "gone")]));
}

#[test]
fn the_last_copy_shows_whether_a_base_is_shared() {
    let shared = |started| SavedCopy { workspace: "shared".to_owned(), ..copy("u", "a", started) };
    let none = account(&[]);
    let was_own = catalogue(&[copy("u", "a", 1), shared(2)]);
    assert_eq!(shown(&none, &was_own, &Options::default(), 9), []);
    let is_own = catalogue(&[shared(1), copy("u", "a", 2)]);
    assert_eq!(shown(&none, &is_own, &Options::default(), 9), events(&[("u", "gone")]));
}

#[test]
fn a_new_address_of_the_server_and_chosen_bases_change_nothing() {
    let moved = SavedCopy { server: "https://old.example/".to_owned(), ..copy("u", "a", 1) };
    let read = catalogue(&[moved, copy("v", "b", 2), copy("w", "c", 3)]);
    let options = Options::default().bases(vec!["b".to_owned()]);
    assert_eq!(shown(&account(&[("u", "a"), ("v", "b"), ("w", "c")]), &read, &options, 9), []);
    assert_eq!(shown(&account(&[("v", "b"), ("w", "c")]), &read, &options, 9), events(&[("u", "gone")]));
}

#[test]
fn a_base_without_copies_is_gone_only_if_the_catalogue_knows_it() {
    let (mut read, both) = (Catalogue::default(), account(&[("u", "a"), ("v", "b")]));
    night(&both, &mut read, &exclude("b"), 5);
    let copy = copy("w", "c", 1);
    read.insert(&copy);
    read.remove(&copy.file);
    assert_eq!(night(&account(&[]), &mut read, &exclude("b"), 9), events(&[("v", "gone")]));
    assert_eq!(night(&account(&[]), &mut read, &exclude("b"), 10), []);
}

#[test]
fn an_exclusion_is_recorded_when_it_begins_and_when_it_ends() {
    let mut read = catalogue(&[copy("u", "a", 1), copy("v", "b", 1)]);
    let both = account(&[("u", "a"), ("v", "b")]);
    assert_eq!(night(&both, &mut read, &exclude("a"), 5), events(&[("u", "excluded")]));
    assert_eq!(night(&both, &mut read, &exclude("a"), 6), []);
    assert_eq!(night(&both, &mut read, &exclude("b"), 7), events(&[("u", "listed"), ("v", "excluded")]));
    let only_a = Options::default().bases(vec!["a".to_owned()]);
    assert_eq!(night(&both, &mut read, &only_a, 8), [], "nothing is known about others");
}

#[test]
fn an_excluded_base_can_vanish_and_come_back_excluded() {
    let mut read = catalogue(&[copy("u", "a", 1)]);
    let (there, none) = (account(&[("u", "a")]), account(&[]));
    night(&there, &mut read, &exclude("a"), 5);
    assert_eq!(night(&none, &mut read, &exclude("a"), 6), events(&[("u", "gone")]));
    let back = events(&[("u", "listed"), ("u", "excluded")]);
    assert_eq!(night(&there, &mut read, &exclude("a"), 7), back);
    assert_eq!(night(&there, &mut read, &exclude("a"), 8), []);
}

#[test]
fn a_listing_that_lacks_all_of_several_bases_is_noticed_once() {
    let own = [copy("u", "a", 1), copy("v", "b", 1)];
    let shared = SavedCopy { workspace: "shared".to_owned(), ..copy("s", "c", 1) };
    let all = |read: &Catalogue, bases: &[(&str, &str)], options: &Options| {
        let changes = changes(&account(bases), &[], read, options, at(9));
        all_gone(&changes, read, options)
    };
    let (mut read, options) = (catalogue(&[&own[..], &[shared]].concat()), Options::default());
    assert_eq!(all(&read, &[("w", "new")], &options), Some(2));
    assert_eq!([all(&read, &[("v", "b")], &options), all(&catalogue(&own[..1]), &[], &options)], [None; 2]);
    let with_shared = options.clone().shared(true);
    assert_eq!([all(&read, &[], &with_shared), all(&read, &[("s", "c")], &with_shared)], [Some(3), None]);
    night(&account(&[]), &mut read, &options, 10);
    assert_eq!(all(&read, &[], &options), None);
}

/// The bases with copies that have been gone for ten days.
fn for_ten_days(read: &Catalogue, now: i64) -> Vec<String> {
    let limit = Duration::from_secs(10 * 86_400);
    let gone = read.bases().filter(|base| read.is_gone_for(base, limit, at(now)));
    gone.map(String::from).collect()
}

#[test]
fn a_base_is_gone_since_the_first_listing_without_it() {
    let mut read = catalogue(&[copy("u", "a", 1), copy("v", "a", 2), copy("u", "a", 3)]);
    night(&account(&[("v", "a")]), &mut read, &Options::default(), 20);
    assert!(for_ten_days(&read, 10 * DAY + 19).is_empty());
    assert_eq!(for_ten_days(&read, 10 * DAY + 20), ["u"], "and not the other");
    night(&account(&[]), &mut read, &Options::default(), 5 * DAY);
    assert_eq!(for_ten_days(&read, 14 * DAY), ["u"]);
    assert_eq!(for_ten_days(&read, 15 * DAY), ["u", "v"]);
}

#[test]
fn a_base_that_came_back_is_not_gone() {
    let mut read = catalogue(&[copy("u", "a", 1)]);
    night(&account(&[]), &mut read, &Options::default(), 20);
    night(&account(&[("u", "a")]), &mut read, &Options::default(), 30);
    assert!(for_ten_days(&read, 99 * DAY).is_empty());
    night(&account(&[]), &mut read, &Options::default(), 50 * DAY);
    assert_eq!(
        (for_ten_days(&read, 60 * DAY - 1), for_ten_days(&read, 60 * DAY)),
        (vec![], vec!["u".to_owned()])
    );
}

#[test]
fn a_clock_that_is_set_back_makes_no_base_gone_for_long() {
    let mut read = catalogue(&[copy("u", "a", 1)]);
    night(&account(&[]), &mut read, &Options::default(), 99 * DAY);
    assert_eq!((for_ten_days(&read, 98 * DAY), for_ten_days(&read, 0)), (vec![], vec![]));
    let same = night(&account(&[]), &mut read, &Options::default(), 5);
    assert_eq!((same, gone(&read, "u")), (vec![], Some(99 * DAY)), "it stays gone since the later time");
}
