//! A sandbox, a client, and operations between them.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use seatable_io_hyper::proto::{BaseName, FileName, Format, Server, Token};
use seatable_io_hyper::task::{Export, Import, Operation, Outcome, Policy};
use seatable_io_hyper::*;
use seatable_io_sandbox::{Fault, Generation, Sandbox, SandboxServer, SharedSandbox, sample_dtable};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

pub const SEED: u128 = 1;

pub struct Scene {
    pub sandbox: SandboxServer,
    pub client: Client,
    pub server: Server,
}

/// Creates a scene with the base `projects`, of 100,000 bytes.
pub fn scene() -> Scene {
    scene_with(|sandbox| sandbox)
}

pub fn scene_with(change: impl FnOnce(Sandbox) -> Sandbox) -> Scene {
    scene_at(change, &Config::default(), Duration::from_secs(30))
}

pub fn scene_at(change: impl FnOnce(Sandbox) -> Sandbox, config: &Config, linger: Duration) -> Scene {
    let sandbox = change(Sandbox::new(Generation::Y2021).with_base(1, "projects", file(100_000)));
    let shared = SharedSandbox::new(sandbox).with_linger(linger);
    let sandbox = SandboxServer::start_at(shared, SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let server = server(&sandbox.url(), &sandbox.token());
    Scene { sandbox, client: Client::new(config.clone()).unwrap(), server }
}

pub fn server(url: &str, token: &str) -> Server {
    Server::new_insecure(url, Token::new(token).unwrap()).unwrap()
}

pub fn file(len: usize) -> Bytes {
    sample_dtable(len)
}

/// Returns an address on which nothing listens.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A policy with short waits and a timeout of a few seconds.
pub fn policy() -> Policy {
    let quick = Duration::from_millis(10)..=Duration::from_millis(50);
    Policy::default()
        .timeout(Duration::from_secs(10))
        .backoff(quick.clone())
        .poll(quick)
        .retries(2)
        .idle_timeout(Duration::from_millis(400))
}

pub fn import_operation(server: &Server, len: u64) -> Operation {
    let import = Import::new(1, FileName::new("new", Format::Dtable).unwrap(), len).unwrap();
    Operation::import(server.clone(), import, policy(), SEED)
}

pub fn export_operation(server: &Server) -> Operation {
    let export = Export::new(1, BaseName::new("projects").unwrap());
    Operation::export(server.clone(), export, policy(), SEED)
}

impl Scene {
    pub fn add_fault(&self, fault: Fault) -> &Self {
        self.sandbox.with(|sandbox, _| sandbox.add_fault(fault));
        self
    }

    pub fn import(&self, len: u64) -> Operation {
        import_operation(&self.server, len)
    }

    pub fn export(&self) -> Operation {
        export_operation(&self.server)
    }

    /// Sends a file of `len` bytes from `source`.
    pub async fn send(&self, len: u64, source: impl Source) -> Result<Outcome, Error> {
        self.client.run(self.import(len)).source(source).run().await
    }

    pub async fn fetch(&self, sink: impl Sink) -> Result<Outcome, Error> {
        self.client.run(self.export()).sink(sink).run().await
    }

    /// Returns the number of requests that the sandbox received.
    pub fn requests(&self) -> usize {
        self.sandbox.state().log.len()
    }
}

pub fn operation_error(ended: Result<Outcome, Error>) -> seatable_io_hyper::task::OperationError {
    match ended {
        Err(Error::Operation { error, .. }) => error,
        other => panic!("not an operation's error: {other:?}"),
    }
}

/// Keeps the file that it receives, with a pause before each write.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub bytes: Arc<Mutex<Vec<u8>>>,
    pub pause: Duration,
    pub finished: Arc<Mutex<bool>>,
}

impl Sink for Memory {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            self.bytes.lock().unwrap().clear();
            Ok(())
        })
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            if !self.pause.is_zero() {
                tokio::time::sleep(self.pause).await;
            }
            self.bytes.lock().unwrap().extend_from_slice(&bytes);
            Ok(())
        })
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            *self.finished.lock().unwrap() = true;
            Ok(())
        })
    }
}

impl Memory {
    pub fn content(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }
}

/// The response of a server that has finished a task.
pub const FINISHED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"is_finished\":true}";

/// The server's end of TLS for this host, and its certificate as PEM.
pub fn tls(host: &str) -> (TlsAcceptor, Vec<u8>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([host.to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = signing_key.serialize_der().try_into().unwrap();
    let config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), cert.pem().into_bytes())
}

/// Reads the head of a request, and perhaps a part of its body.
pub async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => head.extend_from_slice(&buffer[..count]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}
