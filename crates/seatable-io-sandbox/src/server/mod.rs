mod connection;
mod download;
mod guard;
mod line;
mod upload;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

pub use connection::serve_connection;

use self::connection::serve_guarded;
use self::guard::Guard;
use crate::{Book, Sandbox};

/// How long nginx goes on reading an upload that it has already answered.
const LINGER: Duration = Duration::from_secs(30);
const BACKLOG: u32 = 16_384;

/// A loopback HTTP server around a [`Sandbox`], on a thread of its own, until it is dropped.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
///
/// use seatable_io_sandbox::{Call, Generation, Sandbox, SandboxServer};
///
/// let server = SandboxServer::start(Sandbox::new(Generation::Current))?;
/// let mut client = TcpStream::connect(server.address())?;
/// write!(client, "GET /api/v2.1/dtable-io-status/ HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.1 403 "));
/// assert_eq!(server.book().count(Call::Status), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SandboxServer {
    address: SocketAddr,
    shared: Shared,
    /// The thread of the server, and what closes it when it is dropped.
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl SandboxServer {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(sandbox: Sandbox) -> io::Result<SandboxServer> {
        SandboxServer::start_at(Shared::new(sandbox), SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Listens at this address.
    pub fn start_at(shared: Shared, address: SocketAddr) -> io::Result<SandboxServer> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _guard = runtime.enter();
            let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket.listen(BACKLOG)?
        };
        let address = listener.local_addr()?;
        let (open, closed) = oneshot::channel();
        runtime.spawn(serve(listener, shared.clone()));
        let run = move || _ = runtime.block_on(closed);
        let thread = thread::Builder::new().spawn(run)?;
        Ok(SandboxServer { address, shared, running: Some((open, thread)) })
    }

    /// The address that it listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL, with the path prefix and without a `/` at the end. If the server listens on all addresses, it is that on
    /// loopback.
    pub fn url(&self) -> String {
        let loopback = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let address = SocketAddr::new(loopback, self.address.port());
        format!("http://{address}{}", self.with(|sandbox, _| sandbox.prefix().to_owned()))
    }

    /// The one token that is valid.
    pub fn token(&self) -> String {
        self.with(|sandbox, _| sandbox.token().to_owned())
    }

    /// What is on the server now.
    pub fn book(&self) -> Book {
        self.shared.book()
    }

    /// Reads or changes the sandbox, such as by [`Sandbox::order`] or [`Sandbox::restart_tasks`]; the server waits meanwhile.
    pub fn with<R>(&self, work: impl FnOnce(&mut Sandbox, Duration) -> R) -> R {
        self.shared.with(work)
    }
}

impl Drop for SandboxServer {
    /// Closes all connections.
    fn drop(&mut self) {
        if let Some((open, thread)) = self.running.take() {
            drop(open);
            let _ = thread.join();
        }
    }
}

/// A sandbox that connections share, and the clock that they read.
#[derive(Clone, Debug)]
pub struct Shared {
    sandbox: Arc<Mutex<Sandbox>>,
    start: Instant,
    linger: Duration,
    checks_host: bool,
}

impl Shared {
    /// Virtual time starts now.
    pub fn new(sandbox: Sandbox) -> Self {
        let sandbox = Arc::new(Mutex::new(sandbox));
        Shared { sandbox, start: Instant::now(), linger: LINGER, checks_host: false }
    }

    /// Sets how long an upload that has been answered is still read before the connection is reset. It defaults to the 30 s of
    /// nginx; with zero, a 413 is followed by the reset at once.
    pub fn with_linger(self, linger: Duration) -> Self {
        Shared { linger, ..self }
    }

    /// Refuses what a web page of another site requests: 421 if `Host` is anything but `localhost`, a loopback address or the
    /// address of the server, with its port; 403 if `Origin` is. The default is to accept all, and [`serve_connection`] does in
    /// any case.
    pub fn with_host_check(self) -> Self {
        Shared { checks_host: true, ..self }
    }

    /// Reads or changes the sandbox at this instant of virtual time.
    pub fn with<R>(&self, work: impl FnOnce(&mut Sandbox, Duration) -> R) -> R {
        let mut sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut sandbox, self.start.elapsed())
    }

    /// What is on the server now.
    pub fn book(&self) -> Book {
        self.with(|sandbox, now| sandbox.book(now).clone())
    }
}

/// Serves all connections that come in, without end.
pub async fn serve(listener: TcpListener, shared: Shared) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                let guard = if shared.checks_host {
                    let addresses = listener.local_addr().and_then(|at| Ok((at.ip(), stream.local_addr()?)));
                    // A connection that is gone has no address.
                    let Ok((listens, here)) = addresses else { continue };
                    Some(Guard { listens, here })
                } else {
                    None
                };
                tokio::spawn(serve_guarded(stream, shared.clone(), guard));
            }
            // Such as too many open files: some will be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}
