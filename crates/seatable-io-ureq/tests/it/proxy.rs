use std::process::Command;

use seatable_io_ureq::{Client, Config};

use crate::support::*;

/// What `probe` says in a process with this environment.
fn probe_with(name: &str, value: &str) -> String {
    let probe = ["--exact", "proxy::probe", "--ignored", "--nocapture"];
    let output =
        Command::new(std::env::current_exe().unwrap()).args(probe).env(name, value).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "the others run it, in a process whose environment names a proxy"]
fn probe() {
    let client = Client::new(Config { proxy_from_env: true, ..config() }).unwrap();
    println!("{:?}", status(&client, "http://seatable.invalid"));
}

#[test]
fn a_proxy_that_the_environment_names_is_used() {
    let proxy = Peer::start(|mut line| {
        assert!(line.head().starts_with("CONNECT seatable.invalid:80 "));
        line.say("HTTP/1.1 200 OK\r\n\r\n");
        line.head();
        line.say(json("200 OK", FINISHED));
    });
    assert!(probe_with("ALL_PROXY", &proxy.url).contains("Ok(Finished)"));
}

#[test]
fn what_a_proxy_does_not_let_through_is_not_sent() {
    let proxy = Peer::saying("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    assert!(probe_with("ALL_PROXY", &proxy.url).contains("failure: NotSent"));
}

#[test]
fn what_breaks_behind_the_proxy_is_not_not_sent() {
    let proxy = Peer::start(|mut line| {
        line.head();
        line.say("HTTP/1.1 200 OK\r\n\r\n");
        line.head();
    });
    assert!(probe_with("ALL_PROXY", &proxy.url).contains("failure: Interrupted"));
}
