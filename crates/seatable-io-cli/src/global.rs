//! The options of every command.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;

use crate::failure::Failure;
use crate::ui::Complaints;
use crate::{environment, values};

/// The time limit for each input by default.
const TIMEOUT: Duration = Duration::from_secs(3600);

#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::doc_markdown, reason = "the help is not Markdown")]
pub(crate) struct Global {
    /// URL of the server, including its path prefix, if any [default: $SEATABLE_SERVER]
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) server: Option<String>,
    /// File with the token of the account; `-` is standard input [default: $SEATABLE_TOKEN_FILE, or the token in $SEATABLE_TOKEN]
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) token_file: Option<PathBuf>,
    /// PEM file with the certificate authorities to trust instead of the built-in ones [default: $SEATABLE_CA_FILE]
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Allow unencrypted http to other machines; anyone on the network path can read the token [default: $SEATABLE_ALLOW_HTTP]
    #[arg(long, global = true)]
    pub(crate) allow_http: bool,
    /// Print one line of JSON for each FILE, BASE or task
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print only errors, warnings that a person should look at, and the lines of --json
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print the server, and each request with its time, status and duration; never a secret
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Time limit for each input as a whole, such as 30s, 10m or 1h30m; a bare number is seconds [default: $SEATABLE_TIMEOUT, or 1h]
    #[arg(long = "timeout", global = true, value_name = "DURATION", value_parser = values::in_seconds)]
    pub(crate) given_timeout: Option<Duration>,
    /// The time limit: the given one, or that of the environment.
    #[arg(skip)]
    pub(crate) timeout: Duration,
    /// Largest file to accept from the server, such as 500MB or 2GiB; a bare number is bytes [default: $SEATABLE_MAX_SIZE, or no limit]
    #[arg(long, global = true, value_name = "SIZE", value_parser = values::size)]
    pub(crate) max_size: Option<u64>,
    #[arg(skip)]
    pub(crate) given: Given,
    #[arg(skip)]
    pub(crate) complaints: Complaints,
}

impl Global {
    /// Reads the limits that are not given from the environment.
    pub(crate) fn read_environment(&mut self) -> Result<(), Failure> {
        self.timeout = match self.given_timeout {
            Some(timeout) => timeout,
            None => environment::value(environment::TIMEOUT, values::in_seconds)?.unwrap_or(TIMEOUT),
        };
        if self.max_size.is_none() {
            self.max_size = environment::value(environment::MAX_SIZE, values::size)?;
        }
        Ok(())
    }
}

/// The parts of the command line that advice depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// The option that gives a base another name.
    pub(crate) rename: Option<&'static str>,
    /// Whether assets can be left out, and are not.
    pub(crate) with_assets: bool,
    /// Whether several inputs are processed at the same time.
    pub(crate) parallel: bool,
}
