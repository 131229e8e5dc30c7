use std::ffi::OsString;

use seatable_io_driver::ProxyRules;
use seatable_io_driver::task::Failure;

use super::{FINAL, connection, get, peer, send};

/// Rules by which everything goes through this proxy.
fn through(proxy: &str) -> ProxyRules {
    ProxyRules::from_variables(|name| (name == "ALL_PROXY").then(|| OsString::from(proxy))).unwrap()
}

#[test]
fn an_http_proxy_forwards_plain_requests() {
    let (proxy, served) = peer(|proxy| {
        let heads = [proxy.head(), {
            proxy.write(FINAL);
            proxy.head()
        }];
        proxy.write(FINAL);
        heads
    });
    let connection = connection(through(&format!("http://a:b@{proxy}")));
    for _ in 0..2 {
        assert_eq!(send(&connection, get("http://seatable.invalid:8000/x/?y=1")).unwrap().status(), 200);
    }
    for head in served.join().unwrap() {
        assert!(head.starts_with("GET http://seatable.invalid:8000/x/?y=1 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nhost: seatable.invalid:8000\r\n"), "{head}");
        assert!(head.contains("\r\nproxy-authorization: Basic YTpi\r\n"), "{head}");
        assert!(head.contains("\r\nauthorization: Token geheim\r\n"), "{head}");
    }
}

#[test]
fn an_http_proxy_is_asked_for_a_tunnel_where_there_is_tls_and_sees_no_token() {
    let (proxy, served) = peer(|proxy| {
        let head = proxy.segment();
        proxy.write("HTTP/1.1 200 OK\r\n\r\n");
        (head, proxy.read::<3>())
    });
    let error =
        send(&connection(through(&format!("http://a:b@{proxy}"))), get("https://seatable.invalid/x/"));
    let (head, hello) = served.join().unwrap();
    assert!(head.starts_with("CONNECT seatable.invalid:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.ends_with("\r\n\r\n"), "in one piece: {head}");
    assert!(head.contains("Proxy-Authorization: Basic YTpi\r\n") && !head.contains("geheim"), "{head}");
    assert_eq!(hello, [22, 3, 1], "the beginning of a TLS handshake");
    assert_eq!(error.unwrap_err().failure(), Failure::NotSent);
}

#[test]
fn a_refused_tunnel_is_not_sent() {
    let (proxy, _) = peer(|proxy| {
        proxy.head();
        proxy.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    });
    let error = send(&connection(through(&proxy)), get("https://seatable.invalid/")).unwrap_err();
    assert_eq!(error.failure(), Failure::NotSent);
}

#[test]
fn a_proxy_that_hangs_up_on_a_forwarded_request_may_have_passed_it_on() {
    let (proxy, _) = peer(|proxy| drop(proxy.head()));
    let error = send(&connection(through(&proxy)), get("http://seatable.invalid/")).unwrap_err();
    assert_eq!(error.failure(), Failure::Interrupted);
}

#[test]
fn a_socks_proxy_looks_up_the_name() {
    let (proxy, served) = peer(|proxy| {
        proxy.read::<3>();
        proxy.write([5, 0]);
        let asked = proxy.read::<23>();
        proxy.write([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);
        let head = proxy.head();
        proxy.write(FINAL);
        (asked, head)
    });
    let connection = connection(through(&format!("socks5h://{proxy}")));
    assert_eq!(send(&connection, get("http://seatable.invalid/")).unwrap().status(), 200);
    let (asked, head) = served.join().unwrap();
    assert_eq!(asked[..], *b"\x05\x01\x00\x03\x10seatable.invalid\x00\x50");
    assert!(head.starts_with("GET / HTTP/1.1\r\n"), "{head}");
}

#[test]
fn a_socks_proxy_gets_its_credentials_and_the_server_does_not() {
    let (proxy, served) = peer(|proxy| {
        let [_, methods] = proxy.read::<2>();
        for _ in 0..methods {
            proxy.read::<1>();
        }
        proxy.write([5, 2]);
        let credentials = proxy.read::<5>();
        proxy.write([1, 0]);
        proxy.read::<23>();
        proxy.write([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);
        let head = proxy.head();
        proxy.write(FINAL);
        (credentials, head)
    });
    let connection = connection(through(&format!("socks5h://a:b@{proxy}")));
    assert_eq!(send(&connection, get("http://seatable.invalid/")).unwrap().status(), 200);
    let (credentials, head) = served.join().unwrap();
    assert!(credentials == *b"\x01\x01a\x01b" && !head.contains("proxy-"), "{head}");
}

#[test]
fn loopback_is_reached_directly() {
    let (address, served) = peer(|server| {
        let head = server.head();
        server.write(FINAL);
        head
    });
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let connection = connection(through(&nobody.to_string()));
    assert_eq!(send(&connection, get(&format!("http://{address}/"))).unwrap().status(), 200);
    assert!(served.join().unwrap().starts_with("GET / HTTP/1.1\r\n"));
}
