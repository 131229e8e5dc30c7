//! Differences in words.

use seatable_io_ureq::dtable::{Change, Comparison, Difference, Part};

use crate::differences::counted;
use crate::ui;

/// How many differences are named; `--json` lists more.
const NAMED: usize = 3;

/// The longest name in a sentence, in columns.
const LONGEST: usize = 40;

/// Returns `lost 3 rows and 1 link, changed 2 rows: row "Crash" of "Bugs", …`, with lost parts first.
pub(super) fn summary(comparison: &Comparison) -> String {
    let kinds = [(Change::Removed, "lost"), (Change::Changed, "changed"), (Change::Added, "added")];
    let kind = |(change, verb): (Change, &str)| {
        let counts = comparison.counts().filter(|(_, other, _)| *other == change);
        let counts: Vec<_> = counts.map(|(part, _, count)| counted(part, count)).collect();
        (!counts.is_empty()).then(|| format!("{verb} {}", counts.join(" and ")))
    };
    let counts: Vec<_> = kinds.into_iter().filter_map(kind).collect();
    let mut all: Vec<_> = comparison.differences().iter().collect();
    all.sort_by_key(|difference| difference.change != Change::Removed);
    let mut named: Vec<_> = all.iter().take(NAMED).copied().map(named).collect();
    named.extend((all.len() > NAMED).then(|| "…".to_owned()));
    format!("{}: {}", counts.join(", "), named.join(", "))
}

fn named(difference: &Difference) -> String {
    let Difference { part, table, name, row, label, before, after, .. } = difference;
    let cut = |text: &str| ui::cut(text, LONGEST);
    let text = |text: &Option<String>| format!("\"{}\"", cut(text.as_deref().unwrap_or_default()));
    let row = || match label.as_deref().unwrap_or_default() {
        "" => format!("row {}", cut(row.as_deref().unwrap_or_default())),
        label => format!("row \"{}\"", cut(label)),
    };
    let of_table = |what: String| if table.is_some() { format!("{what} of {}", text(table)) } else { what };
    match part {
        Part::Table => format!("table {}", text(table)),
        Part::Row => of_table(row()),
        Part::Cell => {
            of_table(format!("{} instead of {} in {} of {}", text(after), text(before), text(name), row()))
        }
        Part::Option => {
            let option = if before.is_some() { before } else { after };
            format!("option {} of {}", text(option), text(name))
        }
        Part::Link => of_table(format!("link {} of {}", text(name), row())),
        part => of_table(format!("{part} {}", text(name))),
    }
}
