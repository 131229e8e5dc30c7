//! The routes to an exported file: where an export starts, which route is next, and the routes that responses show.

use std::collections::BTreeSet;

use seatable_io_proto::{ContentAddress, Refusal};

use crate::export::Exporting;
use crate::phase::Phase;
use crate::problem::Problem;
use crate::{ErrorKind, Reason, Route};

/// The routes that an export may take on its server.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    first: Route,
    /// The addresses that the server lacks.
    missing: BTreeSet<Address>,
}

/// An address that a route uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Address {
    Start,
    Api,
    Site,
    Synchronous,
}

impl Address {
    fn of(phase: &Phase) -> Option<Self> {
        match phase {
            Phase::StartExport(..) => Some(Self::Start),
            Phase::ExportContent(_, ContentAddress::Site) => Some(Self::Site),
            Phase::ExportContent(..) => Some(Self::Api),
            Phase::SynchronousExport(_) => Some(Self::Synchronous),
            _ => None,
        }
    }
}

impl Routes {
    pub(crate) fn new(first: Route) -> Self {
        Self { first, missing: BTreeSet::new() }
    }

    fn has(&self, address: Address) -> bool {
        !self.missing.contains(&address)
    }

    /// Returns whether the file of a task may be served at all.
    fn serves_tasks(&self) -> bool {
        self.has(Address::Start) && (self.has(Address::Api) || self.has(Address::Site))
    }

    /// Returns the address from which the file of a task is fetched first.
    pub(crate) fn address(&self) -> ContentAddress {
        if self.has(Address::Site) && (self.first == Route::Site || !self.has(Address::Api)) {
            ContentAddress::Site
        } else {
            ContentAddress::Api
        }
    }

    /// Returns the route, if it is known and not the default.
    pub(crate) fn known(&self) -> Option<Route> {
        let route = if self.address() == ContentAddress::Site { Route::Site } else { self.first };
        Some(route).filter(|route| *route != Route::default())
    }

    /// Begins with this route from now on. Returns whether that is a change.
    pub(crate) fn prefer(&mut self, route: Route) -> bool {
        std::mem::replace(&mut self.first, route) != route
    }

    /// Returns the phase that an export starts with.
    pub(crate) fn start(&self, exporting: Box<Exporting>) -> Phase {
        let prefers_task = self.first.has_task() || !self.has(Address::Synchronous);
        let by_task = exporting.needs_task() || self.serves_tasks() && prefers_task;
        match exporting.export.start().filter(|_| by_task) {
            Some(start) => Phase::StartExport(start, exporting),
            None => Phase::SynchronousExport(exporting),
        }
    }

    /// Remembers that the server lacks the address of this phase.
    pub(crate) fn lacks(&mut self, phase: &Phase) {
        self.missing.extend(Address::of(phase));
    }

    /// Returns the phase that tries the next route; the given phase if none is left.
    pub(crate) fn next(&self, phase: Phase) -> Result<Phase, Phase> {
        match phase {
            Phase::ExportContent(remote, ContentAddress::Api) if self.has(Address::Site) => {
                Ok(Phase::ExportContent(remote, ContentAddress::Site))
            }
            // Only if the server certainly lacks the address: an error page does not prove that.
            Phase::ExportContent(remote, ContentAddress::Site)
                if self.has(Address::Api) && !self.has(Address::Site) =>
            {
                Ok(Phase::ExportContent(remote, ContentAddress::Api))
            }
            Phase::SynchronousExport(exporting)
                if self.serves_tasks() && !exporting.export.needs_synchronous() =>
            {
                Ok(self.start(exporting))
            }
            phase @ (Phase::StartExport(..) | Phase::ExportContent(..)) => {
                let may = |exporting: &Exporting| self.has(Address::Synchronous) && !exporting.needs_task();
                phase.into_exporting(may).map(Phase::SynchronousExport)
            }
            phase => Err(phase),
        }
    }

    /// Returns how an export ends that has no route left.
    pub(crate) fn end(&self, phase: &Phase, problem: Problem) -> ErrorKind {
        match phase {
            Phase::SynchronousExport(exporting) if exporting.export.needs_synchronous() => {
                ErrorKind::Unsupported
            }
            Phase::StartExport(_, exporting) if exporting.needs_task() => ErrorKind::Unsupported,
            Phase::SynchronousExport(_) if self.has(Address::Start) => ErrorKind::BadAnswer,
            _ => problem.kind(),
        }
    }
}

/// Returns the route that a whole file shows the server to have.
pub(crate) fn used(phase: &Phase) -> Route {
    match phase {
        Phase::ExportContent(_, ContentAddress::Site) => Route::Site,
        Phase::ExportContent(..) => Route::Api,
        _ => Route::Synchronous,
    }
}

/// Returns the route that a problem shows the server to have, if that is not the known one.
pub(crate) fn shown(phase: &Phase, problem: Problem, reason: &Reason, known: Option<Route>) -> Option<Route> {
    let is_application = reason.refusal().is_some_and(Refusal::has_error_msg);
    match (phase, problem) {
        _ if phase.call().is_server_wide() => None,
        (Phase::StartExport(..), Problem::NoSuchAddress) => Some(Route::Synchronous),
        (Phase::SynchronousExport(_), Problem::NoSuchAddress) => of_task(known),
        (Phase::ExportContent(_, ContentAddress::Api), Problem::NoSuchAddress) => {
            Some(Route::Site).filter(|_| known != Some(Route::Synchronous))
        }
        (Phase::StartExport(..), _) if is_application => of_task(known),
        (Phase::SynchronousExport(_), _) if is_application => Some(Route::Synchronous),
        _ => None,
    }
}

/// Returns the route that a started task shows the server to have, unless it is already known where files are served.
pub(crate) fn of_task(known: Option<Route>) -> Option<Route> {
    Some(Route::Api).filter(|_| !known.is_some_and(Route::has_task))
}
