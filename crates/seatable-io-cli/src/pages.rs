//! What is made from the definition of the command line: completions and manual pages.

use std::io::{self, Write};

use clap::{Command, CommandFactory, ValueEnum};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::Cli;
use crate::failure::Failure;

pub(crate) fn completions(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "seatable-io", &mut script);
    print(repaired(shell, &String::from_utf8_lossy(&script)).as_bytes())
}

/// What `clap_complete` 4.6 gets wrong.
fn repaired(shell: Shell, script: &str) -> String {
    match shell {
        // The hyphen in the name is taken for the border of a subcommand, but not everywhere.
        Shell::Bash => script
            .replace("seatable__subcmd__io", "seatable__io")
            .replace("complete -F _seatable__io ", "complete -F _seatable__io_words ")
            .replacen(
                "\nif [[ \"${BASH_VERSINFO[0]}\"",
                &format!("{BASH}\nif [[ \"${{BASH_VERSINFO[0]}}\""),
                1,
            ),
        // With two colons, no option is offered after the first BASE.
        Shell::Zsh => script.replace("'*::", "'*:"),
        Shell::Fish => script.to_owned() + &fish(),
        _ => script.to_owned(),
    }
}

/// Otherwise nothing but options would be offered for the FILE of `import`.
const BASH: &str = r#"
# While nothing is typed, no options are offered.
_seatable__io_words() {
    _seatable__io "$@"
    if [[ -z ${COMP_WORDS[COMP_CWORD]} ]]; then
        local i
        for i in "${!COMPREPLY[@]}"; do
            if [[ ${COMPREPLY[i]} == -* ]]; then unset "COMPREPLY[i]"; fi
        done
    fi
}
"#;

/// Only `import` has files as arguments, and `completions` has the names of shells.
fn fish() -> String {
    let shells: Vec<_> = Shell::value_variants().iter().map(ToString::to_string).collect();
    let mut command = Cli::command();
    command.build();
    let names = command.get_subcommands().map(Command::get_name).filter(|name| *name != "import");
    let using =
        |name| format!("complete -c seatable-io -n \"__fish_seatable_io_using_subcommand {name}\" -f");
    let lines = names.map(|name| match name {
        "completions" => format!("{} -a \"{}\"\n", using(name), shells.join(" ")),
        _ => using(name) + "\n",
    });
    lines.collect()
}

/// The page of the command, and then one of each of its commands.
pub(crate) fn man() -> Result<u8, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    let subcommands = command.get_subcommands().filter(|part| part.get_name() != "help");
    for part in std::iter::once(&command).chain(subcommands) {
        render(part, &mut pages).map_err(|error| Failure::io(error.to_string()))?;
    }
    print(&pages)
}

fn render(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    synopsis(command).to_writer(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    let text = command.get_after_long_help().or_else(|| command.get_after_help());
    let mut last = String::new();
    for part in text.map(ToString::to_string).unwrap_or_default().split("\n\n") {
        section(part, &mut last).to_writer(page)?;
    }
    Ok(())
}

/// The usage of the help, which names the values of options.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).text([roman(usage.strip_prefix("Usage: ").unwrap_or(&usage))]);
    roff
}

/// A paragraph of the help: a heading, then examples or terms and what they mean, or plain text. The `last` heading is not
/// repeated.
fn section(part: &str, last: &mut String) -> Roff {
    let mut roff = Roff::new();
    let (heading, lines) = match part.split_once(":\n") {
        Some((heading, lines)) if !heading.contains('\n') => (heading, lines),
        _ => ("Notes", part),
    };
    if heading == last {
        roff.control("PP", []);
    } else if !lines.is_empty() {
        roff.control("SH", [heading.to_uppercase().as_str()]);
        heading.clone_into(last);
    }
    for line in lines.lines().map(str::trim) {
        match line.split_once("  ") {
            _ if heading == "Examples" => roff.control("PP", []).text([bold(line)]),
            Some((term, words)) => roff.control("TP", []).text([bold(term)]).text([roman(words.trim())]),
            None => roff.text([roman(line)]),
        };
    }
    roff
}

/// Whoever closes the pipe has seen enough.
fn print(bytes: &[u8]) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(0),
    }
}
