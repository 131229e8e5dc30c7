//! Fits the texts of `--help` that are not about a single option to the columns of the terminal. Each heading becomes a section
//! of the manual.

use std::env;

use clap::Command;

use crate::ui::width;

/// How far what follows a term is indented, if it does not fit beside it.
const INDENT: usize = 6;

/// The command whose texts below the options fit so many columns. The others are fitted by clap.
pub(crate) fn fitted(command: Command, columns: usize) -> Command {
    let after = command.get_after_help().map(|text| lay_out(&text.to_string(), columns));
    let long = command.get_after_long_help().map(|text| lay_out(&text.to_string(), columns));
    let command = command.mut_subcommands(|part| fitted(part, columns));
    let command = if let Some(after) = after { command.after_help(after) } else { command };
    if let Some(long) = long { command.after_long_help(long) } else { command }
}

/// As clap finds it out.
pub(crate) fn columns() -> usize {
    #[cfg(unix)]
    for terminal in [rustix::stdio::stdout(), rustix::stdio::stderr(), rustix::stdio::stdin()] {
        match rustix::termios::tcgetwinsize(terminal) {
            Ok(size) if size.ws_col > 0 => return size.ws_col.into(),
            _ => {}
        }
    }
    env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100)
}

fn lay_out(text: &str, columns: usize) -> String {
    text.split("\n\n").map(|part| lay_out_part(part, columns)).collect::<Vec<_>>().join("\n\n")
}

/// A heading or a sentence, then indented lines: commands, or terms and what they mean.
fn lay_out_part(part: &str, columns: usize) -> String {
    let terms = part.lines().filter_map(|line| Some(width(term(line)?.0)));
    let column = terms.max().unwrap_or(0) + 4;
    let line = |line: &str| match (line.strip_prefix("  "), term(line)) {
        (Some(command), _) if part.starts_with("Examples:") => {
            let columns = columns.saturating_sub(2);
            fill("  ", arguments(command), INDENT, columns).join(" \\\n")
        }
        (_, Some((term, words))) if column <= columns / 2 => {
            let space = " ".repeat(column - 2 - width(term));
            fill(&format!("  {term}{space}"), words.split(' '), column, columns).join("\n")
        }
        (_, Some((term, words))) => {
            let words = fill(&" ".repeat(INDENT), words.split(' '), INDENT, columns);
            format!("  {term}\n{}", words.join("\n"))
        }
        _ => line.to_owned(),
    };
    part.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A term, with the spaces that align it to the right, and what it means.
pub(crate) fn term(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("  ")?;
    let start = line.len() - line.trim_start().len();
    let end = start + line.get(start..)?.find("  ")?;
    Some((&line[..end], line[end..].trim_start()))
}

/// What a shell would not take apart.
fn arguments(command: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    command.split(move |c: char| {
        is_quoted ^= c == '"';
        c == ' ' && !is_quoted
    })
}

/// Lines of at most so many columns, if the words permit. The first one begins with `start`, the others are indented.
fn fill<'a>(start: &str, words: impl Iterator<Item = &'a str>, indent: usize, columns: usize) -> Vec<String> {
    let (mut lines, mut line, mut space) = (Vec::new(), start.to_owned(), "");
    for word in words {
        if !space.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            space = "";
        }
        line = line + space + word;
        space = " ";
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::definition;

    #[test]
    fn what_a_term_means_stays_in_its_column() {
        let text = "Exit status:\n    1  local problem: cannot read\n  130  stopped";
        let narrow = "Exit status:\n    1  local problem: cannot\n       read\n  130  stopped";
        assert_eq!([40, 33, 32].map(|columns| lay_out(text, columns)), [text, text, narrow]);
    }

    #[test]
    fn a_term_that_takes_half_of_the_columns_has_a_line_of_its_own() {
        let text = "Files:\n  DIR/a/b/TIME  a copy of it\n  DIR/c  all of them";
        let wide = "Files:\n  DIR/a/b/TIME  a copy of it\n  DIR/c         all of them";
        let narrow = "Files:\n  DIR/a/b/TIME\n      a copy of it\n  DIR/c\n      all of them";
        assert_eq!([32, 31].map(|columns| lay_out(text, columns)), [wide, narrow]);
    }

    #[test]
    fn a_word_that_is_too_long_stays_beside_its_term() {
        assert_eq!(lay_out("  a  longer-than-that", 12), "  a  longer-than-that");
    }

    #[test]
    fn a_command_that_is_wrapped_can_be_pasted() {
        let text = "Sentence.\n\nExamples:\n  run it --suffix \" (new one)\" --all\n  run";
        for (columns, wrapped) in [
            (38, text.to_owned()),
            (37, text.replace(" --all", " \\\n      --all")),
            (22, text.replace(" \" (new one)\" ", " \\\n      \" (new one)\" \\\n      ")),
        ] {
            assert_eq!(lay_out(text, columns), wrapped);
        }
    }

    #[test]
    fn the_help_of_every_command_fits_its_columns() {
        for columns in [80, 120] {
            let mut command = fitted(definition(), columns).term_width(columns);
            command.build();
            let helps = command.get_subcommands_mut().map(|part| part.render_long_help().to_string());
            let helps: Vec<_> = helps.collect();
            let all = helps.into_iter().chain([command.render_long_help().to_string()]);
            for line in all.flat_map(|help| help.lines().map(str::to_owned).collect::<Vec<_>>()) {
                assert!(width(&line) <= columns, "{line}");
            }
        }
    }
}
