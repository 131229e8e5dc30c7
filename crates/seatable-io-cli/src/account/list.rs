//! `list`: the bases of an account.

use seatable_io_backup::{Options, select};
use seatable_io_proto::{ListedBase, Listing};
use seatable_io_task::Shared;

use crate::args::{self, Global};
use crate::failure::{Failure, Kind};
use crate::line::{Good, Operation, Report};
use crate::session::Session;

/// Longer names do not move the columns of the others, in characters.
const WIDEST: usize = 40;

pub(crate) fn run(global: &Global, args: &args::List) -> Result<u8, Failure> {
    let session = Session::open(global)?;
    let listing = session.list(shared(args.shared))?;
    let options = Options { workspaces: args.workspace.clone(), shared: args.shared, ..Options::default() };
    let bases =
        select(&listing, &options).map_err(|missing| Failure::new(Kind::NotFound, missing.to_string()))?;
    let rows: Vec<_> = bases.iter().map(|listed| row(listed)).collect();
    for (listed, said) in bases.into_iter().zip(aligned(&rows)) {
        session.screen.result(&report(listed, said));
    }
    let code = super::report_gaps(&session, &listing, Operation::List);
    session.screen.say(&summary(&listing, rows.len()));
    Ok(session.screen.exit(code))
}

pub(crate) fn shared(wanted: bool) -> Shared {
    if wanted { Shared::Included } else { Shared::Excluded }
}

fn report(listed: &ListedBase, said: String) -> Report {
    let good = Good::new("finished", said);
    let mut report = Report::new(Some(Operation::List), None, Ok(good));
    report.workspace_id = Some(listed.workspace);
    report.base = Some(listed.base.clone());
    report.note("workspace", listed.workspace_name.as_str());
    report.note("shared", listed.access.is_shared());
    report.note("encrypted", listed.is_encrypted);
    report
}

fn row(listed: &ListedBase) -> [String; 4] {
    let last_change = listed.base.updated_at.clone().unwrap_or_default();
    [listed.workspace.to_string(), listed.workspace_name.clone(), listed.base.name.clone(), last_change]
}

fn aligned(rows: &[[String; 4]]) -> Vec<String> {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let widths = [0, 1, 2].map(width);
    let line = |[id, workspace, base, changed]: &[String; 4]| {
        let [a, b, c] = widths;
        format!("{id:>a$}  {workspace:b$}  {base:c$}  {changed}").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn summary(listing: &Listing, listed: usize) -> String {
    let (bases, workspaces) = (plural(listed, "base"), plural(listing.workspaces.len(), "workspace"));
    format!("{bases}; the account has {workspaces}")
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
