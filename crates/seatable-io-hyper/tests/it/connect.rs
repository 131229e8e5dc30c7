//! Connections to the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use seatable_io_hyper::proto::{QueryStatus, Server, TaskId};
use seatable_io_hyper::task::{ErrorKind, Failure};
use seatable_io_hyper::*;
use seatable_io_sandbox::{Generation, Sandbox, SharedSandbox, serve_connection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::common::*;

fn status() -> QueryStatus {
    QueryStatus::new(TaskId::new("1").unwrap())
}

/// Returns the failure of a call to this server.
async fn failure(client: &Client, server: &Server) -> TransportError {
    match client.call(&status(), server).await {
        Err(Error::Transport(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn trusting(roots: Roots) -> Client {
    Client::new(Config::default().roots(roots).connect_timeout(Duration::from_millis(300))).unwrap()
}

/// A sandbox behind TLS for `localhost`, and its certificate as PEM.
async fn behind_tls() -> (SocketAddr, Vec<u8>) {
    let ((acceptor, pem), listener) = (tls("localhost"), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = listener.local_addr().unwrap();
    let shared = SharedSandbox::new(Sandbox::new(Generation::Current).with_base(1, "projects", file(1000)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve_connection(stream, shared.clone()));
            }
        }
    });
    (address, pem)
}

#[tokio::test]
async fn a_request_is_not_sent_if_the_server_refuses_is_unknown_or_lacks_tls() {
    let (plain, client) = (scene(), trusting(Roots::Bundled));
    for (url, words) in [
        (format!("http://{}", free_address()), "Connection refused"),
        ("http://no-such-host.invalid".to_owned(), "the host name could not be looked up"),
        (format!("https://{}", plain.sandbox.address()), "the server did not answer with TLS"),
    ] {
        let error = failure(&client, &server(&url, "0123")).await;
        assert_eq!((error.failure(), error.to_string().as_str()), (Failure::NotSent, words), "{url}");
    }
}

#[tokio::test]
async fn a_request_is_not_sent_to_a_server_that_never_finishes_the_handshake() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let error = failure(&trusting(Roots::Bundled), &server(&url, "0123")).await;
    assert_eq!(error.failure(), Failure::NotSent);
    assert_eq!(error.to_string(), "connecting to the server took too long");
}

#[tokio::test]
async fn a_certificate_is_trusted_only_with_its_authority_and_for_its_host() {
    let (address, pem) = behind_tls().await;
    let (own, bundled) = (trusting(Roots::Pem(pem)), trusting(Roots::Bundled));
    let at = |host: &str| {
        server(&format!("https://{host}:{}", address.port()), Sandbox::new(Generation::Current).token())
    };
    assert!(matches!(own.call(&status(), &at("localhost")).await, Err(Error::Reply(_))));
    for (client, host, words) in [
        (&bundled, "localhost", "the issuer of the server's certificate is not trusted"),
        (&own, "127.0.0.1", "the server's certificate is for another host"),
    ] {
        let error = failure(client, &at(host)).await;
        assert_eq!((error.failure(), error.to_string().as_str()), (Failure::Untrusted, words));
    }
    let error = operation_error(bundled.run(export_operation(&at("localhost"))).run().await);
    assert_eq!(error.kind(), ErrorKind::Untrusted);
}

#[tokio::test]
async fn an_export_goes_through_tls() {
    let (address, pem) = behind_tls().await;
    let token = Sandbox::new(Generation::Current).token().to_owned();
    let server = server(&format!("https://localhost:{}", address.port()), &token);
    let memory = Memory::default();
    trusting(Roots::Pem(pem)).run(export_operation(&server)).sink(memory.clone()).run().await.unwrap();
    assert_eq!(memory.content(), file(1000));
}

#[tokio::test]
async fn a_server_behind_a_tunnel_gets_the_token_and_not_the_credentials_for_the_proxy() {
    let (acceptor, pem) = tls("seatable.example");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rules = ProxyRules::all(&format!("http://a:b@{}", listener.local_addr().unwrap())).unwrap();
    let served = tokio::spawn(async move {
        let (mut proxy, _) = listener.accept().await.unwrap();
        read_head(&mut proxy).await;
        proxy.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut server = acceptor.accept(proxy).await.unwrap();
        let head = read_head(&mut server).await;
        server.write_all(FINISHED).await.unwrap();
        head
    });
    let client = Client::new(Config::default().roots(Roots::Pem(pem)).proxies(rules)).unwrap();
    client.call(&status(), &server("https://seatable.example", "0123")).await.unwrap();
    let head = served.await.unwrap();
    assert!(head.contains("\r\nauthorization: Token 0123\r\n") && !head.contains("proxy-"), "{head}");
}

#[test]
fn a_pem_text_without_a_usable_certificate_is_refused() {
    for pem in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let config = Config::default().roots(Roots::Pem(pem.into()));
        assert!(matches!(Client::new(config), Err(Error::Config(_))), "{pem}");
    }
}

#[cfg(not(feature = "platform-verifier"))]
#[test]
fn the_authorities_of_the_platform_need_a_feature() {
    let config = Config::default().roots(Roots::Platform);
    assert!(matches!(Client::new(config), Err(Error::Config(_))));
}

/// Windows and macOS do not read `SSL_CERT_FILE`.
#[cfg(all(feature = "platform-verifier", target_os = "linux"))]
#[tokio::test]
async fn the_authorities_of_the_platform_are_used() {
    let ((address, pem), file) = (behind_tls().await, tempfile::NamedTempFile::new().unwrap());
    std::fs::write(file.path(), pem).unwrap();
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "connect::probe", "--ignored", "--nocapture"]).env("SSL_CERT_FILE", file.path());
    command.env("URL", format!("https://localhost:{}", address.port()));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("Err(Reply("));
}

#[cfg(feature = "platform-verifier")]
#[tokio::test]
#[ignore = "another test runs it in a process with its own authorities"]
async fn probe() {
    let server = server(&std::env::var("URL").unwrap(), Sandbox::new(Generation::Current).token());
    println!("{:?}", trusting(Roots::Platform).call(&status(), &server).await);
}

#[tokio::test]
async fn an_error_shows_neither_url_nor_token() {
    let error =
        failure(&trusting(Roots::Bundled), &server(&format!("http://{}/prefix", free_address()), "geheim"))
            .await;
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("Connection refused") && !shown.contains("geheim") && !shown.contains("prefix"),
        "{shown}"
    );
}

/// Answers a number of requests on each connection, reads one more, and closes it; counts the connections.
async fn closing_after(answers: usize) -> (Server, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server(&format!("http://{}", listener.local_addr().unwrap()), "0123");
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, SeqCst);
            tokio::spawn(async move {
                for _ in 0..answers {
                    read_head(&mut stream).await;
                    stream.write_all(FINISHED).await.unwrap();
                }
                read_head(&mut stream).await;
            });
        }
    });
    (server, connections)
}

#[tokio::test]
async fn connections_are_reused_and_a_request_on_one_that_breaks_does_not_count_as_unsent() {
    let (server, connections) = closing_after(3).await;
    let client = trusting(Roots::Bundled);
    for _ in 0..3 {
        client.call(&status(), &server).await.unwrap();
    }
    let error = failure(&client, &server).await;
    assert_eq!((error.failure(), connections.load(SeqCst)), (Failure::Interrupted, 1));
    assert_eq!(error.to_string(), "the connection was closed too early");
    client.call(&status(), &server).await.unwrap();
}

/// Keeps each connection, and rejects imports, the first one with 429; counts the connections.
async fn keeping() -> (Server, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server(&format!("http://{}", listener.local_addr().unwrap()), "0123");
    let connections = Arc::new(AtomicUsize::new(0));
    let (counter, imports) = (connections.clone(), Arc::new(AtomicUsize::new(0)));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, SeqCst);
            let imports = imports.clone();
            tokio::spawn(async move {
                let mut received = Vec::new();
                while stream.read_buf(&mut received).await.is_ok_and(|count| count > 0) {
                    let is_import = received.starts_with(b"POST");
                    if received.ends_with(if is_import { b"--\r\n" } else { b"\r\n\r\n" }) {
                        received.clear();
                        let response = match (is_import, is_import && imports.fetch_add(1, SeqCst) == 0) {
                            (false, _) => FINISHED,
                            (_, true) => b"HTTP/1.1 429 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
                            (_, false) => b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n",
                        };
                        stream.write_all(response).await.unwrap();
                    }
                }
            });
        }
    });
    (server, connections)
}

#[tokio::test]
async fn an_import_is_never_sent_over_a_kept_connection() {
    let ((server, connections), client) = (keeping().await, trusting(Roots::Bundled));
    client.call(&status(), &server).await.unwrap();
    let error = operation_error(client.run(import_operation(&server, 1000)).source(file(1000)).run().await);
    assert_eq!((error.kind(), connections.load(SeqCst)), (ErrorKind::Rejected, 3));
    client.call(&status(), &server).await.unwrap();
    assert_eq!(connections.load(SeqCst), 3);
}

/// The server closes each connection right after its response, without announcing it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_died_in_the_pool_is_replaced_or_its_request_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server(&format!("http://{}", listener.local_addr().unwrap()), "0123");
    let received = Arc::new(AtomicUsize::new(0));
    let counter = received.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            counter.fetch_add(1, SeqCst);
            stream.write_all(FINISHED).await.unwrap();
        }
    });
    let client = trusting(Roots::Bundled);
    for _ in 0..300 {
        let before = received.load(SeqCst);
        match client.call(&status(), &server).await {
            Ok(_) => {}
            Err(Error::Transport(error)) if error.failure() == Failure::NotSent => {
                assert_eq!(received.load(SeqCst), before);
            }
            Err(Error::Transport(error)) => assert_eq!(error.failure(), Failure::Interrupted),
            Err(error) => panic!("{error}"),
        }
    }
}
