//! A blocking transport over libcurl, whose multi interface gives a response piece by piece.

use std::io::Read;
use std::mem::take;
use std::time::{Duration, Instant};

use curl::easy::{Easy2, Handler, List, ReadError, WriteError};
use curl::multi::{Easy2Handle, Multi};
use http::request::Parts;
use http::response::Builder;
use http::{Request, Response, StatusCode};
use seatable_io_driver::TransportError;
use seatable_io_driver::blocking::{Limits, Transport, Upload};
use seatable_io_driver::task::Failure::{self, Interrupted, NotSent, TimedOut, Untrusted};

/// The most that is in memory of a file, in bytes.
const PIECE: usize = 256 * 1024;

/// The longest timeout that libcurl accepts everywhere.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The transport of one run.
pub struct Curl {
    multi: Multi,
    /// Whether connections are used again, except for imports (no). Then libcurl repeats a request if a kept connection is closed.
    pub reuses_connections: bool,
}

impl Default for Curl {
    fn default() -> Self {
        Self { multi: Multi::new(), reuses_connections: false }
    }
}

/// A request in flight. Dropping it closes its connection.
pub struct Transfer {
    handle: Easy2Handle<State>,
    end: Option<Result<(), curl::Error>>,
    idle_timeout: Duration,
    idle_since: Instant,
}

/// What libcurl's callbacks share with the transport.
#[derive(Default)]
pub struct State {
    outgoing: Vec<u8>,
    sent: usize,
    wants_file: bool,
    is_active: bool,
    lines: Builder,
    head: Option<Response<()>>,
    /// Bytes of the response: at most 160 KiB, as much as libcurl reads in one go.
    incoming: Vec<u8>,
}

impl Handler for State {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let count = (&self.outgoing[self.sent..]).read(buffer).map_err(|_| ReadError::Abort)?;
        (self.is_active, self.sent) = (true, self.sent + count);
        self.wants_file = count == 0;
        if self.wants_file { Err(ReadError::Pause) } else { Ok(count) }
    }

    fn header(&mut self, line: &[u8]) -> bool {
        self.is_active = true;
        let line = line.trim_ascii();
        if line.starts_with(b"HTTP/") {
            self.lines = Response::builder().status(line.get(9..12).unwrap_or_default());
        } else if let Some(colon) = line.iter().position(|&byte| byte == b':') {
            self.lines = take(&mut self.lines).header(&line[..colon], line[colon + 1..].trim_ascii());
        } else if self.head.is_none() {
            let Ok(head) = take(&mut self.lines).body(()) else { return false };
            let is_final =
                !head.status().is_informational() || head.status() == StatusCode::SWITCHING_PROTOCOLS;
            self.head = is_final.then_some(head);
        }
        true
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, WriteError> {
        self.is_active = true;
        self.incoming.extend_from_slice(bytes);
        Ok(bytes.len())
    }
}

impl Transport for Curl {
    type ResponseBody = Transfer;

    fn send(
        &mut self,
        request: Request<Option<&mut Upload<'_>>>,
        limits: Limits,
    ) -> Result<Response<Transfer>, TransportError> {
        let (head, mut upload) = request.into_parts();
        let easy = self.easy(&head, upload.as_ref().map(|upload| upload.len()), limits).map_err(explain)?;
        let handle = self.multi.add2(easy).map_err(|error| broken(Interrupted, error.description()))?;
        let (idle_timeout, idle_since) = (limits.idle_timeout, Instant::now());
        let mut transfer = Transfer { handle, end: None, idle_timeout, idle_since };
        loop {
            transfer.advance(&self.multi)?;
            let state = transfer.handle.get_mut();
            if let Some(head) = state.head.take() {
                return Ok(head.map(|()| transfer));
            } else if let Some(end) = transfer.end {
                return Err(end.err().map_or_else(|| broken(Interrupted, "there is no response"), explain));
            } else if let (true, Some(upload)) = (take(&mut state.wants_file), &mut upload) {
                state.outgoing.resize(PIECE, 0);
                let count = upload.read(&mut state.outgoing).map_err(|_| broken(Interrupted, "no file"))?;
                state.outgoing.truncate(count);
                state.sent = 0;
                transfer.handle.unpause_read().map_err(explain)?;
            }
        }
    }

    fn read(&mut self, body: &mut Transfer, buffer: &mut [u8]) -> Result<usize, TransportError> {
        while body.handle.get_ref().incoming.is_empty() {
            match body.end.take() {
                Some(end) => return end.map(|()| 0).map_err(explain),
                None => body.advance(&self.multi)?,
            }
        }
        let state = body.handle.get_mut();
        let count = (&state.incoming[..]).read(buffer).unwrap_or(0);
        state.incoming.drain(..count);
        Ok(count)
    }
}

impl Curl {
    fn easy(&self, head: &Parts, len: Option<u64>, limits: Limits) -> Result<Easy2<State>, curl::Error> {
        let (mut easy, mut headers) = (Easy2::new(State::default()), List::new());
        if let Some(len) = len {
            easy.post(true)?;
            easy.post_field_size(len)?;
        }
        easy.custom_request(head.method.as_str())?;
        easy.url(&head.uri.to_string())?;
        for (name, value) in &head.headers {
            headers.append(&format!("{name}: {}", value.to_str().unwrap_or_default()))?;
        }
        easy.http_headers(headers)?;
        easy.timeout(limits.time_left.clamp(Duration::from_millis(1), LONGEST))?;
        easy.fresh_connect(!self.reuses_connections || len.is_some())?;
        easy.forbid_reuse(!self.reuses_connections)?;
        Ok(easy)
    }
}

impl Transfer {
    /// Lets libcurl work, and waits if there was nothing to do.
    fn advance(&mut self, multi: &Multi) -> Result<(), TransportError> {
        let unusable = |error: curl::MultiError| broken(Interrupted, error.description());
        self.handle.get_mut().is_active = false;
        multi.perform().map_err(unusable)?;
        multi.messages(|message| self.end = message.result_for2(&self.handle).or(self.end.take()));
        if self.handle.get_ref().is_active || self.end.is_some() {
            self.idle_since = Instant::now();
            return Ok(());
        }
        let left = self.idle_timeout.saturating_sub(self.idle_since.elapsed());
        if left.is_zero() {
            return Err(broken(TimedOut, "the server is silent"));
        }
        multi.poll(&mut [], left.min(LONGEST)).map(drop).map_err(unusable)
    }
}

fn broken(failure: Failure, words: &str) -> TransportError {
    TransportError::new(failure, words)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn explain(error: curl::Error) -> TransportError {
    let failure = match () {
        () if error.is_couldnt_connect() || error.is_couldnt_resolve_host() => NotSent,
        () if error.is_peer_failed_verification() => Untrusted,
        () if error.is_operation_timedout() => TimedOut,
        () => Interrupted,
    };
    broken(failure, error.description())
}
