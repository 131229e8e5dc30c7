use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use super::{NoCopy, RestoreError, RestoreOptions};
use crate::catalogue::{CopyRef, Records};
use crate::{Catalogue, Timestamp};

/// Why there is no copy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// There is none at all.
    Entirely,
    /// There is none from the first workspace; there are some from the others.
    From(u64, BTreeSet<u64>),
    /// None began at the first time or earlier; the oldest one began at the second.
    Until(Timestamp, Timestamp),
}

impl Missing {
    /// Why none of these copies is one to restore.
    pub(super) fn of<'a>(
        copies: impl Iterator<Item = CopyRef<'a>> + Clone,
        options: &RestoreOptions,
    ) -> Missing {
        let oldest = copies.clone().filter(|copy| options.is_from(*copy)).map(CopyRef::started).min();
        let workspaces: BTreeSet<_> = copies.map(CopyRef::workspace_id).collect();
        match (oldest, options.until, options.from) {
            (Some(oldest), Some(until), _) => Missing::Until(until, oldest),
            (None, _, Some(from)) if !workspaces.is_empty() => Missing::From(from, workspaces),
            _ => Missing::Entirely,
        }
    }
}

impl fmt::Display for NoCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NoCopy { base, missing } = self;
        write!(f, "there is no copy of {}", base.as_deref().unwrap_or("any base"))?;
        match missing {
            Missing::Entirely => Ok(()),
            Missing::Until(until, oldest) => {
                write!(f, " from {until} or earlier; the oldest one is of {oldest}")
            }
            Missing::From(from, others) => {
                let others: Vec<_> = others.iter().map(ToString::to_string).collect();
                write!(f, " from workspace {from}, only from {}", others.join(", "))
            }
        }
    }
}

/// The newest copy of each of these bases, each once, even if the base was renamed later.
pub(super) fn chosen<'a>(
    catalogue: &'a Catalogue,
    bases: &[String],
    options: &RestoreOptions,
) -> Result<Vec<CopyRef<'a>>, RestoreError> {
    let (mut copies, mut missing): (Vec<CopyRef<'_>>, _) = (Vec::new(), Vec::new());
    for base in bases {
        let known = known_as(catalogue.records(), base);
        let mut newest: BTreeMap<&str, CopyRef<'_>> = BTreeMap::new();
        for copy in known.clone().filter(|copy| options.is_from(*copy) && options.is_old_enough(*copy)) {
            newest.insert(copy.whose().uuid, copy);
        }
        let newest: Vec<_> = newest.into_values().collect();
        match newest[..] {
            [] => missing.push(NoCopy { base: Some(base.clone()), missing: Missing::of(known, options) }),
            [copy] if copies.iter().any(|known| known.place() == copy.place()) => {}
            [copy] => copies.push(copy),
            _ => {
                let copies = newest.into_iter().filter_map(CopyRef::to_copy).collect();
                return Err(RestoreError::Ambiguous { base: base.clone(), copies });
            }
        }
    }
    if missing.is_empty() { Ok(copies) } else { Err(RestoreError::NoCopy(missing)) }
}

/// The copies that a text names: those of the base with this uuid, else those with this label, else those made when their base
/// had this name.
fn known_as<'a>(records: &'a Records, text: &str) -> impl Iterator<Item = CopyRef<'a>> + Clone + use<'a> {
    let is = |one: &str, other: &str| one.nfc().eq(other.nfc());
    let label = text.trim_end_matches('/');
    let mut known = records.saved_where(&|whose| whose.uuid == text);
    if known.clone().next().is_none() {
        known = records.saved_where(&|whose| is(whose.folder, label));
    }
    if known.clone().next().is_none() {
        known = records.saved_where(&|whose| is(whose.name, text));
    }
    known
}
