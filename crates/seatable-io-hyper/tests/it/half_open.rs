//! Responses of a server that then resets the connection, over connections that are `HalfOpen`.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use seatable_io_hyper::task::ErrorKind;
use seatable_io_hyper::*;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceBuilder;

use crate::common::*;

const LEN: usize = 40_000_000;

/// Closes the connection with a reset.
fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// Answers 413 as soon as it has read the head of a request, and resets the connection.
async fn rejecting(tls: Option<TlsAcceptor>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // A reset discards bytes that wait for an acknowledgement.
            stream.set_nodelay(true).unwrap();
            if let Some(tls) = &tls {
                let mut stream = tls.accept(stream).await.unwrap();
                reject(&mut stream).await;
                reset(stream.into_inner().0);
            } else {
                reject(&mut stream).await;
                reset(stream);
            }
        }
    });
    address
}

async fn reject(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    read_head(stream).await;
    let response = b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(response).await.unwrap();
    stream.flush().await.unwrap();
}

async fn is_always_rejected(client: &Client, server: &Server) {
    let whole = Bytes::from(vec![0; LEN]);
    for round in 0..30 {
        let operation = import_operation(server, LEN as u64);
        let error = operation_error(client.run(operation).source(whole.clone()).run().await);
        assert_eq!(error.kind(), ErrorKind::Rejected, "round {round}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_413_before_a_reset_is_a_rejection_over_a_tower_stack() {
    let connector = ServiceBuilder::new().map_response(HalfOpen::new).service(HttpConnector::new());
    let pool = legacy::Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build(connector);
    let client = Client::with_transport(Hyper::new(pool, TokioTimer::new()));
    let server = server(&format!("http://{}", rejecting(None).await), "0123");
    is_always_rejected(&client, &server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_413_before_a_reset_is_a_rejection_with_tls() {
    let (tls, pem) = tls("localhost");
    let client = Client::new(Config::default().roots(Roots::Pem(pem))).unwrap();
    let port = rejecting(Some(tls)).await.port();
    is_always_rejected(&client, &server(&format!("https://localhost:{port}"), "0123")).await;
}
