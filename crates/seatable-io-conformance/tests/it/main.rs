//! The kit finds the defects of transports, and names the promise that each breaks.

mod net;
#[cfg(feature = "proptest")]
mod strategies;

use std::time::Duration;

use seatable_io_conformance::{Kit, Promise};
use seatable_io_driver::task::{Failure, Operation, Step};

use crate::net::{Defect, Net};

fn broken(defect: Defect) -> Promise {
    let broken = Kit::new().blocking(Net::connect(defect)).unwrap_err();
    let shown = broken.to_string();
    assert!(!["5ea7ab1e", "sesame"].iter().any(|secret| shown.contains(secret)), "a secret: {shown}");
    broken.promise()
}

#[test]
fn a_transport_without_defects_keeps_all_promises() {
    let report = Kit::new().blocking(Net::connect(Defect::None)).unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}

#[test]
fn a_function_that_steps_operations_is_tried_too() {
    let never = |mut operation: Operation, _: &[u8], _: &mut Vec<u8>| {
        let mut now = Duration::ZERO;
        loop {
            operation = match operation.step(now) {
                Step::Done(end) => return end,
                Step::Wait(operation, until) => {
                    now = until;
                    operation
                }
                Step::Send(exchange) => exchange.failed(Failure::NotSent, now),
            }
        }
    };
    let broken = Kit::new().operations(never).unwrap_err();
    assert!(broken.promise() == Promise::SendsAsBuilt && broken.scenario() == "an import", "{broken}");
}

#[test]
fn each_defect_breaks_its_promise() {
    use Promise::*;
    let defects = [
        (Defect::LeavesOutHeader, SendsAsBuilt),
        (Defect::TwoHosts, SendsAsBuilt),
        (Defect::DecodesTarget, SendsAsBuilt),
        (Defect::LowersTarget, SendsAsBuilt),
        (Defect::ChangesBody, SendsAsBuilt),
        (Defect::Repeats, SendsOnce),
        (Defect::ImportsOverKeptConnections, SendsImportsOverNewConnections),
        (Defect::StopsAtFailedWrite, ReadsEarlyResponses),
        (Defect::ReadsAfterWriting, ReadsEarlyResponses),
        (Defect::NeverNotSent, KnowsWhatWasSent),
        (Defect::InformationalIsFinal, SkipsInformationalResponses),
        (Defect::FollowsRedirects, FollowsNoRedirects),
        (Defect::Decodes, DecodesNothing),
        (Defect::IgnoresMissingBytes, NoticesIncompleteResponses),
        (Defect::IgnoresMissingChunk, NoticesIncompleteResponses),
        (Defect::NoIdleTimeout, KeepsIdleTimeout),
        (Defect::NoDeadline, KeepsDeadline),
        (Defect::ShowsUrl, KeepsSecrets),
        (Defect::ShowsToken, KeepsSecrets),
        (Defect::ShowsPassword, KeepsSecrets),
        (Defect::RefusalIsFailure, EndsAlike),
        (Defect::ChangesFile, EndsAlike),
    ];
    let handles =
        defects.map(|(defect, promise)| std::thread::spawn(move || (defect, promise, broken(defect))));
    for handle in handles {
        let (defect, expected, found) = handle.join().unwrap();
        assert_eq!(found, expected, "{defect:?}");
    }
}
