//! The backup of a small account, made by this very program as a user would call it.

use std::env;
use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
use seatable_io_ureq::seed;
use serde::Deserialize;

use super::{BOLD, DIM, GOOD, LOOPBACK, Step, WORKSPACE, say};
use crate::commands::sandbox::private;
use crate::ui::shell::quoted;

/// The folder of the backup.
const COPIES: &str = "copies";
const CATALOGUE: &str = "backup.jsonl";
const BASES: [(u64, &str); 4] =
    [(WORKSPACE, "Sales"), (2, "sales"), (2, "Budget 2026/27"), (2, "100 % done? 🚀")];
const RESTORED: &str = "100 % done? 🚀";
const SUFFIX: &str = " (restored)";

struct Demo {
    sandbox: SandboxServer,
    folder: Folder,
}

pub(super) fn run() -> Step {
    let sandbox =
        Sandbox::new(Generation::Current).with_group(2, 48, "R&D").with_task_time(Duration::from_millis(100));
    let sandbox = BASES.iter().zip(1..).fold(sandbox, |sandbox, ((workspace, name), number)| {
        sandbox.with_base(*workspace, name, sample_dtable(number * 10_000))
    });
    let demo =
        Demo { sandbox: SandboxServer::start_at(private(sandbox)?, LOOPBACK)?, folder: Folder::create()? };
    say(BOLD, format!("A whole account, of {} bases, at {}\n", BASES.len(), demo.sandbox.url()));
    demo.back_up()?;
    demo.damage()?;
    demo.restore()
}

impl Demo {
    fn back_up(&self) -> Step {
        self.run(&["backup", COPIES, "--init"], 0)?;
        self.run(&["verify", COPIES], 0)?;
        say(GOOD, format!("    ✓ a checked copy of each base, recorded in {COPIES}/{CATALOGUE}\n"));
        Ok(())
    }

    /// Flips one bit in the middle of the first copy.
    fn damage(&self) -> Step {
        #[derive(Deserialize)]
        struct Line {
            file: String,
        }
        let copies = self.folder.0.join(COPIES);
        let catalogue = fs::read_to_string(copies.join(CATALOGUE))?;
        let Line { file } = serde_json::from_str(catalogue.lines().next().unwrap_or_default())?;
        let mut bytes = fs::read(copies.join(&file))?;
        let middle = bytes.len() / 2;
        bytes.get_mut(middle).map(|byte| *byte ^= 1).ok_or("the copy is empty")?;
        fs::write(copies.join(&file), bytes)?;
        say(BOLD, format!("  (One bit flips in {file}.)\n"));
        self.run(&["-q", "verify", COPIES], 5)?;
        say(GOOD, "    ✓ found\n");
        Ok(())
    }

    fn restore(&self) -> Step {
        self.run(&["restore", COPIES, RESTORED, "--workspace", "1", "--suffix", SUFFIX], 0)?;
        let bases = self.sandbox.book().bases;
        let content = |name: &str| bases.iter().find(|base| base.name == name)?.content.clone();
        let (old, new) = (content(RESTORED), content(&format!("{RESTORED}{SUFFIX}")));
        if new.is_none() || new != old {
            return Err("what was restored is not what was backed up".into());
        }
        say(GOOD, "    ✓ a second base, the same byte for byte\n");
        Ok(())
    }

    /// Runs this program with these arguments and shows what it prints.
    fn run(&self, args: &[&str], code: i32) -> Step {
        let line = args.iter().copied().map(quoted).collect::<Vec<_>>().join(" ");
        say(BOLD, format!("  $ seatable-io {line}"));
        let (mut output, out) = io::pipe()?;
        let mut command = Command::new(env::current_exe()?);
        let proxies =
            env::vars_os().filter(|(name, _)| name.to_string_lossy().to_lowercase().ends_with("_proxy"));
        for (name, _) in proxies {
            command.env_remove(name);
        }
        command.env("SEATABLE_SERVER", self.sandbox.url()).env("SEATABLE_TOKEN", self.sandbox.token());
        command.args(args).current_dir(&self.folder.0).stdin(Stdio::null());
        let mut child = command.stderr(out.try_clone()?).stdout(out).spawn()?;
        // It holds the ends of the pipe to write to, and reading ends when they are closed.
        drop(command);
        let mut text = String::new();
        output.read_to_string(&mut text)?;
        text.lines().for_each(|line| say(DIM, format!("    {line}")));
        match child.wait()?.code() {
            Some(end) if end == code => Ok(()),
            end => Err(format!("it ended with {end:?}, not with exit code {code}").into()),
        }
    }
}

/// A new folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn create() -> Step<Folder> {
        let path = env::temp_dir().join(format!("seatable-io-demo-{:032x}", seed()?));
        fs::create_dir(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing depends on it.
        let _ = fs::remove_dir_all(&self.0);
    }
}
