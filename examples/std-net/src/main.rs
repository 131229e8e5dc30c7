//! Exports a base to a file, and imports the file as another base, over `std::net`:
//!
//! ```text
//! SEATABLE_SERVER=http://localhost:8000 SEATABLE_TOKEN=… cargo run -p std-net -- WORKSPACE BASE FILE COPY
//! ```
//!
//! Without arguments, a sandbox is the server.

use std::env::{args, var};
use std::fs::{self, File};
use std::io::{Cursor, empty};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use seatable_io_proto::{BaseName, FileName, Format, Server, Token};
use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
use seatable_io_task::{Export, Import, Operation, Outcome, Policy};
use std_net::run;

fn main() -> Result<()> {
    let arguments: Vec<String> = args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [workspace, base, file, name] => {
            let server = Server::new(
                &var("SEATABLE_SERVER").context("SEATABLE_SERVER")?,
                Token::new(&var("SEATABLE_TOKEN").map_err(|_| anyhow!("SEATABLE_TOKEN contains no token"))?)?,
            )?;
            copy(&server, workspace.parse()?, base, Path::new(file), name)
        }
        [] => {
            let sandbox = Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(5_000_000));
            let (sandbox, folder) = (SandboxServer::start(sandbox)?, tempfile::tempdir()?);
            let server = Server::new(&sandbox.url(), Token::new(&sandbox.token())?)?;
            copy(&server, 1, "stock", &folder.path().join("stock.dtable"), "stock (copy)")
        }
        _ => Err(anyhow!("usage: std-net [WORKSPACE BASE FILE COPY]")),
    }
}

fn copy(server: &Server, workspace: u64, base: &str, file: &Path, name: &str) -> Result<()> {
    let seed = || getrandom::u64().map(|random| u128::from(random) << 64);
    let export = Export::new(workspace, BaseName::new(base)?);
    let part = file.with_extension("part");
    let mut sink = File::create_new(&part)?;
    let operation = Operation::export(server.clone(), export, Policy::default(), seed()?);
    if let Outcome::Exported(exported) = run(operation, &mut empty(), &mut sink)? {
        sink.set_len(exported.bytes)?;
        println!("exported {} bytes", exported.bytes);
    }
    sink.sync_all()?;
    fs::rename(part, file)?;

    let mut source = File::open(file)?;
    let import = Import::new(workspace, FileName::new(name, Format::Dtable)?, source.metadata()?.len())?;
    let operation = Operation::import(server.clone(), import, Policy::default(), seed()?);
    run(operation, &mut source, &mut Cursor::new(Vec::new()))?;
    println!("imported {name}");
    Ok(())
}
