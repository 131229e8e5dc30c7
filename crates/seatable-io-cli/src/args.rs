//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueHint};
use seatable_io_proto::TaskKind;
use seatable_io_sandbox::{Fault, Generation};

use crate::help::{AFTER, EXAMPLES, SERVER, TOKEN_FILE};
use crate::{duration, values};

/// Back up, restore and move SeaTable bases.
#[derive(Debug, Parser)]
#[command(name = "seatable-io", version, after_help = AFTER, after_long_help = format!("{AFTER}\n\n{EXAMPLES}"))]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    #[arg(long, global = true, value_name = "URL", help = SERVER, value_hint = ValueHint::Url)]
    pub(crate) server: Option<String>,
    #[arg(long, global = true, value_name = "PATH", help = TOKEN_FILE, value_hint = ValueHint::FilePath)]
    pub(crate) token_file: Option<PathBuf>,
    /// A PEM file with certificate authorities to trust
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Allow http without encryption to other machines: they, and all between, can read the token
    #[arg(long, global = true)]
    pub(crate) allow_http: bool,
    /// Print one JSON object a line for each FILE, BASE or task
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print only errors, and the lines of --json
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print each request and the status of its answer; never a secret
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// How long one input may take in all, such as 30s, 10m, 1h30m; a bare number is seconds
    #[arg(long, global = true, value_name = "DURATION", default_value = "1h", value_parser = duration::parse,
          allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Import files as new bases
    Import(Import),
    /// Export bases into .dtable files
    Export(Export),
    /// Ask whether a task is running or finished; the server tells an end once
    Status(Status),
    /// Wait for an export that was started before, and fetch its file
    Download(Download),
    /// Cancel a task on the server
    Cancel(Cancel),
    /// Run a stand-in for a SeaTable server on this machine, until Ctrl-C
    Sandbox(Sandbox),
    /// Show a whole lifecycle against a sandbox of each generation of servers
    Demo,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual pages: `seatable-io man | man -l -`
    Man,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A .dtable file is checked before anything is sent. An import that may have happened is never sent again: exit code 8.

Examples:
  seatable-io import Sales.dtable --workspace 7
  seatable-io import plan.csv --workspace 7 --name \"Plan 2026\"
  seatable-io --json import *.dtable --workspace 7 --jobs 3")]
pub(crate) struct Import {
    /// Files to import: .dtable, .csv or .xlsx
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// The number of the workspace that gets the bases
    #[arg(long, value_name = "ID", value_parser = values::number, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) workspace: u64,
    /// The name of the new base, for a single FILE [default: the file's name without its extension]
    #[arg(long, value_hint = ValueHint::Other)]
    pub(crate) name: Option<String>,
    /// End as soon as the server has started the import, and print what `status` and `cancel` need
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A file appears whole or not at all: it is written under a temporary name beside its place, checked, and renamed.

Examples:
  seatable-io export Sales --workspace 7
  seatable-io export Sales Projects --workspace 7 --output-dir backup --force
  seatable-io export Sales --workspace 7 --output - | gpg -e -r me > Sales.dtable.gpg")]
pub(crate) struct Export {
    /// Names of the bases to export
    #[arg(required = true, value_name = "BASE", value_hint = ValueHint::Other)]
    pub(crate) bases: Vec<String>,
    /// The number of the workspace that the bases are in
    #[arg(long, value_name = "ID", value_parser = values::number, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) workspace: u64,
    /// The file to write, for a single BASE; `-` is standard output
    #[arg(short, long, value_name = "PATH", conflicts_with = "output_dir", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// The folder for the files, made if it is not there [default: the current one]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output_dir: Option<PathBuf>,
    /// Replace files that are there already
    #[arg(long)]
    pub(crate) force: bool,
    /// End as soon as the server has started the export, and print what `status`, `download` and `cancel` need; 2020
    /// and 2021 servers only
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Leave out files and images; current servers only
    #[arg(long)]
    pub(crate) no_assets: bool,
    /// A file that holds the bases' password, `-` for standard input; current servers only
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

#[derive(Args, Debug)]
pub(crate) struct Jobs {
    /// How many to work on at a time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::number_in(1..=64_u8),
          allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) jobs: u8,
}

#[derive(Args, Debug)]
#[command(after_help = "\
It prints running or finished, and ends with exit code 0 for both. A server forgets a task once it has told that it is
finished: asked again, it does not know the task, and the exit code is 4.")]
pub(crate) struct Status {
    /// The task
    #[arg(value_hint = ValueHint::Other)]
    pub(crate) task_id: String,
}

#[derive(Args, Debug)]
pub(crate) struct Download {
    /// The task, an export
    #[arg(value_hint = ValueHint::Other)]
    pub(crate) task_id: String,
    /// The uuid of its base, as the server told it
    #[arg(long, value_hint = ValueHint::Other)]
    pub(crate) uuid: String,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Cancel {
    /// The task
    #[arg(value_hint = ValueHint::Other)]
    pub(crate) task_id: String,
    /// The uuid of its base, as the server told it
    #[arg(long, value_hint = ValueHint::Other)]
    pub(crate) uuid: String,
    /// What the task does
    #[arg(long, value_parser = values::kind())]
    pub(crate) kind: TaskKind,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A fault is CALL:WHAT[@VALUE][*TIMES][+SKIP]. CALL is import, export, status, content, synchronous-export, cancel or any;
`seatable-io sandbox --fault any:help` names all there is for WHAT.

Examples:
  seatable-io sandbox --listen 127.0.0.1:8080 --generation 2021
  seatable-io sandbox --fault status:lost+2 --fault content:cut@5000 --task-seconds 3")]
pub(crate) struct Sandbox {
    /// Where to listen; port 0 is a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0", value_parser = values::address,
          value_hint = ValueHint::Other)]
    pub(crate) listen: SocketAddr,
    /// Which server to stand in for
    #[arg(long, default_value_t = Generation::Current, value_parser = values::generation())]
    pub(crate) generation: Generation,
    /// Something that goes wrong; may be given several times
    #[arg(long, value_name = "SPEC", value_hint = ValueHint::Other)]
    pub(crate) fault: Vec<Fault>,
    /// How many seconds a task runs
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = values::number_in(0..=u32::MAX),
          allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) task_seconds: u32,
    /// The longest request body in bytes; a longer one is refused with 413
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30, value_parser = values::number,
          allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) size_limit: u64,
    /// The path that the server lives under, such as /seatable
    #[arg(long, value_name = "PATH", default_value = "", value_hint = ValueHint::Other)]
    pub(crate) prefix: String,
}

impl Cli {
    /// The command and whether `--json` is there, as far as that can be told from a command line that is wrong.
    pub(crate) fn glance(line: &[OsString]) -> (Option<String>, bool) {
        let words = || line.iter().skip(1).map(|word| word.to_string_lossy()).take_while(|word| word != "--");
        let definition = Cli::command();
        let with_value = |word: &str| {
            let mut options = definition.get_arguments().filter(|option| option.get_action().takes_values());
            options.any(|option| option.get_long() == word.strip_prefix("--"))
        };
        let mut rest = words();
        while let Some(word) = rest.next() {
            if !word.starts_with('-') {
                return (Some(word.into_owned()), words().any(|word| word == "--json"));
            }
            if with_value(&word) {
                rest.next();
            }
        }
        (None, words().any(|word| word == "--json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(line: &str) -> (Option<String>, bool) {
        Cli::glance(&line.split(' ').map(Into::into).collect::<Vec<_>>())
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in
            ["seatable-io --json -q status 1 --timeout 5s", "seatable-io --timeout 5 status --json 1 -q"]
        {
            let cli = Cli::parse_from(line.split(' '));
            assert!(cli.global.json && cli.global.quiet && cli.global.timeout == Duration::from_secs(5));
        }
    }

    #[test]
    fn the_command_is_known_in_a_wrong_line() {
        assert_eq!(glance("seatable-io export --json"), (Some("export".to_owned()), true));
        assert_eq!(
            glance("seatable-io --server import --nonsense export a"),
            (Some("export".to_owned()), false)
        );
        assert_eq!(glance("seatable-io --json"), (None, true));
        assert_eq!(glance("seatable-io export -- --json"), (Some("export".to_owned()), false));
    }
}
