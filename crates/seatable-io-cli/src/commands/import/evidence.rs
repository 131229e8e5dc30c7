//! Looks in the listing for an import that failed. The import itself is in the parent.

use std::time::Instant;

use seatable_io_backup::Evidence;
use seatable_io_ureq::proto::Base;

use super::NewBase;
use crate::failure::Failure;
use crate::report::Details;

impl NewBase<'_> {
    /// Looks for the base after a failure that may have created one; if the server may still be importing, as late as the
    /// deadline allows. If the outcome is unknown, the listing decides the hint.
    pub(super) fn explain(&self, failure: Failure, until: Option<Instant>, details: &mut Details) -> Failure {
        let Some(error) = failure.error.as_ref().filter(|error| error.may_have_created_base()) else {
            return failure;
        };
        if let (true, Some(until)) = (error.may_still_run(), until) {
            self.session.linger(self.label, until);
        }
        let Some(evidence) = self.look(until, details) else { return failure };
        details.listed(evidence.base().map(|listed| &listed.base));
        if failure.is_unknown() { failure.hint(evidence.to_string()) } else { failure }
    }

    /// Finds the base of an import if the server did not describe it.
    pub(super) fn find(&self, details: &Details) -> Option<Base> {
        self.look(None, details)?.base().map(|listed| listed.base.clone())
    }

    fn look(&self, until: Option<Instant>, details: &Details) -> Option<Evidence> {
        let listing = self.session.look_around(until)?;
        Some(match &details.base {
            Some(base) => Evidence::of_base(&base.uuid, &listing),
            None => Evidence::of(None, &listing, details.workspace_id?, self.name),
        })
    }
}
