//! Both adapters follow a configuration in the same way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use http::header::{AUTHORIZATION, USER_AGENT};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use seatable_io_driver::{Config, Error, Identity, Roots};
use seatable_io_proto::{QueryStatus, Server, TaskId, TaskStatus, Token};

const FINISHED: &[u8] =
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\n{\"is_finished\":true}";

/// Answers each request on a stream that `accept` creates from a connection, and sends its head to the receiver.
fn listen<S: Read + Write>(accept: impl Fn(TcpStream) -> S + Send + 'static) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (port, (sender, heads)) = (listener.local_addr().expect("an address").port(), channel());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (mut stream, mut head) = (BufReader::new(accept(stream)), String::new());
            while stream.read_line(&mut head).is_ok_and(|count| count > 2) {}
            let _ = stream.get_mut().write_all(FINISHED).and_then(|()| stream.get_mut().flush());
            let _ = sender.send(head);
        }
    });
    (port, heads)
}

/// Queries the status of a task with each adapter.
fn ask(url: &str, config: &Config) -> [Result<TaskStatus, Error>; 2] {
    let server = Server::new(url, Token::new("geheim").expect("a token")).expect("a server");
    let status = QueryStatus::new(TaskId::new("1").expect("an id"));
    let blocking = seatable_io_ureq::Client::new(config.clone()).expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let asynchronous = seatable_io_hyper::Client::new(config.clone()).expect("a client");
    [blocking.call(&status, &server), runtime.block_on(asynchronous.call(&status, &server))]
}

#[test]
fn a_header_of_the_configuration_replaces_that_of_the_request() {
    let (port, heads) = listen(|stream| stream);
    let config = Config::default().header(USER_AGENT, "nightly/1").expect("a header");
    for response in ask(&format!("http://127.0.0.1:{port}"), &config) {
        assert_eq!(response.expect("a response"), TaskStatus::Finished);
        let head = heads.recv().expect("a head").to_lowercase();
        assert_eq!(head.matches("user-agent").count(), 1, "{head}");
        assert!(head.contains("user-agent: nightly/1") && head.contains("authorization: token geheim"));
    }
}

#[test]
fn headers_of_the_client_itself_cannot_be_configured() {
    for header in [AUTHORIZATION, http::header::CONTENT_LENGTH, http::header::HOST] {
        assert!(matches!(Config::default().header(header, "1"), Err(Error::Config(_))));
    }
    assert!(matches!(Config::default().header(USER_AGENT, "a\r\nb"), Err(Error::Config(_))));
}

#[test]
fn a_client_certificate_is_sent_to_a_server_that_requests_one() {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let signed = |name: &str| {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("parameters");
        (params.signed_by(&key, &authority).expect("a certificate"), key)
    };
    let ((own, own_key), (client, client_key)) = (signed("127.0.0.1"), signed("client"));
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("a root");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&ring)).build();
    let server = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let server = server.expect("versions").with_client_cert_verifier(verifier.expect("a verifier"));
    let own_key = own_key.serialize_der().try_into().expect("a key");
    let server = Arc::new(server.with_single_cert(vec![own.der().clone()], own_key).expect("a certificate"));
    let (port, _heads) = listen(move |stream| {
        StreamOwned::new(ServerConnection::new(Arc::clone(&server)).expect("a connection"), stream)
    });

    let url = format!("https://127.0.0.1:{port}");
    let without = Config::default().roots(Roots::Pem(authority.pem().into_bytes()));
    assert!(ask(&url, &without).iter().all(Result::is_err));
    let identity = Identity::from_pem(client.pem() + &client_key.serialize_pem()).expect("an identity");
    assert_eq!(format!("{identity:?}"), "Identity { .. }");
    for response in ask(&url, &without.identity(identity)) {
        assert_eq!(response.expect("a response"), TaskStatus::Finished);
    }
}

#[test]
fn an_incomplete_client_certificate_is_refused() {
    let key = KeyPair::generate().expect("a key");
    for pem in [String::new(), key.serialize_pem(), "no pem".to_owned()] {
        assert!(matches!(Identity::from_pem(pem), Err(Error::Config(_))));
    }
}

#[test]
fn the_error_of_an_async_client_outside_a_runtime_names_the_reason() {
    let client = seatable_io_hyper::Client::new(Config::default()).expect("a client");
    let server = Server::new("http://127.0.0.1:1", Token::new("x").expect("a token")).expect("a server");
    let run = client.export(&server, 1, "stock").save_to(std::env::temp_dir().join("never.dtable")).run();
    let error = futures_util::FutureExt::now_or_never(run).expect("an end").expect_err("an error");
    assert!(error.to_string().contains("no tokio runtime"), "{error}");
}
