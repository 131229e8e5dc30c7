use std::collections::VecDeque;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Response, StatusCode};

use crate::answer::{detail, set};
use crate::sandbox::Ticket;
use crate::{Call, Content, Sandbox};

const WINDOW: Duration = Duration::from_secs(60);

/// How many requests a minute the account may send; `None` means any number.
///
/// Servers other than the cloud have both limits by default. The cloud has a monthly quota, too: a request beyond it is
/// answered like the fault `429-empty`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RateLimits {
    /// Requests of any kind, among them those that start a task: 1000 in the cloud, 3000 on other servers.
    pub requests: Option<usize>,
    /// Exports in one request, which also count as requests: 20 on other servers.
    pub synchronous_exports: Option<usize>,
}

/// When the account sent the requests of the last minute that are limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Throttle {
    requests: VecDeque<Duration>,
    synchronous_exports: VecDeque<Duration>,
}

/// Counts a request; how long to wait if it is one too many, which is not counted.
fn count(sent: &mut VecDeque<Duration>, now: Duration, most: usize) -> Result<(), Duration> {
    while sent.front().is_some_and(|&at| at + WINDOW <= now) {
        sent.pop_front();
    }
    if sent.len() < most {
        sent.push_back(now);
        return Ok(());
    }
    Err(sent.front().map_or(WINDOW, |&at| (at + WINDOW).saturating_sub(now)))
}

impl Sandbox {
    /// Answers requests beyond these limits with 429 and `Retry-After`. By default, there are no limits.
    pub fn with_rate_limits(self, limits: RateLimits) -> Self {
        self.set(|settings| settings.rate_limits = limits)
    }

    pub(crate) fn throttle(&mut self, now: Duration, ticket: &Ticket) -> Result<(), Response<Content>> {
        let Throttle { requests, synchronous_exports } = &mut self.throttle;
        let limits = self.settings.rate_limits;
        // The framework counts before it looks at the method.
        let is_synchronous = ticket.call == Call::SynchronousExport;
        let of_export = limits.synchronous_exports.filter(|_| is_synchronous);
        for (sent, most) in [(requests, limits.requests), (synchronous_exports, of_export)] {
            let counted = most.map_or(Ok(()), |most| count(sent, now, most));
            counted.map_err(|wait| throttled(ticket, wait))?;
        }
        Ok(())
    }
}

fn throttled(ticket: &Ticket, wait: Duration) -> Response<Content> {
    let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
    let mut response = detail(StatusCode::TOO_MANY_REQUESTS, &ticket.words.throttled(seconds));
    set(&mut response, RETRY_AFTER, &seconds.to_string());
    response
}
