use std::process::Command;

use seatable_io_ureq::{Client, Config, Error, ProxyRules};

use crate::support::*;

/// Returns the output of `probe` in a process whose environment names this proxy.
fn probe_with(proxy: &str) -> String {
    let probe = ["--exact", "proxy::probe", "--ignored", "--nocapture"];
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(probe).env("ALL_PROXY", proxy).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "other tests run it in a process whose environment names a proxy"]
fn probe() {
    println!(
        "{:?}",
        Client::new(Config::default()).and_then(|client| status(&client, "https://seatable.invalid"))
    );
}

#[test]
fn a_proxy_in_the_environment_is_used() {
    let proxy = Peer::saying("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    assert!(probe_with(&proxy.url).contains("failure: NotSent"));
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn an_invalid_proxy_is_an_error_and_causes_no_direct_connection() {
    assert!(probe_with("ftp://proxy").contains("Err(Config("));
}

/// A response of a proxy that repeats its credentials.
const ECHO: &str = "HTTP/1.1 407 No\r\nContent-Type: text/plain\r\nContent-Length: 68\r\n\r\n\
    No Aladdin with open sesame@ (QWxhZGRpbjpvcGVuIHNlc2FtZUA=) or Token";

#[test]
fn credentials_that_a_proxy_repeats_are_shown_neither_by_a_call_nor_by_a_run() {
    for url in ["http://seatable.invalid", "https://seatable.invalid"] {
        let proxy = Peer::saying(ECHO);
        let rules = proxy.url.replace("http://", "http://Aladdin:open%20sesame%40@");
        let client = Client::new(config().proxies(ProxyRules::all(&rules).unwrap())).unwrap();
        let (call, run) = (status(&client, url).unwrap_err(), client.run(export_of(url, quick())).run());
        let shown = format!("{client:?} {call} {call:?} {run:?} {:?}", ProxyRules::all(&rules));
        assert!(
            !shown.contains("sesame") && !shown.contains("Aladdin") && !shown.contains("QWxh"),
            "{shown}"
        );
        let is_forwarded = url.starts_with("http:");
        assert_eq!(matches!(call, Error::Reply(_)), is_forwarded);
        let words = if is_forwarded { "No *** with *** (***) or Token" } else { "the proxy did not connect" };
        assert_eq!(shown.matches(words).count(), 3, "{shown}");
    }
}
