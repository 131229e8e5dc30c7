//! `completions`: prints a script for a shell.

use clap::{Arg, Command, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::stdout;

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Shell to complete in
    shell: Shell,
}

pub(crate) fn run(args: &Args, mut command: Command) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "seatable-io", &mut script);
    stdout::print(&repaired(args.shell, &String::from_utf8_lossy(&script), &command))
}

/// Corrects the output of `clap_complete` 4.6.
fn repaired(shell: Shell, script: &str, command: &Command) -> String {
    match shell {
        // The hyphen in the name is sometimes treated as the start of a subcommand.
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
        Shell::Fish => script.to_owned() + &fish(command),
        _ => script.to_owned(),
    }
}

/// Otherwise only options would be offered for the FILE of `import`.
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

/// Offers no paths for commands without them, the names of shells for `completions`, and only folders for a DIR.
fn fish(command: &Command) -> String {
    let shells: Vec<_> = Shell::value_variants().iter().map(ToString::to_string).collect();
    let line = |part: &Command| {
        let hints: Vec<_> = part.get_positionals().map(Arg::get_value_hint).collect();
        let offered = match part.get_name() {
            "completions" => format!(" -a \"{}\"", shells.join(" ")),
            _ if hints.iter().any(|hint| [ValueHint::FilePath, ValueHint::AnyPath].contains(hint)) => {
                return None;
            }
            _ if hints.contains(&ValueHint::DirPath) => " -a \"(__fish_complete_directories)\"".to_owned(),
            _ => String::new(),
        };
        let using = format!("__fish_seatable_io_using_subcommand {}", part.get_name());
        Some(format!("complete -c seatable-io -n \"{using}\" -f{offered}\n"))
    };
    command.get_subcommands().filter_map(line).collect()
}
