//! Looks in the listing for an import that failed.

use std::time::Instant;

use seatable_io_backup::Evidence;
use seatable_io_ureq::proto::{Base, FileName};

use crate::failure::Failure;
use crate::report::Details;
use crate::session::Session;

/// Looks for the base after a failure that may have created one; if the server may still be importing, as late as the deadline
/// allows. If the outcome is unknown, the listing decides the hint.
pub(crate) fn of(
    session: &Session,
    label: &str,
    name: &FileName,
    failure: Failure,
    until: Option<Instant>,
    details: &mut Details,
) -> Failure {
    let Some(error) = failure.error.as_ref().filter(|error| error.may_have_created_base()) else {
        return failure;
    };
    if let (true, Some(until)) = (error.may_still_run(), until) {
        session.linger(label, until);
    }
    let Some(evidence) = look(session, name, until, details) else { return failure };
    details.listed(evidence.base().map(|listed| &listed.base));
    if failure.is_unknown() { failure.hint(evidence.to_string()) } else { failure }
}

/// Finds the base of an import if the server did not describe it.
pub(crate) fn find(session: &Session, name: &FileName, details: &Details) -> Option<Base> {
    look(session, name, None, details)?.base().map(|listed| listed.base.clone())
}

fn look(session: &Session, name: &FileName, until: Option<Instant>, details: &Details) -> Option<Evidence> {
    let listing = session.look_around(until)?;
    Some(match &details.base {
        Some(base) => Evidence::of_base(&base.uuid, &listing),
        None => Evidence::of(&listing, details.workspace_id?, name),
    })
}
