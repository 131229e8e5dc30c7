//! `convert`: writes the rows of a copy for other programs.

mod csv;
mod jsonl;
mod plan;
mod sqlite;
mod target;

use std::io::{Read, Seek};
use std::iter;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::ValueHint;
use seatable_io_ureq::StopSignal;
use seatable_io_ureq::dtable::{Dtable, Row};
use serde_json::json;

use self::plan::Plan;
use self::target::{Format, Target};
use super::copy::{Copy, CopyArgs, Named};
use super::show::in_all;
use crate::failure::{Failure, Kind};
use crate::files::is_dash;
use crate::global::Global;
use crate::report::{CommandName, Details, Good, Report};
use crate::ui::{Screen, State, count, now};
use crate::{batch, stop};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Formats:
  FOLDER        a CSV file for each table, and one for each link with pairs of row IDs
  NAME.sqlite   an SQLite database (.sqlite3 and .db, too): a table for each table and each link, and _columns, _options and \
_collaborators
  NAME.jsonl    JSON lines (.ndjson, too): {\"table\", \"_id\", \"cells\"} for each row, then {\"link\", \"_id\", \"linked_id\"} for each \
pair of linked rows
  -             JSON lines on standard output

Names that are empty, or that a file system or a database does not tell apart, get an ID. In CSV files, ' is put before a text that a \
spreadsheet would calculate, unless --raw is given. SQLite gets no pairs with rows that do not exist; a warning counts them. \
Attached files are named, not converted; cells of deleted columns, views and the like are left out.

The output appears when it is complete. An existing one is left alone unless --force is given: then a file is replaced, and in a \
folder only the files of the same names, one by one; others stay. The lines of --json have: output, tables (name, rows, and the file if \
there are several), links (name, tables, pairs, file), links_left_out and pairs_dangling.

Examples:
  seatable-io convert Sales.dtable --output sales.sqlite
  seatable-io convert /var/backups/seatable Sales --at 2026-11-01 --output sales-in-october
  seatable-io convert Sales.dtable --output - --table Customers")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) copy: CopyArgs,
    /// Folder for CSV files, or a file; its name chooses the format
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) output: PathBuf,
    /// Only this table, and links between chosen tables; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Vec<String>,
    /// Replace existing files
    #[arg(long)]
    pub(crate) force: bool,
    /// Do not put ' before texts in CSV files that a spreadsheet would calculate
    #[arg(long)]
    pub(crate) raw: bool,
}

/// Receives the rows of the chosen tables in their order, then the pairs of the chosen links.
trait Sheets {
    fn row(&mut self, table: usize, row: &Row<'_>) -> Result<(), Failure>;

    /// Returns whether the pair was written, rather than left out because a row does not exist.
    fn pair(&mut self, link: usize, rows: [&str; 2]) -> Result<bool, Failure>;

    fn finish(self) -> Result<(), Failure>;
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let screen = Screen::new(global);
    let format = Format::of(&args.output)?;
    if args.raw && format != Format::Csv {
        return Err(Failure::usage("--raw is for CSV files").hint("omit it, or name a folder with --output"));
    }
    crate::output::Output::check(Some(&args.output), global.json)?;
    let stop = stop::on_first_signal(&screen)?;
    let work = |named: &Named<'_>| -> Report {
        let details = Details::new(Some(CommandName::Convert), Some(named.label()));
        let signal = stop::signal(&stop, global.timeout);
        let convert = Convert { args, format, screen: &screen, signal: &signal };
        details.of(|details| convert.one(named, details))
    };
    Ok(batch::run(&screen, 1_u8, 1, iter::once(args.copy.named()), work, |_| None))
}

struct Convert<'a> {
    args: &'a Args,
    format: Format,
    screen: &'a Screen,
    signal: &'a StopSignal,
}

impl Convert<'_> {
    fn one(&self, named: &Named<'_>, details: &mut Details) -> Result<Good, Failure> {
        // This comes before reading the copy, which may take long.
        let target = Target::new(&self.args.output, self.format, self.args.force)?;
        let mut copy = named.open(self.screen, self.signal)?;
        details.input = Some(copy.label.clone());
        details.bytes = Some(copy.bytes);
        let busy = self.screen.busy(&copy.label, "converting", State::Since(now()));
        let mut dtable = copy.dtable(self.signal)?;
        let base = dtable.base().clone();
        let plan =
            Plan::new(&base, &self.args.table, self.format).map_err(|failure| failure.about(&copy.label))?;
        let dangling = self.write(&copy, &mut dtable, &plan, &target)?;
        target.finish()?;
        drop(busy);
        self.report(&copy, &plan, &dangling, details);
        let output = self.args.output.display();
        let all = in_all(
            plan.tables().map(|sheet| sheet.rows),
            plan.links().zip(&dangling).map(|(link, dangling)| link.pairs.saturating_sub(*dangling)),
        );
        let text = format!("{}: converted to {output}: {all}", copy.label);
        // Standard output has the rows.
        let text = if is_dash(&self.args.output) { String::new() } else { text };
        Ok(Good { attention: copy.attention, ..Good::new("finished", text) })
    }

    /// Writes all rows and pairs; returns the number of pairs that were left out of each link.
    fn write<F: Read + Seek>(
        &self,
        copy: &Copy,
        dtable: &mut Dtable<F>,
        plan: &Plan<'_>,
        target: &Target,
    ) -> Result<Vec<u64>, Failure> {
        let path = target.path();
        match self.format {
            Format::Csv => self.fill(copy, dtable, plan, csv::Files::new(&path, plan, self.args.raw)),
            Format::Jsonl => self.fill(copy, dtable, plan, jsonl::Lines::new(target.writer()?, plan)),
            Format::Sqlite => {
                let database = sqlite::open(&path)?;
                let tables = sqlite::Tables::new(&database, plan);
                let tables = tables.map_err(|failure| failure.about(&copy.label))?;
                self.fill(copy, dtable, plan, tables)
            }
        }
    }

    fn fill<F: Read + Seek>(
        &self,
        copy: &Copy,
        dtable: &mut Dtable<F>,
        plan: &Plan<'_>,
        mut sheets: impl Sheets,
    ) -> Result<Vec<u64>, Failure> {
        let mut rows = vec![0_u64; plan.base.tables.len()];
        let flow = dtable.rows(|table, row| {
            if plan.table(table).is_none() {
                return ControlFlow::Continue(());
            }
            rows[table] += 1;
            or_break(sheets.row(table, row).map_err(|failure| failure.about(&copy.label)))
        });
        self.whole(copy, flow)?;
        let (mut pairs, mut dangling) =
            (vec![0_u64; plan.base.links.len()], vec![0_u64; plan.base.links.len()]);
        if plan.links().next().is_some() {
            let flow = dtable.pairs(|link, row, other| {
                if plan.link(link).is_none() {
                    return ControlFlow::Continue(());
                }
                pairs[link] += 1;
                let written = sheets.pair(link, [row, other]);
                or_break(written.map(|is_written| dangling[link] += u64::from(!is_written)))
            });
            self.whole(copy, flow)?;
        }
        let is_same = plan.tables().all(|sheet| rows[sheet.place] == sheet.rows)
            && plan.links().all(|link| pairs[link.place] == link.pairs);
        if !is_same {
            let words = "the file changed while it was read, so nothing was written";
            return Err(Failure::new(Kind::BadFile, words).about(&copy.label));
        }
        sheets.finish()?;
        Ok(plan.links().map(|link| dangling[link.place]).collect())
    }

    /// Checks that the file was read to its end.
    fn whole(
        &self,
        copy: &Copy,
        flow: Result<ControlFlow<Failure>, seatable_io_ureq::ArchiveError>,
    ) -> Result<(), Failure> {
        match flow.map_err(|error| copy.unread(error, self.signal))? {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(failure) => Err(failure),
        }
    }

    /// Records the results, and warns of all that was left out.
    fn report(&self, copy: &Copy, plan: &Plan<'_>, dangling: &[u64], details: &mut Details) {
        let warn = |words: String| self.screen.say(&format!("{}: warning: {words}", copy.label));
        for left_out in &plan.left_out {
            warn(format!("{left_out} is left out"));
        }
        for (link, dangling) in plan.links().zip(dangling).filter(|(_, dangling)| **dangling > 0) {
            let pairs = count(*dangling, "pair");
            warn(format!("{pairs} of the link {} left out: a row does not exist", link.name));
        }
        let tables =
            plan.tables().map(|sheet| json!({ "name": sheet.name, "rows": sheet.rows, "file": sheet.file }));
        let links = plan.links().zip(dangling).map(|(link, dangling)| {
            let tables = link.tables.map(|place| plan.table(place).map(|sheet| &sheet.name));
            json!({ "name": link.name, "tables": tables, "pairs": link.pairs - dangling, "file": link.file })
        });
        details.fields.output = Some(self.args.output.to_string_lossy().into_owned());
        details.fields.tables = Some(tables.collect());
        details.fields.links = Some(links.collect());
        details.fields.links_left_out = Some(plan.left_out.iter().map(|link| json!(link.name)).collect());
        details.fields.pairs_dangling = (self.format == Format::Sqlite).then(|| dangling.iter().sum());
    }
}

fn or_break(written: Result<(), Failure>) -> ControlFlow<Failure> {
    written.map_or_else(ControlFlow::Break, ControlFlow::Continue)
}
