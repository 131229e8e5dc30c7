//! One import or export, with the arguments that the `seatable-io` command takes for it:
//!
//! ```text
//! transfer import FILE --workspace ID [--ca-file PATH] [-q]
//! transfer export BASE --workspace ID --output PATH [--force] [--ca-file PATH] [-q]
//! ```
//!
//! With `--copies N`, a base is exported this many times at once, to PATH.1, PATH.2 and so on.
//!
//! The server and the token are read from `SEATABLE_SERVER` and `SEATABLE_TOKEN`.

use std::env::{args, var};
use std::error::Error as StdError;

use futures_util::future::try_join_all;
use seatable_io_hyper::{Client, Config, Roots, Server, Token, check_archive};

const USAGE: &str = "transfer import FILE --workspace ID | transfer export BASE --workspace ID --output PATH";

#[derive(Default)]
struct Arguments {
    /// The command and its file or base.
    words: Vec<String>,
    workspace: Option<u64>,
    output: Option<String>,
    ca_file: Option<String>,
    copies: Option<usize>,
    force: bool,
    quiet: bool,
}

impl Arguments {
    fn read() -> Result<Self, Box<dyn StdError>> {
        let (mut read, mut arguments) = (Self::default(), args().skip(1));
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--workspace" => read.workspace = Some(value()?.parse()?),
                "-o" | "--output" => read.output = Some(value()?),
                "--ca-file" => read.ca_file = Some(value()?),
                "--copies" => read.copies = Some(value()?.parse()?),
                "--force" => read.force = true,
                "-q" | "--quiet" => read.quiet = true,
                option if option.starts_with('-') => Err(format!("unknown option {option}"))?,
                _ => read.words.push(argument),
            }
        }
        Ok(read)
    }
}

// One transfer needs one thread for the network; files have threads of their own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let arguments = Arguments::read()?;
    let config = match &arguments.ca_file {
        Some(path) => Config::default().roots(Roots::Pem(std::fs::read(path)?)),
        None => Config::default(),
    };
    let client = Client::new(config)?;
    let server = Server::new(&var("SEATABLE_SERVER")?, Token::new(&var("SEATABLE_TOKEN")?)?)?;
    let workspace = arguments.workspace.ok_or(USAGE)?;
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let done = match (words.as_slice(), &arguments.output) {
        (["import", file], None) => {
            check_archive(std::fs::File::open(file)?)?;
            let imported = client.import(&server, workspace, file).run().await?;
            format!("imported {}", imported.base.map(|base| base.name).unwrap_or_default())
        }
        (["export", base], Some(output)) => {
            let paths = match arguments.copies {
                Some(copies) => (1..=copies).map(|copy| format!("{output}.{copy}")).collect(),
                None => vec![output.clone()],
            };
            let exports = paths.iter().map(|path| {
                let export = client.export(&server, workspace, *base).save_to(path);
                if arguments.force { export.overwrite() } else { export }.run()
            });
            let exported = try_join_all(exports).await?;
            format!("exported {} bytes", exported.iter().map(|exported| exported.bytes).sum::<u64>())
        }
        _ => Err(USAGE)?,
    };
    if !arguments.quiet {
        println!("{done}");
    }
    Ok(())
}
