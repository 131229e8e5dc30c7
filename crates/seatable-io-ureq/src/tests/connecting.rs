use std::ffi::OsString;
use std::thread;
use std::time::Duration;

use seatable_io_driver::ProxyRules;
use seatable_io_driver::task::Failure;

use super::{FINAL, connection, get, peer, send};

#[test]
fn a_proxy_whose_answer_trickles_in_is_given_up_in_time() {
    let (proxy, trickling) = peer(|proxy| {
        proxy.head();
        proxy.write("HTTP/1.1 200 OK\r\nVia: ");
        while proxy.write("x") {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let all = |name: &str| (name == "ALL_PROXY").then(|| OsString::from(&proxy));
    let connection = connection(ProxyRules::from_variables(all).unwrap());
    let error = send(&connection, get("https://seatable.invalid/")).unwrap_err();
    assert_eq!(error.failure(), Failure::NotSent);
    trickling.join().unwrap();
}

#[test]
fn a_server_that_goes_away_between_two_requests_is_not_sent_the_second() {
    let (address, served) = peer(|server| {
        server.head();
        server.write(FINAL);
    });
    let (connection, url) = (connection(ProxyRules::default()), format!("http://{address}/"));
    assert_eq!(send(&connection, get(&url)).unwrap().status(), 200);
    served.join().unwrap();
    let failure = send(&connection, get(&url)).unwrap_err().failure();
    assert_eq!(failure, Failure::NotSent);
}
