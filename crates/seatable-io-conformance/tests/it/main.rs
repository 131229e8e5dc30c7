//! The kit finds the defects of transports, and names the promise that each breaks.

mod net;
#[cfg(feature = "proptest")]
mod strategies;

use seatable_io_conformance::{Kit, Promise};

use crate::net::{Defect, Net};

fn broken(defect: Defect) -> Promise {
    let broken = Kit::new().blocking(Net::connect(defect)).unwrap_err();
    assert!(!broken.to_string().contains("5ea7ab1e"), "a token: {broken}");
    broken.promise()
}

#[test]
fn a_transport_without_defects_keeps_all_promises() {
    let report = Kit::new().blocking(Net::connect(Defect::None)).unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
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
