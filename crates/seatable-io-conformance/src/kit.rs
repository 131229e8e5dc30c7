use std::io;
#[cfg(unix)]
use std::path::PathBuf;

use futures_util::FutureExt;
use seatable_io_driver::asynchronous::{self, Transport};
use seatable_io_driver::blocking::{self, Connect};
use seatable_io_driver::task::{Operation, OperationError, Outcome};
use seatable_io_sandbox::{Generation, Sandbox, SandboxServer};

use crate::observation::Observation;
use crate::place::Place;
use crate::runner::{Asynchronous, Blocking, Ended, Runner, Stepping, errors};
use crate::scenario::Scenario;
use crate::{Broken, Promise, secrets, wire};

/// Runs all scenarios over a transport.
///
/// The servers of all scenarios are on this machine: most of the time a single [sandbox](seatable_io_sandbox), so that a transport
/// that keeps connections uses them again.
#[derive(Clone, Debug)]
pub struct Kit {
    place: Place,
}

/// What a transport has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The number of scenarios.
    pub scenarios: usize,
}

impl Default for Kit {
    fn default() -> Self {
        Self::new()
    }
}

impl Kit {
    /// Creates a kit whose servers listen on free ports of loopback.
    pub fn new() -> Self {
        Self { place: Place::any_port() }
    }

    /// Lets the servers listen on a Unix socket at this path, one after the other. Their URLs are those of localhost, and the
    /// transport must connect to the socket by itself. No file may exist at the path.
    #[cfg(unix)]
    pub fn unix(self, path: impl Into<PathBuf>) -> Self {
        Self { place: Place::Unix(path.into(), 80) }
    }

    /// Tries a blocking transport. One client makes all runs, each over a transport that `connect` creates.
    ///
    /// # Errors
    ///
    /// The first broken promise.
    ///
    /// # Panics
    ///
    /// A server cannot be started on this machine.
    pub fn blocking<C: Connect>(&self, connect: C) -> Result<Report, Broken> {
        self.now(&mut Blocking(blocking::Client::with_transport(connect)))
    }

    /// Tries an async transport.
    ///
    /// # Errors
    ///
    /// The first broken promise.
    ///
    /// # Panics
    ///
    /// A server cannot be started on this machine.
    pub async fn asynchronous<T: Transport>(&self, transport: T) -> Result<Report, Broken> {
        self.run(&mut Asynchronous(asynchronous::Client::with_transport(transport))).await
    }

    /// Tries a function that runs an operation to its end by itself. It is given the file to send, and an empty sink for the file
    /// received.
    ///
    /// # Errors
    ///
    /// The first broken promise.
    ///
    /// # Panics
    ///
    /// A server cannot be started on this machine.
    pub fn operations<F>(&self, run: F) -> Result<Report, Broken>
    where
        F: FnMut(Operation, &[u8], &mut Vec<u8>) -> Result<Outcome, OperationError>,
    {
        self.now(&mut Stepping(run))
    }

    fn now(&self, runner: &mut impl Runner) -> Result<Report, Broken> {
        self.run(runner).now_or_never().expect("the futures of blocking runners are ready")
    }

    async fn run(&self, runner: &mut impl Runner) -> Result<Report, Broken> {
        let mut scenarios = wire::run(&self.place, runner).await?;
        let server = started(self.place.start(Sandbox::new(Generation::Current)));
        for scenario in Scenario::all() {
            run_scenario(&scenario, &server, runner).await?;
            scenarios += 1;
        }
        drop(server);
        Ok(Report { scenarios })
    }
}

/// Returns what was started.
pub(crate) fn started<T>(server: io::Result<T>) -> T {
    server.unwrap_or_else(|error| panic!("a server cannot be started on this machine: {error}"))
}

async fn run_scenario(
    scenario: &Scenario,
    server: &SandboxServer,
    runner: &mut impl Runner,
) -> Result<(), Broken> {
    let url = server.url();
    let operation = server.with(|sandbox, _| {
        *sandbox = scenario.sandbox();
        let operation = scenario.job.operation(&url, sandbox, Scenario::policy());
        scenario.fault.iter().for_each(|fault| sandbox.add_fault(fault.clone()));
        operation
    });
    let Ended { end, saved, failures } = runner.run(operation, &scenario.job.file()).await;
    let token = server.token();
    if let Some(words) = secrets::shown(&failures, &token) {
        return Err(Broken::new(Promise::KeepsSecrets, scenario, words));
    }
    let was = server.with(|sandbox, _| Observation::new(end, saved, sandbox));
    let expected = scenario.expected(&url);
    let Some(difference) = was.difference(&expected) else { return Ok(()) };
    let promise = if was.has_more_requests_than(&expected) { Promise::SendsOnce } else { scenario.promise() };
    Err(Broken::new(promise, scenario, difference + &errors(&failures)))
}
