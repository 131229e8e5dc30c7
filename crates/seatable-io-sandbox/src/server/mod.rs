mod connection;
mod download;
mod exchange;
mod guard;
mod service;
mod shared;
#[cfg(unix)]
mod unix;
mod writer;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

pub use connection::serve_connection;
pub use download::ResponseBody;
pub use service::SandboxService;
pub use shared::SharedSandbox;

use self::connection::Connection;
use self::guard::Guard;
use crate::{Sandbox, ServerState};

const BACKLOG: u32 = 16_384;

/// A loopback HTTP server with a [`Sandbox`]. It runs on a thread of its own until it is dropped.
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
/// let mut response = String::new();
/// client.read_to_string(&mut response)?;
/// assert!(response.starts_with("HTTP/1.1 403 "));
/// assert_eq!(server.state().count(Call::QueryStatus), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SandboxServer {
    address: SocketAddr,
    sandbox: SharedSandbox,
    /// Removed after the server has ended.
    #[cfg(unix)]
    socket: Option<unix::SocketFile>,
    /// The thread of the server, and the sender that stops it when dropped.
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl SandboxServer {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// The operating system provides no port or no thread.
    pub fn start(sandbox: Sandbox) -> io::Result<SandboxServer> {
        SandboxServer::start_at(SharedSandbox::new(sandbox), SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts a server at this address.
    ///
    /// # Errors
    ///
    /// The address is in use or not available, or the operating system provides no thread.
    pub fn start_at(sandbox: SharedSandbox, address: SocketAddr) -> io::Result<SandboxServer> {
        let runtime = runtime()?;
        let listener = {
            let _guard = runtime.enter();
            let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket.listen(BACKLOG)?
        };
        let address = listener.local_addr()?;
        let running = Some(run(runtime, serve(listener, sandbox.clone()))?);
        Ok(SandboxServer {
            address,
            sandbox,
            #[cfg(unix)]
            socket: None,
            running,
        })
    }

    /// Returns the address of the server. On a Unix socket it has no address: then this has the port 0, where nothing listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL, with the path prefix and without a trailing `/`. For a server on all addresses, it is that of
    /// loopback; for one on a Unix socket, it begins with `http://localhost`.
    pub fn url(&self) -> String {
        let prefix = self.with(|sandbox, _| sandbox.settings.prefix.clone());
        #[cfg(unix)]
        if self.socket.is_some() {
            return format!("http://localhost{prefix}");
        }
        let loopback = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let address = SocketAddr::new(loopback, self.address.port());
        format!("http://{address}{prefix}")
    }

    /// Returns the only valid token.
    pub fn token(&self) -> String {
        self.with(|sandbox, _| sandbox.token().to_owned())
    }

    /// Returns the current state of the server.
    pub fn state(&self) -> ServerState {
        self.with(|sandbox, now| sandbox.state(now).clone())
    }

    /// Reads or changes the sandbox, such as by [`Sandbox::add_fault`] or [`Sandbox::restart_tasks`], while the server waits.
    pub fn with<R>(&self, work: impl FnOnce(&mut Sandbox, Duration) -> R) -> R {
        self.sandbox.with(work)
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

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Serves on a thread of its own until the sender is dropped.
fn run(
    runtime: Runtime,
    serve: impl Future<Output = ()> + Send + 'static,
) -> io::Result<(oneshot::Sender<()>, JoinHandle<()>)> {
    let (open, closed) = oneshot::channel();
    runtime.spawn(serve);
    let thread = thread::Builder::new().spawn(move || _ = runtime.block_on(closed))?;
    Ok((open, thread))
}

/// How long to wait if too many files are open, until some are closed.
const FULL: Duration = Duration::from_millis(5);

/// Serves all incoming connections, without end.
async fn serve(listener: TcpListener, sandbox: SharedSandbox) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                let guard = sandbox.checks_host.then(|| Guard::of(&listener, &stream)).transpose();
                // A closed connection has no address.
                let Ok(guard) = guard else { continue };
                tokio::spawn(Connection::new(sandbox.clone(), guard).serve(stream));
            }
            Err(_) => tokio::time::sleep(FULL).await,
        }
    }
}
