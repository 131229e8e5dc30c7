//! Reports the start and the end of a run to a monitoring service, as [healthchecks.io](https://healthchecks.io/docs/http_api/)
//! expects it.

use std::net::IpAddr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use seatable_io_ureq::Connector;
use seatable_io_ureq::http::header::{CONTENT_TYPE, USER_AGENT};
use seatable_io_ureq::http::{Request, StatusCode, Uri};
use seatable_io_ureq::task;

use crate::failure::Failure;

/// How long the report of the end may delay a command, whatever the service does.
const DELAY: Duration = Duration::from_secs(10);

/// The part of it that is kept for reporting that nothing was reported.
const SPARE: Duration = Duration::from_millis(500);

/// How long one request may take.
const ATTEMPT: Duration = Duration::from_secs(4);

/// The time before the only other attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest body that the service keeps, in bytes.
const BODY: usize = 100_000;

/// The mark of a body that was cut.
const CUT: &str = "\n[the rest was cut]\n";

/// The longest URL, in bytes.
const LONGEST: usize = 2048;

/// Longer responses are read in part.
const RESPONSE: usize = 1024;

/// The URL of a check. It is a secret, so it is never shown.
pub(super) struct PingUrl {
    uri: Uri,
}

/// Why a report did not arrive.
#[derive(Debug, PartialEq)]
struct Problem {
    words: String,
    /// Whether another attempt can help.
    may_pass: bool,
}

/// A run whose start is being reported.
pub(super) struct Ping {
    end: Sender<End>,
    problems: Receiver<Option<String>>,
}

struct End {
    code: u8,
    body: String,
    deadline: Instant,
}

impl PingUrl {
    /// Reads a URL, which is from this source.
    pub(super) fn new(url: &str, from: &str, allow_http: bool) -> Result<PingUrl, Failure> {
        let wrong = |words: &str| Failure::usage(format!("the ping URL in {from} {words}"));
        let parsed = Some(url).filter(|url| url.len() <= LONGEST).and_then(|url| url.parse().ok());
        let Some(uri): Option<Uri> = parsed else {
            return Err(wrong("cannot be understood").hint("write one line like https://hc-ping.com/UUID"));
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("is not a whole URL").hint("write one line like https://hc-ping.com/UUID"));
        };
        match scheme {
            _ if authority.as_str().contains('@') => {
                Err(wrong("has a user name or a password").hint("omit them"))
            }
            "http" if !allow_http && !is_loopback(authority.host()) => {
                Err(wrong("is not encrypted").hint("use https, or add --allow-http"))
            }
            "http" | "https" => Ok(PingUrl { uri }),
            _ => Err(wrong("begins with neither https:// nor http://").hint("use https")),
        }
    }

    /// Returns the URL with another segment after its path.
    fn with(&self, segment: &str) -> Option<Uri> {
        let path = self.uri.path().trim_end_matches('/');
        let query = self.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(format!("{path}/{segment}{query}").parse().ok()?);
        Uri::from_parts(parts).ok()
    }

    fn post(&self, connector: &Connector, segment: &str, body: &str, time: Duration) -> Result<(), Problem> {
        let request = Request::post(self.with(segment).unwrap_or_default())
            .header(USER_AGENT, concat!("seatable-io/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(body.as_bytes().to_vec());
        let request = request.map_err(|_| lasting("the URL cannot be used"))?;
        match connector.send(request, time, RESPONSE) {
            Ok(response) => judge(response.status(), response.body()),
            Err(error) if error.failure() == task::Failure::TimedOut => {
                Err(passing("the service did not answer in time"))
            }
            Err(error) => Err(passing(error.to_string())),
        }
    }

    /// Makes one more attempt if the first one fails and there is time.
    fn post_end(&self, connector: &Connector, end: &End) -> Result<(), Problem> {
        let left = || end.deadline.saturating_duration_since(Instant::now());
        let attempt = || self.post(connector, &end.code.to_string(), &end.body, ATTEMPT.min(left()));
        attempt().or_else(|problem| {
            if !problem.may_pass || left() < 2 * PAUSE {
                return Err(problem);
            }
            thread::sleep(PAUSE);
            attempt()
        })
    }
}

impl Ping {
    /// Reports the start, beside the run.
    pub(super) fn start(url: PingUrl, connector: Connector) -> Ping {
        let ((end, ends), (sender, problems)) = (mpsc::channel::<End>(), mpsc::channel());
        let work = move || {
            let start = url.post(&connector, "start", "", ATTEMPT);
            let Ok(end) = ends.recv() else { return };
            let problem = match (url.post_end(&connector, &end), start) {
                (Err(problem), _) => Some(not_informed("end", &problem.words)),
                (_, Err(problem)) => Some(not_informed("start", &problem.words)),
                _ => None,
            };
            drop(sender.send(problem));
        };
        // Without a thread, nobody sends problems, and the end says so.
        drop(thread::Builder::new().name("ping".to_owned()).spawn(work));
        Ping { end, problems }
    }

    /// Reports the end, after the start; returns a problem. The text is cut if it is too long.
    pub(super) fn end(self, code: u8, text: &str) -> Option<String> {
        let deadline = Instant::now() + DELAY.saturating_sub(SPARE);
        let end = End { code, body: cut(text, BODY), deadline };
        let words = match self.end.send(end).map(|()| self.problems.recv_timeout(DELAY)) {
            Ok(Ok(problem)) => return problem,
            Ok(Err(RecvTimeoutError::Timeout)) => "the service did not answer in time",
            _ => "no thread could be created",
        };
        Some(not_informed("end", words))
    }
}

fn not_informed(moment: &str, words: &str) -> String {
    format!("the ping URL was not informed of the {moment} of this run: {words}")
}

/// Returns whether the host is this computer. `localhost` is connected to only at loopback addresses.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// healthchecks.io answers 200 to what it ignores, too.
fn judge(status: StatusCode, body: &[u8]) -> Result<(), Problem> {
    match status {
        _ if status.is_success() && body.starts_with(b"OK (not found)") => {
            Err(lasting("the service does not know the URL"))
        }
        _ if status.is_success() && body.starts_with(b"OK (rate limited)") => {
            Err(lasting("the service ignores it, because it receives too many"))
        }
        _ if status.is_success() => Ok(()),
        _ if status.is_redirection() => {
            Err(lasting(format!("the service answered {status}, and redirects are not followed")))
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Err(passing(format!("the service answered {status}")))
        }
        _ if status.is_server_error() => Err(passing(format!("the service answered {status}"))),
        _ => Err(lasting(format!("the service answered {status}"))),
    }
}

fn lasting(words: impl Into<String>) -> Problem {
    Problem { words: words.into(), may_pass: false }
}

fn passing(words: impl Into<String>) -> Problem {
    Problem { words: words.into(), may_pass: true }
}

/// Cuts a text that is longer than this where a character ends, and says so.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let most = most.saturating_sub(CUT.len());
    let end = (0..=most).rfind(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default().to_owned() + CUT
}

#[cfg(test)]
mod tests;
