use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use seatable_io_proto::BaseUuid;
use unicode_normalization::UnicodeNormalization as _;

use super::{NoCopy, RestoreError, RestoreOptions};
use crate::{Catalogue, SavedCopy, Timestamp};

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
        copies: impl Iterator<Item = &'a SavedCopy> + Clone,
        options: &RestoreOptions,
    ) -> Missing {
        let oldest = copies.clone().filter(|copy| options.is_from(copy)).map(|copy| copy.started).min();
        let workspaces: BTreeSet<_> = copies.map(|copy| copy.workspace_id).collect();
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
) -> Result<Vec<&'a SavedCopy>, RestoreError> {
    let (mut copies, mut missing) = (Vec::new(), Vec::new());
    for base in bases {
        let known = known_as(catalogue, base);
        let mut newest: BTreeMap<&BaseUuid, &SavedCopy> = BTreeMap::new();
        for copy in known.iter().filter(|copy| options.is_from(copy) && options.is_old_enough(copy)) {
            newest.insert(&copy.base.uuid, copy);
        }
        match newest.into_values().collect::<Vec<_>>()[..] {
            [] => missing.push(NoCopy {
                base: Some(base.clone()),
                missing: Missing::of(known.iter().copied(), options),
            }),
            [copy] if copies.contains(&copy) => {}
            [copy] => copies.push(copy),
            ref several => {
                let copies = several.iter().map(|copy| (*copy).clone()).collect();
                return Err(RestoreError::Ambiguous { base: base.clone(), copies });
            }
        }
    }
    if missing.is_empty() { Ok(copies) } else { Err(RestoreError::NoCopy(missing)) }
}

/// The copies that a text names: those of the base with this uuid, else those with this label, else those made when their base
/// had this name.
fn known_as<'a>(catalogue: &'a Catalogue, text: &str) -> Vec<&'a SavedCopy> {
    let is = |one: &str, other: &str| one.nfc().eq(other.nfc());
    let label = text.trim_end_matches('/');
    let all =
        |so: &dyn Fn(&SavedCopy) -> bool| -> Vec<_> { catalogue.copies().filter(|copy| so(copy)).collect() };
    let by_uuid = all(&|copy| copy.base.uuid.as_str() == text);
    if !by_uuid.is_empty() {
        return by_uuid;
    }
    let by_label = all(&|copy| is(copy.label(), label));
    if by_label.is_empty() { all(&|copy| is(&copy.base.name, text)) } else { by_label }
}
