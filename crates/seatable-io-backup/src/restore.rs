use std::cmp::Reverse;
use std::collections::BTreeMap;

use seatable_io_proto::{BaseUuid, FileName};

use crate::catalogue::CopyRef;
use crate::{Catalogue, CopyPath, SavedCopy, Timestamp};

mod chosen;
mod error;
mod options;

use chosen::{chosen, no_copy};
pub use error::{NoCopy, NoCopyReason, NotRestored, RestoreError};
pub use options::RestoreOptions;

/// A base to restore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restoration {
    /// The newest suitable copy of the base: the one recorded last. If none is old enough, the oldest copy.
    pub copy: SavedCopy,
    /// The name to import the base under. This is an error only if all bases are restored, so that one of them does not stop
    /// the others.
    pub name: Result<FileName, NotRestored>,
    /// The newest of the most complete earlier copies, if it has assets that this copy lacks.
    pub richer: Option<SavedCopy>,
}

/// Plans a restore: returns the newest suitable copy of each chosen base. Each item is created when it is asked for.
///
/// `size_of` returns the size of a file in the backup folder, or `None` if there is no such file. Only copies whose file exists
/// with its size count as [richer](Restoration::richer); the copies to restore are not checked.
///
/// Bases are told apart by their uuids. Chosen bases keep their order. All bases are sorted by name, after those that cannot
/// be restored.
///
/// # Errors
///
/// If no copy can be restored, or if one of the chosen bases has no copy, is ambiguous, or cannot be imported under its name
/// together with the others.
pub fn restore<'a, F: Fn(&CopyPath) -> Option<u64>>(
    catalogue: &'a Catalogue,
    options: &'a RestoreOptions,
    size_of: F,
) -> Result<impl Iterator<Item = Restoration> + use<'a, F>, RestoreError> {
    let choices = if options.bases.is_empty() {
        all(catalogue, options)?
    } else {
        let choices = named(chosen(catalogue.records(), options)?, options);
        choices.iter().try_for_each(|choice| choice.check(options))?;
        choices
    };
    Ok(choices.into_iter().filter_map(move |choice| {
        let copy = choice.copy.to_copy()?;
        let richer = catalogue.richer_than(&copy, &size_of);
        Some(Restoration { copy, name: choice.name(options), richer })
    }))
}

/// Returns the newest copy of a base, or the newest that was started no later than `at`. The base is named as in
/// [`RestoreOptions::bases`].
///
/// # Errors
///
/// If the base has no such copy, or is ambiguous.
pub fn newest(
    catalogue: &Catalogue,
    base: &str,
    at: impl Into<Option<Timestamp>>,
) -> Result<SavedCopy, RestoreError> {
    let options = RestoreOptions::default().bases(vec![base.to_owned()]).at(at);
    let copy = chosen(catalogue.records(), &options)?.into_iter().find_map(CopyRef::to_copy);
    let none = || NoCopy { base: Some(base.to_owned()), reason: NoCopyReason::NoneExists };
    copy.ok_or_else(|| RestoreError::NoCopy(vec![none()]))
}

/// Returns the bases that are named as in [`RestoreOptions::bases`], in this order, each once. An empty list stands for all
/// bases that have copies, sorted by the [label](SavedCopy::label) of the last one.
///
/// # Errors
///
/// If a named base has no copy, or is ambiguous.
pub fn find_bases(catalogue: &Catalogue, bases: &[String]) -> Result<Vec<BaseUuid>, RestoreError> {
    if bases.is_empty() {
        return Ok(catalogue.bases().collect());
    }
    let options = RestoreOptions::default().bases(bases.to_vec());
    let chosen = chosen(catalogue.records(), &options)?;
    Ok(chosen.into_iter().filter_map(|copy| BaseUuid::new(copy.whose().uuid).ok()).collect())
}

/// A [`Restoration`] that needs little memory.
struct Choice<'a> {
    copy: CopyRef<'a>,
    /// The copy before it that gets the same name.
    owner: Option<CopyRef<'a>>,
}

impl Choice<'_> {
    fn name(&self, options: &RestoreOptions) -> Result<FileName, NotRestored> {
        if !options.is_old_enough(self.copy) {
            return Err(NotRestored::NotOldEnough(self.copy.entry.started));
        }
        if let Some(owner) = self.owner.and_then(CopyRef::to_copy) {
            return Err(NotRestored::SameName(Box::new(owner)));
        }
        options.file_name(self.copy.whose().name).map_err(NotRestored::Name)
    }

    /// Checks that the base can be imported together with the others.
    fn check(&self, options: &RestoreOptions) -> Result<(), RestoreError> {
        if let Some((owner, copy)) = self.owner.and_then(CopyRef::to_copy).zip(self.copy.to_copy()) {
            return Err(RestoreError::SameName(Box::new(owner), Box::new(copy)));
        }
        let base = self.copy.whose().name;
        let name = options.file_name(base);
        name.map(drop).map_err(|error| RestoreError::Name { name: options.new_name(base), error })
    }
}

/// Every base that has a copy from the chosen workspace: its last copy that is old enough, or else the oldest one.
fn all<'a>(catalogue: &'a Catalogue, options: &RestoreOptions) -> Result<Vec<Choice<'a>>, RestoreError> {
    let bases = catalogue.records().bases();
    let newest = bases.filter_map(|copies| {
        let copies = copies.filter(|copy| options.is_from(*copy));
        let newest = copies.clone().find(|copy| options.is_old_enough(*copy));
        // If several are the oldest, `max_by_key` returns the last of them, which was recorded first.
        newest.or_else(|| copies.max_by_key(|copy| Reverse(copy.entry.started)))
    });
    let mut newest: Vec<_> = newest.collect();
    if !newest.iter().any(|copy| options.is_old_enough(*copy)) {
        return Err(RestoreError::NoCopy(vec![no_copy(None, catalogue.records().saved(), options)]));
    }
    newest.sort_unstable_by_key(|copy| Reverse(copy.place));
    let mut all = named(newest, options);
    all.sort_by_cached_key(|choice| {
        let whose = choice.copy.whose();
        (choice.name(options).is_ok(), whose.name, whose.folder)
    });
    Ok(all)
}

/// Finds the copies that would get the same name as one before them. A copy that is not old enough gets none.
fn named<'a>(copies: Vec<CopyRef<'a>>, options: &RestoreOptions) -> Vec<Choice<'a>> {
    let mut owners = BTreeMap::new();
    let choice = |copy: CopyRef<'a>| {
        let name = options.file_name(copy.whose().name).ok().filter(|_| options.is_old_enough(copy));
        let owner = name.map(|name| *owners.entry(name.collation_key()).or_insert(copy));
        Choice { copy, owner: owner.filter(|owner| owner.place != copy.place) }
    };
    copies.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests;
