use std::collections::BTreeSet;
use std::fmt;

use seatable_io_proto::BaseUuid;

use crate::BasePlan;

/// Decides which exports of a run are repeated: each one that takes the server too long, once, alone, after all others.
///
/// The server gives up after 60 seconds, which include the time in its queue ([fact 26](seatable_io_proto::facts)). So the
/// export may succeed when nothing else is exported, and not before.
#[derive(Clone, Debug, Default)]
pub struct Retries(BTreeSet<BaseUuid>);

/// The decision about an export that took the server too long. Its text is the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GaveUp {
    /// The export is repeated after all others, alone.
    Retry,
    /// The export was repeated in vain.
    Fail,
}

impl Retries {
    /// Decides whether the export of this base, which took the server too long, is repeated.
    pub fn gave_up(&mut self, plan: &BasePlan) -> GaveUp {
        if self.0.insert(plan.listed.base.uuid.clone()) { GaveUp::Retry } else { GaveUp::Fail }
    }
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GaveUp::Retry => {
                "the server gave up after 60 seconds; it will be tried again, alone, when all others are done"
            }
            GaveUp::Fail => "the server gave up after 60 seconds, also when nothing else was exported",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{at, listing, personal};
    use crate::{Catalogue, Options, plan};

    #[test]
    fn fact_26_an_export_that_takes_too_long_is_repeated_once() {
        let listing = listing(&json!([personal(204, &[("u", "a"), ("v", "a")])]));
        let plans = plan(&listing, &Catalogue::default(), |_| None, &Options::default(), at(0)).unwrap();
        let mut retries = Retries::default();
        let decisions = [0, 1, 0, 1, 1].map(|base: usize| retries.gave_up(&plans[base]));
        assert_eq!(decisions, [GaveUp::Retry, GaveUp::Retry, GaveUp::Fail, GaveUp::Fail, GaveUp::Fail]);
    }

    #[test]
    fn a_report_says_whether_the_export_is_repeated() {
        assert!(
            GaveUp::Retry.to_string().ends_with("; it will be tried again, alone, when all others are done")
        );
        assert!(GaveUp::Fail.to_string().ends_with(", also when nothing else was exported"));
    }
}
