//! Proxies that the test names; what the environment names is the driver's to read.

use std::convert::Infallible;
use std::ffi::OsString;
use std::future::ready;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use seatable_io_driver::ProxyRules;
use seatable_io_driver::proto::{QueryStatus, Server, TaskId, TaskStatus, Token};
use seatable_io_driver::task::Failure;

use hyper_util::client::legacy::connect::HttpConnector;
use tower::util::service_fn;
use tower_service::Service;

use crate::error::transport_error;
use crate::proxy::Resolver;
use crate::{Client, Config, Error, NotSent, TransportError};

const FINISHED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"is_finished\":true}";

/// A proxy or server that serves one connection as the script says. Joining it gives what the script returns.
fn peer<T: Send + 'static>(
    script: impl FnOnce(&mut BufReader<TcpStream>) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (address, thread::spawn(move || script(&mut BufReader::new(listener.accept().unwrap().0))))
}

fn head(stream: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while stream.read_line(&mut head).is_ok_and(|count| count > 2) {}
    head
}

fn read<const N: usize>(stream: &mut BufReader<TcpStream>) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn write(stream: &mut BufReader<TcpStream>, bytes: &[u8]) -> bool {
    stream.get_mut().write_all(bytes).is_ok()
}

/// Asks a server for the status of a task, by rules that send everything through this proxy.
async fn ask(server: &str, proxy: &str) -> Result<TaskStatus, Error> {
    let all = |name: &str| (name == "ALL_PROXY").then(|| OsString::from(proxy));
    let rules = ProxyRules::from_variables(all).unwrap();
    let config = Config::default().connect_timeout(Duration::from_millis(300)).proxies(rules);
    let client = Client::new(config).unwrap();
    let server = Server::new_insecure(server, Token::new("geheim").unwrap()).unwrap();
    client.call(&QueryStatus::new(TaskId::new("1").unwrap()), &server).await
}

fn error(response: Result<TaskStatus, Error>) -> TransportError {
    match response {
        Err(Error::Transport(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn failure(response: Result<TaskStatus, Error>) -> Failure {
    error(response).failure()
}

#[tokio::test]
async fn an_http_proxy_forwards_plain_requests() {
    let (proxy, served) = peer(|proxy| {
        let head = head(proxy);
        write(proxy, FINISHED);
        head
    });
    let response = ask("http://seatable.invalid:8000/", &format!("http://a:b@{proxy}")).await;
    assert_eq!(response.unwrap(), TaskStatus::Finished);
    let head = served.join().unwrap();
    assert!(head.starts_with("GET http://seatable.invalid:8000/api/v2.1/"), "{head}");
    assert!(head.contains("\r\nproxy-authorization: Basic YTpi\r\n"), "{head}");
    assert!(head.contains("\r\nauthorization: Token geheim\r\n"), "{head}");
}

#[tokio::test]
async fn an_http_proxy_is_asked_for_a_tunnel_where_there_is_tls_and_sees_no_token() {
    let (proxy, served) = peer(|proxy| {
        let head = head(proxy);
        write(proxy, b"HTTP/1.1 200 OK\r\n\r\n");
        (head, read::<3>(proxy))
    });
    let response = ask("https://seatable.invalid/", &format!("http://a:b@{proxy}")).await;
    assert_eq!(failure(response), Failure::NotSent);
    let (head, hello) = served.join().unwrap();
    assert!(head.starts_with("CONNECT seatable.invalid:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("Proxy-Authorization: Basic YTpi\r\n") && !head.contains("geheim"), "{head}");
    assert_eq!(hello, [22, 3, 1], "the beginning of a TLS handshake");
}

#[tokio::test]
async fn a_refused_tunnel_is_not_sent_and_a_lost_answer_may_have_been() {
    let (refusing, _) = peer(|proxy| {
        head(proxy);
        write(proxy, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    });
    let refused = error(ask("https://seatable.invalid/", &refusing).await);
    assert_eq!(refused.failure(), Failure::NotSent);
    assert_eq!(refused.to_string(), "the proxy did not connect to the server");
    let (closing, _) = peer(|proxy| drop(head(proxy)));
    assert_eq!(failure(ask("http://seatable.invalid/", &closing).await), Failure::Interrupted);
}

#[tokio::test]
async fn a_proxy_whose_answer_trickles_in_is_given_up_in_time() {
    let (proxy, trickling) = peer(|proxy| {
        head(proxy);
        write(proxy, b"HTTP/1.1 200 OK\r\nVia: ");
        while write(proxy, b"x") {
            thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(failure(ask("https://seatable.invalid/", &proxy).await), Failure::NotSent);
    trickling.join().unwrap();
}

#[tokio::test]
async fn a_socks_proxy_looks_up_the_name_if_its_scheme_says_so() {
    let (proxy, served) = peer(|proxy| {
        read::<3>(proxy);
        write(proxy, &[5, 0]);
        let asked = read::<23>(proxy);
        write(proxy, &[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);
        let head = head(proxy);
        write(proxy, FINISHED);
        (asked, head)
    });
    let response = ask("http://seatable.invalid/", &format!("socks5h://{proxy}")).await;
    assert_eq!(response.unwrap(), TaskStatus::Finished);
    let (asked, head) = served.join().unwrap();
    assert_eq!(asked[..], *b"\x05\x01\x00\x03\x10seatable.invalid\x00\x50");
    assert!(head.starts_with("GET /api/v2.1/"), "{head}");
    assert_eq!(failure(ask("http://seatable.invalid/", "socks5://127.0.0.1:9").await), Failure::NotSent);
}

#[tokio::test]
async fn a_socks_proxy_gets_its_credentials_and_the_server_does_not() {
    let (proxy, served) = peer(|proxy| {
        let [_, methods] = read::<2>(proxy);
        for _ in 0..methods {
            read::<1>(proxy);
        }
        write(proxy, &[5, 2]);
        let credentials = read::<5>(proxy);
        write(proxy, &[1, 0]);
        read::<23>(proxy);
        write(proxy, &[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);
        let head = head(proxy);
        write(proxy, FINISHED);
        (credentials, head)
    });
    let response = ask("http://seatable.invalid/", &format!("socks5h://a:b@{proxy}")).await;
    assert_eq!(response.unwrap(), TaskStatus::Finished);
    let (credentials, head) = served.join().unwrap();
    assert!(credentials == *b"\x01\x01a\x01b" && !head.contains("proxy-"), "{head}");
}

#[tokio::test]
async fn an_address_is_given_to_a_socks_4_proxy() {
    let (proxy, served) = peer(|proxy| {
        let asked = read::<9>(proxy);
        write(proxy, &[0, 90, 0, 0, 0, 0, 0, 0]);
        head(proxy);
        write(proxy, FINISHED);
        asked
    });
    let response = ask("http://192.0.2.1:8000/", &format!("socks4://{proxy}")).await;
    assert_eq!(response.unwrap(), TaskStatus::Finished);
    assert_eq!(served.join().unwrap(), [4, 1, 0x1f, 0x40, 192, 0, 2, 1, 0]);
}

#[tokio::test]
async fn loopback_is_reached_directly() {
    let (address, served) = peer(|server| {
        let head = head(server);
        write(server, FINISHED);
        head
    });
    assert!(ask(&format!("http://{address}/"), "http://127.0.0.1:9").await.is_ok());
    let head = served.join().unwrap();
    assert!(head.starts_with("GET /api/v2.1/"), "{head}");
}

#[tokio::test]
async fn credentials_that_a_proxy_repeats_are_not_shown() {
    const WORDS: &[u8] = b"HTTP/1.1 407 No\r\nContent-Type: text/plain\r\nContent-Length: 68\r\n\r\n\
        No Aladdin with open sesame@ (QWxhZGRpbjpvcGVuIHNlc2FtZUA=) or Token";
    for (server, words) in
        [("http://a.invalid/", "No *** with *** (***) or Token"), ("https://a.invalid/", "the proxy did")]
    {
        let (proxy, _) = peer(|proxy| {
            head(proxy);
            write(proxy, WORDS)
        });
        let error = ask(server, &format!("http://Aladdin:open%20sesame%40@{proxy}")).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(words) && !shown.contains("sesame") && !shown.contains("QWxh"), "{shown}");
    }
}

/// Connects to this host where every name is looked up to these addresses.
async fn connect(host: &str, found: &'static [&'static str]) -> Result<SocketAddr, TransportError> {
    let found =
        service_fn(move |_| ready(Ok::<_, Infallible>(found.iter().map(|address| address.parse().unwrap()))));
    let mut connector = HttpConnector::new_with_resolver(Resolver(found));
    let connected = connector.call(format!("http://{host}/").parse().unwrap()).await;
    let connected = connected.map_err(|error| transport_error(NotSent::new(error), Failure::Interrupted))?;
    Ok(connected.inner().peer_addr().unwrap())
}

#[tokio::test]
async fn localhost_is_connected_to_at_loopback_or_not_at_all() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, port) = (listener.local_addr().unwrap(), listener.local_addr().unwrap().port());
    let found = &["203.0.113.5:0", "127.0.0.1:0"];
    assert_eq!(connect(&format!("localhost:{port}"), found).await.unwrap(), address);
    let error = connect(&format!("localhost:{port}"), &["0.0.0.0:0"]).await.unwrap_err();
    assert_eq!(error.failure(), Failure::NotSent);
    assert_eq!(error.to_string(), "localhost is 0.0.0.0 here, not this computer");
    assert!(
        connect(&format!("a.example:{port}"), &["0.0.0.0:0"]).await.is_ok(),
        "another name may be this computer"
    );
}
