//! `man`: prints the manual.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::{Command, ValueHint};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use seatable_io_ureq::{FileSink, Sink, StopSignal};

use crate::failure::Failure;
use crate::help::term;
use crate::stdout;

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Write a page for this command and one for each of its commands into a folder instead, created if necessary;
    /// existing pages are replaced
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output: Option<PathBuf>,
}

/// Prints the page of the command; or writes it and a page for each of its commands into a folder.
pub(crate) fn run(args: &Args, mut command: Command) -> Result<u8, Failure> {
    command.build();
    let source = format!("seatable-io {}", command.get_version().unwrap_or_default());
    let Some(folder) = &args.output else { return stdout::print(&render(&command, &source, &[])?) };
    fs::create_dir_all(folder).map_err(Failure::cannot("create the folder", folder.display()))?;
    let name = |part: &Command| part.get_display_name().unwrap_or(part.get_name()).to_owned();
    let parts: Vec<_> = command.get_subcommands().filter(|part| part.get_name() != "help").collect();
    let names: Vec<_> = parts.iter().map(|part| name(part)).collect();
    write(folder, &name(&command), &render(&command, &source, &names)?)?;
    for (part, own) in parts.iter().zip(&names) {
        write(folder, own, &render(part, &source, &[name(&command)])?)?;
    }
    Ok(0)
}

/// Writes a complete page or none, and replaces an earlier one.
fn write(folder: &Path, name: &str, page: &str) -> Result<(), Failure> {
    let written = FileSink::create(folder.join(format!("{name}.1"))).and_then(|sink| {
        let mut sink = sink.with_check(|_| Ok(()));
        sink.begin(None)?;
        sink.write(page.as_bytes())?;
        sink.check(&StopSignal::default())?;
        sink.finish()
    });
    // The error names the path.
    written.map_err(|error| Failure::io(format!("cannot write {error}")))
}

/// Returns a page in ASCII that mentions the others.
fn render(command: &Command, source: &str, others: &[String]) -> Result<String, Failure> {
    let man = Man::new(command.clone()).source(source);
    // The usage of the help names the values of options.
    let usage = command.clone().render_usage().to_string();
    let others: Vec<_> = others.iter().map(|name| format!("{name}(1)")).collect();
    let mut page = Vec::new();
    let mut rendered = || -> io::Result<()> {
        man.render_title(&mut page)?;
        man.render_name_section(&mut page)?;
        titled("SYNOPSIS", usage.strip_prefix("Usage: ").unwrap_or(&usage)).to_writer(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        commands(command).to_writer(&mut page)?;
        let text = command.get_after_long_help().or_else(|| command.get_after_help());
        let mut last = String::new();
        for part in text.map(ToString::to_string).unwrap_or_default().split("\n\n") {
            section(part, &mut last).to_writer(&mut page)?;
        }
        titled("SEE ALSO", &others.join(", ")).to_writer(&mut page)
    };
    rendered().map_err(|error| Failure::io(error.to_string()))?;
    let ascii = |c: char| match c {
        '\0'..='\x7f' => c.to_string(),
        _ => format!("\\[u{:04X}]", u32::from(c)),
    };
    Ok(String::from_utf8_lossy(&page).chars().map(ascii).collect())
}

fn commands(command: &Command) -> Roff {
    let mut roff = Roff::new();
    if command.has_subcommands() {
        roff.control("SH", ["COMMANDS"]);
    }
    for part in command.get_subcommands() {
        let about = part.get_about().map(ToString::to_string).unwrap_or_default();
        roff.control("TP", []).text([bold(part.get_name())]).text([roman(about)]);
    }
    roff
}

/// Returns a heading with a text, if there is one.
fn titled(heading: &str, text: &str) -> Roff {
    let mut roff = Roff::new();
    if !text.is_empty() {
        roff.control("SH", [heading]).text([roman(text)]);
    }
    roff
}

/// Converts a paragraph of the help: a heading, then examples or terms with explanations, or plain text. The `last` heading is not
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
    for line in lines.lines() {
        match term(line) {
            _ if heading == "Examples" => roff.control("PP", []).text([bold(line.trim())]),
            Some((term, words)) => roff.control("TP", []).text([bold(term.trim())]).text([roman(words)]),
            None => roff.text([roman(line.trim())]),
        };
    }
    roff
}
