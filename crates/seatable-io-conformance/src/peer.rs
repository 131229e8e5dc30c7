//! A server that plays a script, byte by byte, and remembers what it received.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;
#[cfg(unix)]
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::answer::TRICKLE;
use crate::place::Place;

/// How long a peer waits for a client that should give up.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it waits at a time.
const PIECE: Duration = Duration::from_millis(20);

/// What the peer does with one request.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    /// Whether it reads the body of the request before it answers.
    pub(crate) reads_body: bool,
    /// The bytes of its answer.
    pub(crate) answer: Vec<u8>,
    pub(crate) then: Then,
}

/// What the peer does after its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It reads the next request on the connection.
    Keep,
    /// It closes the connection; if bytes of the request are unread, the system resets it.
    Close,
    /// It sends [`TRICKLE`] spaces, one every 20 ms, and reads the next request.
    Trickle,
    /// It is silent until the client gives up.
    Silence,
    /// It sends one space after another until the client gives up.
    Drip,
}

/// A request that was received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Its place on its connection; the first has 0.
    pub(crate) nth: usize,
    /// The request line.
    pub(crate) line: String,
    /// The names, in lower case, and values of its headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, as far as it was read.
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, wanted: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(name, _)| name == wanted);
        named.map(|(_, value)| value.as_str()).collect()
    }
}

#[derive(Default)]
struct State {
    turns: Vec<Turn>,
    received: Vec<Received>,
    /// Whether a client did not give up.
    waited_in_vain: bool,
    is_over: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    over: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits this long, or until the peer is dropped.
    fn wait(&self, duration: Duration) {
        let waited = self.over.wait_timeout_while(self.state(), duration, |state| !state.is_over);
        drop(waited);
    }
}

/// A running peer.
pub(crate) struct Peer {
    place: Place,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// Starts a peer; the last turn is for all further requests.
    pub(crate) fn start(place: &Place, turns: Vec<Turn>) -> io::Result<Self> {
        let (listener, place) = Listener::bind(place)?;
        let state = State { turns: turns.into_iter().rev().collect(), ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state), over: Condvar::new() });
        let serving = Arc::clone(&shared);
        let thread = thread::Builder::new().spawn(move || listener.serve(&serving))?;
        Ok(Self { place, shared, thread: Some(thread) })
    }

    pub(crate) fn url(&self) -> String {
        self.place.url()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    pub(crate) fn waited_in_vain(&self) -> bool {
        self.shared.state().waited_in_vain
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.over.notify_all();
        // The listener notices it when it has accepted another connection.
        self.place.knock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.place.remove();
    }
}

fn serve(stream: Box<dyn Stream>, shared: &Shared) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    for nth in 0.. {
        let (line, headers) = read_head(&mut stream)?;
        let turn = {
            let state = &mut *shared.state();
            let last = state.turns.last().cloned();
            if state.turns.len() > 1 { state.turns.pop() } else { last }
        };
        let Some(turn) = turn else { return Ok(()) };
        let len = headers.iter().find(|(name, _)| name == "content-length");
        let len = len.and_then(|(_, len)| len.parse().ok()).filter(|_| turn.reads_body).unwrap_or(0);
        if turn.reads_body && headers.iter().any(|(name, _)| name == "expect") {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let mut body = Vec::new();
        stream.by_ref().take(len).read_to_end(&mut body)?;
        shared.state().received.push(Received { nth, line, headers, body });
        stream.get_mut().write_all(&turn.answer)?;
        match turn.then {
            Then::Keep => {}
            Then::Trickle => {
                for _ in 0..TRICKLE {
                    shared.wait(PIECE);
                    stream.get_mut().write_all(b" ")?;
                }
            }
            Then::Close => return Ok(()),
            Then::Silence | Then::Drip => return hold(stream.get_mut().as_mut(), shared, turn.then),
        }
    }
    Ok(())
}

/// Reads nothing more; that the client gives up shows when it goes on elsewhere.
fn hold(stream: &mut dyn Stream, shared: &Shared, then: Then) -> io::Result<()> {
    let mut waited = Duration::ZERO;
    while !shared.state().is_over {
        if waited >= PATIENCE {
            shared.state().waited_in_vain = true;
            break;
        }
        if then == Then::Drip {
            stream.write_all(b" ")?;
        }
        shared.wait(PIECE);
        waited += PIECE;
    }
    Ok(())
}

/// Reads the head of a request: its first line and its headers.
fn read_head(stream: &mut impl BufRead) -> io::Result<(String, Vec<(String, String)>)> {
    let mut lines = stream.lines();
    let mut next = || lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
    let (line, mut headers) = (next()?, Vec::new());
    loop {
        let header = next()?;
        let Some((name, value)) = header.split_once(':') else { return Ok((line, headers)) };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

impl Listener {
    /// Returns also where it listens.
    fn bind(place: &Place) -> io::Result<(Self, Place)> {
        match place {
            Place::Tcp(address) => {
                let listener = TcpListener::bind(address)?;
                let address = listener.local_addr()?;
                Ok((Self::Tcp(listener), Place::Tcp(address)))
            }
            #[cfg(unix)]
            Place::Unix(path, _) => {
                // A client that keeps connections must not use one of the last peer for this one.
                static PORTS: AtomicU16 = AtomicU16::new(1024);
                let place = Place::Unix(path.clone(), PORTS.fetch_add(1, Ordering::Relaxed));
                Ok((Self::Unix(UnixListener::bind(path)?), place))
            }
        }
    }

    /// Serves all connections, each on a thread of its own.
    fn serve(&self, shared: &Arc<Shared>) {
        while let Ok(stream) = self.accept() {
            if shared.state().is_over {
                return;
            }
            let shared = Arc::clone(shared);
            // An error means that the client closed the connection.
            thread::spawn(move || _ = serve(stream, &shared));
        }
    }

    fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept()?;
                // A reset discards bytes that wait for an acknowledgement.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Box::new(listener.accept()?.0)),
        }
    }
}

trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}
