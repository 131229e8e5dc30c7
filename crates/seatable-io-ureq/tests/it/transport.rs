use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use seatable_io_ureq::proto::{
    BaseUuid, FileName, Format, ImportFile, StartImport, TaskId, TaskKind, TaskStatus,
};
use seatable_io_ureq::task::{ErrorKind, Failure, Operation, Policy, Reason, Resume};
use seatable_io_ureq::ureq::Agent;
use seatable_io_ureq::{Client, Connector, Error, Event, Proxies, TransportError};

use crate::support::*;

/// Returns the failure and the message of an error.
fn failure(error: &Error) -> (Failure, String) {
    match error {
        Error::Transport(error) => (error.failure(), error.to_string()),
        other => panic!("{other:?}"),
    }
}

fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn a_request_over_a_refused_connection_is_not_sent_and_is_repeated() {
    let mut asked = 0;
    let operation = import_of(&nobody(), 3, quick());
    let result = client()
        .run(operation)
        .source(&mut &b"abc"[..])
        .watch(|event| {
            asked += usize::from(matches!(event, Event::Requesting { .. }));
        })
        .run();
    let error = result.unwrap_err();
    assert_eq!(error.operation().unwrap().kind(), ErrorKind::Unavailable);
    assert_eq!(error.operation().unwrap().reason(), Some(&Reason::NotSent));
    assert_eq!(asked, 3);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "Connection refused");
}

#[test]
fn a_request_to_an_unknown_host_is_not_sent() {
    let error = status(&client(), "http://nowhere.invalid").unwrap_err();
    assert_eq!(failure(&error), (Failure::NotSent, "the host name could not be looked up".to_owned()));
}

/// Returns the failure of one poll with an idle timeout of 50 ms.
fn impatient_poll(url: &str) -> TransportError {
    let policy = quick().idle_timeout(Duration::from_millis(50)).retries(0);
    let (operation, mut failure) =
        (Operation::poll_once(server(url), TaskId::new("7").unwrap(), policy, SEED), None);
    let result = client()
        .run(operation)
        .watch(|event| {
            if let Event::Failed { error, .. } = event {
                failure = Some(error);
            }
        })
        .run();
    assert_eq!(result.unwrap_err().operation().unwrap().kind(), ErrorKind::Unavailable);
    failure.unwrap()
}

#[test]
fn a_silent_server_causes_a_timeout() {
    let peer = Peer::start(|mut line| line.drain());
    let error = impatient_poll(&peer.url);
    assert_eq!(error.failure(), Failure::TimedOut);
    assert_eq!(error.to_string(), "nothing was received for too long");
}

#[test]
fn a_server_that_falls_silent_in_its_response_causes_a_timeout() {
    let peer = Peer::start(|mut line| {
        line.head();
        line.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
        line.drain();
    });
    let error = impatient_poll(&peer.url);
    assert_eq!(error.failure(), Failure::TimedOut);
    assert_eq!(error.to_string(), "nothing was received for too long");
}

#[test]
fn a_server_that_hangs_up_interrupts_the_request() {
    let peer = Peer::start(|mut line| drop(line.head()));
    let failure = failure(&status(&client(), &peer.url).unwrap_err());
    assert_eq!(failure, (Failure::Interrupted, "the connection was closed too early".to_owned()));
}

#[test]
fn a_server_that_does_not_speak_http_interrupts_the_request() {
    let peer = Peer::saying("220 mail.example.com ESMTP\r\n\r\n");
    let failure = failure(&status(&client(), &peer.url).unwrap_err());
    assert_eq!(failure, (Failure::Interrupted, "the response is not valid HTTP".to_owned()));
}

#[test]
fn a_request_on_a_kept_connection_that_breaks_never_counts_as_unsent() {
    let turn = AtomicUsize::new(0);
    let peer = Peer::start(move |mut line| {
        line.head();
        let response = [RUNNING, FINISHED][turn.fetch_add(1, Ordering::Relaxed)];
        line.say(json("200 OK", response));
        line.head();
    });
    let mut failures = Vec::new();
    let result = client()
        .run(resumed(&peer.url, quick()))
        .watch(|event| {
            if let Event::Failed { error, .. } = event {
                failures.push(error.failure());
            }
        })
        .run();
    assert!(result.is_ok() && peer.connections() == 2);
    assert_eq!(failures, [Failure::Interrupted]);
}

#[test]
fn polls_share_one_connection() {
    let peer = Peer::start(|mut line| {
        for response in [RUNNING, RUNNING, RUNNING, FINISHED] {
            line.head();
            line.say(json("200 OK", response));
        }
        line.drain();
    });
    client().run(resumed(&peer.url, quick())).run().unwrap();
    assert_eq!(peer.connections(), 1);
}

#[test]
fn a_redirect_is_a_response_and_the_token_is_not_sent_elsewhere() {
    let elsewhere = Peer::saying(json("200 OK", FINISHED));
    let away = format!("HTTP/1.1 302 Found\r\nLocation: {}/\r\nContent-Length: 0\r\n\r\n", elsewhere.url);
    let peer = Peer::saying(away);
    let error = status(&client(), &peer.url).unwrap_err();
    assert!(matches!(error, Error::Reply(error) if error.status() == 302));
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn an_agent_of_the_caller_cannot_follow_redirects_or_turn_responses_into_errors() {
    let elsewhere = Peer::saying(json("200 OK", FINISHED));
    let moved = format!("HTTP/1.1 302 Found\r\nLocation: {}/\r\nContent-Length: 0\r\n\r\n", elsewhere.url);
    let peer = Peer::saying(moved);
    let agent = Agent::config_builder().max_redirects(5).http_status_as_error(true);
    let client = Client::with_transport(Connector::with_agent(agent, &Proxies::None).unwrap());
    assert!(matches!(status(&client, &peer.url), Err(Error::Reply(_))));
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn no_encoding_is_requested() {
    let peer = Peer::start(|mut line| {
        let plain = line.head().contains("accept-encoding: identity\r\n");
        line.say(json("200 OK", if plain { FINISHED } else { RUNNING }));
    });
    assert_eq!(status(&client(), &peer.url).unwrap(), TaskStatus::Finished);
}

#[test]
fn a_response_that_is_labelled_as_compressed_is_read_unchanged() {
    let labelled = json("200 OK", FINISHED).replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n");
    assert_eq!(status(&client(), &Peer::saying(labelled).url).unwrap(), TaskStatus::Finished);
}

#[test]
fn responses_may_have_a_length_or_chunks_or_end_with_the_connection() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let chunked =
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{FINISHED}\r\n0\r\n\r\n", FINISHED.len());
    let ending = format!("{head}\r\n{FINISHED}");
    for response in [json("200 OK", FINISHED), chunked, ending] {
        let peer = Peer::start(move |mut line| {
            line.head();
            line.say(&response);
        });
        assert_eq!(status(&client(), &peer.url).unwrap(), TaskStatus::Finished);
    }
}

#[test]
fn an_early_hint_is_skipped() {
    let hinted = format!("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{}", json("200 OK", FINISHED));
    assert_eq!(status(&client(), &Peer::saying(hinted).url).unwrap(), TaskStatus::Finished);
}

#[test]
fn no_more_of_a_response_is_read_than_is_needed() {
    let peer = Peer::start(|mut line| {
        line.head();
        line.say("HTTP/1.1 500 Internal Server Error\r\n\r\n");
        for _ in 0..1000 {
            line.say([b'x'; 10_000]);
        }
    });
    assert!(matches!(status(&client(), &peer.url), Err(Error::Reply(_))));
}

#[test]
fn a_call_sends_no_file() {
    let name = FileName::new("a", Format::Dtable).unwrap();
    let file = ImportFile::new(1, name, 3, uuid::Uuid::nil()).unwrap();
    let error = client().call(&StartImport::new(file), &server(&nobody())).unwrap_err();
    assert!(matches!(error, Error::Source { .. }));
}

fn resumed(url: &str, policy: Policy) -> Operation {
    let resume = Resume::new(TaskKind::Import, TaskId::new("7").unwrap(), BaseUuid::new("u-1").unwrap());
    Operation::resume(server(url), resume, policy, SEED)
}
