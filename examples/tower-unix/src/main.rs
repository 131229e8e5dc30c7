//! Exports a base to a file, and imports the file as another base, over a Unix socket:
//!
//! ```text
//! SEATABLE_TOKEN=… cargo run -p tower-unix -- SOCKET WORKSPACE BASE FILE COPY
//! ```
//!
//! Without arguments, a sandbox is the server. `SEATABLE_SERVER` is the URL for the `Host` header, by default
//! `http://localhost`.

use std::env::{args, var};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, anyhow, bail};
use seatable_io_hyper::asynchronous::Client;
use seatable_io_hyper::{Hyper, Server, Token};
use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, SharedSandbox, sample_dtable};
use tower_unix::transport;

#[tokio::main]
async fn main() -> Result<()> {
    let (arguments, opened) = (args().skip(1).collect::<Vec<_>>(), Arc::default());
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [socket, workspace, base, file, name] => {
            let url = var("SEATABLE_SERVER").unwrap_or_else(|_| "http://localhost".to_owned());
            let server = Server::new(
                &url,
                Token::new(&var("SEATABLE_TOKEN").map_err(|_| anyhow!("SEATABLE_TOKEN contains no token"))?)?,
            )?;
            copy(transport(*socket, &opened), &server, workspace.parse()?, base, Path::new(file), name)
                .await?;
        }
        [] => {
            let sandbox = Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(5_000_000));
            let folder = tempfile::tempdir()?;
            let (socket, file) = (folder.path().join("socket"), folder.path().join("stock.dtable"));
            let sandbox = SandboxServer::start_unix(SharedSandbox::new(sandbox), &socket)?;
            let server = Server::new(&sandbox.url(), Token::new(&sandbox.token())?)?;
            copy(transport(socket, &opened), &server, 1, "stock", &file, "stock (copy)").await?;
        }
        _ => bail!("usage: tower-unix [SOCKET WORKSPACE BASE FILE COPY]"),
    }
    println!("{} connections", AtomicUsize::load(&opened, Ordering::Relaxed));
    Ok(())
}

async fn copy(
    transport: Hyper,
    server: &Server,
    workspace: u64,
    base: &str,
    file: &Path,
    name: &str,
) -> Result<()> {
    let client = Client::with_transport(transport);
    let exported = client.export(server, workspace, base).save_to(file).run().await?;
    println!("exported {} bytes", exported.bytes);
    let imported = client.import(server, workspace, file).name(name).run().await?;
    println!("imported {}", imported.base.map_or(name.to_owned(), |base| base.name));
    Ok(())
}
