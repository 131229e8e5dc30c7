//! Responses that no sandbox gives: interim heads, a change of protocol, no end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::USER_AGENT;
use seatable_io_hyper::proto::{QueryStatus, Server, TaskId, TaskStatus};
use seatable_io_hyper::task::Outcome;
use seatable_io_hyper::{Client, Config, Error, Proxies, StreamSource};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::common::{FINISHED, file, import_operation, read_head, server};

const INTERIM: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n\
    HTTP/1.1 102 Processing\r\nServer: x\r\n\r\n\
    HTTP/1.1 100 Continue\r\nVia: 1.1 a\r\nDate: Tue, 24 Nov 2026 14:00:00 GMT\r\n\r\n";

/// More bytes than the sockets can buffer between the two ends: a response is cut at 64 KiB.
const MOST: usize = 24 * 1024 * 1024;

fn direct() -> Client {
    Client::new(Config::default().proxies(Proxies::None)).unwrap()
}

/// Starts a server that serves each connection with this function.
async fn serving<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream));
        }
    });
    server(&format!("http://{address}"), "0123")
}

async fn status(server: &Server) -> Result<TaskStatus, Error> {
    direct().call(&QueryStatus::new(TaskId::new("1").unwrap()), server).await
}

#[tokio::test]
async fn interim_responses_are_skipped_byte_by_byte() {
    let server = serving(|mut stream| async move {
        read_head(&mut stream).await;
        for byte in [INTERIM, FINISHED].concat() {
            stream.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(status(&server).await.unwrap(), TaskStatus::Finished);
}

#[tokio::test]
async fn an_upload_continues_after_interim_responses() {
    let server = serving(|mut stream| async move {
        let mut received = Vec::new();
        while !received.windows(4).any(|end| end == b"\r\n\r\n") {
            stream.read_buf(&mut received).await.unwrap();
        }
        stream.write_all(INTERIM).await.unwrap();
        let mut response = r#"{"is_finished":true}"#;
        if received.starts_with(b"POST") {
            while !received.ends_with(b"--\r\n") {
                stream.read_buf(&mut received).await.unwrap();
            }
            response = r#"{"task_id":"7","table":{"uuid":"u-1","name":"new","id":1,"workspace_id":1}}"#;
        }
        let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{response}", response.len());
        stream.write_all(response.as_bytes()).await.unwrap();
        read_head(&mut stream).await;
    })
    .await;
    let imported = direct().run(import_operation(&server, 3000)).source(file(3000)).run().await;
    assert!(matches!(imported, Ok(Outcome::Imported(_))), "{imported:?}");
}

#[tokio::test]
async fn a_header_of_the_configuration_is_also_sent_with_a_file() {
    let (sender, mut heads) = tokio::sync::mpsc::unbounded_channel();
    let server = serving(move |mut stream| {
        let sender = sender.clone();
        async move {
            sender.send(read_head(&mut stream).await).unwrap();
            stream.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let config = Config::default().proxies(Proxies::None).header(USER_AGENT, "nightly/1").unwrap();
    // The file waits for the response.
    let source = StreamSource(futures_util::stream::pending);
    Client::new(config).unwrap().run(import_operation(&server, 9)).source(source).run().await.unwrap_err();
    let head = heads.recv().await.unwrap();
    assert!(head.starts_with("POST ") && head.contains("\r\nuser-agent: nightly/1\r\n"), "{head}");
}

#[tokio::test]
async fn a_change_of_protocol_is_a_final_response() {
    let server = serving(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n").await.unwrap();
        read_head(&mut stream).await;
    })
    .await;
    let error = status(&server).await.unwrap_err();
    assert!(matches!(&error, Error::Reply(error) if error.status() == 101), "{error:?}");
}

#[tokio::test]
async fn an_endless_response_is_cut() {
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nServer: ",
        "HTTP/1.1 103 Early Hints\r\nLink: ",
    ] {
        let (sent, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Notify::new()));
        let (count, end) = (sent.clone(), ended.clone());
        let server = serving(move |mut stream| {
            let (count, end) = (count.clone(), end.clone());
            async move {
                read_head(&mut stream).await;
                stream.write_all(head.as_bytes()).await.unwrap();
                let piece = vec![b'x'; 64 * 1024];
                while count.load(Ordering::Relaxed) < 2 * MOST && stream.write_all(&piece).await.is_ok() {
                    count.fetch_add(piece.len(), Ordering::Relaxed);
                }
                end.notify_one();
            }
        })
        .await;
        assert!(status(&server).await.is_err());
        ended.notified().await;
        assert!(sent.load(Ordering::Relaxed) < MOST, "{head}");
    }
}

#[tokio::test]
async fn an_invalid_response_is_explained_in_plain_words() {
    let endless = "HTTP/1.1 200 OK\r\nServer: ".to_owned() + &"x".repeat(1 << 20);
    for (response, words) in [
        ("220 mail.example.com ESMTP\r\n\r\n", "the response is not valid HTTP"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "the connection was closed too early"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "the connection broke"),
        (&endless, "the response is not valid HTTP"),
    ] {
        let response = response.to_owned();
        let server = serving(move |mut stream| {
            let response = response.clone();
            async move {
                read_head(&mut stream).await;
                let _ = stream.write_all(response.as_bytes()).await;
            }
        })
        .await;
        assert_eq!(status(&server).await.unwrap_err().to_string(), words);
    }
}
