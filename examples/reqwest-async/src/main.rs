//! Exports a base to a file, and imports the file as another base, over reqwest:
//!
//! ```text
//! SEATABLE_SERVER=http://localhost:8000 SEATABLE_TOKEN=… cargo run -p reqwest-async -- WORKSPACE BASE FILE COPY
//! ```
//!
//! Without arguments, a sandbox is the server.

use std::env::{args, var};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use reqwest_async::Reqwest;
use seatable_io_driver::asynchronous::Client;
use seatable_io_driver::proto::{Server, Token};
use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [workspace, base, file, name] => {
            let server = Server::new(
                &var("SEATABLE_SERVER").context("SEATABLE_SERVER")?,
                Token::new(&var("SEATABLE_TOKEN").map_err(|_| anyhow!("SEATABLE_TOKEN contains no token"))?)?,
            )?;
            copy(&server, workspace.parse()?, base, Path::new(file), name).await
        }
        [] => {
            let sandbox = Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(5_000_000));
            let (sandbox, folder) = (SandboxServer::start(sandbox)?, tempfile::tempdir()?);
            let server = Server::new(&sandbox.url(), Token::new(&sandbox.token())?)?;
            copy(&server, 1, "stock", &folder.path().join("stock.dtable"), "stock (copy)").await
        }
        _ => Err(anyhow!("usage: reqwest-async [WORKSPACE BASE FILE COPY]")),
    }
}

async fn copy(server: &Server, workspace: u64, base: &str, file: &Path, name: &str) -> Result<()> {
    let client = Client::with_transport(Reqwest::new()?);
    let exported = client.export(server, workspace, base).save_to(file).run().await?;
    println!("exported {} bytes", exported.bytes);
    let imported = client.import(server, workspace, file).name(name).run().await?;
    println!("imported {}", imported.base.map_or(name.to_owned(), |base| base.name));
    Ok(())
}
