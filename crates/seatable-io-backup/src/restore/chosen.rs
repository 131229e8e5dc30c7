use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use super::error::{NoCopy, NoCopyReason, RestoreError};
use super::options::RestoreOptions;
use crate::catalogue::{CopyRef, Records};

/// Returns the newest copy of each chosen base, each once, even if the base was renamed later.
pub(super) fn chosen<'a>(
    records: &'a Records,
    options: &RestoreOptions,
) -> Result<Vec<CopyRef<'a>>, RestoreError> {
    let (mut copies, mut missing): (Vec<CopyRef<'_>>, _) = (Vec::new(), Vec::new());
    for base in &options.bases {
        let known = known_as(records, base);
        let suitable = known.clone().filter(|copy| options.is_from(*copy) && options.is_old_enough(*copy));
        let newest: BTreeMap<&str, CopyRef<'_>> = suitable.map(|copy| (copy.whose().uuid, copy)).collect();
        let newest: Vec<_> = newest.into_values().collect();
        match newest[..] {
            [] => missing.push(no_copy(Some(base.clone()), known, options)),
            [copy] if copies.iter().any(|known| known.place == copy.place) => {}
            [copy] => copies.push(copy),
            _ => {
                let copies = newest.into_iter().filter_map(CopyRef::to_copy).collect();
                return Err(RestoreError::Ambiguous { base: base.clone(), copies });
            }
        }
    }
    if missing.is_empty() { Ok(copies) } else { Err(RestoreError::NoCopy(missing)) }
}

/// Says why none of these copies can be restored.
pub(super) fn no_copy<'a>(
    base: Option<String>,
    copies: impl Iterator<Item = CopyRef<'a>> + Clone,
    options: &RestoreOptions,
) -> NoCopy {
    let oldest = copies.clone().filter(|copy| options.is_from(*copy)).map(|copy| copy.entry.started).min();
    let others: BTreeSet<_> = copies.map(CopyRef::workspace_id).collect();
    let reason = match (oldest, options.at, options.from) {
        (Some(oldest), Some(chosen), _) => NoCopyReason::NotOldEnough { chosen, oldest },
        (None, _, Some(chosen)) if !others.is_empty() => NoCopyReason::OtherWorkspaces { chosen, others },
        _ => NoCopyReason::NoneExists,
    };
    NoCopy { base, reason }
}

/// Returns the copies of the base with this uuid; if there are none, those with this label; if there are none, those made when
/// their base had this name.
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
