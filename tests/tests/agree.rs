//! Both adapters, one list of scenarios, each generation: the same ends, the same requests in the same order, the
//! same bytes, through real sockets.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use seatable_io_proto::{BaseName, FileName, Format, Server, Token};
use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, Sandbox, SandboxServer, sample_dtable};
use seatable_io_task::{Export, Import, Operation, OperationError, Outcome, Policy};

const SIZE: usize = 300_000;

/// What is asked for, and what goes wrong on the way.
const SCENARIOS: [(&str, &[&str]); 66] = [
    ("import", &[]),
    ("import", &["import:lost"]),
    ("import", &["import:refused"]),
    ("import", &["import:upload-cut@100000"]),
    ("import", &["import:429@0*2"]),
    ("import", &["import:503-retry@0"]),
    ("import", &["import:500"]),
    ("import", &["import:500-acted"]),
    ("import", &["import:500-html"]),
    ("import", &["import:502-acted"]),
    ("import", &["import:503"]),
    ("import", &["import:503-acted"]),
    ("import", &["import:504-acted"]),
    ("import", &["import:413"]),
    ("import", &["import:401"]),
    ("import", &["import:login"]),
    ("import", &["import:redirect"]),
    ("import", &["import:empty"]),
    ("import", &["import:huge@3000000"]),
    ("import", &["import:cut@10"]),
    ("import", &["status:lost"]),
    ("import", &["status:502-acted"]),
    ("import", &["status:502*3", "status:odd-finished+3"]),
    ("import", &["import:fail@too%20big"]),
    ("import", &["import:fail"]),
    ("import", &["import:fail-413@too%20large"]),
    ("import", &["import:slow@50"]),
    ("import", &["status:empty-object"]),
    ("import", &["import:403-html"]),
    ("import", &["import:403-credentials"]),
    ("import", &["import:forget"]),
    ("import", &["status:restart"]),
    ("import", &["import:retry-header@3600", "status:retry-header@3600"]),
    ("csv", &[]),
    ("csv", &["table-probe:lost", "table-probe:502"]),
    ("csv", &["table-probe:html"]),
    ("csv", &["synchronous-import:lost"]),
    ("csv", &["synchronous-import:504-acted"]),
    ("csv", &["synchronous-import:429@0"]),
    ("xlsx", &[]),
    ("xlsx", &["table-probe:403"]),
    ("export", &[]),
    ("export", &["export:queue-full*2"]),
    ("export", &["export:lost", "synchronous-export:lost"]),
    ("export", &["status:lost"]),
    ("export", &["status:silent"]),
    ("export", &["content:cut@1000", "synchronous-export:cut@1000"]),
    ("export", &["content:cut-chunked@1000", "synchronous-export:cut-chunked@1000"]),
    ("export", &["content:truncated", "synchronous-export:truncated"]),
    ("export", &["content:chunked", "synchronous-export:chunked"]),
    ("export", &["content:html", "synchronous-export:html"]),
    ("export", &["content:login*9", "synchronous-export:login*9"]),
    ("export", &["content:lost*9", "synchronous-export:504*9"]),
    ("export", &["any:429-empty", "any:429-date@1+1"]),
    ("export", &["any:403"]),
    ("export", &["export:forget"]),
    ("export", &["status:restart", "synchronous-export:restart"]),
    ("export", &["export:fail-empty*9", "synchronous-export:fail-empty*9"]),
    ("export", &["any:520@522", "any:403-html+1"]),
    ("export", &["any:503-maintenance@0"]),
    ("export", &["any:redirect"]),
    ("export", &["synchronous-export:slow@50"]),
    ("export", &["any:no-assets"]),
    ("export", &["any:fewer-assets"]),
    ("missing", &[]),
    ("cancelled", &["cancel:lost"]),
];

/// Short only where the server will be silent: the others may be slow.
fn idle_timeout(faults: &[&str]) -> Duration {
    Duration::from_secs(if faults.iter().any(|fault| fault.contains("silent")) { 1 } else { 60 })
}

fn policy(faults: &[&str]) -> Policy {
    let quick = Duration::from_millis(1)..=Duration::from_millis(4);
    Policy::default().backoff(quick.clone()).poll(quick).idle_timeout(idle_timeout(faults))
}

fn sandbox(generation: Generation, faults: &[&str]) -> SandboxServer {
    let sandbox = Sandbox::new(generation).with_base(1, "stock", sample_dtable(SIZE));
    let faults = faults.iter().map(|fault| fault.parse().expect("a fault"));
    SandboxServer::start(faults.fold(sandbox, Sandbox::with_fault)).expect("a sandbox")
}

fn task(what: &str, faults: &[&str], sandbox: &SandboxServer) -> (Operation, Bytes) {
    let server =
        Token::new(&sandbox.token()).and_then(|token| Server::new(&sandbox.url(), token)).expect("a server");
    let (format, file) = match what {
        "csv" => (Format::Csv, Bytes::from_static(b"a,b\n1,2\n")),
        "xlsx" => (Format::Xlsx, Bytes::from_static(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")),
        _ => (Format::Dtable, sample_dtable(SIZE)),
    };
    let base = BaseName::new(if what == "missing" { "nowhere" } else { "stock" }).expect("a name");
    if ["import", "csv", "xlsx"].contains(&what) {
        let name = FileName::new("Größe & \"Maß\"", format).expect("a name");
        let import = Import::new(1, name, file.len() as u64).expect("a length");
        return (Operation::import(server, import, policy(faults), 7), file);
    }
    let mut task = Operation::export(server, Export::new(1, base), policy(faults), 7);
    if what == "cancelled" {
        task.cancel(Duration::ZERO);
    }
    (task, file)
}

/// All that must be the same.
#[derive(Debug, PartialEq)]
struct Life {
    end: String,
    requests: Vec<(Call, String, Option<u16>)>,
    saved: Vec<u8>,
    bases: Vec<(String, usize)>,
}

fn life(end: Result<Outcome, OperationError>, saved: Vec<u8>, sandbox: &SandboxServer) -> Life {
    let state = sandbox.state();
    let requests = state.log.iter().map(|entry| (entry.call, entry.target.clone(), entry.status)).collect();
    let bases = state.bases.values().map(|base| {
        let bytes = base.content.as_ref().map_or(0, |content| content.to_bytes().expect("bytes").len());
        (base.name.clone(), bytes)
    });
    let end =
        end.map_or_else(|error| format!("{:?}: {error}", error.kind()), |outcome| format!("{outcome:?}"));
    let end = without_time(&end.replace(&sandbox.url(), "SERVER"));
    Life { end, requests, saved, bases: bases.collect() }
}

/// The time that the retries of an error took is not the same twice.
fn without_time(end: &str) -> String {
    let Some((before, (_, after))) = ["retries in ", "retry in "]
        .iter()
        .find_map(|words| end.split_once(words))
        .and_then(|(before, rest)| Some((before, rest.split_once(';')?)))
    else {
        return end.to_owned();
    };
    format!("{before};{after}")
}

fn blocking(what: &str, generation: Generation, faults: &[&str]) -> Life {
    use seatable_io_ureq::{Client, Config, Proxies};
    let sandbox = sandbox(generation, faults);
    let (task, file) = task(what, faults, &sandbox);
    let client = Client::new(Config::default().proxies(Proxies::None));
    let client = client.expect("a client");
    let (mut source, mut sink) = (&file[..], Memory(Vec::new()));
    let end = client.run(task).source(&mut source).sink(&mut sink).run();
    life(end.map_err(|error| error.operation().expect("a task's error").clone()), sink.0, &sandbox)
}

fn asynchronous(what: &str, generation: Generation, faults: &[&str]) -> Life {
    use seatable_io_hyper::{Client, Config};
    let sandbox = sandbox(generation, faults);
    let (task, file) = task(what, faults, &sandbox);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut sink = Memory(Vec::new());
    let end = runtime.block_on(async {
        Client::new(Config::default()).expect("a client").run(task).source(file).sink(&mut sink).run().await
    });
    life(end.map_err(|error| error.operation().expect("a task's error").clone()), sink.0, &sandbox)
}

/// A sink in memory.
struct Memory(Vec<u8>);

impl seatable_io_ureq::Sink for Memory {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl seatable_io_hyper::Sink for Memory {
    fn begin(&mut self, _: Option<u64>) -> seatable_io_hyper::BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            self.0.clear();
            Ok(())
        })
    }

    fn write(&mut self, bytes: Bytes) -> seatable_io_hyper::BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            self.0.extend_from_slice(&bytes);
            Ok(())
        })
    }

    fn finish(&mut self) -> seatable_io_hyper::BoxFuture<'_, io::Result<()>> {
        Box::pin(async move { Ok(()) })
    }
}

fn agree(generation: Generation) {
    for (what, faults) in SCENARIOS {
        let (mut left, mut right) =
            (blocking(what, generation, faults), asynchronous(what, generation, faults));
        if faults.iter().any(|fault| fault.contains("slow")) {
            // How often it is polled is a matter of time.
            left.requests.dedup();
            right.requests.dedup();
        }
        assert_eq!(left, right, "{what} with {faults:?} on {generation}");
        if left.end.starts_with("Exported") {
            let lacks_assets = faults.iter().any(|fault| fault.contains("assets"));
            assert!(
                lacks_assets != (left.saved == sample_dtable(SIZE)),
                "{what} with {faults:?} on {generation}"
            );
        }
    }
}

#[test]
fn every_fault_that_the_sandbox_knows_has_a_scenario() {
    let faults = SCENARIOS.iter().flat_map(|(_, faults)| faults.iter());
    let ordered: HashSet<_> =
        faults.map(|fault| fault.parse::<Fault>().expect("a fault").kind.name()).collect();
    let known: HashSet<_> = FaultKind::all().map(FaultKind::name).collect();
    assert_eq!(ordered, known);
}

#[test]
fn both_adapters_live_the_same_lives_on_2020() {
    agree(Generation::Y2020);
}

#[test]
fn both_adapters_live_the_same_lives_on_2021() {
    agree(Generation::Y2021);
}

#[test]
fn both_adapters_live_the_same_lives_on_current() {
    agree(Generation::Current);
}
