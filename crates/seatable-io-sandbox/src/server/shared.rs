use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Sandbox;

/// How long nginx continues to read an upload after its response.
const LINGER: Duration = Duration::from_secs(30);

/// A sandbox that connections share, and its clock.
#[derive(Clone, Debug)]
pub struct SharedSandbox {
    sandbox: Arc<Mutex<Sandbox>>,
    start: Start,
    pub(super) linger: Duration,
    pub(super) checks_host: bool,
}

/// The start of virtual time, by one of two clocks.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// The clock of the operating system, which all threads share.
    System(Instant),
    /// The clock of the tokio runtime, which a test may pause.
    Runtime(tokio::time::Instant),
}

impl SharedSandbox {
    /// Starts virtual time.
    pub fn new(sandbox: Sandbox) -> Self {
        SharedSandbox::starting(sandbox, Start::System(Instant::now()))
    }

    /// Starts virtual time, which follows the clock of the tokio runtime.
    pub(super) fn in_runtime(sandbox: Sandbox) -> Self {
        SharedSandbox::starting(sandbox, Start::Runtime(tokio::time::Instant::now()))
    }

    fn starting(sandbox: Sandbox, start: Start) -> Self {
        let sandbox = Arc::new(Mutex::new(sandbox));
        SharedSandbox { sandbox, start, linger: LINGER, checks_host: false }
    }

    /// Sets how long an upload is still read after its response, before the connection is reset (default 30 s, like nginx).
    pub fn with_linger(self, linger: Duration) -> Self {
        SharedSandbox { linger, ..self }
    }

    /// Refuses requests from web pages of other sites (default: accepts all, as [`serve_connection`](crate::serve_connection)
    /// always does). A request gets 421 if its `Host` is not `localhost`, a loopback address or the address of the server,
    /// with its port, and 403 if its `Origin` is not.
    pub fn with_host_check(self) -> Self {
        SharedSandbox { checks_host: true, ..self }
    }

    /// Reads or changes the sandbox at this instant of virtual time.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Sandbox, Duration) -> R) -> R {
        let mut sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match self.start {
            Start::System(start) => start.elapsed(),
            Start::Runtime(start) => start.elapsed(),
        };
        work(&mut sandbox, now)
    }
}
