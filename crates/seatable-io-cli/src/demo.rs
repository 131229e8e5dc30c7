//! `demo`: a whole lifecycle against a sandbox of each generation, with every request as it is made, and the backup of an
//! account.

mod account;

use std::fmt::Display;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use seatable_io_proto::{BaseName, FileName, Format, Server, Token};
use seatable_io_sandbox::{
    Call, Fault, FaultKind, Generation, Sandbox, SandboxServer, TaskState, sample_dtable,
};
use seatable_io_task::{ErrorKind, Export, Import, Operation, Outcome, Policy};
use seatable_io_ureq::{Client, Config, Error, Event, Proxies, Stop, WriterSink, seed};

use crate::failure::{Failure, Kind};
use crate::sandbox::private;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const WORKSPACE: u64 = 1;
/// Any free port.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const CSV: &[u8] = b"Name,Hours\nAda,36\nGrace,40\n";

pub(crate) fn run() -> Result<u8, Failure> {
    let began = Instant::now();
    for generation in Generation::ALL {
        let demo = Demo::start(generation).map_err(|error| failed(generation, &error))?;
        demo.life().map_err(|error| failed(generation, &error))?;
    }
    account::run().map_err(|error| {
        Failure::new(Kind::BadAnswer, format!("the demo with a whole account went wrong: {error}"))
    })?;
    let seconds = began.elapsed().as_secs_f64();
    say(
        BOLD,
        format!("All good: three generations of servers and the backup of an account in {seconds:.1} s."),
    );
    Ok(0)
}

fn failed(generation: Generation, error: &dyn Display) -> Failure {
    Failure::new(Kind::BadAnswer, format!("the demo with a server of {generation} went wrong: {error}"))
}

/// Nobody who closes standard output wants to be told of it.
fn say(style: Style, text: impl Display) {
    let _ = writeln!(anstream::stdout(), "{style}{text}{style:#}");
}

struct Demo {
    sandbox: SandboxServer,
    server: Server,
    client: Client,
}

type Step<T = ()> = Result<T, Box<dyn std::error::Error>>;

impl Demo {
    fn start(generation: Generation) -> Step<Demo> {
        let sandbox = Sandbox::new(generation).with_task_time(Duration::from_millis(250));
        let sandbox = SandboxServer::start_at(private(sandbox)?, LOOPBACK)?;
        let server = Server::new(&sandbox.url(), Token::new(&sandbox.token())?)?;
        let client = Client::new(Config::default().proxies(Proxies::None))?;
        say(BOLD, format!("A SeaTable server of generation {generation}, at {}\n", sandbox.url()));
        Ok(Demo { sandbox, server, client })
    }

    fn life(&self) -> Step {
        let file = sample_dtable(64 * 1024);
        self.import_dtable(&file)?;
        self.import_csv()?;
        let back = self.export()?;
        if back != file {
            return Err("what came back is not what went in".into());
        }
        say(GOOD, format!("    ✓ {} bytes, the same as went in, byte for byte\n", back.len()));
        self.cancel(&file)
    }

    fn import_dtable(&self, file: &[u8]) -> Step {
        say(BOLD, "  Import projects.dtable, and wait for it");
        match self.import("projects", Format::Dtable, file, &Stop::new())? {
            Outcome::Imported(imported) => {
                let base = imported.base.ok_or("no base was told")?;
                say(GOOD, format!("    ✓ base \"{}\" with uuid {}\n", base.name, base.uuid));
                Ok(())
            }
            other => Err(format!("{other:?}").into()),
        }
    }

    fn import_csv(&self) -> Step {
        say(BOLD, "  Import hours.csv");
        let end = self.import("hours", Format::Csv, CSV, &Stop::new());
        match end? {
            Outcome::Imported(_) => {
                say(GOOD, "    ✓ base \"hours\"\n");
                Ok(())
            }
            outcome => Err(format!("{outcome:?}").into()),
        }
    }

    fn export(&self) -> Step<Vec<u8>> {
        say(BOLD, "  Export projects");
        let mut sink = WriterSink::new(Vec::new());
        let export = Export::new(WORKSPACE, BaseName::new("projects")?);
        let task = Operation::export(self.server.clone(), export, policy(), seed()?);
        self.client.run(task).sink(&mut sink).watch(|event| show(&event)).run()?;
        Ok(sink.into_inner())
    }

    /// Stops an import as soon as a poll has seen it running.
    fn cancel(&self, file: &[u8]) -> Step {
        say(BOLD, "  Import a base that takes a minute, and stop it");
        self.sandbox.with(|sandbox, _| {
            sandbox.add_fault(Fault::new(Call::StartImport, FaultKind::Slow { millis: 60_000 }))
        });
        // Current servers finish an import that is running.
        let (expected, told) = match self.sandbox.with(|sandbox, _| sandbox.generation()) {
            Generation::Current => {
                (ErrorKind::UnknownOutcome, "the server was asked to cancel, but may finish it")
            }
            _ => (ErrorKind::Cancelled, "cancelled, on the server too"),
        };
        let end = self.import("slow", Format::Dtable, file, &Stop::new());
        if end.as_ref().err().and_then(kind) != Some(expected) {
            return Err(format!("{end:?}").into());
        }
        if self.sandbox.state().tasks.last().map(|task| task.state) != Some(TaskState::Cancelled) {
            return Err("the task still runs".into());
        }
        say(GOOD, format!("    ✓ {told}\n"));
        Ok(())
    }

    fn import(&self, name: &str, format: Format, file: &[u8], stop: &Stop) -> Result<Outcome, Error> {
        let import = Import::new(WORKSPACE, FileName::new(name, format)?, file.len() as u64)?;
        let task = Operation::import(self.server.clone(), import, policy(), seed()?);
        let watch = |event: Event| {
            show(&event);
            if name == "slow" && matches!(event, Event::Waiting(..)) {
                stop.stop();
            }
        };
        self.client.run(task).source(file).until(stop.clone()).watch(watch).run()
    }
}

fn kind(error: &Error) -> Option<ErrorKind> {
    error.task().map(seatable_io_task::OperationError::kind)
}

/// Polls faster than usual: these tasks take a quarter of a second.
fn policy() -> Policy {
    let poll = Duration::from_millis(100)..=Duration::from_millis(200);
    Policy::default().poll(poll)
}

fn show(event: &Event) {
    match event {
        Event::Requesting { request, .. } => say(DIM, format!("    → {request}")),
        Event::Responded(status) => say(DIM, format!("    ← {status}")),
        Event::Failed(problem) => say(DIM, format!("    ! {problem}")),
        _ => {}
    }
}
