//! A queue of exports and imports. With the URL of the server and the token of the account in the variables `SEATABLE_SERVER` and
//! `SEATABLE_TOKEN`, and the URL of a database:
//!
//! ```sh
//! export DATABASE_URL=sqlite:jobs.db   # or postgres://host/jobs, for workers on many machines
//! cargo run -p job-queue -- setup      # once
//! cargo run -p job-queue -- export 1 stock /backups/stock.dtable
//! cargo run -p job-queue -- import 7 stock /backups/stock.dtable
//! cargo run -p job-queue -- work       # as many as you like
//! cargo run -p job-queue -- show
//! ```
//!
//! `LEASE_SECONDS` (default 30, at least 2) is how long a worker that has died keeps its jobs.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use job_queue::{Job, Queue, Store, Worker};
use seatable_io_hyper::{Client, Config, Policy, Server, Token};

#[tokio::main]
async fn main() -> Result<()> {
    let url = env::var("DATABASE_URL").map_err(|_| anyhow!("DATABASE_URL contains no URL"))?;
    let seconds = env::var("LEASE_SECONDS").map_or(Ok(30), |seconds| seconds.parse())?;
    let lease = Duration::from_secs(seconds).max(Duration::from_secs(2));
    let queue = Queue::connect(&url).await?;
    let store = Store::connect(&url, lease).await?;

    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["setup"] => {
            queue.setup().await?;
            store.setup().await?;
        }
        ["export", workspace, base, path] => queue.push(export(workspace, base, path)?).await?,
        ["import", workspace, base, path] => queue.push(import(workspace, base, path)?).await?,
        ["work"] => {
            let server = Server::new(
                &env::var("SEATABLE_SERVER").context("SEATABLE_SERVER")?,
                Token::new(
                    &env::var("SEATABLE_TOKEN").map_err(|_| anyhow!("SEATABLE_TOKEN contains no token"))?,
                )?,
            )?;
            let (client, policy) = (Client::new(Config::default())?, Policy::default());
            queue.work(Worker { client, server, policy, store }, 4, lease, tokio::signal::ctrl_c()).await?;
        }
        ["show"] => store.states().await?.iter().for_each(|state| println!("{state:?}")),
        _ => bail!(
            "usage: job-queue setup | work | show | export WORKSPACE BASE FILE | import WORKSPACE BASE FILE"
        ),
    }
    Ok(())
}

fn export(workspace: &str, base: &str, path: &str) -> Result<Job> {
    Ok(Job::Export { workspace: workspace.parse()?, base: base.to_owned(), path: PathBuf::from(path) })
}

fn import(workspace: &str, base: &str, path: &str) -> Result<Job> {
    Ok(Job::Import { workspace: workspace.parse()?, base: base.to_owned(), path: PathBuf::from(path) })
}
