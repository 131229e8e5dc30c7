//! The state of an account.

use std::collections::BTreeSet;
use std::time::Duration;

use seatable_io_proto::BaseUuid;

use super::allowance::Allowance;
use super::queue::Queue;
use crate::{Call, Place, Reason, Route};

/// An allowance is never lowered below this: by default no server allows less (fact 17).
const LEAST_REQUESTS: u32 = 300;
const LEAST_STARTS: u32 = 20;

/// The state of an account.
#[derive(Debug, Default)]
pub(super) struct Account {
    requests: Queue,
    cancels: Queue,
    exports: Queue,
    imports: Queue,
    pub(super) paused_until: Duration,
    /// A pause that begins at the next moment that any operation reports.
    pub(super) begins: Option<Duration>,
    pub(super) epoch: u64,
    pub(super) exported: BTreeSet<BaseKey>,
    /// The last response with which the server refused a request.
    pub(super) refusal: Option<Reason>,
    /// Why the account is closed, and when an operation tried last.
    pub(super) closed: Option<(Reason, Duration)>,
    /// How the server exports, if that is known.
    pub(super) route: Option<Route>,
    /// Whether an operation finds out how the server exports.
    pub(super) is_probed: bool,
}

/// A base that is exported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum BaseKey {
    Place(Place),
    /// The task was resumed without its place.
    Uuid(BaseUuid),
}

/// A pause begins a new epoch, in which all turns are assigned anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    None,
    Waits { epoch: u64, lane: Lane, until: Duration },
    Has { epoch: u64 },
}

/// The queues that a request waits in, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Requests,
    Cancels,
    Exports,
    Imports,
}

impl Lane {
    const fn of(call: Call) -> &'static [Lane] {
        match call {
            Call::QueryStatus
            | Call::ExportContent
            | Call::ListAdministered
            | Call::ListWorkspaces
            | Call::ListServerBases => &[Lane::Requests],
            Call::CancelTask => &[Lane::Cancels],
            Call::StartExport | Call::SynchronousExport | Call::ExportByUuid => {
                &[Lane::Exports, Lane::Requests]
            }
            Call::FindTableImport | Call::StartImport | Call::ImportTable => &[Lane::Imports, Lane::Requests],
        }
    }
}

impl Account {
    pub(super) fn new(allowance: Allowance) -> Self {
        Self {
            requests: Queue::new(allowance.requests),
            cancels: Queue::new(allowance.requests),
            exports: Queue::new(allowance.export_starts),
            imports: Queue::new(allowance.import_starts),
            ..Self::default()
        }
    }

    /// Returns the next turn of an operation: it waits in each of its lanes, one after the other.
    pub(super) fn turn(&mut self, call: Call, turn: Turn, now: Duration) -> Turn {
        let (epoch, mut lanes) = (self.epoch, Lane::of(call));
        if let Turn::Waits { epoch: given, lane, until } = turn
            && let Some(at) = lanes.iter().position(|&own| own == lane && given == epoch)
        {
            if until > now {
                return turn;
            }
            lanes = lanes.get(at.saturating_add(1)..).unwrap_or_default();
        }
        for &lane in lanes {
            let until = self.queue(lane).next(now);
            if until > now {
                return Turn::Waits { epoch, lane, until };
            }
        }
        Turn::Has { epoch }
    }

    fn queue(&mut self, lane: Lane) -> &mut Queue {
        match lane {
            Lane::Requests => &mut self.requests,
            Lane::Cancels => &mut self.cancels,
            Lane::Exports => &mut self.exports,
            Lane::Imports => &mut self.imports,
        }
    }

    pub(super) fn begin_pause(&mut self, now: Duration) {
        if let Some(wait) = self.begins.take() {
            self.pause(now.saturating_add(wait));
            self.learn_all(now);
        }
    }

    pub(super) fn pause(&mut self, until: Duration) {
        if until > self.paused_until {
            self.paused_until = until;
            self.epoch = self.epoch.wrapping_add(1);
            for queue in [&mut self.requests, &mut self.cancels, &mut self.exports, &mut self.imports] {
                queue.free = until;
            }
        }
    }

    pub(super) fn count(&mut self, call: Call, now: Duration) {
        for &lane in Lane::of(call) {
            if lane == Lane::Cancels {
                // A request to cancel does not wait for other requests, but they wait for it.
                self.requests.next(now);
                self.requests.made.add(now);
            } else {
                self.queue(lane).made.add(now);
            }
        }
    }

    /// Reports that the server refused this call.
    pub(super) fn learn(&mut self, call: Call, now: Duration) {
        self.requests.made.take_back(now);
        if let [lane, Lane::Requests] = *Lane::of(call) {
            let since = self.paused_until;
            let starts = self.queue(lane);
            starts.made.take_back(now);
            let made = starts.made.count(now);
            if made >= LEAST_STARTS {
                starts.learn(made, since);
            }
        }
        self.learn_all(now);
    }

    fn learn_all(&mut self, now: Duration) {
        let made = self.requests.made.count(now).max(LEAST_REQUESTS);
        self.requests.learn(made, self.paused_until);
        self.cancels.learn(made, self.paused_until);
    }
}
