use std::fmt;
use std::time::Duration;

use seatable_io_driver::task::Policy;
use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, Sandbox};

use crate::job::Job;
use crate::observation::Observation;
use crate::{Promise, reference};

const GENERATIONS: [Generation; 3] = [Generation::Y2020, Generation::Y2021, Generation::Current];

/// The faults with values that need no time; the others have their default values.
const QUICK: [&str; 9] = [
    "429@0",
    "429-date@0",
    "503-retry@0",
    "503-maintenance@0",
    "slow@20",
    "huge@200000",
    "cut@70",
    "cut-chunked@70",
    "fail@too%20large",
];

/// An operation and a fault of the server.
pub(crate) struct Scenario {
    pub(crate) job: Job,
    pub(crate) generation: Generation,
    pub(crate) fault: Option<Fault>,
}

impl Scenario {
    /// Returns every fault of every call that each operation makes on each generation.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let operations = GENERATIONS.into_iter().flat_map(|generation| Job::ALL.map(|job| (job, generation)));
        operations.flat_map(|(job, generation)| {
            let plain = Self { job, generation, fault: None };
            let faults = plain.calls().into_iter().flat_map(move |call| faults(call, generation));
            let hit = faults.map(move |fault| Self { job, generation, fault: Some(fault) });
            std::iter::once(plain).chain(hit)
        })
    }

    /// Returns a server that has what the operation needs, and the fault.
    pub(crate) fn sandbox(&self) -> Sandbox {
        self.job.sandbox(self.generation)
    }

    /// Returns the policy: retries without long waits.
    pub(crate) fn policy() -> Policy {
        let quick = Duration::from_millis(1)..=Duration::from_millis(4);
        Policy::default().backoff(quick.clone()).poll(quick).cancel_timeout(Duration::from_secs(24 * 3600))
    }

    /// Returns what a transport without faults would lead to.
    pub(crate) fn expected(&self, url: &str) -> Observation {
        let (mut sandbox, mut saved) = (self.sandbox(), Vec::new());
        let operation = self.job.operation(url, &mut sandbox, Self::policy());
        self.fault.iter().for_each(|fault| sandbox.add_fault(fault.clone()));
        let end = reference::run(operation, &self.job.file(), &mut sandbox, &mut saved);
        Observation::new(end.map_err(Into::into), saved, &mut sandbox)
    }

    /// Returns the calls of the operation on a server without faults, each once.
    fn calls(&self) -> Vec<Call> {
        let mut sandbox = self.sandbox();
        let operation = self.job.operation("http://localhost", &mut sandbox, Self::policy());
        let before = sandbox.state(Duration::ZERO).log.len();
        let _ = reference::run(operation, &self.job.file(), &mut sandbox, &mut Vec::new());
        let log = &sandbox.state(Duration::ZERO).log[before..];
        let mut calls: Vec<_> = log.iter().map(|entry| entry.call).collect();
        calls.sort_unstable();
        calls.dedup();
        calls
    }

    /// Returns the promise that is broken if the operation ends otherwise than expected.
    pub(crate) fn promise(&self) -> Promise {
        match self.fault.as_ref().map(|fault| &fault.kind) {
            Some(FaultKind::Lost | FaultKind::Refused | FaultKind::UploadCut { .. }) => Promise::SendsOnce,
            Some(FaultKind::Cut { .. } | FaultKind::CutChunked { .. }) => Promise::NoticesIncompleteResponses,
            Some(FaultKind::TooLarge) if !self.job.file().is_empty() => Promise::ReadsEarlyResponses,
            Some(FaultKind::Redirect) => Promise::FollowsNoRedirects,
            _ => Promise::EndsAlike,
        }
    }
}

/// Returns the faults of a call. Silence has a scenario of its own.
fn faults(call: Call, generation: Generation) -> impl Iterator<Item = Fault> {
    let kinds = FaultKind::all().filter(|kind| **kind != FaultKind::Silent);
    let faults = kinds.map(move |kind| {
        let is_quick = |text: &&&str| text.split('@').next() == Some(kind.name());
        let quick =
            QUICK.iter().find(is_quick).and_then(|text| format!("{}:{text}", call.name()).parse().ok());
        quick.unwrap_or_else(|| Fault::new(call, kind.clone()))
    });
    faults.filter(move |fault| fault.check(generation).is_ok())
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on a {} server", self.job, self.generation)?;
        self.fault.as_ref().map_or(Ok(()), |fault| write!(f, " with {fault}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_except_silence_has_a_scenario() {
        let kinds = |generation| {
            let of = Scenario::all().filter(move |scenario| scenario.generation == generation);
            of.filter_map(|scenario| Some(scenario.fault?.kind.name())).collect::<BTreeSet<_>>()
        };
        let used: BTreeSet<_> = GENERATIONS.into_iter().flat_map(kinds).collect();
        let missing: Vec<_> =
            FaultKind::all().map(FaultKind::name).filter(|name| !used.contains(name)).collect();
        assert_eq!(missing, ["silent"]);
        assert!(GENERATIONS.into_iter().all(|generation| kinds(generation).len() > 30));
    }

    #[test]
    fn faults_have_values_that_need_no_time() {
        let faults = Scenario::all().filter_map(|scenario| scenario.fault);
        let slow: Vec<_> =
            faults.map(|fault| fault.to_string()).filter(|text| text.contains("@1000")).collect();
        assert!(slow.is_empty(), "{slow:?}");
    }
}
