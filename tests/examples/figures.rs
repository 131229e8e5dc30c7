//! Writes the figures of the book, `docs/src/*.svg`: screens of the real command against the sandbox, in a terminal.
//!
//! The times in them, and how far each base is, differ from run to run, so no test compares them. Needs `script` (util-linux).
//!
//! `cargo run -p seatable-io-tests --example figures`

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufReader, Read};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, dtable_of, sample_dtable};
use serde_json::json;

const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(84).unwrap();

/// The command ends each line of progress with this.
const END_OF_LINE: &[u8] = b"\x1b[K";

fn main() -> Result<(), Box<dyn Error>> {
    let program = program()?;
    let folder = tempfile::tempdir()?;
    write("backup", &backup(&program, folder.path())?)?;
    write("diff", &diff(&program, folder.path())?)
}

/// Builds the command, and returns its path.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(["build", "--package", "seatable-io-cli", "--locked"]).status()?;
    let examples = std::env::current_exe()?;
    let debug = examples.ancestors().nth(2).filter(|_| status.success()).ok_or("cannot build the command")?;
    Ok(debug.join("seatable-io"))
}

/// A backup of nine bases, the last three of which are being exported.
fn backup(program: &Path, folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let sandbox = Sandbox::new(Generation::Current).with_task_time(Duration::from_secs(2));
    let sandbox = sandbox.with_group(204, 48, "Sales").with_group(310, 49, "Editors");
    let bases = [
        (1, "Notes", 40),
        (204, "Customers", 4100),
        (204, "Orders", 900),
        (204, "Price list", 300),
        (204, "Trade fairs", 120),
        (310, "Authors", 700),
        (310, "Corrections", 60),
        (310, "Issues", 2300),
        (310, "Style guide", 500),
    ];
    let sandbox = bases.iter().fold(sandbox, |sandbox, (workspace, name, kilobytes)| {
        sandbox.with_base(*workspace, name, sample_dtable(kilobytes * 1000))
    });
    let server = SandboxServer::start(sandbox)?;
    let account = [("SEATABLE_SERVER", server.url()), ("SEATABLE_TOKEN", server.token())];
    screen(
        program,
        folder,
        "backup copies --init --jobs 3",
        &account,
        "Corrections: the server is exporting, 1 s",
    )
}

/// The differences between two files.
fn diff(program: &Path, folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let row = |id: u8, number: &str, pieces: u8| json!({ "_id": format!("row{id}"), "0000": number, "0001": pieces });
    let before = [row(1, "2026-041", 12), row(2, "2026-042", 3), row(3, "2026-043", 40)];
    let after = [row(1, "2026-041", 12), row(2, "2026-042", 5), row(4, "2026-044", 7)];
    let columns = json!([
        { "key": "0000", "name": "Number", "type": "text" },
        { "key": "0001", "name": "Pieces", "type": "number" },
    ]);
    for (name, rows) in [("october.dtable", before), ("november.dtable", after)] {
        let table = json!({ "_id": "0000", "name": "Orders", "columns": columns, "rows": rows });
        let content = json!({ "version": 1, "format_version": 9, "tables": [table] });
        fs::write(folder.join(name), dtable_of(content.to_string().as_bytes(), &[]))?;
    }
    screen(program, folder, "diff october.dtable november.dtable", &[], "never")
}

/// Runs the command in a terminal until its screen has these words, or to its end; returns the screen.
fn screen(
    program: &Path,
    folder: &Path,
    arguments: &str,
    account: &[(&str, String)],
    words: &str,
) -> Result<Vec<String>, Box<dyn Error>> {
    let line = format!("stty cols {COLUMNS} rows {ROWS}; exec {} {arguments}", program.display());
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").current_dir(folder);
    script.envs(account.iter().cloned()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = script.spawn()?;
    let mut terminal = vt100::Parser::new(ROWS, COLUMNS, 0);
    let mut seen = Vec::new();
    for byte in BufReader::new(child.stdout.take().ok_or("no output")?).bytes() {
        seen.push(byte?);
        terminal.process(&seen[seen.len() - 1..]);
        if seen.ends_with(END_OF_LINE) && terminal.screen().contents().contains(words) {
            break;
        }
    }
    child.kill()?;
    child.wait()?;
    let rows = terminal.screen().contents();
    let prompt = format!("$ seatable-io {arguments}");
    Ok([prompt].into_iter().chain(rows.trim_end().lines().map(str::to_owned)).collect())
}

fn write(name: &str, lines: &[String]) -> Result<(), Box<dyn Error>> {
    let path = format!("{}/../docs/src/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    Ok(fs::write(path, svg(lines)?)?)
}

/// Draws lines of text, the first of which is what was typed.
fn svg(lines: &[String]) -> Result<String, std::fmt::Error> {
    let (width, height) = (usize::from(COLUMNS.get()) * 17 / 2 + 32, lines.len() * 20 + 28);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#1f2430\"/>\n\
         <g font-family=\"monospace\" font-size=\"14\" fill=\"#d8dee9\" xml:space=\"preserve\">\n"
    );
    for (row, line) in lines.iter().enumerate() {
        let text = line.replace('&', "&amp;").replace('<', "&lt;");
        let weight = if row == 0 { " font-weight=\"bold\"" } else { "" };
        writeln!(svg, "<text x=\"16\" y=\"{}\"{weight}>{text}</text>", row * 20 + 28)?;
    }
    Ok(svg + "</g>\n</svg>\n")
}
