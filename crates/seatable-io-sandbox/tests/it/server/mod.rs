//! The loopback server, through its sockets.

mod connections;
mod downloads;
mod service;
#[cfg(unix)]
mod unix;
mod uploads;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use seatable_io_sandbox::{Generation, SandboxServer};

use crate::common::{EXPORT, IMPORT, form, server};

pub(super) fn start(generation: Generation, fault: &str) -> SandboxServer {
    let sandbox = server(generation);
    let sandbox = if fault.is_empty() { sandbox } else { sandbox.with_fault(fault.parse().unwrap()) };
    SandboxServer::start(sandbox).unwrap()
}

pub(super) fn connect(server: &SandboxServer) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

pub(super) fn head(server: &SandboxServer, method: &str, target: &str, more: &str) -> String {
    let token = server.token();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Token {token}\r\nConnection: close\r\n{more}\r\n"
    )
}

pub(super) fn import_head(server: &SandboxServer, length: usize, more: &str) -> String {
    let more =
        format!("Content-Length: {length}\r\nContent-Type: multipart/form-data; boundary=BOUNDARY\r\n{more}");
    head(server, "POST", IMPORT, &more)
}

/// Sends these parts, and returns all bytes until the server closes the connection.
pub(super) fn exchange(server: &SandboxServer, parts: &[&[u8]]) -> Vec<u8> {
    let mut stream = connect(server);
    for part in parts {
        stream.write_all(part).unwrap();
    }
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

pub(super) fn get(server: &SandboxServer, target: &str) -> Vec<u8> {
    exchange(server, &[head(server, "GET", target, "").as_bytes()])
}

pub(super) fn import(server: &SandboxServer, file: &[u8]) -> Vec<u8> {
    let body = form("form-data; name=dtable; filename=n.dtable", file);
    exchange(server, &[import_head(server, body.len(), "").as_bytes(), &body])
}

pub(super) fn body(response: &[u8]) -> &[u8] {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    &response[end + 4..]
}

pub(super) fn status(response: &[u8]) -> &str {
    std::str::from_utf8(&response[9..12]).unwrap()
}

/// Exports base `name`, and returns the address of the file.
pub(super) fn exported(server: &SandboxServer, name: &str) -> String {
    get(server, &EXPORT.replace("/t/", &format!("/{name}/")));
    let state = server.state();
    let task = state.tasks.last().unwrap();
    format!("/dtable-export-content/?task_id={}&dtable_uuid={}", task.id, task.base.as_ref().unwrap())
}

/// The first 12 bytes of a response, such as `HTTP/1.1 200`.
pub(super) fn status_line(stream: &mut TcpStream) -> String {
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    String::from_utf8_lossy(&start).into_owned()
}
