//! Uploads, and requests with a body.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use seatable_io_sandbox::{Generation, SandboxServer, SharedSandbox, sample_dtable};

use super::{body, connect, exchange, exported, get, head, import, import_head, start, status, status_line};
use crate::common::{EXPORT, IMPORT, TABLE, form, server};

#[test]
fn an_export_may_be_started_with_an_empty_form() {
    let server = start(Generation::Current, "");
    let more = "Content-Length: 0\r\nContent-Type: multipart/form-data; boundary=BOUNDARY\r\n";
    assert_eq!(status(&exchange(&server, &[head(&server, "POST", EXPORT, more).as_bytes()])), "200");
}

#[test]
fn a_large_table_arrives_complete() {
    let server = start(Generation::Current, "");
    let body = form("form-data; name=dtable; filename=n.csv", &vec![b'a'; 2_000_000]);
    let head = import_head(&server, body.len(), "").replace(IMPORT, TABLE);
    assert_eq!(status(&exchange(&server, &[head.as_bytes(), &body])), "200");
    let upload = server.state().base(1, "n").and_then(|base| base.upload.clone());
    assert_eq!(upload.map(|upload| upload.len()), Some(2_000_000));
}

#[test]
fn a_large_upload_is_stored_in_a_file_and_exported_unchanged() {
    let server = start(Generation::Y2021, "");
    let file = sample_dtable(3_000_000);
    assert_eq!(status(&import(&server, &file)), "200");
    let state = server.state();
    let content = state.base(1, "n").unwrap().content.as_ref().unwrap();
    assert!(content.bytes().is_none() && content.len() == file.len() as u64);
    assert_eq!(content.to_bytes().unwrap(), file);
    assert!(body(&get(&server, &exported(&server, "n"))) == file);
}

#[test]
fn a_small_upload_stays_in_memory() {
    let server = start(Generation::Current, "");
    import(&server, &sample_dtable(0));
    let state = server.state();
    let content = state.base(1, "n").unwrap().content.as_ref().unwrap();
    assert_eq!(content.bytes(), Some(&sample_dtable(0)));
}

#[test]
fn an_upload_is_cut_while_it_is_sent() {
    let server = start(Generation::Y2021, "import:upload-cut");
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 1000, "").as_bytes()).unwrap();
    stream.write_all(&[0; 499]).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "the server is still reading");
    stream.write_all(&[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(matches!(stream.read(&mut [0]), Ok(0)));
    assert!(server.state().base(1, "n").is_none());
}

#[test]
fn fact_7_a_413_comes_during_the_upload() {
    let server = SandboxServer::start(server(Generation::Current).with_size_limit(1 << 20)).unwrap();
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 2 << 20, "").as_bytes()).unwrap();
    assert_eq!(status_line(&mut stream), "HTTP/1.1 413");
    stream.write_all(&vec![0; 2 << 20]).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"</html>\r\n"));
}

#[test]
fn fact_7_the_rest_of_a_refused_upload_is_still_read() {
    let server = SandboxServer::start(server(Generation::Current).with_size_limit(1000)).unwrap();
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 64 << 20, "").as_bytes()).unwrap();
    assert_eq!(status_line(&mut stream), "HTTP/1.1 413");
    // More than all buffers hold.
    let piece = vec![0; 1 << 20];
    assert!((0..64).all(|_| stream.write_all(&piece).is_ok()));
}

#[test]
fn fact_7_a_body_of_unknown_length_gets_413_at_the_limit() {
    let server = SandboxServer::start(server(Generation::Y2021).with_size_limit(1000)).unwrap();
    let mut stream = connect(&server);
    let kind = "Transfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=BOUNDARY\r\n";
    let part = form("form-data; name=dtable; filename=n.dtable", &[0; 2000]);
    let chunk = [format!("{:x}\r\n", 1900).as_bytes(), &part[..1900]].concat();
    stream.write_all(head(&server, "POST", IMPORT, kind).as_bytes()).unwrap();
    stream.write_all(&chunk).unwrap();
    assert_eq!(status_line(&mut stream), "HTTP/1.1 413");
}

#[test]
fn fact_7_the_rest_of_an_upload_that_was_asked_for_is_still_read() {
    let server = SandboxServer::start(server(Generation::Current).with_size_limit(1000)).unwrap();
    let mut stream = connect(&server);
    let kind = "multipart/form-data; boundary=BOUNDARY\r\nExpect: 100-continue";
    let more = format!("Transfer-Encoding: chunked\r\nContent-Type: {kind}\r\n");
    stream.write_all(head(&server, "POST", IMPORT, &more).as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    let part = form("form-data; name=dtable; filename=n.dtable", &[0; 2000]);
    stream.write_all(&[b"5000000\r\n", &part[..1900]].concat()).unwrap();
    assert_eq!(status_line(&mut stream), "HTTP/1.1 413");
    let piece = vec![0; 1 << 20];
    assert!((0..64).all(|_| stream.write_all(&piece).is_ok()));
}

#[test]
fn fact_7_the_server_resets_the_connection_after_its_linger_time() {
    let shared =
        SharedSandbox::new(server(Generation::Current).with_size_limit(1000)).with_linger(Duration::ZERO);
    let server = SandboxServer::start_at(shared, SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 1 << 30, "").as_bytes()).unwrap();
    let piece = vec![0; 1 << 16];
    let sent = (0..1 << 14).take_while(|_| stream.write_all(&piece).is_ok()).count();
    assert!(sent < 1 << 14, "the server read the whole of a refused upload");
}

#[test]
fn fact_7_a_413_replaces_an_expected_100() {
    let server = SandboxServer::start(server(Generation::Current).with_size_limit(1000)).unwrap();
    let response = exchange(&server, &[import_head(&server, 2000, "Expect: 100-continue\r\n").as_bytes()]);
    assert_eq!(status(&response), "413");
}

#[test]
fn a_100_precedes_the_expected_body() {
    let server = start(Generation::Current, "");
    let mut stream = connect(&server);
    let body = form("form-data; name=dtable; filename=n.dtable", &sample_dtable(0));
    stream.write_all(import_head(&server, body.len(), "Expect: 100-continue\r\n").as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    assert_eq!(status(&response), "200");
}

#[test]
fn a_413_can_be_a_fault() {
    let server = start(Generation::Y2021, "import:413");
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 1000, "").as_bytes()).unwrap();
    assert_eq!(status_line(&mut stream), "HTTP/1.1 413");
}

#[test]
fn an_incomplete_upload_creates_nothing() {
    let server = start(Generation::Current, "");
    let mut stream = connect(&server);
    stream.write_all(import_head(&server, 1000, "").as_bytes()).unwrap();
    stream.write_all(b"--BOUNDARY\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(matches!(stream.read(&mut [0]), Ok(0)));
    let state = server.state();
    assert_eq!((state.bases.len(), state.log[0].status), (1, None));
}

#[test]
fn a_malformed_form_is_refused() {
    let server = start(Generation::Y2021, "");
    let response = exchange(&server, &[import_head(&server, 9, "").as_bytes(), b"no form!!"]);
    assert!(
        status(&response) == "400"
            && body(&response).starts_with(br#"{"detail":"Multipart form parse error"#)
    );
}
