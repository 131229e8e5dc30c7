//! `show`: prints the parts of a copy.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::iter;

use seatable_io_ureq::StopSignal;
use seatable_io_ureq::dtable::{AssetScan, Base, Column, HeldAssets, Link, Table};
use serde_json::{Value, json};

use super::copy::{CopyArgs, Named};
use crate::failure::Failure;
use crate::global::Global;
use crate::report::{CommandName, Details, Good, Report};
use crate::store::lacking;
use crate::ui::{Screen, Size, State, count, cut, now, visible, width};
use crate::{batch, help, stop};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
The lines of --json have: format_version; tables, each with id, name, rows and columns (key, name, type, options, link, formula); \
links, each with id, name, tables and pairs; collaborators; assets, assets_missing, missing and missing_cut, as in those of verify. The \
checksums of assets are not compared; verify does that.

Examples:
  seatable-io show Sales.dtable
  seatable-io show /var/backups/seatable Sales --at 2026-11-01")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) copy: CopyArgs,
}

/// The columns of a table begin below each other, unless a name is wider.
const WIDEST: usize = 30;

/// The least room for a formula on a terminal.
const FORMULA: usize = 20;

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let screen = Screen::new(global);
    let stop = stop::on_first_signal(&screen)?;
    let named = args.copy.named();
    let work = |named: &Named<'_>| -> Report {
        let details = Details::new(Some(CommandName::Show), Some(named.label()));
        let signal = stop::signal(&stop, global.timeout);
        details.of(|details| show(named, &screen, &signal, global.verbose, details))
    };
    Ok(batch::run(&screen, 1_u8, 1, iter::once(named), work, |_| None))
}

fn show(
    named: &Named<'_>,
    screen: &Screen,
    signal: &StopSignal,
    verbose: bool,
    details: &mut Details,
) -> Result<Good, Failure> {
    let mut copy = named.open(screen, signal)?;
    details.input = Some(copy.label.clone());
    details.bytes = Some(copy.bytes);
    let busy = screen.busy(&copy.label, "reading the file", State::Since(now()));
    let mut archive = copy.archive(signal)?;
    let mut scan = AssetScan::new(archive.names());
    let base = archive.base(|text| scan.chunk(text)).map_err(|error| copy.unread(error, signal))?;
    drop(busy);
    let held = archive.held_assets();
    fill(details, &base, held, &scan);
    let text = format!("{}: {}", copy.label, summary(&base));
    let by_id: BTreeMap<_, _> = base.links.iter().map(|link| (&*link.id, link)).collect();
    let tables = base.tables.iter().zip(base.names(&[], |name| name).tables);
    let mut lines: Vec<_> =
        tables.flat_map(|(table, name)| table_lines(table, &name, &base, &by_id)).collect();
    lines.extend(link_lines(&base));
    lines.push(format!("  {}", assets(held, &scan, verbose)));
    if verbose {
        lines.extend(scan.names().iter().map(|name| format!("    missing: {name}")));
    }
    Ok(Good { lines, attention: copy.attention, ..Good::new("finished", text) })
}

/// `2 tables with 4 rows, 1 link with 3 pairs, 1 collaborator, format version 9`.
fn summary(base: &Base) -> String {
    let version = base.format_version.map(|version| format!(", format version {version}"));
    format!(
        "{}, {}{}",
        in_all(base.tables.iter().map(|table| table.rows), base.links.iter().map(Link::pairs)),
        count(base.collaborators.len() as u64, "collaborator"),
        version.unwrap_or_default()
    )
}

/// `2 tables with 4 rows, 1 link with 3 pairs`, given the numbers of rows and pairs.
pub(super) fn in_all(rows: impl Iterator<Item = u64>, pairs: impl Iterator<Item = u64>) -> String {
    let sum = |(len, all): (u64, u64), one: u64| (len + 1, all.saturating_add(one));
    let ((tables, rows), (links, pairs)) = (rows.fold((0, 0), sum), pairs.fold((0, 0), sum));
    let [tables, rows] = [count(tables, "table"), count(rows, "row")];
    let links = match links {
        0 => "no links".to_owned(),
        links => format!("{} with {}", count(links, "link"), count(pairs, "pair")),
    };
    format!("{tables} with {rows}, {links}")
}

/// `name` is the one by which `convert` knows the table.
fn table_lines(table: &Table, name: &str, base: &Base, by_id: &BTreeMap<&str, &Link>) -> Vec<String> {
    let named = |column: &Column| {
        let link = column.link.as_ref().and_then(|id| by_id.get(&**id));
        let to = link.and_then(|link| other_table(table, link, base));
        (visible(&column.name), column_text(column, to))
    };
    let columns = aligned(table.columns.iter().map(named).collect());
    iter::once(format!("  {name}: {}", count(table.rows, "row"))).chain(columns).collect()
}

/// Returns lines of names and their explanations, which begin below each other.
fn aligned(named: Vec<(String, String)>) -> impl Iterator<Item = String> {
    let room = columns().map_or(WIDEST, |columns| WIDEST.min(columns / 2));
    let widths = named.iter().map(|(name, _)| width(name)).filter(|width| *width <= room);
    let widest = widths.max().unwrap_or_default();
    named.into_iter().map(move |(name, text)| {
        let space = " ".repeat(widest.saturating_sub(width(&name)));
        let before = format!("    {name}{space}  ");
        let room = columns().map(|columns| columns.saturating_sub(width(&before)).max(FORMULA));
        before + &room.map_or(text.clone(), |room| cut(&text, room))
    })
}

/// Returns the columns of the terminal, if standard output is one.
fn columns() -> Option<usize> {
    io::stdout().is_terminal().then(help::columns)
}

/// `single-select, 2 options`, or `link, to Team`.
fn column_text(column: &Column, to: Option<&str>) -> String {
    let options = (!column.options.is_empty()).then(|| count(column.options.len() as u64, "option"));
    let to = to.map(|to| format!("to {}", visible(to)));
    let formula = column.formula.as_ref().map(|formula| visible(formula));
    let parts = [Some(visible(&column.ty)), options, to, formula];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Returns the table at the other end of a link.
fn other_table<'b>(table: &Table, link: &Link, base: &'b Base) -> Option<&'b str> {
    let [first, second] = base.linked(link).map(|place| base.tables.get(place?));
    let other = if first.is_some_and(|first| first.id == table.id) { second } else { first };
    other.map(|other| &*other.name)
}

fn link_lines(base: &Base) -> Vec<String> {
    let names = base.names(&[], |name| name).links;
    let line = |(link, name): (&Link, String)| {
        let [_, to] = base.linked(link).map(|place| base.tables.get(place?));
        let to = to.map_or("a table that the file lacks".into(), |table| visible(&table.name));
        (visible(&name), format!("{}, to {to}", count(link.pairs(), "pair")))
    };
    let lines = aligned(base.links.iter().zip(names).map(line).collect());
    let heading = (!base.links.is_empty()).then(|| "  Links:".to_owned());
    heading.into_iter().chain(lines).collect()
}

fn assets(held: HeldAssets, scan: &AssetScan, verbose: bool) -> String {
    let kinds = [(held.of_apps, "of apps"), (held.custom, "custom")];
    let kinds =
        kinds.iter().filter(|(number, _)| *number > 0).map(|(number, kind)| format!("{number} {kind}"));
    let kinds: Vec<_> = kinds.collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(", {}", kinds.join(", ")) };
    let more = if scan.missing() > 0 && !verbose { " (-v names them)" } else { "" };
    let missing = lacking(scan.missing());
    format!("Assets: {} ({}){kinds}; missing: {missing}{more}", count(held.count, "file"), Size(held.bytes))
}

fn fill(details: &mut Details, base: &Base, held: HeldAssets, scan: &AssetScan) {
    let names = base.names(&[], |name| name).links;
    let links = base.links.iter().zip(names).map(|(link, name)| {
        let tables = base.linked(link).map(|place| Some(&base.tables.get(place?)?.name));
        json!({ "id": link.id, "name": name, "tables": tables, "pairs": link.pairs() })
    });
    details.fields.format_version = base.format_version;
    details.fields.collaborators = Some(base.collaborators.len());
    details.fields.tables = Some(base.tables.iter().map(table_json).collect());
    details.fields.links = Some(links.collect());
    details.fields.assets = Some(held);
    details.fields.assets_missing = Some(scan.missing());
    details.fields.missing_cut = Some(scan.is_cut());
    details.fields.missing = Some(scan.names().to_vec());
}

fn table_json(table: &Table) -> Value {
    let column = |column: &Column| {
        json!({
            "key": column.key, "name": column.name, "type": column.ty, "options": column.options.len(),
            "link": column.link, "formula": column.formula,
        })
    };
    let columns: Vec<_> = table.columns.iter().map(column).collect();
    json!({ "id": table.id, "name": table.name, "rows": table.rows, "columns": columns })
}
