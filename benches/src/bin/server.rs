//! The cheapest server that all clients can use: it sends one file, and discards every upload.
//!
//! ```text
//! server FILE [CERTIFICATE KEY]
//! ```
//!
//! It prints its address. With a PEM certificate and its key, it uses https.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const BUFFER: usize = 1024 * 1024;
const STARTED: &str = r#"{"task_id":"1582970303923","table":{"id":87,"workspace_id":1,"uuid":"d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482","name":"speed"}}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, tls) = match arguments.as_slice() {
        [path] => (path, None),
        [path, certificate, key] => (path, Some(Arc::new(config(certificate, key)?))),
        _ => return Err("server FILE [CERTIFICATE KEY]".into()),
    };
    let file: Arc<[u8]> = std::fs::read(path)?.into();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("{scheme}://127.0.0.1:{}/", listener.local_addr()?.port());
    for stream in listener.incoming() {
        let (stream, file, tls) = (stream?, Arc::clone(&file), tls.clone());
        stream.set_nodelay(true)?;
        std::thread::spawn(move || {
            // An error means that the client has disconnected.
            let _ = match tls {
                Some(config) => secure(stream, config).and_then(|stream| serve(stream, &file)),
                None => serve(stream, &file),
            };
        });
    }
    Ok(())
}

fn config(certificate: &str, key: &str) -> Result<ServerConfig, Box<dyn Error>> {
    let certificates = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_no_client_auth().with_single_cert(certificates, PrivateKeyDer::from_pem_file(key)?)?)
}

fn secure(
    stream: TcpStream,
    config: Arc<ServerConfig>,
) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    Ok(StreamOwned::new(ServerConnection::new(config).map_err(io::Error::other)?, stream))
}

/// Answers the requests of one connection.
fn serve(stream: impl Read + Write, file: &[u8]) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(BUFFER, stream);
    while let Some(request) = read_head(&mut stream)? {
        let text = |text: &'static str| (200, text.as_bytes());
        let (status, body) = match request.path.as_str() {
            path if path.contains("/dtable-export-content/") => (200, file),
            path if path.contains("/dtable-io-status/") => text(r#"{"is_finished":true}"#),
            path if path.contains("/export-dtable/") && !path.contains("/synchronous-export/") => {
                text(STARTED)
            }
            path if path.contains("/import-dtable/") => text(STARTED),
            _ => (404, b"<html></html>".as_slice()),
        };
        if request.expects {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        skip(&mut stream, request.len)?;
        let content =
            if body.len() == file.len() { "application/x-zip-compressed" } else { "application/json" };
        let head = format!(
            "HTTP/1.1 {status} \r\nContent-Type: {content}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.get_mut().write_all(head.as_bytes())?;
        for piece in body.chunks(BUFFER) {
            stream.get_mut().write_all(piece)?;
        }
        stream.get_mut().flush()?;
    }
    Ok(())
}

fn skip(stream: &mut impl BufRead, mut rest: u64) -> io::Result<()> {
    while rest > 0 {
        let count = stream.fill_buf()?.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        stream.consume(count);
        rest -= count as u64;
    }
    Ok(())
}

#[derive(Default)]
struct Head {
    path: String,
    len: u64,
    expects: bool,
}

fn read_head(stream: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut head = Head::default();
    for number in 0.. {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().to_ascii_lowercase().split_once(": ") {
            _ if line.trim_end().is_empty() => break,
            _ if number == 0 => line.split(' ').nth(1).unwrap_or_default().clone_into(&mut head.path),
            Some(("content-length", len)) => head.len = len.parse().map_err(io::Error::other)?,
            Some(("expect", _)) => head.expects = true,
            _ => {}
        }
    }
    Ok(Some(head))
}
