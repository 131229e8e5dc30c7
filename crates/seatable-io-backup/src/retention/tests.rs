use proptest::collection::vec;
use proptest::prelude::*;

use std::num::NonZeroUsize;

use super::*;
use crate::testing::{at, catalogue, copy, there};

mod tiers;

/// A moment after all copies.
const NOW: i64 = 3_000_000_000;

fn keep(copies: usize) -> RetentionPolicy {
    RetentionPolicy::default().keep(NonZeroUsize::new(copies))
}

/// Copies of base `u` that lack these numbers of assets, oldest first.
fn lacking(missing: &[u64]) -> Vec<SavedCopy> {
    let one =
        |(started, missing): (i64, &u64)| SavedCopy { assets_missing: *missing, ..copy("u", "a", started) };
    (1..).zip(missing).map(one).collect()
}

/// The starts of the copies of `u` that are superseded if `keep` stay.
fn superseded(copies: &[SavedCopy], keep: usize, size_of: impl Fn(&CopyPath) -> Option<u64>) -> Vec<i64> {
    let (read, base) = (catalogue(copies), "u".parse().unwrap());
    let superseded = read.superseded(&base, &self::keep(keep), at(NOW), |_| 0, false, size_of);
    superseded.into_iter().map(|copy| copy.started.as_unix()).collect()
}

#[test]
fn older_copies_of_the_same_base_are_superseded() {
    let copies = [copy("u", "a", 1), copy("v", "b", 2), copy("u", "renamed", 3), copy("u", "a", 4)];
    let superseded = [1, 2, 3, 4].map(|keep| superseded(&copies, keep, there));
    assert_eq!(superseded, [vec![1, 3], vec![1], vec![], vec![]]);
}

#[test]
fn a_copy_whose_file_is_missing_or_has_another_size_is_not_kept() {
    let copies = lacking(&[0; 4]);
    let sizes = [(&copies[0], 100), (&copies[1], 100), (&copies[3], 99)];
    let size = |file: &CopyPath| sizes.iter().find(|(copy, _)| copy.file == *file).map(|(_, size)| *size);
    assert_eq!(superseded(&copies, 1, size), [1]);
    assert!(superseded(&copies, 1, |_| None).is_empty());
}

#[test]
fn an_older_copy_is_superseded_even_if_its_file_is_missing() {
    let copies = lacking(&[0; 4]);
    let sizes = [(&copies[1], 99), (&copies[2], 100), (&copies[3], 100)];
    let size = |file: &CopyPath| sizes.iter().find(|(copy, _)| copy.file == *file).map(|(_, size)| *size);
    assert_eq!(superseded(&copies, 1, size), [1, 2, 3]);
}

#[test]
fn the_newest_copy_is_the_one_recorded_last_even_if_the_clock_was_wrong() {
    assert_eq!(superseded(&[copy("u", "a", 2_000_000_000), copy("u", "a", 7)], 1, there), [2_000_000_000]);
}

#[test]
fn a_poorer_copy_never_pushes_out_a_richer_one() {
    for (missing, keep, gone) in [
        (&[0, 5][..], 1, &[][..]),
        (&[0, 5, 5, 5], 1, &[2, 3]),
        (&[0, 0, 5, 5, 5], 2, &[3]),
        (&[0, 0, 0, 5], 2, &[1]),
        (&[5, 0], 1, &[1]),
        (&[5, 0, 5], 1, &[1]),
        (&[3, 2, 1], 1, &[1, 2]),
        (&[1, 2, 3], 1, &[]),
        (&[5, 4, 6, 5], 1, &[1, 3]),
        (&[5, 4, 6, 5], 2, &[1]),
    ] {
        assert_eq!(superseded(&lacking(missing), keep, there), gone, "{missing:?}, {keep}");
    }
}

proptest! {
    #[test]
    fn a_copy_goes_if_enough_newer_ones_that_stay_are_no_poorer(
        copies in vec((0..5_u64, any::<bool>()), 0..12), keep in 1..4_usize,
    ) {
        let (missing, is_there): (Vec<_>, Vec<_>) = copies.into_iter().unzip();
        let all = lacking(&missing);
        let (mut stay, mut gone) = (Vec::new(), Vec::new());
        for (place, missing) in missing.iter().enumerate().rev() {
            if stay.iter().filter(|newer| *newer <= &missing).count() >= keep {
                gone.insert(0, all[place].started.as_unix());
            } else if is_there[place] {
                stay.push(missing);
            }
        }
        let size = |file: &CopyPath| {
            all.iter().zip(&is_there).any(|(copy, is_there)| copy.file == *file && *is_there).then_some(100)
        };
        prop_assert_eq!(superseded(&all, keep, size), gone);
    }
}

#[test]
fn a_poor_copy_whose_file_is_missing_pushes_out_none() {
    let copies = lacking(&[5, 0, 5, 5]);
    let without =
        |gone: usize| move |file: &CopyPath| (*file != lacking(&[5, 0, 5, 5])[gone].file).then_some(100);
    assert_eq!(superseded(&copies, 1, without(3)), [1]);
    assert_eq!(superseded(&copies, 1, without(1)), [1, 3]);
    assert_eq!(superseded(&copies, 2, without(1)), [1]);
}

#[test]
fn the_next_copy_is_expected_to_be_as_complete_as_the_last_existing_one() {
    let next = |missing: &[u64], size: fn(&CopyPath) -> Option<u64>| {
        let (read, base) = (catalogue(&lacking(missing)), "u".parse().unwrap());
        let next = read.superseded(&base, &keep(1), at(NOW), |_| 0, true, size);
        next.into_iter().map(|copy| copy.started.as_unix()).collect::<Vec<_>>()
    };
    assert_eq!(next(&[0, 5], there), [2]);
    assert_eq!(next(&[5, 0], there), [1, 2]);
    assert!(next(&[], there).is_empty());
    assert_eq!(next(&[0], |_| None), [1], "complete, if no copy exists");
    assert_eq!(next(&[0, 5], |file| there(file).filter(|_| file.as_str().contains("01Z"))), [1, 2]);
}

#[test]
fn the_newest_of_the_most_complete_earlier_copies_is_named() {
    let copies = lacking(&[3, 2, 2, 4, 0, 4]);
    let read = catalogue(&[&copies[..], &[copy("v", "a", 9)]].concat());
    let richer = |of: usize, gone: &[usize]| {
        let size = |file: &CopyPath| gone.iter().all(|gone| copies[*gone].file != *file).then_some(100);
        read.richer_than(&copies[of], size).map(|copy| copy.started.as_unix())
    };
    assert_eq!([richer(5, &[]), richer(5, &[4]), richer(5, &[4, 2])], [Some(5), Some(3), Some(2)]);
    assert_eq!([richer(3, &[]), richer(2, &[]), richer(0, &[]), richer(4, &[])], [Some(3), None, None, None]);
}

#[test]
fn a_copy_whose_file_now_belongs_to_another_base_has_no_richer_one() {
    let copies = lacking(&[0, 5]);
    let other = SavedCopy { file: copies[1].file.clone(), ..copy("v", "a", 2) };
    let read = catalogue(&[&copies[..], &[copy("v", "a", 1), other]].concat());
    assert_eq!(read.richer_than(&copies[1], there), None);
}

#[test]
fn a_copy_is_poorer_if_it_lacks_more_than_the_one_before() {
    let read = catalogue(&[&lacking(&[7, 2])[..], &[copy("v", "a", 9)]].concat());
    let before = |base: &str, missing| {
        let before = read.poorer_than_before(&base.parse().unwrap(), missing);
        before.map(|copy| copy.started.as_unix())
    };
    assert_eq!(
        [before("u", 2), before("u", 3), before("v", 1), before("w", 1)],
        [None, Some(2), Some(9), None]
    );
}

#[test]
fn a_copy_is_compared_with_the_last_one_only() {
    let read = catalogue(&lacking(&[2, 7]));
    assert_eq!(read.poorer_than_before(&"u".parse().unwrap(), 5), None);
}
