//! Servers on Unix sockets.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use seatable_io_sandbox::{Call, Generation, Sandbox, SandboxServer, SharedSandbox};

use super::{head, import_head, status};
use crate::common::server;

fn start(path: &Path) -> SandboxServer {
    SandboxServer::start_unix(SharedSandbox::new(server(Generation::Current)), path).unwrap()
}

fn exchange(path: &Path, request: &str) -> Vec<u8> {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

#[test]
fn a_server_listens_on_a_unix_socket_and_removes_it_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("socket");
    let server = start(path);
    let request = head(&server, "GET", "/api/v2.1/dtable-io-status/", "");
    assert_eq!(status(&exchange(path, &request)), "400");
    assert_eq!(server.state().count(Call::QueryStatus), 1);
    let mut open = UnixStream::connect(path).unwrap();
    drop(server);
    assert!(!matches!(open.read(&mut [0]), Ok(1)) && fs::symlink_metadata(path).is_err());
    drop(start(path));
}

#[test]
fn its_url_is_that_of_localhost_with_the_prefix_and_its_address_that_of_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = SharedSandbox::new(Sandbox::new(Generation::Current).with_prefix("seatable"));
    let server = SandboxServer::start_unix(sandbox, folder.path().join("socket")).unwrap();
    assert_eq!((&server.url()[..], server.address().port()), ("http://localhost/seatable", 0));
}

#[test]
fn a_path_that_exists_is_an_error_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (taken, file) = (folder.path().join("socket"), folder.path().join("file"));
    let server = start(&taken);
    fs::write(&file, "kept").unwrap();
    for path in [&taken, &file] {
        let shared = SharedSandbox::new(Sandbox::new(Generation::Current));
        let error = SandboxServer::start_unix(shared, path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    assert!(UnixStream::connect(&taken).is_ok());
    drop(server);
}

#[test]
fn a_socket_in_a_folder_that_does_not_exist_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let shared = SharedSandbox::new(Sandbox::new(Generation::Current));
    assert!(SandboxServer::start_unix(shared, folder.path().join("none/socket")).is_err());
}

#[test]
fn no_host_is_refused_also_where_hosts_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("socket");
    let shared = SharedSandbox::new(server(Generation::Current)).with_host_check();
    let server = SandboxServer::start_unix(shared, path).unwrap();
    let request = head(&server, "GET", "/api/v2.1/dtable-io-status/", "Origin: http://elsewhere.example\r\n");
    assert_eq!(status(&exchange(path, &request)), "400");
}

#[test]
fn fact_7_a_refused_upload_is_reset_after_its_response() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("socket");
    let sandbox = server(Generation::Current).with_size_limit(1000);
    let shared = SharedSandbox::new(sandbox).with_linger(Duration::ZERO);
    let server = SandboxServer::start_unix(shared, path).unwrap();
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(import_head(&server, 1 << 30, "").as_bytes()).unwrap();
    let piece = vec![0; 1 << 16];
    while stream.write_all(&piece).is_ok() {}
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
}
