//! The `seatable-io` command: back up, restore and move [SeaTable](https://seatable.io) bases.

mod advice;
mod batch;
mod cli;
mod commands;
mod duration;
mod failure;
mod help;
mod output;
mod report;
mod secret;
mod session;
mod small;
mod stdout;
mod stop;
mod store;
mod ui;
mod values;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::{ContextValue, ErrorKind};

use crate::advice::Given;
use crate::cli::{Cli, Command, Global};
use crate::commands::{backup, demo, export, import, list, pages, restore, sandbox, tasks, verify};
use crate::failure::{Failure, Kind};
use crate::report::{CommandName, Report};
use crate::ui::screen::{Screen, visible};

fn main() -> ExitCode {
    secret::keep_out_of_dumps();
    let line: Vec<OsString> = env::args_os().collect();
    match help::parse(&line) {
        Ok(mut cli) => {
            cli.global.given = Given::of(&cli.command);
            run(&cli)
        }
        Err(error) => misused(error, &line),
    }
}

fn run(cli: &Cli) -> ExitCode {
    let global = &cli.global;
    let end = check(global).and_then(|()| dispatch(cli));
    ExitCode::from(end.unwrap_or_else(|failure| not_begun(global, &cli.command, &failure)))
}

/// What all commands have in common.
fn check(global: &Global) -> Result<(), Failure> {
    if global.quiet && global.verbose {
        return Err(Failure::usage("--quiet and --verbose cannot be combined"));
    }
    if global.json || !global.quiet { stdout::check() } else { Ok(()) }
}

fn dispatch(cli: &Cli) -> Result<u8, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Import(args) => import::run(global, args),
        Command::Export(args) => export::run(global, args),
        Command::Status(args) => tasks::status(global, args),
        Command::Download(args) => tasks::download(global, args),
        Command::Cancel(args) => tasks::cancel(global, args),
        Command::List(args) => list::run(global, args),
        Command::Backup(args) => backup::run(global, args),
        Command::Verify(args) => verify::run(global, args),
        Command::Restore(args) => restore::run(global, args),
        Command::Sandbox(args) => sandbox::run(global, args),
        Command::Demo => demo::run(),
        Command::Completions { shell } => pages::completions(*shell),
        Command::Man { output } => pages::man(output.as_deref()),
    }
}

/// Tells why nothing was begun: one line for wrong usage, else one for each input.
fn not_begun(global: &Global, command: &Command, failure: &Failure) -> u8 {
    let (operation, workspace_id, inputs) = subject(command);
    let inputs = match inputs {
        inputs if inputs.len() > 1 && failure.kind == Kind::Usage => vec![None],
        inputs if inputs.is_empty() => vec![None],
        inputs => inputs.into_iter().map(Some).collect(),
    };
    let screen = Screen::new(global);
    screen.complain(failure);
    for input in inputs {
        let task_id = input.clone().filter(|_| workspace_id.is_none());
        screen.result(&Report {
            workspace_id,
            task_id,
            ..Report::new(operation, input, Err(failure.clone()))
        });
    }
    screen.exit(failure.kind.exit())
}

/// What a command is about, for its lines.
fn subject(command: &Command) -> (Option<CommandName>, Option<u64>, Vec<String>) {
    match command {
        Command::Import(args) => {
            let files = args.files.iter().map(|file| file.to_string_lossy().into_owned());
            (Some(CommandName::Import), Some(args.workspace), files.collect())
        }
        Command::Export(args) => (Some(CommandName::Export), Some(args.workspace), args.bases.clone()),
        Command::Status(args) => (Some(CommandName::Status), None, vec![args.task_id.clone()]),
        Command::Download(args) => (Some(CommandName::Download), None, vec![args.task_id.clone()]),
        Command::Cancel(args) => (Some(CommandName::Cancel), None, vec![args.task_id.clone()]),
        Command::List(_) => (Some(CommandName::List), None, Vec::new()),
        Command::Backup(_) => (Some(CommandName::Backup), None, Vec::new()),
        Command::Verify(_) => (Some(CommandName::Verify), None, Vec::new()),
        Command::Restore(args) => (Some(CommandName::Restore), Some(args.workspace), args.bases.clone()),
        Command::Sandbox(_) | Command::Demo | Command::Completions { .. } | Command::Man { .. } => {
            (None, None, Vec::new())
        }
    }
}

/// Help that was asked for, or a command line that cannot be read.
fn misused(error: clap::Error, line: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        // Whoever closes the pipe has seen enough.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let (command, json) = Cli::glance(line);
    let error = on_one_line(error);
    let failure = usage(&error, command.as_deref());
    let screen = Screen::new(&Global { json, ..Global::default() });
    screen.complain(&failure);
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Nobody is left to be told that standard error is closed.
        screen.say("");
        let _ = error.print();
    }
    if json {
        let operation = command.as_deref().and_then(CommandName::named);
        screen.result(&Report::new(operation, None, Err(failure)));
    }
    ExitCode::from(screen.exit(Kind::Usage.exit()))
}

/// The error with each argument that it repeats on one line: the other line breaks are clap's own, and tell its parts apart.
fn on_one_line(mut error: clap::Error) -> clap::Error {
    let repeated: Vec<_> = error.context().map(|(kind, value)| (kind, value.clone())).collect();
    for (kind, value) in repeated {
        let value = match value {
            ContextValue::String(text) => ContextValue::String(visible(&text)),
            ContextValue::Strings(texts) => {
                ContextValue::Strings(texts.iter().map(|text| visible(text)).collect())
            }
            ContextValue::StyledStrs(texts) => {
                ContextValue::StyledStrs(texts.iter().map(|text| visible(&text.to_string()).into()).collect())
            }
            value => value,
        };
        error.insert(kind, value);
    }
    error
}

/// What is wrong with the command line, and clap's tip or where to read more.
fn usage(error: &clap::Error, command: Option<&str>) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("a command is missing");
    }
    let text = error.to_string();
    let reason = std::error::Error::source(error).map(ToString::to_string);
    let text = reason.map_or_else(|| text.clone(), |reason| text.replace(&reason, &visible(&reason)));
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let end = ["\n\nUsage:", "\n\nFor more information"].iter().filter_map(|start| text.find(start)).min();
    let (message, tips) = match text[..end.unwrap_or(text.len())].split_once("\n\n  tip: ") {
        Some((message, tips)) => (message, Some(tips.replace("\n  tip: ", "; "))),
        None => (&text[..end.unwrap_or(text.len())], None),
    };
    let known = command.filter(|name| Cli::command().find_subcommand(name).is_some());
    let help =
        known.map_or_else(|| "seatable-io --help".to_owned(), |name| format!("seatable-io {name} --help"));
    let message: Vec<_> = message.lines().map(str::trim).collect();
    Failure::usage(message.join(" ").trim_end())
        .hint(tips.unwrap_or_else(|| format!("{help} shows the usage")))
}
