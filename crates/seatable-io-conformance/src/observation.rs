use std::collections::BTreeMap;
use std::time::Duration;

use seatable_io_driver::task::Outcome;
use seatable_io_sandbox::{Content, Sandbox};

use crate::runner::Failed;

/// When every task that still runs has ended.
const LATER: Duration = Duration::from_secs(7 * 24 * 3600);

/// What must be the same over every transport.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Observation {
    /// The result, or the error without the times in it.
    end: String,
    /// The requests that the server received.
    requests: Vec<String>,
    /// The file received, if the operation succeeded.
    saved: Option<Vec<u8>>,
    /// The length of each base on the server.
    bases: BTreeMap<String, u64>,
}

impl Observation {
    pub(crate) fn new(end: Result<Outcome, Failed>, saved: Vec<u8>, sandbox: &mut Sandbox) -> Self {
        let state = sandbox.state(LATER);
        let requests = state.log.iter().map(|entry| {
            let status = entry.status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
            format!("{} {}: {status}", entry.method, entry.target)
        });
        let mut requests: Vec<_> = requests.collect();
        // The number of polls depends on time.
        requests.dedup_by(|next, last| next == last && next.contains("/dtable-io-status/"));
        let bases = state.bases.values().map(|base| {
            (format!("{} {}", base.id, base.name), base.content.as_ref().map_or(0, Content::len))
        });
        let bases = bases.collect();
        let saved = end.is_ok().then_some(saved);
        let end = end.map_or_else(
            |error| format!("{:?}: {}", error.kind, without_time(&error.message)),
            |outcome| format!("{outcome:?}"),
        );
        Self { end, requests, saved, bases }
    }

    /// Returns the difference in words; `None` if there is none.
    pub(crate) fn difference(&self, expected: &Self) -> Option<String> {
        (self != expected)
            .then(|| format!("expected {}\nbut was  {}", expected.described(), self.described()))
    }

    pub(crate) fn has_more_requests_than(&self, other: &Self) -> bool {
        self.requests.len() > other.requests.len()
    }

    fn described(&self) -> String {
        let saved = self.saved.as_ref().map_or(0, Vec::len);
        let (end, bases, requests) = (&self.end, &self.bases, self.requests.join("\n    "));
        format!("{end}\n  {saved} bytes received, bases on the server: {bases:?}, requests:\n    {requests}")
    }
}

/// Removes the time that retries took.
fn without_time(message: &str) -> String {
    let found = ["retries in ", "retry in "].iter().find_map(|words| message.split_once(words));
    let rest = found.and_then(|(before, rest)| Some((before, rest.split_once(';')?.1)));
    rest.map_or_else(|| message.to_owned(), |(before, after)| format!("{before};{after}"))
}
