use super::tier::{Offer, Tier};
use super::{KeepReason, RetentionPolicy};
use crate::Timestamp;
use crate::catalogue::CopyRef;

/// Whether a copy stays.
pub(super) struct Decision<'a> {
    pub(super) copy: CopyRef<'a>,
    /// Why it stays.
    pub(super) reasons: Vec<KeepReason>,
}

/// The places of copies that stay for their own sake, and the latest start.
struct Marks {
    newest: Option<u32>,
    most_complete: Option<u32>,
    oldest: Option<u32>,
    latest: Option<Timestamp>,
}

impl Marks {
    /// `good` are the copies that count, the newest first; `planned` is the number of assets that the next copy is expected to lack.
    fn of<'a>(
        good: impl Iterator<Item = CopyRef<'a>> + Clone,
        planned: Option<u64>,
        now: Timestamp,
    ) -> Marks {
        // `min_by_key` returns the first of several that are equal.
        let richest = good.clone().min_by_key(|copy| copy.entry.assets_missing);
        let richest =
            richest.filter(|copy| planned.is_none_or(|planned| copy.entry.assets_missing < planned));
        let newest = good.clone().next().filter(|_| planned.is_none()).map(|copy| copy.place);
        let latest = good.clone().map(|copy| copy.entry.started).max();
        Marks {
            newest,
            most_complete: richest.map(|copy| copy.place).filter(|place| Some(*place) != newest),
            oldest: good.last().map(|copy| copy.place),
            latest: if planned.is_some() { Some(now) } else { latest },
        }
    }
}

/// Decides about the copies of a base, the newest first, of which it is known whether their files exist.
pub(super) fn decide<'a>(
    copies: Vec<(CopyRef<'a>, bool)>,
    policy: &RetentionPolicy,
    now: Timestamp,
    offset: impl Fn(Timestamp) -> i32,
    is_planned: bool,
) -> Vec<Decision<'a>> {
    let is_future = |copy: CopyRef<'_>| copy.entry.started > now;
    let planned = is_planned.then(|| {
        let last = copies.iter().find(|(_, is_there)| *is_there);
        last.map_or(0, |(copy, _)| copy.entry.assets_missing)
    });
    let good = copies.iter().filter(|(copy, is_there)| *is_there && !is_future(*copy)).map(|(copy, _)| *copy);
    let marks = Marks::of(good, planned, now);
    let mut tiers: Vec<_> = policy.tiers().collect();
    if let Some(missing) = planned {
        for tier in &mut tiers {
            tier.take(tier.period(-1, now, offset(now)), missing);
        }
    }
    let decide = |(copy, is_there): (CopyRef<'a>, bool)| {
        let reasons = if policy.is_empty() {
            vec![KeepReason::NoPolicy]
        } else if is_future(copy) {
            vec![KeepReason::Future]
        } else {
            let local = offset(copy.entry.started);
            reasons(copy, is_there, &marks, policy, &mut tiers, local)
        };
        Decision { copy, reasons }
    };
    copies.into_iter().map(decide).collect()
}

fn reasons(
    copy: CopyRef<'_>,
    is_there: bool,
    marks: &Marks,
    policy: &RetentionPolicy,
    tiers: &mut [Tier],
    offset: i32,
) -> Vec<KeepReason> {
    let is = |place: Option<u32>| place == Some(copy.place);
    let &started = &copy.entry.started;
    let mut reasons = Vec::new();
    reasons.extend(is(marks.newest).then_some(KeepReason::Newest));
    reasons.extend(is(marks.most_complete).then_some(KeepReason::MostComplete));
    let mut has_room = false;
    for tier in tiers {
        let period = tier.period(copy.place.into(), started, offset);
        match tier.offer(period, copy.entry.assets_missing) {
            Offer::Stays => {
                reasons.push(tier.reason);
                if is_there {
                    tier.take(period, copy.entry.assets_missing);
                }
            }
            Offer::PeriodTaken => has_room = true,
            Offer::Full => {}
        }
    }
    // A copy whose file is missing may be later, or there may be no other.
    let age = marks.latest.and_then(|latest| latest.since(started)).unwrap_or_default();
    reasons.extend(policy.within.is_some_and(|within| age < within).then_some(KeepReason::Within));
    reasons.extend((has_room && is(marks.oldest)).then_some(KeepReason::Oldest));
    reasons
}
