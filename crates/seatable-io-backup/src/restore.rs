use std::cmp::Reverse;

use seatable_io_proto::{FileName, Format, InputError};

use crate::catalogue::{CopyRef, Hash, Index};
use crate::{Catalogue, CopyPath, SavedCopy};

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
        without_obstacles(named(chosen(catalogue.records(), options)?, options), options)?
    };
    Ok(choices.into_iter().filter_map(move |Choice { copy, obstacle }| {
        let copy = copy.to_copy()?;
        let name = match obstacle {
            None | Some(Obstacle::Name) => name_of(&copy.base.name, options).map_err(NotRestored::Name),
            Some(Obstacle::SameName(owner)) => Err(NotRestored::SameName(Box::new(owner.to_copy()?))),
            Some(Obstacle::NotOldEnough) => Err(NotRestored::NotOldEnough(copy.started)),
        };
        let richer = catalogue.richer_than(&copy, &size_of);
        Some(Restoration { copy, name, richer })
    }))
}

/// A [`Restoration`] that needs little memory.
struct Choice<'a> {
    copy: CopyRef<'a>,
    obstacle: Option<Obstacle<'a>>,
}

/// A [`NotRestored`] that needs little memory.
enum Obstacle<'a> {
    Name,
    SameName(CopyRef<'a>),
    NotOldEnough,
}

fn without_obstacles<'a>(
    choices: Vec<Choice<'a>>,
    options: &RestoreOptions,
) -> Result<Vec<Choice<'a>>, RestoreError> {
    for Choice { copy, obstacle } in &choices {
        if let Some(Obstacle::SameName(owner)) = obstacle
            && let (Some(owner), Some(copy)) = (owner.to_copy(), copy.to_copy())
        {
            return Err(RestoreError::SameName(Box::new(owner), Box::new(copy)));
        }
        let base = copy.whose().name;
        name_of(base, options).map_err(|error| RestoreError::Name { name: options.new_name(base), error })?;
    }
    Ok(choices)
}

/// Every base that has a copy from the chosen workspace.
fn all<'a>(catalogue: &'a Catalogue, options: &RestoreOptions) -> Result<Vec<Choice<'a>>, RestoreError> {
    let bases = catalogue.records().bases();
    let newest =
        bases.filter_map(|copies| newest_or_oldest(copies.filter(|copy| options.is_from(*copy)), options));
    let (mut newest, too_new): (Vec<_>, Vec<_>) = newest.partition(|copy| options.is_old_enough(*copy));
    if newest.is_empty() {
        return Err(RestoreError::NoCopy(vec![no_copy(None, catalogue.records().saved(), options)]));
    }
    newest.sort_unstable_by_key(|copy| Reverse(copy.place()));
    let too_new = too_new.into_iter().map(|copy| Choice { copy, obstacle: Some(Obstacle::NotOldEnough) });
    let mut all: Vec<_> = too_new.chain(named(newest, options)).collect();
    all.sort_by_key(|Choice { copy, obstacle }| {
        let whose = copy.whose();
        (obstacle.is_none(), whose.name, whose.folder)
    });
    Ok(all)
}

/// Returns the last copy that is old enough, or else the oldest one. `copies` begin with the last one.
fn newest_or_oldest<'a>(
    copies: impl Iterator<Item = CopyRef<'a>> + Clone,
    options: &RestoreOptions,
) -> Option<CopyRef<'a>> {
    let newest = copies.clone().find(|copy| options.is_old_enough(*copy));
    let older =
        |one: CopyRef<'a>, other: CopyRef<'a>| if other.started() <= one.started() { other } else { one };
    newest.or_else(|| copies.reduce(older))
}

/// Finds the copies that would get the same name as one before them.
fn named<'a>(copies: Vec<CopyRef<'a>>, options: &RestoreOptions) -> Vec<Choice<'a>> {
    let key = |copy: CopyRef<'_>| name_of(copy.whose().name, options).map(|name| name.collation_key());
    let mut owners = Index::default();
    let mut choices: Vec<Choice<'_>> = Vec::with_capacity(copies.len());
    for (number, copy) in (0..).zip(copies) {
        let obstacle = match key(copy) {
            Err(_) => Some(Obstacle::Name),
            Ok(own) => {
                let hash = Hash::of(&own);
                let same = owners.candidates(hash).filter_map(|number| choices.get(number as usize));
                let owner = same.map(|choice| choice.copy).find(|copy| key(*copy).as_ref() == Ok(&own));
                owners.insert(hash, number);
                owner.map(Obstacle::SameName)
            }
        };
        choices.push(Choice { copy, obstacle });
    }
    choices
}

fn name_of(base: &str, options: &RestoreOptions) -> Result<FileName, InputError> {
    FileName::new(&options.new_name(base), Format::Dtable)
}

#[cfg(test)]
mod tests;
