//! What the listing shows of an import.

use std::time::Instant;

use seatable_io_backup::Evidence;
use seatable_io_ureq::proto::{Base, FileName};
use serde_json::json;

use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

/// Looks for the base after a failure that may have created one, as late as the time left allows if the server may still be
/// importing. If the outcome is unknown, what the listing shows decides what to do.
pub(crate) fn of(
    session: &Session,
    label: &str,
    name: &FileName,
    failure: Failure,
    until: Option<Instant>,
    report: &mut Report,
) -> Failure {
    if !failure.may_have_created {
        return failure;
    }
    if let (true, Some(until)) = (failure.may_still_run, until) {
        session.linger(label, until);
    }
    let Some(evidence) = look(session, name, until, report) else { return failure };
    let base = evidence.base().map(|listed| &listed.base);
    report.note("evidence", json!({ "found": base.is_some(), "base": base }));
    if failure.unknown { failure.hint(evidence.to_string()) } else { failure }
}

/// The base that a server did not describe after it had imported a file.
pub(crate) fn find(session: &Session, name: &FileName, report: &Report) -> Option<Base> {
    look(session, name, None, report)?.base().map(|listed| listed.base.clone())
}

fn look(session: &Session, name: &FileName, until: Option<Instant>, report: &Report) -> Option<Evidence> {
    let listing = session.look_around(until)?;
    Some(match &report.base {
        Some(base) => Evidence::of_base(&base.uuid, &listing),
        None => Evidence::of(None, &listing, report.workspace_id?, name),
    })
}
