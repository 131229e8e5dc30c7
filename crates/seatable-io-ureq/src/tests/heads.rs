//! The heads of responses: interim ones, the final one, and reads that end anywhere within them.

use std::thread;
use std::time::Duration;

use seatable_io_driver::ProxyRules;
use ureq::Error;

use super::script::Script;
use super::{BODY, FINAL, connection, get, peer, send, upload};

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\nVia: 1.1 a\r\nDate: Tue, 24 Nov 2026 14:00:00 GMT\r\n\r\n";
const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n";
const WORKING: &str = "HTTP/1.1 102 Processing\r\nServer: x\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nServer: x\r\n\r\n";

/// The text in two reads, for every place where the first can end, and byte by byte.
fn splits(text: &str) -> impl Iterator<Item = Vec<Vec<u8>>> {
    let bytes = text.as_bytes();
    let pairs = (1..bytes.len()).map(|at| vec![bytes[..at].to_vec(), bytes[at..].to_vec()]);
    pairs.chain([bytes.iter().map(|byte| vec![*byte]).collect()])
}

fn script(early: Vec<Vec<u8>>, late: Vec<Vec<u8>>) -> Script {
    Script { early: early.into(), late: late.into(), ..Script::default() }
}

#[test]
fn continue_with_headers_lets_the_body_go_out_whatever_precedes_it() {
    let bare = "HTTP/1.1 100 Continue\r\n\r\n".to_owned();
    for text in
        [bare, CONTINUE.into(), HINTS.to_owned() + CONTINUE, [HINTS, WORKING, CONTINUE, HINTS].concat()]
    {
        for early in splits(&text) {
            let (response, seen) = script(early.clone(), vec![FINAL.into()]).upload();
            assert_eq!(response.unwrap().status(), 200, "{early:?}");
            assert!(seen.has_body() && !seen.waited_in_vain, "{early:?}");
        }
    }
}

#[test]
fn interim_answers_after_the_body_are_passed_over() {
    for late in splits(&[CONTINUE, WORKING, HINTS, FINAL].concat()) {
        let (response, seen) = script(vec![], late.clone()).upload();
        let body = response.unwrap().into_body();
        assert!(body == "{}" && seen.has_body(), "{late:?}");
    }
}

#[test]
fn interim_answers_to_a_request_without_a_body_are_passed_over() {
    for early in splits(&[CONTINUE, HINTS, FINAL].concat()) {
        let (response, seen) = script(early.clone(), vec![]).run(get("http://127.0.0.1/"));
        let body = response.unwrap().into_body();
        assert!(body == "{}" && !seen.waited_in_vain, "{early:?}");
    }
}

#[test]
fn a_refusal_in_place_of_continue_is_heard_and_the_body_stays() {
    for text in [REFUSED.to_owned(), HINTS.to_owned() + REFUSED] {
        for early in splits(&text) {
            let (response, seen) = script(early.clone(), vec![]).upload();
            assert_eq!(response.unwrap().status(), 413, "{early:?}");
            assert!(!seen.has_body() && !seen.waited_in_vain, "{early:?}");
        }
    }
}

#[test]
fn a_change_of_protocol_is_a_final_answer() {
    for text in ["HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"] {
        for early in splits(text) {
            let (response, seen) = script(early.clone(), vec![]).upload();
            assert!(response.unwrap().status() == 101 && !seen.has_body(), "{early:?}");
            let (response, _) = script(vec![], early.clone()).upload();
            assert_eq!(response.unwrap().status(), 101, "{early:?}");
        }
    }
}

#[test]
fn endless_interim_answers_are_an_error() {
    for text in [HINTS, "HTTP/1.1 103 Early Hints", "HTTP/1.1 102 \r\n\r\n"] {
        let script = Script { is_endless: true, ..script(vec![text.into()], vec![]) };
        let (response, seen) = script.upload();
        assert!(matches!(response, Err(Error::LargeResponseHeader(..))), "{text}");
        assert!(seen.received <= 64 * 1024 + text.len(), "{text}: {} bytes", seen.received);
    }
}

#[test]
fn an_answer_that_ends_within_its_head_is_an_error() {
    for head in ["HTTP/1.1 100 Con", "HTTP/1.1 200 OK\r\nA: b\r\n"] {
        let end = vec![head.into(), vec![]];
        assert!(matches!(script(end.clone(), vec![]).upload().0, Err(Error::Io(_))), "{head}");
        assert!(matches!(script(vec![], end).upload().0, Err(Error::Io(_))), "{head}");
    }
}

#[test]
fn the_body_goes_out_without_continue_however_many_interim_answers_come() {
    let (address, server) = peer(|server| {
        let head = server.head();
        let mut stream = server.try_clone();
        let hinting = thread::spawn(move || {
            while std::io::Write::write_all(&mut stream, HINTS.as_bytes()).is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        let body = server.read::<{ BODY.len() }>();
        server.write(FINAL);
        (head, body, hinting)
    });
    let connection = connection(ProxyRules::default());
    let response = send(&connection, upload(&format!("http://{address}/"))).unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_str()), (200, "{}"));
    assert_eq!(&server.join().unwrap().1, BODY.as_bytes());
}
