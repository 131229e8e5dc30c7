//! The loopback server: what really goes over a socket.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use seatable_io_sandbox::{
    Call, Generation, Sandbox, SandboxServer, Shared, sample_dtable, serve_connection,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::common::{EXPORT, IMPORT, SYNCHRONOUS, TABLE, form, server};

fn start(generation: Generation, fault: &str) -> SandboxServer {
    let sandbox = server(generation);
    let sandbox = if fault.is_empty() { sandbox } else { sandbox.with_fault(fault.parse().unwrap()) };
    SandboxServer::start(sandbox).unwrap()
}

fn connect(server: &SandboxServer) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

fn head(server: &SandboxServer, method: &str, target: &str, more: &str) -> String {
    let token = server.token();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Token {token}\r\nConnection: close\r\n{more}\r\n"
    )
}

fn import_head(server: &SandboxServer, length: usize, more: &str) -> String {
    let more =
        format!("Content-Length: {length}\r\nContent-Type: multipart/form-data; boundary=BOUNDARY\r\n{more}");
    head(server, "POST", IMPORT, &more)
}

/// All that comes back until the server closes.
fn exchange(server: &SandboxServer, parts: &[&[u8]]) -> Vec<u8> {
    let mut stream = connect(server);
    for part in parts {
        stream.write_all(part).unwrap();
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn get(server: &SandboxServer, target: &str) -> Vec<u8> {
    exchange(server, &[head(server, "GET", target, "").as_bytes()])
}

fn import(server: &SandboxServer, file: &[u8]) -> Vec<u8> {
    let body = form("form-data; name=dtable; filename=n.dtable", file);
    exchange(server, &[import_head(server, body.len(), "").as_bytes(), &body])
}

fn body(answer: &[u8]) -> &[u8] {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    &answer[end + 4..]
}

fn status(answer: &[u8]) -> &str {
    std::str::from_utf8(&answer[9..12]).unwrap()
}

/// Where the exported file of base `name` is to be fetched, once it is there.
fn exported(server: &SandboxServer, name: &str) -> String {
    get(server, &EXPORT.replace("/t/", &format!("/{name}/")));
    let book = server.book();
    let task = book.tasks.last().unwrap();
    format!("/dtable-export-content/?task_id={}&dtable_uuid={}", task.id, task.base.as_ref().unwrap())
}

#[test]
fn an_export_may_be_started_with_an_empty_form() {
    let server = start(Generation::Current, "");
    let more = "Content-Length: 0\r\nContent-Type: multipart/form-data; boundary=BOUNDARY\r\n";
    assert_eq!(status(&exchange(&server, &[head(&server, "POST", EXPORT, more).as_bytes()])), "200");
}

#[test]
fn a_big_table_arrives_whole() {
    let server = start(Generation::Current, "");
    let body = form("form-data; name=dtable; filename=n.csv", &vec![b'a'; 2_000_000]);
    let head = import_head(&server, body.len(), "").replace(IMPORT, TABLE);
    assert_eq!(status(&exchange(&server, &[head.as_bytes(), &body])), "200");
    let upload = server.book().base(1, "n").and_then(|base| base.upload.clone());
    assert_eq!(upload.map(|upload| upload.len()), Some(2_000_000));
}

#[test]
fn a_big_upload_is_stored_in_a_file_and_comes_back_whole() {
    let server = start(Generation::Y2021, "");
    let file = sample_dtable(3_000_000);
    assert_eq!(status(&import(&server, &file)), "200");
    let book = server.book();
    let content = book.base(1, "n").unwrap().content.as_ref().unwrap();
    assert!(content.bytes().is_none() && content.len() == file.len() as u64);
    assert_eq!(content.crc32().unwrap(), crc32fast::hash(&file));
    assert!(body(&get(&server, &exported(&server, "n"))) == file);
}

#[test]
fn a_small_upload_stays_in_memory() {
    let server = start(Generation::Current, "");
    import(&server, &sample_dtable(0));
    let book = server.book();
    let content = book.base(1, "n").unwrap().content.as_ref().unwrap();
    assert_eq!(content.bytes(), Some(&sample_dtable(0)));
}

#[test]
fn a_request_that_names_no_host_is_refused_as_nginx_does() {
    let server = start(Generation::Current, "");
    let head = head(&server, "GET", "/server-info/", "").replace("Host: x\r\n", "");
    assert!(exchange(&server, &[head.as_bytes()]).starts_with(b"HTTP/1.1 400 "));
    assert!(server.book().log.is_empty());
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
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 400");
        let mut rest = [0; 4096];
        while stream.read(&mut rest).unwrap() == rest.len() {}
    }
    assert_eq!(server.book().count(Call::Status), 2);
}

#[test]
fn a_server_that_checks_the_host_refuses_others_before_all_else() {
    let shared = Shared::new(server(Generation::Current)).with_host_check();
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
    assert_eq!(server.book().log.len(), 1);
}

#[test]
fn a_server_on_all_addresses_has_the_url_of_loopback() {
    for (all, loopback) in [("0.0.0.0:0", "http://127.0.0.1:"), ("[::]:0", "http://[::1]:")] {
        let Ok(server) =
            SandboxServer::start_at(Shared::new(Sandbox::new(Generation::Current)), all.parse().unwrap())
        else {
            return eprintln!("skipped: there is no {all}");
        };
        assert!(server.url().starts_with(loopback), "{}", server.url());
    }
}

#[test]
fn a_cut_download_ends_after_the_bytes_that_were_ordered() {
    let server = start(Generation::Y2021, "content:cut@1500");
    let answer = get(&server, &exported(&server, "t"));
    assert!(String::from_utf8_lossy(&answer).contains("content-length: 2000\r\n"));
    assert_eq!(body(&answer), &sample_dtable(2000)[..1500]);
}

#[test]
fn a_big_download_can_be_cut_too() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "t", sample_dtable(3_000_000));
    let server = SandboxServer::start(sandbox.with_fault("content:cut@2900001".parse().unwrap())).unwrap();
    let answer = get(&server, &exported(&server, "t"));
    assert_eq!(body(&answer).len(), 2_900_001);
}

#[test]
fn a_chunked_download_has_no_length_and_is_cut_before_its_last_chunk() {
    let server = start(Generation::Y2021, "content:chunked");
    let whole = get(&server, &exported(&server, "t"));
    assert!(String::from_utf8_lossy(&whole).contains("transfer-encoding: chunked\r\n"));
    assert!(whole.ends_with(b"\r\n0\r\n\r\n"));
    let server = start(Generation::Y2021, "content:cut-chunked@99999");
    let cut = get(&server, &exported(&server, "t"));
    assert!(cut.len() > 1999 && !cut.ends_with(b"\r\n0\r\n\r\n"));
}

#[test]
fn a_lost_answer_is_not_one_byte_and_the_server_acted() {
    let server = start(Generation::Y2021, "import:lost");
    assert!(import(&server, &sample_dtable(0)).is_empty());
    assert!(server.book().base(1, "n").is_some());
}

#[test]
fn a_silent_server_keeps_the_connection_open() {
    let server = start(Generation::Y2021, "export:silent");
    let mut stream = connect(&server);
    stream.write_all(head(&server, "GET", EXPORT, "").as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
}

#[test]
fn fact_26_an_export_that_waits_for_its_task_holds_up_no_other_connection() {
    let server = start(Generation::Current, "synchronous-export:slow@400");
    let target = format!("{SYNCHRONOUS}?dtable_name=t");
    let began = Instant::now();
    let mut slow = connect(&server);
    slow.write_all(head(&server, "GET", &target, "").as_bytes()).unwrap();
    while server.book().count(Call::SynchronousExport) == 0 {}
    assert_eq!(body(&get(&server, &target)), &sample_dtable(2000)[..]);
    assert_eq!(server.book().unfinished().count(), 1);
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(400));
    assert_eq!(body(&answer), &sample_dtable(2000)[..]);
}

#[test]
fn an_upload_is_cut_while_it_is_sent() {
    let server = start(Generation::Y2021, "import:upload-cut");
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 1000, "").as_bytes()).unwrap();
    stream.write_all(&[0; 499]).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "it is still reading");
    stream.write_all(&[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(matches!(stream.read(&mut [0]), Ok(0)));
    assert!(server.book().base(1, "n").is_none());
}

#[test]
fn fact_7_a_413_comes_while_the_upload_is_still_being_sent() {
    let server = SandboxServer::start(server(Generation::Current).with_size_limit(1 << 20)).unwrap();
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 2 << 20, "").as_bytes()).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
    stream.write_all(&vec![0; 2 << 20]).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"</html>\r\n"));
}

#[test]
fn fact_7_a_body_of_unknown_length_meets_413_at_the_limit() {
    let server = SandboxServer::start(server(Generation::Y2021).with_size_limit(1000)).unwrap();
    let mut stream = connect(&server);
    let kind = "Transfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=BOUNDARY\r\n";
    let part = form("form-data; name=dtable; filename=n.dtable", &[0; 2000]);
    let chunk = [format!("{:x}\r\n", 1900).as_bytes(), &part[..1900]].concat();
    stream.write_all(head(&server, "POST", IMPORT, kind).as_bytes()).unwrap();
    stream.write_all(&chunk).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
}

#[test]
fn fact_7_after_its_patience_the_server_resets_the_connection() {
    let shared = Shared::new(server(Generation::Current).with_size_limit(1000)).with_linger(Duration::ZERO);
    let server = SandboxServer::start_at(shared, SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 1 << 30, "").as_bytes()).unwrap();
    let piece = vec![0; 1 << 16];
    let sent = (0..1 << 14).take_while(|_| stream.write_all(&piece).is_ok()).count();
    assert!(sent < 1 << 14, "the server took in a whole upload that it had refused");
}

#[test]
fn fact_7_an_expected_413_comes_in_place_of_a_100() {
    let server = SandboxServer::start(server(Generation::Current).with_size_limit(1000)).unwrap();
    let answer = exchange(&server, &[import_head(&server, 2000, "Expect: 100-continue\r\n").as_bytes()]);
    assert_eq!(status(&answer), "413");
}

#[test]
fn a_100_comes_before_the_body_that_is_wanted() {
    let server = start(Generation::Current, "");
    let mut stream = connect(&server);
    let body = form("form-data; name=dtable; filename=n.dtable", &sample_dtable(0));
    stream.write_all(import_head(&server, body.len(), "Expect: 100-continue\r\n").as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(status(&answer), "200");
}

#[test]
fn an_upload_that_breaks_off_makes_nothing() {
    let server = start(Generation::Current, "");
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 1000, "").as_bytes()).unwrap();
    stream.write_all(b"--BOUNDARY\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(matches!(stream.read(&mut [0]), Ok(0)));
    let book = server.book();
    assert_eq!((book.bases.len(), book.log[0].status), (1, None));
}

#[test]
fn a_form_that_is_none_is_refused() {
    let server = start(Generation::Y2021, "");
    let answer = exchange(&server, &[import_head(&server, 9, "").as_bytes(), b"no form!!"]);
    assert!(
        status(&answer) == "400" && body(&answer).starts_with(br#"{"detail":"Multipart form parse error"#)
    );
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
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(status(&answer), "400");
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
    let served = tokio::spawn(serve_connection(io, Shared::new(server(Generation::Current))));
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert_eq!(status(&answer), "404");
    served.await.unwrap();
}
