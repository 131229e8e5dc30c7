//! `list`: the bases of an account.

use seatable_io_backup::{Options, select};
use seatable_io_ureq::proto::{ListedBase, Listing};
use seatable_io_ureq::task::Shared;

use crate::cli::{self, Global};
use crate::failure::{Failure, Kind};
use crate::report::{CommandName, Good, Report};
use crate::session::Session;
use crate::ui::screen::visible;
use crate::ui::width::width;

/// A name that takes more columns of the terminal does not move those of the other rows.
const WIDEST: usize = 40;

pub(crate) fn run(global: &Global, args: &cli::List) -> Result<u8, Failure> {
    let session = Session::open(global)?;
    let listing = session.list(shared(args.shared))?;
    let options = Options::default().workspaces(args.workspace.clone()).shared(args.shared);
    let bases =
        select(&listing, &options).map_err(|missing| Failure::new(Kind::NotFound, missing.to_string()))?;
    let rows: Vec<_> = bases.iter().map(|listed| row(listed)).collect();
    for (listed, said) in bases.into_iter().zip(aligned(&rows)) {
        session.screen.result(&report(listed, said));
    }
    let code = super::report_gaps(&session, &listing, CommandName::List);
    session.screen.say(&summary(&listing, rows.len()));
    Ok(session.screen.exit(code))
}

pub(crate) fn shared(wanted: bool) -> Shared {
    if wanted { Shared::Included } else { Shared::Excluded }
}

fn report(listed: &ListedBase, said: String) -> Report {
    let good = Good::new("finished", said);
    let mut report = Report::new(Some(CommandName::List), None, Ok(good));
    report.workspace_id = Some(listed.workspace);
    report.base = Some(listed.base.clone());
    report.note("workspace", &*listed.workspace_name);
    report.note("shared", listed.access.is_shared());
    report.note("encrypted", listed.is_encrypted);
    report
}

/// A base without a name is told by its UUID.
fn row(listed: &ListedBase) -> [String; 4] {
    let base = &listed.base;
    let name = if base.name.is_empty() { base.uuid.as_str() } else { &base.name };
    let last_change = base.updated_at.as_deref().unwrap_or_default();
    [&listed.workspace.to_string(), &*listed.workspace_name, name, last_change].map(visible)
}

fn aligned(rows: &[[String; 4]]) -> Vec<String> {
    let widest = [0, 1, 2].map(|column: usize| {
        let widths = rows.iter().map(|row| width(&row[column]));
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    });
    let line = |[id, workspace, base, changed]: &[String; 4]| {
        let space = |column: usize, text: &str| " ".repeat(widest[column].saturating_sub(width(text)));
        let (a, b, c) = (space(0, id), space(1, workspace), space(2, base));
        format!("{a}{id}  {workspace}{b}  {base}{c}  {changed}").trim_end().to_owned()
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

#[cfg(test)]
mod tests {
    use super::aligned;

    fn told(rows: &[[&str; 4]]) -> Vec<String> {
        aligned(&rows.iter().map(|row| row.map(str::to_owned)).collect::<Vec<_>>())
    }

    #[test]
    fn columns_begin_below_each_other() {
        assert_eq!(
            told(&[["1", "personal", "日本", "2026"], ["30", "R&D", "Sales", "2025"]]),
            [" 1  personal  日本   2026", "30  R&D       Sales  2025"]
        );
    }

    #[test]
    fn a_long_name_does_not_move_the_columns_of_others() {
        let [long, longer] = [40, 41].map(|length| "x".repeat(length));
        let rows = told(&[["1", "a", &long, ""], ["1", "a", &longer, "2026"], ["1", "a", "b", "2026"]]);
        assert_eq!(rows[1..], [format!("1  a  {longer}  2026"), format!("1  a  {:40}  2026", "b")]);
    }
}
