//! Reads the command line, and explains its errors.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{FromArgMatches, ValueEnum as _};

use crate::cli::{Cli, definition};
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::help::{columns, fitted};
use crate::report::{CommandName, Details};
use crate::ui::{Screen, visible};

/// Reads the command line.
pub(crate) fn parse(line: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = fitted(definition(), columns()).try_get_matches_from(line)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut definition()))
}

/// Prints the requested help, or an error.
pub(crate) fn misused(error: clap::Error, line: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        // A reader that closes the pipe has seen enough.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let (command, json) = glance(line);
    // Read once more without invisible characters: all line breaks in the error are clap's own, and separate its parts.
    let shown: Vec<_> = line.iter().map(|word| visible(&word.to_string_lossy()).into()).collect();
    let error = parse(&shown).err().unwrap_or(error);
    let failure = usage(&error, command.as_deref());
    let screen = Screen::new(&Global { json, ..Global::default() });
    screen.complain(&failure);
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // If standard error is closed, there is nowhere to report it.
        screen.say("");
        let _ = error.print();
    }
    let command = command.and_then(|name| CommandName::from_str(&name, false).ok());
    screen.result(&Details::new(command, None).ended(Err(failure)));
    ExitCode::from(screen.exit(Kind::Usage.exit()))
}

/// Returns clap's message, with its tip or a pointer to the help.
fn usage(error: &clap::Error, command: Option<&str>) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("a command is missing");
    }
    let text = error.to_string();
    let mut parts = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n");
    let message: Vec<_> = parts.next().unwrap_or_default().lines().map(str::trim).collect();
    let tips = parts.next().and_then(|part| part.strip_prefix("  tip: "));
    let known = command.filter(|name| definition().find_subcommand(name).is_some());
    let known = known.map_or_else(String::new, |name| format!(" {name}"));
    let help = || format!("seatable-io{known} --help shows the usage");
    Failure::usage(message.join(" ")).hint(tips.map_or_else(help, |tips| tips.replace("\n  tip: ", "; ")))
}

/// Returns the command, and whether `--json` is given, as far as a wrong command line shows it.
fn glance(line: &[OsString]) -> (Option<String>, bool) {
    let words = || line.iter().skip(1).map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    let definition = definition();
    let with_value = |word: &str| {
        let mut options = definition.get_arguments().filter(|option| option.get_action().takes_values());
        options.any(|option| option.get_long() == word.strip_prefix("--"))
    };
    let mut rest = words();
    while let Some(word) = rest.next() {
        if !word.starts_with('-') {
            return (Some(word.into_owned()), words().any(|word| word == "--json"));
        }
        if with_value(&word) {
            rest.next();
        }
    }
    (None, words().any(|word| word == "--json"))
}

#[cfg(test)]
mod tests {
    fn glance(line: &str) -> (Option<String>, bool) {
        super::glance(&line.split(' ').map(Into::into).collect::<Vec<_>>())
    }

    #[test]
    fn the_command_is_known_in_a_wrong_line() {
        assert_eq!(glance("seatable-io export --json"), (Some("export".to_owned()), true));
        assert_eq!(
            glance("seatable-io --server import --nonsense export a"),
            (Some("export".to_owned()), false)
        );
        assert_eq!(glance("seatable-io --json"), (None, true));
        assert_eq!(glance("seatable-io export -- --json"), (Some("export".to_owned()), false));
    }
}
