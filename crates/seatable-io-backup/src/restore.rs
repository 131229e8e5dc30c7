use std::collections::BTreeMap;

use seatable_io_proto::{BaseUuid, FileName, Format, InputError};

use crate::{Catalogue, CopyPath, SavedCopy, Timestamp};

mod chosen;

pub use chosen::Missing;
use chosen::chosen;

/// Which copies to restore, and under which names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreOptions {
    /// The bases, each by its uuid, by the [label](SavedCopy::label) of its copies, or by a name that it had; all bases if this is
    /// `None`.
    pub bases: Option<Vec<String>>,
    /// Only copies from this workspace.
    pub from: Option<u64>,
    /// Only copies that began no later than this.
    pub until: Option<Timestamp>,
    /// What is appended to the names.
    pub suffix: String,
}

/// A base to restore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restoration {
    /// The newest copy of the base: the one recorded last. The oldest one if none is old enough.
    pub copy: SavedCopy,
    /// The name to import it under. Only if all bases are restored can this be an error, so that one of them does not stop the
    /// others.
    pub name: Result<FileName, NotRestored>,
    /// The newest of the most complete earlier copies, if it has files that this copy lacks.
    pub richer: Option<SavedCopy>,
}

/// Why a base is not restored together with the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRestored {
    /// It cannot be imported under its name.
    #[error(transparent)]
    Name(InputError),
    /// A server's database may take its name for that of this other base, whose copy was recorded later.
    #[error("the server may not tell its name from that of {}", .0.label())]
    SameName(Box<SavedCopy>),
    /// There is no copy that is old enough; this is when the oldest one began.
    #[error("it has no copy so old; the oldest one is of {0}")]
    NotSoOld(Timestamp),
}

/// Why nothing is restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// There are no copies of these bases.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NoCopy(Vec<NoCopy>),
    /// Several bases have this name. They are known by the last copy of each.
    #[error("{base} is the name of {} bases: {}", .copies.len(), list(.copies))]
    Ambiguous {
        /// The name.
        base: String,
        /// The last copy of each base.
        copies: Vec<SavedCopy>,
    },
    /// A base cannot be imported under this name.
    #[error("{name}: {error}")]
    Name {
        /// The name with its suffix.
        name: String,
        /// What is wrong with it.
        #[source]
        error: InputError,
    },
    /// A server's database may take the names of these two bases for one.
    #[error("the server may not tell the names of {} and {} apart", .0.label(), .1.label())]
    SameName(Box<SavedCopy>, Box<SavedCopy>),
}

/// A base of which there is no copy, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoCopy {
    /// The base as it was given; `None` if it is any base.
    pub base: Option<String>,
    /// Why there is none.
    pub missing: Missing,
}

impl std::error::Error for NoCopy {}

fn list(copies: &[SavedCopy]) -> String {
    let one = |copy: &SavedCopy| format!("{} ({}, {})", copy.label(), copy.base.uuid, copy.started);
    copies.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What to import: the newest copy of each base. `size_of` is the size of a file, if it is there.
///
/// Bases are told apart by their uuids. They come in the order in which they were given; without that, those that cannot be
/// restored come first, and then by name. Copies are not checked here.
pub fn restore(
    catalogue: &Catalogue,
    options: &RestoreOptions,
    size_of: impl Fn(&CopyPath) -> Option<u64>,
) -> Result<Vec<Restoration>, RestoreError> {
    let restoration = |copy: &SavedCopy, name| {
        let richer = catalogue.richer_than(copy, &size_of).cloned();
        Restoration { copy: copy.clone(), name, richer }
    };
    let Some(bases) = &options.bases else {
        let all = all(catalogue, options)?;
        return Ok(all.into_iter().map(|(copy, name)| restoration(copy, name)).collect());
    };
    let copies = chosen(catalogue, bases, options)?;
    let mut names: BTreeMap<String, &SavedCopy> = BTreeMap::new();
    let mut restorations = Vec::new();
    for copy in copies {
        let name = name_of(copy, options).map_err(|error| RestoreError::Name {
            name: format!("{}{}", copy.base.name, options.suffix),
            error,
        })?;
        if let Some(other) = names.insert(name.collation_key(), copy) {
            return Err(RestoreError::SameName(Box::new(other.clone()), Box::new(copy.clone())));
        }
        restorations.push(restoration(copy, Ok(name)));
    }
    Ok(restorations)
}

type Named<'a> = (&'a SavedCopy, Result<FileName, NotRestored>);

/// Every base that has a copy from the chosen workspace.
fn all<'a>(catalogue: &'a Catalogue, options: &RestoreOptions) -> Result<Vec<Named<'a>>, RestoreError> {
    let mut newest: BTreeMap<&BaseUuid, (usize, &SavedCopy)> = BTreeMap::new();
    let mut oldest: BTreeMap<&BaseUuid, &SavedCopy> = BTreeMap::new();
    for (place, copy) in catalogue.copies().enumerate().filter(|(_, copy)| options.is_from(copy)) {
        let base = &copy.base.uuid;
        let old = oldest.entry(base).or_insert(copy);
        if copy.started < old.started {
            *old = copy;
        }
        if options.is_old_enough(copy) {
            newest.insert(base, (place, copy));
        }
    }
    if newest.is_empty() {
        let missing = Missing::of(catalogue.copies(), options);
        return Err(RestoreError::NoCopy(vec![NoCopy { base: None, missing }]));
    }
    oldest.retain(|base, _| !newest.contains_key(base));
    let too_new = oldest.into_values().map(|copy| (copy, Err(NotRestored::NotSoOld(copy.started))));
    let mut all: Vec<_> = too_new.chain(named(newest.into_values().collect(), options)).collect();
    all.sort_by(|(one, name), (other, name_of_other)| {
        let key = |copy: &SavedCopy| (copy.base.name.clone(), copy.label().to_owned());
        name.is_ok().cmp(&name_of_other.is_ok()).then_with(|| key(one).cmp(&key(other)))
    });
    Ok(all)
}

/// The names of these copies, the last of which keeps a name that several would have.
fn named<'a>(mut copies: Vec<(usize, &'a SavedCopy)>, options: &RestoreOptions) -> Vec<Named<'a>> {
    copies.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    let mut names: BTreeMap<String, &SavedCopy> = BTreeMap::new();
    let mut name = |copy| {
        let name = name_of(copy, options).map_err(NotRestored::Name)?;
        let owner = *names.entry(name.collation_key()).or_insert(copy);
        if owner == copy { Ok(name) } else { Err(NotRestored::SameName(Box::new(owner.clone()))) }
    };
    copies.into_iter().map(|(_, copy)| (copy, name(copy))).collect()
}

fn name_of(copy: &SavedCopy, options: &RestoreOptions) -> Result<FileName, InputError> {
    FileName::new(&format!("{}{}", copy.base.name, options.suffix), Format::Dtable)
}

impl RestoreOptions {
    fn is_from(&self, copy: &SavedCopy) -> bool {
        self.from.is_none_or(|id| copy.workspace_id == id)
    }

    fn is_old_enough(&self, copy: &SavedCopy) -> bool {
        self.until.is_none_or(|until| copy.started <= until)
    }
}

#[cfg(test)]
mod tests;
