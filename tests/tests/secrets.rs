//! No `Debug` or `Display` output, error chain or log line contains a token or a password, even if the server repeats them.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use proptest::prelude::*;
use seatable_io_proto::{BaseName, Endpoint, Password, Server, SynchronousExport, Token, describe};
use seatable_io_sandbox::{Fault, FaultKind, Generation, Sandbox, SandboxServer, sample_dtable};
use seatable_io_task::{Export, Failure, Operation, Policy, Step};

fn operation(url: &str, token: &str, password: &str) -> Operation {
    let server = Server::new(url, Token::new(token).expect("a token")).expect("a server");
    let export = Export::new(1, BaseName::new("stock").expect("a name"));
    let export = export.password(Password::new(password).expect("a password"));
    Operation::export(
        server,
        export,
        Policy::default().retries(1).backoff(std::time::Duration::ZERO..=std::time::Duration::ZERO),
        7,
    )
}

fn assert_hidden(text: &str, token: &str, password: &str) {
    for secret in [token, password.trim(), &encoded(password)] {
        let shown = text.lines().find(|line| line.contains(secret));
        assert_eq!(shown, None, "a secret shows: {secret}");
    }
}

const TOKENS: &str = "[!-~]{12,60}";
const PASSWORDS: &str = "[!-~é中][ -~é中]{10,58}[!-~é中]";

/// A message of a server that repeats the secrets.
fn echo(token: &str, password: &str) -> String {
    format!("No {token} with {password}: /x/?password={}.", encoded(password))
}

/// Returns the password as it is encoded in a URL.
fn encoded(password: &str) -> String {
    let server = Server::new("https://seatable.example/", Token::new("t").unwrap()).unwrap();
    let address = call(password).request(&server).uri().to_string();
    address.rsplit_once("password=").expect("a password").1.to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_can_be_shown_shows_a_secret(token in TOKENS, password in PASSWORDS) {
        let mut operation = operation("https://seatable.example/", &token, &password);
        let mut shown = String::new();
        for why in [Failure::NotSent, Failure::Interrupted, Failure::TimedOut, Failure::Untrusted] {
            write!(shown, "{operation:?} {:?}", operation.progress()).unwrap();
            let step = operation.step(Duration::MAX / 2);
            write!(shown, "{step:?}").unwrap();
            let Step::Send(exchange) = step else { break };
            let request = exchange.request();
            write!(shown, "{} {:?} {:?}", describe(request), request.headers(), request.body()).unwrap();
            write!(shown, "{exchange:?} {:?}", exchange.progress()).unwrap();
            operation = exchange.failed(why, Duration::ZERO);
        }
        assert_hidden(&shown, &token, &password);
    }

    #[test]
    fn secrets_that_a_server_repeats_are_not_shown(token in TOKENS, password in PASSWORDS, status in 300..600_u16) {
        let operation = operation("https://seatable.example/", &token, &password);
        let words = serde_json::json!({ "error_msg": echo(&token, &password) }).to_string();
        let head = http::Response::builder().status(status).header("x-echo", &token);
        let Step::Send(mut exchange) = operation.step(Duration::ZERO) else { panic!("no request") };
        let _ = exchange.head(&head.body(()).unwrap().into_parts().0);
        let _ = exchange.chunk(words.as_bytes());
        let mut shown = format!("{exchange:?}");
        let operation = exchange.finished(Duration::ZERO);
        write!(shown, "{operation:?} {:?}", operation.progress()).unwrap();
        write!(shown, "{:?}", operation.step(Duration::ZERO)).unwrap();
        prop_assert!(shown.contains("No *** with ***: /x/?password=***."), "{shown}");
        assert_hidden(&shown, &token, &password);
    }
}

static LOG: Mutex<String> = Mutex::new(String::new());

/// Keeps all log lines, at any level.
struct Keep;

impl log::Log for Keep {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        writeln!(LOG.lock().unwrap(), "{} {}", record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

fn sandbox(fault: &Fault, token: &str, password: &str) -> SandboxServer {
    let sandbox = Sandbox::new(Generation::Current).with_token(token);
    let sandbox = sandbox.with_protected_base(1, "stock", sample_dtable(500), password);
    SandboxServer::start(sandbox.with_fault(fault.clone())).expect("a sandbox")
}

fn chain(error: &dyn Error) -> String {
    let mut text = format!("{error:?} {error}");
    let mut next = error.source();
    while let Some(error) = next {
        write!(text, " {error:?} {error}").unwrap();
        next = error.source();
    }
    text
}

fn through_ureq(fault: &Fault, token: &str, password: &str) -> String {
    use seatable_io_ureq::{Client, Config, WriterSink};
    let sandbox = sandbox(fault, token, password);
    let (mut shown, mut sink) = (String::new(), WriterSink::new(Vec::new()));
    let client = Client::new(Config::default()).unwrap();
    let operation = operation(&sandbox.url(), token, password);
    let end = client
        .run(operation)
        .sink(&mut sink)
        .watch(|event| {
            write!(shown, "{event:?}").unwrap();
        })
        .run();
    shown += &chain(&end.unwrap_err());
    let server = Server::new(&sandbox.url(), Token::new(token).unwrap()).unwrap();
    sandbox.with(|sandbox, _| sandbox.add_fault(fault.clone()));
    shown + &client.call(&call(password), &server).err().map(|error| chain(&error)).unwrap_or_default()
}

async fn through_hyper(fault: &Fault, token: &str, password: &str) -> String {
    use seatable_io_hyper::{Client, Config, Event, WriterSink};
    let sandbox = sandbox(fault, token, password);
    let (mut shown, sink) = (String::new(), WriterSink::new(Vec::new()));
    let client = Client::new(Config::default()).unwrap();
    let operation = operation(&sandbox.url(), token, password);
    let watch = |event: Event| write!(shown, "{event:?}").unwrap();
    let end = client.run(operation).sink(sink).watch(watch).run().await;
    shown += &chain(&end.unwrap_err());
    let server = Server::new(&sandbox.url(), Token::new(token).unwrap()).unwrap();
    sandbox.with(|sandbox, _| sandbox.add_fault(fault.clone()));
    shown + &client.call(&call(password), &server).await.err().map(|error| chain(&error)).unwrap_or_default()
}

fn call(password: &str) -> SynchronousExport {
    SynchronousExport::new(1, BaseName::new("stock").unwrap()).password(Password::new(password).unwrap())
}

const FAULTS: [&str; 5] = ["any:lost*9", "any:401", "any:redirect", "any:login*9", "any:huge*9"];

#[test]
fn neither_adapter_logs_or_reports_a_secret() {
    log::set_logger(&Keep).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { failure_persistence: None, cases: 16, ..ProptestConfig::default() };
    proptest!(config, |(token in TOKENS, password in PASSWORDS)| {
        let through_both = |fault: &Fault| {
            let shown = through_ureq(fault, &token, &password);
            let shown = shown + &runtime.block_on(through_hyper(fault, &token, &password));
            assert_hidden(&shown, &token, &password);
            (shown, std::mem::take(&mut *LOG.lock().unwrap()))
        };
        for fault in FAULTS {
            let (shown, log) = through_both(&fault.parse().unwrap());
            assert!(shown.len() > 400 && !log.is_empty());
            assert_hidden(&log, &token, &password);
        }
        let repeats = Fault::any(FaultKind::Fail { message: echo(&token, &password) });
        let (shown, log) = through_both(&repeats);
        prop_assert_eq!(shown.matches(": No *** with ***: /x/?password=***").count(), 4);
        // At level trace, ureq logs the bytes of the server unchanged; the documentation of the adapter says so.
        let lines = log.lines().filter(|line| !line.starts_with("ureq_proto::util "));
        assert_hidden(&lines.collect::<String>(), &token, &password);
    });
}
