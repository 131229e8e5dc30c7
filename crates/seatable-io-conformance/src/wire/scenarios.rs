use super::check::{
    as_built, failed, first_on_its_connection, imported, not_redirected, requests, timed_out,
};
use super::{WireJob, WireScenario};
use crate::Promise;
use crate::answer::{FINISHED, INTERIM, STARTED, incomplete, json, response, unended, zipped};
use crate::peer::{Then, Turn};

pub(super) fn all() -> Vec<WireScenario> {
    [as_built_and_alone(), passed_on(), complete(), in_time()].into_iter().flatten().collect()
}

fn keep(answer: Vec<u8>) -> Turn {
    Turn { reads_body: true, answer, then: Then::Keep }
}

fn close(answer: Vec<u8>) -> Turn {
    Turn { then: Then::Close, ..keep(answer) }
}

fn finished() -> Turn {
    keep(json(FINISHED))
}

fn as_built_and_alone() -> Vec<WireScenario> {
    let not_found = response("404 Not Found", "", br#"{"error_msg":"Base not found."}"#);
    let not_allowed = response("405 Method Not Allowed", "Allow: POST\r\n", b"");
    vec![
        WireScenario {
            promise: Promise::SendsAsBuilt,
            name: "an import",
            turns: vec![keep(json(STARTED)), finished()],
            job: WireJob::Import,
            check: |ended, received| imported(ended).and_then(|()| as_built(WireJob::Import, received)),
        },
        WireScenario {
            promise: Promise::SendsAsBuilt,
            name: "an export of a base whose name has special characters",
            turns: vec![keep(not_found)],
            job: WireJob::OddExport,
            check: |_, received| as_built(WireJob::OddExport, received),
        },
        WireScenario {
            promise: Promise::SendsImportsOverNewConnections,
            name: "an import after another request, whose connection the server keeps",
            turns: vec![keep(not_allowed), keep(json(r#"{"success":true}"#))],
            job: WireJob::ImportTable,
            check: |ended, received| imported(ended).and_then(|()| first_on_its_connection(received)),
        },
    ]
}

fn passed_on() -> Vec<WireScenario> {
    let interim = |last: Vec<u8>| keep([INTERIM, &last].concat());
    let elsewhere = |status| close(response(status, "Location: /elsewhere/\r\n", b""));
    vec![
        WireScenario {
            promise: Promise::SkipsInformationalResponses,
            name: "informational responses before each response",
            turns: vec![interim(json(STARTED)), interim(json(FINISHED))],
            job: WireJob::Import,
            check: |ended, received| imported(ended).and_then(|()| requests(received, 2)),
        },
        WireScenario {
            promise: Promise::DecodesNothing,
            name: "a compressed response that nobody asked for",
            turns: vec![close(zipped(FINISHED))],
            job: WireJob::Poll,
            check: |ended, _| failed(ended),
        },
        WireScenario {
            promise: Promise::FollowsNoRedirects,
            name: "a redirect of a poll",
            turns: vec![elsewhere("302 Found"), finished()],
            job: WireJob::Poll,
            check: |_, received| not_redirected(received),
        },
        WireScenario {
            promise: Promise::FollowsNoRedirects,
            name: "a redirect of an import, which would send the file again",
            turns: vec![elsewhere("307 Temporary Redirect"), keep(json(STARTED)), finished()],
            job: WireJob::Import,
            check: |_, received| not_redirected(received).and_then(|()| requests(received, 1)),
        },
    ]
}

fn complete() -> Vec<WireScenario> {
    let polled_twice = |name, answer| WireScenario {
        promise: Promise::NoticesIncompleteResponses,
        name,
        turns: vec![close(answer), finished()],
        job: WireJob::Poll,
        check: |ended, received| imported(ended).and_then(|()| requests(received, 2)),
    };
    vec![
        polled_twice("a response that is shorter than announced, but makes sense", incomplete(FINISHED)),
        polled_twice("a chunked response without its last chunk, which makes sense", unended(FINISHED)),
    ]
}

fn in_time() -> Vec<WireScenario> {
    let silent = |name, answer| WireScenario {
        promise: Promise::KeepsIdleTimeout,
        name,
        turns: vec![Turn { then: Then::Silence, ..keep(answer) }, finished()],
        job: WireJob::PollImpatiently,
        check: |ended, received| imported(ended).and_then(|()| requests(received, 2)),
    };
    let endless = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n".to_vec();
    vec![
        silent("a server that does not answer", Vec::new()),
        silent("a server that stops in the middle of a response", incomplete(FINISHED)),
        WireScenario {
            promise: Promise::KeepsDeadline,
            name: "a server whose response has no end",
            turns: vec![Turn { then: Then::Drip, ..keep(endless) }],
            job: WireJob::PollBriefly,
            check: |ended, _| timed_out(ended),
        },
    ]
}
