//! `sandbox`: runs a stand-in for a SeaTable server until Ctrl-C.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use clap::ValueHint;
use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser};
use seatable_io_sandbox::{Fault, Generation, RateLimits, Sandbox, SandboxServer, SharedSandbox};
use seatable_io_ureq::{Error, seed};
use serde_json::json;

use crate::failure::Failure;
use crate::global::Global;
use crate::ui::Screen;
use crate::ui::shell::quoted;
use crate::{stdout, stop, values};

#[derive(clap::Args, Debug)]
#[command(after_help = "--help explains accounts and faults.", after_long_help = help())]
pub(crate) struct Args {
    /// Address to listen on; port 0 means any free port
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Generation of servers to imitate
    #[arg(long, default_value_t = Generation::Current, value_parser = generation())]
    pub(crate) generation: Generation,
    /// Bases to start with: a folder of .dtable files, or the number of bases to generate
    #[arg(long, value_name = "DIR|N", value_parser = account(), value_hint = ValueHint::DirPath)]
    pub(crate) account: Option<Account>,
    /// Owners of the bases that --account generates, for `--server-wide`; at least 5
    #[arg(long, value_name = "OWNERS", requires = "account", value_parser = values::number_in(5..=100_000_u32))]
    pub(crate) owners: Option<u32>,
    /// Requests per minute before the server answers 429, for all calls together [default: no limit]
    #[arg(long, value_name = "REQUESTS", value_parser = values::number_in(1..=u32::MAX))]
    pub(crate) request_limit: Option<u32>,
    /// Exports in one request per minute before the server answers 429 [default: no limit]
    #[arg(long, value_name = "EXPORTS", value_parser = values::number_in(1..=u32::MAX))]
    pub(crate) synchronous_export_limit: Option<u32>,
    /// Fault to inject, such as status:lost; may be given several times
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    pub(crate) fault: Vec<Fault>,
    /// How long a task runs, in seconds; current servers answer 504 to a request that waits for 60
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = values::number_in(0..=u32::MAX))]
    pub(crate) task_seconds: u32,
    /// Maximum size of a request body in bytes; a larger one is rejected with 413
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30, value_parser = values::number)]
    pub(crate) size_limit: u64,
    /// Path prefix of the server, such as /seatable
    #[arg(long, value_name = "PATH", default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,
}

/// More bases would need more memory than a small machine has.
const MOST_BASES: usize = 100_000;

/// The bases that a sandbox starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// The files of a folder.
    Folder(PathBuf),
    /// This many generated bases.
    Generated(usize),
}

/// Parses a folder or a number of bases.
pub(crate) fn account() -> impl TypedValueParser<Value = Account> {
    PathBufValueParser::new().try_map(|path| match path.to_str().map(str::as_bytes) {
        Some(digits) if digits.iter().all(u8::is_ascii_digit) => match path.to_string_lossy().parse() {
            Ok(count @ ..=MOST_BASES) => Ok(Account::Generated(count)),
            _ => Err(format!("at most {MOST_BASES} bases can be generated")),
        },
        _ => Ok(Account::Folder(path)),
    })
}

/// Parses a fault of any generation.
pub(crate) fn fault(text: &str) -> Result<Fault, String> {
    text.parse().map_err(|error| format!("{error}; `seatable-io sandbox --help` explains each of them"))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "it must be an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

fn generation() -> impl TypedValueParser<Value = Generation> {
    PossibleValuesParser::new(["2020", "2021", "current"]).try_map(|name| name.parse::<Generation>())
}

/// Explains accounts and faults.
fn help() -> String {
    include_str!("sandbox.txt").trim_end().replace("{FAULTS}", Fault::LIST)
}

/// Gives the sandbox a random token, and rejects requests from web pages of other sites.
pub(crate) fn private(sandbox: Sandbox) -> Result<SharedSandbox, Error> {
    // Real tokens have this length.
    let token = format!("{:032x}{:08x}", seed()?, seed()? >> 96);
    Ok(SharedSandbox::new(sandbox.with_password(token.clone()).with_token(token)).with_host_check())
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let (enough, wait) = mpsc::channel();
    stop::on_signal(move |_| enough.send(()).unwrap_or_default())
        .map_err(Failure::cannot("listen for", "Ctrl-C"))?;
    let server = SandboxServer::start_at(private(sandbox(args)?)?, args.listen)
        .map_err(Failure::cannot("listen at", args.listen))?;
    let (url, token) = (server.url(), server.token());
    if !args.listen.ip().to_canonical().is_loopback() {
        let words = "is not loopback: everyone on the network can read the bases, and the token, which is sent unencrypted";
        Screen::new(global).say(&format!("warning: {} {words}", args.listen.ip()));
    }
    let text = if global.json {
        format!("{{\"url\":{},\"token\":{}}}\n", json!(url), json!(token))
    } else if cfg!(windows) {
        format!("$env:SEATABLE_SERVER = '{url}'; $env:SEATABLE_TOKEN = '{token}'\n")
    } else {
        format!("export SEATABLE_SERVER={} SEATABLE_TOKEN={token}\n", quoted(&url))
    };
    stdout::write(&text).map_err(stdout::failed)?;
    // An error means that the listener is gone.
    let _ = wait.recv();
    Ok(0)
}

fn sandbox(args: &Args) -> Result<Sandbox, Failure> {
    let limit = |limit: Option<u32>| limit.and_then(|limit| usize::try_from(limit).ok());
    let limits = RateLimits {
        requests: limit(args.request_limit),
        synchronous_exports: limit(args.synchronous_export_limit),
    };
    args.fault.iter().try_for_each(|fault| fault.check(args.generation)).map_err(|error| {
        Failure::usage(format!("--fault: {error}"))
            .hint("seatable-io sandbox --help lists the faults of each call")
    })?;
    let sandbox = Sandbox::new(args.generation)
        .with_rate_limits(limits)
        .with_prefix(&args.prefix)
        .with_size_limit(args.size_limit)
        .with_task_time(Duration::from_secs(args.task_seconds.into()));
    let sandbox = args.fault.iter().cloned().fold(sandbox, Sandbox::with_fault);
    match (&args.account, args.owners) {
        (None, _) => Ok(sandbox),
        (Some(Account::Generated(count)), None) => Ok(sandbox.with_generated_bases(*count)),
        (Some(Account::Generated(count)), Some(owners)) => {
            Ok(sandbox.with_generated_server(*count, owners.try_into().unwrap_or(usize::MAX)))
        }
        (Some(Account::Folder(_)), Some(_)) => {
            Err(Failure::usage("--owners is for bases that are generated")
                .hint("give their number with --account, such as --account 300"))
        }
        (Some(Account::Folder(folder)), None) => {
            sandbox.with_folder_of_bases(folder).map_err(Failure::cannot("read", "the bases of --account"))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use seatable_io_sandbox::sample_dtable;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(options: &[&str]) -> Result<Args, clap::Error> {
        let cli = Cli::try_parse_from(["seatable-io", "sandbox"].iter().chain(options))?;
        let Command::Sandbox(args) = cli.command else { panic!("{options:?}") };
        Ok(args)
    }

    /// The sandbox without options.
    fn plain() -> Sandbox {
        Sandbox::new(Generation::Current).with_size_limit(1 << 30)
    }

    #[test]
    fn an_account_is_a_number_of_bases_or_a_folder() {
        let account = |value: &str| parsed(&["--account", value]).map(|args| args.account);
        assert_eq!(account("200").unwrap(), Some(Account::Generated(200)));
        for folder in ["./200", "bases", "/srv/bases", "2 and more"] {
            assert_eq!(account(folder).unwrap(), Some(Account::Folder(folder.into())));
        }
        let most = account("100001").unwrap_err().to_string();
        assert!(most.contains("at most 100000 bases can be generated"), "{most}");
    }

    #[test]
    fn an_account_combines_with_limits_and_faults() {
        let options = [
            "--account",
            "20",
            "--request-limit",
            "300",
            "--synchronous-export-limit=20",
            "--fault",
            "any:429",
        ];
        let limits = RateLimits { requests: Some(300), synchronous_exports: Some(20) };
        let known = plain().with_generated_bases(20).with_rate_limits(limits);
        let fault = "any:429".parse().unwrap();
        assert!(sandbox(&parsed(&options).unwrap()).unwrap() == known.with_fault(fault));
        assert!(sandbox(&parsed(&[]).unwrap()).unwrap() == plain());
    }

    #[test]
    fn a_folder_of_bases_is_served_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.dtable"), sample_dtable(0)).unwrap();
        let args = parsed(&["--account", dir.path().to_str().unwrap()]).unwrap();
        let mut sandbox = sandbox(&args).unwrap();
        let base = sandbox.state(Duration::ZERO).base(1, "a").cloned().unwrap();
        assert_eq!(base.content.unwrap().to_bytes().unwrap(), sample_dtable(0));
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_named() {
        let failure = sandbox(&parsed(&["--account", "/no/such folder"]).unwrap()).unwrap_err();
        assert!(failure.message.contains("/no/such folder: "), "{}", failure.message);
    }

    #[test]
    fn every_generation_can_be_named() {
        let parser = generation();
        let names = parser.possible_values().unwrap().map(|value| value.get_name().to_owned());
        assert!(names.eq(Generation::ALL.map(|generation| generation.to_string())));
    }
}
