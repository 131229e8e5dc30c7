//! The definition of the command line.

use std::any::TypeId;
use std::time::Duration;

use clap::{Arg, CommandFactory, Parser, Subcommand, ValueHint};

use crate::commands::{
    backup, cancel, completions, convert, copies, demo, diff, download, export, import, list, man, prune,
    restore, sandbox, show, status, verify,
};
use crate::failure::Failure;
use crate::global::{Given, Global};
use crate::report::CommandName;

/// The exit codes, the environment, and examples.
const HELP: &str = include_str!("cli.txt");

/// Back up, restore and move SeaTable bases.
#[derive(Debug, Parser)]
#[command(name = "seatable-io", version, after_long_help = HELP.trim_end(),
          after_help = HELP.split("\n\nExamples:").next())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Import files as new bases
    Import(import::Args),
    /// Export bases into .dtable files
    Export(export::Args),
    /// Show whether a task is running or has finished; the server reports completion only once
    Status(status::Args),
    /// Wait for an export that was started earlier, and download its file
    Download(download::Args),
    /// Cancel a task on the server
    Cancel(cancel::Args),
    /// List the bases of the account
    List(list::Args),
    /// Back up every base of the account into a folder
    Backup(backup::Args),
    /// Check .dtable files or whole backup folders; needs no server
    Verify(verify::Args),
    /// Import copies of a backup folder as new bases
    Restore(restore::Args),
    /// List the copies of a backup folder; needs no server
    Copies(copies::Args),
    /// Delete old copies of a backup folder; needs no server
    Prune(prune::Args),
    /// Show the tables, columns, rows, links and assets of a copy; needs no server
    Show(show::Args),
    /// Show the differences between two copies; needs no server
    Diff(diff::Args),
    /// Convert a copy to CSV files, an SQLite database or JSON lines; needs no server
    Convert(convert::Args),
    /// Run a local stand-in for a SeaTable server until Ctrl-C
    Sandbox(sandbox::Args),
    /// Run commands against a sandbox: import, export and cancel with each server generation, showing every request; then
    /// back up and restore a small account
    Demo,
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the manual; read it with `seatable-io man | man -l -`
    Man(man::Args),
}

/// Returns the definition for clap.
pub(crate) fn definition() -> clap::Command {
    Cli::command().mut_args(with_defaults).mut_subcommands(|command| command.mut_args(with_defaults))
}

/// A negative number is rejected as a value, not as an unknown option. Nothing is completed unless a hint says so.
fn with_defaults(arg: Arg) -> Arg {
    let hint = match arg.get_value_hint() {
        _ if !arg.get_action().takes_values() || !arg.get_possible_values().is_empty() => return arg,
        ValueHint::Unknown => ValueHint::Other,
        hint => hint,
    };
    let numbers = [TypeId::of::<u8>(), TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<Duration>()];
    let is_number = numbers.iter().any(|number| arg.get_value_parser().type_id() == *number);
    arg.value_hint(hint).allow_negative_numbers(is_number)
}

impl Command {
    /// Runs the command, and returns its exit code.
    pub(crate) fn run(&self, global: &Global) -> Result<u8, Failure> {
        match self {
            Command::Import(args) => import::run(global, args),
            Command::Export(args) => export::run(global, args),
            Command::Status(args) => status::run(global, args),
            Command::Download(args) => download::run(global, args),
            Command::Cancel(args) => cancel::run(global, args),
            Command::List(args) => list::run(global, args),
            Command::Backup(args) => backup::run(global, args),
            Command::Verify(args) => verify::run(global, args),
            Command::Restore(args) => restore::run(global, args),
            Command::Copies(args) => copies::run(global, args),
            Command::Prune(args) => prune::run(global, args),
            Command::Show(args) => show::run(global, args),
            Command::Diff(args) => diff::run(global, args),
            Command::Convert(args) => convert::run(global, args),
            Command::Sandbox(args) => sandbox::run(global, args),
            Command::Demo => demo::run(),
            Command::Completions(args) => completions::run(args, definition()),
            Command::Man(args) => man::run(args, definition()),
        }
    }

    /// Returns the name, the workspace and the inputs for the lines of a run that does not begin.
    pub(crate) fn subject(&self) -> (Option<CommandName>, Option<u64>, Vec<String>) {
        match self {
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
            Command::Copies(_) => (Some(CommandName::Copies), None, Vec::new()),
            Command::Prune(_) => (Some(CommandName::Prune), None, Vec::new()),
            Command::Show(args) => (Some(CommandName::Show), None, vec![args.copy.named().label()]),
            Command::Diff(args) => (Some(CommandName::Diff), None, vec![args.label()]),
            Command::Convert(args) => (Some(CommandName::Convert), None, vec![args.copy.named().label()]),
            _ => (None, None, Vec::new()),
        }
    }

    /// Returns the parts that advice depends on.
    pub(crate) fn given(&self) -> Given {
        let exports =
            |no_assets: bool, jobs| Given { with_assets: !no_assets, parallel: jobs > 1, rename: None };
        match self {
            Command::Import(_) => Given { rename: Some("--name"), ..Given::default() },
            Command::Restore(_) => Given { rename: Some("--suffix"), ..Given::default() },
            Command::Export(args) => exports(args.no_assets, args.jobs.jobs),
            Command::Backup(args) => exports(args.no_assets, args.jobs.jobs),
            _ => Given::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in
            ["seatable-io --json -q status 1 --timeout 5s", "seatable-io --timeout 5 status --json 1 -q"]
        {
            let cli = Cli::parse_from(line.split(' '));
            assert!(
                cli.global.json
                    && cli.global.quiet
                    && cli.global.given_timeout == Some(Duration::from_secs(5))
            );
        }
    }
}
