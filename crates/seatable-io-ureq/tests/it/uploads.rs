use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use http::header::USER_AGENT;
use seatable_io_sandbox::{Call, Fault, FaultKind, Generation};
use seatable_io_ureq::task::{ErrorKind, Outcome};
use seatable_io_ureq::{Client, Error, Event, FileSource, ReaderSource, Source};

use crate::support::*;

const BIG: usize = 8 << 20;

fn zeros() -> Vec<u8> {
    vec![0; BIG]
}

#[test]
fn a_413_is_received_before_a_byte_of_the_file_is_sent() {
    let sandbox = sandbox(Generation::Current);
    sandbox.with(|sandbox, _| sandbox.add_fault(Fault::new(Call::StartImport, FaultKind::TooLarge)));
    let (file, mut sent) = (zeros(), 0);
    let operation = import_of(&sandbox.url(), BIG, quick());
    let result = client()
        .run(operation)
        .source(&mut &*file)
        .watch(|event| {
            if let Event::Sent { bytes: count, .. } = event {
                sent = count;
            }
        })
        .run();
    assert_eq!(result.unwrap_err().operation().unwrap().status().unwrap(), 413);
    assert_eq!(sent, 0);
}

#[test]
fn a_401_is_received_before_a_byte_of_the_file_is_sent() {
    let peer = Peer::saying(json("401 Unauthorized", r#"{"detail":"Invalid token"}"#));
    let error = import(&peer.url, &zeros()).unwrap_err();
    assert_eq!(error.operation().unwrap().status().unwrap(), 401, "{error:?}");
}

#[test]
fn a_413_during_an_upload_is_received_although_the_connection_is_then_reset() {
    for _ in 0..20 {
        let peer = Peer::start(|mut line| {
            line.head();
            line.say(CONTINUE);
            line.hear(100_000);
            line.say("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        let error = import(&peer.url, &zeros()).unwrap_err();
        assert_eq!(error.operation().unwrap().status().unwrap(), 413, "{error:?}");
        assert_eq!(peer.connections(), 1);
    }
}

#[test]
fn the_whole_file_is_sent_again_after_a_429_during_an_upload() {
    let (sender, received) = mpsc::channel();
    let turn = AtomicUsize::new(0);
    let peer = Peer::start(move |mut line| {
        let head = line.head();
        line.say(CONTINUE);
        if turn.fetch_add(1, Ordering::Relaxed) == 0 {
            line.hear(100_000);
            line.say("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nConnection: close\r\n\r\n");
        } else {
            sender.send(line.body_of(&head)).unwrap();
            line.say(json("400 Bad Request", r#"{"error_msg":"no"}"#));
        }
    });
    let file: Vec<u8> = (0..=250).cycle().take(BIG).collect();
    let error = import(&peer.url, &file).unwrap_err();
    assert_eq!(error.operation().unwrap().status().unwrap(), 400, "{error:?}");
    let body = received.recv().unwrap();
    let start = body.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    assert!(body[start..].starts_with(&file));
}

#[test]
fn a_reset_during_an_upload_leaves_the_outcome_unknown_and_sends_nothing_again() {
    let sandbox = sandbox(Generation::Current);
    sandbox.with(|sandbox, _| {
        sandbox.add_fault(Fault::new(Call::StartImport, FaultKind::UploadCut { after: None }));
    });
    let error = import(&sandbox.url(), &zeros()).unwrap_err();
    assert_eq!(error.operation().unwrap().kind(), ErrorKind::UnknownOutcome);
    assert_eq!(sandbox.state().count(Call::StartImport), 1);
}

#[test]
fn a_header_of_the_configuration_is_also_sent_with_a_file() {
    let (sender, heads) = mpsc::channel();
    let peer = Peer::start(move |mut line| {
        sender.send(line.head()).unwrap();
        line.say(json("400 Bad Request", r#"{"error_msg":"no"}"#));
    });
    let client = Client::new(config().header(USER_AGENT, "nightly/1").unwrap()).unwrap();
    client.run(import_of(&peer.url, 3, quick())).source(&b"abc"[..]).run().unwrap_err();
    let head = heads.recv().unwrap();
    assert!(head.starts_with("POST ") && head.contains("\r\nuser-agent: nightly/1\r\n"), "{head}");
}

#[test]
fn a_server_that_does_not_know_expect_gets_the_file_after_half_a_second() {
    let peer = Peer::start(|mut line| {
        if line.head().contains("import-dtable") {
            line.hear(1000);
        }
        line.say(json("200 OK", TABLE));
        while !line.head().is_empty() {
            line.say(json("200 OK", FINISHED));
        }
    });
    assert!(matches!(import(&peer.url, &[7; 2000]), Ok(Outcome::Imported(_))));
}

#[test]
fn a_server_that_refuses_expect_gets_the_request_without_it() {
    let peer = Peer::start(|mut line| {
        let head = line.head();
        if head.contains("expect: 100-continue") {
            line.say("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        } else if head.contains("import-dtable") {
            line.hear(2000);
            line.say(json("400 Bad Request", r#"{"error_msg":"no"}"#));
        }
    });
    let error = import(&peer.url, &[7; 2000]).unwrap_err();
    assert_eq!(error.operation().unwrap().status().unwrap(), 400);
    assert_eq!(peer.connections(), 2);
}

#[test]
fn a_417_after_a_part_of_the_file_sends_nothing_again() {
    let peer = Peer::start(|mut line| {
        line.head();
        line.say(CONTINUE);
        line.hear(1000);
        line.say("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        line.drain();
    });
    let error = import(&peer.url, &[7; 2000]).unwrap_err();
    assert_eq!(peer.connections(), 1, "{error}");
}

#[test]
fn an_upload_is_never_sent_over_a_kept_connection() {
    let turn = AtomicUsize::new(0);
    let peer = Peer::start(move |mut line| {
        let head = line.head();
        line.say(CONTINUE);
        line.body_of(&head);
        let status = ["429 Too Many Requests", "400 Bad Request"][turn.fetch_add(1, Ordering::Relaxed)];
        line.say(format!("HTTP/1.1 {status}\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"));
        line.drain();
    });
    let error = import(&peer.url, &[7; 100]).unwrap_err();
    assert_eq!(error.operation().unwrap().status().unwrap(), 400);
    assert_eq!(peer.connections(), 2);
}

#[test]
fn a_reader_that_ends_early_is_an_error_of_the_source() {
    let sandbox = sandbox(Generation::Current);
    let error = import_from(&sandbox.url(), &mut ReaderSource::new(&[7; 1000][..]), BIG).unwrap_err();
    assert!(matches!(error, Error::Source { error, .. } if error.kind() == io::ErrorKind::UnexpectedEof));
    assert!(sandbox.state().base(1, "copy").is_none());
}

#[test]
fn a_reader_that_is_too_long_is_an_error_of_the_source_and_imports_nothing() {
    let sandbox = sandbox(Generation::Current);
    let error = import_from(&sandbox.url(), &mut ReaderSource::new(io::repeat(7)), 100_000).unwrap_err();
    assert!(matches!(error, Error::Source { error: _, .. }), "{error:?}");
    assert!(sandbox.state().base(1, "copy").is_none());
}

#[test]
fn a_file_that_changed_before_it_was_sent_is_an_error_of_the_source() {
    let sandbox = sandbox(Generation::Current);
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut source = FileSource::new(file.path()).unwrap();
    std::fs::write(file.path(), "more").unwrap();
    let error = import_from(&sandbox.url(), &mut source, 0).unwrap_err();
    assert!(matches!(error, Error::Source { error: _, .. }), "{error:?}");
    assert_eq!(sandbox.state().count(Call::StartImport), 0);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_of_the_source() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("bad sector"))
        }
    }
    let sandbox = sandbox(Generation::Current);
    let error = import_from(&sandbox.url(), &mut ReaderSource::new(Broken), 10).unwrap_err();
    assert_eq!(error.to_string(), "cannot send the file: bad sector");
}

#[test]
fn a_reader_is_opened_again_only_if_nothing_was_read() {
    let mut source = ReaderSource::new(&b"abc"[..]);
    source.open().unwrap();
    source.open().unwrap().read_exact(&mut [0]).unwrap();
    assert!(source.open().is_err());
}

#[test]
fn a_server_that_receives_the_file_and_stays_silent_leaves_the_outcome_unknown() {
    let sandbox = sandbox(Generation::Current);
    sandbox.with(|sandbox, _| sandbox.add_fault(Fault::new(Call::StartImport, FaultKind::Silent)));
    let operation = import_of(&sandbox.url(), 3, quick().timeout(Duration::from_millis(100)));
    let error = client().run(operation).source(&mut &b"abc"[..]).run().unwrap_err();
    assert_eq!(error.operation().unwrap().kind(), ErrorKind::UnknownOutcome);
    assert_eq!(sandbox.state().count(Call::StartImport), 1);
}
