//! The `seatable-io` command: back up, restore and move [SeaTable](https://seatable.io) bases.

mod advice;
mod batch;
mod check;
mod cli;
mod commands;
mod differences;
mod environment;
mod failure;
mod files;
mod global;
mod help;
mod output;
mod report;
mod secret;
mod session;
mod stdout;
mod stop;
mod store;
mod ui;
mod usage;
mod values;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::Command;
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::report::Details;
use crate::ui::Screen;

fn main() -> ExitCode {
    secret::keep_out_of_dumps();
    let line: Vec<OsString> = env::args_os().collect();
    let mut cli = match usage::parse(&line) {
        Ok(cli) => cli,
        Err(error) => return usage::misused(error, &line),
    };
    cli.global.given = cli.command.given();
    let environment = cli.global.read_environment();
    let (global, command) = (&cli.global, &cli.command);
    let end = environment.and_then(|()| check(global)).and_then(|()| command.run(global));
    ExitCode::from(end.unwrap_or_else(|failure| not_begun(global, command, &failure)))
}

/// Checks the options that all commands share.
fn check(global: &Global) -> Result<(), Failure> {
    if global.quiet && global.verbose {
        return Err(Failure::usage("--quiet and --verbose cannot be combined"));
    }
    if global.json || !global.quiet { stdout::check() } else { Ok(()) }
}

/// Reports why nothing was started: one line for wrong usage, otherwise one for each input.
fn not_begun(global: &Global, command: &Command, failure: &Failure) -> u8 {
    let (name, workspace_id, inputs) = command.subject();
    let is_one = inputs.is_empty() || (inputs.len() > 1 && failure.kind == Kind::Usage);
    let inputs = if is_one { vec![None] } else { inputs.into_iter().map(Some).collect() };
    let screen = Screen::new(global);
    screen.complain(failure);
    for input in inputs {
        let task_id = input.clone().filter(|_| workspace_id.is_none());
        let mut details = Details::new(name, input);
        (details.workspace_id, details.task_id) = (workspace_id, task_id);
        screen.result(&details.ended(Err(failure.clone())));
    }
    screen.exit(stop::exit_code().unwrap_or_else(|| failure.kind.exit()))
}
