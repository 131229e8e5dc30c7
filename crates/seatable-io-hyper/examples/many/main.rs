//! Ten thousand imports and exports at once, against a sandbox in a process of its own:
//!
//! ```text
//! cargo run --release -p seatable-io-hyper --example many -- --tasks 10000 --connections 64 [--cancel-half] [--bare]
//! ```
//!
//! At the end, the state of the server is compared with the end of each operation. With `--bare`, hyper's client then makes the
//! same requests alone, in the same order, against another sandbox; add `--work 1`, so that neither waits for the server.

mod bare;

use std::collections::{BTreeMap, HashMap};
use std::error::Error as StdError;
use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bare::Bare;
use bytes::Bytes;
use seatable_io_hyper::proto::{BaseName, FileName, Format, Server, Token};
use seatable_io_hyper::task::{ErrorKind, Export, Import, Operation, Policy};
use seatable_io_hyper::{BoxFuture, Client, Config, Error, Event, Sink};
use seatable_io_sandbox::{Generation, ImportState, Sandbox, SandboxServer, sample_dtable};

type Failure = Box<dyn StdError + Send + Sync>;

const FILE: usize = 10_000;

/// The end of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Cancelled,
    /// Its error says that the task may still run, or that its outcome is unknown.
    Open,
    Lost,
}

/// An operation that has ended.
struct Ended {
    number: usize,
    /// The ID of its task, once it was started.
    id: Option<String>,
    end: End,
}

#[derive(Clone, Copy)]
struct Options {
    tasks: usize,
    connections: usize,
    cancel_half: bool,
    /// The time that the server works on each task, in milliseconds.
    work: u64,
    /// Whether hyper's client then makes the same requests alone.
    bare: bool,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str, or: u64| match arguments.iter().position(|argument| argument == name) {
        Some(at) => {
            arguments.get(at + 1).and_then(|text| text.parse().ok()).ok_or(format!("{name} needs a number"))
        }
        None => Ok(or),
    };
    let options = Options {
        tasks: usize::try_from(value("--tasks", 10_000)?)?,
        connections: usize::try_from(value("--connections", 64)?)?,
        cancel_half: arguments.iter().any(|argument| argument == "--cancel-half"),
        work: value("--work", 10_000)?,
        bare: arguments.iter().any(|argument| argument == "--bare"),
    };
    if arguments.iter().any(|argument| argument == "--serve") {
        return serve(options);
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(options))
}

/// Runs the sandbox: prints its address and, on request, its state.
fn serve(options: Options) -> Result<(), Failure> {
    let file = sample_dtable(FILE);
    let mut sandbox = Sandbox::new(Generation::Y2021)
        .with_queue(usize::MAX)
        .with_workers(usize::MAX)
        .with_task_time(Duration::from_millis(options.work));
    for number in (1..options.tasks).step_by(2) {
        sandbox = sandbox.with_base(1, &name(number), file.clone());
    }
    let server = SandboxServer::start(sandbox)?;
    println!("{} {}", server.url(), server.token());
    stdin().read_line(&mut String::new())?;
    let state = server.state();
    let names: HashMap<_, _> = state.bases.values().map(|base| (&base.uuid, base)).collect();
    for task in state.tasks.iter() {
        let base = task.base.as_ref().and_then(|uuid| names.get(uuid));
        let is_complete = base.is_some_and(|base| base.import == ImportState::Finished);
        println!("{} {} {:?} {is_complete}", task.id, base.map_or("-", |base| &base.name), task.state);
    }
    println!("files {}", state.files.len());
    Ok(())
}

fn name(number: usize) -> String {
    format!("base-{number}")
}

async fn run(options: Options) -> Result<(), Failure> {
    let (mut child, mut out, server) = start(options)?;
    let client = Client::new(Config::default())?.with_connections(options.connections);
    let (requests, file) = (Arc::new(AtomicU64::new(0)), sample_dtable(FILE));
    let (before, start) = (memory("VmRSS:"), Instant::now());
    let mut running = tokio::task::JoinSet::new();
    for number in 0..options.tasks {
        let (client, server, file, requests) =
            (client.clone(), server.clone(), file.clone(), requests.clone());
        running.spawn(async move { one(&client, server, number, file, &requests, options).await });
    }
    let ended: Vec<Ended> = running.join_all().await;
    let (took, peak) = (start.elapsed(), memory("VmHWM:"));
    let (operations, requests) = (options.tasks as u64, requests.load(Ordering::Relaxed));
    println!("{operations} operations over {} connections in {took:.1?}", options.connections);
    println!("{} operations/s, {} requests/s", per_second(operations, took), per_second(requests, took));
    println!(
        "peak memory {peak} KiB, of it {} bytes for each operation",
        (peak - before) * 1024 / operations.max(1)
    );
    child.stdin.take().ok_or("no stdin")?.write_all(b"state\n")?;
    compare(&ended, &mut out)?;
    child.wait()?;
    if options.bare { run_bare(options).await } else { Ok(()) }
}

async fn run_bare(options: Options) -> Result<(), Failure> {
    let (mut child, _out, server) = start(options)?;
    let (bare, start) = (Bare::new(server, sample_dtable(FILE), options.tasks), Instant::now());
    let requests = bare.run(options.connections).await?;
    println!("{} requests/s by hyper's client alone", per_second(requests, start.elapsed()));
    child.kill()?;
    Ok(())
}

fn per_second(count: u64, took: Duration) -> u64 {
    count * 1000 / u64::try_from(took.as_millis()).unwrap_or(1).max(1)
}

fn start(options: Options) -> Result<(Child, BufReader<ChildStdout>, Server), Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--serve", "--tasks", &options.tasks.to_string(), "--work", &options.work.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut out = BufReader::new(child.stdout.take().ok_or("no stdout")?);
    let mut line = String::new();
    out.read_line(&mut line)?;
    let (url, token) = line.trim().split_once(' ').ok_or("the sandbox did not start")?;
    let server = Server::new(url, Token::new(token)?)?;
    Ok((child, out, server))
}

/// Runs one operation; every second one of each kind is cancelled at some time.
async fn one(
    client: &Client,
    server: Server,
    number: usize,
    file: Bytes,
    requests: &AtomicU64,
    options: Options,
) -> Ended {
    let (policy, seed, mut id) = (Policy::default(), number as u128 + 1, None);
    let watch = |event: Event| match event {
        Event::Requesting { .. } => _ = requests.fetch_add(1, Ordering::Relaxed),
        Event::Accepted { resume, .. } => id = Some(resume.task.as_str().to_owned()),
        _ => {}
    };
    let end = async {
        if !options.cancel_half || number % 4 >= 2 {
            std::future::pending::<()>().await;
        }
        let millis = number as u64 * 7919 % (options.work * 3 / 2 + 1);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    };
    let result = if number.is_multiple_of(2) {
        let name = FileName::new(&name(number), Format::Dtable).expect("a name");
        let import = Import::new(1, name, file.len() as u64).expect("an import");
        let operation = Operation::import(server, import, policy, seed);
        client.run(operation).source(file).watch(watch).until(end).run().await
    } else {
        let export = Export::new(1, BaseName::new(name(number)).expect("a name"));
        let operation = Operation::export(server, export, policy, seed);
        client.run(operation).sink(Count(0)).watch(watch).until(end).run().await
    };
    let end = match result {
        Ok(_) => End::Done,
        Err(Error::Operation { error, .. }) => match error.kind() {
            ErrorKind::UnknownOutcome => End::Open,
            ErrorKind::Cancelled if error.may_still_run() => End::Open,
            ErrorKind::Cancelled => End::Cancelled,
            _ => lost(&error),
        },
        Err(error) => lost(&error),
    };
    Ended { number, id, end }
}

fn lost(error: &dyn StdError) -> End {
    eprintln!("lost: {error}");
    End::Lost
}

/// Counts the received bytes, and checks that the file is complete.
struct Count(usize);

impl Sink for Count {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, std::io::Result<()>> {
        Box::pin(async move {
            self.0 = 0;
            Ok(())
        })
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, std::io::Result<()>> {
        Box::pin(async move {
            self.0 += bytes.len();
            Ok(())
        })
    }

    fn finish(&mut self) -> BoxFuture<'_, std::io::Result<()>> {
        Box::pin(
            async move { if self.0 == FILE { Ok(()) } else { Err(std::io::ErrorKind::InvalidData.into()) } },
        )
    }
}

/// Compares the tasks of the server with our operations, one by one.
fn compare(ended: &[Ended], out: &mut impl BufRead) -> Result<(), Failure> {
    let by_id: HashMap<&str, &Ended> =
        ended.iter().filter_map(|one| Some((one.id.as_deref()?, one))).collect();
    let (mut pairs, mut seen, mut unclaimed) = (BTreeMap::new(), 0, 0);
    for line in out.lines() {
        let line = line?;
        let [id, name, state, is_complete] = line.split(' ').collect::<Vec<_>>()[..] else {
            println!("{line} left on the server");
            continue;
        };
        let Some(one) = by_id.get(id) else {
            unclaimed += 1;
            let open = ended
                .iter()
                .any(|one| one.end == End::Open && one.id.is_none() && name == self::name(one.number));
            if open {
                continue;
            }
            return Err(format!("{line}: no operation has this task").into());
        };
        seen += 1;
        *pairs.entry(format!("{:?} here, {state} there", one.end)).or_insert(0) += 1;
        let agree = match one.end {
            End::Done => state == "Reported" && is_complete == "true",
            // An export that was finished, and whose download was interrupted.
            End::Cancelled if one.number % 2 == 1 && state == "Reported" => true,
            End::Cancelled => state == "Cancelled",
            End::Open => true,
            End::Lost => false,
        };
        if !agree {
            return Err(format!("{line}, and {:?} here", one.end).into());
        }
    }
    for (pair, count) in pairs {
        println!("{count:6} {pair}");
    }
    let never = ended.iter().filter(|one| one.id.is_none() && one.end == End::Cancelled).count();
    let open = ended.iter().filter(|one| one.id.is_none() && one.end == End::Open).count();
    println!("{never:6} Cancelled here, never started there");
    println!("{open:6} Open here, because their start was interrupted: {unclaimed} of them started there");
    if seen != by_id.len() || by_id.len() + never + open != ended.len() {
        return Err("some operations were lost".into());
    }
    println!("server and client agree");
    Ok(())
}

/// Returns a field of `/proc/self/status`, in KiB.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
