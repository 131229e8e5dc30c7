//! An account over three years: bases are made, renamed, deleted and restored, nights are missed, the file server is down for a week,
//! and a clock is set back.

use std::ops::Range;

use super::*;

const RULES: Rules = Rules { most: [7, 0, 14, 8, 12, 3], within: None };

/// Its uuid, the nights in which it exists, the names that it gets, and the number of assets that its copies usually lack.
type Base = (&'static str, Range<i64>, &'static [(i64, &'static str)], u64);

const BASES: [Base; 6] = [
    ("always", 0..1096, &[(0, "Sales")], 0),
    ("renamed", 0..1096, &[(0, "Plan"), (100, "Plan 2027"), (500, "Sales")], 2),
    ("deleted", 0..300, &[(0, "Old")], 0),
    ("lost", 200..400, &[(200, "Orders")], 0),
    // A restored base is another one with the same name.
    ("restored", 410..1096, &[(410, "Orders")], 0),
    ("late", 1090..1096, &[(0, "New")], 1),
];

fn is_missed(night: i64) -> bool {
    night % 17 == 5 || (420..431).contains(&night)
}

/// The time of the backup of a night.
fn time(night: i64) -> i64 {
    let back = if (800..802).contains(&night) { 400 * DAY } else { 0 };
    START + night * DAY + night % 5 * 600 - back
}

#[derive(Default)]
struct Account {
    catalogue: Catalogue,
    /// All copies that were ever made, each with its base.
    all: Vec<(&'static str, Seen)>,
}

impl Account {
    /// The copies of a base that still exist, in the order in which they were recorded.
    fn here(&self, base: &str) -> Vec<usize> {
        let copies: Vec<_> = self.catalogue.copies_of(&base.parse().unwrap()).collect();
        copies.iter().rev().map(|copy| number(&copy.file)).collect()
    }

    fn back_up(&mut self, night: i64, uuid: &'static str, names: &[(i64, &str)], lacks: u64) {
        let is_down = (600..607).contains(&night);
        let missing = if is_down { 40 } else { lacks };
        let seen = Seen { started: time(night), missing, is_there: true };
        let mut copy = copy(uuid, self.all.len(), seen);
        let (_, name) = names.iter().rfind(|(since, _)| *since <= night).unwrap();
        (*name).clone_into(&mut copy.base.name);
        copy.file = CopyPath::new(format!("1 g/{name} {uuid}/{}.dtable", self.all.len())).unwrap();
        self.catalogue.insert(&copy);
        self.all.push((uuid, seen));
    }

    /// Applies the policy to a base, checks what it deletes, and returns the number of copies deleted.
    fn apply(&mut self, base: &str, now: i64) -> usize {
        let before = self.here(base);
        let seen: Vec<_> = before.iter().map(|number| self.all[*number].1).collect();
        let uuid = base.parse().unwrap();
        let gone = self.catalogue.superseded(&uuid, &RULES.policy(), at(now), berlin, false, |_| Some(100));
        let gone: Vec<_> = gone.map(|copy| copy.file).collect();
        let stays = oracle::stays(&seen, &RULES, now);
        for file in &gone {
            let place = before.iter().position(|number| *number == super::number(file)).unwrap();
            assert!(!stays[place], "{file} was promised at {now}");
            self.catalogue.remove(file);
        }
        let least = |numbers: &[usize]| numbers.iter().map(|number| self.all[*number].1.missing).min();
        let after = self.here(base);
        assert_eq!((least(&after), after.last()), (least(&before), before.last()), "{base} at {now}");
        gone.len()
    }

    /// Checks that all copies exist that one run now would keep.
    fn check_history(&self, now: i64) {
        for (base, ..) in BASES {
            let own = self.all.iter().enumerate().filter(|(_, (uuid, _))| *uuid == base);
            let (numbers, seen): (Vec<_>, Vec<_>) = own.map(|(number, (_, seen))| (number, *seen)).unzip();
            let here = self.here(base);
            for (number, stays) in numbers.iter().zip(oracle::stays(&seen, &RULES, now)) {
                assert!(!stays || here.contains(number), "{base}: {number} at {now}");
            }
        }
    }
}

#[test]
fn three_years_of_an_account_lose_nothing_that_the_policy_promises() {
    let mut account = Account::default();
    for night in (0..1096).filter(|night| !is_missed(*night)) {
        let others: Vec<_> = BASES.iter().filter(|base| !base.1.contains(&night)).collect();
        let untouched =
            |account: &Account| others.iter().map(|base| account.here(base.0)).collect::<Vec<_>>();
        let before = untouched(&account);
        for (uuid, _, names, lacks) in BASES.iter().filter(|base| base.1.contains(&night)) {
            account.back_up(night, uuid, names, *lacks);
            account.apply(uuid, time(night));
        }
        assert_eq!(untouched(&account), before, "bases that are not in this run keep their copies");
        if night % 30 == 0 {
            for (uuid, ..) in others {
                assert_eq!(account.apply(uuid, time(night)), 0, "`prune` deletes no more of them");
            }
        }
        if [300, 650, 810].contains(&night) {
            account.check_history(time(night));
        }
    }
    account.check_history(time(1095));
    let counts = BASES.map(|base| account.here(base.0).len());
    assert_eq!(counts, [31, 31, 30, 26, 31, 5]);
}
