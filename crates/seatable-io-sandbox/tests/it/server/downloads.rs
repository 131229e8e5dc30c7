//! Downloads, and faults that break a response.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use seatable_io_sandbox::{Call, Generation, Sandbox, SandboxServer, sample_dtable};

use super::{body, connect, exported, get, head, import, start};
use crate::common::{EXPORT, SYNCHRONOUS};

#[test]
fn a_cut_download_ends_after_the_specified_bytes() {
    let server = start(Generation::Y2021, "content:cut@1500");
    let response = get(&server, &exported(&server, "t"));
    assert!(String::from_utf8_lossy(&response).contains("content-length: 2000\r\n"));
    assert_eq!(body(&response), &sample_dtable(2000)[..1500]);
}

#[test]
fn a_large_download_can_be_cut_too() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "t", sample_dtable(3_000_000));
    let server = SandboxServer::start(sandbox.with_fault("content:cut@2900001".parse().unwrap())).unwrap();
    let response = get(&server, &exported(&server, "t"));
    assert_eq!(body(&response).len(), 2_900_001);
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
fn a_lost_response_is_empty_and_the_server_acted() {
    let server = start(Generation::Y2021, "import:lost");
    assert!(import(&server, &sample_dtable(0)).is_empty());
    assert!(server.state().base(1, "n").is_some());
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
fn fact_26_an_export_that_waits_for_its_task_delays_no_other_connection() {
    let server = start(Generation::Current, "synchronous-export:slow@400");
    let target = format!("{SYNCHRONOUS}?dtable_name=t");
    let began = Instant::now();
    let mut slow = connect(&server);
    slow.write_all(head(&server, "GET", &target, "").as_bytes()).unwrap();
    while server.state().count(Call::SynchronousExport) == 0 {}
    assert_eq!(body(&get(&server, &target)), &sample_dtable(2000)[..]);
    assert_eq!(server.state().unfinished().count(), 1);
    let mut response = Vec::new();
    slow.read_to_end(&mut response).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(400));
    assert_eq!(body(&response), &sample_dtable(2000)[..]);
}
