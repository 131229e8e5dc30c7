//! Bases that a listing lacks, or shows again.

use std::collections::BTreeSet;
use std::time::Duration;

use seatable_io_proto::{BaseUuid, Listing};

use crate::{Action, BaseEvent, BasePlan, Catalogue, EventKind, Options, SkipReason, Timestamp};

/// The name of the workspace of bases that belong to others.
const SHARED: &str = "shared";

/// Returns the events that a listing and its [plans](crate::plan) show, in the order in which to record them: bases that the
/// listing lacks for the first time, bases that it shows again, and bases that are excluded for the first time, or no longer.
///
/// Only a complete listing shows that a base is gone, and only one that would have shown the base: a listing without shared bases
/// says nothing about them, nor one of an account about bases that were copied from the list of a whole server.
pub fn changes(
    listing: &Listing,
    plans: &[BasePlan],
    catalogue: &Catalogue,
    options: &Options,
    now: Timestamp,
) -> Vec<BaseEvent> {
    let listed: BTreeSet<&str> = listing.bases.iter().map(|listed| listed.base.uuid.as_str()).collect();
    let mut changes =
        if listing.is_complete() { vanished(&listed, catalogue, options, now) } else { Vec::new() };
    let gone = catalogue.events().filter(|event| event.kind == EventKind::Gone);
    let again = gone.filter(|event| listed.contains(event.base.uuid.as_str()));
    changes.extend(again.map(|event| BaseEvent { kind: EventKind::Listed, since: now, ..event.clone() }));
    changes.extend(plans.iter().filter_map(|plan| {
        let is_excluded = plan.action == Action::Skip(SkipReason::Excluded);
        let before = catalogue.event_of(&plan.listed.base.uuid);
        let was_excluded = before.is_some_and(|event| event.kind == EventKind::Excluded);
        let kind = if is_excluded { EventKind::Excluded } else { EventKind::Listed };
        (is_excluded != was_excluded).then(|| plan.event(kind, now))
    }));
    changes
}

/// Returns the bases that are known, not listed, and not yet recorded as gone.
fn vanished(
    listed: &BTreeSet<&str>,
    catalogue: &Catalogue,
    options: &Options,
    now: Timestamp,
) -> Vec<BaseEvent> {
    let copied = catalogue.records().bases().filter_map(|mut copies| copies.next());
    let copied = copied.filter(|copy| !listed.contains(copy.whose().uuid));
    let copied = copied.filter_map(|copy| Some(BaseEvent::after(copy.to_copy()?, EventKind::Gone, now)));
    let others = catalogue.events_without_copies();
    let others = others.filter(|event| !listed.contains(event.base.uuid.as_str()));
    let others = others.map(|event| BaseEvent { kind: EventKind::Gone, since: now, ..event.clone() });
    let missing =
        copied.chain(others).filter(|event| would_show(&event.workspace, event.owner.as_deref(), options));
    let mut missing: Vec<_> =
        missing.filter(|event| catalogue.gone_since(&event.base.uuid).is_none()).collect();
    missing.sort_by(|one, other| one.folder.cmp(&other.folder));
    missing
}

/// Returns whether a complete listing for these options would show a base of this workspace, if it still existed. Its owner is known
/// if it is from the list of a whole server.
fn would_show(workspace: &str, owner: Option<&str>, options: &Options) -> bool {
    options.server_wide || owner.is_none() && (options.shared || workspace != SHARED)
}

/// Returns the number of bases with copies that a listing should show, if there are several and the [`changes`] say that it lacks
/// all of them: it may be that of another account.
pub fn all_gone(changes: &[BaseEvent], catalogue: &Catalogue, options: &Options) -> Option<usize> {
    let gone = changes.iter().filter(|event| event.kind == EventKind::Gone);
    let gone: BTreeSet<&BaseUuid> = gone.map(|event| &event.base.uuid).collect();
    let newest = catalogue.records().bases().filter_map(|mut copies| copies.next()?.to_copy());
    let known = newest.filter(|copy| would_show(&copy.workspace, copy.owner.as_deref(), options));
    let mut known = known.filter(|copy| catalogue.gone_since(&copy.base.uuid).is_none());
    let count = known
        .try_fold(0_usize, |count, copy| gone.contains(&copy.base.uuid).then(|| count.saturating_add(1)))?;
    (count > 1).then_some(count)
}

impl Catalogue {
    /// Returns the time since which each complete listing has lacked this base, if the last one did.
    ///
    /// This is the time of the first listing without the base, so the time between that and the listing before, which had the
    /// base, does not count.
    pub fn gone_since(&self, base: &BaseUuid) -> Option<Timestamp> {
        self.event_of(base).filter(|event| event.kind == EventKind::Gone).map(|event| event.since)
    }

    /// Returns whether this base has been [gone](Self::gone_since) for at least this long. One that is gone since a time in the
    /// future, because a clock was wrong, has not.
    pub fn is_gone_for(&self, base: &BaseUuid, duration: Duration, now: Timestamp) -> bool {
        let time = self.gone_since(base).and_then(|since| now.since(since));
        time.is_some_and(|time| time >= duration)
    }
}

#[cfg(test)]
mod tests;
