//! Runs an operation over `std::net`, without a driver: plain http, with timeouts.

mod wire;

use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::thread::sleep;
use std::time::Instant;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::response::Parts;
use seatable_io_task::Failure::{Interrupted, LocalFile, NotSent, TimedOut};
use seatable_io_task::{Exchange, Failure, Intake, Operation, OperationError, Outcome, Step};
use wire::Wire;

const PIECE: usize = 256 * 1024;

/// Runs an operation to its end. An import is read from `file`. An export is written to `sink`, where more bytes may follow if an
/// earlier attempt received more.
pub fn run(
    mut operation: Operation,
    file: &mut (impl Read + Seek),
    sink: &mut (impl Write + Seek),
) -> Result<Outcome, OperationError> {
    let start = Instant::now();
    loop {
        operation = match operation.step(start.elapsed()) {
            Step::Done(end) => return end,
            Step::Wait(operation, until) => {
                sleep(until.saturating_sub(start.elapsed()));
                operation
            }
            Step::Send(mut exchange) => {
                let sent = send(&mut exchange, start, file);
                match sent.and_then(|wire| receive(&mut exchange, &mut BufReader::new(wire), sink)) {
                    Ok(()) => exchange.finished(start.elapsed()),
                    Err(why) => exchange.failed(why, start.elapsed()),
                }
            }
        }
    }
}

/// Sends the request. If the server responds or closes the connection before the end, the rest stays.
fn send(exchange: &mut Exchange, start: Instant, file: &mut (impl Read + Seek)) -> Result<Wire, Failure> {
    let request = exchange.request();
    let (body, host) = (request.body().clone(), request.uri().authority().ok_or(NotSent)?);
    let target = request.uri().path_and_query().ok_or(NotSent)?;
    let mut head = format!("{} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", request.method())
        .into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend([b"\r\n", &body.head()[..]].concat());
    let address = (host.host().trim_matches(['[', ']']), host.port_u16().unwrap_or(80));
    let mut wire = Wire::connect(address, start, exchange).map_err(|_| NotSent)?;
    let (mut piece, mut left) = (vec![0; PIECE], body.file_len());
    let mut goes_on = wire.write(&head).map_err(network)?;
    file.rewind().map_err(|_| LocalFile)?;
    while goes_on && left > 0 {
        let count = piece.len().min(usize::try_from(left).unwrap_or(PIECE));
        file.read_exact(&mut piece[..count]).map_err(|_| LocalFile)?;
        goes_on = wire.write(&piece[..count]).map_err(network)?;
        if goes_on {
            exchange.sent(count as u64);
        }
        left -= count as u64;
    }
    if goes_on {
        wire.write(body.tail()).map_err(network)?;
    }
    Ok(wire)
}

fn receive(
    exchange: &mut Exchange,
    wire: &mut BufReader<Wire>,
    sink: &mut (impl Write + Seek),
) -> Result<(), Failure> {
    let head = read_head(wire).map_err(network)?;
    let is_file = exchange.head(&head) != Intake::Read;
    sink.rewind().map_err(|_| LocalFile)?;
    let is_chunked = head.headers.contains_key(TRANSFER_ENCODING);
    let len = head.headers.get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
    let mut left = if is_chunked { 0 } else { len.unwrap_or(u64::MAX) };
    loop {
        if is_chunked && left == 0 {
            left = next_chunk(wire).map_err(network)?;
        }
        let bytes = if left == 0 { &[] } else { wire.fill_buf().map_err(network)? };
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            // Only the end of the connection ends a body without a length.
            return if left == 0 || !(is_chunked || len.is_some()) { Ok(()) } else { Err(Interrupted) };
        }
        if !exchange.chunk(&bytes[..count]) {
            return Ok(());
        }
        if is_file {
            sink.write_all(&bytes[..count]).map_err(|_| LocalFile)?;
        }
        wire.consume(count);
        left -= count as u64;
    }
}

/// Reads the head of the response, which informational ones may precede.
fn read_head(wire: &mut impl BufRead) -> io::Result<Parts> {
    loop {
        let (mut text, mut wire) = (String::new(), wire.take(64 * 1024));
        while wire.read_line(&mut text)? > 2 {}
        if !text.ends_with("\r\n\r\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let head = http::Response::builder().status(text.get(9..12).unwrap_or_default());
        let headers = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        let head = headers.fold(head, |head, (name, value)| head.header(name, value.trim()));
        let head = head.body(()).map_err(io::Error::other)?.into_parts().0;
        if !head.status.is_informational() || head.status == 101 {
            return Ok(head);
        }
    }
}

/// Reads the line before a chunk, and returns the length of the chunk.
fn next_chunk(wire: &mut impl BufRead) -> io::Result<u64> {
    let mut line = String::new();
    // An empty line ends the chunk before.
    while line.trim().is_empty() {
        line.clear();
        if wire.take(1024).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let digits = line.split(';').next().unwrap_or_default().trim();
    u64::from_str_radix(digits, 16).map_err(io::Error::other)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn network(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TimedOut,
        _ => Interrupted,
    }
}
