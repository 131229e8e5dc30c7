//! The real binary against the sandbox, through real sockets.

mod accounts;
mod ages;
mod backups;
mod base_failures;
mod bases;
mod checks;
mod closed;
mod codes;
mod convert;
mod copies;
#[cfg(unix)]
mod crashes;
mod diff;
#[cfg(target_os = "linux")]
mod dumps;
mod environment;
mod excludes;
mod files;
mod folder_states;
#[cfg(target_os = "linux")]
mod folders;
mod foreign;
mod forgets;
mod guide;
mod keeps;
mod lives;
#[cfg(target_os = "linux")]
mod loads;
mod messages;
mod metrics;
mod outputs;
#[cfg(unix)]
mod outside;
mod packages;
mod pages;
mod ping_services;
mod pings;
mod prunes;
mod rehearsal;
mod samples;
#[cfg(unix)]
mod scripts;
mod server_wide;
mod servers;
#[cfg(unix)]
mod shells;
mod show;
#[cfg(unix)]
mod stops;
mod usage;
mod vanished;
mod verifies;
mod words;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
#[cfg(unix)]
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use seatable_io_sandbox::{
    Call, Fault, FaultKind, Generation, Sandbox, SandboxServer, dtable_with_assets, sample_dtable,
};
use serde_json::Value;
use tempfile::TempDir;

/// A server and a folder to run the command in.
struct Rig {
    server: SandboxServer,
    dir: TempDir,
}

/// The result of the command.
struct Done {
    code: Option<i32>,
    out: Vec<u8>,
    err: String,
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {:?}\n{}\n{}", self.code, String::from_utf8_lossy(&self.out), self.err)
    }
}

fn rig(generation: Generation) -> Rig {
    Rig::new(Sandbox::new(generation))
}

impl Rig {
    fn new(sandbox: Sandbox) -> Rig {
        Rig { server: SandboxServer::start(sandbox).unwrap(), dir: TempDir::new().unwrap() }
    }

    /// The same with a fault.
    fn fault(self, call: Call, kind: FaultKind) -> Rig {
        self.server.with(|sandbox, _| sandbox.add_fault(Fault::new(call, kind).always()));
        self
    }

    /// The same with a base on the server.
    fn base(self, name: &str) -> Rig {
        self.server.with(|sandbox, _| sandbox.add_base(1, name, sample_dtable(5000)));
        self
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        let mut command = bare(args);
        command.env("SEATABLE_SERVER", self.server.url()).env("SEATABLE_TOKEN", self.server.token());
        command.current_dir(self.dir.path());
        command
    }

    /// A line for a shell, in the environment of [`command`](Rig::command).
    #[cfg(unix)]
    fn shell(&self, line: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(self.dir.path());
        shell.env("SEATABLE_SERVER", self.server.url()).env("SEATABLE_TOKEN", self.server.token());
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }

    fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Done {
        self.end(self.start(args))
    }

    fn start<A: AsRef<OsStr>>(&self, args: &[A]) -> Child {
        self.command(args).spawn().unwrap()
    }

    fn end(&self, child: Child) -> Done {
        self.done(output_of(child))
    }

    /// Checks that the output does not contain the token.
    fn done(&self, output: Output) -> Done {
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains(&self.server.token()) && !err.contains("panicked"), "{err}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains(&self.server.token()));
        Done { code: output.status.code(), out: output.stdout, err }
    }

    /// The names of all entries of the folder.
    fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn asked(&self, call: Call) -> usize {
        self.server.state().count(call)
    }

    fn nothing_asked(&self) -> bool {
        self.server.state().log.is_empty()
    }
}

impl Done {
    fn out(&self) -> &str {
        str::from_utf8(&self.out).unwrap()
    }

    /// The lines, which have every field, with `/` in paths on every system.
    fn lines(&self) -> Vec<Value> {
        let lines = self.out().lines().map(|line| serde_json::from_str(line).unwrap());
        lines.inspect(has_every_field).map(with_slashes).collect()
    }

    /// The only line.
    fn line(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{self:?}");
        lines.remove(0)
    }

    /// Exit code, status, kind and HTTP status of a failure.
    fn failure(&self) -> (i32, String, String, Option<u64>) {
        let line = self.line();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        assert!(
            !text(&line["error"]["message"]).is_empty() && self.err.contains("seatable-io: "),
            "{self:?}"
        );
        let error = &line["error"];
        (self.code.unwrap(), text(&line["status"]), text(&error["kind"]), error["http_status"].as_u64())
    }
}

/// The fields of every line.
const USUAL: &str =
    "attention base bytes error input name operation renamed_from seconds status task_id workspace_id";

/// The fields that the lines of a command have in addition.
fn fields(operation: &str) -> &'static str {
    match operation {
        "import" => "assets_missing checked evidence",
        "export" | "download" => "output",
        "list" => "workspace owner shared encrypted",
        "backup" => "workspace owner output sha256 assets_missing reason since",
        "verify" => "assets assets_missing missing missing_cut sha256 started",
        "restore" => "file assets_missing checked evidence",
        "copies" => "assets_missing file sha256 started workspace",
        "prune" => "assets_missing file reason reasons sha256 started workspace",
        "show" => "assets assets_missing collaborators format_version links missing missing_cut tables",
        "diff" => "counts cut differences other same",
        "convert" => "links links_left_out output pairs_dangling tables",
        _ => "",
    }
}

fn has_every_field(line: &Value) {
    let operation = line["operation"].as_str().unwrap_or_default();
    let more = fields(operation);
    let want: BTreeSet<_> = USUAL.split(' ').chain(more.split_whitespace()).collect();
    let have: BTreeSet<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(have, want);
    guide::explains(operation, line["status"].as_str().unwrap());
}

fn with_slashes(mut line: Value) -> Value {
    for field in ["input", "file", "output"] {
        if let Some(path) = line[field].as_str().filter(|_| cfg!(windows)) {
            line[field] = path.replace('\\', "/").into();
        }
    }
    line
}

/// The command in an empty environment.
fn bare<A: AsRef<OsStr>>(args: &[A]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seatable-io"));
    command.args(args).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Lets commands start with the default action for SIGHUP, even under `nohup`: a signal that is handled here is not ignored in
/// them.
#[cfg(unix)]
fn heed_hangups() {
    signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::default()).unwrap();
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    assert!(kill(child.id(), name));
}

/// Sends a signal; returns whether that was possible. Not every machine has the program `kill`, but every shell has the command.
fn kill(pid: u32, name: &str) -> bool {
    let kill = Command::new("sh").args(["-c", &format!("kill -s {name} {pid}")]).status();
    kill.is_ok_and(|status| status.success())
}

/// How long a test waits for what does not happen. It keeps a test that fails from hanging; one that passes never waits for it.
const LIMIT: Duration = Duration::from_secs(300);

/// The output of a command, which is killed if it does not end.
fn output_of(child: Child) -> Output {
    let (pid, (ended, waiting)) = (child.id(), mpsc::channel::<()>());
    thread::spawn(move || {
        if waiting.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            kill(pid, "KILL");
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    output
}

fn with_input(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn failure(code: i32, status: &str, kind: &str, http: Option<u64>) -> (i32, String, String, Option<u64>) {
    (code, status.to_owned(), kind.to_owned(), http)
}

/// Waits for the condition.
fn until(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "the condition was never met");
        thread::sleep(Duration::from_millis(10));
    }
}
