use super::*;
use crate::testing::{at, catalogue, copy, copy_in, there};

fn restored(copies: &[SavedCopy], options: &RestoreOptions) -> Result<Vec<(String, i64)>, RestoreError> {
    let restored = all(&catalogue(copies), options)?;
    let name =
        |it: &Restoration| it.name.as_ref().map_or_else(ToString::to_string, |name| name.base().to_owned());
    Ok(restored.iter().map(|it| (name(it), it.copy.started.as_unix())).collect())
}

fn all(catalogue: &Catalogue, options: &RestoreOptions) -> Result<Vec<Restoration>, RestoreError> {
    restore(catalogue, options, there).map(Iterator::collect)
}

fn named(bases: &[&str]) -> RestoreOptions {
    let bases = bases.iter().map(ToString::to_string).collect();
    RestoreOptions::default().bases(bases)
}

fn pairs(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(name, started)| ((*name).to_owned(), *started)).collect()
}

#[test]
fn the_newest_copy_of_each_base_is_restored() {
    let copies = [copy("u", "b", 1), copy("v", "a", 2), copy("u", "b", 3), copy("v", "a", 4)];
    assert_eq!(restored(&copies, &RestoreOptions::default()), Ok(pairs(&[("a", 4), ("b", 3)])));
    assert_eq!(restored(&copies, &named(&["b", "b"])), Ok(pairs(&[("b", 3)])));
    assert_eq!(restored(&copies, &named(&["b", "a"])), Ok(pairs(&[("b", 3), ("a", 4)])));
    let options = RestoreOptions::default().at(at(2)).suffix(" (old)");
    assert_eq!(restored(&copies, &options), Ok(pairs(&[("a (old)", 2), ("b (old)", 1)])));
}

#[test]
fn a_name_of_several_bases_is_ambiguous_until_one_is_chosen() {
    let copies = [copy_in(7, "u", "a", 1), copy_in(8, "v", "a", 2), copy_in(8, "w", "b", 3)];
    let error = restored(&copies, &named(&["a"])).unwrap_err();
    let bases = "7 personal/a (u, 1970-01-01T00:00:01Z), 8 personal/a (v, 1970-01-01T00:00:02Z)";
    assert_eq!(error.to_string(), format!("a is the name of 2 bases: {bases}"));
    let from = |id| restored(&copies, &named(&["a"]).from(id));
    assert_eq!([from(7), from(8)], [Ok(pairs(&[("a", 1)])), Ok(pairs(&[("a", 2)]))]);
    for (base, started) in
        [("u", 1), ("v", 2), ("7 personal/a", 1), ("8 personal/a", 2), ("8 personal/a/", 2), ("b", 3)]
    {
        let found = restored(&copies, &named(&[base])).unwrap();
        assert_eq!(found.iter().map(|(_, started)| *started).collect::<Vec<_>>(), [started], "{base}");
    }
}

#[test]
fn the_newest_copy_of_one_base_is_chosen_as_a_restore_chooses_it() {
    let copies = [copy("u", "a", 1), copy("v", "b", 2), copy("u", "a", 3), copy("w", "b", 4)];
    let catalogue = catalogue(&copies);
    let started = |base: &str, time| newest(&catalogue, base, time).map(|copy| copy.started.as_unix());
    assert_eq!(
        [started("a", None), started("a", Some(at(2))), started("204 personal/a", None)],
        [Ok(3), Ok(1), Ok(3)]
    );
    assert!(matches!(started("b", None), Err(RestoreError::Ambiguous { .. })));
    assert_eq!(started("b", Some(at(3))), Ok(2));
    let words = |base, time| newest(&catalogue, base, time).unwrap_err().to_string();
    assert_eq!(words("c", None), "there is no copy of c");
    let early =
        "there is no copy of w from 1970-01-01T00:00:03Z or earlier; the oldest is from 1970-01-01T00:00:04Z";
    assert_eq!(words("w", Some(at(3))), early);
}

#[test]
fn bases_are_found_as_a_restore_finds_them() {
    let copies = [copy("v", "b", 1), copy("u", "a", 2), copy("v", "c", 3), copy("w", "b", 4)];
    let found = |bases: &[&str]| {
        let bases: Vec<_> = bases.iter().map(ToString::to_string).collect();
        find_bases(&catalogue(&copies), &bases)
            .map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(found(&[]).as_deref(), Ok("u w v"), "by the last label");
    assert_eq!(found(&["v", "204 personal/a", "c"]).as_deref(), Ok("v u"), "each once");
    assert!(matches!(found(&["b"]), Err(RestoreError::Ambiguous { .. })));
    assert!(matches!(found(&["a", "x"]), Err(RestoreError::NoCopy(missing)) if missing.len() == 1));
    assert!(find_bases(&Catalogue::default(), &[]).unwrap().is_empty());
}

#[test]
fn a_base_that_was_created_again_is_another_base() {
    let copies = [copy("v", "a", 1), copy("u", "a", 2), copy("v", "a", 3)];
    assert!(matches!(restored(&copies, &named(&["a"])), Err(RestoreError::Ambiguous { .. })));
    let only = |base: &str| restored(&copies, &named(&[base]));
    assert_eq!([only("u"), only("v")], [Ok(pairs(&[("a", 2)])), Ok(pairs(&[("a", 3)]))]);
}

#[test]
fn a_base_that_moved_to_another_workspace_is_one_base() {
    let copies = [copy_in(7, "u", "a", 1), copy_in(8, "u", "a", 2)];
    for options in [RestoreOptions::default(), named(&["a"])] {
        assert_eq!(restored(&copies, &options), Ok(pairs(&[("a", 2)])));
    }
}

#[test]
fn the_newest_copy_is_the_one_recorded_last_even_if_the_clock_was_wrong() {
    let copies = [copy("u", "a", 9), copy("u", "a", 2)];
    for options in [RestoreOptions::default(), named(&["a"]), named(&["u"])] {
        assert_eq!(restored(&copies, &options), Ok(pairs(&[("a", 2)])));
    }
}

#[test]
fn a_base_that_moved_can_be_restored_from_its_old_workspace() {
    let copies = [copy_in(7, "u", "a", 1), copy_in(8, "u", "a", 2)];
    for options in [RestoreOptions::default(), named(&["a"])] {
        let from = |id| restored(&copies, &options.clone().from(id));
        assert_eq!((from(7), from(8)), (Ok(pairs(&[("a", 1)])), Ok(pairs(&[("a", 2)]))));
    }
}

#[test]
fn a_base_is_found_under_an_earlier_name_but_restored_once() {
    let copies = [copy("u", "before", 1), copy("u", "after", 2)];
    assert_eq!(restored(&copies, &named(&["before"])), Ok(pairs(&[("before", 1)])));
    assert_eq!(restored(&copies, &RestoreOptions::default()), Ok(pairs(&[("after", 2)])));
}

#[test]
fn fact_19_names_are_compared_in_nfc() {
    let names = ["Gro\u{308}ße", "Gr\u{f6}ße"];
    for (saved, named_as) in [(names[0], names[1]), (names[1], names[0])] {
        for names in [&[named_as][..], &[saved, named_as]] {
            assert_eq!(restored(&[copy("u", saved, 1)], &named(names)), Ok(pairs(&[(saved, 1)])));
        }
    }
}

#[test]
fn an_error_says_for_all_bases_why_there_is_no_copy() {
    let copies = [copy_in(7, "u", "a", 5), copy_in(8, "u", "a", 4), copy_in(8, "v", "b", 2)];
    let error = |options: &RestoreOptions| restored(&copies, options).unwrap_err().to_string();
    assert_eq!(error(&named(&["x", "a", "y"])), "there is no copy of x; there is no copy of y");
    let no_copy = "there is no copy of";
    let with = |bases: RestoreOptions, from, time: Option<i64>| error(&bases.from(from).at(time.map(at)));
    assert_eq!(with(named(&["b"]), Some(7), None), format!("{no_copy} b from workspace 7, only from 8"));
    assert_eq!(with(named(&["b"]), Some(7), Some(1)), format!("{no_copy} b from workspace 7, only from 8"));
    assert_eq!(with(named(&["x"]), Some(7), Some(1)), format!("{no_copy} x"));
    let earlier = "from 1970-01-01T00:00:03Z or earlier; the oldest is from 1970-01-01T00:00:0";
    assert_eq!(with(named(&["a"]), None, Some(3)), format!("{no_copy} a {earlier}4Z"));
    assert_eq!(with(named(&["a"]), Some(7), Some(3)), format!("{no_copy} a {earlier}5Z"));
    let all = RestoreOptions::default;
    assert_eq!(with(all(), Some(9), None), format!("{no_copy} any base from workspace 9, only from 7, 8"));
    assert_eq!(with(all(), Some(7), Some(3)), format!("{no_copy} any base {earlier}5Z"));
    assert_eq!(restored(&[], &all()).unwrap_err().to_string(), format!("{no_copy} any base"));
}

#[test]
fn bases_without_a_copy_that_old_come_first() {
    let copies = [copy("u", "a", 1), copy("v", "b", 7), copy("v", "b", 5), copy("w", "c", 3)];
    let options = RestoreOptions::default().at(at(3));
    let words = "it has no copy that old; the oldest is from 1970-01-01T00:00:05Z";
    assert_eq!(restored(&copies, &options), Ok(pairs(&[(words, 5), ("a", 1), ("c", 3)])));
}

#[test]
fn a_base_without_a_copy_that_old_takes_no_name_from_another() {
    let copies = [copy_in(7, "u", "a", 1), copy_in(8, "v", "a", 5)];
    let options = RestoreOptions::default().at(at(2));
    let words = "it has no copy that old; the oldest is from 1970-01-01T00:00:05Z";
    assert_eq!(restored(&copies, &options), Ok(pairs(&[(words, 5), ("a", 1)])));
}

#[test]
fn fact_22_the_last_copy_keeps_a_name_that_the_server_may_not_distinguish() {
    let sorted = |left_out: &str, other: &str| {
        let mut kept = [(other, 2), ("b", 3)];
        kept.sort_unstable();
        pairs(&[&[(left_out, 1)], &kept[..]].concat())
    };
    for (one, other) in [("Plan", "plan"), ("Müller", "muller"), ("a", "a "), ("a", "a"), ("é", "e\u{301}")]
    {
        let words = "the server may not distinguish its name from that of";
        for [first, last] in [["u", "v"], ["v", "u"]] {
            let copies = [copy_in(7, first, one, 1), copy_in(8, last, other, 2), copy("w", "b", 3)];
            let all = restored(&copies, &RestoreOptions::default());
            let left_out = format!("{words} {}", copies[1].label());
            assert_eq!(all, Ok(sorted(&left_out, other)), "{one}");
            let error = restored(&copies, &named(&["w", first, last])).unwrap_err().to_string();
            let labels = [&copies[0], &copies[1]].map(SavedCopy::label);
            assert_eq!(
                error,
                format!("the server may not distinguish the names of {} and {}", labels[0], labels[1])
            );
        }
    }
    let different = [copy("u", "Plan", 1), copy("v", "Plans", 2), copy("w", "Plan\u{a0}", 3)];
    assert!(
        restored(&different, &RestoreOptions::default())
            .unwrap()
            .iter()
            .all(|(name, _)| name.starts_with("Plan"))
    );
}

#[test]
fn a_copy_that_lacks_assets_of_an_older_one_says_so() {
    let lacking = |started, assets_missing| SavedCopy { assets_missing, ..copy("u", "a", started) };
    let copies = [lacking(1, 0), lacking(2, 3), copy("v", "b", 3)];
    for options in [RestoreOptions::default(), named(&["a", "b"])] {
        let all = all(&catalogue(&copies), &options).unwrap();
        let richer: Vec<_> =
            all.iter().map(|it| it.richer.as_ref().map(|copy| copy.started.as_unix())).collect();
        assert_eq!(richer, [Some(1), None]);
    }
    let (catalogue, options) = (catalogue(&copies), named(&["a"]));
    let mut gone = restore(&catalogue, &options, |_| None).unwrap();
    assert_eq!(gone.next().unwrap().richer, None);
}

#[test]
fn a_name_that_cannot_be_sent_is_found_before_anything_is_sent() {
    let copies = [copy("u", "a", 1), copy("v", "x/y", 2)];
    let error = restored(&copies, &named(&["a", "x/y"])).unwrap_err();
    assert!(matches!(error, RestoreError::Name { name, .. } if name == "x/y"));
    let long = named(&["a"]).suffix("b".repeat(250));
    assert!(matches!(restored(&copies, &long), Err(RestoreError::Name { .. })));
}

#[test]
fn a_name_that_cannot_be_sent_does_not_stop_the_other_bases() {
    let copies = [copy("u", "a", 1), copy("v", "x/y", 2)];
    let all = all(&catalogue(&copies), &RestoreOptions::default()).unwrap();
    assert_eq!(all.iter().map(|it| it.name.is_ok()).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn the_first_of_several_oldest_copies_is_named() {
    let second = SavedCopy { file: CopyPath::new("204 personal/a/2.dtable").unwrap(), ..copy("u", "a", 5) };
    let copies = catalogue(&[copy("u", "a", 5), second, copy("v", "b", 1)]);
    let options = RestoreOptions::default().at(at(2));
    let all = all(&copies, &options).unwrap();
    assert_eq!((&all[0].copy, &all[0].name), (&copy("u", "a", 5), &Err(NotRestored::NotOldEnough(at(5)))));
}

#[test]
fn similar_names_are_distinguished() {
    let copies = [copy("u", "a104074", 1), copy("v", "a109178", 2), copy("w", "A109178", 3)];
    let names =
        ["the server may not distinguish its name from that of 204 personal/A109178", "A109178", "a104074"];
    let restored = restored(&copies, &RestoreOptions::default()).unwrap();
    assert_eq!(restored.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), names);
}

#[test]
fn fact_27_a_name_that_several_owners_use_lists_them() {
    let of = |owner: &str, workspace_id, uuid| {
        let file = CopyPath::new(format!("{owner} {workspace_id}/Sales/1.dtable")).unwrap();
        let id = Some(format!("{owner}@auth.local"));
        SavedCopy { file, owner: id, workspace: owner.to_owned(), workspace_id, ..copy(uuid, "Sales", 1) }
    };
    let known = catalogue(&[of("Anna", 7, "u"), of("Ben", 8, "v")]);
    let options = |base: &str| RestoreOptions::default().bases(vec![base.to_owned()]);
    let chosen = |options: &RestoreOptions| {
        restore(&known, options, there)
            .map(|bases| bases.map(|base| base.copy.base.uuid.to_string()).collect())
    };
    let error = chosen(&options("Sales")).map(|_: Vec<_>| ()).unwrap_err().to_string();
    assert!(error.contains("Sales is the name of 2 bases: Anna 7/Sales (u, "), "{error}");
    assert!(error.contains("Ben 8/Sales (v, "), "{error}");
    for options in [options("Ben 8/Sales"), options("v"), options("Sales").from(8)] {
        assert_eq!(chosen(&options), Ok(vec!["v".to_owned()]));
    }
}
