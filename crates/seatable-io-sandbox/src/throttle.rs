use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Response, StatusCode};

use crate::answer::{detail, set};
use crate::sandbox::Ticket;
use crate::{Call, Content, Sandbox};

const WINDOW: Duration = Duration::from_secs(60);

/// How many requests a minute the account may send; none for any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RateLimits {
    /// Requests of any kind: 300 in the cloud, 3000 on other servers by default.
    pub requests: Option<usize>,
    /// Starts of imports, and as many starts of exports: 20 on other servers by default.
    pub starts: Option<usize>,
}

/// When the account sent the requests of the last minute that are limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Throttle {
    sent: BTreeMap<Option<Call>, VecDeque<Duration>>,
}

impl Throttle {
    /// Counts a request of a kind; how long to wait if it is one too many, which is not counted.
    fn count(&mut self, now: Duration, kind: Option<Call>, most: usize) -> Result<(), Duration> {
        let sent = self.sent.entry(kind).or_default();
        while sent.front().is_some_and(|&at| at + WINDOW <= now) {
            sent.pop_front();
        }
        if sent.len() < most {
            sent.push_back(now);
            return Ok(());
        }
        Err(sent.front().map_or(WINDOW, |&at| (at + WINDOW).saturating_sub(now)))
    }
}

impl Sandbox {
    /// Answers 429 with `Retry-After` to what is over these limits. Without a call of this there are none.
    pub fn with_rate_limits(self, limits: RateLimits) -> Self {
        self.set(|settings| settings.rate_limits = limits)
    }

    pub(crate) fn throttle(&mut self, now: Duration, ticket: &Ticket) -> Result<(), Response<Content>> {
        // The framework counts before it looks at the method, so that a probe counts too.
        let kind = match ticket.call {
            Call::Import | Call::SynchronousImport | Call::TableProbe => Some(Call::Import),
            Call::Export | Call::SynchronousExport => Some(Call::Export),
            _ => None,
        };
        let RateLimits { requests, starts } = self.settings.rate_limits;
        let limits = [(None, requests), (kind, starts.filter(|_| kind.is_some()))];
        for (kind, most) in limits {
            let counted = most.map_or(Ok(()), |most| self.throttle.count(now, kind, most));
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
