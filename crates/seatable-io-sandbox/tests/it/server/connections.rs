//! Connections, hosts and addresses.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use seatable_io_sandbox::{Call, Generation, Sandbox, SandboxServer, SharedSandbox, serve_connection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{connect, exchange, head, import_head, start, status, status_line};
use crate::common::server;

#[test]
fn a_request_without_a_host_is_refused_like_in_nginx() {
    let server = start(Generation::Current, "");
    let head = head(&server, "GET", "/server-info/", "").replace("Host: x\r\n", "");
    assert!(exchange(&server, &[head.as_bytes()]).starts_with(b"HTTP/1.1 400 "));
    assert!(server.state().log.is_empty());
    let old = head.replace("HTTP/1.1", "HTTP/1.0");
    assert!(exchange(&server, &[old.as_bytes()]).starts_with(b"HTTP/1.0 200 "));
}

#[test]
fn a_connection_is_kept_for_more_requests() {
    let server = start(Generation::Y2020, "");
    let mut stream = connect(&server);
    let request = head(&server, "GET", "/api/v2.1/dtable-io-status/", "").replace("close", "keep-alive");
    for _ in 0..2 {
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(status_line(&mut stream), "HTTP/1.1 400");
        let mut rest = [0; 4096];
        while stream.read(&mut rest).unwrap() == rest.len() {}
    }
    assert_eq!(server.state().count(Call::QueryStatus), 2);
}

#[test]
fn a_server_that_checks_the_host_refuses_others_first() {
    let shared = SharedSandbox::new(server(Generation::Current)).with_host_check();
    let server = SandboxServer::start_at(shared, SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = server.address().to_string();
    for (host, more, expected) in [
        ("evil.example:80", "", "421"),
        (&address[..], "Origin: http://evil.example\r\n", "403"),
        (&address, "", "400"),
    ] {
        let head = head(&server, "GET", "/api/v2.1/dtable-io-status/", more)
            .replace("Host: x", &format!("Host: {host}"));
        assert_eq!(status(&exchange(&server, &[head.as_bytes()])), expected, "{host} {more}");
    }
    let upload = import_head(&server, 9, "");
    assert_eq!(status(&exchange(&server, &[upload.as_bytes(), b"123456789"])), "421");
    assert_eq!(server.state().log.len(), 1);
}

#[test]
fn a_server_on_all_addresses_has_the_url_of_loopback() {
    for (all, loopback) in [("0.0.0.0:0", "http://127.0.0.1:"), ("[::]:0", "http://[::1]:")] {
        let Ok(server) = SandboxServer::start_at(
            SharedSandbox::new(Sandbox::new(Generation::Current)),
            all.parse().unwrap(),
        ) else {
            return eprintln!("skipped: {all} does not exist");
        };
        assert!(server.url().starts_with(loopback), "{}", server.url());
    }
}

#[test]
fn many_connections_at_once_are_served() {
    let server = start(Generation::Y2021, "");
    let request = head(&server, "GET", "/api/v2.1/dtable-io-status/", "");
    let mut open: Vec<_> = (0..200).map(|_| connect(&server)).collect();
    for stream in &mut open {
        stream.write_all(request.as_bytes()).unwrap();
    }
    for stream in &mut open {
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        assert_eq!(status(&response), "400");
    }
}

#[test]
fn a_server_that_is_dropped_closes_its_connections() {
    let server = start(Generation::Y2021, "");
    let mut stream = connect(&server);
    let address = server.address();
    drop(server);
    assert!(!matches!(stream.read(&mut [0]), Ok(1)));
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn any_connection_can_be_served() {
    let (mut client, io) = tokio::io::duplex(1024);
    let served = tokio::spawn(serve_connection(io, SharedSandbox::new(server(Generation::Current))));
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut response = Vec::new();
    client.read_to_end(&mut response).await.unwrap();
    assert_eq!(status(&response), "404");
    served.await.unwrap();
}
