//! The book: its blocks of commands, the tables of its page on codes, its options and its output.

use super::*;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_seatable-io");
pub(crate) const CODES: &str = include_str!("../../../../docs/src/codes.md");
pub(crate) const RUN: &str = "<!-- run -->";
pub(crate) const APART: &str = "<!-- run apart -->";

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src");

/// The pages of the book, in its order: their names and texts.
pub(crate) fn pages() -> Vec<(String, String)> {
    let text = |name: &str| fs::read_to_string(format!("{FOLDER}/{name}")).expect(name);
    let summary = text("SUMMARY.md");
    let names = summary.split("](").skip(1).map(|rest| rest.split_once(')').unwrap().0);
    names.map(|name| (name.to_owned(), text(name))).collect()
}

/// The shell blocks of a page, each with the line above it.
pub(crate) fn shell_blocks(page: &str) -> Vec<(&str, &str)> {
    let above = page.match_indices("```sh\n").map(|(at, fence)| {
        let mark = page[..at].trim_end_matches('\n').rsplit('\n').next().unwrap();
        (mark, page[at + fence.len()..].split("```").next().unwrap())
    });
    above.collect()
}

#[test]
fn every_page_of_the_book_is_in_its_summary_once() {
    let files = fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> =
        files.filter(|name| name.strip_suffix(".md").is_some_and(|name| name != "SUMMARY")).collect();
    let mut named: Vec<_> = pages().into_iter().map(|(name, _)| name).collect();
    files.sort();
    named.sort();
    assert_eq!(named, files);
}

#[test]
fn every_shell_block_is_run_or_says_why_not() {
    for (name, page) in pages() {
        for (mark, block) in shell_blocks(&page) {
            let reason = mark.strip_prefix("<!-- not run: ").and_then(|rest| rest.strip_suffix(" -->"));
            assert!(
                mark == RUN || mark == APART || reason.is_some_and(|reason| !reason.is_empty()),
                "{name}:\n{block}"
            );
        }
    }
}

/// The cells of the rows of the page on codes that begin with this text.
fn row(start: &str) -> Vec<&'static str> {
    let line = CODES.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}"));
    line.trim_matches('|').split(" |").map(str::trim).collect()
}

fn words(cell: &str) -> BTreeSet<&str> {
    cell.split([' ', ',', '`']).filter(|word| !word.is_empty()).collect()
}

#[test]
fn the_book_names_every_exit_code_of_the_help_and_no_other() {
    let help = bare(&["--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let of_help = help.split_once("Exit status:\n").unwrap().1.split("\n\n").next().unwrap();
    let of_help = of_help.lines().filter_map(|line| line.split_whitespace().next()?.parse::<u32>().ok());
    let table = CODES.split_once("| code | meaning |").unwrap().1.split("\n\n").next().unwrap();
    let cells = table.lines().skip(2).flat_map(|line| line.split('|').nth(1).unwrap().split(','));
    assert!(of_help.eq(cells.map(|code| code.trim().parse::<u32>().unwrap())), "{table}");
}

#[test]
fn the_book_has_the_fields_of_every_command_and_explains_each() {
    let table = CODES.split_once("| command | fields |").unwrap().1.split("\n\n").next().unwrap();
    let rows: Vec<_> = table.lines().skip(2).map(|line| line.split('|').nth(1).unwrap().trim()).collect();
    assert_eq!(rows.len(), 15, "{table}");
    assert_eq!(words(row("| every command |")[1]), words(USUAL));
    let explained = CODES.split_once("| field | value |").unwrap().1.split("\n\n").next().unwrap();
    let explained = explained.lines().skip(2).map(|line| line.split('|').nth(1).unwrap());
    let explained: BTreeSet<_> = explained.flat_map(words).collect();
    let mut used = words(USUAL);
    for command in rows.iter().filter(|command| command.starts_with('`')) {
        let more = words(fields(command.trim_matches('`')));
        assert_eq!(words(row(&format!("| {command} |")).get(1).unwrap_or(&"")), more, "{command}");
        used.extend(more);
    }
    assert_eq!(explained, used);
}

/// Checks that the page on codes has this status of this command.
pub(crate) fn explains(operation: &str, status: &str) {
    let table = CODES.split_once("| status | commands |").unwrap().1.split("\n\n").next().unwrap();
    let line = table.lines().find(|line| words(line.split('|').nth(1).unwrap()).contains(status));
    let commands = words(line.unwrap_or_else(|| panic!("{status}")).split('|').nth(2).unwrap());
    assert!(
        operation.is_empty() || commands.contains("all") || commands.contains(operation),
        "{operation}: {status}"
    );
}

/// The options in the help of all commands.
fn options() -> BTreeSet<String> {
    let help = |args: &[&str]| String::from_utf8(bare(args).output().unwrap().stdout).unwrap();
    let all = help(&["--help"]);
    let commands = all.split_once("Commands:").unwrap().1.split("\n\n").next().unwrap().lines();
    let commands = commands.filter_map(|line| line.split_whitespace().next());
    let helps: String = commands.map(|command| help(&[command, "--help"])).collect();
    let dashed = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '-')
            .filter(|word| word.starts_with("--"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    dashed(&(all + &helps)).into_iter().collect()
}

#[test]
fn every_option_that_the_pages_on_the_command_name_exists() {
    let options = options();
    for (name, page) in pages().iter().take_while(|(name, _)| name != "library.md") {
        let prose: String = page.split("```").step_by(2).collect();
        let named = prose.split('`').skip(1).step_by(2).filter(|code| code.starts_with("--"));
        for option in named.map(|code| code.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap())
        {
            assert!(options.contains(option) || option == "--header", "{name}: {option}");
        }
    }
}
