//! `demo`: runs commands against a sandbox of each generation, and backs up an account.

use std::fmt::Display;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anstyle::{AnsiColor, Style};
use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, TaskState, sample_dtable};
use seatable_io_ureq::seed;

use super::sandbox::private;
use crate::failure::{Failure, Kind};
use crate::store::found;
use crate::ui::shell::quoted;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default();

/// The bases of the account, with their workspaces.
const BASES: [(u64, &str); 4] = [(1, "Sales"), (2, "sales"), (2, "Budget 2026/27"), (2, "100 % done? 🚀")];
const SUFFIX: &str = " (restored)";

type Step<T = ()> = Result<T, Box<dyn std::error::Error>>;

pub(crate) fn run() -> Result<u8, Failure> {
    let began = Instant::now();
    for generation in Generation::ALL {
        lifecycle(generation)
            .map_err(|error| failed(format_args!("a server of generation {generation}"), &*error))?;
    }
    account().map_err(|error| failed("a whole account", &*error))?;
    let all = "three generations of servers and the backup of an account";
    let seconds = began.elapsed().as_secs_f64();
    say(BOLD, format!("All good: {all} in {seconds:.1} s."));
    Ok(0)
}

fn failed(part: impl Display, error: &dyn std::error::Error) -> Failure {
    Failure::new(Kind::BadAnswer, format!("the demo with {part} failed: {error}"))
}

/// If standard output is closed, there is nowhere to report it.
fn say(style: Style, text: impl Display) {
    let _ = writeln!(anstream::stdout(), "{style}{text}{style:#}");
}

/// Imports, exports and cancels.
fn lifecycle(generation: Generation) -> Step {
    let sandbox = Sandbox::new(generation).with_task_time(Duration::from_millis(250));
    let sandbox = sandbox.with_fault("import/slow:slow@60000".parse()?);
    let demo = Demo::start(sandbox, format_args!("A SeaTable server of generation {generation}"))?;
    let file = sample_dtable(64 * 1024);
    fs::write(demo.folder.join("projects.dtable"), &file)?;
    fs::write(demo.folder.join("hours.csv"), "Name,Hours\nAda,36\nGrace,40\n")?;
    demo.run(&["-v", "import", "projects.dtable", "--workspace", "1"], 0)?;
    demo.run(&["-v", "import", "hours.csv", "--workspace", "1"], 0)?;
    demo.run(&["-v", "export", "projects", "--workspace", "1", "--output", "again.dtable"], 0)?;
    if fs::read(demo.folder.join("again.dtable"))? != file {
        return Err("the exported file is not the imported one".into());
    }
    say(GREEN, format!("    ✓ {} bytes, the same as went in, byte for byte\n", file.len()));
    let import = ["import", "projects.dtable", "--workspace", "1", "--name", "slow", "--no-wait"];
    let printed = demo.run(&import, 0)?;
    let cancel = printed.lines().last().and_then(|line| line.trim().strip_prefix("seatable-io "));
    let cancel = ["-v"].into_iter().chain(cancel.unwrap_or_default().split(' '));
    // Current servers finish an import that is running.
    let (code, result) = match generation {
        Generation::Current => (8, "the server was asked to cancel, but may finish it"),
        _ => (0, "cancelled, on the server too"),
    };
    demo.run(&cancel.collect::<Vec<_>>(), code)?;
    if demo.sandbox.state().tasks.last().map(|task| task.state) != Some(TaskState::Cancelled) {
        return Err("the task is still running".into());
    }
    say(GREEN, format!("    ✓ {result}\n"));
    Ok(())
}

/// Backs up an account, finds a damaged copy, and restores a base.
fn account() -> Step {
    let sandbox = Sandbox::new(Generation::Current).with_group(2, 48, "R&D");
    let sandbox = BASES.iter().zip(1..).fold(sandbox, |sandbox, ((workspace, name), number)| {
        sandbox.with_base(*workspace, name, sample_dtable(number * 10_000))
    });
    let demo = Demo::start(sandbox, format_args!("A whole account, of {} bases", BASES.len()))?;
    demo.run(&["backup", "copies", "--init"], 0)?;
    demo.run(&["verify", "copies"], 0)?;
    say(GREEN, "    ✓ a checked copy of each base, recorded in copies/backup.jsonl\n");
    say(BOLD, format!("  (One bit flips in {}.)\n", demo.flip_a_bit()?));
    demo.run(&["-q", "verify", "copies"], 5)?;
    say(GREEN, "    ✓ found\n");
    let name = BASES[3].1;
    demo.run(&["restore", "copies", name, "--workspace", "1", "--suffix", SUFFIX], 0)?;
    let bases = demo.sandbox.state().bases;
    let content = |name: &str| bases.values().find(|base| base.name == name)?.content.clone();
    let restored = content(&format!("{name}{SUFFIX}"));
    if restored.is_none() || restored != content(name) {
        return Err("the restored base is not the one that was backed up".into());
    }
    say(GREEN, "    ✓ a second base, the same byte for byte\n");
    Ok(())
}

/// A sandbox, and a new folder in which commands run. The folder is removed at the end.
struct Demo {
    sandbox: SandboxServer,
    folder: PathBuf,
}

impl Demo {
    fn start(sandbox: Sandbox, title: impl Display) -> Step<Demo> {
        let sandbox = SandboxServer::start_at(private(sandbox)?, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let folder = env::temp_dir().join(format!("seatable-io-demo-{:032x}", seed()?));
        fs::create_dir(&folder)?;
        say(BOLD, format!("{title}, at {}\n", sandbox.url()));
        Ok(Demo { sandbox, folder })
    }

    /// Runs this program with these arguments, shows its output, and returns it.
    fn run(&self, args: &[&str], code: i32) -> Step<String> {
        let line = args.iter().copied().map(quoted).collect::<Vec<_>>().join(" ");
        say(BOLD, format!("  $ seatable-io {line}"));
        let (mut output, out) = io::pipe()?;
        let mut command = Command::new(env::current_exe()?);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy().to_lowercase();
            if text.ends_with("_proxy") || text.starts_with("seatable_") {
                command.env_remove(name);
            }
        }
        command.env("SEATABLE_SERVER", self.sandbox.url()).env("SEATABLE_TOKEN", self.sandbox.token());
        command.args(args).current_dir(&self.folder).stdin(Stdio::null());
        let mut child = command.stderr(out.try_clone()?).stdout(out).spawn()?;
        // It holds the ends of the pipe for writing, and reading ends when they are closed.
        drop(command);
        let mut text = String::new();
        output.read_to_string(&mut text)?;
        text.lines().for_each(|line| say(DIM, format!("    {line}")));
        match child.wait()?.code() {
            Some(end) if end == code => Ok(text),
            end => Err(format!("it ended with {end:?}, not with exit code {code}").into()),
        }
    }

    /// Damages the middle of the first copy, and returns its name.
    fn flip_a_bit(&self) -> Step<String> {
        let copies = self.folder.join("copies");
        let file = found(&copies).pop_first().ok_or("there is no copy")?;
        let mut bytes = fs::read(copies.join(&file))?;
        let middle = bytes.len() / 2;
        bytes.get_mut(middle).map(|byte| *byte ^= 1).ok_or("the copy is empty")?;
        fs::write(copies.join(&file), bytes)?;
        Ok(file)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Nothing depends on it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
