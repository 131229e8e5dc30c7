mod connecting;
mod heads;
mod proxies;
mod script;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http::{Request, Response};
use seatable_io_driver::{ProxyRules, TransportError};
use ureq::{Agent, AsSendBody, Body};

use crate::connection::{self, IDLE, Limits};

/// A server or proxy that serves one connection as the script says. Joining it gives what the script returns.
pub(crate) fn peer<T: Send + 'static>(
    script: impl FnOnce(&mut Peer) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (address, thread::spawn(move || script(&mut Peer(BufReader::new(listener.accept().unwrap().0)))))
}

/// The peer's end of a connection.
pub(crate) struct Peer(BufReader<TcpStream>);

impl Peer {
    /// The next head; empty at the end of the connection.
    pub(crate) fn head(&mut self) -> String {
        let mut head = String::new();
        while self.0.read_line(&mut head).is_ok_and(|count| count > 2) {}
        head
    }

    /// The first bytes, in one read.
    pub(crate) fn segment(&mut self) -> String {
        let bytes = self.0.fill_buf().unwrap().to_vec();
        self.0.consume(bytes.len());
        String::from_utf8(bytes).unwrap()
    }

    pub(crate) fn read<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Whether the other end still accepts it.
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    pub(crate) fn try_clone(&self) -> TcpStream {
        self.0.get_ref().try_clone().unwrap()
    }
}

pub(crate) fn connection(proxies: ProxyRules) -> connection::Connection {
    let connect = Some(Duration::from_millis(300));
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None);
    connection::Connection::new(config.timeout_connect(connect).timeout_resolve(connect).build(), proxies)
}

pub(crate) fn send(
    connection: &connection::Connection,
    request: Request<impl AsSendBody>,
) -> Result<Response<String>, TransportError> {
    let limits = Limits { deadline: None, idle_timeout: Duration::from_secs(20), idle: IDLE };
    let response = connection.send(request, limits).map_err(|error| connection.explain(&error))?;
    let read = |mut body: Body| body.read_to_string().map_err(|error| connection.explain(&error));
    let (head, body) = response.into_parts();
    Ok(Response::from_parts(head, read(body)?))
}

pub(crate) fn get(url: &str) -> Request<()> {
    Request::get(url).header("authorization", "Token geheim").body(()).unwrap()
}

pub(crate) fn upload(url: &str) -> Request<&'static str> {
    Request::post(url).header("expect", "100-continue").body(BODY).unwrap()
}

pub(crate) const BODY: &str = "the body of the request";
pub(crate) const FINAL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nVia: 1.1 a\r\n\r\n{}";
