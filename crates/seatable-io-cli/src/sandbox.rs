//! `sandbox`: a stand-in for a SeaTable server, until Ctrl-C.

use std::io::{self, Write};
use std::sync::mpsc;
use std::time::Duration;

use seatable_io_sandbox::{Sandbox, SandboxServer, Shared};
use serde_json::json;

use crate::args;
use crate::failure::Failure;
use crate::stop;

pub(crate) fn run(json: bool, args: &args::Sandbox) -> Result<u8, Failure> {
    let (enough, wait) = mpsc::channel();
    stop::on_signal(move |_| enough.send(()).unwrap_or_default())
        .map_err(|error| Failure::io(format!("cannot listen for Ctrl-C: {error}")))?;
    let server = SandboxServer::start_at(Shared::new(sandbox(args)), args.listen)
        .map_err(|error| Failure::io(format!("cannot listen at {}: {error}", args.listen)))?;
    let (url, token) = (server.url(), server.token());
    let said = if json {
        format!("{{\"url\":{},\"token\":{}}}\n", json!(url), json!(token))
    } else {
        format!("export SEATABLE_SERVER={url} SEATABLE_TOKEN={token}\n")
    };
    let mut out = io::stdout().lock();
    out.write_all(said.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::io(format!("cannot write to standard output: {error}")))?;
    // An error: the listener is gone, and with it the only end.
    let _ = wait.recv();
    Ok(0)
}

fn sandbox(args: &args::Sandbox) -> Sandbox {
    let sandbox = Sandbox::new(args.generation)
        .with_prefix(&args.prefix)
        .with_size_limit(args.size_limit)
        .with_task_time(Duration::from_secs(args.task_seconds.into()));
    args.fault.iter().cloned().fold(sandbox, Sandbox::with_fault)
}
