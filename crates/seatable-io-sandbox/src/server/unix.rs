//! Servers on Unix sockets.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf, absolute};

use tokio::net::{UnixListener, UnixSocket};

use super::connection::Connection;
use super::{BACKLOG, FULL, SandboxServer, run, runtime};
use crate::SharedSandbox;

/// A socket in the file system. It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl SandboxServer {
    /// Starts a server on a new Unix socket at this path, which is removed when the server is dropped. It has the
    /// [URL](Self::url) `http://localhost` and no [address](Self::address), and checks no host, since no web page reaches it.
    ///
    /// # Errors
    ///
    /// [`AddrInUse`](io::ErrorKind::AddrInUse) if the path exists; the socket cannot be created there, or the operating system
    /// provides no thread.
    pub fn start_unix(sandbox: SharedSandbox, path: impl AsRef<Path>) -> io::Result<SandboxServer> {
        let file = absolute(&path)?;
        let runtime = runtime()?;
        let (listener, socket) = {
            let _guard = runtime.enter();
            let unbound = UnixSocket::new_stream()?;
            unbound.bind(path)?;
            let socket = SocketFile(file);
            (unbound.listen(BACKLOG)?, Some(socket))
        };
        let running = Some(run(runtime, serve(listener, sandbox.clone()))?);
        Ok(SandboxServer { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), sandbox, socket, running })
    }
}

/// Serves all incoming connections, without end.
async fn serve(listener: UnixListener, sandbox: SharedSandbox) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(Connection::new(sandbox.clone(), None).serve(stream));
            }
            Err(_) => tokio::time::sleep(FULL).await,
        }
    }
}
