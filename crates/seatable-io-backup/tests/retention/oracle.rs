//! The rules of a policy, written down naively: each copy is compared with all others. And a calendar that knows nothing of the
//! crate's.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::civil::{Date, date};
use seatable_io_backup::{RetentionPolicy, Timestamp};

/// A copy as the rules see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) started: i64,
    pub(crate) missing: u64,
    pub(crate) is_there: bool,
}

/// The numbers of a policy: last, hours, days, weeks, months, years (0: no rule), and the seconds within which copies stay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) most: [usize; 6],
    pub(crate) within: Option<i64>,
}

impl Rules {
    pub(crate) fn policy(&self) -> RetentionPolicy {
        let [last, hours, days, weeks, months, years] = self.most.map(NonZeroUsize::new);
        let policy = RetentionPolicy::default().keep(last).hourly(hours).daily(days);
        let policy = policy.weekly(weeks).monthly(months).yearly(years);
        policy.within(self.within.map(|seconds| Duration::from_secs(seconds.unsigned_abs())))
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

/// Central European time, with summer time from the last Sunday in March to the last one in October.
pub(crate) fn berlin(time: Timestamp) -> i32 {
    let text = time.to_string();
    let (year, moment): (i16, _) = (text[..4].parse().unwrap(), &text[5..16]);
    let change = |month: i8| {
        let after_sunday = date(year, month, 31).weekday().to_sunday_zero_offset();
        format!("{month:02}-{:02}T01:00", 31 - after_sunday)
    };
    if change(3).as_str() <= moment && moment < change(10).as_str() { 7200 } else { 3600 }
}

/// The periods of a copy that the rules count, as texts.
fn periods(place: usize, started: i64, rules: &Rules) -> [String; 6] {
    let offset = berlin(at(started));
    let local = at(started + i64::from(offset)).to_string();
    let period = |rule| match rule {
        _ if rules.most[rule] == 0 => String::new(),
        0 => place.to_string(),
        1 => format!("{} {offset}", &local[..13]),
        2 => local[..10].to_owned(),
        3 => {
            let week = local[..10].parse::<Date>().unwrap().iso_week_date();
            format!("{} {}", week.year(), week.week())
        }
        4 => local[..7].to_owned(),
        _ => local[..4].to_owned(),
    };
    [0, 1, 2, 3, 4, 5].map(period)
}

/// The periods of all copies, each as the place of the first copy that belongs to it.
fn numbered(copies: &[Seen], rules: &Rules) -> Vec<[usize; 6]> {
    let mut first = BTreeMap::new();
    let mut number =
        |place: usize, rule: usize, period: String| *first.entry((rule, period)).or_insert(place);
    let numbers = |(place, copy): (usize, &Seen)| {
        let mut periods = periods(place, copy.started, rules);
        std::array::from_fn(|rule| number(place, rule, std::mem::take(&mut periods[rule])))
    };
    copies.iter().enumerate().map(numbers).collect()
}

/// Returns for each copy, in the order in which they were recorded, whether it stays.
pub(crate) fn stays(copies: &[Seen], rules: &Rules, now: i64) -> Vec<bool> {
    let counts = |copy: &Seen| copy.is_there && copy.started <= now;
    let counting: Vec<usize> = (0..copies.len()).filter(|place| counts(&copies[*place])).collect();
    let least = counting.iter().map(|place| copies[*place].missing).min();
    let richest = counting.iter().rfind(|place| Some(copies[**place].missing) == least);
    let latest = counting.iter().map(|place| copies[*place].started).max();
    let periods = numbered(copies, rules);
    let mut stays = vec![false; copies.len()];
    for (place, copy) in copies.iter().enumerate().rev() {
        // The newer copies that stay, count, and are at least as complete.
        let better =
            |other: &usize| *other > place && stays[*other] && copies[*other].missing <= copy.missing;
        let better: Vec<usize> = counting.iter().copied().filter(better).collect();
        let is_oldest = counting.first() == Some(&place);
        let kept_by = |(rule, most): (usize, &usize)| {
            if *most == 0 {
                return false;
            }
            let taken: BTreeSet<_> = better.iter().map(|other| periods[*other][rule]).collect();
            taken.len() < *most && (is_oldest || !taken.contains(&periods[place][rule]))
        };
        stays[place] = (rules.most == [0; 6] && rules.within.is_none())
            || copy.started > now
            || counting.last() == Some(&place)
            || richest == Some(&place)
            || rules.most.iter().enumerate().any(kept_by)
            || rules.within.is_some_and(|within| latest.is_none_or(|latest| latest - copy.started < within));
    }
    stays
}
