//! Scenarios in which single bytes matter, over peers that play a script.

mod check;
mod scenarios;

use std::time::Duration;

use bytes::Bytes;
use seatable_io_driver::proto::{BaseName, BaseUuid, FileName, Format, TaskId, TaskKind};
use seatable_io_driver::task::{ErrorKind, Export, Import, Operation, Policy, Resume};

use crate::answer::response;
use crate::job::{Job, SEED, server};
use crate::kit::started;
use crate::peer::{Peer, Received, Then, Turn};
use crate::place::Place;
use crate::runner::{Ended, Runner};
use crate::scenario::Scenario;
use crate::{Broken, Promise, secrets};

const TOKEN: &str = "5ea7ab1e-0f-conformance";

/// How many imports are rejected while they are sent. A transport that loses one response of ten fails all but certainly.
const REJECTIONS: usize = 100;

/// How many of these rejections may be lost: on Windows, a reset discards what has arrived and was not read yet.
const MOST_LOST: usize = if cfg!(windows) { REJECTIONS / 2 } else { 0 };

/// The length of a file that no buffer on the way can hold.
const LARGE: usize = 16 << 20;

/// A script, an operation, and what must come of it.
struct WireScenario {
    promise: Promise,
    name: &'static str,
    turns: Vec<Turn>,
    job: WireJob,
    check: fn(&Ended, &[Received]) -> Result<(), String>,
}

#[derive(Clone, Copy)]
enum WireJob {
    Import,
    ImportTable,
    /// An export of a base whose name has special characters.
    OddExport,
    /// Waits for an import.
    Poll,
    /// The same, with a short idle timeout.
    PollImpatiently,
    /// The same, with a short timeout of the whole operation.
    PollBriefly,
}

/// Runs all of them, and returns their number.
pub(crate) async fn run(place: &Place, runner: &mut impl Runner) -> Result<usize, Broken> {
    let scenarios = scenarios::all();
    for scenario in &scenarios {
        scenario.run(place, runner).await?;
    }
    reject(place, runner).await?;
    reject_and_stall(place, runner).await?;
    refuse_connections(place, runner).await?;
    Ok(scenarios.len() + 3)
}

impl WireScenario {
    async fn run(&self, place: &Place, runner: &mut impl Runner) -> Result<(), Broken> {
        let peer = started(Peer::start(place, self.turns.clone()));
        let ended = runner.run(self.job.operation(&peer.url()), &self.job.file()).await;
        if let Some(words) = secrets::shown(&ended.failures, TOKEN) {
            return Err(Broken::new(Promise::KeepsSecrets, self.name, words));
        }
        let gave_up =
            if peer.waited_in_vain() { Err("the client did not give up".to_owned()) } else { Ok(()) };
        let checked = gave_up.and_then(|()| (self.check)(&ended, &peer.received()));
        checked.map_err(|why| Broken::new(self.promise, self.name, format!("{why}; {}", ended.described())))
    }
}

/// Rejects imports while they are sent, and resets the connections.
async fn reject(place: &Place, runner: &mut impl Runner) -> Result<(), Broken> {
    let peer = started(Peer::start(place, vec![too_large(Then::Close)]));
    let mut lost = 0;
    for round in 1..=REJECTIONS {
        let ended = import_large(&peer, runner).await;
        lost += usize::from(ended.kind() != Some(ErrorKind::Rejected));
        if lost > MOST_LOST {
            let scenario = "an import that is rejected while it is sent, before the connection is reset";
            let details =
                format!("expected a rejection each time, but in round {round} {}", ended.described());
            return Err(Broken::new(Promise::ReadsEarlyResponses, scenario, details));
        }
    }
    Ok(())
}

/// Rejects an import while it is sent, reads nothing more, and keeps the connection.
async fn reject_and_stall(place: &Place, runner: &mut impl Runner) -> Result<(), Broken> {
    let peer = started(Peer::start(place, vec![too_large(Then::Silence)]));
    let ended = import_large(&peer, runner).await;
    if ended.kind() == Some(ErrorKind::Rejected) && !peer.waited_in_vain() {
        return Ok(());
    }
    let scenario = "an import that is rejected while it is sent, by a server that reads nothing more";
    let details = format!("expected a rejection at once, but {}", ended.described());
    Err(Broken::new(Promise::ReadsEarlyResponses, scenario, details))
}

fn too_large(then: Then) -> Turn {
    let answer = response("413 Payload Too Large", "Connection: close\r\n", b"");
    Turn { reads_body: false, answer, then }
}

async fn import_large(peer: &Peer, runner: &mut impl Runner) -> Ended {
    runner.run(import(&peer.url(), Format::Dtable, LARGE), &Bytes::from(vec![0; LARGE])).await
}

/// Imports where no server listens.
async fn refuse_connections(place: &Place, runner: &mut impl Runner) -> Result<(), Broken> {
    let url = started(Peer::start(place, Vec::new())).url();
    let ended = runner.run(WireJob::Import.operation(&url), &WireJob::Import.file()).await;
    if ended.kind() == Some(ErrorKind::Unavailable) {
        return Ok(());
    }
    let details = format!("expected that nothing was sent, but {}", ended.described());
    Err(Broken::new(Promise::KnowsWhatWasSent, "an import where no server listens", details))
}

impl WireJob {
    fn file(self) -> Bytes {
        match self {
            Self::Import => Job::Import.file(),
            Self::ImportTable => Job::ImportTable.file(),
            _ => Bytes::new(),
        }
    }

    fn operation(self, url: &str) -> Operation {
        let policy = Scenario::policy();
        let brief = Duration::from_secs(2);
        match self {
            Self::Import => import(url, Format::Dtable, self.file().len()),
            Self::ImportTable => import(url, Format::Csv, self.file().len()),
            Self::OddExport => {
                let name = BaseName::new("a/b?c#d%20 é+\"'").expect("a name");
                Operation::export(server(url, TOKEN), Export::new(1, name), policy, SEED)
            }
            Self::Poll => poll(url, policy),
            Self::PollImpatiently => poll(url, policy.idle_timeout(brief)),
            Self::PollBriefly => poll(url, policy.timeout(brief)),
        }
    }
}

fn import(url: &str, format: Format, len: usize) -> Operation {
    let name = FileName::new("neu", format).expect("a name");
    let import = Import::new(1, name, len as u64).expect("a length");
    Operation::import(server(url, TOKEN), import, Scenario::policy().retries(2), SEED)
}

fn poll(url: &str, policy: Policy) -> Operation {
    let task = TaskId::new("1582970303923").expect("an ID");
    let resume = Resume::new(TaskKind::Import, task, BaseUuid::new("d09b6bcc").expect("a UUID"));
    Operation::resume(server(url, TOKEN), resume, policy.retries(2), SEED)
}
