use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(unix)]
use std::path::PathBuf;
use std::time::Duration;

use seatable_io_sandbox::{Sandbox, SandboxServer, SharedSandbox};

/// Where servers listen.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Tcp(SocketAddr),
    /// A Unix socket, and the port in the URL.
    #[cfg(unix)]
    Unix(PathBuf, u16),
}

impl Place {
    /// Any free port of loopback.
    pub(crate) fn any_port() -> Self {
        Self::Tcp((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Starts a server that resets the connection right after an early response.
    pub(crate) fn start(&self, sandbox: Sandbox) -> io::Result<SandboxServer> {
        let sandbox = SharedSandbox::new(sandbox).with_linger(Duration::ZERO);
        match self {
            Self::Tcp(address) => SandboxServer::start_at(sandbox, *address),
            #[cfg(unix)]
            Self::Unix(path, _) => SandboxServer::start_unix(sandbox, path),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Tcp(address) => format!("http://{address}"),
            #[cfg(unix)]
            Self::Unix(_, port) => format!("http://localhost:{port}"),
        }
    }

    /// Opens a connection and closes it.
    pub(crate) fn knock(&self) {
        // A listener that no longer exists need not notice.
        let _ = match self {
            Self::Tcp(address) => TcpStream::connect(address).map(drop),
            #[cfg(unix)]
            Self::Unix(path, _) => UnixStream::connect(path).map(drop),
        };
    }

    /// Removes the file of a Unix socket that is no longer used.
    pub(crate) fn remove(&self) {
        match self {
            Self::Tcp(_) => {}
            #[cfg(unix)]
            Self::Unix(path, _) => drop(std::fs::remove_file(path)),
        }
    }
}
