use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
use seatable_io_ureq::proto::{BaseName, FileName, Format, QueryStatus, Server, TaskId, TaskStatus, Token};
use seatable_io_ureq::task::{Export, Import, Operation, Outcome, Policy};
use seatable_io_ureq::{Client, Config, Error, Event, Proxies, Roots, Sink, Source, Stop};

pub(crate) const TOKEN: &str = "5ea7ab1e5ea7ab1e5ea7ab1e5ea7ab1e5ea7ab1e";

pub(crate) fn server(url: &str) -> Server {
    Server::new_insecure(url, Token::new(TOKEN).unwrap()).unwrap()
}

pub(crate) fn config() -> Config {
    Config::default().proxies(Proxies::None)
}

pub(crate) fn client() -> Client {
    Client::new(config()).unwrap()
}

pub(crate) const SEED: u128 = 7;

pub(crate) fn trusting(pem: &str) -> Client {
    Client::new(config().roots(Roots::Pem(pem.as_bytes().to_vec()))).unwrap()
}

/// A policy with short waits and two retries.
pub(crate) fn quick() -> Policy {
    let wait = Duration::from_millis(1)..=Duration::from_millis(5);
    Policy::default()
        .timeout(Duration::from_secs(20))
        .cancel_timeout(Duration::from_secs(2))
        .retries(2)
        .backoff(wait.clone())
        .poll(wait)
}

pub(crate) fn import_of(url: &str, len: usize, policy: Policy) -> Operation {
    let file = FileName::new("copy", Format::Dtable).unwrap();
    Operation::import(server(url), Import::new(1, file, len as u64).unwrap(), policy, SEED)
}

pub(crate) fn export_of(url: &str, policy: Policy) -> Operation {
    let export = Export::new(1, BaseName::new("stock").unwrap());
    Operation::export(server(url), export, policy, SEED)
}

pub(crate) fn import(url: &str, bytes: &[u8]) -> Result<Outcome, Error> {
    import_from(url, &mut &*bytes, bytes.len())
}

pub(crate) fn import_from(url: &str, source: &mut dyn Source, len: usize) -> Result<Outcome, Error> {
    client().run(import_of(url, len, quick())).source(source).run()
}

pub(crate) fn export(url: &str, sink: &mut dyn Sink) -> Result<Outcome, Error> {
    client().run(export_of(url, quick())).sink(sink).run()
}

/// Runs an operation, and calls `on` with every event and the stop that can end the run.
pub(crate) fn run_with_stop(
    operation: Operation,
    source: impl Source,
    sink: impl Sink,
    mut on: impl FnMut(&Event, &Stop),
) -> Result<Outcome, Error> {
    let stop = Stop::new();
    client()
        .run(operation)
        .source(source)
        .sink(sink)
        .until(stop.clone())
        .watch(|event| on(&event, &stop))
        .run()
}

/// Stops from another thread, a little later.
pub(crate) fn stop_soon(stop: &Stop) {
    let stop = stop.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        stop.stop();
    });
}

pub(crate) fn status(client: &Client, url: &str) -> Result<TaskStatus, Error> {
    client.call(&QueryStatus::new(TaskId::new("7").unwrap()), &server(url))
}

pub(crate) fn sandbox(generation: Generation) -> SandboxServer {
    start(Sandbox::new(generation).with_base(1, "stock", sample_dtable(3_000_000)))
}

pub(crate) fn start(sandbox: Sandbox) -> SandboxServer {
    SandboxServer::start(sandbox.with_token(TOKEN)).unwrap()
}

/// The whole file that `sandbox` exports.
pub(crate) fn stock() -> Vec<u8> {
    sample_dtable(3_000_000).to_vec()
}

/// A sink in memory that knows whether it was finished.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) bytes: Vec<u8>,
    pub(crate) begun: usize,
    pub(crate) finished: bool,
}

impl Sink for Memory {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        self.begun += 1;
        self.bytes.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.finished = true;
        Ok(())
    }
}

/// A server that serves each connection as the test specifies, until the process of the test ends.
pub(crate) struct Peer {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    pub(crate) fn start(serve: impl Fn(Line) + Send + Sync + 'static) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, serve) = (Arc::clone(&connections), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::Relaxed);
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(Line(BufReader::new(stream))));
            }
        });
        Peer { url, connections }
    }

    /// Starts a server that gives every request the same response.
    pub(crate) fn saying(response: impl Into<Vec<u8>>) -> Peer {
        let response = response.into();
        Peer::start(move |mut line| {
            while !line.head().is_empty() {
                line.say(&response);
            }
        })
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// The server's end of a connection.
pub(crate) struct Line(BufReader<TcpStream>);

impl Line {
    /// Returns the head of the next request, or an empty text if there is none.
    pub(crate) fn head(&mut self) -> String {
        let mut head = String::new();
        while self.0.read_line(&mut head).is_ok_and(|count| count > 2) {}
        head
    }

    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.get_mut().write_all(bytes.as_ref());
    }

    /// Sends these bytes. Returns whether the other end still accepts them.
    pub(crate) fn try_say(&mut self, bytes: &[u8]) -> bool {
        self.0.get_mut().write_all(bytes).is_ok()
    }

    pub(crate) fn hear(&mut self, count: u64) {
        let _ = io::copy(&mut self.0.by_ref().take(count), &mut io::sink());
    }

    /// Reads the body that this head announces.
    pub(crate) fn body_of(&mut self, head: &str) -> Vec<u8> {
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; len.parse().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        body
    }

    /// Passes on everything, both ways, until one end closes.
    pub(crate) fn pass_on_to(self, mut server: TcpStream) {
        let mut client = self.0.into_inner();
        let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut from_client, &mut to_server));
        let _ = io::copy(&mut server, &mut client);
    }

    /// Reads everything until the other end closes.
    pub(crate) fn drain(&mut self) {
        let _ = io::copy(&mut self.0, &mut io::sink());
    }
}

pub(crate) fn json(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
pub(crate) const TABLE: &str =
    r#"{"task_id":"7","table":{"uuid":"u-1","name":"copy","id":1,"workspace_id":1}}"#;
pub(crate) const RUNNING: &str = r#"{"is_finished":false}"#;
pub(crate) const FINISHED: &str = r#"{"is_finished":true}"#;
