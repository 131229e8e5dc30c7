//! Servers that break the protocol, over raw sockets, against both adapters: whatever they answer to any call, a file is sent
//! once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use seatable_io_driver::Error;
use seatable_io_proto::{BaseName, FileName, Format, Server, Token};
use seatable_io_task::{ErrorKind, Export, Import, Operation, Policy};

const SIZE: u64 = 300_000;
const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n";
const STARTED: &str = r#"{"task_id":"7","table":{"uuid":"u-1","name":"copy"}}"#;
const FINISHED: &str = r#"{"is_finished":true}"#;

/// A server that gives each request the response of its script; the last response is for all further ones.
struct Peer {
    url: String,
    uploads: Arc<AtomicUsize>,
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn peer(script: &[&str]) -> Peer {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let uploads = Arc::new(AtomicUsize::new(0));
    let script = Arc::new(Mutex::new(script.iter().rev().map(ToString::to_string).collect::<Vec<_>>()));
    let counted = Arc::clone(&uploads);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (script, uploads) = (Arc::clone(&script), Arc::clone(&counted));
            thread::spawn(move || serve(stream, &script, &uploads));
        }
    });
    Peer { url, uploads }
}

/// Reads whole requests and answers them; an empty response closes the connection.
fn serve(stream: TcpStream, script: &Mutex<Vec<String>>, uploads: &AtomicUsize) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while stream.read_line(&mut head).ok()? > 2 {}
        let head = head.to_ascii_lowercase();
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<u64>().ok());
        if head.contains("expect: 100-continue") {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
        }
        let body = std::io::copy(&mut stream.by_ref().take(len.unwrap_or(0)), &mut std::io::sink()).ok()?;
        uploads.fetch_add(usize::from(body > SIZE), Ordering::Relaxed);
        let mut script = script.lock().ok()?;
        let response = if script.len() > 1 { script.pop() } else { script.last().cloned() }?;
        drop(script);
        let stays = !response.is_empty() && !response.contains("close");
        stream.get_mut().write_all(response.as_bytes()).ok().filter(|()| stays)?;
    }
}

fn server(peer: &Peer) -> Server {
    Token::new("5ea7ab1e").and_then(|token| Server::new(&peer.url, token)).expect("a server")
}

fn policy() -> Policy {
    let quick = Duration::from_millis(1)..=Duration::from_millis(2);
    Policy::default().backoff(quick.clone()).poll(quick).retries(3).timeout(Duration::from_secs(20))
}

fn import(peer: &Peer, format: Format) -> Operation {
    let name = FileName::new("copy", format).expect("a name");
    Operation::import(server(peer), Import::new(1, name, SIZE).expect("a file"), policy(), 7)
}

fn export(peer: &Peer) -> Operation {
    Operation::export(server(peer), Export::new(1, BaseName::new("copy").expect("a name")), policy(), 7)
}

fn blocking(operation: Operation) -> Error {
    use seatable_io_ureq::{Client, Config, WriterSink};
    let client = Client::new(Config::default()).expect("a client");
    let file = vec![7; 300_000];
    client.run(operation).source(&*file).sink(WriterSink::new(Vec::new())).run().expect_err("it went well")
}

fn asynchronous(operation: Operation) -> Error {
    use seatable_io_hyper::{Client, Config, WriterSink};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let file = Bytes::from(vec![7; 300_000]);
    let run = async {
        Client::new(Config::default())
            .expect("a client")
            .run(operation)
            .source(file)
            .sink(WriterSink::new(Vec::new()))
            .run()
            .await
    };
    runtime.block_on(run).expect_err("it went well")
}

/// Runs an operation against a script with both adapters. Returns the kind of its error and the number of uploads.
fn ends(script: &[&str], operation: fn(&Peer) -> Operation) -> (ErrorKind, usize) {
    let [one, other] = [blocking, asynchronous].map(|run| {
        let peer = peer(script);
        let error = run(operation(&peer));
        let kind = error.operation().unwrap_or_else(|| panic!("{error:?}")).kind();
        (kind, peer.uploads.load(Ordering::Relaxed))
    });
    assert_eq!(one, other, "the adapters differ on {script:?}");
    one
}

fn import_base(peer: &Peer) -> Operation {
    import(peer, Format::Dtable)
}

fn import_table(peer: &Peer) -> Operation {
    import(peer, Format::Csv)
}

#[test]
fn an_upload_is_sent_once_and_its_outcome_is_unknown_whatever_the_response() {
    let probed = "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n";
    for response in [
        SWITCHING,
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 303 See Other\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 599 ?\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
        "220 mail.example.com ESMTP, close\r\n\r\n",
        "",
    ] {
        assert_eq!(ends(&[response], import_base), (ErrorKind::UnknownOutcome, 1), "{response}");
        assert_eq!(ends(&[probed, response], import_table), (ErrorKind::UnknownOutcome, 1), "{response}");
    }
}

#[test]
fn switching_protocols_ends_every_other_call_without_another_upload() {
    let (started, finished) = (ok(STARTED), ok(FINISHED));
    assert_eq!(ends(&[SWITCHING], import_table), (ErrorKind::BadAnswer, 0));
    assert_eq!(ends(&[&started, SWITCHING], import_base), (ErrorKind::UnknownOutcome, 1));
    assert_eq!(ends(&[SWITCHING], export), (ErrorKind::BadAnswer, 0));
    assert_eq!(ends(&[&started, SWITCHING], export), (ErrorKind::BadAnswer, 0));
    assert_eq!(ends(&[&started, &finished, SWITCHING], export), (ErrorKind::BadAnswer, 0));
}
