//! Fits the texts of `--help` that are not about a single option to the columns of the terminal. Each heading becomes a section
//! of the manual.

use std::env;

use clap::Command;
use clap::builder::{Resettable, StyledStr};
use terminal_size::terminal_size;

use crate::ui::width;

/// The indentation of an explanation that does not fit beside its term.
const INDENT: usize = 6;

/// Fits the texts below the options to this many columns; clap fits the others.
pub(crate) fn fitted(command: Command, columns: usize) -> Command {
    let fit = |text: Option<&StyledStr>| -> Resettable<StyledStr> {
        text.map(|text| lay_out(&text.to_string(), columns).into()).into()
    };
    let (after, long) = (fit(command.get_after_help()), fit(command.get_after_long_help()));
    command.mut_subcommands(|part| fitted(part, columns)).after_help(after).after_long_help(long)
}

/// Returns the width of the terminal, determined as clap does.
pub(crate) fn columns() -> usize {
    let terminal = terminal_size().map(|(width, _)| width.0.into());
    terminal.or_else(|| env::var("COLUMNS").ok()?.parse().ok()).unwrap_or(100)
}

fn lay_out(text: &str, columns: usize) -> String {
    text.split("\n\n").map(|part| lay_out_part(part, columns)).collect::<Vec<_>>().join("\n\n")
}

/// Fits a heading or a sentence, and the indented lines below it: commands, or terms with their explanations.
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

/// Splits a line into a term, with the spaces that align it to the right, and its explanation.
pub(crate) fn term(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("  ")?;
    let start = line.len() - line.trim_start().len();
    let end = start + line.get(start..)?.find("  ")?;
    Some((&line[..end], line[end..].trim_start()))
}

/// Splits a command where a shell would.
fn arguments(command: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    command.split(move |c: char| {
        is_quoted ^= c == '"';
        c == ' ' && !is_quoted
    })
}

/// Fills lines of at most this many columns, if the words permit. The first line begins with `start`, the others are indented.
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
    fn explanations_stay_in_their_column() {
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
