//! What the listing shows of an import.

use seatable_io_backup::Evidence;
use seatable_io_proto::{Base, FileName};
use serde_json::json;

use crate::failure::Failure;
use crate::line::Report;
use crate::session::Session;

/// Adds to a failure whose outcome is unknown what the listing shows now. Any other stays as it is.
pub(crate) fn of_unknown(
    session: &Session,
    name: &FileName,
    failure: Failure,
    report: &mut Report,
) -> Failure {
    let found = if failure.unknown { look(session, name, report) } else { None };
    let Some(evidence) = found else { return failure };
    let base = evidence.base().map(|listed| &listed.base);
    report.note("evidence", json!({ "found": base.is_some(), "base": base }));
    Failure { message: format!("{}; the listing shows now: {evidence}", failure.message), ..failure }
}

/// The base that a server did not describe after it had imported a file.
pub(crate) fn find(session: &Session, name: &FileName, report: &Report) -> Option<Base> {
    look(session, name, report)?.base().map(|listed| listed.base.clone())
}

fn look(session: &Session, name: &FileName, report: &Report) -> Option<Evidence> {
    Some(Evidence::of(None, &session.look_around()?, report.workspace_id?, name))
}
