use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use seatable_io_task::Exchange;

/// How often to look for a response while the server does not read.
const LOOK: Duration = Duration::from_millis(100);

/// A connection with the time limits of its exchange.
pub(crate) struct Wire {
    stream: TcpStream,
    start: Instant,
    deadline: Duration,
    idle_timeout: Duration,
}

impl Wire {
    pub(crate) fn connect(to: impl ToSocketAddrs, start: Instant, exchange: &Exchange) -> io::Result<Self> {
        let (deadline, idle_timeout) = (exchange.deadline(), exchange.idle_timeout());
        let mut failed = io::Error::from(ErrorKind::AddrNotAvailable);
        for address in to.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, limit(start, deadline, idle_timeout)?) {
                Ok(stream) => return Ok(Self { stream, start, deadline, idle_timeout }),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Writes all bytes, unless the server responds or closes the connection first. Returns whether it has written them.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> io::Result<bool> {
        use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, Interrupted, TimedOut, WouldBlock};
        let mut idle_since = Instant::now();
        while !bytes.is_empty() {
            if self.has_response()? {
                return Ok(false);
            }
            let left =
                limit(self.start, self.deadline, self.idle_timeout.saturating_sub(idle_since.elapsed()))?;
            self.stream.set_write_timeout(Some(left.min(LOOK)))?;
            match self.stream.write(bytes) {
                Ok(count) => (bytes, idle_since) = (&bytes[count..], Instant::now()),
                Err(error) => match error.kind() {
                    Interrupted | TimedOut | WouldBlock => {}
                    BrokenPipe | ConnectionAborted | ConnectionReset => return Ok(false),
                    _ => return Err(error),
                },
            }
        }
        Ok(true)
    }

    fn has_response(&self) -> io::Result<bool> {
        self.stream.set_nonblocking(true)?;
        let seen = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        Ok(!matches!(seen, Err(error) if error.kind() == ErrorKind::WouldBlock))
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(limit(self.start, self.deadline, self.idle_timeout)?))?;
        self.stream.read(buffer)
    }
}

/// How long the next step may take.
fn limit(start: Instant, deadline: Duration, idle_timeout: Duration) -> io::Result<Duration> {
    let limit = deadline.saturating_sub(start.elapsed()).min(idle_timeout);
    if limit.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(limit) }
}
