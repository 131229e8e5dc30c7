//! A blocking transport over `std::net` that keeps one connection, and can have one defect.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use seatable_io_driver::TransportError;
use seatable_io_driver::blocking::{Connect, Limits, Transport, Upload};
use seatable_io_driver::task::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    ChangesBody,
    ChangesFile,
    Decodes,
    DecodesTarget,
    FollowsRedirects,
    IgnoresMissingBytes,
    IgnoresMissingChunk,
    ImportsOverKeptConnections,
    InformationalIsFinal,
    LeavesOutHeader,
    LowersTarget,
    NeverNotSent,
    NoDeadline,
    NoIdleTimeout,
    ReadsAfterWriting,
    RefusalIsFailure,
    Repeats,
    ShowsPassword,
    ShowsToken,
    ShowsUrl,
    StopsAtFailedWrite,
    TwoHosts,
}

pub(crate) struct Net {
    defect: Defect,
    kept: Option<BufReader<TcpStream>>,
}

/// The rest of a response's body.
pub(crate) struct Body {
    stream: Option<BufReader<TcpStream>>,
    left: Left,
    until: Option<Instant>,
    is_last: bool,
    is_zipped: bool,
    is_file: bool,
}

enum Left {
    Bytes(u64),
    /// What is left of this chunk.
    Chunk(u64),
    End,
}

impl Net {
    pub(crate) fn connect(defect: Defect) -> impl Connect {
        move || Self { defect, kept: None }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn exchange(
        &mut self,
        request: &Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<Response<Body>, TransportError> {
        let is_import = !request.body().is_empty();
        let kept = self.kept.take().filter(|_| !is_import || self.has(Defect::ImportsOverKeptConnections));
        let mut stream = match kept {
            Some(stream) => stream,
            None => self.open(request)?,
        };
        let until = Instant::now().checked_add(limits.time_left).filter(|_| !self.has(Defect::NoDeadline));
        let idle = Some(limits.idle_timeout).filter(|_| !self.has(Defect::NoIdleTimeout));
        let broken = |error| self.broken(request, &error);
        stream.get_ref().set_read_timeout(idle).map_err(broken)?;
        stream.get_ref().set_write_timeout(Some(Duration::from_secs(20))).map_err(broken)?;
        let (bytes, mut writer) = (self.bytes(request), stream.get_ref().try_clone().map_err(broken)?);
        let writing = thread::spawn(move || writer.write_all(&bytes));
        if self.has(Defect::StopsAtFailedWrite) || self.has(Defect::ReadsAfterWriting) {
            let written = writing.join().unwrap();
            written.or_else(
                |error| if self.has(Defect::ReadsAfterWriting) { Ok(()) } else { Err(broken(error)) },
            )?;
        }
        let head = self.read_head(&mut stream).map_err(broken)?;
        let left = match head.headers.get(CONTENT_LENGTH) {
            _ if head.headers.contains_key(TRANSFER_ENCODING) => Left::Chunk(0),
            Some(len) => Left::Bytes(len.to_str().unwrap_or_default().parse().unwrap_or(0)),
            None => Left::Bytes(0),
        };
        let is_last = head.headers.get(CONNECTION).is_some_and(|value| value == "close");
        let is_zipped = self.has(Defect::Decodes) && head.headers.contains_key(CONTENT_ENCODING);
        let is_file = self.has(Defect::ChangesFile) && head.headers.contains_key("content-disposition");
        let body = Body { stream: Some(stream), left, until, is_last, is_zipped, is_file };
        Ok(Response::from_parts(head, body))
    }

    fn open(&self, request: &Request<Vec<u8>>) -> Result<BufReader<TcpStream>, TransportError> {
        let failure = if self.has(Defect::NeverNotSent) { Failure::Interrupted } else { Failure::NotSent };
        let stream = TcpStream::connect(request.uri().authority().unwrap().as_str());
        let stream = stream.map_err(|_| TransportError::new(failure, "there is no connection"))?;
        stream.set_nodelay(true).unwrap();
        Ok(BufReader::new(stream))
    }

    fn bytes(&self, request: &Request<Vec<u8>>) -> Vec<u8> {
        let mut target = request.uri().path_and_query().unwrap().to_string();
        if self.has(Defect::DecodesTarget) {
            target = target.replace("%2B", "+");
        }
        if self.has(Defect::LowersTarget) {
            target = target.to_lowercase();
        }
        let host = request.uri().authority().unwrap();
        let mut head = format!("{} {target} HTTP/1.1\r\nHost: {host}\r\n", request.method());
        for (name, value) in request.headers() {
            if !(self.has(Defect::LeavesOutHeader) && name == http::header::ACCEPT_LANGUAGE) {
                head += [name.as_str(), ": ", value.to_str().unwrap(), "\r\n"].concat().as_str();
            }
        }
        if self.has(Defect::TwoHosts) {
            head += "Host: elsewhere\r\n";
        }
        let mut body = request.body().clone();
        if self.has(Defect::ChangesBody)
            && let Some(last) = body.get_mut(2000)
        {
            *last ^= 1;
        }
        [head.as_bytes(), b"\r\n", &body].concat()
    }

    fn read_head(&self, stream: &mut BufReader<TcpStream>) -> io::Result<Parts> {
        loop {
            let line = read_line(stream)?;
            let status = line.get(9..12).and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
            let mut head = Response::builder().status(status.unwrap_or(StatusCode::BAD_GATEWAY));
            while let line = read_line(stream)?
                && let Some((name, value)) = line.split_once(": ")
            {
                head = head.header(
                    name.parse::<HeaderName>().map_err(io::Error::other)?,
                    HeaderValue::from_str(value).map_err(io::Error::other)?,
                );
            }
            let head = head.body(()).map_err(io::Error::other)?.into_parts().0;
            if !head.status.is_informational() || self.has(Defect::InformationalIsFinal) {
                return Ok(head);
            }
        }
    }

    fn broken(&self, request: &Request<Vec<u8>>, error: &io::Error) -> TransportError {
        let shown = match self.defect {
            Defect::ShowsUrl => request.uri().to_string(),
            Defect::ShowsPassword
                if request.uri().query().is_some_and(|query| query.contains("password")) =>
            {
                request.uri().query().unwrap().to_owned()
            }
            Defect::ShowsToken => format!("{:?}", request.headers()["authorization"].to_str()),
            _ => String::new(),
        };
        let failure = match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Failure::TimedOut,
            _ => Failure::Interrupted,
        };
        TransportError::new(failure, format!("the connection broke {shown}"))
    }
}

fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

impl Transport for Net {
    type ResponseBody = Body;

    fn send(
        &mut self,
        request: Request<Option<&mut Upload<'_>>>,
        limits: Limits,
    ) -> Result<Response<Body>, TransportError> {
        let (head, upload) = request.into_parts();
        if upload.is_some() && self.kept.is_none() {
            // Not one byte of the file may be read before there is a connection.
            self.open(&Request::from_parts(head.clone(), Vec::new())).map(drop)?;
        }
        let mut body = Vec::new();
        if let Some(upload) = upload {
            upload
                .read_to_end(&mut body)
                .map_err(|_| TransportError::new(Failure::Interrupted, "no file"))?;
        }
        let request = Request::from_parts(head, body);
        let response = match self.exchange(&request, limits) {
            Err(error) if self.has(Defect::Repeats) && error.failure() == Failure::Interrupted => {
                self.exchange(&request, limits)?
            }
            response => response?,
        };
        let status = response.status();
        if self.has(Defect::RefusalIsFailure) && status == StatusCode::FORBIDDEN {
            return Err(TransportError::new(Failure::Interrupted, format!("status {status}")));
        }
        if self.has(Defect::FollowsRedirects)
            && status.is_redirection()
            && let Some(path) = response.headers().get(LOCATION).and_then(|path| path.to_str().ok())
            && path.starts_with('/')
        {
            let mut next = request;
            let url = format!("http://{}{path}", next.uri().authority().unwrap());
            *next.uri_mut() = url.parse().unwrap();
            return self.exchange(&next, limits);
        }
        Ok(response)
    }

    fn read(&mut self, body: &mut Body, buffer: &mut [u8]) -> Result<usize, TransportError> {
        let late = || TransportError::new(Failure::TimedOut, "the time is over");
        let interrupted = |error: io::Error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => late(),
            _ => TransportError::new(Failure::Interrupted, "the response broke off"),
        };
        if body.until.is_some_and(|until| Instant::now() >= until) {
            return Err(late());
        }
        let count = self.read_some(body, buffer).map_err(interrupted)?;
        if body.is_zipped && count > 23 {
            buffer.copy_within(15..count - 8, 0);
            return Ok(count - 23);
        }
        if body.is_file && count > 1000 {
            buffer[1000] ^= 1;
        }
        Ok(count)
    }
}

impl Net {
    fn read_some(&mut self, body: &mut Body, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stream) = &mut body.stream else { return Ok(0) };
        if matches!(body.left, Left::Chunk(0)) {
            let line = read_line(stream).or_else(|error| {
                if self.defect == Defect::IgnoresMissingChunk { Ok("0".to_owned()) } else { Err(error) }
            })?;
            let len = u64::from_str_radix(&line, 16).map_err(io::Error::other)?;
            body.left = if len == 0 { Left::End } else { Left::Chunk(len) };
            if len == 0 && self.defect != Defect::IgnoresMissingChunk {
                read_line(stream)?;
            }
        }
        let (Left::Bytes(left) | Left::Chunk(left)) = &mut body.left else {
            self.kept = body.stream.take().filter(|_| !body.is_last);
            return Ok(0);
        };
        if *left == 0 {
            self.kept = body.stream.take().filter(|_| !body.is_last);
            return Ok(0);
        }
        let most = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
        let count = stream.read(&mut buffer[..most])?;
        if count == 0 {
            let ignored = self.defect == Defect::IgnoresMissingBytes;
            body.stream = None;
            return if ignored { Ok(0) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        *left -= count as u64;
        if matches!(body.left, Left::Chunk(0)) {
            read_line(stream)?;
        }
        Ok(count)
    }
}
