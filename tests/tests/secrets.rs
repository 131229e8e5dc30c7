//! No token and no password in any `Debug`, `Display`, error chain or log line, whatever they are.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Instant;

use proptest::prelude::*;
use seatable_io_proto::{BaseName, Password, Server, Token, describe};
use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
use seatable_io_task::{Export, Failure, Policy, Step, Task};

fn task(url: &str, token: &str, password: &str) -> Task {
    let server = Server::new(url, Token::new(token).expect("a token")).expect("a server");
    let export = Export::new(1, BaseName::new("stock").expect("a name"));
    let export = export.password(Password::new(password).expect("a password"));
    Task::export(
        server,
        export,
        Policy {
            repeats: 1,
            backoff: std::time::Duration::ZERO..=std::time::Duration::ZERO,
            ..Policy::default()
        },
        Instant::now(),
    )
}

fn assert_hidden(text: &str, secrets: [&str; 2]) {
    for secret in secrets {
        assert!(!text.contains(secret), "a secret shows in {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_can_be_shown_shows_a_secret(token in "[!-~]{12,60}", password in "[ -~é中]{12,60}") {
        let mut task = task("https://seatable.example/", &token, &password);
        let now = Instant::now();
        let mut shown = format!("{task:?}");
        for why in [Failure::NotSent, Failure::Interrupted, Failure::TimedOut, Failure::Untrusted] {
            if let Step::Send(request) = task.step(now) {
                write!(shown, "{} {:?} {:?}", describe(&request), request.headers(), request.body()).unwrap();
                write!(shown, "{:?}", task.step(now)).unwrap();
            }
            task.failed(why, now);
            write!(shown, "{:?} {task:?}", task.progress()).unwrap();
            if let Step::Done(end) = task.step(now) {
                write!(shown, "{end:?}{}", end.as_ref().err().map(ToString::to_string).unwrap_or_default()).unwrap();
            }
        }
        assert_hidden(&shown, [&token, &password]);
        let encoded: String = url::form_urlencoded::byte_serialize(password.as_bytes()).collect();
        prop_assert!(!shown.contains(&encoded));
    }
}

static LOG: Mutex<String> = Mutex::new(String::new());

/// Keeps all that anybody logs, at any level.
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

const TOKEN: &str = "t0ken-that-nobody-sees";
const PASSWORD: &str = "p4ssword-that-nobody-sees";

fn sandbox(fault: &str) -> SandboxServer {
    let sandbox = Sandbox::new(Generation::Current).with_token(TOKEN);
    let sandbox = sandbox.with_protected_base(1, "stock", sample_dtable(500), PASSWORD);
    SandboxServer::start(sandbox.with_fault(fault.parse().expect("a fault"))).expect("a sandbox")
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

const FAULTS: [&str; 5] = ["any:lost*9", "any:401", "any:redirect", "any:login*9", "any:huge*9"];

#[test]
fn neither_adapter_logs_or_reports_a_secret() {
    log::set_logger(&Keep).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut shown = String::new();
    for fault in FAULTS {
        let (left, right) = (sandbox(fault), sandbox(fault));
        let blocking = seatable_io_ureq::Client::new(seatable_io_ureq::Config::default()).unwrap();
        let mut sink = seatable_io_ureq::WriterSink::new(Vec::new());
        let files = seatable_io_ureq::Files::none().save_to(&mut sink);
        let end = blocking.run(task(&left.url(), TOKEN, PASSWORD), files, &mut |event| match event {
            seatable_io_ureq::Event::Asking(_) => {}
            event => write!(shown, "{event:?}").unwrap(),
        });
        shown += &chain(&end.unwrap_err());
        let end = runtime.block_on(async {
            let client = seatable_io_hyper::Client::new(seatable_io_hyper::Config::default()).unwrap();
            let files =
                seatable_io_hyper::Files::none().save_to(seatable_io_hyper::WriterSink::new(Vec::new()));
            client.run(task(&right.url(), TOKEN, PASSWORD), files, |_| ()).await
        });
        shown += &chain(&end.unwrap_err());
    }
    assert!(shown.len() > 1000);
    assert_hidden(&shown, [TOKEN, PASSWORD]);
    let log = LOG.lock().unwrap();
    assert!(!log.is_empty());
    assert_hidden(&log, [TOKEN, PASSWORD]);
}
