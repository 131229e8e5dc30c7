use std::collections::BTreeMap;

use seatable_io_proto::{FileName, Format, InputError};

use crate::catalogue::CopyRef;
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
    let restoration = |copy: SavedCopy, name| {
        let richer = catalogue.richer_than(&copy, &size_of);
        Restoration { copy, name, richer }
    };
    let Some(bases) = &options.bases else {
        let all = all(catalogue, options)?;
        return Ok(all.into_iter().map(|(copy, name)| restoration(copy, name)).collect());
    };
    let copies = chosen(catalogue, bases, options)?;
    let mut names: BTreeMap<String, &SavedCopy> = BTreeMap::new();
    let mut restorations = Vec::new();
    for copy in &copies {
        let name = name_of(copy, options).map_err(|error| RestoreError::Name {
            name: format!("{}{}", copy.base.name, options.suffix),
            error,
        })?;
        if let Some(other) = names.insert(name.collation_key(), copy) {
            return Err(RestoreError::SameName(Box::new(other.clone()), Box::new(copy.clone())));
        }
        restorations.push(restoration(copy.clone(), Ok(name)));
    }
    Ok(restorations)
}

type Named = (SavedCopy, Result<FileName, NotRestored>);

/// Every base that has a copy from the chosen workspace.
fn all(catalogue: &Catalogue, options: &RestoreOptions) -> Result<Vec<Named>, RestoreError> {
    let (mut all, mut newest) = (Vec::new(), Vec::new());
    for copies in catalogue.records().bases() {
        let Some(copy) = newest_or_oldest(copies.filter(|copy| options.is_from(*copy)), options) else {
            continue;
        };
        if options.is_old_enough(copy) {
            newest.push(copy);
        } else {
            let error = NotRestored::NotSoOld(copy.started());
            all.extend(copy.to_copy().map(|copy| (copy, Err(error))));
        }
    }
    if newest.is_empty() {
        let missing = Missing::of(catalogue.records().saved(), options);
        return Err(RestoreError::NoCopy(vec![NoCopy { base: None, missing }]));
    }
    all.extend(named(newest, options));
    all.sort_by(|(one, name), (other, name_of_other)| {
        fn key(copy: &SavedCopy) -> (&str, &str) {
            (&copy.base.name, copy.label())
        }
        name.is_ok().cmp(&name_of_other.is_ok()).then_with(|| key(one).cmp(&key(other)))
    });
    Ok(all)
}

/// Of copies of which the last one comes first: the last one that is old enough. If none is, the oldest one.
fn newest_or_oldest<'a>(
    copies: impl Iterator<Item = CopyRef<'a>> + Clone,
    options: &RestoreOptions,
) -> Option<CopyRef<'a>> {
    let newest = copies.clone().find(|copy| options.is_old_enough(*copy));
    let older =
        |one: CopyRef<'a>, other: CopyRef<'a>| if other.started() <= one.started() { other } else { one };
    newest.or_else(|| copies.reduce(older))
}

/// The names of these copies, the last of which keeps a name that several would have.
fn named(mut copies: Vec<CopyRef<'_>>, options: &RestoreOptions) -> Vec<Named> {
    copies.sort_by_key(|copy| std::cmp::Reverse(copy.place()));
    let copies: Vec<_> = copies.into_iter().filter_map(CopyRef::to_copy).collect();
    let mut owners: BTreeMap<String, &SavedCopy> = BTreeMap::new();
    let mut name = |copy| {
        let name = name_of(copy, options).map_err(NotRestored::Name)?;
        let owner = *owners.entry(name.collation_key()).or_insert(copy);
        if owner == copy { Ok(name) } else { Err(NotRestored::SameName(Box::new(owner.clone()))) }
    };
    let names: Vec<_> = copies.iter().map(&mut name).collect();
    copies.into_iter().zip(names).collect()
}

fn name_of(copy: &SavedCopy, options: &RestoreOptions) -> Result<FileName, InputError> {
    FileName::new(&format!("{}{}", copy.base.name, options.suffix), Format::Dtable)
}

impl RestoreOptions {
    fn is_from(&self, copy: CopyRef<'_>) -> bool {
        self.from.is_none_or(|id| copy.workspace_id() == id)
    }

    fn is_old_enough(&self, copy: CopyRef<'_>) -> bool {
        self.until.is_none_or(|until| copy.started() <= until)
    }
}

#[cfg(test)]
mod tests;
