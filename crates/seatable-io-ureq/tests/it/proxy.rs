use std::process::Command;

use seatable_io_ureq::{Client, Config};

use crate::support::*;

/// What `probe` says in a process whose environment names this proxy.
fn probe_with(proxy: &str) -> String {
    let probe = ["--exact", "proxy::probe", "--ignored", "--nocapture"];
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(probe).env("ALL_PROXY", proxy).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "the others run it, in a process whose environment names a proxy"]
fn probe() {
    println!(
        "{:?}",
        Client::new(Config::default()).and_then(|client| status(&client, "https://seatable.invalid"))
    );
}

#[test]
fn a_proxy_that_the_environment_names_is_used() {
    let proxy = Peer::saying("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    assert!(probe_with(&proxy.url).contains("failure: NotSent"));
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn a_proxy_that_cannot_be_read_is_an_error_and_no_direct_connection() {
    assert!(probe_with("ftp://proxy").contains("Err(Config("));
}
