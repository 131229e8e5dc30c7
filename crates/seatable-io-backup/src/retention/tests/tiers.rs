//! Hours, days, weeks, months and years, in local time.

use std::time::Duration;

use super::*;
use crate::testing::in_berlin;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn n(number: usize) -> Option<NonZeroUsize> {
    NonZeroUsize::new(number)
}

/// Copies of base `u` with these starts and numbers of missing assets, in the order in which they were recorded.
fn started(copies: &[(&str, u64)]) -> Vec<SavedCopy> {
    let one = |(time, missing): &(&str, u64)| {
        let started: Timestamp = time.parse().unwrap();
        SavedCopy { assets_missing: *missing, ..copy("u", "a", started.as_unix()) }
    };
    copies.iter().map(one).collect()
}

/// The reasons of each copy, separated by spaces; those without a file are `missing`.
fn why(copies: &[SavedCopy], policy: &RetentionPolicy, now: &str, missing: &[usize]) -> Vec<String> {
    let (read, base) = (catalogue(copies), "u".parse().unwrap());
    let size = |file: &CopyPath| missing.iter().all(|gone| copies[*gone].file != *file).then_some(100);
    let all = read.retention(&base, policy, now.parse().unwrap(), in_berlin, size);
    let words =
        |reasons: Vec<KeepReason>| reasons.into_iter().map(KeepReason::as_str).collect::<Vec<_>>().join(" ");
    let (kept, reasons): (Vec<_>, Vec<_>) = all.map(|kept| (kept.copy, words(kept.reasons))).unzip();
    assert_eq!(kept, copies, "each copy once, oldest first");
    reasons
}

/// The reasons of complete copies with these starts, at the end of 2030.
fn whys(starts: &[&str], policy: &RetentionPolicy) -> Vec<String> {
    let copies: Vec<_> = starts.iter().map(|start| (*start, 0)).collect();
    why(&started(&copies), policy, "2030-12-31T00:00:00Z", &[])
}

/// The copies that stay.
fn stay(starts: &[&str], policy: &RetentionPolicy) -> Vec<bool> {
    whys(starts, policy).iter().map(|why| !why.is_empty()).collect()
}

#[test]
fn an_empty_policy_keeps_everything() {
    assert_eq!(whys(&["2026-01-01T00:00:00Z"; 1], &RetentionPolicy::default()), ["no_policy"]);
    let starts = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"];
    assert_eq!(whys(&starts, &RetentionPolicy::default().within(None).daily(None)), ["no_policy"; 2]);
    let (read, base) = (catalogue(&lacking(&[0, 0])), "u".parse().unwrap());
    let asked = |_: &CopyPath| panic!("no file is looked at");
    assert_eq!(read.superseded(&base, &RetentionPolicy::default(), at(NOW), |_| 0, false, asked).count(), 0);
}

#[test]
fn only_periods_depend_on_local_time() {
    let without = keep(1).within(DAY);
    assert!(!without.has_periods() && without.hourly(n(1)).has_periods());
    assert!(RetentionPolicy::default().yearly(n(1)).has_periods());
}

#[test]
fn the_newest_copy_of_each_local_day_stays() {
    // 23:00 UTC is midnight in winter, 22:00 UTC in summer.
    for midnight in
        ["2026-01-10T23:00:00Z", "2026-07-10T22:00:00Z", "2026-03-28T23:00:00Z", "2026-10-24T22:00:00Z"]
    {
        let midnight: Timestamp = midnight.parse().unwrap();
        let near = [-1, 0, 1].map(|seconds| at(midnight.as_unix() + seconds).to_string());
        let early = at(midnight.as_unix() - 90_000).to_string();
        let starts = [&early, &near[0], &near[1], &near[2]].map(String::as_str);
        assert_eq!(
            stay(&starts, &RetentionPolicy::default().daily(n(2))),
            [false, true, false, true],
            "{midnight}"
        );
    }
}

#[test]
fn days_of_23_and_25_hours_are_one_day_each() {
    for (first, last, next) in [
        ("2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"),
        ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"),
    ] {
        let starts = ["2026-01-01T00:00:00Z", first, last, next];
        assert_eq!(
            stay(&starts, &RetentionPolicy::default().daily(n(2))),
            [false, false, true, true],
            "{first}"
        );
    }
}

#[test]
fn an_hour_that_is_repeated_counts_twice() {
    // 02:30 in summer time, 02:10 and 02:40 in winter time, 03:00.
    let starts =
        ["2026-10-25T00:30:00Z", "2026-10-25T01:10:00Z", "2026-10-25T01:40:00Z", "2026-10-25T02:00:00Z"];
    assert_eq!(
        whys(&starts, &RetentionPolicy::default().hourly(n(3))),
        ["hourly", "", "hourly", "newest hourly"]
    );
    let skipped = ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:59:59Z"];
    assert_eq!(whys(&skipped, &RetentionPolicy::default().hourly(n(2))), ["hourly", "", "newest hourly"]);
}

#[test]
fn a_week_begins_on_monday_even_across_years() {
    // Sunday 2026-12-27, Monday 28th, Friday 2027-01-01, Sunday 3rd, Monday 4th.
    let starts = ["2026-12-27", "2026-12-28", "2027-01-01", "2027-01-03", "2027-01-04"];
    let starts = starts.map(|day| format!("{day}T12:00:00Z"));
    let starts: Vec<_> = starts.iter().map(String::as_str).collect();
    assert_eq!(
        whys(&starts, &RetentionPolicy::default().weekly(n(3))),
        ["weekly", "", "", "weekly", "newest weekly"]
    );
}

#[test]
fn months_and_years_are_those_of_the_calendar() {
    let starts = [
        "2024-12-31T22:59:59Z",
        "2024-12-31T23:00:00Z",
        "2025-01-31T22:59:59Z",
        "2025-01-31T23:00:00Z",
        "2026-01-15T00:00:00Z",
    ];
    let years = RetentionPolicy::default().yearly(n(3));
    assert_eq!(whys(&starts, &years), ["yearly", "", "", "yearly", "newest yearly"]);
    let months = RetentionPolicy::default().monthly(n(4));
    assert_eq!(whys(&starts, &months), ["monthly", "", "monthly", "monthly", "newest monthly"]);
}

#[test]
fn only_periods_with_copies_count() {
    let starts = ["2020-05-01T00:00:00Z", "2022-05-01T00:00:00Z", "2026-05-01T00:00:00Z"];
    for policy in [
        RetentionPolicy::default().daily(n(2)),
        RetentionPolicy::default().weekly(n(2)),
        RetentionPolicy::default().yearly(n(2)),
    ] {
        assert_eq!(stay(&starts, &policy), [false, true, true]);
    }
}

#[test]
fn a_copy_stays_if_one_rule_keeps_it() {
    let starts =
        ["2025-12-31T12:00:00Z", "2026-01-30T12:00:00Z", "2026-02-01T11:00:00Z", "2026-02-01T12:00:00Z"];
    let policy = keep(2).daily(n(2)).monthly(n(3));
    assert_eq!(whys(&starts, &policy), ["monthly", "daily monthly", "last", "newest last daily monthly"]);
}

#[test]
fn the_oldest_copy_stays_until_there_are_enough_periods() {
    let starts = ["2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z"];
    assert_eq!(whys(&starts, &RetentionPolicy::default().yearly(n(2))), ["oldest", "", "newest yearly"]);
    assert_eq!(whys(&starts, &RetentionPolicy::default().yearly(n(1))), ["", "", "newest yearly"]);
    let next = [&starts[..], &["2027-05-03T00:00:00Z"]].concat();
    assert_eq!(whys(&next, &RetentionPolicy::default().yearly(n(2))), ["", "", "yearly", "newest yearly"]);
    assert_eq!(whys(&starts, &keep(2)), ["", "last", "newest last"], "copies are no periods");
    let copies = started(&starts.map(|start| (start, 0)));
    let without = why(&copies, &RetentionPolicy::default().yearly(n(2)), "2030-01-01T00:00:00Z", &[0]);
    assert_eq!(without, ["", "oldest", "newest yearly"], "the oldest whose file exists");
}

#[test]
fn copies_within_a_time_of_the_latest_stay() {
    let starts = ["2026-05-01T00:00:00Z", "2026-05-01T00:00:01Z", "2026-05-08T00:00:00Z"];
    let policy = RetentionPolicy::default().within(DAY * 7);
    assert_eq!(whys(&starts, &policy), ["", "within", "newest within"]);
    let copies = started(&starts.map(|start| (start, 0)));
    let late = |missing: &[usize]| why(&copies, &policy, "2030-01-01T00:00:00Z", missing);
    assert_eq!(late(&[2]), ["within", "newest within", "within"], "counted from a copy that exists");
    assert_eq!(late(&[0, 1, 2]), ["within"; 3], "none exists");
}

#[test]
fn copies_from_the_future_stay_and_do_not_count() {
    let copies = started(&[
        ("2026-05-01T00:00:00Z", 0),
        ("2026-05-02T00:00:00Z", 3),
        ("2026-05-03T00:00:00Z", 3),
        ("2030-01-01T00:00:00Z", 0),
    ]);
    for policy in [keep(1), RetentionPolicy::default().within(DAY)] {
        let reasons = why(&copies, &policy, "2026-05-03T00:00:00Z", &[]);
        let stays: Vec<_> = reasons.iter().map(|why| !why.is_empty()).collect();
        assert_eq!((stays, &*reasons[3]), (vec![true, false, true, true], "future"), "{policy:?}");
    }
    assert_eq!(why(&copies, &keep(1), "2030-01-01T00:00:00Z", &[]), ["", "", "", "newest last"]);
}

#[test]
fn a_clock_that_was_set_back_makes_no_copy_older() {
    let copies = started(&[
        ("2026-05-01T00:00:00Z", 0),
        ("2026-05-02T00:00:00Z", 0),
        ("2020-01-01T00:00:00Z", 0),
        ("2026-05-04T00:00:00Z", 0),
    ]);
    let why = |policy: &RetentionPolicy| why(&copies, policy, "2026-05-04T00:00:00Z", &[]);
    assert_eq!(why(&keep(2)), ["", "", "last", "newest last"]);
    assert_eq!(why(&RetentionPolicy::default().yearly(n(3))), ["oldest", "", "yearly", "newest yearly"]);
    assert_eq!(why(&RetentionPolicy::default().within(DAY * 3)), ["", "within", "", "newest within"]);
}

#[test]
fn a_poorer_copy_pushes_no_richer_one_out_of_its_period() {
    let copies = |missing: [u64; 4]| {
        let days = ["01", "01", "02", "03"].map(|day| format!("2026-05-{day}"));
        let times = [format!("{}T08:00:00Z", days[0]), format!("{}T09:00:00Z", days[1])];
        let times =
            [&times[0], &times[1], &format!("{}T08:00:00Z", days[2]), &format!("{}T08:00:00Z", days[3])];
        started(&times.map(String::as_str).into_iter().zip(missing).collect::<Vec<_>>())
    };
    let why = |missing, days| {
        why(&copies(missing), &RetentionPolicy::default().daily(n(days)), "2030-01-01T00:00:00Z", &[])
    };
    assert_eq!(why([0, 5, 5, 5], 1), ["most_complete daily", "", "", "newest daily"]);
    assert_eq!(why([0, 5, 5, 5], 3), ["most_complete daily", "daily", "daily", "newest daily"]);
    assert_eq!(why([5, 0, 5, 5], 1), ["", "most_complete daily", "", "newest daily"]);
    assert_eq!(why([5, 5, 0, 5], 2), ["", "", "most_complete daily", "newest daily"]);
    assert_eq!(why([5, 5, 0, 5], 4), ["oldest", "daily", "most_complete daily", "newest daily"]);
    assert_eq!(why([4, 5, 0, 5], 2), ["daily", "", "most_complete daily", "newest daily"], "one richer day");
}

#[test]
fn the_most_complete_copy_is_older_than_every_limit() {
    let copies = started(&[
        ("2020-05-01T00:00:00Z", 1),
        ("2020-05-02T00:00:00Z", 1),
        ("2026-05-01T00:00:00Z", 2),
        ("2026-05-02T00:00:00Z", 3),
    ]);
    let within = RetentionPolicy::default().within(DAY);
    assert_eq!(
        why(&copies, &within, "2030-01-01T00:00:00Z", &[]),
        ["", "most_complete", "", "newest within"]
    );
    assert_eq!(
        why(&copies, &within, "2030-01-01T00:00:00Z", &[1])[0],
        "most_complete",
        "of those that exist"
    );
}

#[test]
fn copies_of_other_bases_do_not_count() {
    let copies = [copy("u", "a", 1), copy("v", "a", 2), copy("u", "a", 3)];
    let read = catalogue(&copies);
    let reasons = |base: &str| {
        let all = read.retention(&base.parse().unwrap(), &keep(1), at(9), |_| 0, there);
        all.map(|kept| (kept.copy.started.as_unix(), kept.reasons.len())).collect::<Vec<_>>()
    };
    assert_eq!((reasons("u"), reasons("v")), (vec![(1, 0), (3, 2)], vec![(2, 2)]));
}

#[test]
fn a_planned_copy_belongs_to_the_period_of_now() {
    let copies =
        started(&[("2026-04-30T12:00:00Z", 0), ("2026-05-01T12:00:00Z", 0), ("2026-05-02T08:00:00Z", 0)]);
    let (read, base) = (catalogue(&copies), "u".parse().unwrap());
    let gone = |policy: &RetentionPolicy, now: &str| {
        let gone = read.superseded(&base, policy, now.parse().unwrap(), in_berlin, true, there);
        gone.map(|copy| copy.started.to_string()[8..10].to_owned()).collect::<Vec<_>>()
    };
    let daily = RetentionPolicy::default().daily(n(2));
    assert_eq!(gone(&daily, "2026-05-02T21:59:59Z"), ["30", "02"]);
    assert_eq!(gone(&daily, "2026-05-02T22:00:00Z"), ["30", "01"], "the next day in local time");
    assert_eq!(gone(&RetentionPolicy::default().within(DAY), "2026-05-02T12:00:00Z"), ["30", "01"]);
}

#[test]
fn the_most_complete_copy_is_the_newest_of_several() {
    let copies = lacking(&[3, 1, 1, 2]);
    let (read, base) = (catalogue(&copies), "u".parse().unwrap());
    let best = |missing: &[usize]| {
        let size = |file: &CopyPath| missing.iter().all(|gone| copies[*gone].file != *file).then_some(100);
        read.most_complete(&base, size).map(|copy| copy.started.as_unix())
    };
    assert_eq!(
        [best(&[]), best(&[2]), best(&[1, 2]), best(&[0, 1, 2, 3])],
        [Some(3), Some(2), Some(4), None]
    );
}
