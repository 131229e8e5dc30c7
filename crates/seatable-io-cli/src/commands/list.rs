//! `list`: lists the bases of an account.

use seatable_io_backup::{Options, select};
use seatable_io_ureq::proto::{ListedBase, Listing};
use seatable_io_ureq::task::Scope;

use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::report::{CommandName, Details, Good, LOOK, Report};
use crate::session::Session;
use crate::ui::{count, visible, width};
use crate::values;

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Lists the bases that the owner of the token administers: workspace ID, workspace, base, last change. With --server-wide, \
the second column is the owner, a user or a group.

Examples:
  seatable-io list
  seatable-io list --workspace 204 --json
  seatable-io list --server-wide")]
pub(crate) struct Args {
    /// Only the bases of this workspace; may be given several times
    #[arg(long, value_name = "ID", value_parser = values::number)]
    pub(crate) workspace: Vec<u64>,
    /// Also bases that others shared with the account or with one of its groups
    #[arg(long)]
    pub(crate) shared: bool,
    /// All bases of the server; needs the token of a system administrator; current servers only
    #[arg(long, conflicts_with = "shared")]
    pub(crate) server_wide: bool,
}

/// A name of more columns does not move those of the other rows.
const WIDEST: usize = 40;

pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, Failure> {
    let session = Session::open(global)?;
    let listing = session.list(scope(args.shared, args.server_wide))?;
    let options = Options::default().workspaces(args.workspace.clone()).shared(args.shared);
    let bases =
        select(&listing, &options).map_err(|missing| Failure::new(Kind::NotFound, missing.to_string()))?;
    let rows: Vec<_> = bases.iter().map(|listed| row(listed)).collect();
    for (listed, text) in bases.into_iter().zip(aligned(&rows)) {
        session.screen.result(&report(listed, text));
    }
    let code = report_gaps(&session, &listing, CommandName::List);
    let bases = count(rows.len() as u64, "base");
    let workspaces = count(listing.workspaces.len() as u64, "workspace");
    session.screen.say(&if args.server_wide {
        format!("{bases}; the server has bases in {workspaces}")
    } else {
        format!("{bases}; the account has {workspaces}")
    });
    Ok(session.screen.exit(code))
}

pub(super) fn scope(shared: bool, server_wide: bool) -> Scope {
    match (server_wide, shared) {
        (true, _) => Scope::ServerWide,
        (false, true) => Scope::WithShared,
        (false, false) => Scope::Administered,
    }
}

fn report(listed: &ListedBase, text: String) -> Report {
    let mut details = Details::new(Some(CommandName::List), None);
    details.workspace_id = Some(listed.workspace);
    details.base = Some(listed.base.clone());
    details.fields.encrypted = listed.is_encrypted;
    details.fields.owner.clone_from(&listed.owner);
    details.fields.shared = Some(listed.access.is_shared());
    details.fields.workspace = Some(listed.workspace_name.to_string());
    details.ended(Ok(Good::new("finished", text)))
}

/// Reports a listing that may be incomplete; returns the exit code if nothing else fails, or 0.
pub(super) fn report_gaps(session: &Session, listing: &Listing, command: CommandName) -> u8 {
    let unreadable = match listing.not_understood {
        0 => None,
        1 => Some("one entry in the server's list is unreadable; a base may be missing".to_owned()),
        count => Some(format!("{count} entries in the server's list are unreadable; bases may be missing")),
    };
    let unconfirmed = "the server did not list the administered bases, so bases may be missing, or may not be administered by the account";
    let unconfirmed = listing.unconfirmed.then(|| (LOOK, unconfirmed.to_owned()));
    let changing = "the server's list changed each time it was read, so bases may be missing, or may be gone";
    let changing = listing.changing.then(|| (LOOK, changing.to_owned()));
    let gaps = unreadable.map(|words| (Kind::BadAnswer.exit(), words)).into_iter();
    let gaps = gaps.chain(unconfirmed).chain(changing);
    let gaps: Vec<_> = gaps.collect();
    for (_, words) in &gaps {
        let failure = Failure::new(Kind::BadAnswer, words);
        session.screen.complain(&failure);
        session.screen.result(&Details::new(Some(command), None).ended(Err(failure)));
    }
    gaps.first().map_or(0, |(code, _)| *code)
}

/// A base without a name is shown by its UUID.
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

#[cfg(test)]
mod tests {
    use super::aligned;

    fn lines(rows: &[[&str; 4]]) -> Vec<String> {
        aligned(&rows.iter().map(|row| row.map(str::to_owned)).collect::<Vec<_>>())
    }

    #[test]
    fn columns_begin_below_each_other() {
        assert_eq!(
            lines(&[["1", "personal", "日本", "2026"], ["30", "R&D", "Sales", "2025"]]),
            [" 1  personal  日本   2026", "30  R&D       Sales  2025"]
        );
    }

    #[test]
    fn a_long_name_does_not_move_the_columns_of_others() {
        let [long, longer] = [40, 41].map(|length| "x".repeat(length));
        let rows = lines(&[["1", "a", &long, ""], ["1", "a", &longer, "2026"], ["1", "a", "b", "2026"]]);
        assert_eq!(rows[1..], [format!("1  a  {longer}  2026"), format!("1  a  {:40}  2026", "b")]);
    }
}
