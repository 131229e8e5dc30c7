use std::collections::VecDeque;
use std::time::Duration;

use crate::Call;

const WINDOW: Duration = Duration::from_secs(60);

/// The maximum numbers of requests per minute of the account; `None` means no limit.
///
/// Self-hosted servers have both limits by default. The cloud also has a monthly quota: a request beyond it gets the
/// response of the fault `429-empty`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RateLimits {
    /// All requests, including those that start a task: 1000 in the cloud, 3000 on self-hosted servers.
    pub requests: Option<usize>,
    /// Exports in one request, by name or UUID, which also count as requests: 20 on self-hosted servers.
    pub synchronous_exports: Option<usize>,
}

/// The times of the limited requests in the last minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Throttle {
    requests: VecDeque<Duration>,
    synchronous_exports: VecDeque<Duration>,
}

impl Throttle {
    /// Counts a request, or returns how long to wait before one that exceeds a limit, which is not counted.
    pub(crate) fn count(&mut self, limits: RateLimits, now: Duration, call: Call) -> Result<(), Duration> {
        count(&mut self.requests, now, limits.requests)?;
        // The framework counts before it looks at the method.
        let limit = limits
            .synchronous_exports
            .filter(|_| matches!(call, Call::SynchronousExport | Call::ExportByUuid));
        count(&mut self.synchronous_exports, now, limit)
    }
}

fn count(sent: &mut VecDeque<Duration>, now: Duration, limit: Option<usize>) -> Result<(), Duration> {
    let Some(limit) = limit else { return Ok(()) };
    while sent.front().is_some_and(|&at| at + WINDOW <= now) {
        sent.pop_front();
    }
    if sent.len() < limit {
        sent.push_back(now);
        return Ok(());
    }
    Err(sent.front().map_or(WINDOW, |&at| (at + WINDOW).saturating_sub(now)))
}
