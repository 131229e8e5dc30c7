//! `diff`: prints the differences between two copies.

use std::ffi::OsString;
use std::fs;
use std::iter;
use std::path::Path;

use clap::ValueHint;
use seatable_io_backup::Timestamp;
use seatable_io_ureq::StopSignal;
use seatable_io_ureq::dtable::{Change, CompareError, Comparison, Difference, Part, Rules, compare};
use serde_json::json;

use super::copy::{Copy, Named};
use crate::differences::{counted, counts};
use crate::failure::Failure;
use crate::global::Global;
use crate::report::{Attention, CommandName, Details, Good, Report};
use crate::ui::{Screen, State, count, now};
use crate::{batch, stop};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Each COPY is a .dtable file, or a backup folder and a base in it. --at belongs to the copies in backup folders, in their order. \
With one base of a backup folder, its copies at two times are compared, the second of which is now unless --at is given twice.

Each line begins with + for what only the second copy has, - for what only the first has, and ~ for what changed. \
Tables, columns, options, rows, links and assets are compared by their IDs and names; a long cell is shown where it differs. At \
most 1,000 differences are printed; all are counted. The order of rows, cells that the server computes, cells of deleted columns, views, and \
who changed a row and when are not compared. The exit code is 0 if the copies differ, or 10 with --exit-code.

The lines of --json have: other (the second copy), same, counts (part, change, count), differences (change, part, table, name, row, \
label, before, after), and cut, which is true if some are only counted.

Examples:
  seatable-io diff before.dtable after.dtable
  seatable-io diff /var/backups/seatable Sales --at 2026-11-01
  seatable-io diff /var/backups/seatable Sales Sales.dtable --at 2026-11-01")]
pub(crate) struct Args {
    /// Two copies: .dtable files, or backup folders, each followed by a base in it
    #[arg(required = true, num_args = 2..=4, value_name = "COPY", value_hint = ValueHint::AnyPath)]
    pub(crate) copies: Vec<OsString>,
    /// Latest copy at this time, for a copy in a backup folder; may be given for each of them
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_until)]
    pub(crate) at: Vec<Timestamp>,
    /// Exit with 10 if the copies differ
    #[arg(long)]
    pub(crate) exit_code: bool,
}

impl Args {
    /// Returns the words of the command line.
    pub(crate) fn label(&self) -> String {
        let words = self.copies.iter().map(|word| word.to_string_lossy().into_owned());
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns the two copies.
    fn named(&self) -> Result<[Named<'_>; 2], Failure> {
        let (mut words, mut at, mut named) = (self.copies.iter(), self.at.iter().copied(), Vec::new());
        while let Some(word) = words.next() {
            let path = Path::new(word);
            let is_folder = fs::metadata(path).is_ok_and(|about| about.is_dir());
            let base = if is_folder { words.next().and_then(|base| base.to_str()) } else { None };
            let at = if base.is_some() { at.next() } else { None };
            named.push(Named { path, base, at });
        }
        let named = match named[..] {
            [one @ Named { base: Some(_), at: Some(_), .. }] => [one, Named { at: at.next(), ..one }],
            [Named { base: Some(_), .. }] => {
                let failure = Failure::usage("only one copy is named");
                return Err(failure.hint("name a second one, or a time with --at"));
            }
            [one, other] => [one, other],
            _ => return Err(Failure::usage(format!("two copies are compared, not {}", named.len()))),
        };
        if at.next().is_some() {
            return Err(Failure::usage("--at is given more often than there are copies in backup folders"));
        }
        Ok(named)
    }
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let screen = Screen::new(global);
    let named = args.named()?;
    let stop = stop::on_first_signal(&screen)?;
    let work = |named: &[Named<'_>; 2]| -> Report {
        let details = Details::new(Some(CommandName::Diff), Some(args.label()));
        let signal = stop::signal(&stop, global.timeout);
        details.of(|details| diff(named, args, &screen, &signal, details))
    };
    Ok(batch::run(&screen, 1_u8, 1, iter::once(named), work, |_| None))
}

fn diff(
    [before, after]: &[Named<'_>; 2],
    args: &Args,
    screen: &Screen,
    signal: &StopSignal,
    details: &mut Details,
) -> Result<Good, Failure> {
    let (mut before, mut after) = (before.open(screen, signal)?, after.open(screen, signal)?);
    details.input = Some(before.label.clone());
    details.fields.other = Some(after.label.clone());
    details.bytes = Some(before.bytes);
    if before.label == after.label {
        screen.say(&format!("warning: {} is compared with itself", before.label));
    }
    let busy = screen.busy(&before.label, "comparing", State::Since(now()));
    let comparison = compared(&mut before, &mut after, signal)?;
    drop(busy);
    details.fields.cut = Some(comparison.is_cut());
    details.fields.same = Some(comparison.is_same());
    details.fields.differences = Some(json!(comparison.differences()));
    details.fields.counts = Some(counts(&comparison));
    let differ = (args.exit_code && !comparison.is_same())
        .then(|| Attention { message: format!("{} and {} differ", before.label, after.label), hint: None });
    let mut lines: Vec<_> = comparison.differences().iter().map(line).collect();
    lines.push(summary(&comparison));
    let attention = before.attention.or(after.attention).or(differ);
    Ok(Good { lines, attention, ..Good::new("finished", "") })
}

fn compared(before: &mut Copy, after: &mut Copy, signal: &StopSignal) -> Result<Comparison, Failure> {
    let (mut one, mut other) = (before.dtable(signal)?, after.dtable(signal)?);
    compare(&mut one, &mut other, &Rules::default()).map_err(|error| match error {
        CompareError::Before(error) => before.unread(error, signal),
        CompareError::After(error) => after.unread(error, signal),
        _ => Failure::internal(),
    })
}

/// `~ Bugs: row r1 (Crash): Effort: 1.50 -> 2`.
fn line(difference: &Difference) -> String {
    let Difference { change, part, table, name, row, label, before, after, .. } = difference;
    let sign = match change {
        Change::Added => '+',
        Change::Removed => '-',
        _ => '~',
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (name, row) = (text(name), text(row));
    let values = values(before.as_deref(), after.as_deref());
    let label = label.as_ref().filter(|label| !label.is_empty()).map(|label| format!(" ({label})"));
    let label = label.unwrap_or_default();
    let what = match part {
        Part::Table => return format!("{sign} table {}{}", shown(&text(table)), named(&values)),
        Part::Asset => return format!("{sign} asset {name}"),
        Part::Row => format!("row {row}{label}"),
        Part::Cell => format!("row {row}{label}, {name}{}", named(&values)),
        Part::Link => format!("row {row}, linked in {name}{}", named(&values)),
        part => format!("{part} {name}{}", named(&values)),
    };
    format!("{sign} {}: {what}", text(table))
}

fn named(values: &str) -> String {
    if values.is_empty() { String::new() } else { format!(": {values}") }
}

fn shown(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { text.to_owned() }
}

/// `1.50 -> 2`, or the only value.
fn values(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{} -> {}", shown(before), shown(after)),
        (one, other) => one.or(other).map(shown).unwrap_or_default(),
    }
}

/// `3 differences: 1 row added, 2 rows changed`.
fn summary(comparison: &Comparison) -> String {
    let counts: Vec<_> = comparison.counts().collect();
    if counts.is_empty() {
        return "no difference in tables, columns, options, rows, links and assets".to_owned();
    }
    let all = counts.iter().fold(0_u64, |all, (.., count)| all.saturating_add(*count));
    let words = counts.into_iter().map(|(part, change, number)| {
        let change = match change {
            Change::Added => "added",
            Change::Removed => "removed",
            _ => "changed",
        };
        format!("{} {change}", counted(part, number))
    });
    let words = words.collect::<Vec<_>>().join(", ");
    let cut = if comparison.is_cut() { "; not all are printed" } else { "" };
    format!("{}: {words}{cut}", count(all, "difference"))
}
