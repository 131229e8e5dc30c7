//! Both adapters have the same ends, the same requests in the same order and the same bytes, in each scenario on each
//! generation, through real sockets.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use seatable_io_proto::{BaseName, BaseUuid, FileName, Format, Server, Token};
use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, Sandbox, SandboxServer, sample_dtable};
use seatable_io_task::{Export, Import, Operation, OperationError, Outcome, Policy, Scope};

const SIZE: usize = 300_000;

/// The kind of each operation, and its faults.
const SCENARIOS: [(&str, &[&str]); 76] = [
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
    ("import", &["import:lose-rows@2"]),
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
    ("server list", &[]),
    ("server list", &["admin-dtables:shift*always"]),
    ("server list", &["admin-dtables:502*3", "admin-dtables:lost+1"]),
    ("server list", &["admin-dtables:403"]),
    ("by uuid", &[]),
    ("by uuid", &["admin-export:cut@1000", "admin-export:500"]),
    ("by uuid", &["admin-export:429@0*2"]),
    ("by uuid", &["admin-export:504"]),
    ("by uuid", &["admin-export:fewer-assets"]),
    ("missing", &[]),
    ("cancelled", &["cancel:lost"]),
];

/// Returns a short idle timeout only if the server will be silent, because other servers may be slow.
fn idle_timeout(faults: &[&str]) -> Duration {
    Duration::from_secs(if faults.iter().any(|fault| fault.contains("silent")) { 1 } else { 60 })
}

fn policy(faults: &[&str]) -> Policy {
    let quick = Duration::from_millis(1)..=Duration::from_millis(4);
    Policy::default().backoff(quick.clone()).poll(quick).idle_timeout(idle_timeout(faults))
}

fn sandbox(generation: Generation, faults: &[&str]) -> SandboxServer {
    let mut sandbox = Sandbox::new(generation).with_base(1, "stock", sample_dtable(SIZE));
    if faults.iter().any(|fault| fault.contains("admin-dtables")) {
        (0..250).for_each(|number| _ = sandbox.add_base(1, &number.to_string(), sample_dtable(0)));
    }
    let faults = faults.iter().map(|fault| fault.parse().expect("a fault"));
    SandboxServer::start(faults.fold(sandbox, Sandbox::with_fault)).expect("a sandbox")
}

fn operation(kind: &str, faults: &[&str], sandbox: &SandboxServer) -> (Operation, Bytes) {
    let server =
        Token::new(&sandbox.token()).and_then(|token| Server::new(&sandbox.url(), token)).expect("a server");
    let (format, file) = match kind {
        "csv" => (Format::Csv, Bytes::from_static(b"a,b\n1,2\n")),
        "xlsx" => (Format::Xlsx, Bytes::from_static(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")),
        _ => (Format::Dtable, sample_dtable(SIZE)),
    };
    let base = BaseName::new(if kind == "missing" { "nowhere" } else { "stock" }).expect("a name");
    if ["import", "csv", "xlsx"].contains(&kind) {
        let name = FileName::new("Größe & \"Maß\"", format).expect("a name");
        let import = Import::new(1, name, file.len() as u64).expect("a length");
        return (Operation::import(server, import, policy(faults), 7), file);
    }
    if kind == "server list" {
        return (Operation::list(server, Scope::ServerWide, policy(faults), 7), file);
    }
    if kind == "by uuid" {
        let uuid = sandbox.state().base(1, "stock").expect("a base").uuid.clone();
        let export = BaseUuid::new(uuid).and_then(Export::by_uuid).expect("a UUID");
        return (Operation::export(server, export, policy(faults), 7), file);
    }
    let mut operation = Operation::export(server, Export::new(1, base), policy(faults), 7);
    if kind == "cancelled" {
        operation.cancel(Duration::ZERO);
    }
    (operation, file)
}

/// The results that must be the same.
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

/// Removes the time that retries took, which varies.
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

fn blocking(kind: &str, generation: Generation, faults: &[&str]) -> Life {
    use seatable_io_ureq::{Client, Config, Proxies};
    let sandbox = sandbox(generation, faults);
    let (operation, file) = operation(kind, faults, &sandbox);
    let client = Client::new(Config::default().proxies(Proxies::None));
    let client = client.expect("a client");
    let (mut source, mut sink) = (&file[..], Memory(Vec::new()));
    let end = client.run(operation).source(&mut source).sink(&mut sink).run();
    life(end.map_err(|error| error.operation().expect("an operation's error").clone()), sink.0, &sandbox)
}

fn asynchronous(kind: &str, generation: Generation, faults: &[&str]) -> Life {
    use seatable_io_hyper::{Client, Config};
    let sandbox = sandbox(generation, faults);
    let (operation, file) = operation(kind, faults, &sandbox);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut sink = Memory(Vec::new());
    let end = runtime.block_on(async {
        Client::new(Config::default())
            .expect("a client")
            .run(operation)
            .source(file)
            .sink(&mut sink)
            .run()
            .await
    });
    life(end.map_err(|error| error.operation().expect("an operation's error").clone()), sink.0, &sandbox)
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
    for (kind, faults) in SCENARIOS {
        let (mut left, mut right) =
            (blocking(kind, generation, faults), asynchronous(kind, generation, faults));
        if faults.iter().any(|fault| fault.contains("slow")) {
            // The number of polls depends on time.
            left.requests.dedup();
            right.requests.dedup();
        }
        assert_eq!(left, right, "{kind} with {faults:?} on {generation}");
        if left.end.starts_with("Exported") {
            let lacks_assets = faults.iter().any(|fault| fault.contains("assets"));
            assert!(
                lacks_assets != (left.saved == sample_dtable(SIZE)),
                "{kind} with {faults:?} on {generation}"
            );
        }
    }
}

#[test]
fn every_fault_that_the_sandbox_knows_has_a_scenario() {
    let faults = SCENARIOS.iter().flat_map(|(_, faults)| faults.iter());
    let used: HashSet<_> = faults.map(|fault| fault.parse::<Fault>().expect("a fault").kind.name()).collect();
    let known: HashSet<_> = FaultKind::all().map(FaultKind::name).collect();
    assert_eq!(used, known);
}

#[test]
fn both_adapters_behave_alike_on_a_2020_server() {
    agree(Generation::Y2020);
}

#[test]
fn both_adapters_behave_alike_on_a_2021_server() {
    agree(Generation::Y2021);
}

#[test]
fn both_adapters_behave_alike_on_a_current_server() {
    agree(Generation::Current);
}
