//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueHint};
use seatable_io_sandbox::{Fault, Generation};
use seatable_io_ureq::proto::TaskKind;

use crate::advice::Given;
use crate::commands::sandbox::Account;
use crate::help::{AFTER, EXAMPLES, SERVER, TOKEN_FILE};
use crate::ui::size;
use crate::{duration, values};

mod account;

pub(crate) use account::{Backup, List, Restore, Verify};

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
    /// PEM file with the certificate authorities to trust instead of the built-in ones
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Allow unencrypted http to other machines; anyone on the network path can read the token
    #[arg(long, global = true)]
    pub(crate) allow_http: bool,
    /// Print one line of JSON for each FILE, BASE or task
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print only errors, what a person should look at, and the lines of --json
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print the server, and each request with its time, status and duration; never a secret
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Time limit for each input as a whole, such as 30s, 10m or 1h30m; a bare number is seconds
    #[arg(long, global = true, value_name = "DURATION", default_value = "1h", value_parser = duration::in_seconds,
          allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) timeout: Duration,
    /// Largest file to accept from the server, such as 500MB or 2GiB; a bare number is bytes [default: no limit]
    #[arg(long, global = true, value_name = "SIZE", value_parser = size::parse, allow_negative_numbers = true,
          value_hint = ValueHint::Other)]
    pub(crate) max_size: Option<u64>,
    #[arg(skip)]
    pub(crate) given: Given,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Import files as new bases
    Import(Import),
    /// Export bases into .dtable files
    Export(Export),
    /// Show whether a task is running or has finished; the server reports completion only once
    Status(Status),
    /// Wait for an export that was started earlier, and download its file
    Download(Download),
    /// Cancel a task on the server
    Cancel(Cancel),
    /// List the bases of the account
    List(List),
    /// Back up every base of the account into a folder
    Backup(Backup),
    /// Check .dtable files or whole backup folders; needs no server
    Verify(Verify),
    /// Import copies of a backup folder as new bases
    Restore(Restore),
    /// Run a local stand-in for a SeaTable server until Ctrl-C
    Sandbox(Sandbox),
    /// Import, export and cancel against a sandbox of each server generation, and show every request; then back up and
    /// restore a small account
    Demo,
    /// Print a completion script for a shell
    Completions {
        /// Shell to complete in
        shell: clap_complete::Shell,
    },
    /// Print the manual; read it with `seatable-io man | man -l -`
    Man {
        /// Write a page for this command and one for each of its commands into a folder instead, created if necessary;
        /// existing pages are replaced
        #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        output: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
#[command(after_help = "\
A .dtable file is checked before anything is sent. An import that may have happened is not repeated; the exit code is 8.

Examples:
  seatable-io import Sales.dtable --workspace 7
  seatable-io import plan.csv --workspace 7 --name \"Plan 2026\"
  seatable-io --json import *.dtable --workspace 7 --jobs 3")]
pub(crate) struct Import {
    /// Files to import: .dtable, .csv or .xlsx
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// ID of the workspace to import into
    #[arg(long, value_name = "ID", value_parser = values::number, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) workspace: u64,
    /// Name of the new base, with a single FILE [default: the name of the file without its extension]
    #[arg(long, value_hint = ValueHint::Other)]
    pub(crate) name: Option<String>,
    /// Exit as soon as the server has started the import, and print what `status` and `cancel` need
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
A file appears whole or not at all: it is written under a temporary name in the same folder, checked, and renamed.

Examples:
  seatable-io export Sales --workspace 7
  seatable-io export Sales Projects --workspace 7 --output-dir backup --force
  seatable-io export Sales --workspace 7 --output - | gpg -e -r me > Sales.dtable.gpg")]
pub(crate) struct Export {
    /// Names of the bases to export
    #[arg(required = true, value_name = "BASE", value_hint = ValueHint::Other)]
    pub(crate) bases: Vec<String>,
    /// ID of the workspace that contains the bases
    #[arg(long, value_name = "ID", value_parser = values::number, allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) workspace: u64,
    /// File to write, with a single BASE; `-` is standard output
    #[arg(short, long, value_name = "PATH", conflicts_with = "output_dir", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Folder for the files, created if necessary [default: the current one]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output_dir: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    pub(crate) force: bool,
    /// Exit as soon as the server has started the export, and print what `status`, `download` and `cancel` need;
    /// servers of 2020 and 2021 only
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Leave out attached files and images; current servers only
    #[arg(long)]
    pub(crate) no_assets: bool,
    /// File with the password of the bases; `-` is standard input; current servers only
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

#[derive(Args, Debug)]
pub(crate) struct Jobs {
    /// How many to process at the same time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::number_in(1..=64_u8),
          allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) jobs: u8,
}

#[derive(Args, Debug)]
#[command(after_help = "\
It prints `running` or `finished`; the exit code of both is 0. A server reports completion only once and then forgets \
the task: asking again ends with exit code 4.")]
pub(crate) struct Status {
    /// ID of the task
    #[arg(value_hint = ValueHint::Other)]
    pub(crate) task_id: String,
}

#[derive(Args, Debug)]
pub(crate) struct Download {
    /// ID of the export
    #[arg(value_hint = ValueHint::Other)]
    pub(crate) task_id: String,
    /// UUID of the base, as printed when the task was started
    #[arg(long, value_hint = ValueHint::Other)]
    pub(crate) uuid: String,
    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Cancel {
    /// ID of the task
    #[arg(value_hint = ValueHint::Other)]
    pub(crate) task_id: String,
    /// UUID of the base, as printed when the task was started
    #[arg(long, value_hint = ValueHint::Other)]
    pub(crate) uuid: String,
    /// Kind of the task
    #[arg(long, value_parser = values::kind())]
    pub(crate) kind: TaskKind,
}

#[derive(Args, Debug)]
#[command(after_help = "--help explains accounts and faults.", after_long_help = crate::commands::sandbox::help())]
pub(crate) struct Sandbox {
    /// Address to listen on; port 0 means any free port
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0", value_parser = values::address,
          value_hint = ValueHint::Other)]
    pub(crate) listen: SocketAddr,
    /// Generation of servers to imitate
    #[arg(long, default_value_t = Generation::Current, value_parser = values::generation())]
    pub(crate) generation: Generation,
    /// Bases to start with: a folder of .dtable files, or the number of bases to generate
    #[arg(long, value_name = "DIR|N", value_parser = crate::commands::sandbox::account(), value_hint = ValueHint::DirPath)]
    pub(crate) account: Option<Account>,
    /// Requests per minute before the server answers 429, for all calls together [default: no limit]
    #[arg(long, value_name = "REQUESTS", value_parser = values::number_in(1..=u32::MAX), allow_negative_numbers = true,
          value_hint = ValueHint::Other)]
    pub(crate) request_limit: Option<u32>,
    /// Exports in one request per minute before the server answers 429 [default: no limit]
    #[arg(long, value_name = "EXPORTS", value_parser = values::number_in(1..=u32::MAX), allow_negative_numbers = true,
          value_hint = ValueHint::Other)]
    pub(crate) synchronous_export_limit: Option<u32>,
    /// Fault to inject, such as status:lost; may be given several times
    #[arg(long, value_name = "FAULT", value_parser = crate::commands::sandbox::fault, value_hint = ValueHint::Other)]
    pub(crate) fault: Vec<Fault>,
    /// How long a task runs, in seconds; current servers answer 504 to a request that waits for 60
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = values::number_in(0..=u32::MAX),
          allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) task_seconds: u32,
    /// Maximum size of a request body in bytes; a larger one is rejected with 413
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30, value_parser = values::number,
          allow_negative_numbers = true, value_hint = ValueHint::Other)]
    pub(crate) size_limit: u64,
    /// Path prefix of the server, such as /seatable
    #[arg(long, value_name = "PATH", default_value = "", hide_default_value = true, value_hint = ValueHint::Other)]
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
