use std::sync::mpsc::{Receiver, channel};

use crate::support::*;

/// More bytes than the sockets can buffer between the two ends: a response is cut at 64 KiB.
const MOST: usize = 24 * 1024 * 1024;

/// Starts a server that continues its response as long as the client reads, up to twice [`MOST`] bytes. The receiver gets the
/// number of bytes that it could send in each response.
fn endless(head: &'static str) -> (Peer, Receiver<usize>) {
    let (counts, counted) = channel();
    let peer = Peer::start(move |mut line| {
        line.head();
        line.say(head);
        let piece = vec![b'x'; 64 * 1024];
        let mut written = 0;
        while written < 2 * MOST && line.try_say(&piece) {
            written += piece.len();
        }
        let _ = counts.send(written);
    });
    (peer, counted)
}

#[test]
fn an_endless_response_to_a_call_is_cut() {
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\n"] {
        let (peer, sent) = endless(head);
        assert!(status(&client(), &peer.url).is_err());
        assert!(sent.recv().unwrap() < MOST, "{head}");
    }
}

#[test]
fn an_endless_response_in_a_run_is_cut() {
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 400 No\r\nContent-Type: application/json\r\n\r\n"] {
        let (peer, sent) = endless(head);
        let operation = import_of(&peer.url, 3, quick());
        assert!(client().run(operation).source(&mut &b"abc"[..]).run().is_err());
        assert!(sent.recv().unwrap() < MOST, "{head}");
    }
}

#[test]
fn an_endless_head_is_cut() {
    for head in ["HTTP/1.1 200 OK\r\nServer: ", "HTTP/1.1 103 Early Hints\r\nLink: "] {
        let (peer, sent) = endless(head);
        assert!(status(&client(), &peer.url).is_err());
        assert!(sent.recv().unwrap() < MOST, "{head}");
    }
}
