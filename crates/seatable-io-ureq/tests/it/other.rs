//! Requests that are none of a SeaTable server's calls.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use seatable_io_ureq::http::header::USER_AGENT;
use seatable_io_ureq::http::{Request, Response};
use seatable_io_ureq::task::Failure;
use seatable_io_ureq::{Connector, ProxyRules, TransportError};

use crate::support::*;

const LONG: Duration = Duration::from_secs(20);

fn post(url: &str, timeout: Duration) -> Result<Response<Vec<u8>>, TransportError> {
    let request = Request::post(url).body(b"12345".to_vec()).unwrap();
    Connector::try_from(config()).unwrap().send(request, timeout, 7)
}

#[test]
fn a_request_arrives_as_it_is_and_the_body_of_the_response_is_cut() {
    let (sender, requests) = mpsc::channel();
    let peer = Peer::start(move |mut line| {
        let head = line.head();
        let body = line.body_of(&head);
        sender.send((head, body)).unwrap();
        line.say(json("200 OK", "OK (not found)"));
    });
    let config = config().header(USER_AGENT, "for-seatable").unwrap();
    let request = Request::post(format!("{}/a/start?x=1", peer.url)).body(b"12345".to_vec()).unwrap();
    let response = Connector::try_from(config).unwrap().send(request, LONG, 7).unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"OK (not"[..]));
    let (head, body) = requests.recv().unwrap();
    assert!(head.starts_with("POST /a/start?x=1 HTTP/1.1\r\n") && body == b"12345", "{head}");
    assert!(!head.contains("for-seatable") && !head.to_lowercase().contains("authorization"), "{head}");
}

#[test]
fn redirects_are_responses_and_are_not_followed() {
    let elsewhere = Peer::saying(json("200 OK", "{}"));
    let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", elsewhere.url);
    let peer = Peer::saying(redirect);
    assert_eq!(post(&peer.url, LONG).unwrap().status(), 302);
    assert_eq!((peer.connections(), elsewhere.connections()), (1, 0));
}

#[test]
fn a_time_limit_holds_for_a_response_that_trickles() {
    let peer = Peer::start(|mut line| {
        line.head();
        line.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        while line.try_say(b"x") {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let began = Instant::now();
    let request = Request::post(format!("{}/secret", peer.url)).body(Vec::new()).unwrap();
    let connector = Connector::try_from(config()).unwrap();
    let error = connector.send(request, Duration::from_millis(300), 1000).unwrap_err();
    assert_eq!(error.failure(), Failure::TimedOut);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn the_proxy_is_used_as_for_a_server() {
    let proxy = Peer::saying(json("200 OK", "{}"));
    let config = config().proxies(ProxyRules::all(&proxy.url).unwrap());
    let request = Request::post("http://monitor.example/x").body(Vec::new()).unwrap();
    let response = Connector::try_from(config).unwrap().send(request, LONG, 7);
    assert_eq!((response.unwrap().status().as_u16(), proxy.connections()), (200, 1));
}
