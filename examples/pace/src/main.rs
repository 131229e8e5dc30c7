//! Ten thousand exports of one account, under its rate limit of 20 a minute, in virtual time: `cargo run -p pace`
//!
//! The server is a sandbox in the same process. Whenever nothing is left to do, tokio's paused clock jumps to the next wait.

use std::time::Duration;

use anyhow::Result;
use futures_util::future::try_join_all;
use hyper_util::rt::TokioTimer;
use seatable_io_hyper::task::{Allowance, Pace, Route};
use seatable_io_hyper::{Client, Hyper, Policy, Server, Token, WriterSink};
use seatable_io_sandbox::{Generation, RateLimits, Sandbox, SandboxService, sample_dtable};
use tokio::time::Instant;

#[cfg(test)]
mod tests;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<()> {
    let sandbox = SandboxService::new(self_hosted(10_000));
    let start = Instant::now();
    let sizes = export_all(&sandbox).await?;
    println!("{} exports would have taken {:.1} hours", sizes.len(), start.elapsed().as_secs_f64() / 3600.0);
    Ok(())
}

fn self_hosted(bases: usize) -> Sandbox {
    let limits = RateLimits { requests: Some(3000), synchronous_exports: Some(20) };
    let sandbox = Sandbox::new(Generation::Current).with_rate_limits(limits);
    (0..bases)
        .fold(sandbox, |sandbox, base| sandbox.with_base(1, &base.to_string(), sample_dtable(1000 + base)))
}

/// Exports all bases at once, and returns the sizes of their files in bytes.
async fn export_all(sandbox: &SandboxService) -> Result<Vec<u64>> {
    let server = Server::new(&sandbox.url(), Token::new(&sandbox.token())?)?;
    let client = Client::with_transport(Hyper::new(sandbox.clone(), TokioTimer::new()));
    let pace = Pace::new(Allowance::default().export_starts(20.try_into()?)).route(Route::Synchronous);
    let (policy, state) = (Policy::default().timeout(Duration::MAX), sandbox.state());
    let exports = state.bases.values().map(|base| {
        let export = client.export(&server, base.workspace, &*base.name).policy(policy.clone()).pace(&pace);
        export.sink(WriterSink::new(tokio::io::sink())).run()
    });
    Ok(try_join_all(exports).await?.into_iter().map(|exported| exported.bytes).collect())
}
