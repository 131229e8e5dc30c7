//! What must come of a scenario. The error says what did.

use std::time::Duration;

use seatable_io_driver::task::{ErrorKind, Outcome, Step};

use super::{TOKEN, WireJob};
use crate::peer::Received;
use crate::reference;
use crate::runner::Ended;

type Checked = Result<(), String>;

fn ensure(condition: bool, otherwise: impl FnOnce() -> String) -> Checked {
    if condition { Ok(()) } else { Err(otherwise()) }
}

pub(super) fn imported(ended: &Ended) -> Checked {
    ensure(matches!(ended.end, Ok(Outcome::Imported(_))), || "expected the end of the import".to_owned())
}

pub(super) fn timed_out(ended: &Ended) -> Checked {
    ensure(ended.kind() == Some(ErrorKind::Timeout), || "expected a timeout".to_owned())
}

pub(super) fn failed(ended: &Ended) -> Checked {
    ensure(ended.end.is_err(), || "expected an error".to_owned())
}

pub(super) fn requests(received: &[Received], count: usize) -> Checked {
    let lines: Vec<_> = received.iter().map(|request| request.line.as_str()).collect();
    ensure(lines.len() == count, || format!("expected {count} requests, received {lines:?}"))
}

pub(super) fn not_redirected(received: &[Received]) -> Checked {
    let followed = received.iter().find(|request| request.line.contains("elsewhere"));
    followed.map_or(Ok(()), |request| Err(format!("received {}", request.line)))
}

pub(super) fn first_on_its_connection(received: &[Received]) -> Checked {
    let mut uploads = received.iter().filter(|request| request.line.starts_with("POST "));
    ensure(uploads.all(|upload| upload.nth == 0), || {
        "the import was not the first request on its connection".to_owned()
    })
}

/// The first request must be the first one of this job.
pub(super) fn as_built(job: WireJob, received: &[Received]) -> Checked {
    let first = received.first().ok_or("no request was received")?;
    let host = first.header("host");
    let url = format!("http://{}", host.first().copied().unwrap_or_default());
    ensure(host.len() == 1, || format!("expected one Host, received {host:?}"))?;
    let Step::Send(exchange) = job.operation(&url).step(Duration::ZERO) else { unreachable!() };
    let built = reference::whole(exchange.request(), &job.file());
    let target = built.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let line = format!("{} {target} HTTP/1.1", built.method());
    ensure(first.line == line, || format!("expected {line}, received {}", first.line))?;
    for (name, value) in built.headers() {
        let found = first.header(name.as_str());
        // The value may be the token.
        let is_same =
            found.len() == 1 && found.first().is_some_and(|found| found.as_bytes() == value.as_bytes());
        ensure(is_same, || format!("expected one {name} as built, received {} or another", found.len()))?;
    }
    ensure(first.header("transfer-encoding").is_empty(), || "the body has no length".to_owned())?;
    ensure(first.body == **built.body(), || {
        format!("expected a body of {} bytes, received {} or others", built.body().len(), first.body.len())
    })?;
    let in_target = first.line.contains(TOKEN);
    ensure(!in_target, || "the token is in the target".to_owned())
}
