//! What a policy keeps, compared with its rules, and over years.

mod oracle;
mod years;

use std::collections::BTreeSet;

use oracle::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use seatable_io_backup::*;
use seatable_io_proto::BaseUuid;
use serde_json::json;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Shortly before a new year, which begins in the middle of a week.
const START: i64 = 1_798_000_000;

/// The copy of a base, whose number is in its name.
fn copy(base: &str, number: usize, seen: Seen) -> SavedCopy {
    let line = json!({
        "file": format!("1 g/{base}/{number}.dtable"), "server": "https://seatable.example/", "workspace_id": 1,
        "workspace": "g", "base": {"uuid": base, "name": base, "updated_at": null},
        "started": at(seen.started).to_string(), "bytes": 100, "sha256": "0".repeat(64),
        "assets_missing": seen.missing,
    });
    serde_json::from_value(line).unwrap()
}

fn number(file: &CopyPath) -> usize {
    file.name().trim_end_matches(".dtable").parse().unwrap()
}

/// The base of all copies of a property.
fn base() -> BaseUuid {
    "u".parse().unwrap()
}

fn rules() -> impl Strategy<Value = Rules> {
    let most = || prop_oneof![2 => Just(0), 1 => 1..9_usize];
    let within = prop::option::weighted(0.3, select(vec![1, 3600, 86_400, 9 * 86_400, 400 * 86_400]));
    ([most(), most(), most(), most(), most(), most()], within)
        .prop_map(|(most, within)| Rules { most, within })
}

/// The times between two copies, some of which are negative: a clock was set back or forth.
fn steps() -> impl Strategy<Value = i64> {
    prop_oneof![
        1 => select(vec![0, 60, -HOUR, -DAY, -40 * DAY, 500 * DAY, -500 * DAY]),
        8 => select(vec![HOUR / 2, HOUR, 5 * HOUR, DAY - HOUR, DAY, DAY + HOUR, 3 * DAY, 8 * DAY, 33 * DAY]),
    ]
}

fn is_there(copies: &[Seen], file: &CopyPath) -> Option<u64> {
    copies[number(file)].is_there.then_some(100)
}

proptest! {
    #[test]
    fn exactly_the_copies_that_the_rules_keep_stay(
        steps in vec((steps(), 0..4_u64, prop::bool::weighted(0.9)), 0..60), rules in rules(), behind in 0..3_i64,
    ) {
        let mut started = START;
        let copies: Vec<_> = steps.into_iter().map(|(step, missing, is_there)| {
            started += step;
            Seen { started, missing, is_there }
        }).collect();
        let mut catalogue = Catalogue::default();
        for (number, seen) in copies.iter().enumerate() {
            catalogue.insert(&copy("u", number, *seen));
            catalogue.insert(&copy("other", number, Seen { missing: 0, ..*seen }));
        }
        let now = started - behind * 30 * DAY;
        let size_of = |file: &CopyPath| is_there(&copies, file);
        let kept: Vec<_> = catalogue.retention(&base(), &rules.policy(), at(now), berlin, size_of).collect();
        let stays: Vec<_> = kept.iter().map(|kept| !kept.reasons.is_empty()).collect();
        prop_assert_eq!(&stays, &oracle::stays(&copies, &rules, now));
        let gone = catalogue.superseded(&base(), &rules.policy(), at(now), berlin, false, size_of);
        prop_assert!(gone.map(|copy| stays[number(&copy.file)]).all(|stays| !stays));
    }

    #[test]
    fn a_planned_copy_is_planned_as_it_will_be_made(
        steps in vec((steps(), 0..3_u64), 1..40), rules in rules(), after in 1..3 * DAY,
    ) {
        let mut catalogue = Catalogue::default();
        let (mut started, mut last) = (START, 0);
        for (number, (step, missing)) in steps.iter().enumerate() {
            (started, last) = (started + step, *missing);
            catalogue.insert(&copy("u", number, Seen { started, missing: *missing, is_there: true }));
        }
        let now = started + after;
        let gone = |catalogue: &Catalogue, is_planned| {
            let (base, policy) = (base(), rules.policy());
            let gone = catalogue.superseded(&base, &policy, at(now), berlin, is_planned, |_| Some(100));
            gone.map(|copy| copy.file).collect::<Vec<_>>()
        };
        let planned = gone(&catalogue, true);
        catalogue.insert(&copy("u", steps.len(), Seen { started: now, missing: last, is_there: true }));
        prop_assert_eq!(planned, gone(&catalogue, false));
    }
}

/// A catalogue whose policy is applied after each copy.
#[derive(Default)]
struct Nightly {
    catalogue: Catalogue,
    all: Vec<Seen>,
    now: i64,
}

impl Nightly {
    /// Makes a copy and applies the policy.
    fn night(&mut self, now: i64, missing: u64, policy: &RetentionPolicy) {
        let seen = Seen { started: now, missing, is_there: true };
        self.catalogue.insert(&copy("u", self.all.len(), seen));
        self.all.push(seen);
        for gone in self.gone(policy, now) {
            self.catalogue.remove(&gone);
        }
        self.now = self.now.max(now);
    }

    fn gone(&self, policy: &RetentionPolicy, now: i64) -> Vec<CopyPath> {
        let base = base();
        let gone = self.catalogue.superseded(&base, policy, at(now), berlin, false, |_| Some(100));
        gone.map(|copy| copy.file).collect()
    }

    /// Returns the copies that would stay if the policy was applied once, now, and are not there any more.
    fn lost(&self, rules: &Rules) -> Vec<usize> {
        let here: BTreeSet<_> = self.catalogue.copies().map(|copy| number(&copy.file)).collect();
        let stays = oracle::stays(&self.all, rules, self.now);
        let kept = stays.iter().enumerate().filter(|(_, stays)| **stays).map(|(number, _)| number);
        kept.filter(|number| !here.contains(number)).collect()
    }
}

proptest! {
    #[test]
    fn a_policy_that_is_applied_after_each_copy_keeps_at_least_what_it_keeps_in_the_end(
        steps in vec((steps(), 0..4_u64), 0..90), rules in rules(),
    ) {
        let (mut nightly, policy) = (Nightly::default(), rules.policy());
        let mut now = START;
        for (step, missing) in steps {
            now += step;
            nightly.night(now, missing, &policy);
        }
        prop_assert_eq!(nightly.lost(&rules), Vec::<usize>::new());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 8, ..ProptestConfig::with_cases(8) })]
    #[test]
    fn three_years_of_nights_keep_at_least_what_one_run_in_the_end_keeps(
        rules in rules(), set_back in 100..900_i64,
        nights in vec((prop::bool::weighted(0.9), prop_oneof![4 => Just(0), 1 => 0..5_u64], 0..3 * HOUR), 1096),
    ) {
        let (mut nightly, policy) = (Nightly::default(), rules.policy());
        for (night, (runs, missing, late)) in (0..).zip(nights) {
            let wrong = if (set_back..set_back + 2).contains(&night) { -700 * DAY } else { 0 };
            if runs {
                nightly.night(START + night * DAY + late + wrong, missing, &policy);
            }
        }
        prop_assert_eq!(nightly.lost(&rules), Vec::<usize>::new());
    }
}
