use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use seatable_io_ureq::proto::TaskStatus;
use seatable_io_ureq::task::{ErrorKind, Failure};
use seatable_io_ureq::{Client, Error, ProxyRules, Roots};

use crate::support::*;

/// A TLS server and the authority behind its certificate.
struct Secure {
    url: String,
    authority: String,
}

/// Starts a server that reports a finished task to every request.
fn secure(host: &str) -> Secure {
    secure_peer(host, |line| line.say(json("200 OK", FINISHED)))
}

fn secure_peer(host: &str, serve: impl Fn(&mut TlsLine) + Send + 'static) -> Secure {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    Secure { url: listen(&leaf, &key, serve), authority: authority.pem() }
}

/// Starts a server that signs its own certificate.
fn self_signed(is_ca: IsCa) -> Secure {
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = is_ca;
    let key = KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    Secure { url: listen(&own, &key, |line| line.say(json("200 OK", FINISHED))), authority: own.pem() }
}

/// Starts a server that lets `serve` answer the first request of each connection.
fn listen(own: &Certificate, key: &KeyPair, serve: impl Fn(&mut TlsLine) + Send + 'static) -> String {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![own.der().clone()], key).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let (mut stream, mut head) = (BufReader::new(StreamOwned::new(tls, stream)), String::new());
            while stream.read_line(&mut head).is_ok_and(|count| count > 2) {}
            serve(&mut TlsLine { stream, head });
        }
    });
    url
}

/// The server's end of a connection, after the head of a request.
struct TlsLine {
    stream: BufReader<StreamOwned<ServerConnection, TcpStream>>,
    head: String,
}

impl TlsLine {
    fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let stream = self.stream.get_mut();
        let _ = stream.write_all(bytes.as_ref()).and_then(|()| stream.flush());
    }

    fn hear(&mut self, count: usize) {
        let _ = self.stream.read_exact(&mut vec![0; count]);
    }
}

fn failure(result: Result<TaskStatus, Error>) -> Failure {
    match result {
        Err(Error::Transport(error)) => error.failure(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_authority_of_the_caller_is_trusted() {
    let secure = secure("127.0.0.1");
    assert_eq!(status(&trusting(&secure.authority), &secure.url).unwrap(), TaskStatus::Finished);
}

#[test]
fn an_unknown_authority_ends_the_operation_at_once() {
    let secure = secure("127.0.0.1");
    let mut asked = 0;
    let result = client()
        .run(export_of(&secure.url, quick()))
        .watch(|event| {
            asked += usize::from(matches!(event, seatable_io_ureq::Event::Requesting { .. }));
        })
        .run();
    let error = result.unwrap_err();
    assert_eq!((error.operation().unwrap().kind(), asked), (ErrorKind::Untrusted, 1));
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[test]
fn an_authority_of_the_caller_replaces_all_others() {
    let (one, other) = (secure("127.0.0.1"), secure("127.0.0.1"));
    assert_eq!(failure(status(&trusting(&other.authority), &one.url)), Failure::Untrusted);
}

#[test]
fn a_certificate_for_another_host_is_not_trusted() {
    let secure = secure("elsewhere.invalid");
    assert_eq!(failure(status(&trusting(&secure.authority), &secure.url)), Failure::Untrusted);
}

#[test]
fn a_server_behind_a_tunnel_gets_the_token_and_not_the_credentials_for_the_proxy() {
    let (sender, heads) = mpsc::channel();
    let secure = secure_peer("seatable.example", move |line| {
        sender.send(line.head.clone()).unwrap();
        line.say(json("200 OK", FINISHED));
    });
    let address = secure.url.replace("https://", "");
    let proxy = Peer::start(move |mut line| {
        line.head();
        line.say("HTTP/1.1 200 OK\r\n\r\n");
        line.pass_on_to(TcpStream::connect(&address).unwrap());
    });
    let rules = ProxyRules::all(&proxy.url.replace("http://", "http://a:b@")).unwrap();
    let roots = Roots::Pem(secure.authority.into_bytes());
    let client = Client::new(config().proxies(rules).roots(roots)).unwrap();
    assert_eq!(status(&client, "https://seatable.example").unwrap(), TaskStatus::Finished);
    let head = heads.recv().unwrap();
    assert!(head.starts_with("GET /api/") && head.contains(TOKEN) && !head.contains("proxy-"), "{head}");
}

#[test]
fn a_handshake_that_fails_for_another_reason_is_not_sent() {
    let plain = Peer::saying("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    let silent = Peer::start(drop);
    for peer in [plain, silent] {
        assert_eq!(failure(status(&client(), &peer.url.replace("http:", "https:"))), Failure::NotSent);
    }
}

#[test]
fn a_pem_text_without_a_usable_certificate_is_refused() {
    let garbage = "-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n";
    for pem in ["", "no pem", garbage] {
        let config = config().roots(Roots::Pem(pem.into()));
        assert!(matches!(Client::new(config), Err(Error::Config(_))), "{pem:?}");
    }
}

#[test]
fn a_413_during_an_upload_is_also_received_over_tls() {
    let secure = secure_peer("127.0.0.1", |line| {
        line.say(CONTINUE);
        line.hear(100_000);
        line.say("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    for _ in 0..5 {
        let operation = import_of(&secure.url, 8 << 20, quick());
        let file = vec![0; 8 << 20];
        let error = trusting(&secure.authority).run(operation).source(&*file).run().unwrap_err();
        assert_eq!(error.operation().unwrap().status().unwrap_or_default(), 413, "{error:?}");
    }
}

#[test]
fn a_certificate_that_a_server_signed_itself_can_be_trusted() {
    let secure = self_signed(IsCa::NoCa);
    assert_eq!(status(&trusting(&secure.authority), &secure.url).unwrap(), TaskStatus::Finished);
}

#[test]
fn a_certificate_of_an_authority_cannot_be_that_of_a_server() {
    let secure = self_signed(IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(failure(status(&trusting(&secure.authority), &secure.url)), Failure::Untrusted);
}

#[cfg(not(feature = "platform-verifier"))]
#[test]
fn the_authorities_of_the_platform_need_a_feature() {
    assert!(matches!(Client::new(config().roots(Roots::Platform)), Err(Error::Config(_))));
}

/// Windows and macOS do not read `SSL_CERT_FILE`.
#[cfg(all(feature = "platform-verifier", target_os = "linux"))]
#[test]
fn the_authorities_of_the_platform_are_used() {
    let (secure, file) = (secure("127.0.0.1"), tempfile::NamedTempFile::new().unwrap());
    std::fs::write(file.path(), &secure.authority).unwrap();
    let probe = ["--exact", "tls::probe", "--ignored", "--nocapture"];
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let output =
        command.args(probe).env("SSL_CERT_FILE", file.path()).env("URL", &secure.url).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("Ok(Finished)"));
}

#[cfg(feature = "platform-verifier")]
#[test]
#[ignore = "another test runs it in a process with its own authorities"]
fn probe() {
    let client = Client::new(config().roots(Roots::Platform)).unwrap();
    println!("{:?}", status(&client, &std::env::var("URL").unwrap()));
}
